"""The scrape configurations that the monitors of a manifest become.

ServiceMonitor, PodMonitor and ScrapeConfig are translated by prometheus-operator's own code, see
`translator/`; VMServiceScrape and VMPodScrape by a table, since the proxy of Go modules does not
serve VictoriaMetrics' operator. Its source, github.com/VictoriaMetrics/operator, is
`internal/controller/operator/factory/vmagent/`: servicescrape.go and podscrape.go, and
vmagent_scrapeconfig.go for what both share. Annotations have no translation: what they mean is
what the relabelling rules of a configuration make of them. Those here do what the Prometheus chart
has as jobs kubernetes-service-endpoints and kubernetes-pods.
"""

import base64
import json
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.toolchain import built_from

from .scrapers import PROMETHEUS_VERSION

Object = dict[str, Any]
_SOURCE = Path(__file__).parent / "translator"
_GROUPS = ("monitoring.coreos.com/", "operator.victoriametrics.com/")
# Where the operator mounts certificates, and where a node may write them.
_CERTIFICATES, _CERTIFICATES_HERE = "/etc/prometheus/certs/", "/run/prometheus-certs/"


@dataclass(frozen=True, slots=True)
class Translation:
    """What scrapers are told of a manifest.

    Attributes:
        prometheus: its scrape configurations.
        victoria_metrics: its scrape configurations.
        files: the files that they name, by path.
        rejected: why the operator leaves a monitor out, by `KIND/NAMESPACE/NAME`.

    """

    prometheus: tuple[Object, ...]
    victoria_metrics: tuple[Object, ...]
    files: dict[str, str]
    rejected: dict[str, str]


def is_monitor(item: Object) -> bool:
    """Tell whether a resource is one of an operator's."""
    return str(item["apiVersion"]).startswith(_GROUPS)


def translated(text: str) -> Translation:
    """Return what the monitors and annotations of the manifest stream `text` become.

    Raises:
        RuntimeError: the operator cannot read a monitor, by a field that its type lacks.
        NotImplementedError: a VictoriaMetrics monitor has a field that the table lacks.

    """
    objects = [_as_stored(each) for each in yaml.safe_load_all(text) if each]
    ran = subprocess.run(
        [translator(), PROMETHEUS_VERSION],
        input=json.dumps(objects),
        capture_output=True,
        text=True,
    )
    if ran.returncode:
        raise RuntimeError(f"the operator cannot read it: {ran.stderr}")
    answer = json.loads(ran.stdout)
    # The number of the shard is filled in by what the operator starts beside Prometheus.
    filled = answer["config"].replace("$(SHARD)", "0")
    config = yaml.safe_load(filled.replace(_CERTIFICATES, _CERTIFICATES_HERE))
    return Translation(
        prometheus=(*(config.get("scrape_configs") or ()), *_annotation_jobs(objects)),
        victoria_metrics=tuple(_victoria_metrics(objects)),
        files={_CERTIFICATES_HERE + name: content for name, content in answer["files"].items()},
        rejected=answer["rejected"],
    )


def _as_stored(item: Object) -> Object:
    """Return what the API server hands out of a Secret: it encodes what is written plainly."""
    if item["kind"] != "Secret":
        return item
    plain = item.get("stringData") or {}
    encoded = {name: base64.b64encode(text.encode()).decode() for name, text in plain.items()}
    kept = {name: value for name, value in item.items() if name != "stringData"}
    return kept | {"data": {**(item.get("data") or {}), **encoded}}


def translator() -> Path:
    """Return the program of `translator/`, built first if the cache lacks it (minutes)."""
    return built_from(_SOURCE, "translator")


def _victoria_metrics(objects: Sequence[Object]) -> Iterator[Object]:
    for item in objects:
        if item["kind"] == "VMServiceScrape":
            for index, endpoint in enumerate(item["spec"]["endpoints"]):
                yield _vm_job("serviceScrape", "endpoints", item, index, endpoint, objects)
        elif item["kind"] == "VMPodScrape":
            for index, endpoint in enumerate(item["spec"]["podMetricsEndpoints"]):
                yield _vm_job("podScrape", "pod", item, index, endpoint, objects)


# Fields that keep their value, and those that only choose the target or the time.
_VM_SAME = {
    "honorLabels": "honor_labels",
    "path": "metrics_path",
    "followRedirects": "follow_redirects",
    "bearerTokenFile": "bearer_token_file",
}
_VM_OTHER = ("port", "targetPort", "portNumber", "interval", "scrapeInterval", "scrapeTimeout")


def _vm_job(
    prefix: str, role: str, item: Object, index: int, endpoint: Object, objects: Sequence[Object]
) -> Object:
    metadata, spec = item["metadata"], item["spec"]
    namespace = metadata.get("namespace") or "default"
    if spec["selector"].get("matchExpressions"):
        raise NotImplementedError("matchExpressions")
    labels = f"__meta_kubernetes_{'service' if role == 'endpoints' else 'pod'}_label_"
    selected = sorted((spec["selector"].get("matchLabels") or {}).items())
    return {
        "job_name": f"{prefix}/{namespace}/{metadata['name']}/{index}",
        "kubernetes_sd_configs": [_vm_discovery(role, spec.get("namespaceSelector"), namespace)],
        "relabel_configs": [
            *(_keep(f"{labels}{_sanitized(name)}", value) for name, value in selected),
            *_vm_port(role, endpoint),
        ],
        **dict(_vm_fields(endpoint, namespace, objects)),
    }


