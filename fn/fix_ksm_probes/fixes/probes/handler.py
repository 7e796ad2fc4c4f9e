"""Patches that point a probe somewhere else and leave its timing and headers alone."""

from __future__ import annotations

from fix_ksm_probes.analysis.decision import Network
from fix_ksm_probes.manifests.pod import HTTPGet, Probe
from fix_ksm_probes.programs import Listener, meets, read_address
from fix_ksm_probes.yamlpatch import Patch, add, remove, replace, value_at

_HANDLERS = ("httpGet", "tcpSocket", "grpc", "exec")


def kept_host(probe: Probe, listener: Listener, network: Network) -> str:
    """Return the host that `probe` names, if `listener` is reached there; else "", the pod IP."""
    handler = probe.handler
    if not network.pod.host_network or not isinstance(handler, HTTPGet) or not handler.host:
        return ""
    return handler.host if meets(listener.address, read_address(handler.host)) else ""


def point_at(
    resource: object, probe: Probe, *, host: str, port: int, scheme: str, http_path: str
) -> Patch:
    """Return the patch that makes `probe` of `resource` an httpGet of what is named.

    An empty `host` is the pod IP. A probe that says so already gets an empty patch.
    """
    wanted: dict[str, object] = {"path": http_path, "port": port, "scheme": scheme}
    if host:
        wanted["host"] = host
    declared = value_at(resource, probe.pointer)
    action = value_at(declared, ("httpGet",))
    if not isinstance(probe.handler, HTTPGet) or not isinstance(action, dict):
        others = [key for key in _HANDLERS if isinstance(declared, dict) and key in declared]
        gone = tuple(remove((*probe.pointer, key)) for key in others)
        return (*gone, add((*probe.pointer, "httpGet"), wanted))
    pointer = (*probe.pointer, "httpGet")
    # The API server fills in these where they are missing.
    defaults = {"scheme": "HTTP", "path": "/", "host": ""}
    patch = [
        replace((*pointer, key), value) if key in action else add((*pointer, key), value)
        for key, value in wanted.items()
        if action.get(key, defaults.get(key)) != value
    ]
    if not host and action.get("host"):
        patch.append(remove((*pointer, "host")))
    return tuple(patch)
