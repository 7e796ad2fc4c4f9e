"""The last look before a byte leaves: a repair that does not hold is found out here."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis, JudgedProbe
from fix_ksm_probes.analysis.decision import PASSES
from fix_ksm_probes.analysis.hardening import late_guards
from fix_ksm_probes.fixes.plan import Course
from fix_ksm_probes.report import guard_prose
from fix_ksm_probes.report.result import ERROR, Result
from fix_ksm_probes.report.results import still_fails_result
from fix_ksm_probes.settings.fields import Settings


def find_lapse(course: Course, settings: Settings) -> Result | None:
    """Return what is wrong with what `course` leaves, None where all holds."""
    if not course.patch:
        return None
    cured = {cure.judged.probe.pointer for cure in course.repair.cures} | course.added
    passing = cured | {
        judged.probe.pointer for judged in course.first.probes if judged.verdict.outcome == PASSES
    }
    for judged in course.repaired.probes:
        if judged.probe.pointer in passing and judged.verdict.outcome != PASSES:
            return still_fails_result(judged, course.judged, settings)
    identity = course.first.workload.identity
    if settings.bind_loopback and course.last.bypasses:
        return Result(guard_prose.still_open(), ERROR, identity)
    if not _verdicts(course.repaired) <= _verdicts(course.last):
        return Result(guard_prose.verdicts_changed(), ERROR, identity)
    doubted = _startup_that_may_fail(course)
    if doubted is not None:
        return Result(guard_prose.starts_never(doubted), ERROR, identity)
    return None


def _startup_that_may_fail(course: Course) -> JudgedProbe | None:
    # What is behind a sidecar whose startupProbe fails waits for ever.
    if course.last == course.repaired:
        return None
    first = {process.container.name for process in late_guards(course.repaired.network)}
    startups = (
        judged
        for judged in course.last.probes
        if judged.container.name in first and judged.probe.kind == "startupProbe"
    )
    return next((each for each in startups if each.verdict.outcome != PASSES), None)


def _verdicts(seen: Analysis) -> set[tuple[str, str, str, str]]:
    # Containers move, and their pointers with them.
    return {
        (judged.container.name, judged.probe.kind, judged.verdict.outcome, judged.verdict.reason)
        for judged in seen.probes
        if judged.probe.kind != "startupProbe" or judged.verdict.outcome == PASSES
    }
