"""The health of the proxy itself: its `--proxy-endpoints-port`, which does not ask the upstream."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis, JudgedProbe, guards
from fix_ksm_probes.analysis.decision import PASSES, Network
from fix_ksm_probes.analysis.findings import Finding
from fix_ksm_probes.fixes.fix import Repair, combine, leave_unnoticed, refuse_probe
from fix_ksm_probes.fixes.probes.health_container import free_port
from fix_ksm_probes.fixes.probes.patches import (
    Answer,
    append_argument,
    kept_host,
    move,
    takes_more_flags,
)
from fix_ksm_probes.manifests.pod import HTTPGet
from fix_ksm_probes.programs import ENDPOINTS, POD, SECURE, Listener, Process, kubelet_path, meets
from fix_ksm_probes.settings.fields import Settings
from fix_ksm_probes.yamlpatch import NamedTuple, Patch

OTHER_MODES = (
    "mode probe-disable can, and dedicated-port with a kube-rbac-proxy to copy or "
    "dedicatedPort.image"
)
NO_PROXY = f"no proxy leads to what it asks for; {OTHER_MODES}"
_NOT_OURS = "it probes another program; mode probe-disable can remove it"
_NO_ENDPOINTS = (
    "no proxy here has or is known to take --proxy-endpoints-port (kube-rbac-proxy 0.14.0 or "
    "later, by its image tag); answeredBy kube-state-metrics and mode probe-disable can"
)
_NO_OWN_ENDPOINTS = (
    "it has no --proxy-endpoints-port, and is not known to take one (kube-rbac-proxy 0.14.0 or "
    "later, by its image tag); mode probe-disable can"
)
_NOBODY = (
    "no kube-rbac-proxy is there to answer; mode probe-disable can, and answeredBy "
    "kube-state-metrics with dedicatedPort.image"
)


class Endpoints(NamedTuple):
    """Proxy endpoints that exist, or that `patch` makes; they share the address of `listener`."""

    process: Process
    port: int
    listener: Listener
    patch: Patch = ()

    @property
    def answer(self) -> Answer:
        """Return where the proxy answers for its own health."""
        program = self.process.program
        http_path = program.health_path(ENDPOINTS, self.process.version) if program else "/"
        return Answer(self.process.container.name, self.port, http_path)


def answer_by_proxies(
    analysis: Analysis, found: tuple[tuple[Finding, Listener | None], ...], settings: Settings
) -> Repair:
    """Return the repair that points probes at the proxy endpoints.

    Each finding comes with the listener that its probe is meant for.
    """
    made: dict[Process, Endpoints] = {}
    repairs: list[Repair] = []
    network = analysis.network
    for finding, listener in found:
        judged = finding.judged
        if judged.process.program is None:
            repairs.append(Repair((refuse_probe(finding, _NOT_OURS, settings.mode),)))
            continue
        is_own = judged.process.is_proxy
        only = judged.process if is_own else _answering(judged, network)
        proxies = _proxies(only, network, listener)
        reserved = tuple(endpoints.port for endpoints in made.values())
        endpoints = next((made[each] for each in proxies if each in made), None)
        endpoints = endpoints or find_endpoints(proxies, network, settings.port, reserved)
        if endpoints is None:
            why = _NO_OWN_ENDPOINTS if is_own else _NO_ENDPOINTS if proxies else _NOBODY
            repairs.append(Repair((refuse_probe(finding, why, settings.mode),)))
            continue
        if endpoints.process not in made:
            repairs.append(Repair((), endpoints.patch))
        made[endpoints.process] = endpoints
        answer = endpoints.answer._replace(
            http_path=_spelled(judged, endpoints.answer.http_path),
            host=kept_host(judged.probe, endpoints.listener, network),
        )
        moved = move(analysis.workload.resource, finding, answer)
        repairs.append(
            moved if is_own else moved._replace(fixes=tuple(map(leave_unnoticed, moved.fixes)))
        )
    return combine(*repairs)


def _answering(judged: JudgedProbe, network: Network) -> Process | None:
    # A probe that a proxy endpoint answers already keeps that proxy.
    verdict = judged.verdict
    if verdict.outcome != PASSES or verdict.route[-1].name != ENDPOINTS:
        return None
    return network.process_of(verdict.route[-1])


def _spelled(judged: JudgedProbe, http_path: str) -> str:
    handler = judged.probe.handler
    if isinstance(handler, HTTPGet) and kubelet_path(handler.path) == http_path:
        return handler.path
    return http_path


def _proxies(
    only: Process | None, network: Network, listener: Listener | None
) -> tuple[Process, ...]:
    # The proxy that guards the listener comes first.
    before = guards(listener, network) if listener else ()
    processes = (*(network.process_of(each) for each in before), *network.processes)
    return tuple(
        process
        for process in dict.fromkeys((only,) if only else processes)
        if process.is_proxy and process.listeners
    )


def find_endpoints(
    proxies: tuple[Process, ...], network: Network, first_port: int, reserved: tuple[int, ...]
) -> Endpoints | None:
    """Return the endpoints of the first proxy that has them, or else can have them; else None."""
    for process in proxies:
        for listener in process.listeners:
            if listener.name == ENDPOINTS and meets(listener.address, POD):
                return Endpoints(process, listener.port, listener)
    for process in proxies:
        if not process.has_endpoints or not takes_more_flags(process):
            continue
        for listener in process.listeners:
            port = free_port(network, first_port, reserved)
            if port is not None and listener.name == SECURE and meets(listener.address, POD):
                argument = append_argument(process.container, f"--proxy-endpoints-port={port}")
                return Endpoints(process, port, listener, (argument,))
    return None
