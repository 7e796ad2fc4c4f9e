"""What scrapes the pods of a workload: monitors, as their operators read them, and annotations.

Facts are from the APIs of prometheus-operator (pkg/apis/monitoring, v0.30 to v0.86) and of
VictoriaMetrics' operator (api/operator/v1beta1), from the scrape configurations that they write,
and from Prometheus' discovery/kubernetes. The meaning of annotations is the convention of
documentation/examples/prometheus-kubernetes.yml of Prometheus, and of its chart.
"""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.manifests.index import Index, Kinds
from fix_ksm_probes.manifests.placeholders import find_in_value, find_placeholder
from fix_ksm_probes.manifests.pod import ContainerPort, Pod
from fix_ksm_probes.manifests.related import (
    PortRef,
    is_headless,
    port_of_service,
    refer_to,
    service_ports,
    services_of,
)
from fix_ksm_probes.manifests.selectors import Labels, pairs, selects
from fix_ksm_probes.manifests.stream import Item
from fix_ksm_probes.manifests.workload import (
    Identity,
    Workload,
    identify,
    read_labels,
    shares_namespace,
)
from fix_ksm_probes.yamlpatch import NamedTuple, Pointer, list_at, text_at, value_at
from fix_ksm_probes.yamlpatch.scalars import as_bool, as_decimal, as_text

# Why an endpoint has no target.
NO_SERVICE_PORT = "no port of a Service"
NO_CONTAINER_PORT = "no port of a container"

# Why it is not known what is scraped, and how, as what the scraper does.
SIDECAR_PORT = (
    "looks for port `{}` of a native sidecar, which Services find only from Kubernetes 1.33 on "
    "and Prometheus only from 3.0 on"
)
RELABELING = "asks a target that relabelings may change"
THROUGH_PROXY = "goes through a proxy of its own"
SCRAPE_CLASS = "takes token and certificates from a scrape class"
JOB = "takes token and certificates from the job that reads them"
AWAITED = "placeholder"

PROMETHEUS = "Prometheus"
VMAGENT = "vmagent"

_DEFAULT_PATH = "/metrics"
# The labels with which relabeling may change a target, and the actions that may drop one.
_DECIDING = ("__address__", "__scheme__", "__metrics_path__")
_DROPPING = (
    "keep",
    "drop",
    "keepequal",
    "dropequal",
    "labelkeep",
    "keep_if_equal",
    "drop_if_equal",
)


class Kind(NamedTuple):
    """One kind of monitor, and the names of the fields in which operators differ.

    `endpoints` is the list of endpoints in its spec; `ports` are the fields for the port; the first
    one that is set decides. `through_services` says that it selects Services, not pods. The names
    of annotations begin with `prefix`.
    """

    group: str
    name: str
    scraper: str
    endpoints: str
    ports: tuple[str, ...]
    relabelings: str
    through_services: bool
    path: str = "path"
    prefix: str = ""


_POD_PORTS = ("port", "portNumber", "targetPort")
_SERVICE_PORTS = ("port", "targetPort")
_COREOS, _VICTORIA = "monitoring.coreos.com/", "operator.victoriametrics.com/"
_OF_SERVICES = "endpoints", _SERVICE_PORTS
_OF_PODS = "podMetricsEndpoints", _POD_PORTS
_OPERATED_BY_PROMETHEUS = (
    Kind(_COREOS, "ServiceMonitor", PROMETHEUS, *_OF_SERVICES, "relabelings", True),
    Kind(_COREOS, "PodMonitor", PROMETHEUS, *_OF_PODS, "relabelings", False),
)
_KINDS = (
    *_OPERATED_BY_PROMETHEUS,
    Kind(_VICTORIA, "VMServiceScrape", VMAGENT, *_OF_SERVICES, "relabelConfigs", True),
    Kind(_VICTORIA, "VMPodScrape", VMAGENT, *_OF_PODS, "relabelConfigs", False),
)
_SCRAPE_CONFIG = Kind(
    _COREOS, "ScrapeConfig", PROMETHEUS, "staticConfigs", (), "relabelings", True, "metricsPath"
)
ANNOTATION = "prometheus.io/"
"""The prefix of the annotations that say what to scrape, and how."""
_FOLLOWER = "a Prometheus that follows annotations"
_OF_SERVICE = Kind("v1", "Service", _FOLLOWER, "", (), "", True, prefix=ANNOTATION)
_OF_POD = Kind("", "", _FOLLOWER, "", (), "", False, prefix=ANNOTATION)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LABELS = ("metadata", "labels")
_SELECTOR = ("spec", "selector")

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fix_ksm_probes.manifests.index import Row

