"""The manifests whose monitors are tried, made from the pods of the matrix."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from tests.cluster.manifests import PROBES
from tests.e2e.cases import read_cases

from .monitors import (
    FILE,
    FORBIDDEN,
    LABELS,
    NAMESPACE,
    Ask,
    monitors,
    pod_monitor,
    scrape_config,
    service_monitor,
    tokens,
    vm_pod_scrape,
    vm_service_scrape,
)

Object = dict[str, Any]
# The kinds of review that kube-rbac-proxy asks for, and their groups.
_REVIEWS = {
    "tokenreviews": "authentication.k8s.io",
    "subjectaccessreviews": "authorization.k8s.io",
}
_RELEASES = ("chart-5.27", "chart-5.29", "chart-6.2", "chart-6.3", "chart-8.4")


# What monitors of these names meet, in the words of scrapers; all others are scraped.
MEETS = {
    "no-listener": "connection refused",
    "loopback-only": "connection refused",
    "plain-http": r"\b400\b",
    "defaults": r"\b400\b",
    "https-to-plain": "gave HTTP response to HTTPS client|does not look like a TLS handshake",
    "no-token": r"\b401\b",
    "no-tokenreviews": r"\b401\b",
    "no-subjectaccessreviews": r"\b500\b",
    "forbidden": r"\b403\b",
    "verified": "x509: ",
    "nothing-set-but-https": "x509: ",
    "path-not-served": r"\b404\b",
    "path-not-allowed": r"\b404\b",
    "upstream-nobody-serves": r"\b502\b",
}
# What has no target at all, and so no error.
MEETS_NOTHING = "port-undefined"
# What a repair of the monitor, or of the proxy's rights, puts right.
REPAIRABLE = (
    "loopback-only",
    "plain-http",
    "defaults",
    "https-to-plain",
    "no-token",
    "no-tokenreviews",
    "no-subjectaccessreviews",
    "verified",
    "nothing-set-but-https",
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """One manifest: a pod, its Service and rights, and what is to scrape it.

    Attributes:
        name: in the table.
        namespace: of all that is in it; nobody else uses it.
        text: the manifest stream.

    """

    name: str
    namespace: str
    text: str = field(repr=False)


def manifests() -> Iterator[Manifest]:
    """Yield the manifests in the order of the table."""
    yield _manifest("each failure", "chart-8.4", _failures(), _with_ports)
    yield _manifest("right as it is", "chart-8.4", _right(), _with_ports)
    yield _manifest("nothing guards the main port", "chart-5.27", _unguarded(), _with_ports)
    yield _manifest("the proxy lets no metrics through", "chart-8.4", _closed(), _shut)
    for review in _REVIEWS:
        may = frozenset(_REVIEWS) - {review}
        monitor = service_monitor(Ask(f"no-{review}", token=FILE))
        yield _manifest(f"the proxy may not create {review}", "chart-8.4", [monitor], may=may)
    for release in _RELEASES:
        yield _manifest(release, release, _chart_monitors(telemetry=True))
        alone = f"{release} + selfMonitor-off"
        yield _manifest(alone, alone, _chart_monitors(telemetry=False))
    for name, pod, told in _ANNOTATED:
        yield _manifest(name, pod, (), annotations=told)
    yield _kube_prometheus()


# The chart's default `prometheusScrape: true`, and what people add to it by `service.annotations`.
_ANNOTATED = (
    ("annotations as they are", "chart-8.4", {"scrape": "true"}),
    ("annotations, https", "chart-8.4", {"scrape": "true", "scheme": "https", "port": "8080"}),
    ("annotations, open port", "chart-5.27", {"scrape": "true", "port": "9090"}),
)


def changed(text: str, other: str) -> set[tuple[str, str]]:
    """Return kind and name of the resources that differ in two manifest streams."""
    one, two = ({_key(each): each for each in yaml.safe_load_all(t) if each} for t in (text, other))
    return {key for key in one.keys() | two.keys() if one.get(key) != two.get(key)}


def _key(item: Object) -> tuple[str, str]:
    return item["kind"], item["metadata"]["name"]


def _failures() -> Iterator[Object]:
    yield from monitors(Ask("no-listener", port="gone", number=8085))
    yield from monitors(Ask("loopback-only", port="direct", number=9090, scheme=None, token=None))
    yield from monitors(Ask("plain-http", scheme=None, token=None))
    yield from monitors(Ask("no-token", token=None))
    yield from monitors(Ask("verified", verify=True))
    yield from monitors(Ask("nothing-set-but-https", token=None, verify=True))
    yield from monitors(Ask("path-not-served", path="/nothing"))
    yield from monitors(Ask("forbidden", token=FORBIDDEN))
    nowhere = Ask("port-undefined", port="nowhere")
    yield service_monitor(nowhere)
    yield pod_monitor(nowhere)
    yield vm_service_scrape(nowhere)
    yield vm_pod_scrape(nowhere)


def _right() -> Iterator[Object]:
    """Yield monitors that a repair must not touch, at least ten."""
    yield from monitors(Ask("token-of-a-secret"))
    yield service_monitor(Ask("token-of-its-account", token=FILE))
    yield vm_service_scrape(Ask("token-of-its-account", token=FILE))
    yield vm_pod_scrape(Ask("token-of-its-account", token=FILE))
    telemetry = Ask("telemetry", port="metrics", number=8081)
    yield from monitors(telemetry)
    yield service_monitor(Ask("both-ports"), telemetry)
    yield pod_monitor(Ask("its-path", path="/metrics"))
    yield service_monitor(Ask("a-path-that-is-redirected", path="//metrics"))


def _unguarded() -> Iterator[Object]:
    yield from monitors(Ask("https-to-plain", port="direct", number=9090, token=None))
    yield from monitors(
        Ask("beside-the-proxy", port="direct", number=9090, scheme=None, token=None)
    )


def _closed() -> Iterator[Object]:
    yield from monitors(Ask("path-not-allowed"))
    yield from monitors(Ask("upstream-nobody-serves", port="metrics", number=8081))


def _chart_monitors(*, telemetry: bool) -> Iterator[Object]:
    """Yield what the chart makes of `prometheus.monitor`, left as it is and filled in.

    With `telemetry` selfMonitor is on, and the ServiceMonitor has an endpoint for that, too.
    """
    for ask in (Ask("defaults", scheme=None, token=None), Ask("filled-in", token=FILE)):
        second = replace(ask, port="metrics", number=8081)
        yield service_monitor(*((ask, second) if telemetry else (ask,)))
    defaults = Ask("defaults", scheme=None, token=None)
    yield scrape_config(defaults)
    yield vm_service_scrape(defaults)


def _manifest(
    name: str,
    pod: str,
    scrapers: Iterable[Object],
    change: Callable[[Object], None] = lambda _: None,
    *,
    may: frozenset[str] = frozenset(_REVIEWS),
    annotations: dict[str, str] | None = None,
) -> Manifest:
    service = _service(_DECLARED if change is _with_ports else _OF_THE_CHART, annotations)
    return _made(name, pod, "ksm", [service, *tokens(), *scrapers], change, may)


def _made(
    name: str,
    pod: str,
    account: str,
    parts: Iterable[Object],
    change: Callable[[Object], None],
    may: frozenset[str],
) -> Manifest:
    (case,) = (each for each in read_cases() if each.name == pod)
    documents = [each for each in yaml.safe_load_all(case.text) if each]
    for document in documents:
        if document["kind"] == "Deployment":
            spec = document["spec"]["template"]["spec"]
            # Probes have a matrix of their own; here they would only restart what is asked.
            for container in spec["containers"]:
                for probe in PROBES:
                    container.pop(probe, None)
            change(spec)
    namespace = f"scrapes-{re.sub(r'[^a-z0-9]+', '-', name.lower())}"
    text = yaml.safe_dump_all([*documents, *_rights(account, may), *parts], sort_keys=False)
    # But not in the name of the API group.
    text = re.sub(rf"\b{NAMESPACE}\b(?!\.coreos)", namespace, text)
    return Manifest(name, namespace, text)


_OF_THE_CHART = {"http": 8080, "metrics": 8081}
_DECLARED = {**_OF_THE_CHART, "direct": 9090, "gone": 8085}


def _with_ports(pod: Object) -> None:
    """Declare the port that a proxy is to guard, and one where nothing listens."""
    pod["containers"][0]["ports"] = [
        {"name": name, "containerPort": _DECLARED[name]} for name in ("direct", "gone")
    ]


def _shut(pod: Object) -> None:
    _, main, telemetry = pod["containers"]
    main["args"][-1] = "--allow-paths=/livez"
    telemetry["args"][1] = "--upstream=http://127.0.0.1:9099/"


def _service(ports: dict[str, int], annotations: dict[str, str] | None) -> Object:
    told = {f"prometheus.io/{name}": value for name, value in (annotations or {}).items()}
    metadata = {"name": "ksm", "namespace": NAMESPACE, "labels": LABELS, "annotations": told}
    listed = [{"name": name, "port": port, "targetPort": name} for name, port in ports.items()]
    spec = {"selector": LABELS, "ports": listed}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


def _rights(account: str, may: frozenset[str]) -> Iterator[Object]:
    group, metadata = "rbac.authorization.k8s.io", {"name": account, "namespace": NAMESPACE}
    reviews = [
        {"apiGroups": [of], "resources": [review], "verbs": ["create"]}
        for review, of in _REVIEWS.items()
        if review in may
    ]
    reading = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["list", "watch"]}
    # Roles of a cluster share one space of names.
    name = {"name": f"{account}-{NAMESPACE}"}
    reference = {"apiGroup": group, "kind": "ClusterRole", **name}
    yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}
    yield {
        "apiVersion": f"{group}/v1",
        "kind": "ClusterRole",
        "metadata": name,
        "rules": [reading, *reviews],
    }
    yield {
        "apiVersion": f"{group}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": name,
        "roleRef": reference,
        "subjects": [{"kind": "ServiceAccount", **metadata}],
    }


def _kube_prometheus() -> Manifest:
    labels = {"app.kubernetes.io/name": "kube-state-metrics"}
    metadata = {"name": "kube-state-metrics", "namespace": NAMESPACE, "labels": labels}
    ports = [
        {"name": name, "port": port, "targetPort": name}
        for name, port in (("https-main", 8443), ("https-self", 9443))
    ]
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata,
        "spec": {"clusterIP": "None", "selector": labels, "ports": ports},
    }
    monitor = service_monitor(
        Ask("kube-state-metrics", port="https-main", token=FILE),
        Ask("kube-state-metrics", port="https-self", token=FILE),
    )
    monitor["spec"]["selector"]["matchLabels"] = labels
    main, telemetry = monitor["spec"]["endpoints"]
    main["relabelings"] = [{"action": "labeldrop", "regex": "(pod|service|endpoint|namespace)"}]
    for endpoint in (main, telemetry):
        endpoint |= {"interval": "30s", "scrapeTimeout": "30s"}
    every = frozenset(_REVIEWS)
    return _made(
        "kube-prometheus",
        "kube-prometheus",
        "kube-state-metrics",
        [service, monitor],
        lambda _: None,
        every,
    )
