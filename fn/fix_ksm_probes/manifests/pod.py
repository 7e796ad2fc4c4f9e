"""What a pod spec declares; nothing here is inferred."""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.manifests.placeholders import (
    TEMPLATE,
    find_in_value,
    find_placeholder,
    find_stand_in,
)
from fix_ksm_probes.manifests.workload import Workload, read_labels
from fix_ksm_probes.yamlpatch import NamedTuple, Pointer, text_at, value_at
from fix_ksm_probes.yamlpatch.patch import brackets
from fix_ksm_probes.yamlpatch.scalars import as_bool, as_int, as_text

PROBES = ("startupProbe", "livenessProbe", "readinessProbe")


class HTTPGet(NamedTuple):
    """core/v1 HTTPGetAction; `port` is a number or a name.

    `authorization` says whether a header of that name has a token, `password` whether a password.
    """

    port: int | str | None
    scheme: str
    path: str
    host: str
    authorization: bool
    password: bool = False


class TCPSocket(NamedTuple):
    """core/v1 TCPSocketAction."""

    port: int | str | None
    host: str


class GRPC(NamedTuple):
    """core/v1 GRPCAction; its port has no name."""

    port: int | None


class Exec(NamedTuple):
    """core/v1 ExecAction: `command` runs inside the container, without a shell."""

    command: tuple[str, ...]


Handler = HTTPGet | TCPSocket | GRPC | Exec | None


class Probe(NamedTuple):
    """One probe; `handler` is None if it has none that is known, or several.

    `placeholder` is the placeholder in what the handler asks, empty if there is none.
    """

    kind: str
    handler: Handler
    pointer: Pointer
    placeholder: str = ""


class Argument(NamedTuple):
    """One word of `command` or `args`, unexpanded; its text is None if it is not a scalar."""

    text: str | None
    pointer: Pointer


class EnvVar(NamedTuple):
    """One variable: its value, or the field that it comes from, or neither if it is hidden.

    A hidden one may come from a `key` of a `config_map`, both empty for anything else. If it
    `is_optional`, the container starts without the key, and without the variable.
    """

    name: str
    value: str | None
    field: str | None
    config_map: str = ""
    key: str = ""
    is_optional: bool = False


class EnvSource(NamedTuple):
    """core/v1 EnvFromSource; `config_map` is empty for one that is no ConfigMap."""

    config_map: str
    prefix: str


class ContainerPort(NamedTuple):
    """core/v1 ContainerPort; `number` is None if it is not a number.

    `placeholder` is the placeholder in it, empty if there is none.
    """

    name: str
    number: int | None
    host_port: int | None
    placeholder: str = ""


class Container(NamedTuple):
    """One container that runs as long as its pod.

    One without a name, which no API server accepts, is named by its field: `containers[0]`.
    `post_start` is what the kubelet does after each start: if that fails, it stops the container.
    `lacks_key` is the key that a variable needs and its ConfigMap lacks, empty as far as known.
    """

    name: str
    image: str
    command: tuple[Argument, ...]
    args: tuple[Argument, ...]
    env: tuple[EnvVar, ...]
    env_from: tuple[EnvSource, ...]
    ports: tuple[ContainerPort, ...]
    probes: tuple[Probe, ...]
    pointer: Pointer
    mounts: tuple[str, ...] = ()
    post_start: Handler = None
    lacks_key: str = ""

    @property
    def is_sidecar(self) -> bool:
        """Tell whether it is a native sidecar: an init container that keeps running."""
        return "initContainers" in self.pointer

    @property
    def variables(self) -> list[str] | None:
        """Return the names of its variables; None if other objects add more."""
        return None if self.env_from else [each.name for each in self.env]

    @property
    def placeholder(self) -> str:
        """Return the placeholder in its image, arguments or environment, empty if there is none."""
        words = [word.text or "" for word in (*self.command, *self.args)]
        words += (text for each in self.env for text in (each.name, each.value or ""))
        found = (find_placeholder(word, self.variables) for word in words)
        return next(filter(None, found), "") or find_in_value(self.image)


HOST_NETWORK = "hostNetwork"
"""The key of pods that share the network of their node."""
AUTOMOUNT = "automountServiceAccountToken"
"""The key by which a ServiceAccount, or a pod, says whether pods get a token."""


