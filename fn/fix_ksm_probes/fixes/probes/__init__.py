"""Repairs: which probes a mode looks at, and what it does about each."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis, JudgedProbe, notices_a_hang
from fix_ksm_probes.analysis.decision import FAILS, PASSES, UNKNOWN
from fix_ksm_probes.fixes.fix import (
    BLIND,
    EXITS,
    MOVED,
    REFUSED,
    SEEN_BY_ANOTHER,
    TOO_EARLY,
    Cure,
    Repair,
    combine,
)
from fix_ksm_probes.manifests.pod import HTTPGet
from fix_ksm_probes.settings.fields import ALL, CHECK, DEDICATED_PORT, PROBE_DISABLE, Settings
from fix_ksm_probes.yamlpatch import Pointer


def propose(
    analysis: Analysis, settings: Settings, also: frozenset[Pointer] = frozenset()
) -> Repair:
    """Return what the mode of `config` does about the probes of `survey`.

    Those at `also` are repaired whatever the settings say of scope and probes.
    """
    probes = tuple(
        judged
        for judged in analysis.probes
        if _is_meant(judged, settings)
        or (judged.probe.pointer in also and judged.verdict.outcome != UNKNOWN)
    )
    if settings.mode == CHECK or not probes:
        return Repair()
    started = tuple(judged for judged in probes if _starts(judged, settings))
    ended = tuple(Cure(each, REFUSED, why=EXITS) for each in probes if each not in started)
    repair = combine((Repair(ended), _repair(analysis, started, settings)))
    return repair._replace(cures=tuple(_weighed(cure, repair, analysis) for cure in repair.cures))


def _repair(analysis: Analysis, probes: tuple[JudgedProbe, ...], settings: Settings) -> Repair:
    if settings.mode == PROBE_DISABLE:
        from fix_ksm_probes.fixes.probes.probe_disable import disable

        return disable(analysis, probes, settings)
    if settings.mode == DEDICATED_PORT:
        from fix_ksm_probes.fixes.probes.dedicated_port import dedicate

        return dedicate(analysis, probes, settings)
    from fix_ksm_probes.fixes.probes.through_proxy import go_through

    return go_through(analysis, probes, settings)


def _starts(judged: JudgedProbe, settings: Settings) -> bool:
    # To ask elsewhere helps nothing that ends at its start; a probe less harms nothing either.
    return settings.mode == PROBE_DISABLE or not judged.process.exits


def _weighed(cure: Cure, repair: Repair, analysis: Analysis) -> Cure:
    cure = cure._replace(stays=cure.action == MOVED and not _touches(repair, cure.judged))
    if _waits_for_later(cure):
        return cure._replace(action=REFUSED, why=TOO_EARLY)
    # As long as another probe of the container asks the process itself, it hangs noticed.
    cured = {each.judged: each for each in repair.cures}
    for other in analysis.probes:
        if other.process != cure.judged.process or not isinstance(other.probe.handler, HTTPGet):
            continue
        # Once it has passed, this one is never asked again.
        if other.probe.kind == "startupProbe":
            continue
        other_cure = cured.get(other)
        if other_cure is None:
            sees = notices_a_hang(other, analysis.network)
        else:
            sees = other_cure.action == MOVED and BLIND not in other_cure.costs
        if sees:
            costs = tuple(SEEN_BY_ANOTHER if cost == BLIND else cost for cost in cure.costs)
            return cure._replace(costs=costs)
    return cure


def _touches(repair: Repair, judged: JudgedProbe) -> bool:
    place = judged.probe.pointer
    return any(operation.path[: len(place)] == place for operation in repair.patch)


def _waits_for_later(cure: Cure) -> bool:
    # What comes behind a native sidecar starts when its startupProbe has passed, not before.
    is_sidecar = "initContainers" in cure.judged.container.pointer
    is_startup = cure.judged.probe.kind == "startupProbe"
    elsewhere = cure.answered_by != cure.judged.container.name
    return cure.action == MOVED and is_sidecar and is_startup and elsewhere


def _is_meant(judged: JudgedProbe, settings: Settings) -> bool:
    if judged.probe.kind not in settings.probes:
        return False
    if judged.verdict.outcome == FAILS:
        return True
    is_exporter = judged.process.is_exporter
    return settings.scope == ALL and judged.verdict.outcome == PASSES and is_exporter
