"""What there is to say about one workload: its probes, its open doors, and the options' deeds."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis
from fix_ksm_probes.analysis.hardening import Gap, find_gaps
from fix_ksm_probes.fixes.fix import HELD_BACK, REFUSED, Repair
from fix_ksm_probes.fixes.hardening import deed as deeds_
from fix_ksm_probes.fixes.hardening.deed import Deed
from fix_ksm_probes.fixes.plan import Course
from fix_ksm_probes.manifests.stream import Item
from fix_ksm_probes.report import guard_prose, prose
from fix_ksm_probes.report.result import ERROR, INFO, WARNING, Result
from fix_ksm_probes.report.results import read_results
from fix_ksm_probes.rules.catalogue import BYPASS, RULES
from fix_ksm_probes.settings.fields import Settings
from fix_ksm_probes.yamlpatch import value_at

_SEVERITIES = {
    deeds_.DONE: INFO,
    deeds_.NOTED: INFO,
    deeds_.LEFT: WARNING,
    deeds_.LOST: WARNING,
    deeds_.REFUSED: ERROR,
}


def tell(course: Course, deeds: tuple[Deed, ...], settings: Settings) -> tuple[Result, ...]:
    """Return the results of a workload whose repair is carried out; `deeds` are those beside it."""
    done = (*course.deeds, *deeds)
    seen = _without(course.judged, course, done)
    results = read_results(seen, course.repair, settings, course.repaired.workload.resource)
    return (*_because(results, course), *(_result(each, course, settings) for each in done))


def tell_check(course: Course, items: tuple[Item, ...], settings: Settings) -> tuple[Result, ...]:
    """Return the results of mode check: probes, open doors, and what else is missing."""
    results = read_results(course.first, course.repair, settings, None)
    gaps = find_gaps(course.first, items, settings)
    return tuple(
        _failed(each, settings)
        for each in (*results, *(_gap_result(gap, course, settings) for gap in gaps))
    )


def _failed(result: Result, settings: Settings) -> Result:
    reason = dict(result.tags)["reason"]
    fails = settings.fails(reason, result.severity)
    return result._replace(severity=ERROR) if fails else result


def _gap_result(gap: Gap, course: Course, settings: Settings) -> Result:
    container = gap.process.container
    resource = course.first.workload.resource
    place = gap.listener.source if gap.listener else container.pointer
    return Result(
        guard_prose.gap_message(gap, course.first),
        RULES[gap.reason].severity,
        course.first.workload.identity,
        place,
        value_at(resource, place) if place != container.pointer else None,
        tags=(("reason", gap.reason), ("container", container.name), ("mode", settings.mode)),
        done=guard_prose.KEPT,
    )


def tell_refusal(
    course: Course, held_back: Repair, deeds: tuple[Deed, ...], settings: Settings
) -> tuple[Result, ...]:
    """Return the results of a workload in a run that changes nothing, because of one refusal.

    `held_back` is what the mode would have done without any option.
    """
    kept = tuple(
        each for each in (*course.deeds, *deeds) if each.outcome in (deeds_.REFUSED, deeds_.LEFT)
    )
    seen = _without(course.first, course, kept)
    results = read_results(seen, held_back, settings, None)
    refused = {cure.judged.probe.pointer for cure in held_back.cures if _is_refused(cure.why)}
    more = tuple(
        cure
        for cure in course.repair.cures
        if cure.action == REFUSED and cure.judged.probe.pointer not in refused | course.added
    )
    probes = tuple(cure.judged for cure in more)
    told = {judged.probe.pointer for judged in probes}
    results = [each for each in results if each.field not in told]
    judged = course.judged._replace(probes=probes, bypasses=())
    results += _because(read_results(judged, Repair(more), settings, None), course)
    return (*results, *(_result(each, course, settings) for each in kept))


def hold_back(repair: Repair) -> Repair:
    """Return a repair that does nothing, because one of a run cannot be done."""
    return Repair(
        tuple(
            cure if cure.action == REFUSED else cure._replace(action=REFUSED, why=HELD_BACK)
            for cure in repair.cures
        )
    )


def _is_refused(why: str) -> bool:
    return why != HELD_BACK


def _without(seen: Analysis, course: Course, deeds: tuple[Deed, ...]) -> Analysis:
    # What an option dealt with is told by its deed.
    places = {each.fact for each in deeds if each.reason == BYPASS}
    return seen._replace(
        probes=tuple(each for each in seen.probes if each.probe.pointer not in course.added),
        bypasses=tuple(
            each for each in seen.bypasses if prose.bypass_fact(each, course.first) not in places
        ),
    )


def _because(results: list[Result], course: Course) -> list[Result]:
    return [
        each._replace(message=guard_prose.because_bound() + each.message)
        if any(each.field[: len(pointer)] == pointer for pointer in course.broken)
        else each
        for each in results
    ]


def _result(deed: Deed, course: Course, settings: Settings) -> Result:
    tags = (("reason", deed.reason), ("container", deed.container), ("mode", settings.mode))
    return Result(
        deed.fact + deed.then,
        _SEVERITIES[deed.outcome],
        deed.identity or course.first.workload.identity,
        deed.place,
        deed.current,
        deed.proposed,
        tuple((name, value) for name, value in tags if value),
        deed.done,
    )
