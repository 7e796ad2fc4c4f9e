"""The words of a drawing that no sentence of the analysis has."""

from __future__ import annotations

from collections.abc import Iterable

from fix_ksm_probes.analysis.decision import FAILS, PASSES, UNKNOWN, Dial
from fix_ksm_probes.manifests.pod import GRPC, HTTPGet, Probe, TCPSocket

OPEN = "open"
"""The outcome of a way past a proxy, beside those of a verdict."""

OUTCOMES = {FAILS: "FAILS", UNKNOWN: "UNKNOWN", OPEN: "OPEN", PASSES: "passes"}
"""How each outcome is written: in capitals what wants a look."""

NOTHING = "Nothing here runs kube-state-metrics."
OWN_LOOPBACK = "hostNetwork: true, so the pod's own loopback"

_COUNTED = ((FAILS, "fails", "fail"), (UNKNOWN, "unknown", "unknown"), (PASSES, "passes", "pass"))


def tally(outcomes: list[str]) -> str:
    """Return how many probes end how, and how many doors stand open beside a proxy."""
    doors = outcomes.count(OPEN)
    probes = len(outcomes) - doors
    ends = [(outcomes.count(outcome), one, more) for outcome, one, more in _COUNTED]
    told = [f"{number} {one if number == 1 else more}" for number, one, more in ends if number]
    if len(told) == 1:
        told = [one if number == 1 else f"all {more}" for number, one, more in ends if number]
    told += [_number(doors, "open door")] if doors else []
    return ": ".join(part for part in (_number(probes, "probe"), ", ".join(told)) if part)


def request(probe: Probe, dial: Dial | None) -> tuple[str, ...]:
    """Return what a probe sends, and the name of its port if it asks for one that is found."""
    handler = probe.handler
    if isinstance(handler, HTTPGet):
        http_path = handler.path if dial is None else dial.http_path
        sent = f"{handler.scheme.upper()} GET {http_path}"
    elif isinstance(handler, TCPSocket):
        sent = "a TCP connection, nothing more"
    elif isinstance(handler, GRPC):
        sent = "gRPC health check"
    else:
        return ()
    if dial is not None and isinstance(handler.port, str):
        return sent, f"its port {handler.port} is {dial.port}"
    return (sent,)


def open_paths(http_paths: Iterable[str]) -> tuple[str, ...]:
    """Return what anybody may ask for."""
    listed = ", ".join(http_paths)
    return (f"HTTP GET {listed}",) if listed else ()


def listens(place: str) -> str:
    """Return where a container listens."""
    return f"listens on {place}"


def declares(port: str, number: int | None) -> str:
    """Return that a container declares a port of that name."""
    return f"has a port {port}: {number}"


def host_port(number: int) -> str:
    """Return that a container has a port of the node."""
    return f"hostPort: {number}"


def shown_image(reference: str) -> str:
    """Return the image of a container."""
    return f"image {reference}" if reference else "no image"


def passed_by(guard: str) -> str:
    """Return whom an open door leads past."""
    return f"door past {guard}"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
