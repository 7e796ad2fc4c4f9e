"""Findings and what was done about them, as KRM results."""

from __future__ import annotations

from fix_ksm_probes import prose
from fix_ksm_probes.config import CHECK, Config, ConfigError
from fix_ksm_probes.findings import Bypass, JudgedProbe, Survey
from fix_ksm_probes.fixes.cure import HELD_BACK, MOVED, NEVER_STARTS, REFUSED, Cure, Repair
from fix_ksm_probes.meanings import BYPASS, VACUOUS
from fix_ksm_probes.meanings import UNKNOWN as UNKNOWN_REASON
from fix_ksm_probes.pod import Probe
from fix_ksm_probes.pointer import Pointer, value_at
from fix_ksm_probes.reach import PASSES, UNKNOWN
from fix_ksm_probes.result import ERROR, INFO, WARNING, Result
from fix_ksm_probes.workload import Identity


def read_results(survey: Survey, repair: Repair, config: Config, after: object) -> list[Result]:
    """Return the results of one workload; `after` is its resource as the repair leaves it."""
    cures = {cure.judged: cure for cure in repair.cures}
    results = []
    for judged in survey.probes:
        result = _probe_result(judged, cures.get(judged), survey, config, after)
        if result is not None:
            results.append(result)
    return results + [_bypass_result(bypass, survey, config) for bypass in survey.bypasses]


def still_fails_result(repaired: JudgedProbe, survey: Survey, config: Config) -> Result:
    """Return the result for a repair that does not hold; `repaired` is the probe it would leave."""
    message = prose.still_fails_message(repaired, config)
    tags = _tags("", repaired, config)
    return Result(message, ERROR, survey.workload.identity, repaired.probe.pointer, tags=tags)


def paths_differ_result() -> Result:
    """Return the result for a patch that took two different roads."""
    return Result(prose.paths_differ_message(), ERROR)


def config_result(error: ConfigError, identity: Identity | None) -> Result:
    """Return the result for a setting that is not accepted."""
    return Result(str(error), ERROR, identity, (error.field,))


def _probe_result(
    judged: JudgedProbe, cure: Cure | None, survey: Survey, config: Config, after: object
) -> Result | None:
    verdict = judged.verdict
    identity = survey.workload.identity
    field = judged.probe.pointer
    if cure is not None:
        message = prose.probe_message(judged, survey) + prose.cure_message(cure, config)
        severity = ERROR if cure.action == REFUSED else INFO
        if NEVER_STARTS in cure.costs:
            severity = WARNING
        proposed = (
            _proposed(judged.probe, after) if cure.action == MOVED and not cure.stays else None
        )
        tags = _tags(verdict.reason, judged, config)
        current = prose.handler_value(judged.probe)
        done = prose.done_phrase(cure)
        if proposed is not None:
            handler = (*field, "httpGet")
            return Result(message, severity, identity, handler, current, proposed, tags, done)
        current = _wrapped(current)
        follows = cure.why == HELD_BACK
        return Result(message, severity, identity, field, current, None, tags, done, follows)
    if verdict.outcome == UNKNOWN:
        tags = _tags(UNKNOWN_REASON, judged, config)
        message = prose.probe_message(judged, survey)
        return Result(message, WARNING, identity, field, tags=tags, done=prose.LEFT)
    if verdict.outcome == PASSES:
        if not verdict.vacuous:
            return None
        tags = _tags(VACUOUS, judged, config)
        return Result(prose.vacuous_message(judged, survey), INFO, identity, field, tags=tags)
    is_meant = judged.probe.kind in config.probes
    message = prose.probe_message(judged, survey)
    return Result(
        message if is_meant else message + prose.excluded_message(),
        ERROR if is_meant else WARNING,
        identity,
        field,
        _wrapped(prose.handler_value(judged.probe)),
        tags=_tags(verdict.reason, judged, config),
        done=prose.LEFT,
    )


def _bypass_result(bypass: Bypass, survey: Survey, config: Config) -> Result:
    container = bypass.process.container
    source = bypass.listener.source
    return Result(
        prose.bypass_message(bypass, survey),
        ERROR if config.mode == CHECK and BYPASS in config.fail_on else WARNING,
        survey.workload.identity,
        source,
        value_at(survey.workload.resource, source) if source != container.pointer else None,
        tags=(("reason", BYPASS), ("container", container.name), ("mode", config.mode)),
        done=prose.LEFT,
    )


def _tags(reason: str, judged: JudgedProbe, config: Config) -> tuple[tuple[str, str], ...]:
    tags = (
        ("reason", reason),
        ("probe", judged.probe.kind),
        ("container", judged.container.name),
        ("mode", config.mode),
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
