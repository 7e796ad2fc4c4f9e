"""What else in the input concerns the pods of a workload: Services, monitors and the like."""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.manifests.pod import Pod
from fix_ksm_probes.manifests.selectors import matches, selects
from fix_ksm_probes.manifests.stream import Item
from fix_ksm_probes.manifests.workload import (
    Identity,
    Workload,
    find_workloads,
    identify,
    read_labels,
    shares_namespace,
)
from fix_ksm_probes.yamlpatch import Pointer, value_at
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple
from fix_ksm_probes.yamlpatch.scalars import as_int, as_text

KINDS = (
    "NetworkPolicy",
    "PodMonitor",
    "PrometheusRule",
    "ScrapeConfig",
    "Service",
    "ServiceMonitor",
    "VMPodScrape",
)
"""All kinds that are asked for here, and by those who ask for kinds; some name others, too."""
TOKEN_SECRET = "kubernetes.io/service-account-token"  # noqa: S105 (a type)
"""The type of Secrets that hold the token of a ServiceAccount."""
ACCESS = ("Role", TOKEN_SECRET)
"""Words of all kinds of roles and bindings, and of tokens."""
ANY_POD = "containers"
"""The key that no item with pods goes without."""


class Way(NamedTuple):
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


def service_ways(items: tuple[Item, ...], workload: Workload, pod: Pod) -> tuple[Way, ...]:
    """Return the ports of the Services of `items` that select the pods of `workload`."""
    return tuple(
        way
        for item, identity in of_version(items, "v1", "Service")
        if shares_namespace(identity, workload.identity)
        and value_at(item.resource, ("spec", "selector"))
        and matches(value_at(item.resource, ("spec", "selector")), pod.labels)
        for way in _service_ports(item, identity, pod)
    )


def port_of_service(way: Way) -> int | None:
    """Return the port at which a Service itself is asked, of one that leads to pods."""
    return as_int(value_at(way.item.resource, (*way.place[:-1], "port")))


def is_headless(way: Way) -> bool:
    """Tell whether the name of a Service is that of its pods, which are dialled themselves."""
    return value_at(way.item.resource, ("spec", "clusterIP")) == "None"


def selected_besides(
    items: tuple[Item, ...], workload: Workload, selector: object
) -> tuple[Workload, ...]:
    """Return the other workloads in its namespace whose pods a LabelSelector takes, too."""
    return tuple(
        other
        for item in items
        for other in find_workloads(item)
        if shares_namespace(other.identity, workload.identity)
        and (other.pointer, other.template) != (workload.pointer, workload.template)
        and selects(selector, read_labels(other.resource, (*other.template, "metadata", "labels")))
    )


def is_taken(items: tuple[Item, ...], kind: str, name: str, namespace: str | None) -> bool:
    """Tell whether an item of this kind, name and namespace is there."""
    return any(
        (identity.kind, identity.name, identity.namespace) == (kind, name, namespace)
        for identity in (identify(item.resource) for item in items if _is(item, kind))
    )


def of_kind(items: tuple[Item, ...], kind: str, workload: Workload) -> tuple[Item, ...]:
    """Return the items of a kind in the namespace of `workload`, whatever their version."""
    return tuple(
        item
        for item in items
        if _is(item, kind) and shares_namespace(identify(item.resource), workload.identity)
    )


def of_version(
    items: tuple[Item, ...], api_version: str, kind: str
) -> Iterator[tuple[Item, Identity]]:
    """Yield the items of a kind whose `apiVersion` begins with `api_version`."""
    for item in items:
        if _is(item, kind):
            identity = identify(item.resource)
            if (identity.api_version or "").startswith(api_version):
                yield item, identity


def _is(item: Item, kind: str) -> bool:
    # Asked of each item for each workload: cheap where most are of another kind.
    return isinstance(item.resource, dict) and item.resource.get("kind") == kind


def _service_ports(item: Item, identity: Identity, pod: Pod) -> Iterator[Way]:
    ports = value_at(item.resource, ("spec", "ports"))
    for index, port in enumerate(ports if isinstance(ports, list) else ()):
        place: Pointer = ("spec", "ports", index)
        key = "port" if value_at(port, ("targetPort",)) is None else "targetPort"
        target = value_at(port, (key,))
        name = as_text(value_at(port, ("name",))) or ""
        yield make_way(item, identity, name, (*place, key), target, pod)


def make_way(
    item: Item, identity: Identity, name: str, place: Pointer, port: object, pod: Pod
) -> Way:
    """Return the way to `port` of `pod`, a number or a name."""
    named = "" if as_int(port) is not None else as_text(port) or ""
    return Way(item, identity, name, place, resolve(port, pod), named)


def resolve(port: object, pod: Pod) -> int | None:
    """Return the number of a port of `pod` that is given as such, or by its name."""
    number = as_int(port)
    if number is not None:
        return number
    # Sidecars are looked into last.
    containers = sorted(pod.containers, key=lambda each: "initContainers" in each.pointer)
    ports = (each for container in containers for each in container.ports)
    return next((each.number for each in ports if each.name and each.name == as_text(port)), None)
