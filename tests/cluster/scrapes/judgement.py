"""Hold what the function says of scrapes against what scrapers got."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .scrapers import Scrape

Result = Mapping[str, Any]

# Job -> kind of monitor, and the list of its endpoints; the operators name jobs so.
_KINDS = {
    "serviceMonitor": ("ServiceMonitor", "endpoints"),
    "podMonitor": ("PodMonitor", "podMetricsEndpoints"),
    "scrapeConfig": ("ScrapeConfig", ""),
    "serviceScrape": ("VMServiceScrape", "endpoints"),
    "podScrape": ("VMPodScrape", "podMetricsEndpoints"),
    "kubernetes-service-endpoints": ("Service", ""),
    "kubernetes-pods": ("Deployment", ""),
}
# Said of the proxy, whoever scrapes.
MAY_NOT_ASK = "ProxyMayNotAsk"
# What scrapers say -> the causes that explain it.
_CAUSES = {
    r"connection refused|\b502\b": ("NoListener", "LoopbackOnly"),
    r"\b400\b|gave HTTP response|does not look like a TLS": ("SchemeMismatch",),
    r"x509": ("CertificateUnknown",),
    r"\b401\b": ("Unauthorized", MAY_NOT_ASK),
    r"\b500\b": (MAY_NOT_ASK,),
    r"\b404\b": ("PathNotAllowed", "PathNotServed"),
}
# No manifest tells what the account of a token may do.
_RIGHTS = r"\b403\b"
_NO_TARGET = ("PortNameUndefined",)
# What their annotations become, the configuration of Prometheus decides, which may add to it.
_ANNOTATED = ("Service", "Deployment")
SCRAPED, UNKNOWN = "scraped", "unknown"


class Endpoint(NamedTuple):
    """An endpoint of a monitor, by the names in a manifest."""

    kind: str
    namespace: str
    name: str
    path: str

    def __str__(self) -> str:
        """Return this for people, without the namespace."""
        index = re.search(r"\[(\d+)\]", self.path)
        more = f" [{index[1]}]" if index and index[1] != "0" else ""
        return f"{self.kind} {self.name}{more}"


def endpoint_of(job: str) -> Endpoint:
    """Return the endpoint that became the scrape job of this name."""
    prefix, namespace, *rest = job.split("/")
    kind, endpoints = _KINDS[prefix]
    name = rest[0] if rest else "ksm"
    return Endpoint(kind, namespace, name, f"spec.{endpoints}[{rest[1]}]" if endpoints else "")


def verdict(endpoint: Endpoint, results: Sequence[Result]) -> str:
    """Return what mode `check` says of an endpoint.

    SCRAPED, UNKNOWN, or the cause of a failure; MAY_NOT_ASK where that is said of a proxy.
    """
    for result in results:
        place, tags = result.get("resourceRef", {}), result["tags"]
        field = result.get("field", {}).get("path", "")
        if (place.get("kind"), place.get("name")) != (endpoint.kind, endpoint.name):
            continue
        if tags["reason"] == "ScrapeUnknown" and field.startswith(endpoint.path):
            return UNKNOWN
        if tags["reason"] == "ScrapeFails" and field.startswith(endpoint.path):
            return str(tags["cause"])
    return MAY_NOT_ASK if any(_is_of_proxy(result) for result in results) else SCRAPED


def _is_of_proxy(result: Result) -> bool:
    return bool(result["tags"]["reason"] == MAY_NOT_ASK)


def wrong_verdicts(scrapes: Sequence[Scrape], results: Sequence[Result]) -> Iterator[str]:
    """Yield every way in which the verdicts differ from what scrapers got."""
    for scrape in scrapes:
        endpoint = endpoint_of(scrape.job)
        said = verdict(endpoint, results)
        is_open = said == UNKNOWN and endpoint.kind in _ANNOTATED
        if not is_open and said not in explanations(scrape):
            got = "it is up" if scrape.up else scrape.error or "it has no target"
            yield f"{endpoint}: {said} is said, but {got}"


def explanations(scrape: Scrape) -> tuple[str, ...]:
    """Return the verdicts that are true of a scrape."""
    if scrape.up or re.search(_RIGHTS, scrape.error):
        return (SCRAPED,)
    if not scrape.url:
        return _NO_TARGET
    for words, causes in _CAUSES.items():
        if re.search(words, scrape.error):
            return causes
    raise RuntimeError(f"nothing explains it: {scrape.error}")


def repair_faults(
    before: Sequence[Scrape], after: Sequence[Scrape], changed: Collection[tuple[str, str]]
) -> Iterator[str]:
    """Yield what a repair spoils, or changes to no effect.

    `changed` are kind and name of the resources that it changed.
    """
    were_up = {scrape.job for scrape in before if scrape.up}
    of_proxy = any(kind == "ClusterRole" for kind, _ in changed)
    for scrape in after:
        endpoint = endpoint_of(scrape.job)
        is_changed = of_proxy or (endpoint.kind, endpoint.name) in changed
        if not scrape.up and scrape.job in were_up:
            yield f"{endpoint}: it was up, and now {scrape.error or 'it has no target'}"
        # What annotations cannot say, the configuration of Prometheus has to.
        elif not scrape.up and is_changed and endpoint.kind not in _ANNOTATED:
            yield f"{endpoint}: it was repaired, and {scrape.error or 'it has no target'}"