class Pod(NamedTuple):
    """One pod template; its containers are those that keep running, native sidecars first.

    `automount` says whether each of them gets the token of the service account; `placeholder` is
    the placeholder in `hostNetwork`, empty if there is none.
    """

    containers: tuple[Container, ...]
    host_network: bool
    labels: tuple[tuple[str, str], ...]
    pointer: Pointer
    automount: bool = True
    placeholder: str = ""


def read_pod(workload: Workload, before: tuple[Workload, Pod] | None = None) -> Pod:
    """Return what the pod template of `workload` declares; pointers lead from the resource.

    `before` is the workload and its pod before a patch: a container that did not change is reused.
    """
    template = value_at(workload.resource, workload.template)
    pointer = (*workload.template, "spec")
    known = dict(_shared(workload, *before)) if before else {}
    return Pod(
        (
            *_read_containers(template, pointer, "initContainers", known),
            *_read_containers(template, pointer, "containers", known),
        ),
        as_bool(value_at(template, ("spec", "hostNetwork"))) or False,
        read_labels(template, ("metadata", "labels")),
        pointer,
        as_bool(value_at(template, ("spec", AUTOMOUNT))) is not False,
        find_in_value(value_at(template, ("spec", "hostNetwork"))),
    )


def _shared(workload: Workload, before: Workload, pod: Pod) -> Iterator[tuple[Pointer, Container]]:
    for container in pod.containers:
        place = container.pointer
        if value_at(workload.resource, place) is value_at(before.resource, place):
            yield place, container


def _read_containers(
    template: object, pointer: Pointer, field: str, known: dict[Pointer, Container]
) -> tuple[Container, ...]:
    declared = value_at(template, ("spec", field))
    return tuple(
        known.get((*pointer, field, index)) or _read_container(container, (*pointer, field, index))
        for index, container in enumerate(declared if isinstance(declared, list) else ())
        if isinstance(container, dict)
        # An init container without this policy exits before the first probe.
        and (field == "containers" or container.get("restartPolicy") == "Always")
    )


def _read_container(container: dict[object, object], pointer: Pointer) -> Container:
    mounts = container.get("volumeMounts")
    return Container(
        _word(container.get("name")) or brackets(pointer[-2:]),
        _word(container.get("image")) or "",
        _read_arguments(container, pointer, "command"),
        _read_arguments(container, pointer, "args"),
        _read_environment(container.get("env")),
        _read_env_from(container.get("envFrom")),
        _read_ports(container.get("ports")),
        tuple(
            _read_probe(kind, container[kind], pointer)
            for kind in PROBES
            if isinstance(container.get(kind), dict) or find_in_value(container.get(kind))
        ),
        pointer,
        tuple(
            _word(value_at(mount, ("mountPath",))) or find_in_value(mount)
            for mount in (mounts if isinstance(mounts, list) else (mounts,) if mounts else ())
        ),
        _read_handler(value_at(container, ("lifecycle", "postStart"))),
    )


def _read_arguments(
    container: dict[object, object], pointer: Pointer, field: str
) -> tuple[Argument, ...]:
    words = container.get(field)
    if isinstance(words, list):
        return tuple(
            Argument(_word(word), (*pointer, field, index)) for index, word in enumerate(words)
        )
    # A placeholder for the list may become any words; no API server accepts another text.
    if words is None:
        return ()
    return (Argument(_word(words) if find_in_value(words) else None, (*pointer, field)),)


def _word(value: object) -> str | None:
    # Without quotes, `{{ x }}` is a mapping to YAML.
    return TEMPLATE if isinstance(value, dict) and find_in_value(value) else as_text(value)


def _read_environment(env: object) -> tuple[EnvVar, ...]:
    if isinstance(env, list):
        return tuple(_read_variable(variable) for variable in env)
    return (_read_variable(env),) if find_in_value(env) else ()


def _read_variable(variable: object) -> EnvVar:
    # A template may give a variable any name.
    name = _word(value_at(variable, ("name",))) or find_in_value(variable)
    if value_at(variable, ("valueFrom",)) is None:
        return EnvVar(name, _word(value_at(variable, ("value",))) or "", None)
    field = as_text(value_at(variable, ("valueFrom", "fieldRef", "fieldPath")))
    source = value_at(variable, ("valueFrom", "configMapKeyRef"))
    named = text_at(source, ("name",)), text_at(source, ("key",))
    return EnvVar(name, None, field, *named, as_bool(value_at(source, ("optional",))) is True)


