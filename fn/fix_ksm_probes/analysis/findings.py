"""Findings: each thing in a workload that is wrong, that is not known, or that matters.

A verdict on a probe is a finding. So is each gap in the hardening of a pod that is Ready.
"""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.analysis import decision
from fix_ksm_probes.analysis.analyse import (
    Analysis,
    Bypass,
    JudgedProbe,
    answers_anyone,
    behind,
    health_ports,
    late_guards,
    missing_probes,
)
from fix_ksm_probes.analysis.decision import Network
from fix_ksm_probes.analysis.wording import (
    dials,
    listed,
    name_of,
    shorten,
    what_helps,
    what_policies_do,
    where_bound,
    why_fails,
    why_unknown,
    why_vacuous,
    with_port,
)
from fix_ksm_probes.manifests.workload import Identity
from fix_ksm_probes.programs import Listener, Process, loopback_of, meets, overlap
from fix_ksm_probes.programs.listeners import HEALTH, METRICS
from fix_ksm_probes.rules.catalogue import (
    API_SERVER_OUTAGE,
    BYPASS,
    COMMAND_MISSING,
    HEALTH_PORT_OPEN,
    PORT_TAKEN,
    PROBES_MISSING,
    PROXY_MISSING,
    PROXY_NOT_FIRST,
    UNKNOWN,
    VACUOUS,
)
from fix_ksm_probes.settings.fields import Settings
from fix_ksm_probes.yamlpatch import NamedTuple, Pointer, value_at


class Finding(NamedTuple):
    """One finding: the `reason` that it falls under, and the `fact` that it states.

    `reason` is the id of a rule, and empty for a probe that passes and is not vacuous. `pointer`
    leads from the resource to what the finding is about, and `current` is the value there. `advice`
    says how to correct it if no fix does. `identity` is None for the resource of the workload
    itself. `subject` is the probe or the bypass, None for anything else. `cause` is why a scrape
    fails.
    """

    reason: str
    fact: str
    pointer: Pointer
    container: str = ""
    current: object = None
    advice: str = ""
    identity: Identity | None = None
    subject: JudgedProbe | Bypass | None = None
    cause: str = ""

    @property
    def is_of_probe(self) -> bool:
        """Tell whether it is the verdict on a probe."""
        return isinstance(self.subject, JudgedProbe)

    @property
    def judged(self) -> JudgedProbe:
        """Return the probe that it is about. Raises TypeError where it is about none."""
        if not isinstance(self.subject, JudgedProbe):
            raise TypeError(f"{self.reason} is not about a probe")
        return self.subject


def probe_finding(judged: JudgedProbe, analysis: Analysis) -> Finding:
    """Return the verdict on a probe of `analysis` as a finding."""
    verdict = judged.verdict
    reason = verdict.reason
    subject = f"`{judged.probe.kind}`"
    asks = f"{subject} {_dials(judged)}"
    advice = ""
    if verdict.outcome == decision.UNKNOWN:
        reason = UNKNOWN
        fact = f"{subject} {why_unknown(verdict)}; verdict unknown, left as it is"
    elif verdict.outcome == decision.FAILS:
        fact = f"{asks}, but {why_fails(judged, analysis)}"
        advice = what_helps(judged, analysis)
    else:
        fact = f"{asks} and passes at `{name_of(verdict.route[-1], analysis.network)}`"
    place = judged.probe.pointer, judged.container.name
    return Finding(reason, fact, *place, advice=advice, subject=judged)


def vacuous_finding(judged: JudgedProbe, analysis: Analysis) -> Finding:
    """Return the finding that a probe passes, and why that says nothing about the exporter."""
    fact = f"`{judged.probe.kind}` passes, but {why_vacuous(judged, analysis)}"
    return probe_finding(judged, analysis)._replace(reason=VACUOUS, fact=fact)


def _dials(judged: JudgedProbe) -> str:
    dial = judged.verdict.dial
    if judged.verdict.reason == COMMAND_MISSING:
        return f"runs `{shorten(judged.verdict.culprit)}`"
    if dial is None:
        return f"asks for port {getattr(judged.probe.handler, 'port', None)!r}"
    return dials(dial)


def bypass_finding(bypass: Bypass, analysis: Analysis) -> Finding:
    """Return the finding that clients can bypass the proxy of a listener, and what closes it."""
    network = analysis.network
    listener = bypass.listener
    skipped = name_of(bypass.guard, network)
    fact = f"{_listens(listener, network)}, so clients can bypass `{skipped}`"
    upstream = bypass.guard.proxy.upstream if bypass.guard.proxy else None
    address = loopback_of(upstream.address) if upstream else None
    flag, value = bypass.process.binding(listener, address.text if address else "127.0.0.1")
    closes = f"set `--{flag}={value}`"
    return Finding(
        BYPASS,
        fact,
        listener.source,
        bypass.process.container.name,
        _argument(listener, bypass.process, analysis),
        f"{closes}, or use `bindLoopback`" if address else f"{closes} once the proxy dials it",
        subject=bypass,
    )


def find_hardening(analysis: Analysis, settings: Settings) -> Iterator[Finding]:
    """Yield what else a workload lacks to be sound."""
    network = analysis.network
    for listener in network.listeners:
        if answers_anyone(listener) and not _may_be_guarded(listener, network):
            listens = _listens(listener, network)
            fact = f"{listens}, and no proxy guards it, so clients {_gain(listener)}"
            yield _of_listener(PROXY_MISSING, fact, listener, analysis)
    yield from _open_health_ports(analysis, settings)
    yield from _taken_ports(analysis)
    for process in late_guards(network):
        yield late_finding(process, network)._replace(
            advice="use `proxyFirst`, which makes it wait"
        )
    for process in network.processes:
        missing = missing_probes(process, settings.probes)
        if missing:
            found = missing_finding(process, missing)
            yield found._replace(
                advice="use `addMissing` with mode dedicated-port or through-proxy"
            )
    yield from _restarts_for_others(analysis)


