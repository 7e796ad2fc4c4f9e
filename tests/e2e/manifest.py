"""Read the pods of a manifest stream that run a program we have."""

import base64
from collections.abc import Iterator
from typing import Any

import yaml

from .images import image_of
from .pod import (
    GRPC,
    Container,
    EnvironmentVariable,
    Handler,
    HTTPGet,
    Mount,
    Pod,
    Probe,
    TCPSocket,
    Volume,
)

PROBES = ("startupProbe", "livenessProbe", "readinessProbe")
Object = dict[str, Any]


def read_pods(text: str) -> tuple[Pod, ...]:
    """Return the pods in `text` (documents, lists, a ResourceList) with a program that we have."""
    objects = tuple(_objects(text))
    pods = (_pod(item, objects) for item in objects if _template(item) is not None)
    return tuple(pod for pod in pods if any(image_of(c.image) for c in pod.containers))


def _objects(text: str) -> Iterator[Object]:
    for document in yaml.load_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        if isinstance(document, dict) and isinstance(document.get("items"), list):
            yield from document["items"]
        elif isinstance(document, dict):
            yield document


def _template(item: Object) -> Object | None:
    if item.get("kind") == "Pod":
        return item
    spec = item.get("spec") or {}
    template = spec.get("template") if isinstance(spec, dict) else None
    return template if isinstance(template, dict) and "spec" in template else None


def _pod(item: Object, objects: tuple[Object, ...]) -> Pod:
    template = _template(item) or {}
    spec = template["spec"]
    metadata = item.get("metadata") or {}
    labels = (template.get("metadata") or {}).get("labels") or {}
    security = spec.get("securityContext") or {}
    # Native sidecars only: an ordinary init container ends before any probe starts.
    sidecars = [c for c in spec.get("initContainers") or () if c.get("restartPolicy") == "Always"]
    containers = [(c, True) for c in sidecars] + [(c, False) for c in spec["containers"]]
    return Pod(
        kind=item["kind"],
        name=metadata.get("name", ""),
        namespace=metadata.get("namespace") or "default",
        labels=tuple((str(key), str(value)) for key, value in labels.items()),
        host_network=bool(spec.get("hostNetwork")),
        with_token=_mounts_token(spec, objects),
        containers=tuple(_container(c, security, sidecar=sidecar) for c, sidecar in containers),
        volumes=tuple(_volume(volume, objects) for volume in spec.get("volumes") or ()),
    )


def _mounts_token(spec: Object, objects: tuple[Object, ...]) -> bool:
    # The pod's own word counts before that of its account.
    if spec.get("automountServiceAccountToken") is not None:
        return bool(spec["automountServiceAccountToken"])
    account = _named(objects, "ServiceAccount", spec.get("serviceAccountName")) or {}
    return account.get("automountServiceAccountToken") is not False


def _named(objects: tuple[Object, ...], kind: str, name: object) -> Object | None:
    found = (o for o in objects if o.get("kind") == kind and o["metadata"].get("name") == name)
    return next(found, None)


def _container(item: Object, pod_security: Object, *, sidecar: bool) -> Container:
    security = pod_security | (item.get("securityContext") or {})
    command = item.get("command")
    named = ((name, item.get(name)) for name in PROBES)
    return Container(
        name=item["name"],
        image=item.get("image") or "",
        command=tuple(map(str, command)) if command else None,
        arguments=tuple(str(argument) for argument in item.get("args") or ()),
        environment=tuple(_variable(variable) for variable in item.get("env") or ()),
        user=security.get("runAsUser"),
        group=security.get("runAsGroup"),
        mounts=tuple(
            Mount(mount["name"], mount["mountPath"], mount.get("subPath") or "")
            for mount in item.get("volumeMounts") or ()
        ),
        ports=tuple(
            (str(port.get("name") or ""), int(port["containerPort"]))
            for port in item.get("ports") or ()
        ),
        probes=tuple(_probe(item["name"], name, probe) for name, probe in named if probe),
        sidecar=sidecar,
    )


def _variable(item: Object) -> EnvironmentVariable:
    source = item.get("valueFrom") or {}
    field = (source.get("fieldRef") or {}).get("fieldPath") or ""
    return EnvironmentVariable(item["name"], str(item.get("value") or ""), field)


def _probe(container: str, name: str, item: Object) -> Probe:
    return Probe(container, name, _handler(item), float(item.get("timeoutSeconds") or 1))


def _handler(item: Object) -> Handler:
    if get := item.get("httpGet"):
        headers = tuple((h["name"], str(h["value"])) for h in get.get("httpHeaders") or ())
        scheme = (get.get("scheme") or "HTTP").lower()
        return HTTPGet(get["port"], get.get("path") or "/", get.get("host") or "", scheme, headers)
    if tcp := item.get("tcpSocket"):
        return TCPSocket(tcp["port"], tcp.get("host") or "")
    if grpc := item.get("grpc"):
        return GRPC(grpc["port"], grpc.get("service") or "")
    raise NotImplementedError(f"{item}: `make cluster` has `exec` probes, and handlers of no kind")


def _volume(item: Object, objects: tuple[Object, ...]) -> Volume:
    sources = [item, *((item.get("projected") or {}).get("sources") or ())]
    files = [file for source in sources for file in _files(source, objects)]
    with_token = any("serviceAccountToken" in source for source in sources)
    return Volume(item["name"], tuple(files), with_token)


def _files(source: Object, objects: tuple[Object, ...]) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a ConfigMap or Secret source; a missing object has none."""
    config_map = source.get("configMap")
    secret = source.get("secret")
    if config_map is not None:
        found = _named(objects, "ConfigMap", config_map.get("name")) or {}
        content = {key: str(value).encode() for key, value in (found.get("data") or {}).items()}
    elif secret is not None:
        found = _named(objects, "Secret", secret.get("secretName") or secret.get("name")) or {}
        encoded = (found.get("data") or {}).items()
        content = {key: base64.b64decode(value) for key, value in encoded}
        plain = (found.get("stringData") or {}).items()
        content |= {key: str(value).encode() for key, value in plain}
    else:
        return
    items = (config_map or secret or {}).get("items")
    wanted = [(i["key"], i["path"]) for i in items] if items else [(key, key) for key in content]
    yield from ((path, content[key]) for key, path in wanted if key in content)
