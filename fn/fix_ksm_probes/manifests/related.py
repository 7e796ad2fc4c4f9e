"""Related items, which concern the pods of a workload: Services, monitors and so on."""

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
"""A word in each kind that matters beside workloads; some of them are in other kinds, too."""
TOKEN_SECRET = "kubernetes.io/service-account-token"  # noqa: S105 (a type)
"""The type of a Secret with the token of a ServiceAccount."""
ACCESS = ("Role", TOKEN_SECRET)
"""A word in each kind of role and binding, and in Secrets with tokens."""
WATCHING = (*MONITORS, "Service", *ACCESS)
"""A word in each item that shows whether something scrapes a workload."""
ANY_POD = "containers"
"""A key that each item with pods has."""

_SELECTOR = ("spec", "selector")

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fix_ksm_probes.manifests.index import Row


class PortRef(NamedTuple):
    """One port of a Service, monitor or policy, which leads to `port` of the pods, if any.

    `name` is its own name. `place` leads to the field with the port of the pods, which is `named`
    if the field has a name.
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
    """Return the port of the Service itself, for one that leads to pods."""
    return as_int(value_at(ref.item.resource, (*ref.place[:-1], "port")))


def is_headless(ref: PortRef) -> bool:
    """Tell whether a Service is headless: its name leads to the pods themselves."""
    return value_at(ref.item.resource, ("spec", "clusterIP")) == "None"


def selected_besides(index: Index, workload: Workload, selector: object) -> Iterator[Workload]:
    """Yield the other workloads in the namespace whose pods a LabelSelector matches, too."""
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
    """Tell whether the input has an item of this kind, name and namespace."""
    found = index.of(kind, "", namespace, (name,))
    return any(identity.namespace == namespace for _, identity in found)


def services_of(
    index: Index, monitor: Item, port: str | None = None
) -> Iterator[tuple[Item, Identity]]:
    """Yield the Services with the labels that a monitor selects, and perhaps more.

    With a `port`, they have a port of that name.
    """
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
    """Return the number of a port of `pod`, given by number or name."""
    number = as_int(port)
    if number is not None:
        return number
    # The ports of sidecars count last.
    containers = sorted(pod.containers, key=lambda each: "initContainers" in each.pointer)
    ports = (each for container in containers for each in container.ports)
    return next((each.number for each in ports if each.name and each.name == as_text(port)), None)
