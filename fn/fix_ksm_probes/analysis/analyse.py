"""The analysis of a workload: the verdict on each probe, and what bypasses its proxies."""

from __future__ import annotations

from fix_ksm_probes.analysis.decision import PASSES, Network, TakenPorts, Verdict, judge
from fix_ksm_probes.manifests.files import with_environment
from fix_ksm_probes.manifests.index import Index
from fix_ksm_probes.manifests.pod import Container, HTTPGet, Probe, read_pod
from fix_ksm_probes.manifests.workload import Workload
from fix_ksm_probes.programs import (
    ENDPOINTS,
    POD,
    Listener,
    Process,
    exporter_names,
    identify_programs,
    meets,
)
from fix_ksm_probes.programs.listeners import METRICS, PPROF
from fix_ksm_probes.settings.fields import KUBE_RBAC_PROXY
from fix_ksm_probes.yamlpatch import NamedTuple

_NOTHING = Index()

HEALTH_CONTAINER = "kube-rbac-proxy-health"
"""The prefix of the names of the containers that answer on a health port."""


class JudgedProbe(NamedTuple):
    """One probe of one container with its verdict."""

    process: Process
    probe: Probe
    verdict: Verdict

    @property
    def container(self) -> Container:
        """Return the container that is probed."""
        return self.process.container


class Bypass(NamedTuple):
    """A listener of kube-state-metrics that clients can reach without its proxy."""

    process: Process
    listener: Listener
    guard: Listener


class Analysis(NamedTuple):
    """All findings about one workload; `related` holds the other items of the input."""

    workload: Workload
    network: Network
    probes: tuple[JudgedProbe, ...]
    bypasses: tuple[Bypass, ...]
    related: Index = _NOTHING

    @property
    def name(self) -> str:
        """Return the name of the workload, or else of the exporter that it runs."""
        programs = (each.program for each in self.network.processes if each.is_exporter)
        exporters = (program.name for program in programs if program)
        return self.workload.identity.name or next(exporters, exporter_names()[0])


def analyse(
    workload: Workload, index: Index = _NOTHING, before: Analysis | None = None
) -> Analysis | None:
    """Return what is found in `workload`; None where it does not run kube-state-metrics.

    `index`, that of the input, has the files that it mounts and the pods that share its node.
    `before` is what was found in it before a patch.
    """
    pod = read_pod(workload, (before.workload, before.network.pod) if before else None)
    pod = with_environment(pod, workload, index)
    network = Network(pod, identify_programs(pod, workload, index))
    if pod.host_network:
        network = network._replace(taken=TakenPorts(index, workload.pointer, workload.template))
    if not _may_run_the_exporter(workload, network):
        return None
    return Analysis(
        workload,
        network,
        tuple(
            JudgedProbe(process, probe, judge(probe, process.container, network))
            for process in network.processes
            for probe in process.container.probes
        ),
        tuple(
            Bypass(network.process_of(listener), listener, guard)
            for listener in network.listeners
            for guard in guards(listener, network)[:1]
            if answers_anyone(listener)
        ),
        index,
    )


def _may_run_the_exporter(workload: Workload, network: Network) -> bool:
    if any(process.is_exporter for process in network.processes):
        return True
    if not any(process.program for process in network.processes):
        return False
    # Behind a proxy, a name suffices to judge a pod; pods of other programs are not judged.
    labels = (*workload.labels, *network.pod.labels)
    names = [container.name for container in network.pod.containers]
    names += [workload.identity.name or "", *(label for _, label in labels)]
    return any(exporter in name for exporter in exporter_names() for name in names)


def guards(listener: Listener, network: Network) -> tuple[Listener, ...]:
    """Return the listeners of the proxies whose upstream is `listener`."""
    return tuple(
        each
        for each in network.listeners
        if each.proxy is not None
        and each.proxy.upstream is not None
        and each.proxy.upstream.port == listener.port
        and meets(listener.address, each.proxy.upstream.address)
    )


def behind(listener: Listener, network: Network) -> Listener | None:
    """Return the listener of kube-state-metrics that `listener` is, or that its proxies lead to."""
    seen: list[Listener] = []
    while listener.proxy is not None and listener not in seen:
        seen.append(listener)
        upstream = listener.proxy.upstream
        following = [each for each in network.listeners if upstream and each.port == upstream.port]
        if not following:
            return None
        listener = following[0]
    return listener if network.process_of(listener).is_exporter else None


def notices_a_hang(judged: JudgedProbe, network: Network) -> bool:
    """Tell whether a probe that passes would fail if kube-state-metrics hung."""
    # The kernel accepts connections for a hung program. A startupProbe that passed runs no more.
    return (
        judged.verdict.outcome == PASSES
        and isinstance(judged.probe.handler, HTTPGet)
        and judged.probe.kind != "startupProbe"
        and network.process_of(judged.verdict.route[-1]).is_exporter
    )


def answers_anyone(listener: Listener) -> bool:
    """Tell whether a listener of kube-state-metrics gives its metrics to any client of the pod."""
    # With --auth-filter it guards its metrics itself, and its other paths reveal nothing.
    contents = {content for table in listener.route_tables for _, content in table.routes}
    return (
        listener.tls is False
        and not listener.demands
        and meets(listener.address, POD) is True
        and bool(contents & {METRICS, PPROF})
    )


def is_health_port(guard: Listener) -> bool:
    """Tell whether a proxy's listener can answer health paths to a kubelet."""
    proxy = guard.proxy
    plain = proxy and proxy.upstream and not proxy.upstream.prefix and not proxy.allow
    return bool(plain and guard.tls and meets(guard.address, POD))


def health_ports(network: Network, answered_by: str) -> tuple[Listener, ...]:
    """Return the listeners that are meant for a kubelet alone, and that require no token.

    Those are the ports of health containers and, where health is `answered_by` kube-rbac-proxy,
    the proxies' own endpoints.
    """
    return tuple(
        listener
        for listener in network.listeners
        if meets(listener.address, POD)
        and (
            _is_of_health_container(listener, network)
            or (answered_by == KUBE_RBAC_PROXY and listener.name == ENDPOINTS)
        )
    )


def _is_of_health_container(listener: Listener, network: Network) -> bool:
    container = network.process_of(listener).container
    return (
        container.name.startswith(HEALTH_CONTAINER)
        and is_health_port(listener)
        and listener.proxy is not None
        and bool(listener.proxy.ignore)
    )


def late_guards(network: Network) -> tuple[Process, ...]:
    """Return the proxies that guard kube-state-metrics, and for which it does not wait at start.

    It waits for the native sidecars above it that have a startupProbe. A health container guards
    nothing that needs a token, so it need not be first.
    """
    late = dict.fromkeys(
        listener.container
        for listener in network.listeners
        if listener.proxy is not None
        and (exporter := behind(listener, network)) is not None
        and not _is_of_health_container(listener, network)
        and (_is_late(network.process_of(listener)) or exporter.container < listener.container)
    )
    return tuple(network.processes[index] for index in late)


def _is_late(process: Process) -> bool:
    is_sidecar = "initContainers" in process.container.pointer
    return not is_sidecar or all(each.kind != "startupProbe" for each in process.container.probes)


def missing_probes(process: Process, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Return which of the `wanted` kinds of probes an exporter lacks; none for other programs."""
    if not process.is_exporter:
        return ()
    there = {probe.kind for probe in process.container.probes}
    return tuple(kind for kind in wanted if kind not in there)
