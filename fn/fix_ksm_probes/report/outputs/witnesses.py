"""What keeps a verdict from being known: the arguments, and the containers that have them."""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.analysis import decision
from fix_ksm_probes.analysis.analyse import Analysis, JudgedProbe
from fix_ksm_probes.analysis.evidence import name_of
from fix_ksm_probes.programs import Listener, Process, meets, overlap
from fix_ksm_probes.programs.listeners import OPTION_FILE, UNREADABLE, VARIABLE
from fix_ksm_probes.report.outputs.captions import host_port
from fix_ksm_probes.report.outputs.evidence import (
    argument,
    bindings,
    flags,
    hidden_arguments,
    image,
    last_flag,
)
from fix_ksm_probes.report.outputs.stops import BESIDE, Stop, onward


def missing(judged: JudgedProbe, analysis: Analysis) -> tuple[str, ...]:
    """Return what the last container on the way leaves open."""
    verdict = judged.verdict
    if not verdict.route:
        return ()
    last = verdict.route[-1]
    container = analysis.network.process_of(last).container
    if verdict.why == decision.VERSION:
        return image(container)
    if verdict.why == OPTION_FILE and last.tls is None:
        return last_flag(container, analysis, "tls-config")
    if verdict.why == decision.UPSTREAM and onward(verdict, last) is None:
        return last_flag(container, analysis, "upstream")
    return ()


def witnesses(judged: JudgedProbe, analysis: Analysis) -> Iterator[Stop]:
    """Yield the containers that keep a verdict from being known."""
    verdict, network = judged.verdict, analysis.network
    for process in network.processes:
        if process.analysis.indeterminate == verdict.why:
            yield Stop(BESIDE, process.container.name, _veil(process, analysis))
    if verdict.why == decision.HOST_PORT and verdict.dial is not None:
        for container in network.pod.containers:
            if any(port.host_port == verdict.dial.port for port in container.ports):
                told = host_port(verdict.dial.port)
                yield Stop(BESIDE, container.name, (told,))
    for listener in _rivals(judged, analysis):
        yield Stop(BESIDE, name_of(listener, network), bindings(listener, analysis))


def _rivals(judged: JudgedProbe, analysis: Analysis) -> Iterator[Listener]:
    verdict, listeners = judged.verdict, analysis.network.listeners
    for listener in listeners:
        if verdict.why == decision.CONFLICT and any(_clash(listener, other) for other in listeners):
            yield listener
        if verdict.why == decision.ADDRESS and _may_meet(listener, judged):
            yield listener


def _clash(one: Listener, other: Listener) -> bool:
    return one != other and one.port == other.port and overlap(one.address, other.address)


def _may_meet(listener: Listener, judged: JudgedProbe) -> bool:
    verdict = judged.verdict
    dialled = onward(verdict, verdict.route[-1]) if verdict.route else verdict.dial
    if dialled is None:
        return False
    return listener.port == dialled.port and meets(listener.address, dialled.address) is None


def _veil(process: Process, analysis: Analysis) -> tuple[str, ...]:
    container = process.container
    why = process.analysis.indeterminate
    if why == VARIABLE:
        return hidden_arguments(container, analysis)
    if why == OPTION_FILE:
        return last_flag(container, analysis, "config")
    if why == UNREADABLE:
        return flags(container, analysis, "port", "telemetry-port")
    if container.command:
        return (argument(container.command[0].pointer, analysis),)
    return image(container)
