"""Repairs: which probes a mode looks at, and what it does about each."""

from __future__ import annotations

from fix_ksm_probes.config import ALL, CHECK, DEDICATED_PORT, PROBE_DISABLE, Config
from fix_ksm_probes.findings import JudgedProbe, Survey, notices_a_hang
from fix_ksm_probes.fixes.cure import (
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
from fix_ksm_probes.pod import HTTPGet
from fix_ksm_probes.pointer import Pointer
from fix_ksm_probes.programs.kube_state_metrics import NAME as KUBE_STATE_METRICS
from fix_ksm_probes.reach import FAILS, PASSES, UNKNOWN


def propose(survey: Survey, config: Config, also: frozenset[Pointer] = frozenset()) -> Repair:
    """Return what the mode of `config` does about the probes of `survey`.

    Those at `also` are repaired whatever the settings say of scope and probes.
    """
    probes = tuple(
        judged
        for judged in survey.probes
        if _is_meant(judged, config)
        or (judged.probe.pointer in also and judged.verdict.outcome != UNKNOWN)
    )
    if config.mode == CHECK or not probes:
        return Repair()
    started = tuple(judged for judged in probes if _starts(judged, config))
    ended = tuple(Cure(each, REFUSED, why=EXITS) for each in probes if each not in started)
    repair = combine((Repair(ended), _repair(survey, started, config)))
    return repair._replace(cures=tuple(_weighed(cure, repair, survey) for cure in repair.cures))


def _repair(survey: Survey, probes: tuple[JudgedProbe, ...], config: Config) -> Repair:
    if config.mode == PROBE_DISABLE:
        from fix_ksm_probes.fixes.probe_disable import disable

        return disable(survey, probes, config)
    if config.mode == DEDICATED_PORT:
        from fix_ksm_probes.fixes.dedicated_port import dedicate

        return dedicate(survey, probes, config)
    from fix_ksm_probes.fixes.through_proxy import go_through

    return go_through(survey, probes, config)


def _starts(judged: JudgedProbe, config: Config) -> bool:
    # To ask elsewhere helps nothing that ends at its start; a probe less harms nothing either.
    return config.mode == PROBE_DISABLE or not judged.process.implied.exits


def _weighed(cure: Cure, repair: Repair, survey: Survey) -> Cure:
    cure = cure._replace(stays=cure.action == MOVED and not _touches(repair, cure.judged))
    if _waits_for_later(cure):
        return cure._replace(action=REFUSED, why=TOO_EARLY)
    # As long as another probe of the container asks the process itself, it hangs noticed.
    cured = {each.judged: each for each in repair.cures}
    for other in survey.probes:
        if other.process != cure.judged.process or not isinstance(other.probe.handler, HTTPGet):
            continue
        # Once it has passed, this one is never asked again.
        if other.probe.kind == "startupProbe":
            continue
        other_cure = cured.get(other)
        if other_cure is None:
            sees = notices_a_hang(other)
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


def _is_meant(judged: JudgedProbe, config: Config) -> bool:
    if judged.probe.kind not in config.probes:
        return False
    if judged.verdict.outcome == FAILS:
        return True
    is_ksm = judged.process.runs(KUBE_STATE_METRICS)
    return config.scope == ALL and judged.verdict.outcome == PASSES and is_ksm
