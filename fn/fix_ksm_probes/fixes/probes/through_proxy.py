"""Mode through-proxy: a probe is pointed at the proxy that is there, which lets it through."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis, guards
from fix_ksm_probes.analysis.decision import Network, is_open
from fix_ksm_probes.analysis.findings import Finding
from fix_ksm_probes.fixes.fix import OTHER_LISTENER, Repair, combine, move_probe, refuse_probe
from fix_ksm_probes.fixes.probes.arguments import ignore_also, takes_more_flags
from fix_ksm_probes.fixes.probes.handler import kept_host, point_at
from fix_ksm_probes.fixes.probes.proxy_endpoints import NO_PROXY, OTHER_MODES, answer_by_proxies
from fix_ksm_probes.fixes.probes.target import SERVED_BY_FILE, Target, find_target, main_target
from fix_ksm_probes.programs import POD, Listener, meets
from fix_ksm_probes.settings.fields import Settings
from fix_ksm_probes.yamlpatch import Operation, Patch
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple


class _Way(NamedTuple):
    """A probe's way to its health path, through the proxy that listens at `proxy`."""

    finding: Finding
    target: Target
    proxy: Listener
    costs: tuple[str, ...]


def go_through(analysis: Analysis, findings: tuple[Finding, ...], settings: Settings) -> Repair:
    """Return the repair that leads the probes of `findings` through the proxies of the workload."""
    network = analysis.network
    targets = {finding: find_target(finding.judged, network) for finding in findings}
    own = tuple((finding, None) for finding, target in targets.items() if target is None)
    ways = []
    refused = []
    for finding, target in targets.items():
        if target is None:
            continue
        way = _find_way(finding, target, network)
        if target.listener.tls or target.listener.demands:
            refused.append(refuse_probe(finding, SERVED_BY_FILE, settings.mode))
        elif way is None:
            refused.append(refuse_probe(finding, _why_not(target, network), settings.mode))
        else:
            ways.append(way)
    moved = (
        move_probe(
            way.finding,
            network.process_of(way.proxy).container.name,
            way.proxy.port,
            *way.costs,
            *way.target.costs,
        )
        for way in ways
    )
    return combine(
        answer_by_proxies(analysis, own, settings),
        Repair(tuple(refused)),
        Repair(tuple(moved), _patch(analysis, ways)),
    )


def _find_way(finding: Finding, target: Target, network: Network) -> _Way | None:
    proxy = _find_proxy(target, network)
    if proxy is not None:
        return _Way(finding, target, proxy, ())
    other = main_target(finding.judged)
    proxy = _find_proxy(other, network) if other else None
    return _Way(finding, other, proxy, (OTHER_LISTENER,)) if other and proxy else None


def _why_not(target: Target, network: Network) -> str:
    for listener in guards(target.listener, network):
        name = network.process_of(listener).container.name
        return (
            f"`{name}` leads to what it asks for, but {_obstacle(listener, network)}; {OTHER_MODES}"
        )
    return NO_PROXY


def _find_proxy(target: Target, network: Network) -> Listener | None:
    listeners = [each for each in guards(target.listener, network) if not _obstacle(each, network)]
    for listener in listeners:
        if listener.proxy and _lets_through(listener, target.http_path):
            return listener
    return listeners[0] if listeners else None


def _obstacle(listener: Listener, network: Network) -> str:
    """Return what keeps a proxy from letting a probe through, empty for nothing."""
    guard = listener.proxy
    process = network.process_of(listener)
    if guard is None or guard.upstream is None:
        return "its upstream is not known"
    if guard.upstream.tls:
        return "its upstream speaks TLS"
    if guard.upstream.prefix:
        return "its --upstream puts a path before each other"
    if guard.allow:
        return "it has --allow-paths, which exclude --ignore-paths"
    if meets(listener.address, POD) is not True:
        return "it may not listen on the pod IP"
    if not process.may_ignore_paths:
        return "its version has no --ignore-paths"
    if guard.ignore_argument is None and not takes_more_flags(process):
        return "its command line ends its flags"
    return ""


def _lets_through(listener: Listener, http_path: str) -> bool:
    guard = listener.proxy
    return guard is not None and is_open(http_path, guard.ignore, patterns=guard.takes_patterns)


def _patch(analysis: Analysis, ways: list[_Way]) -> Patch:
    patch: list[Operation] = []
    missing: dict[Listener, list[str]] = {}
    for way in ways:
        patch += point_at(
            analysis.workload.resource,
            way.finding.judged.probe,
            host=kept_host(way.finding.judged.probe, way.proxy, analysis.network),
            port=way.proxy.port,
            scheme="HTTPS" if way.proxy.tls else "HTTP",
            http_path=way.target.spelled,
        )
        closed = missing.setdefault(way.proxy, [])
        if (
            not _lets_through(way.proxy, way.target.http_path)
            and way.target.http_path not in closed
        ):
            closed.append(way.target.http_path)
    for listener, http_paths in missing.items():
        container = analysis.network.process_of(listener).container
        patch += ignore_also(container, listener, tuple(http_paths))
    return tuple(patch)