# The ports of Services, numbered, by the namespace and the labels of the Service.
_Groups = dict[tuple[str | None, Labels], list[tuple[int, PortRef]]]


class Scrape(NamedTuple):
    """One endpoint that a scraper asks, and the port of the pods that it leads to.

    `endpoint` leads from the resource to the fields that say how; `ref` has the port. `scheme` is
    `http` or `https`. `token`, `password` and `certificate` say which credentials it sends,
    `verifies` whether it verifies certificates, and `follows` whether it follows redirects.

    `lost` is why there is no target. `hidden` is why the target or the request is not known, and
    `culprit` the placeholder to blame. `elsewhere` names what else may provide token and
    certificates. An endpoint without a port asks all ports: `is_of_all`.
    """

    kind: Kind
    ref: PortRef
    endpoint: Pointer
    scheme: str = "http"
    path: str = _DEFAULT_PATH
    token: bool = False
    password: bool = False
    certificate: bool = False
    verifies: bool = True
    follows: bool = True
    lost: str = ""
    hidden: str = ""
    culprit: str = ""
    elsewhere: str = ""
    is_of_all: bool = False

    @property
    def place(self) -> Pointer:
        """Return the pointer of the endpoint from the stream."""
        return (*self.ref.item.pointer, *self.endpoint)


class _Monitor(NamedTuple):
    """A monitor, and the ports of the Services that it selects; none if it selects pods."""

    kind: Kind
    item: Item
    identity: Identity
    services: tuple[PortRef, ...] = ()


def find_scrapes(
    index: Index, workload: Workload, pod: Pod, place: Pointer = ()
) -> tuple[Scrape, ...]:
    """Return what monitors scrape of the pods of `workload`; with a `place`, at that endpoint.

    Without monitors, these are the scrapes that annotations of Services and pods ask for: with an
    operator, nothing may follow those.
    """
    services = service_ports(index, workload, pod)
    found = tuple(_of_monitors(index, workload, services, pod, place))
    if place and not found:
        found = tuple(_of_monitors(index, workload, services, pod, ()))
    if not found:
        found = tuple(_annotated(workload, services, pod))
    return tuple(each for each in found if each.place == place) if place else found


def _of_monitors(
    index: Index, workload: Workload, services: tuple[PortRef, ...], pod: Pod, place: Pointer
) -> Iterator[Scrape]:
    for monitor in _monitors(index, workload, services, pod, place):
        if monitor.kind.through_services:
            yield from _of_services(monitor, index, pod)
        else:
            yield from _of_pods(monitor, pod)
    for item, identity, target in _targets_of(index, services):
        yield from _of_target(item, identity, target, services, pod)


def scraping_items(index: Index, workload: Workload, pod: Pod) -> tuple[Pointer, ...]:
    """Return the pointers of all items that may scrape the pods of `workload`."""
    services = service_ports(index, workload, pod)
    return (
        *(monitor.item.pointer for monitor in _monitors(index, workload, services, pod)),
        *(item.pointer for item, _, _ in _targets_of(index, services)),
        *(ref.item.pointer for ref in services),
        workload.pointer,
    )


