"""What a pod that is Ready lacks to be sound, beside what `findings` tells of its probes."""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.analysis.analyse import Analysis, answers_anyone
from fix_ksm_probes.analysis.decision import Network
from fix_ksm_probes.fixes.probes.dedicated_port import is_health_port
from fix_ksm_probes.fixes.probes.health_container import NAME_PREFIX
from fix_ksm_probes.fixes.probes.target import behind
from fix_ksm_probes.manifests.network_policies import EVERYBODY, admits, find_fences, find_foreign
from fix_ksm_probes.manifests.stream import Item
from fix_ksm_probes.manifests.workload import Identity
from fix_ksm_probes.programs import ENDPOINTS, POD, Listener, Process, meets
from fix_ksm_probes.rules.catalogue import (
    HEALTH_PORT_OPEN,
    PROBES_MISSING,
    PROXY_MISSING,
    PROXY_NOT_FIRST,
)
from fix_ksm_probes.settings.fields import KUBE_RBAC_PROXY, Settings
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple


class Gap(NamedTuple):
    """Something that is missing: its reason, and the container and listener or probes of it.

    `policies` are the NetworkPolicies that let everybody in there; of `foreign` ones, which a
    network plugin reads, it is not known.
    """

    reason: str
    process: Process
    listener: Listener | None = None
    probes: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    foreign: tuple[Identity, ...] = ()


def find_gaps(analysis: Analysis, items: tuple[Item, ...], settings: Settings) -> tuple[Gap, ...]:
    """Return what is missing in a workload, `items` being all there is beside it."""
    return tuple(_gaps(analysis, items, settings))


def _gaps(analysis: Analysis, items: tuple[Item, ...], settings: Settings) -> Iterator[Gap]:
    network = analysis.network
    pod = network.pod
    for listener in network.listeners:
        if answers_anyone(listener) and not _may_be_guarded(listener, network):
            yield Gap(PROXY_MISSING, network.process_of(listener), listener)
    fences = find_fences(items, analysis.workload, pod)
    foreign = find_foreign(items, analysis.workload)
    for listener in health_ports(network, settings.answered_by):
        process = network.process_of(listener)
        open_in = [each for each in fences if admits((each,), listener.port, pod) == EVERYBODY]
        # No policy governs the network of a node.
        if pod.host_network or open_in or not fences:
            names = tuple(each.identity.name or "" for each in open_in)
            yield Gap(HEALTH_PORT_OPEN, process, listener, policies=names, foreign=foreign)
    for process in late_guards(network):
        yield Gap(PROXY_NOT_FIRST, process)
    for process in network.processes:
        missing = missing_probes(process, settings)
        if missing:
            yield Gap(PROBES_MISSING, process, probes=missing)


def _may_be_guarded(listener: Listener, network: Network) -> bool:
    # By a name, say, or a variable, a proxy may well dial it.
    proxies = (each.proxy for each in network.listeners if each.proxy is not None)
    upstreams = [proxy.upstream for proxy in proxies]
    return None in upstreams or any(
        each.port == listener.port and meets(listener.address, each.address) is not False
        for each in upstreams
        if each is not None
    )


def health_ports(network: Network, answered_by: str) -> tuple[Listener, ...]:
    """Return the listeners that only a kubelet is to ask, and that ask nobody for a token.

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
        container.name.startswith(NAME_PREFIX)
        and is_health_port(listener)
        and listener.proxy is not None
        and bool(listener.proxy.ignore)
    )


def late_guards(network: Network) -> tuple[Process, ...]:
    """Return the proxies before kube-state-metrics that it does not wait for.

    It waits for native sidecars with a startupProbe that stand above it. A health container stands
    before what anybody may ask, and need not be first.
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


def missing_probes(process: Process, settings: Settings) -> tuple[str, ...]:
    """Return which of the probes that the settings name kube-state-metrics lacks."""
    if not process.is_exporter:
        return ()
    there = {probe.kind for probe in process.container.probes}
    return tuple(kind for kind in settings.probes if kind not in there)
