"""Mode dedicated-port: point a probe at a port that answers its health path and no other."""

from __future__ import annotations

from collections.abc import Iterable

from fix_ksm_probes.analysis.analyse import (
    HEALTH_CONTAINER,
    Analysis,
    guards,
    is_health_port,
)
from fix_ksm_probes.analysis.findings import Finding
from fix_ksm_probes.analysis.wording import name_of
from fix_ksm_probes.fixes.fix import Fix, Repair, combine, refuse_probe
from fix_ksm_probes.fixes.probes.health_container import (
    container_names,
    find_template,
    free_port,
    health_container,
)
from fix_ksm_probes.fixes.probes.patches import Answer, ignore_also, move
from fix_ksm_probes.fixes.probes.proxy_endpoints import answer_by_proxies
from fix_ksm_probes.fixes.probes.target import SERVED_BY_FILE, Target, find_target
from fix_ksm_probes.manifests.added_item import free_name
from fix_ksm_probes.programs import (
    POD,
    Listener,
    dialled_from_inside,
    may_ignore_paths,
    meets,
)
from fix_ksm_probes.settings.fields import KUBE_RBAC_PROXY, Settings
from fix_ksm_probes.yamlpatch import END, NamedTuple, Patch, add

_NO_ADDRESS = "the address it listens on may not be that of the pod; mode probe-disable can"
_NO_IMAGE = (
    "the pod has no kube-rbac-proxy (0.8.0 or later) to copy; "
    "set dedicatedPort.image, or use mode probe-disable"
)
_OTHER_IMAGE = (
    "dedicatedPort.image must be one of kube-rbac-proxy 0.8.0 or later; "
    "set another, or use mode probe-disable"
)
_NO_PORT = "no port is free from dedicatedPort.port on; name a lower one"


def dedicate(analysis: Analysis, findings: tuple[Finding, ...], settings: Settings) -> Repair:
    """Return the repair that gives the probes of `findings` the health ports they need."""
    targets = {each: find_target(each.judged, analysis.network) for each in findings}
    by_proxy = tuple(
        (finding, target.listener if target else None)
        for finding, target in targets.items()
        if target is None or settings.answered_by == KUBE_RBAC_PROXY
    )
    repairs = [answer_by_proxies(analysis, by_proxy, settings)]
    found = {
        finding: target
        for finding, target in targets.items()
        if target is not None and settings.answered_by != KUBE_RBAC_PROXY
    }
    for listener in dict.fromkeys(target.listener for target in found.values()):
        here = {each: target for each, target in found.items() if target.listener == listener}
        if listener.tls is not False or listener.demands:
            repairs.append(_refuse(here, SERVED_BY_FILE, settings))
        elif listener.address.kind not in ("any", "loopback", "pod"):
            repairs.append(_refuse(here, _NO_ADDRESS, settings))
        elif _is_reached(listener, analysis):
            repairs.append(_at_the_listener(analysis, listener, here))
        else:
            taken = combine(*repairs).fixes
            repairs.append(_at_a_health_port(analysis, listener, here, settings, taken))
    return combine(*repairs)


def _refuse(findings: Iterable[Finding], why: str, settings: Settings) -> Repair:
    return Repair(tuple(refuse_probe(finding, why, settings.mode) for finding in findings))


def _is_reached(listener: Listener, analysis: Analysis) -> bool:
    # With a host network the kubelet reaches loopback, and an unguarded listener needs no other
    # port.
    if analysis.network.pod.host_network or listener.address == POD:
        return True
    return bool(meets(listener.address, POD)) and not guards(listener, analysis.network)


def _at_the_listener(
    analysis: Analysis, listener: Listener, targets: dict[Finding, Target]
) -> Repair:
    shares = analysis.network.pod.host_network and listener.address != POD
    host = dialled_from_inside(listener.address).strip("[]") if shares else ""
    name = name_of(listener, analysis.network)
    return _moved(analysis, targets, name, listener.port, "HTTP", host)


def _at_a_health_port(
    analysis: Analysis,
    listener: Listener,
    targets: dict[Finding, Target],
    settings: Settings,
    taken: tuple[Fix, ...],
) -> Repair:
    http_paths = tuple(dict.fromkeys(target.http_path for target in targets.values()))
    health_port = _existing_port(analysis, listener, http_paths) or _new_port(
        analysis, listener, http_paths, settings, taken
    )
    if isinstance(health_port, str):
        return _refuse(targets, health_port, settings)
    name, port, patch = health_port
    return combine(_moved(analysis, targets, name, port), Repair((), patch))


def _moved(
    analysis: Analysis,
    targets: dict[Finding, Target],
    name: str,
    port: int,
    scheme: str = "HTTPS",
    host: str = "",
) -> Repair:
    """Return the repair that leads probes to a port, each with the path of its target."""
    resource = analysis.workload.resource
    return combine(
        *(
            move(resource, finding, Answer(name, port, target.spelled, scheme, host), *target.costs)
            for finding, target in targets.items()
        )
    )


class _HealthPort(NamedTuple):
    """A health port, the container that answers there, and the patch that makes it so."""

    container: str
    port: int
    patch: Patch


def _existing_port(
    analysis: Analysis, listener: Listener, http_paths: tuple[str, ...]
) -> _HealthPort | None:
    for guard in guards(listener, analysis.network):
        container = analysis.network.process_of(guard).container
        if container.name.startswith(HEALTH_CONTAINER) and guard.proxy and is_health_port(guard):
            missing = tuple(path for path in http_paths if path not in guard.proxy.ignore)
            return _HealthPort(container.name, guard.port, ignore_also(container, guard, missing))
    return None


def _new_port(
    analysis: Analysis,
    listener: Listener,
    http_paths: tuple[str, ...],
    settings: Settings,
    taken: tuple[Fix, ...],
) -> _HealthPort | str:
    template = find_template(listener, analysis.network, settings.image)
    if template is None:
        return _NO_IMAGE
    if template.image and not may_ignore_paths(settings.image):
        return _OTHER_IMAGE
    port = free_port(analysis.network, settings.port, tuple(fix.port for fix in taken))
    if port is None:
        return _NO_PORT
    names = container_names(analysis) | {fix.answered_by for fix in taken}
    name = free_name(f"{HEALTH_CONTAINER}-{listener.name}", names.__contains__)
    made = health_container(analysis.workload.resource, template, listener, name, port, http_paths)
    return _HealthPort(name, port, (add((*analysis.network.pod.pointer, "containers", END), made),))
