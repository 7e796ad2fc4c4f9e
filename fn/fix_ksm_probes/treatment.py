"""Surveyed workloads repaired, and judged again as the repair leaves them."""

from __future__ import annotations

from fix_ksm_probes.config import CHECK, Config
from fix_ksm_probes.course import Course, run
from fix_ksm_probes.findings import Survey
from fix_ksm_probes.fixes import propose
from fix_ksm_probes.guards.deed import REFUSED, Step
from fix_ksm_probes.lapses import find_lapse
from fix_ksm_probes.outcome import Input, Outcome, Treated
from fix_ksm_probes.patch import Patch, below
from fix_ksm_probes.told import hold_back, tell, tell_check, tell_refusal


def treat(surveys: tuple[Survey, ...], read: Input, config: Config) -> Outcome:
    """Return what is told of `surveys`, and the patch that repairs all or, failing, nothing."""
    courses = tuple(run(seen, config) for seen in surveys)
    if config.mode == CHECK:
        items = read.stream.items
        checked = (
            Treated(course.first, course.repair, tell_check(course, items, config))
            for course in courses
        )
        return Outcome(read, config, tuple(checked))
    beside = _beside(courses, read, config)
    if any(course.is_refused for course in courses) or any(_is_refused(step) for step in beside):
        return Outcome(read, config, _refused(courses, beside, config))
    for course in courses:
        lapse = find_lapse(course, config)
        if lapse is not None:
            return Outcome(read, config, results=(lapse,))
    treated = tuple(
        Treated(course.judged, course.repair, tell(course, step.deeds, config))
        for course, step in zip(courses, beside, strict=True)
    )
    return Outcome(read, config, treated, _patch(courses, beside))


def _beside(courses: tuple[Course, ...], read: Input, config: Config) -> tuple[Step, ...]:
    if not config.changes_beside:
        return tuple(Step() for _ in courses)
    from fix_ksm_probes.guards.beside import beside

    return beside(courses, read.stream, config)


def _refused(
    courses: tuple[Course, ...], beside: tuple[Step, ...], config: Config
) -> tuple[Treated, ...]:
    treated = []
    for course, step in zip(courses, beside, strict=True):
        is_plain = course.judged == course.first
        held_back = hold_back(course.repair if is_plain else propose(course.first, config))
        results = tell_refusal(course, held_back, step.deeds, config)
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
