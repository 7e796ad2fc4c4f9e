"""Option addMissing: add the probes that kube-state-metrics lacks, which the mode then repairs."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis, JudgedProbe, analyse, guards, missing_probes
from fix_ksm_probes.analysis.decision import PASSES, UNKNOWN
from fix_ksm_probes.analysis.findings import missing_finding
from fix_ksm_probes.fixes.fix import ASSUMED_VERSION, DONE, LEFT, REFUSED, Fix, Repair
from fix_ksm_probes.programs import Process
from fix_ksm_probes.settings.fields import DEDICATED_PORT, THROUGH_PROXY, Settings
from fix_ksm_probes.yamlpatch import Patch, Pointer, add, apply_patch, value_at

# As the kube-state-metrics chart and examples/standard of its sources have them (2.13 to 2.20).
_TIMINGS = {
    "startupProbe": {"timeoutSeconds": 5},
    "livenessProbe": {"initialDelaySeconds": 5, "timeoutSeconds": 5},
    "readinessProbe": {"initialDelaySeconds": 5, "timeoutSeconds": 5},
}


def add_missing(before: Analysis, settings: Settings) -> Repair:
    """Return the repair that adds the missing probes, except those whose verdict is unknown.

    They ask the listener itself. A probe that is not added is a fix that is LEFT.
    """
    if settings.mode not in (DEDICATED_PORT, THROUGH_PROXY):
        return Repair()
    operations = []
    fixes = []
    for process in before.network.processes:
        for kind in missing_probes(process, settings.probes):
            probe = _standard(process, kind)
            if probe is None:
                fixes.append(_left(process, kind))
            else:
                operations.append(add((*process.container.pointer, kind), probe))
    unknown = {
        judged.probe.pointer: judged
        for judged in _judged(before, tuple(operations))
        if judged.verdict.outcome == UNKNOWN
    }
    fixes += [_left(judged.process, judged.probe.kind) for judged in unknown.values()]
    return Repair(tuple(fixes), tuple(each for each in operations if each.path not in unknown))


def guarded_probes(analysis: Analysis, added: Patch) -> frozenset[Pointer]:
    """Return those of the `added` probes that pass at a listener which a proxy guards."""
    pointers = {operation.path for operation in added}
    return frozenset(
        judged.probe.pointer
        for judged in analysis.probes
        if judged.probe.pointer in pointers
        and judged.verdict.outcome == PASSES
        and guards(judged.verdict.route[-1], analysis.network)
    )


def added_probes(
    prepared: Analysis, added: Patch, repair: Repair, resource: object, settings: Settings
) -> tuple[Fix, ...]:
    """Return the fix of each probe that was `added`; `resource` is what `repair` leaves."""
    by_probe = {fix.finding.pointer: fix for fix in repair.fixes}
    pointers = {operation.path for operation in added}
    return tuple(
        _added(each, by_probe.get(each.probe.pointer), resource, settings)
        for each in prepared.probes
        if each.probe.pointer in pointers
    )


def _standard(process: Process, kind: str) -> dict[str, object] | None:
    program = process.program
    for listener in process.listeners:
        if program and listener.name == program.health_listener(kind, process.version):
            http_path = program.health_path(listener.name, process.version)
            return {"httpGet": {"path": http_path, "port": listener.port}, **_TIMINGS[kind]}
    return None


def _judged(before: Analysis, patch: Patch) -> tuple[JudgedProbe, ...]:
    workload = before.workload
    resource = apply_patch(workload.resource, patch)
    after = analyse(workload._replace(resource=resource), before.related, before)
    pointers = {operation.path for operation in patch}
    return tuple(each for each in (after.probes if after else ()) if each.probe.pointer in pointers)


def _left(process: Process, kind: str) -> Fix:
    action = "; left as it is, because it cannot be known whether one would pass"
    return Fix(missing_finding(process, (kind,)), LEFT, action)


def _added(judged: JudgedProbe, moved: Fix | None, resource: object, settings: Settings) -> Fix:
    finding = missing_finding(judged.process, (judged.probe.kind,))
    if moved is not None and moved.outcome == REFUSED:
        action = f"; mode {settings.mode} cannot add one: {moved.why}"
        return Fix(finding, REFUSED, action, why=moved.why)
    name, port = (
        (moved.answered_by, moved.port) if moved else (judged.container.name, _port(judged))
    )
    costs = moved.costs if moved else ()
    program = judged.process.program
    asked = judged.verdict.route[-1].name if judged.verdict.route else ""
    if not costs and judged.process.version is None and program and asked != program.main:
        # The mode takes the path for the author's choice, but this option chose it.
        costs = (ASSUMED_VERSION,)
    return Fix(
        finding._replace(pointer=judged.probe.pointer),
        DONE,
        f"; added, answered at port {port} of `{name}`",
        f"added, at port {port} of {name}",
        costs,
        answered_by=name,
        port=port,
        unnoticed=moved.unnoticed if moved else "",
        proposed=value_at(resource, judged.probe.pointer),
    )


def _port(judged: JudgedProbe) -> int:
    dial = judged.verdict.dial
    return dial.port if dial else 0
