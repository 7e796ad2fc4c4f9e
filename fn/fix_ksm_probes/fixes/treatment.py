"""Surveyed workloads repaired, and judged again as the repair leaves them."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis
from fix_ksm_probes.fixes.hardening.deed import REFUSED, Step
from fix_ksm_probes.fixes.plan import Course, run
from fix_ksm_probes.fixes.probes import propose
from fix_ksm_probes.fixes.verify import find_lapse
from fix_ksm_probes.manifests.reading import Input
from fix_ksm_probes.report.outcome import Outcome, Treated
from fix_ksm_probes.report.told import hold_back, tell, tell_check, tell_refusal
from fix_ksm_probes.settings.fields import CHECK, Settings
from fix_ksm_probes.yamlpatch import Patch, below


def treat(analyses: tuple[Analysis, ...], read: Input, settings: Settings) -> Outcome:
    """Return what is told of `surveys`, and the patch that repairs all or, failing, nothing."""
    courses = tuple(run(seen, settings) for seen in analyses)
    if settings.mode == CHECK:
        items = read.stream.items
        checked = (
            Treated(course.first, course.repair, tell_check(course, items, settings))
            for course in courses
        )
        return Outcome(read, settings, tuple(checked))
    beside = _beside(courses, read, settings)
    if any(course.is_refused for course in courses) or any(_is_refused(step) for step in beside):
        return Outcome(read, settings, _refused(courses, beside, settings))
    for course in courses:
        lapse = find_lapse(course, settings)
        if lapse is not None:
            return Outcome(read, settings, results=(lapse,))
    treated = tuple(
        Treated(course.judged, course.repair, tell(course, step.deeds, settings))
        for course, step in zip(courses, beside, strict=True)
    )
    return Outcome(read, settings, treated, _patch(courses, beside))


def _beside(courses: tuple[Course, ...], read: Input, settings: Settings) -> tuple[Step, ...]:
    if not settings.changes_beside:
        return tuple(Step() for _ in courses)
    from fix_ksm_probes.fixes.hardening.beside import beside

    return beside(courses, read.stream, settings)


def _refused(
    courses: tuple[Course, ...], beside: tuple[Step, ...], settings: Settings
) -> tuple[Treated, ...]:
    treated = []
    for course, step in zip(courses, beside, strict=True):
        is_plain = course.judged == course.first
        held_back = hold_back(course.repair if is_plain else propose(course.first, settings))
        results = tell_refusal(course, held_back, step.deeds, settings)
        treated.append(Treated(course.first, held_back, results))
    return tuple(treated)


def _patch(courses: tuple[Course, ...], beside: tuple[Step, ...]) -> Patch:
    own = (
        operation
        for course in courses
        for operation in below(course.first.workload.pointer, course.patch)
    )
    return (*own, *(operation for step in beside for operation in step.patch))


def _is_refused(step: Step) -> bool:
    return any(deed.outcome == REFUSED for deed in step.deeds)
