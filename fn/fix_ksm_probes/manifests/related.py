"""What else in the input concerns the pods of a workload: Services, monitors and the like."""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.manifests.index import Index, Kinds
from fix_ksm_probes.manifests.pod import Pod
from fix_ksm_probes.manifests.reading import MONITORS
from fix_ksm_probes.manifests.selectors import Labels, matches, pairs, selects
from fix_ksm_probes.manifests.stream import Item
from fix_ksm_probes.manifests.workload import (
    Identity,
    Workload,
    find_workloads,
    read_labels,
)
from fix_ksm_probes.yamlpatch import NamedTuple, Pointer, value_at
from fix_ksm_probes.yamlpatch.scalars import as_int, as_text

KINDS = (*MONITORS, "NetworkPolicy", "PrometheusRule", "Service")
"""All kinds that are asked for here, and by those who ask for kinds; some name others, too."""
TOKEN_SECRET = "kubernetes.io/service-account-token"  # noqa: S105 (a type)
"""The type of Secrets that hold the token of a ServiceAccount."""
ACCESS = ("Role", TOKEN_SECRET)
"""Words of all kinds of roles and bindings, and of tokens."""
WATCHING = (*MONITORS, "Service", *ACCESS)
"""Words of all that tells whether somebody scrapes a workload."""
ANY_POD = "containers"
"""The key that no item with pods goes without."""

_SELECTOR = ("spec", "selector")

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fix_ksm_probes.manifests.index import Row


class PortRef(NamedTuple):
    """One port of a Service, monitor or policy that leads to `port` of the pods, None for no port.

    `name` is what others call it; `place` leads to what tells the pods' port, which is `named`
    where that is no number.
    """

    item: Item
    identity: Identity
    name: str
    place: Pointer
    port: int | None
    named: str = ""


def service_ports(index: Index, workload: Workload, pod: Pod) -> tuple[PortRef, ...]:
    """Return the ports of the Services that select the pods of `workload`."""
    return tuple(
        ref
        for item, identity in index.find_wanting(_services, pod.labels, workload.identity.namespace)
        if matches(value_at(item.resource, _SELECTOR), pod.labels)
        for ref in _ports_of(item, identity, pod)
    )


def _services(kinds: Kinds) -> Iterator[Row[Identity]]:
    for item, identity in kinds.of("Service", "v1"):
        if wanted := value_at(item.resource, _SELECTOR):
            yield item, identity, pairs(wanted), (identity.namespace or "",)


def port_of_service(ref: PortRef) -> int | None:
    """Return the port at which a Service itself is asked, of one that leads to pods."""
    return as_int(value_at(ref.item.resource, (*ref.place[:-1], "port")))


def is_headless(ref: PortRef) -> bool:
    """Tell whether the name of a Service is that of its pods, which are dialled themselves."""
    return value_at(ref.item.resource, ("spec", "clusterIP")) == "None"


def selected_besides(index: Index, workload: Workload, selector: object) -> Iterator[Workload]:
    """Yield the other workloads in its namespace whose pods a LabelSelector takes, too."""
    wanted = pairs(value_at(selector, ("matchLabels",)))
    found = index.find_wanted(_pods, wanted, workload.identity.namespace)
    for item, (other, labels) in found:
        is_same = (item.pointer, other.template) == (workload.pointer, workload.template)
        if not is_same and selects(selector, labels):
            yield other._replace(pointer=item.pointer)


def _pods(kinds: Kinds) -> Iterator[Row[tuple[Workload, Labels]]]:
    for item in kinds.items:
        for workload in find_workloads(item):
            labels = read_labels(workload.resource, (*workload.template, "metadata", "labels"))
            yield item, (workload, labels), labels, (workload.identity.namespace or "",)


def is_taken(index: Index, kind: str, name: str, namespace: str | None) -> bool:
    """Tell whether an item of this kind, name and namespace is there."""
    found = index.of(kind, "", namespace, (name,))
    return any(identity.namespace == namespace for _, identity in found)


def services_of(
    index: Index, monitor: Item, port: str | None = None
) -> Iterator[tuple[Item, Identity]]:
    """Yield at least the Services with the labels that a monitor selects; with a `port`, of it."""
    wanted = pairs(value_at(monitor.resource, (*_SELECTOR, "matchLabels")))
    keys = tuple((port, pair) for pair in wanted) or ((port, None),)
    return index.find_wanted(_labels_of_services, keys)


def _labels_of_services(kinds: Kinds) -> Iterator[Row[Identity]]:
    for item, identity in kinds.of("Service", "v1"):
        ports = value_at(item.resource, ("spec", "ports"))
        listed = ports if isinstance(ports, list) else ()
        names = dict.fromkeys((None, *(as_text(value_at(port, ("name",))) for port in listed)))
        labels = (None, *read_labels(item.resource, ("metadata", "labels")))
        yield item, identity, ((name, pair) for name in names for pair in labels), ("",)


def _ports_of(item: Item, identity: Identity, pod: Pod) -> Iterator[PortRef]:
    ports = value_at(item.resource, ("spec", "ports"))
    for index, port in enumerate(ports if isinstance(ports, list) else ()):
        place: Pointer = ("spec", "ports", index)
        key = "port" if value_at(port, ("targetPort",)) is None else "targetPort"
        target = value_at(port, (key,))
        name = as_text(value_at(port, ("name",))) or ""
        yield refer_to(item, identity, name, (*place, key), target, pod)


def refer_to(
    item: Item, identity: Identity, name: str, place: Pointer, port: object, pod: Pod
) -> PortRef:
    """Return the reference to `port` of `pod`, a number or a name."""
    named = "" if as_int(port) is not None else as_text(port) or ""
    return PortRef(item, identity, name, place, resolve(port, pod), named)


def resolve(port: object, pod: Pod) -> int | None:
    """Return the number of a port of `pod` that is given as such, or by its name."""
    number = as_int(port)
    if number is not None:
        return number
    # Sidecars are looked into last.
    containers = sorted(pod.containers, key=lambda each: "initContainers" in each.pointer)
    ports = (each for container in containers for each in container.ports)
    return next((each.number for each in ports if each.name and each.name == as_text(port)), None)
