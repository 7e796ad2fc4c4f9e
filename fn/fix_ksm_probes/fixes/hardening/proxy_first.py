"""Option proxyFirst: kube-state-metrics starts only once its proxies are ready."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis, JudgedProbe, late_guards
from fix_ksm_probes.analysis.decision import PASSES, UNKNOWN
from fix_ksm_probes.analysis.findings import Finding, late_finding
from fix_ksm_probes.fixes.fix import DONE, REFUSED, Fix, Repair, combine, refuse_option
from fix_ksm_probes.fixes.probes.patches import NO_MORE_FLAGS, point_at, takes_more_flags
from fix_ksm_probes.fixes.probes.proxy_endpoints import find_endpoints
from fix_ksm_probes.manifests.pod import Container
from fix_ksm_probes.programs import Process
from fix_ksm_probes.settings.fields import Settings
from fix_ksm_probes.yamlpatch import END, Operation, Patch, add, move, value_at

# A minute to get ready, and short periods, since all later containers wait.
_TIMINGS = {"periodSeconds": 2, "timeoutSeconds": 5, "failureThreshold": 30}

_STARTUP_UNKNOWN = "it is not known whether its startupProbe would pass"
_NO_ENDPOINTS = (
    "it has no --proxy-endpoints-port that a kubelet can ask, and is not known to take one "
    "(kube-rbac-proxy 0.14.0 or later, by its image tag)"
)


def put_first(analysis: Analysis, settings: Settings) -> Repair:
    """Return the repair that turns the proxies into native sidecars; all or none."""
    late = late_guards(analysis.network)
    repairs = []
    reserved: tuple[int, ...] = ()
    for process in late:
        repair, port = _ready(analysis, process, settings, reserved)
        reserved = (*reserved, port)
        repairs.append(repair)
    repair = combine(*repairs)
    refused = tuple(fix for fix in repair.fixes if fix.outcome == REFUSED)
    return Repair(refused) if refused else combine(repair, Repair((), _moves(analysis, late)))


def moved_ports(analysis: Analysis) -> dict[str, int]:
    """Return the ports, by name, of the proxies that are to become sidecars."""
    late = {process.container for process in late_guards(analysis.network)}
    found: dict[str, tuple[Container, int]] = {}
    for container in analysis.network.pod.containers:
        for port in container.ports:
            if not _is_init(container) and port.number is not None:
                # If a name occurs twice, the first port counts.
                found.setdefault(port.name, (container, port.number))
    return {name: number for name, (holder, number) in found.items() if name and holder in late}


def _moves(analysis: Analysis, late: tuple[Process, ...]) -> Patch:
    pod = analysis.network.pod
    target = (*pod.pointer, "initContainers")
    moving = sorted(
        int(each.container.pointer[-1]) for each in late if not _is_init(each.container)
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


def _is_init(container: Container) -> bool:
    return "initContainers" in container.pointer


def _ready(
    analysis: Analysis, process: Process, settings: Settings, reserved: tuple[int, ...]
) -> tuple[Repair, int]:
    """Return the repair that prepares a proxy to be a sidecar, and its new health port, or 0."""
    container = process.container
    finding = late_finding(process, analysis.network)
    earlier = _earlier_exporter(analysis, container)
    if earlier:
        return _refuse(finding, f"{earlier} is itself a native sidecar, and starts before it")
    own = next((each for each in analysis.probes if _starts(each, container)), None)
    if own is not None and own.verdict.outcome == UNKNOWN:
        return _refuse(finding, _STARTUP_UNKNOWN)
    patch: list[Operation] = []
    if not _is_init(container):
        patch.append(add((*container.pointer, "restartPolicy"), "Always"))
    if own is not None and _asks_itself(own, analysis):
        return Repair((_put_first(finding, "its own startupProbe", ""),), tuple(patch)), 0
    endpoints = find_endpoints((process,), analysis.network, settings.port, reserved)
    if endpoints is None:
        return _refuse(finding, _NO_ENDPOINTS if takes_more_flags(process) else NO_MORE_FLAGS)
    patch += endpoints.patch
    if own is None:
        probe = {"httpGet": endpoints.answer.action, **_TIMINGS}
        patch.append(add((*container.pointer, "startupProbe"), probe))
    else:
        # The container that it asks starts only once it passes.
        patch += point_at(analysis.workload.resource, own.probe, endpoints.answer)
    port = endpoints.port
    opened = f"; `--proxy-endpoints-port` opens {port}, for /healthz alone"
    asks = f"a startupProbe on its port {port}"
    fix = _put_first(finding, asks, opened if endpoints.patch else "")
    return Repair((fix,), tuple(patch)), port


def _refuse(finding: Finding, why: str) -> tuple[Repair, int]:
    return Repair((refuse_option(finding, "proxyFirst", why),)), 0


def _put_first(finding: Finding, asks: str, opened: str) -> Fix:
    needs = f"for which Kubernetes 1.29 or later is needed{opened}"
    action = f"; made a native sidecar with {asks}, {needs}"
    return Fix(finding, DONE, action, "made a native sidecar")


def _earlier_exporter(analysis: Analysis, guard: Container) -> str:
    # Sidecars start in order, so one at the end of the list starts too late.
    containers = analysis.network.pod.containers
    return next(
        (
            process.name
            for process in analysis.network.processes
            if process.is_exporter
            and _is_init(process.container)
            and (
                not _is_init(guard) or containers.index(process.container) < containers.index(guard)
            )
        ),
        "",
    )


def _starts(judged: JudgedProbe, container: Container) -> bool:
    return judged.container == container and judged.probe.kind == "startupProbe"


def _asks_itself(own: JudgedProbe, analysis: Analysis) -> bool:
    verdict = own.verdict
    if verdict.outcome != PASSES:
        return False
    last = verdict.route[-1]
    return analysis.network.process_of(last).container == own.container