def _monitors(
    index: Index,
    workload: Workload,
    services: tuple[PortRef, ...],
    pod: Pod,
    place: Pointer = (),
) -> list[_Monitor]:
    """Return the monitors that select the pods of `workload`, or their Services.

    With a `place`, only the monitor that it is in.
    """
    groups = _grouped(services)
    labels = dict.fromkeys(label for _, held in groups for label in held)
    namespaces = {namespace for namespace, _ in groups}
    namespace = namespaces.pop() if len(namespaces) == 1 else None
    of_services = index.find_wanting(_of_kinds_for_services, labels, namespace) if services else ()
    found = [
        _Monitor(kind, item, identity, selected)
        for item, (kind, identity) in of_services
        if _holds(item, place) and (selected := _selected(item, identity, groups))
    ]
    of_pods = index.find_wanting(_of_kinds_for_pods, pod.labels, workload.identity.namespace)
    found += (
        _Monitor(kind, item, identity)
        for item, (kind, identity) in of_pods
        if _holds(item, place)
        and _looks_into(_namespaces(item, identity), workload.identity.namespace)
        and selects(value_at(item.resource, _SELECTOR), pod.labels)
    )
    return sorted(found, key=lambda each: _KINDS.index(each.kind))


def _holds(item: Item, place: Pointer) -> bool:
    return not place or place[: len(item.pointer)] == item.pointer


def _of_kinds_for_services(kinds: Kinds) -> Iterator[Row[tuple[Kind, Identity]]]:
    return _rows(kinds, through_services=True)


def _of_kinds_for_pods(kinds: Kinds) -> Iterator[Row[tuple[Kind, Identity]]]:
    return _rows(kinds, through_services=False)


def _rows(kinds: Kinds, *, through_services: bool) -> Iterator[Row[tuple[Kind, Identity]]]:
    for kind in _KINDS:
        found = kinds.of(kind.name, kind.group) if kind.through_services is through_services else ()
        for item, identity in found:
            wanted = pairs(value_at(item.resource, (*_SELECTOR, "matchLabels")))
            yield item, (kind, identity), wanted, _namespaces(item, identity)


def _namespaces(monitor: Item, identity: Identity) -> tuple[str, ...]:
    """Return the namespaces that a monitor looks into; "" stands for all."""
    selector = value_at(monitor.resource, ("spec", "namespaceSelector"))
    if as_bool(value_at(selector, ("any",))):
        return ("",)
    if names := list_at(selector, ("matchNames",)):
        return tuple(name for name in names if isinstance(name, str) and name)
    return (identity.namespace or "",)


def monitor_ports(index: Index, workload: Workload, pod: Pod) -> tuple[PortRef, ...]:
    """Return the endpoints of the ServiceMonitors and PodMonitors that lead to the pods."""
    scrapes = find_scrapes(index, workload, pod)
    return tuple(each.ref for each in scrapes if each.kind in _OPERATED_BY_PROMETHEUS)


def monitored_services(monitor: Item, services: tuple[PortRef, ...]) -> tuple[PortRef, ...]:
    """Return those of `services` that a monitor selects."""
    return _selected(monitor, identify(monitor.resource), _grouped(services))


def _grouped(services: tuple[PortRef, ...]) -> _Groups:
    groups: _Groups = {}
    for number, ref in enumerate(services):
        group = ref.identity.namespace, read_labels(ref.item.resource, _LABELS)
        groups.setdefault(group, []).append((number, ref))
    return groups


def _selected(monitor: Item, identity: Identity, groups: _Groups) -> tuple[PortRef, ...]:
    selector, into = value_at(monitor.resource, _SELECTOR), _namespaces(monitor, identity)
    found = [
        numbered
        for (namespace, labels), refs in groups.items()
        if _looks_into(into, namespace) and selects(selector, labels)
        for numbered in refs
    ]
    return tuple(ref for _, ref in sorted(found, key=lambda numbered: numbered[0]))