def _vm_fields(
    endpoint: Object, namespace: str, objects: Sequence[Object]
) -> Iterator[tuple[str, Any]]:
    for field, value in endpoint.items():
        match field:
            case _ if field in _VM_SAME:
                yield _VM_SAME[field], value
            case "scheme":
                yield "scheme", value.lower()
            case "tlsConfig":
                yield "tls_config", dict(_vm_tls(value))
            case "bearerTokenSecret":
                if not endpoint.get("bearerTokenFile"):
                    yield "bearer_token", _secret(objects, namespace, value)
            case "authorization":
                yield "authorization", dict(_vm_authorization(objects, namespace, value))
            case _ if field not in _VM_OTHER:
                raise NotImplementedError(field)


def _vm_discovery(role: str, selector: Object | None, namespace: str) -> Object:
    selector = selector or {}
    if selector.get("any"):
        return {"role": role}
    return {"role": role, "namespaces": {"names": selector.get("matchNames") or [namespace]}}


def _vm_port(role: str, endpoint: Object) -> Iterator[Object]:
    named = "endpoint_port_name" if role == "endpoints" else "pod_container_port_name"
    target = endpoint.get("targetPort")
    if endpoint.get("port"):
        yield _keep(f"__meta_kubernetes_{named}", endpoint["port"])
    elif endpoint.get("portNumber"):
        yield _keep("__meta_kubernetes_pod_container_port_number", str(endpoint["portNumber"]))
    elif target:
        kind = "number" if isinstance(target, int) else "name"
        yield _keep(f"__meta_kubernetes_pod_container_port_{kind}", str(target))


def _vm_tls(given: Object) -> Iterator[tuple[str, Any]]:
    names = {
        "insecureSkipVerify": "insecure_skip_verify",
        "serverName": "server_name",
        "caFile": "ca_file",
    }
    for field, value in given.items():
        if field not in names:
            raise NotImplementedError(f"tlsConfig.{field}")
        yield names[field], value


def _vm_authorization(
    objects: Sequence[Object], namespace: str, given: Object
) -> Iterator[tuple[str, Any]]:
    yield "type", given.get("type") or "Bearer"
    if given.get("credentials"):
        yield "credentials", _secret(objects, namespace, given["credentials"])
    elif given.get("credentialsFile"):
        yield "credentials_file", given["credentialsFile"]


def _secret(objects: Sequence[Object], namespace: str, reference: Object) -> str:
    (found,) = (
        each
        for each in objects
        if each["kind"] == "Secret"
        and each["metadata"]["name"] == reference["name"]
        and (each["metadata"].get("namespace") or "default") == namespace
    )
    return base64.b64decode(found["data"][reference["key"]]).decode()


def _keep(label: str, value: str) -> Object:
    return {"action": "keep", "source_labels": [label], "regex": value}


def _sanitized(name: str) -> str:
    return re.sub(r"[^a-zA-Z0-9_]", "_", name)


def _annotation_jobs(objects: Sequence[Object]) -> Iterator[Object]:
    """Yield a job for each namespace with such an annotation, for it alone."""
    for item in objects:
        namespace = item["metadata"].get("namespace") or "default"
        template = (item.get("spec") or {}).get("template") or {}
        if _is_annotated(item) and item["kind"] == "Service":
            yield _annotation_job("kubernetes-service-endpoints", "endpoints", "service", namespace)
        if _is_annotated(template):
            yield _annotation_job("kubernetes-pods", "pod", "pod", namespace)


def _is_annotated(item: Object) -> bool:
    return "prometheus.io/scrape" in ((item.get("metadata") or {}).get("annotations") or {})


def _annotation_job(name: str, role: str, kind: str, namespace: str) -> Object:
    annotation = f"__meta_kubernetes_{kind}_annotation_prometheus_io_"
    address = ["__address__", f"{annotation}port"]
    return {
        "job_name": f"{name}/{namespace}",
        "honor_labels": True,
        "kubernetes_sd_configs": [{"role": role, "namespaces": {"names": [namespace]}}],
        "relabel_configs": [
            _keep(f"{annotation}scrape", "true"),
            _replace([f"{annotation}scheme"], "(https?)", "__scheme__"),
            _replace([f"{annotation}path"], "(.+)", "__metrics_path__"),
            _replace(address, r"(.+?)(?::\d+)?;(\d+)", "__address__", "$1:$2"),
        ],
    }


def _replace(labels: list[str], regex: str, target: str, replacement: str = "$1") -> Object:
    rule = {"action": "replace", "source_labels": labels, "regex": regex}
    return rule | {"target_label": target, "replacement": replacement}
