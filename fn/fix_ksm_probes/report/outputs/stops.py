"""The stops on the way of a probe: each address dialled, and each container that takes it on."""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.analysis import decision
from fix_ksm_probes.analysis.analyse import Analysis, Bypass, JudgedProbe
from fix_ksm_probes.analysis.decision import Dial, Verdict
from fix_ksm_probes.analysis.evidence import given_place, name_of, place
from fix_ksm_probes.manifests.pod import GRPC, HTTPGet, TCPSocket
from fix_ksm_probes.programs import POD, Address, Listener, Upstream, meets
from fix_ksm_probes.programs.listeners import METRICS, PPROF
from fix_ksm_probes.report.outputs.captions import OWN_LOOPBACK, open_paths, request
from fix_ksm_probes.report.outputs.evidence import binding, flags, last_flag
from fix_ksm_probes.rules import catalogue
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple

# How a stop is met: as one of the way; as its end; as what stands beside or behind that.
REACHED = "reached"
ANSWERS = "answers"
REFUSED = "refused"
LOST = "lost"
BESIDE = "beside"


class Stop(NamedTuple):
    """One stop: how it is met, what it is, and what in the manifest proves it."""

    mark: str
    text: str
    evidence: tuple[str, ...] = ()


def probe_stops(judged: JudgedProbe, analysis: Analysis) -> tuple[Stop, ...]:
    """Return the stops that a probe reaches, in their order."""
    dial = judged.verdict.dial
    if dial is None:
        return _asked(judged)
    return tuple(_reached(judged, dial, analysis))


def bypass_stops(found: Bypass, analysis: Analysis) -> tuple[Stop, ...]:
    """Return the stops of whoever dials an open listener."""
    listener = found.listener
    routes = [dict(table.routes) for table in listener.route_tables]
    told = [
        http_path
        for http_path, content in routes[0].items()
        if content in (METRICS, PPROF) and all(http_path in each for each in routes)
    ]
    return (
        Stop(REACHED, place(POD, listener.port), open_paths(told)),
        Stop(ANSWERS, name_of(listener, analysis.network), (binding(listener, analysis),)),
    )


def upstream_stop(mark: str, listener: Listener, upstream: Upstream, analysis: Analysis) -> Stop:
    """Return the stop at which the proxy at `listener` dials its upstream."""
    container = analysis.network.process_of(listener).container
    argument = last_flag(container, analysis, "upstream")
    return Stop(mark, given_place(upstream.address, upstream.port), argument)


def onward(verdict: Verdict, listener: Listener) -> Upstream | None:
    """Return the upstream to which a listener on the route passes the request; None: to none."""
    upstream = listener.proxy.upstream if listener.proxy else None
    if upstream is None or upstream.leads_nowhere:
        return None
    if listener != verdict.route[-1] or verdict.reason == catalogue.NO_LISTENER:
        return upstream
    stays = verdict.why in ("", decision.CREDENTIAL, decision.CONFLICT)
    return None if stays else upstream


def _asked(judged: JudgedProbe) -> tuple[Stop, ...]:
    handler = judged.probe.handler
    if not isinstance(handler, HTTPGet | TCPSocket | GRPC):
        return ()
    host = "" if isinstance(handler, GRPC) else handler.host
    sent = request(judged.probe, None)
    return (Stop(REACHED, f"{host or POD.text}:{handler.port}", sent),)


def _reached(judged: JudgedProbe, dial: Dial, analysis: Analysis) -> Iterator[Stop]:
    verdict, network = judged.verdict, analysis.network
    sent = request(judged.probe, dial)
    if network.pod.host_network and dial.address.kind == "loopback":
        sent = (*sent, OWN_LOOPBACK)
    yield Stop(REACHED, place(dial.address, dial.port), sent)
    address: Address = dial.address
    for listener in verdict.route:
        # The last one may be what stands there in vain.
        if not meets(listener.address, address):
            return
        container = network.process_of(listener).container
        upstream = onward(verdict, listener)
        if upstream is None:
            ends = verdict.outcome == decision.PASSES
            yield Stop(ANSWERS if ends else REACHED, container.name, (binding(listener, analysis),))
            return
        let_through = flags(container, analysis, "ignore-paths")
        yield Stop(REACHED, container.name, (binding(listener, analysis), *let_through))
        yield upstream_stop(REACHED, listener, upstream, analysis)
        address = upstream.address
