"""Repairs of probes: which probes a mode repairs, and how."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis, JudgedProbe, notices_a_hang
from fix_ksm_probes.analysis.decision import FAILS, PASSES, UNKNOWN
from fix_ksm_probes.analysis.findings import Finding, probe_finding
from fix_ksm_probes.fixes.fix import (
    DONE,
    Fix,
    Repair,
    combine,
    exit_clause,
    leave_to_another_probe,
    let_through,
    refuse_probe,
    remove_probe,
)
from fix_ksm_probes.settings.fields import ALL, DEDICATED_PORT, PROBE_DISABLE, Settings
from fix_ksm_probes.yamlpatch import Pointer, remove

_TOO_EARLY = (
    "the container that would answer it starts only after this sidecar's startupProbe passes; "
    "mode probe-disable can"
)


def propose(
    analysis: Analysis,
    settings: Settings,
    also: frozenset[Pointer] = frozenset(),
    accepted: frozenset[Pointer] = frozenset(),
) -> Repair:
    """Return the repair that the mode of `settings` makes of the probes of `analysis`.

    Probes at `also` are repaired regardless of the settings scope and probes. Probes at `accepted`,
    whose finding an annotation suppresses, are not repaired.
    """
    findings = tuple(
        probe_finding(judged, analysis)
        for judged in analysis.probes
        if (_is_meant(judged, settings) and judged.probe.pointer not in accepted)
        or (judged.probe.pointer in also and judged.verdict.outcome != UNKNOWN)
    )
    if not findings:
        return Repair()
    started = tuple(finding for finding in findings if _starts(finding, settings))
    ended = tuple(_ended(each, settings) for each in findings if each not in started)
    repair = combine(Repair(ended), _repair(analysis, started, settings))
    return repair._replace(
        fixes=tuple(_weighed(fix, repair, analysis, settings) for fix in repair.fixes)
    )


def _repair(analysis: Analysis, findings: tuple[Finding, ...], settings: Settings) -> Repair:
    if settings.mode == PROBE_DISABLE:
        removed = tuple(remove(finding.pointer) for finding in findings)
        return Repair(tuple(map(remove_probe, findings)), removed)
    if settings.mode == DEDICATED_PORT:
        from fix_ksm_probes.fixes.probes.dedicated_port import dedicate

        return dedicate(analysis, findings, settings)
    from fix_ksm_probes.fixes.probes.through_proxy import go_through

    return go_through(analysis, findings, settings)


def _starts(finding: Finding, settings: Settings) -> bool:
    # Moving the probe of a program that exits at start does not help, and removing it does no harm.
    return settings.mode == PROBE_DISABLE or not finding.judged.process.exits


def _ended(finding: Finding, settings: Settings) -> Fix:
    why = exit_clause(finding, "another probe does not change that")
    return refuse_probe(finding, f"{why}; mode probe-disable can remove it", settings.mode)


def _weighed(fix: Fix, repair: Repair, analysis: Analysis, settings: Settings) -> Fix:
    judged = fix.finding.judged
    is_moved = fix.outcome == DONE and bool(fix.answered_by)
    if is_moved and _waits_for_later(fix):
        return refuse_probe(fix.finding, _TOO_EARLY, settings.mode)
    if is_moved and not _touches(repair, judged):
        fix = let_through(fix)
    return leave_to_another_probe(fix) if _is_seen_by_another(judged, repair, analysis) else fix


def _is_seen_by_another(judged: JudgedProbe, repair: Repair, analysis: Analysis) -> bool:
    # A hang is noticed as long as another probe of the container asks the process itself. A
    # startupProbe that passed never runs again.
    repaired = {fix.finding.judged for fix in repair.fixes}
    return any(
        notices_a_hang(each, analysis.network)
        for each in analysis.probes
        if each.process == judged.process and each not in repaired
    )


def _touches(repair: Repair, judged: JudgedProbe) -> bool:
    place = judged.probe.pointer
    return any(operation.path[: len(place)] == place for operation in repair.patch)


def _waits_for_later(fix: Fix) -> bool:
    # Containers after a native sidecar start only once its startupProbe passes.
    container = fix.finding.judged.container
    is_sidecar = "initContainers" in container.pointer
    is_startup = fix.finding.judged.probe.kind == "startupProbe"
    return is_sidecar and is_startup and fix.answered_by != container.name


def _is_meant(judged: JudgedProbe, settings: Settings) -> bool:
    if judged.verdict.outcome == FAILS:
        return judged.probe.kind in settings.probes
    # No option takes away a probe that passes.
    return is_in_scope(judged, settings) and settings.mode != PROBE_DISABLE


def is_in_scope(judged: JudgedProbe, settings: Settings) -> bool:
    """Tell whether `scope: all` includes a probe that passes."""
    is_asked = settings.scope == ALL and judged.probe.kind in settings.probes
    return is_asked and judged.verdict.outcome == PASSES and judged.process.is_exporter