def _looks_into(into: tuple[str, ...], namespace: str | None) -> bool:
    return not namespace or namespace in into or "" in into


def _endpoints(monitor: _Monitor) -> Iterator[tuple[Scrape, str, object]]:
    """Yield each endpoint as it is written, with the field for its port, and the value of that."""
    kind, item, identity, _ = monitor
    for index, endpoint in enumerate(list_at(item.resource, ("spec", kind.endpoints))):
        if not isinstance(endpoint, dict):
            continue
        place: Pointer = ("spec", kind.endpoints, index)
        given = ((key, value_at(endpoint, (key,))) for key in kind.ports)
        key, port = next((each for each in given if each[1] not in (None, "")), ("", None))
        ref = PortRef(item, identity, as_text(port) or "", (*place, key) if key else place, None)
        yield _read(Scrape(kind, ref, place), endpoint, item), key, port


def _read(scrape: Scrape, endpoint: object, item: Item) -> Scrape:
    authorization = value_at(endpoint, ("authorization",))
    tls = value_at(endpoint, ("tlsConfig",))
    hidden, culprit = _hiding(scrape.kind, endpoint)
    return scrape._replace(
        scheme=(text_at(endpoint, ("scheme",)) or "http").lower(),
        path=text_at(endpoint, (scrape.kind.path,)) or _DEFAULT_PATH,
        token=_sends_token(endpoint, authorization),
        password=bool(value_at(endpoint, ("basicAuth",))),
        certificate=bool(value_at(tls, ("cert",)) or value_at(tls, ("certFile",))),
        verifies=as_bool(value_at(tls, ("insecureSkipVerify",))) is not True,
        follows=not any(
            as_bool(value_at(endpoint, (key,))) is False
            for key in ("followRedirects", "follow_redirects")
        ),
        hidden=hidden,
        culprit=culprit,
        elsewhere=SCRAPE_CLASS if value_at(item.resource, ("spec", "scrapeClass")) else "",
    )


def _sends_token(endpoint: object, authorization: object) -> bool:
    if value_at(endpoint, ("bearerTokenFile",)) or value_at(endpoint, ("oauth2",)):
        return True
    if value_at(endpoint, ("bearerTokenSecret", "key")):
        return True
    kind = text_at(authorization, ("type",)) or "Bearer"
    held = (value_at(authorization, (key,)) for key in ("credentials", "credentialsFile"))
    return kind.lower() == "bearer" and any(held)


def _hiding(kind: Kind, endpoint: object) -> tuple[str, str]:
    asked = (*kind.ports, "scheme", kind.path, "authorization", "tlsConfig", "bearerTokenFile")
    awaited = [found for key in asked if (found := find_in_value(value_at(endpoint, (key,))))]
    if awaited:
        return AWAITED, awaited[0]
    if value_at(endpoint, ("proxyUrl",)) or value_at(endpoint, ("proxyURL",)):
        return THROUGH_PROXY, ""
    if any(map(_decides, list_at(endpoint, (kind.relabelings,)))):
        return RELABELING, ""
    return "", ""


def _decides(rule: object) -> bool:
    action = (text_at(rule, ("action",)) or "replace").lower()
    if action in _DROPPING:
        return True
    if action in ("labelmap", "labeldrop"):
        written = text_at(rule, ("regex" if action == "labeldrop" else "replacement",))
        return "__" in written and not written.startswith("__param_")
    target = text_at(rule, ("targetLabel",))
    # The replacement may depend on the match.
    return target in _DECIDING or "$" in target


