"""Manifests of the matrix, each in a namespace of its own, with the rights that their pods need."""

import re
from collections.abc import Iterator
from typing import Any

import yaml

# The accounts that ask for metrics, with rights and without, and their namespace.
SCRAPER = "scraper"
STRANGER = "stranger"
CLIENTS = "clients"
PROBES = ("startupProbe", "livenessProbe", "readinessProbe")

_NAMESPACE = "monitoring"
_PORT = re.compile(r"\b(?:80[89]\d|888\d|909\d|864\d)\b")
# What the community chart grants kube-state-metrics, and kube-rbac-proxy needs.
_RIGHTS = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: kube-state-metrics}
rules:
  - {apiGroups: ["*"], resources: ["*"], verbs: [get, list, watch]}
  - {apiGroups: [authentication.k8s.io], resources: [tokenreviews], verbs: [create]}
  - {apiGroups: [authorization.k8s.io], resources: [subjectaccessreviews], verbs: [create]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: scraper}
rules:
  - {apiGroups: [""], resources: [services/ksm], verbs: [get]}
  - {nonResourceURLs: [/metrics], verbs: [get]}
---
apiVersion: v1
kind: Namespace
metadata: {name: clients}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: scraper, namespace: clients}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: stranger, namespace: clients}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: scraper}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: scraper}
subjects: [{kind: ServiceAccount, name: scraper, namespace: clients}]
"""
_OWN = """\
apiVersion: v1
kind: Namespace
metadata: {{name: {namespace}}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {{name: {account}, namespace: {namespace}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: {namespace}-kube-state-metrics}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: kube-state-metrics}}
subjects: [{{kind: ServiceAccount, name: {account}, namespace: {namespace}}}]
"""


def rights() -> str:
    """Return the roles that all namespaces share, and two accounts that ask for metrics."""
    return _RIGHTS


def in_namespace(text: str, namespace: str) -> str:
    """Return the manifest stream `text`, its namespace `monitoring` replaced by `namespace`."""
    return re.sub(rf"\b{_NAMESPACE}\b", namespace, text)


def in_own_namespace(text: str, namespace: str) -> str:
    """Return the manifest stream `text` of a page, in `namespace` and with the account `ksm`."""
    documents = list(yaml.safe_load_all(text))
    for document in documents:
        document["metadata"]["namespace"] = namespace
    for spec in map(_pod_spec, documents):
        if spec is not None:
            spec["serviceAccountName"] = "ksm"
    return yaml.safe_dump_all(documents, sort_keys=False)


def surroundings(text: str, namespace: str) -> str:
    """Return what the pods of `text` need in `namespace`: their account and its rights."""
    (account,) = {spec["serviceAccountName"] for spec in pod_specs(text)}
    return _OWN.format(namespace=namespace, account=account)


def beside_others(text: str, shift: int) -> str:
    """Return the manifest `text` so that it runs beside others on the network of one node.

    Its ports are higher by `shift`. Its Deployments end the old pod before they start the new one:
    without that, the new one waits for ever for the ports that the old one holds.
    """
    return with_spec(with_ports(text, shift), "Deployment", strategy={"type": "Recreate"})


def with_ports(text: str, shift: int) -> str:
    """Return the manifest `text`, its ports higher by `shift`."""
    return _PORT.sub(lambda port: str(int(port[0]) + shift), text)


def with_spec(text: str, kind: str, **fields: object) -> str:
    """Return the manifest `text`, with `fields` in the spec of each resource of that kind."""
    documents = list(yaml.safe_load_all(text))
    for document in documents:
        if document and document["kind"] == kind:
            document["spec"] |= fields
    return yaml.safe_dump_all(documents, sort_keys=False)


def uses_host_network(text: str) -> bool:
    """Tell whether pods of the manifest `text` use the network of their node."""
    return any(spec.get("hostNetwork") for spec in pod_specs(text))


def is_stateful(text: str) -> bool:
    """Tell whether a StatefulSet is in the manifest `text`."""
    return any(
        document and document["kind"] == "StatefulSet" for document in yaml.safe_load_all(text)
    )


def pod_specs(text: str) -> Iterator[dict[str, Any]]:
    """Yield the pod spec of every workload of a manifest stream."""
    for document in yaml.safe_load_all(text):
        spec = _pod_spec(document)
        if spec is not None:
            yield spec


def _pod_spec(document: Any) -> dict[str, Any] | None:
    spec: dict[str, Any] = (document or {}).get("spec", {})
    found: dict[str, Any] | None = spec if "containers" in spec else None
    return spec["template"]["spec"] if "template" in spec else found


def metrics_statuses(text: str) -> dict[int, dict[str, int]]:
    """Return what /metrics answers each token ("" for none) on the port of each proxy."""
    served = _served(text)
    upstreams = _numbers(text, "--upstream=")
    # Behind a proxy whose upstream nobody is, there is a bad gateway.
    return {
        port: {"": 401, STRANGER: 403, SCRAPER: 200 if upstream in served else 502}
        for port, upstream in zip(_guarded(text), upstreams, strict=True)
    }


def listeners(text: str) -> set[int]:
    """Return the ports that arguments of a manifest have its pods listen on."""
    return {*_served(text), *_guarded(text)}


def _served(text: str) -> list[int]:
    return [*_numbers(text, "--port="), *_numbers(text, "--telemetry-port=")]


def _guarded(text: str) -> list[int]:
    return _numbers(text, "--secure-listen-address=")


def _numbers(text: str, start: str) -> list[int]:
    """Return the ports of the arguments that begin with `start`, the last number in each."""
    return [
        int(re.findall(r"\d+", argument)[-1])
        for spec in pod_specs(text)
        for container in (*spec.get("initContainers", ()), *spec["containers"])
        for argument in container.get("args", ())
        if argument.startswith(start)
    ]


def probes_of(text: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield container, kind and probe for every probe of a manifest stream."""
    for spec in pod_specs(text):
        for container in (*spec.get("initContainers", ()), *spec["containers"]):
            for kind in PROBES:
                if kind in container:
                    yield container["name"], kind, container[kind]


def images_of(text: str) -> set[str]:
    """Return the images that a manifest stream names."""
    return {
        container["image"]
        for spec in pod_specs(text)
        for container in (*spec.get("initContainers", ()), *spec["containers"])
    }
