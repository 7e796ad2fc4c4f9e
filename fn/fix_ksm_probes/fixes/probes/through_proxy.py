"""Mode through-proxy: point a probe at the existing proxy, which lets its path through."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis, guards
from fix_ksm_probes.analysis.decision import Network
from fix_ksm_probes.analysis.findings import Finding
from fix_ksm_probes.analysis.wording import name_of
from fix_ksm_probes.fixes.fix import OTHER_LISTENER, Repair, combine, refuse_probe
from fix_ksm_probes.fixes.probes.patches import (
    Answer,
    ignore_also,
    kept_host,
    move,
    takes_more_flags,
)
from fix_ksm_probes.fixes.probes.proxy_endpoints import NO_PROXY, OTHER_MODES, answer_by_proxies
from fix_ksm_probes.fixes.probes.target import SERVED_BY_FILE, Target, find_target, main_target
from fix_ksm_probes.programs import POD, Listener, Proxy, meets
from fix_ksm_probes.settings.fields import Settings


def go_through(analysis: Analysis, findings: tuple[Finding, ...], settings: Settings) -> Repair:
    """Return the repair that leads the probes of `findings` through the proxies of the workload."""
    network = analysis.network
    own: list[tuple[Finding, None]] = []
    repairs: list[Repair] = []
    closed: dict[Listener, list[str]] = {}
    for finding in findings:
        target = find_target(finding.judged, network)
        if target is None:
            own.append((finding, None))
            continue
        found = _find_proxy(target, network) or _find_main(finding, network)
        if target.listener.tls or target.listener.demands:
            repairs.append(Repair((refuse_probe(finding, SERVED_BY_FILE, settings.mode),)))
        elif found is None:
            why = _why_not(target, network)
            repairs.append(Repair((refuse_probe(finding, why, settings.mode),)))
        else:
            asked, listener, proxy = found
            repairs.append(_moved(finding, asked, listener, analysis))
            if not proxy.ignores(asked.http_path):
                closed.setdefault(listener, []).append(asked.http_path)
    opened = tuple(
        operation
        for listener, http_paths in closed.items()
        for operation in ignore_also(
            network.process_of(listener).container, listener, tuple(dict.fromkeys(http_paths))
        )
    )
    return combine(answer_by_proxies(analysis, tuple(own), settings), *repairs, Repair((), opened))


def _why_not(target: Target, network: Network) -> str:
    for listener in guards(target.listener, network):
        name = name_of(listener, network)
        return (
            f"`{name}` leads to what it asks for, but {_obstacle(listener, network)}; {OTHER_MODES}"
        )
    return NO_PROXY


def _find_proxy(target: Target, network: Network) -> tuple[Target, Listener, Proxy] | None:
    found = [
        (target, each, each.proxy)
        for each in guards(target.listener, network)
        if each.proxy and not _obstacle(each, network)
    ]
    ignoring = (each for each in found if each[2].ignores(target.http_path))
    return next(ignoring, found[0] if found else None)


def _find_main(finding: Finding, network: Network) -> tuple[Target, Listener, Proxy] | None:
    main = main_target(finding.judged)
    if main is None:
        return None
    return _find_proxy(main._replace(costs=(OTHER_LISTENER, *main.costs)), network)


def _obstacle(listener: Listener, network: Network) -> str:
    """Return why a proxy cannot let a probe through; empty if it can."""
    guard = listener.proxy
    upstream = guard and guard.upstream
    process = network.process_of(listener)
    if upstream and upstream.tls:
        return "its upstream speaks TLS"
    if upstream and upstream.prefix:
        return "its --upstream puts a path before every other path"
    if guard and guard.allow:
        return "it has --allow-paths, which exclude --ignore-paths"
    if meets(listener.address, POD) is not True:
        return "it may not listen on the pod IP"
    if not process.may_ignore_paths:
        return "its version has no --ignore-paths"
    if guard and guard.ignore_argument is None and not takes_more_flags(process):
        return "its arguments end with --"
    return ""


def _moved(finding: Finding, target: Target, listener: Listener, analysis: Analysis) -> Repair:
    answer = Answer(
        name_of(listener, analysis.network),
        listener.port,
        target.spelled,
        "HTTPS" if listener.tls else "HTTP",
        kept_host(finding.judged.probe, listener, analysis.network),
    )
    return move(analysis.workload.resource, finding, answer, *target.costs)
