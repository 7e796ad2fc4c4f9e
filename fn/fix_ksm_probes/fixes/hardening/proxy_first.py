"""Option proxyFirst: kube-state-metrics starts when the proxies before it stand, not before."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis, JudgedProbe
from fix_ksm_probes.analysis.decision import PASSES, UNKNOWN
from fix_ksm_probes.analysis.hardening import late_guards
from fix_ksm_probes.fixes.hardening.deed import DONE, REFUSED, Deed, Step
from fix_ksm_probes.fixes.probes.arguments import takes_more_flags
from fix_ksm_probes.fixes.probes.handler import point_at
from fix_ksm_probes.fixes.probes.proxy_endpoints import find_endpoints
from fix_ksm_probes.manifests.pod import Container
from fix_ksm_probes.programs import Process
from fix_ksm_probes.report import guard_prose
from fix_ksm_probes.rules.catalogue import PROXY_NOT_FIRST
from fix_ksm_probes.settings.fields import Settings
from fix_ksm_probes.yamlpatch import END, Operation, Patch, add, move, value_at
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple

# A minute to get ready, asked often, since everything behind it waits.
_TIMINGS = {"periodSeconds": 2, "timeoutSeconds": 5, "failureThreshold": 30}


class First(NamedTuple):
    """What makes the proxies the first: changes where they stand, and then their moves."""

    step: Step = Step()
    moves: Patch = ()


def put_first(analysis: Analysis, settings: Settings) -> First:
    """Return what makes native sidecars of the proxies before kube-state-metrics; all or none."""
    late = late_guards(analysis.network)
    steps = []
    reserved: tuple[int, ...] = ()
    for process in late:
        step, port = _ready(analysis, process, settings, reserved)
        reserved = (*reserved, port)
        steps.append(step)
    deeds = tuple(deed for step in steps for deed in step.deeds)
    if any(deed.outcome == REFUSED for deed in deeds):
        return First(Step((), tuple(deed for deed in deeds if deed.outcome == REFUSED)))
    patch = tuple(operation for step in steps for operation in step.patch)
    return First(Step(patch, deeds), _moves(analysis, late))


def moved_ports(analysis: Analysis) -> dict[str, int]:
    """Return the ports, by name, that are found in proxies which are to become sidecars."""
    late = {process.container for process in late_guards(analysis.network)}
    found: dict[str, tuple[Container, int]] = {}
    for container in analysis.network.pod.containers:
        for port in container.ports:
            if "containers" in container.pointer and port.number is not None:
                # The first of a name is the one that is found.
                found.setdefault(port.name, (container, port.number))
    return {name: number for name, (holder, number) in found.items() if name and holder in late}


def _moves(analysis: Analysis, late: tuple[Process, ...]) -> Patch:
    pod = analysis.network.pod
    target = (*pod.pointer, "initContainers")
    moving = sorted(
        int(process.container.pointer[-1])
        for process in late
        if "containers" in process.container.pointer
    )
    if not moving:
        return ()
    there = isinstance(value_at(analysis.workload.resource, target), list)
    start: Patch = () if there else (add(target, []),)
    return (
        *start,
        *(
            move((*pod.pointer, "containers", index - gone), (*target, END))
            for gone, index in enumerate(moving)
        ),
    )


def _ready(
    analysis: Analysis, process: Process, settings: Settings, reserved: tuple[int, ...]
) -> tuple[Step, int]:
    container = process.container
    fact = guard_prose.starts_late(container.name)
    deed = Deed(
        PROXY_NOT_FIRST, REFUSED, fact, "", guard_prose.KEPT, container.pointer, container.name
    )
    if _is_behind(analysis, container):
        return _refusal(deed, guard_prose.EXPORTER_IS_SIDECAR)
    own = next((each for each in analysis.probes if _starts(each, container)), None)
    if own is not None and own.verdict.outcome == UNKNOWN:
        return _refusal(deed, guard_prose.STARTUP_UNKNOWN)
    patch: list[Operation] = []
    if "initContainers" not in container.pointer:
        patch.append(add((*container.pointer, "restartPolicy"), "Always"))
    if own is not None and _asks_itself(own, analysis):
        then, done = guard_prose.put_first(None, is_new=False)
        return Step(tuple(patch), (_done(deed, then, done),)), 0
    endpoints = find_endpoints((process,), analysis.network, settings.port, reserved)
    if endpoints is None:
        takes_one = takes_more_flags(process)
        return _refusal(deed, guard_prose.NO_ENDPOINTS if takes_one else guard_prose.NO_MORE_FLAGS)
    patch += endpoints.patch
    if own is None:
        action = {"path": endpoints.http_path, "port": endpoints.port, "scheme": "HTTPS"}
        probe = {"httpGet": action, **_TIMINGS}
        patch.append(add((*container.pointer, "startupProbe"), probe))
    else:
        # What it asks starts only when it has passed.
        patch += point_at(
            analysis.workload.resource,
            own.probe,
            host="",
            port=endpoints.port,
            scheme="HTTPS",
            http_path=endpoints.http_path,
        )
    then, done = guard_prose.put_first(endpoints.port, is_new=bool(endpoints.patch))
    return Step(tuple(patch), (_done(deed, then, done),)), endpoints.port


def _refusal(deed: Deed, why: str) -> tuple[Step, int]:
    return Step((), (deed._replace(then=guard_prose.refused("proxyFirst", why)),)), 0


def _done(deed: Deed, then: str, done: str) -> Deed:
    return deed._replace(outcome=DONE, then=then, done=done)


def _is_behind(analysis: Analysis, guard: Container) -> bool:
    # A sidecar starts when those above it have; the end of that list is too late for it.
    exporters = [process.container for process in analysis.network.processes if process.is_exporter]
    containers = analysis.network.pod.containers
    return any(
        "initContainers" in exporter.pointer
        and ("containers" in guard.pointer or containers.index(exporter) < containers.index(guard))
        for exporter in exporters
    )


def _starts(judged: JudgedProbe, container: Container) -> bool:
    return judged.container == container and judged.probe.kind == "startupProbe"


def _asks_itself(own: JudgedProbe, analysis: Analysis) -> bool:
    verdict = own.verdict
    if verdict.outcome != PASSES:
        return False
    last = verdict.route[-1]
    return analysis.network.process_of(last).container == own.container
