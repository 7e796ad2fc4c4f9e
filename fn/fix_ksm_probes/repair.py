"""From an input to its outcome: survey every workload, repair what fails, and judge that again."""

from __future__ import annotations

from fix_ksm_probes.config import Config
from fix_ksm_probes.findings import Survey, survey
from fix_ksm_probes.fixes import propose
from fix_ksm_probes.fixes.cure import HELD_BACK, REFUSED, Repair
from fix_ksm_probes.load import load
from fix_ksm_probes.outcome import Input, Outcome, Treated
from fix_ksm_probes.patch import apply_patch
from fix_ksm_probes.pointer import value_at
from fix_ksm_probes.reach import PASSES
from fix_ksm_probes.results import Result, read_results, still_fails_result
from fix_ksm_probes.workload import Workload, find_workloads


def repair(read: Input, config: Config) -> Outcome:
    """Return what is found in an input, and the patch that repairs it all or, failing, nothing."""
    surveys = [
        seen
        for item in read.stream.items
        for workload in find_workloads(item)
        if _is_target(workload, config) and (seen := survey(workload)) is not None
    ]
    repairs = [propose(seen, config) for seen in surveys]
    if any(cure.action == REFUSED for each in repairs for cure in each.cures):
        repairs = [_held_back(each) for each in repairs]
    patch = tuple(
        operation._replace(path=(*seen.workload.pointer, *operation.path))
        for seen, each in zip(surveys, repairs, strict=True)
        for operation in each.patch
    )
    after: object = None
    if patch:
        after = apply_patch([load(document.root) for document in read.documents], patch)
    treated: list[Treated] = []
    for seen, each in zip(surveys, repairs, strict=True):
        resource = value_at(after, seen.workload.pointer)
        broken = _still_fails(seen, each, resource, config)
        if broken is not None:
            return Outcome(read, config, results=(broken,))
        treated.append(Treated(seen, each, tuple(read_results(seen, each, config, resource))))
    return Outcome(read, config, tuple(treated), patch)


def _held_back(proposed: Repair) -> Repair:
    return Repair(
        tuple(
            cure if cure.action == REFUSED else cure._replace(action=REFUSED, why=HELD_BACK)
            for cure in proposed.cures
        )
    )


def _is_target(workload: Workload, config: Config) -> bool:
    target = config.target
    return (
        target.name in ("", workload.identity.name)
        and target.namespace in ("", workload.identity.namespace)
        and set(target.labels) <= set(workload.labels)
    )


def _still_fails(seen: Survey, proposed: Repair, resource: object, config: Config) -> Result | None:
    if not proposed.patch:
        return None
    again = survey(seen.workload._replace(resource=resource))
    passing = {cure.judged.probe.pointer for cure in proposed.cures} | {
        judged.probe.pointer for judged in seen.probes if judged.verdict.outcome == PASSES
    }
    for judged in again.probes if again else ():
        if judged.probe.pointer in passing and judged.verdict.outcome != PASSES:
            return still_fails_result(judged, seen, config)
    return None
