"""The course of a repair: doors, probes, order, each judged on what is there by then."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis, analyse
from fix_ksm_probes.analysis.decision import PASSES
from fix_ksm_probes.fixes.fix import REFUSED, Repair
from fix_ksm_probes.fixes.hardening.deed import REFUSED as DEED_REFUSED
from fix_ksm_probes.fixes.hardening.deed import Deed
from fix_ksm_probes.fixes.probes import propose
from fix_ksm_probes.manifests.workload import Workload
from fix_ksm_probes.settings.fields import CHECK, Settings
from fix_ksm_probes.yamlpatch import Patch, Pointer
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple
from fix_ksm_probes.yamlpatch.patch import copy_for


class Course(NamedTuple):
    """What is done about one workload, and what it is like on the way.

    `first` is what was found, `judged` what the guards before the repair made of that, `repaired`
    what the `repair` of its probes leaves and `last` what all leave. `patch` leads from the first
    to the last. `added` are probes that were put in, `broken` those that passed at first only.
    """

    first: Analysis
    judged: Analysis
    repair: Repair
    repaired: Analysis
    last: Analysis
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


def run(seen: Analysis, settings: Settings) -> Course:
    """Return what is done about the workload of `seen`."""
    if settings.mode != CHECK and (
        settings.bind_loopback or settings.proxy_first or settings.add_missing
    ):
        return _guarded(seen, settings)
    repair = propose(seen, settings)
    after = _patched(seen, repair.patch)
    return Course(seen, seen, repair, after, after, repair.patch)


def _guarded(seen: Analysis, settings: Settings) -> Course:
    from fix_ksm_probes.fixes.hardening.add_missing import Added, add_missing, added_deeds
    from fix_ksm_probes.fixes.hardening.bind_loopback import bind
    from fix_ksm_probes.fixes.hardening.deed import Step
    from fix_ksm_probes.fixes.hardening.proxy_first import First, put_first
    from fix_ksm_probes.yamlpatch import compose_patches

    bound = bind(seen) if settings.bind_loopback else Step()
    closed = _patched(seen, bound.patch)
    nothing = Added(Step(), frozenset(), frozenset())
    added = add_missing(closed, settings) if settings.add_missing else nothing
    judged = _patched(closed, added.step.patch)
    broken = _passing(seen) - _passing(judged)
    repair = propose(judged, settings, broken | added.also)
    repaired = _patched(judged, repair.patch)
    cures = tuple(cure for cure in repair.cures if cure.judged.probe.pointer in added.pointers)
    asked = tuple(each for each in judged.probes if each.probe.pointer in added.pointers)
    first = put_first(repaired, settings) if settings.proxy_first else First()
    patch = (*bound.patch, *added.step.patch, *repair.patch, *first.step.patch, *first.moves)
    return Course(
        seen,
        judged,
        repair,
        repaired,
        _patched(repaired, (*first.step.patch, *first.moves)),
        compose_patches(seen.workload.resource, patch),
        (
            *bound.deeds,
            *added.step.deeds,
            *added_deeds(asked, cures, repaired.workload.resource, settings),
            *first.step.deeds,
        ),
        added.pointers,
        broken,
    )


def _passing(seen: Analysis) -> frozenset[Pointer]:
    return frozenset(
        judged.probe.pointer for judged in seen.probes if judged.verdict.outcome == PASSES
    )


def _patched(seen: Analysis, patch: Patch) -> Analysis:
    if not patch:
        return seen
    from fix_ksm_probes.yamlpatch import apply_patch

    # Of many templates in one resource, each would need a copy of all others.
    resource = apply_patch(copy_for(seen.workload.resource, seen.workload.template), patch)
    return _analyse(seen.workload._replace(resource=resource), seen)


def _analyse(workload: Workload, before: Analysis) -> Analysis:
    # A repair that hides every program would be found out by its probes; there are none then.
    return analyse(workload) or before._replace(workload=workload, probes=(), bypasses=())
