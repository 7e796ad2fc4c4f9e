"""Patches that point a probe at another listener, and that append an argument to a container."""

from __future__ import annotations

from fix_ksm_probes.analysis.decision import Network
from fix_ksm_probes.analysis.findings import Finding
from fix_ksm_probes.fixes.fix import Repair, move_probe
from fix_ksm_probes.manifests.pod import Container, HTTPGet, Probe
from fix_ksm_probes.programs import Listener, Process, meets, read_address
from fix_ksm_probes.yamlpatch import (
    END,
    NamedTuple,
    Operation,
    Patch,
    add,
    remove,
    replace,
    value_at,
)

NO_MORE_FLAGS = "its arguments end with --, so no flag can follow"

_HANDLERS = ("httpGet", "tcpSocket", "grpc", "exec")


class Answer(NamedTuple):
    """Where a probe is answered, and what it asks; an empty `host` is the pod IP."""

    container: str
    port: int
    http_path: str
    scheme: str = "HTTPS"
    host: str = ""

    @property
    def action(self) -> dict[str, object]:
        """Return the httpGet that asks there."""
        wanted = {"path": self.http_path, "port": self.port, "scheme": self.scheme}
        return {**wanted, "host": self.host} if self.host else wanted


def kept_host(probe: Probe, listener: Listener, network: Network) -> str:
    """Return the host that `probe` names if that leads to `listener`; else "", the pod IP."""
    handler = probe.handler
    if not network.pod.host_network or not isinstance(handler, HTTPGet) or not handler.host:
        return ""
    return handler.host if meets(listener.address, read_address(handler.host)) else ""


def move(resource: object, finding: Finding, answer: Answer, *costs: str) -> Repair:
    """Return the repair that points a probe of `resource` at another listener."""
    patch = point_at(resource, finding.judged.probe, answer)
    return Repair((move_probe(finding, answer.container, answer.port, *costs),), patch)


def point_at(resource: object, probe: Probe, answer: Answer) -> Patch:
    """Return the patch that makes `probe` of `resource` an httpGet of `answer`.

    Timing and headers stay. The patch is empty if the probe asks there already.
    """
    wanted = answer.action
    declared = value_at(resource, probe.pointer)
    action = value_at(declared, ("httpGet",))
    if not isinstance(probe.handler, HTTPGet) or not isinstance(action, dict):
        others = [key for key in _HANDLERS if isinstance(declared, dict) and key in declared]
        gone = tuple(remove((*probe.pointer, key)) for key in others)
        return (*gone, add((*probe.pointer, "httpGet"), wanted))
    pointer = (*probe.pointer, "httpGet")
    # The API server sets these if they are missing.
    defaults = {"scheme": "HTTP", "path": "/"}
    patch = [
        replace((*pointer, key), value) if key in action else add((*pointer, key), value)
        for key, value in wanted.items()
        if action.get(key, defaults.get(key)) != value
    ]
    if not answer.host and action.get("host"):
        patch.append(remove((*pointer, "host")))
    return tuple(patch)


def append_argument(container: Container, argument: str) -> Operation:
    """Return the operation that puts `argument` last, where kpt keeps all comments in place."""
    if container.args:
        return add((*container.pointer, "args", END), argument)
    if len(container.command) > 1:
        return add((*container.pointer, "command", END), argument)
    return add((*container.pointer, "args"), [argument])


def takes_more_flags(process: Process) -> bool:
    """Tell whether a flag at the end is read as one: after a word `--` it is not."""
    return all(word.text != "--" for word in process.words)


def ignore_also(container: Container, listener: Listener, http_paths: tuple[str, ...]) -> Patch:
    """Return the patch that lets `http_paths` through the proxy at `listener` without a token."""
    if listener.proxy is None or not http_paths:
        return ()
    argument = listener.proxy.ignore_argument
    if argument is None or not argument.text:
        return (append_argument(container, "--ignore-paths=" + ",".join(http_paths)),)
    # The line break at the end of a block scalar would be part of the last path.
    text = argument.text.rstrip("\n")
    separator = "" if text.endswith("=") else ","
    return (replace(argument.pointer, text + separator + ",".join(http_paths)),)
