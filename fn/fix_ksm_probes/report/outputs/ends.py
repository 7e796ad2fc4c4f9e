"""Where the way of a probe ends: the wall it meets, and what stands beside or behind that."""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.analysis import decision
from fix_ksm_probes.analysis.analyse import Analysis, Bypass, JudgedProbe
from fix_ksm_probes.analysis.evidence import doubt, emptiness, given_place, limit, name_of
from fix_ksm_probes.analysis.findings import bypass_finding
from fix_ksm_probes.manifests.pod import Container
from fix_ksm_probes.programs import Listener, Process, meets
from fix_ksm_probes.programs.listeners import (
    ALLOW_WITH_IGNORE,
    BAD_ADDRESS,
    BAD_PATTERN,
    BAD_UPSTREAM,
    SAME_PORT,
)
from fix_ksm_probes.report.outputs.captions import declares, listens
from fix_ksm_probes.report.outputs.evidence import (
    binding,
    flags,
    image,
    last_flag,
)
from fix_ksm_probes.report.outputs.stops import BESIDE, LOST, REFUSED, Stop, onward, upstream_stop
from fix_ksm_probes.report.outputs.witnesses import missing, witnesses
from fix_ksm_probes.rules import catalogue

_BINDING = (
    "host",
    "port",
    "telemetry-host",
    "telemetry-port",
    "secure-listen-address",
    "insecure-listen-address",
    "proxy-endpoints-port",
)
# The flags that may be why a program exits; where none is named, its version is what there is.
_CULPRITS = {
    ALLOW_WITH_IGNORE: ("allow-paths", "ignore-paths"),
    BAD_PATTERN: ("allow-paths", "ignore-paths"),
    BAD_ADDRESS: _BINDING,
    SAME_PORT: _BINDING,
    BAD_UPSTREAM: ("upstream",),
}


def end_stops(judged: JudgedProbe, analysis: Analysis) -> tuple[Stop, ...]:
    """Return the stops behind those that a probe reaches; none for one that passes and tells."""
    verdict = judged.verdict
    if verdict.outcome == decision.UNKNOWN:
        lost = Stop(LOST, f"it {doubt(verdict)}", missing(judged, analysis))
        behind = _behind(judged, analysis) if verdict.why == decision.CREDENTIAL else ()
        return (lost, *witnesses(judged, analysis), *behind)
    if verdict.outcome == decision.FAILS:
        wall = Stop(REFUSED, limit(judged, analysis), _wall(judged, analysis))
        return (wall, *_others(judged, analysis), *_behind(judged, analysis))
    return (Stop(BESIDE, emptiness(judged, analysis)),) if verdict.vacuous else ()


def bypass_end(found: Bypass, analysis: Analysis) -> Stop:
    """Return what closes an open door."""
    return Stop(BESIDE, bypass_finding(found, analysis).advice)


def _wall(judged: JudgedProbe, analysis: Analysis) -> tuple[str, ...]:
    verdict = judged.verdict
    if verdict.reason == catalogue.COMMAND_MISSING:
        return image(judged.container)
    if not verdict.route:
        return ()
    last = verdict.route[-1]
    container = _container(last, analysis)
    if verdict.reason == catalogue.LOOPBACK_ONLY:
        return (binding(last, analysis),)
    if verdict.reason == catalogue.UNAUTHORIZED:
        return flags(container, analysis, "ignore-paths" if last.proxy else "auth-filter")
    if verdict.reason == catalogue.PATH_NOT_ALLOWED:
        return flags(container, analysis, "allow-paths")
    if verdict.reason == catalogue.PATH_NOT_SERVED:
        return image(container)
    if last.proxy and last.proxy.upstream and last.proxy.upstream.leads_nowhere:
        given = last_flag(container, analysis, "upstream")
        return (*given, *last_flag(container, analysis, "upstream-force-h2c"))
    return ()


def _others(judged: JudgedProbe, analysis: Analysis) -> Iterator[Stop]:
    """Yield who has the port, or listens elsewhere, where the probe finds nobody."""
    verdict, network = judged.verdict, analysis.network
    if verdict.reason == catalogue.PORT_NAME_UNDEFINED:
        named = getattr(judged.probe.handler, "port", None)
        for container in network.pod.containers:
            for port in container.ports:
                if port.name and port.name == named:
                    told = declares(port.name, port.number)
                    yield Stop(BESIDE, container.name, (told,))
    dial = verdict.dial
    is_elsewhere = dial is not None and dial.address.kind != "pod" and not network.pod.host_network
    if verdict.reason == catalogue.NO_LISTENER and not is_elsewhere:
        met = {each.container for each in verdict.route if onward(verdict, each)}
        for index, process in enumerate(network.processes):
            if index not in met:
                yield from _listening(process, analysis)


def _listening(process: Process, analysis: Analysis) -> Iterator[Stop]:
    told = tuple(listens(given_place(each.address, each.port)) for each in process.listeners)
    if process.exits:
        container = process.container
        told = flags(container, analysis, *_CULPRITS.get(process.exits, ())) or image(container)
    if told:
        yield Stop(BESIDE, process.container.name, told)


def _behind(judged: JudgedProbe, analysis: Analysis) -> Iterator[Stop]:
    """Yield where the proxy that stops a probe would have led it."""
    verdict = judged.verdict
    last = verdict.route[-1] if verdict.route else None
    upstream = last.proxy.upstream if last and last.proxy else None
    if last is None or upstream is None or upstream.leads_nowhere or onward(verdict, last):
        return
    yield upstream_stop(BESIDE, last, upstream, analysis)
    for listener in analysis.network.listeners:
        if listener.port == upstream.port and meets(listener.address, upstream.address):
            yield Stop(BESIDE, name_of(listener, analysis.network), (binding(listener, analysis),))


def _container(listener: Listener, analysis: Analysis) -> Container:
    return analysis.network.process_of(listener).container