def _read_env_from(sources: object) -> tuple[EnvSource, ...]:
    listed = sources if isinstance(sources, list) else (sources,) if sources else ()
    return tuple(
        EnvSource(text_at(each, ("configMapRef", "name")), text_at(each, ("prefix",)))
        for each in listed
    )


def _read_ports(ports: object) -> tuple[ContainerPort, ...]:
    if isinstance(ports, list):
        return tuple(_read_port(port) for port in ports)
    return (_read_port(ports),) if find_in_value(ports) else ()


def _read_port(port: object) -> ContainerPort:
    return ContainerPort(
        as_text(value_at(port, ("name",))) or "",
        as_int(value_at(port, ("containerPort",))),
        as_int(value_at(port, ("hostPort",))),
        find_in_value(port) or _find_in_port(value_at(port, ("containerPort",))),
    )


def _find_in_port(port: object) -> str:
    # A number, or the name of one.
    return "" if as_int(port) is not None else find_stand_in(as_text(port) or "")


def _read_probe(kind: str, probe: object, pointer: Pointer) -> Probe:
    handler = _read_handler(probe)
    placeholder = "" if isinstance(handler, Exec) else _find_in_handler(probe)
    return Probe(kind, handler, (*pointer, kind), placeholder)


def _find_in_handler(probe: object) -> str:
    # Neither timing nor other headers decide which listener answers.
    asked = ("httpGet", "tcpSocket", "grpc")
    parts = [value_at(probe, (action,)) for action in asked]
    if not any(isinstance(part, dict) for part in parts):
        return find_in_value(probe)
    words = [
        value
        for part in parts
        if isinstance(part, dict)
        for key, value in part.items()
        if key != "httpHeaders"
    ]
    ports = [_find_in_port(value_at(part, ("port",))) for part in parts]
    return next((found for each in words if (found := find_in_value(each))), "".join(ports))


def _read_handler(probe: object) -> Handler:
    readers = (_read_http_get, _read_tcp_socket, _read_grpc, _read_exec)
    found = [handler for read in readers if (handler := read(probe)) is not None]
    return found[0] if len(found) == 1 else None


def _read_http_get(probe: object) -> HTTPGet | None:
    action = value_at(probe, ("httpGet",))
    if not isinstance(action, dict):
        return None
    headers = action.get("httpHeaders")
    return HTTPGet(
        _read_port_of_probe(action.get("port")),
        as_text(action.get("scheme")) or "HTTP",
        as_text(action.get("path")) or "",
        as_text(action.get("host")) or "",
        _brings(headers, "bearer"),
        _brings(headers, "basic"),
    )


def _brings(headers: object, kind: str) -> bool:
    # Only the first header of that name counts; its second word is the credential.
    values = (
        as_text(value_at(header, ("value",))) or ""
        for header in (headers if isinstance(headers, list) else ())
        if (as_text(value_at(header, ("name",))) or "").lower() == "authorization"
    )
    scheme, _, credential = next(values, "").strip().partition(" ")
    return scheme.lower() == kind and credential[:1] not in ("", " ")


def _read_tcp_socket(probe: object) -> TCPSocket | None:
    action = value_at(probe, ("tcpSocket",))
    if not isinstance(action, dict):
        return None
    return TCPSocket(_read_port_of_probe(action.get("port")), as_text(action.get("host")) or "")


def _read_grpc(probe: object) -> GRPC | None:
    action = value_at(probe, ("grpc",))
    return GRPC(as_int(action.get("port"))) if isinstance(action, dict) else None


def _read_exec(probe: object) -> Exec | None:
    action = value_at(probe, ("exec",))
    if not isinstance(action, dict):
        return None
    command = action.get("command")
    words = command if isinstance(command, list) else [command] if find_in_value(command) else []
    return Exec(tuple(_word(word) or "" for word in words))


def _read_port_of_probe(port: object) -> int | str | None:
    number = as_int(port)
    return as_text(port) if number is None else number


def declared_ports(workload: Workload, pod: Pod) -> Iterator[tuple[int, str]]:
    """Return number and protocol of each port that the containers of `pod` declare."""
    for container in pod.containers:
        ports = value_at(workload.resource, (*container.pointer, "ports"))
        for port in ports if isinstance(ports, list) else ():
            number = as_int(value_at(port, ("containerPort",)))
            if number is not None:
                yield number, as_text(value_at(port, ("protocol",))) or "TCP"
