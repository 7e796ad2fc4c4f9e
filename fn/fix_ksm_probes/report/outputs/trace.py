"""The content of a drawing: the trace of each probe, step by step, as `judge` recorded it."""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.analysis import decision
from fix_ksm_probes.analysis.analyse import Analysis, Bypass, JudgedProbe
from fix_ksm_probes.analysis.findings import bypass_finding
from fix_ksm_probes.analysis.scrapes import (
    SCRAPED,
    JudgedScrape,
    judge_scrapes,
    why_not_scraped,
    why_scrape_unknown,
)
from fix_ksm_probes.analysis.wording import (
    given_with_port,
    name_of,
    why_fails,
    why_unknown,
    why_vacuous,
    with_port,
)
from fix_ksm_probes.manifests.monitors import PROMETHEUS, VMAGENT
from fix_ksm_probes.manifests.pod import GRPC, HTTPGet, TCPSocket
from fix_ksm_probes.programs import POD, Upstream, meets
from fix_ksm_probes.programs.listeners import METRICS, PPROF
from fix_ksm_probes.report.outputs import Files, counted, evidence
from fix_ksm_probes.rules.catalogue import NO_LISTENER, PORT_NAME_UNDEFINED
from fix_ksm_probes.yamlpatch import NamedTuple
from fix_ksm_probes.yamlpatch.patch import brackets

OPEN = "open"
"""The outcome of a bypass, beside those of a verdict."""

OUTCOMES = {
    decision.FAILS: "FAILS",
    decision.UNKNOWN: "UNKNOWN",
    OPEN: "OPEN",
    decision.PASSES: "passes",
    SCRAPED: "scraped",
}
"""How each outcome is written, in upper case if it needs attention; in the order of a drawing."""

NOTHING = "Nothing here runs kube-state-metrics."
_NOT_MEANT = "No workload that matches the target runs kube-state-metrics."

# The kinds of steps: one of the trace, its end, and a step beside or after that.
REACHED = "reached"
ANSWERS = "answers"
REFUSED = "refused"
LOST = "lost"
BESIDE = "beside"

_COUNTED = (
    (decision.FAILS, ("fails", "fail")),
    (decision.UNKNOWN, ("unknown", "unknown")),
    (decision.PASSES, ("passes", "pass")),
    (SCRAPED, ("scraped", "scraped")),
)


class Step(NamedTuple):
    """One step: its kind, its text, and its evidence in the manifest."""

    mark: str
    text: str
    evidence: tuple[str, ...] = ()


class Trace(NamedTuple):
    """The steps of `probes` probes that are judged alike, of a scrape or a bypass, from a `start`.

    `outcome` is that of a verdict, or OPEN; `reason` is empty if there is none. `subject` names the
    probes, the endpoint that scrapes, or the proxy that clients bypass.
    """

    outcome: str
    subject: str
    reason: str
    start: str
    steps: tuple[Step, ...]
    probes: int = 1
    is_scrape: bool = False


class Drawing(NamedTuple):
    """One workload: its name, and all traces, those that fail first."""

    name: str
    traces: tuple[Trace, ...]

    @property
    def tally(self) -> str:
        """Return the counts of probes and scrapes by outcome, and of bypasses."""
        outcomes = [
            trace.outcome
            for trace in self.traces
            for _ in range(trace.probes)
            if not trace.is_scrape
        ]
        bypasses = outcomes.count(OPEN)
        parts = _tallied(outcomes)
        parts += [counted(bypasses, "bypass", "bypasses")] if bypasses else []
        probes = counted(len(outcomes) - bypasses, "probe")
        counts = [f"{probes}: {', '.join(parts)}" if parts else probes]
        scrapes = [trace.outcome for trace in self.traces if trace.is_scrape]
        if scrapes:
            counts.append(f"{counted(len(scrapes), 'scrape')}: {', '.join(_tallied(scrapes))}")
        return "; ".join(counts)


def _tallied(outcomes: list[str]) -> list[str]:
    ends = [(outcomes.count(outcome), *words) for outcome, words in _COUNTED]
    parts = [f"{number} {one if number == 1 else more}" for number, one, more in ends if number]
    if len(parts) == 1:
        return [one if number == 1 else f"all {more}" for number, one, more in ends if number]
    return parts


