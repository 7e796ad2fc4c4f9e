"""Findings and their fixes as KRM results."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from fix_ksm_probes.analysis.findings import Finding
from fix_ksm_probes.fixes import Repaired
from fix_ksm_probes.fixes.fix import (
    DONE,
    FOUND,
    HELD_BACK,
    LEFT,
    LOST,
    NOTED,
    REFUSED,
    SUPPRESSED,
    Fix,
    as_proposal,
    hold_back,
)
from fix_ksm_probes.manifests.other_files import holds_manifests, renderer
from fix_ksm_probes.manifests.pod import HTTPGet, Probe
from fix_ksm_probes.manifests.stream import Item
from fix_ksm_probes.manifests.workload import Identity, Workload, identify
from fix_ksm_probes.programs import exporter_names
from fix_ksm_probes.report.outcome import (
    ERROR,
    INFO,
    WARNING,
    Outcome,
    Reported,
    Result,
    count,
    other_file,
)
from fix_ksm_probes.rules.catalogue import NO_WORKLOAD, PROBES_MISSING, RULES, UNKNOWN, VACUOUS
from fix_ksm_probes.settings.fields import Settings
from fix_ksm_probes.settings.kinds import ConfigError

# How many names a sentence lists before it counts the rest.
_MOST_NAMED = 3
_SEVERITIES = {
    DONE: INFO,
    NOTED: INFO,
    LEFT: WARNING,
    LOST: WARNING,
    REFUSED: ERROR,
    HELD_BACK: ERROR,
    SUPPRESSED: INFO,
}


def report_workload(repaired: Repaired, settings: Settings, *, is_proposal: bool) -> Reported:
    """Return one workload with a result for each of its fixes, made or only proposed."""
    analysis = repaired.analysis
    fixes = tuple(map(as_proposal, repaired.fixes)) if is_proposal else repaired.fixes
    results = (_result(fix, analysis.workload.identity, settings) for fix in fixes)
    done = [fix.finding for fix in fixes if fix.outcome == DONE]
    added = {each.pointer for each in done if each.reason == PROBES_MISSING}
    probes = tuple(each for each in analysis.probes if each.probe.pointer not in added)
    counts = count(probes, tuple(each.judged for each in done if each.is_of_probe))
    return Reported(analysis, tuple(results), counts, repaired.after)


def unwritten(outcome: Outcome, path: str, failed: Collection[str]) -> Outcome:
    """Return the outcome of the file at `path` if the files in `failed` cannot be written.

    Nothing in those is repaired, but an option may have changed an item in another file.
    """
    workloads = []
    for reported in outcome.workloads:
        places = (outcome.place_of(each, reported.analysis.workload) for each in reported.results)
        results = (
            _held_back(each) if (other_file(place) or path) in failed else each
            for each, place in zip(reported.results, places, strict=True)
        )
        workloads.append(reported._replace(results=tuple(results)))
    found = outcome._replace(workloads=tuple(workloads))
    if path not in failed:
        return found
    return found._replace(workloads=tuple(map(_unrepaired, workloads)), edits=())


def _unrepaired(reported: Reported) -> Reported:
    counts = reported.counts
    left = counts._replace(repaired=0, left=counts.probes - counts.passing)
    return reported._replace(counts=left, after=None)


def _held_back(result: Result) -> Result:
    if result.fix is None or result.fix.outcome != DONE:
        return result
    fix = hold_back(result.fix, "the file cannot be written")
    return result._replace(message=fix.message, severity=ERROR, proposed=None, fix=fix)


def failure_result(finding: Finding, workload: Identity, settings: Settings) -> Result:
    """Return the result for a repair that does not hold."""
    failure = _result(Fix(finding, REFUSED, summary=""), workload, settings)
    tags = failure.tags if finding.is_of_probe else ()
    return failure._replace(current=None, tags=tags, fix=None)


def mismatch_result() -> Result:
    """Return the result for a patch that the two-path check refuses."""
    message = "the edited text does not say what the patch says; nothing was changed"
    return Result(f"{message}; report this bug", ERROR)


def unjudged_results(
    owned: tuple[Workload, ...], fragments: tuple[Identity, ...]
) -> tuple[Result, ...]:
    """Return a note about workloads that a controller owns, and one about parts of workloads."""
    one = "is not checked: its owner manages it"
    more = "are not checked: their owners manage them"
    notes = [_listed([f"{each.identity.place} of {each.owner}" for each in owned], one, more)]
    of_what = "of a workload, or a template; use the output of a build"
    one = f"is not checked: it is only a part {of_what}"
    more = f"are not checked: they are only parts {of_what}"
    notes.append(_listed([each.place or "a JSON patch" for each in fragments], one, more))
    return tuple(Result(each, INFO) for each in notes if each)


def _listed(names: list[str], one: str, more: str) -> str:
    """Return a sentence about `names`, with a verb for one or for several; empty for none."""
    if len(names) < 2:
        return f"{names[0]} {one}" if names else ""
    if len(names) > _MOST_NAMED + 1:
        return f"{names[0]} and {len(names) - 1} more {more}"
    return f"{', '.join(names[:-1])} and {names[-1]} {more}"


def no_workload(
    what: str, items: Iterable[Item], settings: Settings, sources: tuple[str, ...] = ()
) -> Result:
    """Return the result that `what` holds no workload, with the `items` that a tool renders.

    `sources` describes files that may contain one once they are rendered.
    """
    items = tuple(items)
    meant = "no workload that matches the target" if settings.has_target else "no workload"
    advices = [*sources, *_advices(items)]
    parts = [f"{meant} runs kube-state-metrics; read {what}", *advices[:_MOST_NAMED]]
    is_source = bool(sources) or any(renderer(item.resource) for item in items)
    severity = WARNING if is_source or settings.has_target else INFO
    if settings.fails(NO_WORKLOAD, severity):
        severity = ERROR
    tags = (("reason", NO_WORKLOAD), ("mode", settings.mode))
    return Result("; ".join(parts), severity, tags=tags)


def _advices(items: tuple[Item, ...]) -> Iterator[str]:
    for item in items:
        identity = identify(item.resource)
        # A kustomization has no name.
        place = identity.place or identity.kind or "an object"
        if tool := renderer(item.resource):
            yield f"{place} is not rendered; use the output of `{tool}`"
        elif holds_manifests(item.resource, exporter_names()):
            yield f"{place} contains manifests as text; use these instead"


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
        fix=fix,
    )


def _severity(fix: Fix, settings: Settings) -> str:
    if fix.never_starts or (fix.outcome == DONE and fix.unnoticed and not fix.watched_by):
        return WARNING
    reason = fix.finding.reason
    severity = RULES[reason].severity if fix.outcome == FOUND else _SEVERITIES[fix.outcome]
    fails = fix.outcome != SUPPRESSED and settings.fails(reason, severity)
    return ERROR if fails else severity


def _handler(probe: Probe) -> dict[str, object] | None:
    """Return the httpGet of a probe for a result: without headers, which may be secret."""
    handler = probe.handler
    if not isinstance(handler, HTTPGet):
        return None
    shown: dict[str, object] = {
        "path": handler.path,
        "port": handler.port,
        "scheme": handler.scheme,
    }
    return {**shown, "host": handler.host} if handler.host else shown
