"""Which listener of kube-state-metrics a probe is meant for, and the path of its health."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import JudgedProbe, behind
from fix_ksm_probes.analysis.decision import Network, resolve_port
from fix_ksm_probes.fixes.fix import ASSUMED_VERSION
from fix_ksm_probes.manifests.pod import GRPC, Exec, HTTPGet
from fix_ksm_probes.programs import Listener, Program, Version, clean, kubelet_path
from fix_ksm_probes.programs.listeners import HEALTH, LANDING
from fix_ksm_probes.yamlpatch import NamedTuple

SERVED_BY_FILE = "a --tls-config file decides how it is asked; mode probe-disable can"
"""Why a probe cannot be repaired if its listener serves TLS or requires a credential."""


class Target(NamedTuple):
    """A listener and its health path; `spelled` is the path as the probe is to write it.

    `costs` say what is assumed.
    """

    listener: Listener
    http_path: str
    spelled: str
    costs: tuple[str, ...] = ()


def find_target(judged: JudgedProbe, network: Network) -> Target | None:
    """Return the target that a probe of a kube-state-metrics container is meant to ask.

    The path of the author stays if it is a health path of a listener: the one that the probe leads
    to, or else another. None if no listener is known, or another program is probed.
    """
    process = judged.process
    program, own = process.program, process.listeners
    if program is None or program.guard is not None or not own:
        return None
    led_to = _led_to(judged, network)
    handler = judged.probe.handler
    if isinstance(handler, HTTPGet) and (asked := kubelet_path(handler.path)) is not None:
        http_path = clean(asked)
        for listener in (*([led_to] if led_to else []), *own):
            if _tells_health(listener, http_path):
                return Target(listener, http_path, handler.path)
    wanted = program.health_listener(judged.probe.kind, process.version)
    meant = led_to or next((each for each in own if each.name == wanted), own[0])
    return _by_version(meant, program, process.version)


def main_target(judged: JudgedProbe) -> Target | None:
    """Return the target at the main listener, the substitute for a listener that has no proxy."""
    process = judged.process
    for listener in process.listeners:
        if process.program and listener.name == process.program.main:
            return _by_version(listener, process.program, process.version)
    return None


def _by_version(listener: Listener, program: Program, version: Version | None) -> Target:
    http_path = program.health_path(listener.name, version)
    is_assumed = version is None and listener.name != program.main
    return Target(listener, http_path, http_path, (ASSUMED_VERSION,) if is_assumed else ())


def _led_to(judged: JudgedProbe, network: Network) -> Listener | None:
    own = judged.process.listeners
    port = _meant_port(judged, network)
    for listener in network.listeners:
        if listener.port == port:
            found = behind(listener, network)
            if found in own:
                return found
    return None


def _meant_port(judged: JudgedProbe, network: Network) -> int | None:
    handler = judged.probe.handler
    if handler is None or isinstance(handler, Exec):
        return None
    own = resolve_port(handler.port, judged.container)
    if own is not None or isinstance(handler, GRPC):
        return own
    # The author used the port name of another container, where the kubelet does not look.
    numbers = (resolve_port(handler.port, container) for container in network.pod.containers)
    return next((number for number in numbers if number is not None), None)


def _tells_health(listener: Listener, http_path: str) -> bool:
    contents = {table.content(http_path) for table in listener.route_tables}
    # An old version, which may or may not run here, has only a landing page there.
    return HEALTH in contents and contents <= {HEALTH, LANDING}