def find_drawings(files: Files) -> tuple[tuple[Drawing, ...], str]:
    """Return the drawings of files, and the text if there are none.

    Workloads after their repair come last.
    """
    reported = [each for _, outcome in files for each in outcome.workloads]
    drawn = [draw(each.analysis) for each in reported]
    after = (draw(each.after) for each in reported if each.after is not None)
    drawn += (each._replace(name=f"{each.name}, after the repair") for each in after)
    # With a misspelt name every gate would pass.
    has_target = any(outcome.settings.has_target for _, outcome in files)
    return tuple(drawn), _NOT_MEANT if has_target else NOTHING


def draw(analysis: Analysis) -> Drawing:
    """Return the drawing of a workload."""
    traces = (
        *_probes(analysis),
        *(_bypass(found, analysis) for found in analysis.bypasses),
        *(_scrape(judged, analysis) for judged in judge_scrapes(analysis)),
    )
    identity = analysis.workload.identity
    name = identity.place or identity.kind or "a pod template"
    order = list(OUTCOMES)
    return Drawing(name, tuple(sorted(traces, key=lambda trace: order.index(trace.outcome))))


def _probes(analysis: Analysis) -> Iterator[Trace]:
    together: dict[tuple[object, ...], list[JudgedProbe]] = {}
    for judged in analysis.probes:
        alike = (judged.process, judged.verdict, judged.probe.handler)
        together.setdefault(alike, []).append(judged)
    for alike_probes in together.values():
        first, verdict = alike_probes[0], alike_probes[0].verdict
        kinds = ", ".join(judged.probe.kind for judged in alike_probes)
        reason = "Vacuous" if verdict.vacuous else verdict.reason
        subject = f"{kinds} of {first.container.name}"
        steps = (*_hops(first, analysis), *_end(first, analysis))
        yield Trace(verdict.outcome, subject, reason, "kubelet", steps, len(alike_probes))


def _bypass(found: Bypass, analysis: Analysis) -> Trace:
    listener = found.listener
    routes = [dict(table.routes) for table in listener.route_tables]
    open_paths = [
        http_path
        for http_path, content in routes[0].items()
        if content in (METRICS, PPROF) and all(http_path in each for each in routes)
    ]
    steps = (
        Step(
            REACHED,
            with_port(POD, listener.port),
            (f"HTTP GET {', '.join(open_paths)}",) if open_paths else (),
        ),
        Step(
            ANSWERS, found.process.container.name, (evidence.binding(listener, analysis.network),)
        ),
        Step(BESIDE, bypass_finding(found, analysis).advice),
    )
    subject = f"past {name_of(found.guard, analysis.network)}"
    return Trace(OPEN, subject, "Bypass", "anybody", steps)


def _scrape(judged: JudgedScrape, analysis: Analysis) -> Trace:
    scrape, verdict = judged
    steps = [*_dials(verdict, (f"{scrape.scheme.upper()} GET {scrape.path}",), analysis)]
    if not steps:
        asked = scrape.ref.port or scrape.ref.name
        steps.append(Step(REACHED, f"{POD.text}:{asked}" if asked else POD.text))
    if verdict.outcome == decision.FAILS:
        proof = evidence.of_verdict(verdict, analysis.network)
        steps.append(Step(REFUSED, why_not_scraped(judged, analysis), proof))
    elif verdict.outcome == decision.UNKNOWN:
        steps.append(Step(LOST, f"it {why_scrape_unknown(judged, analysis)}"))
    start = VMAGENT if scrape.kind.scraper == VMAGENT else PROMETHEUS
    place = scrape.ref.identity.place or scrape.ref.identity.kind or "a monitor"
    subject = f"{brackets(scrape.endpoint)} of {place}"
    return Trace(
        verdict.outcome, subject, verdict.reason, start, tuple(steps), probes=1, is_scrape=True
    )


def _hops(judged: JudgedProbe, analysis: Analysis) -> Iterator[Step]:
    verdict, handler, sent = judged.verdict, judged.probe.handler, _request(judged, analysis)
    if not verdict.hops and isinstance(handler, HTTPGet | TCPSocket | GRPC):
        host = "" if isinstance(handler, GRPC) else handler.host
        yield Step(REACHED, f"{host or POD.text}:{handler.port}", sent)
    yield from _dials(verdict, sent, analysis)


