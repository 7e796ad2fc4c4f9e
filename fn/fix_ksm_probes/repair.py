"""From an input to its outcome: survey every workload, and treat them where that is called for."""

from __future__ import annotations

from fix_ksm_probes.config import ALL, Config
from fix_ksm_probes.findings import Survey, survey
from fix_ksm_probes.fixes.cure import Repair
from fix_ksm_probes.outcome import Input, Outcome, Treated
from fix_ksm_probes.reach import PASSES
from fix_ksm_probes.workload import Workload, find_workloads


def repair(read: Input, config: Config) -> Outcome:
    """Return what is found in an input, and the patch that repairs it all or, failing, nothing."""
    surveys = tuple(
        seen
        for item in read.stream.items
        for workload in find_workloads(item)
        if _is_target(workload, config) and (seen := survey(workload)) is not None
    )
    asks_no_more = config.scope != ALL and not (config.looks_beside or config.add_missing)
    if not surveys or (asks_no_more and all(map(_is_sound, surveys))):
        return Outcome(read, config, tuple(Treated(seen, Repair(), ()) for seen in surveys))
    # To import all that a treatment takes is most of a run that needs none.
    from fix_ksm_probes.treatment import treat

    return treat(surveys, read, config)


def _is_sound(seen: Survey) -> bool:
    verdicts = (judged.verdict for judged in seen.probes)
    passing = all(each.outcome == PASSES and not each.vacuous for each in verdicts)
    return passing and not seen.bypasses


def _is_target(workload: Workload, config: Config) -> bool:
    target = config.target
    return (
        target.name in ("", workload.identity.name)
        and target.namespace in ("", workload.identity.namespace)
        and set(target.labels) <= set(workload.labels)
    )
