"""Monitors of every kind that ask one port in one way."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.cluster.manifests import SCRAPER, STRANGER

Object = dict[str, Any]

NAMESPACE = "monitoring"
LABELS = {"app": "ksm"}
# Of the scraper's own account, where it is mounted.
_TOKEN_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105
# The token is that of the scraper's own account.
FILE = "file"
# The Secrets of `tokens()`.
ALLOWED, FORBIDDEN = "scraper-token", "stranger-token"


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked, and how; the defaults are right where a proxy guards the port.

    Attributes:
        name: of the monitor, after its kind.
        port: the name of the port of Service and container.
        number: of the Service's port.
        scheme: None leaves the field out.
        token: the name of a Secret with the token; FILE for the scraper's own, None for none.
        verify: whether the certificate must be one that the scraper knows.
        path: None leaves the field out.

    """

    name: str
    port: str = "http"
    number: int = 8080
    scheme: str | None = "https"
    token: str | None = ALLOWED
    verify: bool = False
    path: str | None = None


def monitors(ask: Ask) -> Iterator[Object]:
    """Yield a monitor of every kind that asks so."""
    yield service_monitor(ask)
    yield pod_monitor(ask)
    yield scrape_config(ask)
    yield vm_service_scrape(ask)
    yield vm_pod_scrape(ask)


def service_monitor(*asks: Ask) -> Object:
    """Return a ServiceMonitor with an endpoint for each of `asks`, called as the first."""
    return _monitor("ServiceMonitor", asks[0], _selecting("endpoints", asks))


def pod_monitor(*asks: Ask) -> Object:
    """Return a PodMonitor."""
    return _monitor("PodMonitor", asks[0], _selecting("podMetricsEndpoints", asks))


def scrape_config(ask: Ask) -> Object:
    """Return a ScrapeConfig that names the Service, as the chart's does."""
    target = f"ksm.{NAMESPACE}.svc:{ask.number}"
    spec = {"staticConfigs": [{"targets": [target]}], **_endpoint(ask, "metricsPath")}
    if ask.scheme:
        # This kind writes it in capitals.
        spec["scheme"] = ask.scheme.upper()
    return _monitor("ScrapeConfig", ask, spec)


def vm_service_scrape(*asks: Ask) -> Object:
    """Return a VMServiceScrape."""
    return _monitor("VMServiceScrape", asks[0], _selecting("endpoints", asks))


def vm_pod_scrape(*asks: Ask) -> Object:
    """Return a VMPodScrape."""
    return _monitor("VMPodScrape", asks[0], _selecting("podMetricsEndpoints", asks))


def tokens() -> Iterator[Object]:
    """Yield the Secrets with the tokens that monitors name."""
    for name, account in ((ALLOWED, SCRAPER), (FORBIDDEN, STRANGER)):
        metadata = {"name": name, "namespace": NAMESPACE}
        yield {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": metadata,
            "stringData": {"token": f"token of {account}"},
        }


_VERSIONS = {
    "ServiceMonitor": "monitoring.coreos.com/v1",
    "PodMonitor": "monitoring.coreos.com/v1",
    "ScrapeConfig": "monitoring.coreos.com/v1alpha1",
    "VMServiceScrape": "operator.victoriametrics.com/v1beta1",
    "VMPodScrape": "operator.victoriametrics.com/v1beta1",
}
KINDS = tuple(_VERSIONS)


def _monitor(kind: str, ask: Ask, spec: Object) -> Object:
    metadata = {"name": ask.name, "namespace": NAMESPACE}
    return {"apiVersion": _VERSIONS[kind], "kind": kind, "metadata": metadata, "spec": spec}


def _selecting(endpoints: str, asks: tuple[Ask, ...]) -> Object:
    written = [{"port": ask.port, **_endpoint(ask, "path")} for ask in asks]
    return {"selector": {"matchLabels": LABELS}, endpoints: written}


def _endpoint(ask: Ask, path: str) -> Object:
    endpoint: Object = {}
    if ask.scheme:
        endpoint["scheme"] = ask.scheme
    if ask.scheme == "https" and not ask.verify:
        endpoint["tlsConfig"] = {"insecureSkipVerify": True}
    if ask.token == FILE:
        endpoint["bearerTokenFile"] = _TOKEN_FILE
    elif ask.token:
        endpoint["authorization"] = {"credentials": {"name": ask.token, "key": "token"}}
    if ask.path:
        endpoint[path] = ask.path
    return endpoint
