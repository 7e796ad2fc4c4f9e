"""Mode through-proxy: a probe is pointed at the proxy that is there, which lets it through."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis, JudgedProbe, guards
from fix_ksm_probes.analysis.decision import Network, is_open
from fix_ksm_probes.fixes.fix import (
    MOVED,
    NO_PROXY,
    OTHER_LISTENER,
    REFUSED,
    Cure,
    Repair,
    combine,
)
from fix_ksm_probes.fixes.probes.arguments import ignore_also, takes_more_flags
from fix_ksm_probes.fixes.probes.handler import kept_host, point_at
from fix_ksm_probes.fixes.probes.proxy_endpoints import answer_by_proxies
from fix_ksm_probes.fixes.probes.target import Target, find_target, main_target
from fix_ksm_probes.programs import POD, Listener, meets
from fix_ksm_probes.settings.fields import Settings
from fix_ksm_probes.yamlpatch import Operation, Patch
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple


class _Way(NamedTuple):
    """A probe's way to its health path, through the proxy that listens at `door`."""

    judged: JudgedProbe
    target: Target
    door: Listener
    costs: tuple[str, ...]


def go_through(analysis: Analysis, probes: tuple[JudgedProbe, ...], settings: Settings) -> Repair:
    """Return the repair that leads `probes` through the proxies of the workload."""
    targets = {judged: find_target(judged, analysis.network) for judged in probes}
    own = tuple((judged, None) for judged, target in targets.items() if target is None)
    ways = []
    refused = []
    for judged, target in targets.items():
        if target is None:
            continue
        way = _find_way(judged, target, analysis.network)
        if way is None:
            refused.append(Cure(judged, REFUSED, why=NO_PROXY))
        else:
            ways.append(way)
    return combine(
        (
            answer_by_proxies(analysis, own, settings.port),
            Repair(tuple(refused)),
            Repair(tuple(_cure(way, analysis.network) for way in ways), _patch(analysis, ways)),
        )
    )


def _find_way(judged: JudgedProbe, target: Target, network: Network) -> _Way | None:
    door = _find_door(target, network)
    if door is not None:
        return _Way(judged, target, door, ())
    other = main_target(judged)
    door = _find_door(other, network) if other else None
    return _Way(judged, other, door, (OTHER_LISTENER,)) if other and door else None


def _find_door(target: Target, network: Network) -> Listener | None:
    doors = [each for each in guards(target.listener, network) if _can_let_through(each, network)]
    for door in doors:
        if door.proxy and _lets_through(door, target.http_path):
            return door
    return doors[0] if doors else None


def _can_let_through(door: Listener, network: Network) -> bool:
    proxy = door.proxy
    process = network.process_of(door)
    return (
        proxy is not None
        and proxy.upstream is not None
        and not proxy.upstream.tls
        and not proxy.upstream.prefix
        # The proxy refuses to start with both kinds of path flags.
        and not proxy.allow
        and meets(door.address, POD) is True
        and process.may_ignore_paths
        and (proxy.ignore_argument is not None or takes_more_flags(process))
    )


def _lets_through(door: Listener, http_path: str) -> bool:
    proxy = door.proxy
    return proxy is not None and is_open(http_path, proxy.ignore, patterns=proxy.takes_patterns)


def _cure(way: _Way, network: Network) -> Cure:
    container = network.process_of(way.door).container
    return Cure(
        way.judged, MOVED, container.name, way.door.port, costs=(*way.costs, *way.target.costs)
    )


def _patch(analysis: Analysis, ways: list[_Way]) -> Patch:
    patch: list[Operation] = []
    missing: dict[Listener, list[str]] = {}
    for way in ways:
        patch += point_at(
            analysis.workload.resource,
            way.judged.probe,
            host=kept_host(way.judged.probe, way.door, analysis.network),
            port=way.door.port,
            scheme="HTTPS" if way.door.tls else "HTTP",
            http_path=way.target.spelled,
        )
        closed = missing.setdefault(way.door, [])
        if not _lets_through(way.door, way.target.http_path) and way.target.http_path not in closed:
            closed.append(way.target.http_path)
    for door, http_paths in missing.items():
        container = analysis.network.process_of(door).container
        patch += ignore_also(container, door, tuple(http_paths))
    return tuple(patch)
