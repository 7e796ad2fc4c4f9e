"""Findings and what is done about them, as KRM results."""

from __future__ import annotations

from collections.abc import Iterable

from fix_ksm_probes.analysis.analyse import Analysis, JudgedProbe
from fix_ksm_probes.analysis.decision import PASSES
from fix_ksm_probes.analysis.findings import Finding
from fix_ksm_probes.fixes import Repaired
from fix_ksm_probes.fixes.fix import (
    BLIND,
    DONE,
    FOUND,
    HELD_BACK,
    LEFT,
    LOST,
    NOTED,
    REFUSED,
    SUPPRESSED,
    Fix,
)
from fix_ksm_probes.manifests.pod import HTTPGet, Probe
from fix_ksm_probes.manifests.workload import Identity, Workload
from fix_ksm_probes.report.outcome import ERROR, INFO, MOST_NAMED, WARNING, Counts, Reported, Result
from fix_ksm_probes.rules.catalogue import RULES, UNKNOWN, VACUOUS
from fix_ksm_probes.settings.fields import Settings
from fix_ksm_probes.settings.kinds import ConfigError

_SEVERITIES = {
    DONE: INFO,
    NOTED: INFO,
    LEFT: WARNING,
    LOST: WARNING,
    REFUSED: ERROR,
    HELD_BACK: ERROR,
    SUPPRESSED: INFO,
}


def report_workload(repaired: Repaired, settings: Settings) -> Reported:
    """Return one workload with a result for each of its fixes."""
    analysis, fixes = repaired.analysis, repaired.fixes
    results = (_result(fix, analysis.workload.identity, settings) for fix in fixes)
    return Reported(analysis, fixes, tuple(results), _count(analysis, fixes), repaired.after)


def _count(analysis: Analysis, fixes: tuple[Fix, ...]) -> Counts:
    probes, passing = len(analysis.probes), sum(map(_passes, analysis.probes))
    done = [fix.finding.judged for fix in fixes if fix.finding.is_of_probe and fix.outcome == DONE]
    failing = len(done) - sum(map(_passes, done))
    return Counts(probes, passing, len(done), probes - passing - failing)


def _passes(judged: JudgedProbe) -> bool:
    return judged.verdict.outcome == PASSES


def failure_result(finding: Finding, workload: Identity, settings: Settings) -> Result:
    """Return the result for a repair that does not hold."""
    failure = _result(Fix(finding, REFUSED, summary=""), workload, settings)
    return failure._replace(current=None, tags=failure.tags if finding.is_of_probe else ())


def mismatch_result() -> Result:
    """Return the result for a patch that the two-path check refuses."""
    message = "the edited text does not say what the patch says; nothing was changed"
    return Result(f"{message}; report this bug", ERROR)


def unjudged_results(
    owned: tuple[Workload, ...], fragments: tuple[Identity, ...]
) -> tuple[Result, ...]:
    """Return a note of what a controller owns, and one of what is a part of a workload."""
    notes = []
    if owned:
        named = _listed(f"{each.identity.place} of {each.owner}" for each in owned)
        verb = "is not checked: its owner manages it"
        if len(owned) > 1:
            verb = "are not checked: their owners manage them"
        notes.append(Result(f"{named} {verb}", INFO))
    if fragments:
        named = _listed(each.place or "a JSON patch" for each in fragments)
        verb = "is not checked: it is only a part"
        if len(fragments) > 1:
            verb = "are not checked: they are only parts"
        notes.append(Result(f"{named} {verb} of a workload; use the output of a build", INFO))
    return tuple(notes)


def _listed(names: Iterable[str]) -> str:
    first, *rest = names
    more = f" and {len(rest)} more" if len(rest) > MOST_NAMED else ""
    if more:
        return f"{first}{more}"
    return ", ".join((first, *rest[:-1])) + (f" and {rest[-1]}" if rest else "")


def config_result(error: ConfigError, identity: Identity | None) -> Result:
    """Return the result for a setting that is not accepted."""
    return Result(str(error), ERROR, identity, (error.field,))


def _result(fix: Fix, workload: Identity, settings: Settings) -> Result:
    finding = fix.finding
    pointer, current = finding.pointer, finding.current
    tags = [("reason", finding.reason)]
    if finding.is_of_probe:
        probe = finding.judged.probe
        tags.append(("probe", probe.kind))
        handler = _handler(probe)
        if fix.proposed is not None:
            pointer, current = (*pointer, "httpGet"), handler
        elif handler is not None and finding.reason not in (UNKNOWN, VACUOUS):
            current = {"httpGet": handler}
    tags += [("cause", finding.cause), ("container", finding.container), ("mode", settings.mode)]
    return Result(
        fix.message,
        _severity(fix, settings),
        finding.identity or workload,
        pointer,
        current,
        fix.proposed,
        tuple((name, value) for name, value in tags if value),
        suppressed=fix.why if fix.outcome == SUPPRESSED else "",
    )


def _severity(fix: Fix, settings: Settings) -> str:
    if fix.never_starts or (fix.outcome == DONE and BLIND in fix.costs):
        return WARNING
    reason = fix.finding.reason
    severity = RULES[reason].severity if fix.outcome == FOUND else _SEVERITIES[fix.outcome]
    fails = fix.outcome != SUPPRESSED and settings.fails(reason, severity)
    return ERROR if fails else severity


def _handler(probe: Probe) -> dict[str, object] | None:
    """Return the httpGet of a probe as a result shows it: without headers, which may be secret."""
    handler = probe.handler
    if not isinstance(handler, HTTPGet):
        return None
    shown: dict[str, object] = {
        "path": handler.path,
        "port": handler.port,
        "scheme": handler.scheme,
    }
    return {**shown, "host": handler.host} if handler.host else shown
