"""From an input to its outcome: survey every workload, and treat them where that is called for."""

from __future__ import annotations

from fix_ksm_probes.config import ALL, Config
from fix_ksm_probes.errors import BadInput
from fix_ksm_probes.findings import Survey, survey
from fix_ksm_probes.fixes.cure import Repair
from fix_ksm_probes.outcome import Input, Outcome, Treated
from fix_ksm_probes.reach import PASSES
from fix_ksm_probes.stream import Item
from fix_ksm_probes.workload import Workload, find_workloads

_MOST_PODS = 50


def repair(read: Input, config: Config) -> Outcome:
    """Return what is found in an input, and the patch that repairs it all or, failing, nothing."""
    surveys = tuple(seen for item in read.stream.items for seen in _surveys(item, config))
    asks_no_more = config.scope != ALL and not (config.looks_beside or config.add_missing)
    if not surveys or (asks_no_more and all(map(_is_sound, surveys))):
        return Outcome(read, config, tuple(Treated(seen, Repair(), ()) for seen in surveys))
    # To import all that a treatment takes is most of a run that needs none.
    from fix_ksm_probes.treatment import treat

    return treat(surveys, read, config)


def _surveys(item: Item, config: Config) -> tuple[Survey, ...]:
    targets = (each for each in find_workloads(item) if _is_target(each, config))
    found = tuple(seen for each in targets if (seen := survey(each)) is not None)
    # Each is repaired in a copy of the lists and mappings that lead to it.
    if len(found) > _MOST_PODS:
        place = found[0].workload.identity.place or "a resource without a name"
        raise BadInput(f"{place}: it has {len(found)} pods; at most {_MOST_PODS} are accepted")
    return found


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
