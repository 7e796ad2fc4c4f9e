"""From an input to its outcome: survey every workload, repair what fails, and judge that again."""

from __future__ import annotations

from fix_ksm_probes.config import CHECK, Config
from fix_ksm_probes.course import Course, run
from fix_ksm_probes.findings import survey
from fix_ksm_probes.fixes import propose
from fix_ksm_probes.guards.deed import REFUSED, Step
from fix_ksm_probes.lapses import find_lapse
from fix_ksm_probes.outcome import Input, Outcome, Treated
from fix_ksm_probes.patch import Patch, below
from fix_ksm_probes.told import hold_back, tell, tell_check, tell_refusal
from fix_ksm_probes.workload import Workload, find_workloads


def repair(read: Input, config: Config) -> Outcome:
    """Return what is found in an input, and the patch that repairs it all or, failing, nothing."""
    courses = tuple(
        run(seen, config)
        for item in read.stream.items
        for workload in find_workloads(item)
        if _is_target(workload, config) and (seen := survey(workload)) is not None
    )
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
    changes_others = (
        config.bind_loopback or config.proxy_first or config.network_policy or config.alert
    )
    if not changes_others:
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


def _is_target(workload: Workload, config: Config) -> bool:
    target = config.target
    return (
        target.name in ("", workload.identity.name)
        and target.namespace in ("", workload.identity.namespace)
        and set(target.labels) <= set(workload.labels)
    )