def _of_services(monitor: _Monitor, index: Index, pod: Pod) -> Iterator[Scrape]:
    for scrape, key, port in _endpoints(monitor):
        ref = scrape.ref
        if key == "targetPort":
            yield _at_container(scrape, port, pod)
            continue
        named = [each for each in monitor.services if not key or each.name == ref.name]
        if not named and not _names_port(monitor.item, index, ref.name):
            yield scrape._replace(lost=NO_SERVICE_PORT)
        # Several Services may have a port of that name, for different ports of the pods.
        for each in {each.port: each for each in named}.values():
            found = scrape._replace(ref=ref._replace(port=each.port), is_of_all=not key)
            yield _through(found, each.named, pod)


def _names_port(monitor: Item, index: Index, name: str) -> bool:
    """Tell whether another Service that the monitor selects has a port of that name."""
    named = services_of(index, monitor, name)
    return any(
        monitored_services(monitor, (PortRef(item, identity, name, (), None),))
        for item, identity in named
    )


def _through(scrape: Scrape, named: str, pod: Pod) -> Scrape:
    if scrape.ref.port is None:
        return scrape._replace(lost=NO_CONTAINER_PORT, culprit=scrape.culprit or named)
    if named and not scrape.hidden and _is_of_sidecar(named, pod):
        # Services find the port names of sidecars only from Kubernetes 1.33 on.
        return scrape._replace(hidden=SIDECAR_PORT, culprit=named)
    return scrape


def _at_container(scrape: Scrape, port: object, pod: Pod) -> Scrape:
    ref = scrape.ref
    named = refer_to(ref.item, ref.identity, ref.name, ref.place, port, pod)
    is_declared = named.port is not None and named.port in declared_numbers(pod, sidecars=True)
    found = scrape._replace(ref=named)
    if not is_declared:
        return found._replace(lost=NO_CONTAINER_PORT, culprit=found.culprit or ref.name)
    only_in_sidecars = named.port not in declared_numbers(pod, sidecars=False)
    if scrape.kind.through_services and only_in_sidecars and not scrape.hidden:
        # Prometheus finds the ports of sidecars that way only from 3.0 on.
        return found._replace(hidden=SIDECAR_PORT, culprit=ref.name)
    return found


def _of_pods(monitor: _Monitor, pod: Pod) -> Iterator[Scrape]:
    for scrape, key, port in _endpoints(monitor):
        if key:
            # A port name is never read as a number.
            wanted = (as_text(port) or "") if key == "port" else port
            yield _at_container(scrape, wanted, pod)
        else:
            yield from _at_all(scrape, pod)


def _targets_of(
    index: Index, services: tuple[PortRef, ...]
) -> Iterator[tuple[Item, Identity, Pointer]]:
    """Yield the ScrapeConfigs with a target that is one of `services`, and its pointer."""
    names = dict.fromkeys(ref.identity.name for ref in services)
    for item, (identity, place) in index.find(_targets, names):
        yield item, identity, place


def _targets(kinds: Kinds) -> Iterator[Row[tuple[Identity, Pointer]]]:
    for item, identity in kinds.of(_SCRAPE_CONFIG.name, _SCRAPE_CONFIG.group):
        for index, config in enumerate(list_at(item.resource, ("spec", "staticConfigs"))):
            for number, target in enumerate(list_at(config, ("targets",))):
                place: Pointer = ("spec", "staticConfigs", index, "targets", number)
                name = (as_text(target) or "").partition(":")[0].partition(".")[0]
                yield item, (identity, place), (name,), ("",)


def _of_target(
    item: Item, identity: Identity, place: Pointer, services: tuple[PortRef, ...], pod: Pod
) -> Iterator[Scrape]:
    spec = value_at(item.resource, ("spec",))
    host, _, port = (as_text(value_at(item.resource, place)) or "").partition(":")
    named = [each for each in services if _is_host_of(host, each.identity, identity)]
    if named:
        ref = PortRef(item, identity, "", place, None)
        scrape = _read(Scrape(_SCRAPE_CONFIG, ref, ("spec",)), spec, item)
        asked = as_decimal(port) or _DEFAULT_PORTS.get(scrape.scheme)
        yield _at_service(scrape, asked, named, pod)