def _restarts_for_others(analysis: Analysis) -> Iterator[Finding]:
    for judged in analysis.probes:
        verdict, program = judged.verdict, judged.process.program
        if judged.probe.kind != "livenessProbe" or verdict.outcome != decision.PASSES:
            continue
        if program is None:
            continue
        answering = verdict.route[-1]
        http_path = verdict.hops[-1].dial.http_path
        contents = {table.content(http_path) for table in answering.route_tables}
        is_main = answering.program == program.name and answering.name == program.main
        steady = program.health_path(program.main, judged.process.version)
        # Of the main listener, only /healthz does not ask the API server.
        if judged.process.is_exporter and is_main and contents == {HEALTH} and http_path != steady:
            name = judged.container.name
            fact = (
                f"`livenessProbe` passes, but {http_path} fails when the API server is "
                f"unavailable, and the kubelet then restarts `{name}`"
            )
            advice = f"use {steady}, which does not ask the API server"
            place = judged.probe.pointer
            yield Finding(API_SERVER_OUTAGE, fact, place, name, None, advice, subject=judged)


def _gain(listener: Listener) -> str:
    contents = {content for table in listener.route_tables for _, content in table.routes}
    # With --auth-filter its metrics need a token, and its own /debug/pprof/ needs none.
    return "need no token" if METRICS in contents else "read /debug/pprof/ without a token"


def late_finding(process: Process, network: Network) -> Finding:
    """Return the finding that the exporter does not wait for the proxy that `process` runs."""
    container = process.container
    guarded = (behind(each, network) for each in process.listeners)
    exporter = next(network.process_of(each).name for each in guarded if each)
    fact = f"{exporter} starts before its proxy `{container.name}` is ready"
    return Finding(PROXY_NOT_FIRST, fact, container.pointer, container.name)


def missing_finding(process: Process, probes: tuple[str, ...]) -> Finding:
    """Return the finding that the exporter that `process` runs lacks `probes`."""
    container = process.container
    lacks = listed(f"no `{probe}`" for probe in probes)
    fact = f"`{container.name}` has {lacks}"
    return Finding(PROBES_MISSING, fact, container.pointer, container.name)


def _taken_ports(analysis: Analysis) -> Iterator[Finding]:
    for listener in analysis.network.listeners:
        for taken in analysis.network.taken.at(listener.port):
            if overlap(taken.address, listener.address):
                other = taken.workload.place or "another workload"
                fact = (
                    f"{_listens(listener, analysis.network)} of its node, and {other} does too; "
                    "on a node that has both, the second one never runs"
                )
                yield _of_listener(PORT_TAKEN, fact, listener, analysis)
                break


def _open_health_ports(analysis: Analysis, settings: Settings) -> Iterator[Finding]:
    # Most runs need no policies.
    from fix_ksm_probes.manifests.network_policies import (
        EVERYBODY,
        admits,
        find_foreign,
        find_policies,
    )

    network, pod = analysis.network, analysis.network.pod
    policies = find_policies(analysis.related, analysis.workload, pod)
    for listener in health_ports(network, settings.answered_by):
        open_in = [each for each in policies if admits((each,), listener.port, pod) == EVERYBODY]
        # A NetworkPolicy does not apply to the network of a node.
        if pod.host_network:
            open_to = "no NetworkPolicy applies to the node's network, which the pod uses"
            advice = "bind it to 127.0.0.1, and set that as `host` of the probe"
        elif open_in:
            names = [each.identity.name for each in open_in]
            open_to = f"{what_policies_do(names, 'allow')} every client"
            advice = f"let the {'policy' if len(names) == 1 else 'policies'} leave the port out"
        elif policies:
            continue
        elif foreign := find_foreign(analysis.related, analysis.workload):
            limits = f"{foreign.place} limits its clients to the node"
            open_to = f"it is not known whether {limits}"
            advice = "check that policy"
        else:
            open_to = "no NetworkPolicy in the input limits its clients to the node"
            advice = "use mode dedicated-port with `networkPolicy`, which adds one"
        fact = f"{_listens(listener, network)} for health checks without a token, and {open_to}"
        yield _of_listener(HEALTH_PORT_OPEN, fact, listener, analysis)._replace(advice=advice)


def _of_listener(reason: str, fact: str, listener: Listener, analysis: Analysis) -> Finding:
    process = analysis.network.process_of(listener)
    current = _argument(listener, process, analysis)
    return Finding(reason, fact, listener.source, process.container.name, current)


def _argument(listener: Listener, process: Process, analysis: Analysis) -> object:
    # A listener by default has no argument, only its container.
    if listener.source == process.container.pointer:
        return None
    return value_at(analysis.workload.resource, listener.source)


def _listens(listener: Listener, network: Network) -> str:
    where = with_port(listener.address, listener.port)
    return f"`{name_of(listener, network)}` listens on {where} ({where_bound(listener, network)})"


def _may_be_guarded(listener: Listener, network: Network) -> bool:
    # A proxy may dial it by a name or a variable.
    proxies = (each.proxy for each in network.listeners if each.proxy is not None)
    upstreams = [proxy.upstream for proxy in proxies]
    return None in upstreams or any(
        each.port == listener.port and meets(listener.address, each.address) is not False
        for each in upstreams
        if each is not None
    )
