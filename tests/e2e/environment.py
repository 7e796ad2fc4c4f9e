"""Environment variables and `$(NAME)` references, as the kubelet makes them."""

import re
from collections.abc import Mapping

from .pod import Container, Pod

# `$$` stands for a dollar; `$(NAME)` for the variable, and for itself where there is none.
_REFERENCE = re.compile(r"\$(?:(\$)|\(([^)]*)\))")


def expanded(text: str, variables: Mapping[str, str]) -> str:
    """Return `text` with its references to `variables` replaced."""

    def replacement(match: re.Match[str]) -> str:
        dollar, name = match.groups()
        return "$" if dollar else variables.get(name, match.group())

    return _REFERENCE.sub(replacement, text)


def variables_of(
    container: Container, fields: Mapping[str, str], service: Mapping[str, str]
) -> dict[str, str]:
    """Return the environment of `container`.

    Args:
        container: whose `env` is read; each variable may refer to those before it.
        fields: the pod's values for `fieldRef`.
        service: the variables that Kubernetes itself adds.

    """
    # What the distroless base image sets.
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    own: dict[str, str] = {}
    for variable in container.environment:
        value = fields.get(variable.field_path, "") if variable.field_path else variable.value
        own[variable.name] = expanded(value, {**service, **own})
    return {"PATH": path, **service, **own}


def fields_of(pod: Pod, pod_name: str, pod_ip: str, node_ip: str) -> dict[str, str]:
    """Return what a `fieldRef` can name."""
    return {
        "metadata.name": pod_name,
        "metadata.namespace": pod.namespace,
        "metadata.uid": "00000000-0000-4000-8000-000000000001",
        "spec.nodeName": "node",
        "spec.serviceAccountName": "default",
        "status.podIP": pod_ip,
        "status.podIPs": pod_ip,
        "status.hostIP": node_ip,
        "status.hostIPs": node_ip,
        **{f"metadata.labels['{key}']": value for key, value in pod.labels},
    }
