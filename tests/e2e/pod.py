"""What a pod declares, as immutable values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HTTPGet:
    """An `httpGet` handler; `headers` keeps order and repeats, `host` is empty for the pod IP."""

    port: int | str
    path: str
    host: str
    scheme: str
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TCPSocket:
    """A `tcpSocket` handler."""

    port: int | str
    host: str


@dataclass(frozen=True, slots=True)
class GRPC:
    """A `grpc` handler."""

    port: int | str
    service: str


Handler = HTTPGet | TCPSocket | GRPC


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe of one container; `timeout` in seconds."""

    container: str
    name: str
    handler: Handler
    timeout: float


@dataclass(frozen=True, slots=True)
class EnvironmentVariable:
    """One entry of `env`: a text, or the path of a field of the pod."""

    name: str
    value: str
    field_path: str


@dataclass(frozen=True, slots=True)
class Mount:
    """One entry of `volumeMounts`."""

    volume: str
    path: str
    sub_path: str


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume and its files (relative path, content); `with_token` adds a projected token."""

    name: str
    files: tuple[tuple[str, bytes], ...]
    with_token: bool


@dataclass(frozen=True, slots=True)
class Container:
    """One container; `command` is None where the image's entrypoint runs, `user` where its USER."""

    name: str
    image: str
    command: tuple[str, ...] | None
    arguments: tuple[str, ...]
    environment: tuple[EnvironmentVariable, ...]
    user: int | None
    group: int | None
    mounts: tuple[Mount, ...]
    ports: tuple[tuple[str, int], ...]
    probes: tuple[Probe, ...]
    sidecar: bool


@dataclass(frozen=True, slots=True)
class Pod:
    """The pod of a workload, ready to be run."""

    kind: str
    name: str
    namespace: str
    labels: tuple[tuple[str, str], ...]
    host_network: bool
    with_token: bool
    containers: tuple[Container, ...]
    volumes: tuple[Volume, ...]

    def probes(self) -> tuple[Probe, ...]:
        """Return all probes, in the order of the manifest."""
        return tuple(probe for container in self.containers for probe in container.probes)
