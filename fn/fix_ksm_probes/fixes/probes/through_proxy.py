"""Mode through-proxy: a probe is pointed at the proxy that is there, which lets it through."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis, guards
from fix_ksm_probes.analysis.decision import Network
from fix_ksm_probes.analysis.findings import Finding
from fix_ksm_probes.fixes.fix import OTHER_LISTENER, Repair, combine, refuse_probe
from fix_ksm_probes.fixes.probes.patches import ignore_also, kept_host, move, takes_more_flags
from fix_ksm_probes.fixes.probes.proxy_endpoints import NO_PROXY, OTHER_MODES, answer_by_proxies
from fix_ksm_probes.fixes.probes.target import SERVED_BY_FILE, Target, find_target, main_target
from fix_ksm_probes.programs import POD, Listener, meets
from fix_ksm_probes.settings.fields import Settings
from fix_ksm_probes.yamlpatch import Patch
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple


class _Move(NamedTuple):
    """A probe that is to ask for `target` through the proxy that listens at `proxy`."""

    finding: Finding
    target: Target
    proxy: Listener
    costs: tuple[str, ...]


def go_through(analysis: Analysis, findings: tuple[Finding, ...], settings: Settings) -> Repair:
    """Return the repair that leads the probes of `findings` through the proxies of the workload."""
    network = analysis.network
    targets = {finding: find_target(finding.judged, network) for finding in findings}
    own = tuple((finding, None) for finding, target in targets.items() if target is None)
    moves = []
    refused = []
    for finding, target in targets.items():
        if target is None:
            continue
        found = _find_move(finding, target, network)
        if target.listener.tls or target.listener.demands:
            refused.append(refuse_probe(finding, SERVED_BY_FILE, settings.mode))
        elif found is None:
            refused.append(refuse_probe(finding, _why_not(target, network), settings.mode))
        else:
            moves.append(found)
    return combine(
        answer_by_proxies(analysis, own, settings),
        Repair(tuple(refused)),
        *(_moved(each, analysis) for each in moves),
        Repair((), _opened(moves, network)),
    )


def _find_move(finding: Finding, target: Target, network: Network) -> _Move | None:
    proxy = _find_proxy(target, network)
    if proxy is not None:
        return _Move(finding, target, proxy, ())
    other = main_target(finding.judged)
    proxy = _find_proxy(other, network) if other else None
    return _Move(finding, other, proxy, (OTHER_LISTENER,)) if other and proxy else None


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
        if listener.proxy and listener.proxy.ignores(target.http_path):
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
        return "its --upstream puts a path before every other path"
    if guard.allow:
        return "it has --allow-paths, which exclude --ignore-paths"
    if meets(listener.address, POD) is not True:
        return "it may not listen on the pod IP"
    if not process.may_ignore_paths:
        return "its version has no --ignore-paths"
    if guard.ignore_argument is None and not takes_more_flags(process):
        return "its arguments end with --"
    return ""


def _moved(wanted: _Move, analysis: Analysis) -> Repair:
    proxy, network = wanted.proxy, analysis.network
    return move(
        analysis.workload.resource,
        wanted.finding,
        network.process_of(proxy).container.name,
        proxy.port,
        scheme="HTTPS" if proxy.tls else "HTTP",
        http_path=wanted.target.spelled,
        host=kept_host(wanted.finding.judged.probe, proxy, network),
        costs=(*wanted.costs, *wanted.target.costs),
    )


def _opened(moves: list[_Move], network: Network) -> Patch:
    """Return the patch that lets through each proxy what it does not let through yet."""
    missing: dict[Listener, dict[str, None]] = {}
    for proxy, http_path in ((each.proxy, each.target.http_path) for each in moves):
        if proxy.proxy and not proxy.proxy.ignores(http_path):
            missing.setdefault(proxy, {})[http_path] = None
    return tuple(
        operation
        for proxy, http_paths in missing.items()
        for operation in ignore_also(network.process_of(proxy).container, proxy, tuple(http_paths))
    )
