"""Option addMissing: kube-state-metrics gets the probes it lacks, which the mode then repairs."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis, JudgedProbe, analyse, guards
from fix_ksm_probes.analysis.decision import PASSES, UNKNOWN
from fix_ksm_probes.analysis.hardening import missing_probes
from fix_ksm_probes.fixes.fix import ASSUMED_VERSION, MOVED, Cure
from fix_ksm_probes.fixes.hardening.deed import DONE, LEFT, REFUSED, Deed, Step
from fix_ksm_probes.programs import Process
from fix_ksm_probes.report import guard_prose
from fix_ksm_probes.rules.catalogue import PROBES_MISSING
from fix_ksm_probes.settings.fields import DEDICATED_PORT, THROUGH_PROXY, Settings
from fix_ksm_probes.yamlpatch import Patch, Pointer, add, apply_patch, value_at
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple
from fix_ksm_probes.yamlpatch.patch import copy_for

# As the kube-state-metrics chart and examples/standard of its sources have them (2.13 to 2.20).
_TIMINGS = {
    "startupProbe": {"timeoutSeconds": 5},
    "livenessProbe": {"initialDelaySeconds": 5, "timeoutSeconds": 5},
    "readinessProbe": {"initialDelaySeconds": 5, "timeoutSeconds": 5},
}


class Added(NamedTuple):
    """The probes that were put in, still asking the listener itself, and those that were not.

    `also` are those that the mode must repair though they pass: a proxy guards what they ask.
    """

    step: Step
    pointers: frozenset[Pointer]
    also: frozenset[Pointer]


def add_missing(before: Analysis, settings: Settings) -> Added:
    """Return the probes that the workload lacks, but none of which the verdict is unknown."""
    if settings.mode not in (DEDICATED_PORT, THROUGH_PROXY):
        return Added(Step(), frozenset(), frozenset())
    operations = []
    deeds = []
    for process in before.network.processes:
        for kind in missing_probes(process, settings):
            probe = _standard(process, kind)
            if probe is None:
                deeds.append(_left(process, kind))
            else:
                operations.append(add((*process.container.pointer, kind), probe))
    after = _judged(before, tuple(operations))
    unknown = {judged.probe.pointer for judged in after if judged.verdict.outcome == UNKNOWN}
    deeds += [
        _left(judged.process, judged.probe.kind)
        for judged in after
        if judged.probe.pointer in unknown
    ]
    patch = tuple(operation for operation in operations if operation.path not in unknown)
    also = frozenset(
        judged.probe.pointer
        for judged in after
        if judged.verdict.outcome == PASSES and guards(judged.verdict.route[-1], before.network)
    )
    pointers = frozenset(operation.path for operation in patch)
    return Added(Step(patch, tuple(deeds)), pointers, also & pointers)


def added_deeds(
    judged: tuple[JudgedProbe, ...], cures: tuple[Cure, ...], resource: object, settings: Settings
) -> tuple[Deed, ...]:
    """Return a deed for each probe that was added; `resource` is what the repair leaves."""
    by_probe = {cure.judged.probe.pointer: cure for cure in cures}
    return tuple(
        _added(each, by_probe.get(each.probe.pointer), resource, settings) for each in judged
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
    resource = apply_patch(copy_for(workload.resource, workload.template), patch)
    after = analyse(workload._replace(resource=resource))
    pointers = {operation.path for operation in patch}
    return tuple(each for each in (after.probes if after else ()) if each.probe.pointer in pointers)


def _left(process: Process, kind: str) -> Deed:
    name = process.container.name
    return Deed(
        PROBES_MISSING,
        LEFT,
        guard_prose.lacks(name, (kind,)),
        guard_prose.not_added(),
        guard_prose.KEPT,
        process.container.pointer,
        name,
    )


def _added(judged: JudgedProbe, cure: Cure | None, resource: object, settings: Settings) -> Deed:
    name = judged.container.name
    kind = judged.probe.kind
    pointer = judged.probe.pointer
    fact = guard_prose.lacks(name, (kind,))
    if cure is not None and cure.action != MOVED:
        then = guard_prose.cannot_add(cure, settings)
        place = pointer[:-1]
        return Deed(PROBES_MISSING, REFUSED, fact, then, guard_prose.KEPT, place, name)
    answered_by, port = (cure.answered_by, cure.port) if cure else (name, _port(judged))
    costs = cure.costs if cure else ()
    if not costs and judged.process.version is None:
        # The mode takes the path for the author's, and it was chosen here.
        costs = (ASSUMED_VERSION,)
    then, done = guard_prose.added(answered_by, port, costs)
    proposed = value_at(resource, pointer)
    return Deed(PROBES_MISSING, DONE, fact, then, done, pointer, name, None, proposed)


def _port(judged: JudgedProbe) -> int:
    dial = judged.verdict.dial
    return dial.port if dial else 0