def _is_host_of(host: str, service: Identity, asking: Identity) -> bool:
    """Tell whether `host` is a name of a Service in the DNS of a cluster."""
    name, _, rest = host.partition(".")
    if name != service.name:
        return False
    if not rest:
        return shares_namespace(service, asking)
    namespace, _, domain = rest.partition(".")
    return service.namespace in (None, namespace) and f"{domain}.".startswith(("svc.", "."))


def _at_service(scrape: Scrape, asked: int | None, named: list[PortRef], pod: Pod) -> Scrape:
    ref = scrape.ref._replace(name=str(asked))
    if is_headless(named[0]):
        return scrape._replace(ref=ref._replace(port=asked))
    for each in named:
        if port_of_service(each) == asked:
            return _through(scrape._replace(ref=ref._replace(port=each.port)), each.named, pod)
    return scrape._replace(ref=ref, lost=NO_SERVICE_PORT)


def _annotated(workload: Workload, services: tuple[PortRef, ...], pod: Pod) -> Iterator[Scrape]:
    for pointer in dict.fromkeys(ref.item.pointer for ref in services):
        refs = [ref for ref in services if ref.item.pointer == pointer]
        scrape = _read_annotations(_OF_SERVICE, refs[0].item, refs[0].identity, ("metadata",))
        if scrape and scrape.ref.port is None:
            for each in refs:
                found = scrape._replace(ref=scrape.ref._replace(name=each.name, port=each.port))
                yield _through(found._replace(is_of_all=True), each.named, pod)
        elif scrape:
            yield scrape
    item = Item(workload.pointer, workload.resource)
    place = (*workload.template, "metadata")
    if scrape := _read_annotations(_OF_POD, item, workload.identity, place):
        yield from (scrape,) if scrape.ref.port is not None else _at_all(scrape, pod)


def _at_all(scrape: Scrape, pod: Pod) -> Iterator[Scrape]:
    numbers: tuple[int | None, ...] = declared_numbers(pod, sidecars=True)
    if scrape.kind == _OF_POD and not numbers:
        numbers = (_DEFAULT_PORTS.get(scrape.scheme),)
    for number in numbers:
        yield scrape._replace(ref=scrape.ref._replace(port=number), is_of_all=True)


def _read_annotations(kind: Kind, item: Item, identity: Identity, place: Pointer) -> Scrape | None:
    pointer = (*place, "annotations")
    annotations = value_at(item.resource, pointer)
    said = annotations if isinstance(annotations, dict) else {}
    asked = {
        key: as_text(said.get(kind.prefix + key)) or ""
        for key in ("scrape", "scheme", "path", "port")
    }
    if asked["scrape"] != "true":
        return None
    awaited = next((found for each in asked.values() if (found := find_placeholder(each))), "")
    port = as_decimal(asked["port"])
    at = (*pointer, f"{kind.prefix}port") if port else pointer
    return Scrape(
        kind,
        PortRef(item, identity, asked["port"], at, port),
        pointer,
        scheme="https" if asked["scheme"] == "https" else "http",
        path=asked["path"] or _DEFAULT_PATH,
        hidden=AWAITED if awaited else "",
        culprit=awaited,
        elsewhere=JOB,
    )


def declared_numbers(pod: Pod, *, sidecars: bool) -> tuple[int, ...]:
    """Return the numbers of the ports that containers declare; `sidecars` includes native ones."""
    ports = _declared(pod, sidecars=sidecars)
    return tuple(dict.fromkeys(port.number for port in ports if port.number is not None))


def _is_of_sidecar(named: str, pod: Pod) -> bool:
    return all(port.name != named for port in _declared(pod, sidecars=False))


def _declared(pod: Pod, *, sidecars: bool) -> Iterator[ContainerPort]:
    for container in pod.containers:
        if sidecars or not container.is_sidecar:
            yield from container.ports