def _dials(verdict: decision.Verdict, sent: tuple[str, ...], analysis: Analysis) -> Iterator[Step]:
    """Yield a step for the listener of each dial; `sent` is the request of the first one."""
    for number, hop in enumerate(verdict.hops):
        before = verdict.hops[number - 1].listener if number else None
        if before is not None and before.proxy and before.proxy.upstream:
            yield _upstream(REACHED, before.container, before.proxy.upstream, analysis)
        else:
            yield Step(REACHED, with_port(hop.dial.address, hop.dial.port), sent)
        if hop.listener is None or not hop.is_met:
            continue
        process = analysis.network.process_of(hop.listener)
        is_last = number == len(verdict.hops) - 1
        let_through = () if is_last else evidence.flags(process, "ignore-paths")
        proof = (evidence.binding(hop.listener, analysis.network), *let_through)
        answers = is_last and verdict.outcome in (decision.PASSES, SCRAPED)
        yield Step(ANSWERS if answers else REACHED, process.container.name, proof)


def _upstream(mark: str, proxy: int, upstream: Upstream, analysis: Analysis) -> Step:
    proof = evidence.last_flag(analysis.network.processes[proxy], "upstream")
    return Step(mark, given_with_port(upstream.address, upstream.port), proof)


def _request(judged: JudgedProbe, analysis: Analysis) -> tuple[str, ...]:
    """Return the request of a probe, the number of a named port, and which loopback it means."""
    handler, dial = judged.probe.handler, judged.verdict.dial
    if isinstance(handler, HTTPGet):
        http_path = dial.http_path if dial else handler.path
        sent = f"{handler.scheme.upper()} GET {http_path}"
    elif isinstance(handler, TCPSocket):
        sent = "a TCP connection, nothing more"
    else:
        sent = "gRPC health check"
    named = getattr(handler, "port", None)
    notes = [f"its port {named} is {dial.port}"] if dial and isinstance(named, str) else []
    if dial and dial.address.kind == "loopback" and analysis.network.pod.host_network:
        notes.append("hostNetwork: true, so the pod's own loopback")
    return (sent, *notes)


def _end(judged: JudgedProbe, analysis: Analysis) -> Iterator[Step]:
    """Yield the steps after those that a probe reaches; none if it passes and is not vacuous."""
    verdict, network = judged.verdict, analysis.network
    proof = evidence.of_verdict(verdict, network, judged.container)
    if verdict.outcome == decision.UNKNOWN:
        yield Step(LOST, f"it {why_unknown(verdict)}", proof)
        for cause in verdict.causes:
            yield Step(BESIDE, *evidence.of_cause(cause, verdict, network))
    elif verdict.outcome == decision.FAILS:
        yield Step(REFUSED, why_fails(judged, analysis), proof)
        yield from _elsewhere(judged, analysis)
    elif verdict.vacuous:
        yield Step(BESIDE, why_vacuous(judged, analysis))
    if verdict.outcome == decision.FAILS or verdict.why == decision.CREDENTIAL:
        yield from _behind(judged, analysis)


def _elsewhere(judged: JudgedProbe, analysis: Analysis) -> Iterator[Step]:
    """Yield the containers with the port, or with other listeners, if the probe reaches none."""
    verdict, network = judged.verdict, analysis.network
    if verdict.reason == PORT_NAME_UNDEFINED:
        named = getattr(judged.probe.handler, "port", None)
        for container in network.pod.containers:
            for port in container.ports:
                if port.name and port.name == named:
                    declared = f"has a port {port.name}: {port.number}"
                    yield Step(BESIDE, container.name, (declared,))
    dial = verdict.dial
    is_of_node = dial is not None and dial.address.kind != "pod" and not network.pod.host_network
    if verdict.reason == NO_LISTENER and not is_of_node:
        passed = {hop.listener.container for hop in verdict.hops[:-1] if hop.listener}
        for index, process in enumerate(network.processes):
            proof = evidence.of_process(process)
            if index not in passed and proof:
                yield Step(BESIDE, process.container.name, proof)


def _behind(judged: JudgedProbe, analysis: Analysis) -> Iterator[Step]:
    """Yield where the proxy that stops a probe would have forwarded it."""
    last = judged.verdict.hops[-1].listener if judged.verdict.hops else None
    upstream = last.proxy.upstream if last and last.proxy else None
    if last is None or upstream is None or upstream.leads_nowhere:
        return
    yield _upstream(BESIDE, last.container, upstream, analysis)
    for listener in analysis.network.listeners:
        if listener.port == upstream.port and meets(listener.address, upstream.address):
            name = name_of(listener, analysis.network)
            yield Step(BESIDE, name, (evidence.binding(listener, analysis.network),))
