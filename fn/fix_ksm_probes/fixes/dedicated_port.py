"""Mode dedicated-port: a probe is pointed at a port that answers its health path and no other."""

from __future__ import annotations

from fix_ksm_probes.addresses import POD, dialled_from_inside, meets
from fix_ksm_probes.config import KUBE_RBAC_PROXY, Config
from fix_ksm_probes.findings import JudgedProbe, Survey, guards
from fix_ksm_probes.fixes.arguments import ignore_also
from fix_ksm_probes.fixes.cure import (
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
from fix_ksm_probes.fixes.handler import point_at
from fix_ksm_probes.fixes.health_container import (
    NAME_PREFIX,
    find_template,
    free_name,
    free_port,
    health_container,
)
from fix_ksm_probes.fixes.proxy_endpoints import answer_by_proxies
from fix_ksm_probes.fixes.target import Target, find_target
from fix_ksm_probes.listeners import Listener
from fix_ksm_probes.patch import Patch, add
from fix_ksm_probes.pointer import END
from fix_ksm_probes.values import NamedTuple


def dedicate(survey: Survey, probes: tuple[JudgedProbe, ...], config: Config) -> Repair:
    """Return the repair that gives `probes` the health ports they need."""
    targets = {judged: find_target(judged, survey.network) for judged in probes}
    by_proxy = tuple(
        (judged, target.listener if target else None)
        for judged, target in targets.items()
        if target is None or config.answered_by == KUBE_RBAC_PROXY
    )
    repairs = [answer_by_proxies(survey, by_proxy, config.port)]
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
        elif _is_reached(listener, survey):
            repairs.append(_at_the_listener(survey, listener, here))
        else:
            taken = tuple(cure for repair in repairs for cure in repair.cures)
            repairs.append(_at_a_health_port(survey, listener, here, config, taken))
    return combine(tuple(repairs))


def _is_reached(listener: Listener, survey: Survey) -> bool:
    # The kubelet shares a host network; and what it reaches unguarded needs no other door.
    if survey.network.pod.host_network or listener.address == POD:
        return True
    return bool(meets(listener.address, POD)) and not guards(listener, survey.network)


def _at_the_listener(
    survey: Survey, listener: Listener, targets: dict[JudgedProbe, Target]
) -> Repair:
    shares = survey.network.pod.host_network and listener.address != POD
    host = dialled_from_inside(listener.address) if shares else ""
    name = survey.network.processes[listener.container].container.name
    return Repair(
        tuple(
            Cure(judged, MOVED, name, listener.port, costs=target.costs)
            for judged, target in targets.items()
        ),
        tuple(
            operation
            for judged, target in targets.items()
            for operation in point_at(
                survey.workload.resource,
                judged.probe,
                host=host.strip("[]"),
                port=listener.port,
                scheme="HTTP",
                http_path=target.spelled,
            )
        ),
    )


def _at_a_health_port(
    survey: Survey,
    listener: Listener,
    targets: dict[JudgedProbe, Target],
    config: Config,
    taken: tuple[Cure, ...],
) -> Repair:
    http_paths = tuple(dict.fromkeys(target.http_path for target in targets.values()))
    door = _open_door(survey, listener, http_paths) or _make_door(
        survey, listener, http_paths, config, taken
    )
    if isinstance(door, str):
        return Repair(tuple(Cure(judged, REFUSED, why=door) for judged in targets))
    moves = (
        operation
        for judged, target in targets.items()
        for operation in point_at(
            survey.workload.resource,
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


def _open_door(survey: Survey, listener: Listener, http_paths: tuple[str, ...]) -> _Door | None:
    for guard in guards(listener, survey.network):
        container = survey.network.processes[guard.container].container
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
    survey: Survey,
    listener: Listener,
    http_paths: tuple[str, ...],
    config: Config,
    taken: tuple[Cure, ...],
) -> _Door | str:
    template = find_template(listener, survey.network, config.image)
    if template is None:
        return NO_IMAGE
    port = free_port(survey.network, config.port, tuple(cure.port for cure in taken))
    if port is None:
        return NO_PORT
    names = {cure.answered_by for cure in taken}
    name = free_name(survey, f"{NAME_PREFIX}-{listener.name}", names)
    made = health_container(survey.workload.resource, template, listener, name, port, http_paths)
    return _Door(name, port, (add((*survey.network.pod.pointer, "containers", END), made),))
