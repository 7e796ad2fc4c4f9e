"""The course of a repair: doors, probes, order, each judged on what is there by then."""

from __future__ import annotations

from fix_ksm_probes.config import CHECK, Config
from fix_ksm_probes.findings import Survey, survey
from fix_ksm_probes.fixes import propose
from fix_ksm_probes.fixes.cure import REFUSED, Repair
from fix_ksm_probes.guards.deed import REFUSED as DEED_REFUSED
from fix_ksm_probes.guards.deed import Deed
from fix_ksm_probes.patch import Patch
from fix_ksm_probes.pointer import Pointer, copy_for
from fix_ksm_probes.reach import PASSES
from fix_ksm_probes.values import NamedTuple
from fix_ksm_probes.workload import Workload


class Course(NamedTuple):
    """What is done about one workload, and what it is like on the way.

    `first` is what was found, `judged` what the guards before the repair made of that, `repaired`
    what the `repair` of its probes leaves and `last` what all leave. `patch` leads from the first
    to the last. `added` are probes that were put in, `broken` those that passed at first only.
    """

    first: Survey
    judged: Survey
    repair: Repair
    repaired: Survey
    last: Survey
    patch: Patch
    deeds: tuple[Deed, ...] = ()
    added: frozenset[Pointer] = frozenset()
    broken: frozenset[Pointer] = frozenset()

    @property
    def is_refused(self) -> bool:
        """Tell whether something that is to be done cannot be done."""
        return any(cure.action == REFUSED for cure in self.repair.cures) or any(
            deed.outcome == DEED_REFUSED for deed in self.deeds
        )


def run(seen: Survey, config: Config) -> Course:
    """Return what is done about the workload of `seen`."""
    if config.mode != CHECK and (config.bind_loopback or config.proxy_first or config.add_missing):
        return _guarded(seen, config)
    repair = propose(seen, config)
    after = _patched(seen, repair.patch)
    return Course(seen, seen, repair, after, after, repair.patch)


def _guarded(seen: Survey, config: Config) -> Course:
    from fix_ksm_probes.fold import fold
    from fix_ksm_probes.guards.add_missing import Added, add_missing, added_deeds
    from fix_ksm_probes.guards.bind_loopback import bind
    from fix_ksm_probes.guards.deed import Step
    from fix_ksm_probes.guards.proxy_first import First, put_first

    bound = bind(seen) if config.bind_loopback else Step()
    closed = _patched(seen, bound.patch)
    nothing = Added(Step(), frozenset(), frozenset())
    added = add_missing(closed, config) if config.add_missing else nothing
    judged = _patched(closed, added.step.patch)
    broken = _passing(seen) - _passing(judged)
    repair = propose(judged, config, broken | added.also)
    repaired = _patched(judged, repair.patch)
    cures = tuple(cure for cure in repair.cures if cure.judged.probe.pointer in added.pointers)
    asked = tuple(each for each in judged.probes if each.probe.pointer in added.pointers)
    first = put_first(repaired, config) if config.proxy_first else First()
    patch = (*bound.patch, *added.step.patch, *repair.patch, *first.step.patch, *first.moves)
    return Course(
        seen,
        judged,
        repair,
        repaired,
        _patched(repaired, (*first.step.patch, *first.moves)),
        fold(seen.workload.resource, patch),
        (
            *bound.deeds,
            *added.step.deeds,
            *added_deeds(asked, cures, repaired.workload.resource, config),
            *first.step.deeds,
        ),
        added.pointers,
        broken,
    )


def _passing(seen: Survey) -> frozenset[Pointer]:
    return frozenset(
        judged.probe.pointer for judged in seen.probes if judged.verdict.outcome == PASSES
    )


def _patched(seen: Survey, patch: Patch) -> Survey:
    if not patch:
        return seen
    from fix_ksm_probes.patch import apply_patch

    # Of many templates in one resource, each would need a copy of all others.
    resource = apply_patch(copy_for(seen.workload.resource, seen.workload.template), patch)
    return _survey(seen.workload._replace(resource=resource), seen)


def _survey(workload: Workload, before: Survey) -> Survey:
    # A repair that hides every program would be found out by its probes; there are none then.
    return survey(workload) or before._replace(workload=workload, probes=(), bypasses=())
