"""Mode dedicated-port: a probe is pointed at a port that answers its health path and no other."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis, JudgedProbe, guards
from fix_ksm_probes.fixes.fix import (
    MOVED,
    NO_ADDRESS,
    NO_IMAGE,
    NO_PORT,
    REFUSED,
    TLS_BY_FILE,
    Cure,
    Repair,
    combine,
)
from fix_ksm_probes.fixes.probes.arguments import ignore_also
from fix_ksm_probes.fixes.probes.handler import point_at
from fix_ksm_probes.fixes.probes.health_container import (
    NAME_PREFIX,
    find_template,
    free_name,
    free_port,
    health_container,
)
from fix_ksm_probes.fixes.probes.proxy_endpoints import answer_by_proxies
from fix_ksm_probes.fixes.probes.target import Target, find_target
from fix_ksm_probes.programs import POD, Listener, dialled_from_inside, meets
from fix_ksm_probes.settings.fields import KUBE_RBAC_PROXY, Settings
from fix_ksm_probes.yamlpatch import END, Patch, add
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple


def dedicate(analysis: Analysis, probes: tuple[JudgedProbe, ...], settings: Settings) -> Repair:
    """Return the repair that gives `probes` the health ports they need."""
    targets = {judged: find_target(judged, analysis.network) for judged in probes}
    by_proxy = tuple(
        (judged, target.listener if target else None)
        for judged, target in targets.items()
        if target is None or settings.answered_by == KUBE_RBAC_PROXY
    )
    repairs = [answer_by_proxies(analysis, by_proxy, settings.port)]
    handled = {judged for judged, _ in by_proxy}
    found = {
        judged: target
        for judged, target in targets.items()
        if target is not None and judged not in handled
    }
    for listener in dict.fromkeys(target.listener for target in found.values()):
        here = {each: target for each, target in found.items() if target.listener == listener}
        if listener.tls is not False:
            repairs.append(Repair(tuple(Cure(each, REFUSED, why=TLS_BY_FILE) for each in here)))
        elif listener.address.kind not in ("any", "loopback", "pod"):
            repairs.append(Repair(tuple(Cure(each, REFUSED, why=NO_ADDRESS) for each in here)))
        elif _is_reached(listener, analysis):
            repairs.append(_at_the_listener(analysis, listener, here))
        else:
            taken = tuple(cure for repair in repairs for cure in repair.cures)
            repairs.append(_at_a_health_port(analysis, listener, here, settings, taken))
    return combine(tuple(repairs))


def _is_reached(listener: Listener, analysis: Analysis) -> bool:
    # The kubelet shares a host network; and what it reaches unguarded needs no other door.
    if analysis.network.pod.host_network or listener.address == POD:
        return True
    return bool(meets(listener.address, POD)) and not guards(listener, analysis.network)


def _at_the_listener(
    analysis: Analysis, listener: Listener, targets: dict[JudgedProbe, Target]
) -> Repair:
    shares = analysis.network.pod.host_network and listener.address != POD
    host = dialled_from_inside(listener.address) if shares else ""
    name = analysis.network.process_of(listener).container.name
    return Repair(
        tuple(
            Cure(judged, MOVED, name, listener.port, costs=target.costs)
            for judged, target in targets.items()
        ),
        tuple(
            operation
            for judged, target in targets.items()
            for operation in point_at(
                analysis.workload.resource,
                judged.probe,
                host=host.strip("[]"),
                port=listener.port,
                scheme="HTTP",
                http_path=target.spelled,
            )
        ),
    )


def _at_a_health_port(
    analysis: Analysis,
    listener: Listener,
    targets: dict[JudgedProbe, Target],
    settings: Settings,
    taken: tuple[Cure, ...],
) -> Repair:
    http_paths = tuple(dict.fromkeys(target.http_path for target in targets.values()))
    door = _open_door(analysis, listener, http_paths) or _make_door(
        analysis, listener, http_paths, settings, taken
    )
    if isinstance(door, str):
        return Repair(tuple(Cure(judged, REFUSED, why=door) for judged in targets))
    moves = (
        operation
        for judged, target in targets.items()
        for operation in point_at(
            analysis.workload.resource,
            judged.probe,
            host="",
            port=door.port,
            scheme="HTTPS",
            http_path=target.spelled,
        )
    )
    return Repair(
        tuple(
            Cure(judged, MOVED, door.container, door.port, costs=target.costs)
            for judged, target in targets.items()
        ),
        (*moves, *door.patch),
    )


class _Door(NamedTuple):
    """A health port, the container that answers there, and the patch that makes it so."""

    container: str
    port: int
    patch: Patch


def _open_door(analysis: Analysis, listener: Listener, http_paths: tuple[str, ...]) -> _Door | None:
    for guard in guards(listener, analysis.network):
        container = analysis.network.process_of(guard).container
        if container.name.startswith(NAME_PREFIX) and guard.proxy and is_health_port(guard):
            missing = tuple(path for path in http_paths if path not in guard.proxy.ignore)
            return _Door(container.name, guard.port, ignore_also(container, guard, missing))
    return None


def is_health_port(guard: Listener) -> bool:
    """Tell whether a proxy's listener can answer health paths to a kubelet."""
    proxy = guard.proxy
    plain = proxy and proxy.upstream and not proxy.upstream.prefix and not proxy.allow
    return bool(plain and guard.tls and meets(guard.address, POD))


def _make_door(
    analysis: Analysis,
    listener: Listener,
    http_paths: tuple[str, ...],
    settings: Settings,
    taken: tuple[Cure, ...],
) -> _Door | str:
    template = find_template(listener, analysis.network, settings.image)
    if template is None:
        return NO_IMAGE
    port = free_port(analysis.network, settings.port, tuple(cure.port for cure in taken))
    if port is None:
        return NO_PORT
    names = {cure.answered_by for cure in taken}
    name = free_name(analysis, f"{NAME_PREFIX}-{listener.name}", names)
    made = health_container(analysis.workload.resource, template, listener, name, port, http_paths)
    return _Door(name, port, (add((*analysis.network.pod.pointer, "containers", END), made),))
