"""Findings and what was done about them, as KRM results."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis, Bypass, JudgedProbe
from fix_ksm_probes.analysis.decision import PASSES, UNKNOWN
from fix_ksm_probes.fixes.fix import HELD_BACK, MOVED, NEVER_STARTS, REFUSED, Cure, Repair
from fix_ksm_probes.manifests.pod import Probe
from fix_ksm_probes.manifests.workload import Identity
from fix_ksm_probes.report import prose
from fix_ksm_probes.report.result import ERROR, INFO, WARNING, Result
from fix_ksm_probes.rules.catalogue import BYPASS, VACUOUS
from fix_ksm_probes.rules.catalogue import UNKNOWN as UNKNOWN_REASON
from fix_ksm_probes.settings.fields import Settings
from fix_ksm_probes.settings.kinds import ConfigError
from fix_ksm_probes.yamlpatch import Pointer, value_at


def read_results(
    analysis: Analysis, repair: Repair, settings: Settings, after: object
) -> list[Result]:
    """Return the results of one workload; `after` is its resource as the repair leaves it."""
    cures = {cure.judged: cure for cure in repair.cures}
    results = []
    for judged in analysis.probes:
        result = _probe_result(judged, cures.get(judged), analysis, settings, after)
        if result is not None:
            results.append(result)
    return results + [_bypass_result(bypass, analysis, settings) for bypass in analysis.bypasses]


def still_fails_result(repaired: JudgedProbe, analysis: Analysis, settings: Settings) -> Result:
    """Return the result for a repair that does not hold; `repaired` is the probe it would leave."""
    message = prose.still_fails_message(repaired, settings)
    tags = _tags("", repaired, settings)
    return Result(message, ERROR, analysis.workload.identity, repaired.probe.pointer, tags=tags)


def mismatch_result() -> Result:
    """Return the result for a patch that the two-path check refuses."""
    return Result(prose.mismatch_message(), ERROR)


def config_result(error: ConfigError, identity: Identity | None) -> Result:
    """Return the result for a setting that is not accepted."""
    return Result(str(error), ERROR, identity, (error.field,))


def _probe_result(
    judged: JudgedProbe, cure: Cure | None, analysis: Analysis, settings: Settings, after: object
) -> Result | None:
    verdict = judged.verdict
    identity = analysis.workload.identity
    field = judged.probe.pointer
    if cure is not None:
        message = prose.probe_message(judged, analysis) + prose.cure_message(cure, settings)
        severity = ERROR if cure.action == REFUSED else INFO
        if NEVER_STARTS in cure.costs:
            severity = WARNING
        proposed = (
            _proposed(judged.probe, after) if cure.action == MOVED and not cure.stays else None
        )
        tags = _tags(verdict.reason, judged, settings)
        current = prose.handler_value(judged.probe)
        done = prose.done_phrase(cure)
        if proposed is not None:
            handler = (*field, "httpGet")
            return Result(message, severity, identity, handler, current, proposed, tags, done)
        current = _wrapped(current)
        follows = cure.why == HELD_BACK
        return Result(message, severity, identity, field, current, None, tags, done, follows)
    if verdict.outcome == UNKNOWN:
        tags = _tags(UNKNOWN_REASON, judged, settings)
        message = prose.probe_message(judged, analysis)
        return Result(message, WARNING, identity, field, tags=tags, done=prose.LEFT)
    if verdict.outcome == PASSES:
        if not verdict.vacuous:
            return None
        tags = _tags(VACUOUS, judged, settings)
        return Result(prose.vacuous_message(judged, analysis), INFO, identity, field, tags=tags)
    is_meant = judged.probe.kind in settings.probes
    message = prose.probe_message(judged, analysis)
    return Result(
        message if is_meant else message + prose.excluded_message(),
        ERROR if is_meant else WARNING,
        identity,
        field,
        _wrapped(prose.handler_value(judged.probe)),
        tags=_tags(verdict.reason, judged, settings),
        done=prose.LEFT,
    )


def _bypass_result(bypass: Bypass, analysis: Analysis, settings: Settings) -> Result:
    container = bypass.process.container
    source = bypass.listener.source
    return Result(
        prose.bypass_message(bypass, analysis),
        WARNING,
        analysis.workload.identity,
        source,
        value_at(analysis.workload.resource, source) if source != container.pointer else None,
        tags=(("reason", BYPASS), ("container", container.name), ("mode", settings.mode)),
        done=prose.LEFT,
    )


def _tags(reason: str, judged: JudgedProbe, settings: Settings) -> tuple[tuple[str, str], ...]:
    tags = (
        ("reason", reason),
        ("probe", judged.probe.kind),
        ("container", judged.container.name),
        ("mode", settings.mode),
    )
    return tuple((name, value) for name, value in tags if value)


def _wrapped(handler: dict[str, object] | None) -> dict[str, object] | None:
    return None if handler is None else {"httpGet": handler}


def _proposed(probe: Probe, after: object) -> object:
    pointer: Pointer = (*probe.pointer, "httpGet")
    action = value_at(after, pointer)
    if not isinstance(action, dict):
        return None
    return {
        key: value for key, value in action.items() if key in ("path", "port", "scheme", "host")
    }
