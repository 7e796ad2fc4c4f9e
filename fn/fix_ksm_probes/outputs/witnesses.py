"""What keeps a verdict from being known: the arguments, and the containers that have them."""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes import reach
from fix_ksm_probes.addresses import meets, overlap
from fix_ksm_probes.findings import JudgedProbe, Survey
from fix_ksm_probes.limits import name_of
from fix_ksm_probes.listeners import OPTION_FILE, UNREADABLE, VARIABLE, Listener
from fix_ksm_probes.outputs.captions import host_port
from fix_ksm_probes.outputs.evidence import (
    argument,
    bindings,
    flags,
    hidden_arguments,
    image,
    last_flag,
)
from fix_ksm_probes.outputs.stops import BESIDE, Stop, onward
from fix_ksm_probes.programs.identify import Process


def missing(judged: JudgedProbe, survey: Survey) -> tuple[str, ...]:
    """Return what the last container on the way leaves open."""
    verdict = judged.verdict
    if not verdict.route:
        return ()
    last = verdict.route[-1]
    container = survey.network.processes[last.container].container
    if verdict.why == reach.VERSION:
        return image(container)
    if verdict.why == OPTION_FILE and last.tls is None:
        return last_flag(container, survey, "tls-config")
    if verdict.why == reach.UPSTREAM and onward(verdict, last) is None:
        return last_flag(container, survey, "upstream")
    return ()


def witnesses(judged: JudgedProbe, survey: Survey) -> Iterator[Stop]:
    """Yield the containers that keep a verdict from being known."""
    verdict, network = judged.verdict, survey.network
    for process in network.processes:
        if process.implied.hidden == verdict.why:
            yield Stop(BESIDE, process.container.name, _veil(process, survey))
    if verdict.why == reach.HOST_PORT and verdict.dial is not None:
        for container in network.pod.containers:
            if any(port.host_port == verdict.dial.port for port in container.ports):
                told = host_port(verdict.dial.port)
                yield Stop(BESIDE, container.name, (told,))
    for listener in _rivals(judged, survey):
        yield Stop(BESIDE, name_of(listener, network), bindings(listener, survey))


def _rivals(judged: JudgedProbe, survey: Survey) -> Iterator[Listener]:
    verdict, listeners = judged.verdict, survey.network.listeners
    for listener in listeners:
        if verdict.why == reach.CONFLICT and any(_clash(listener, other) for other in listeners):
            yield listener
        if verdict.why == reach.ADDRESS and _may_meet(listener, judged):
            yield listener


def _clash(one: Listener, other: Listener) -> bool:
    return one != other and one.port == other.port and overlap(one.address, other.address)


def _may_meet(listener: Listener, judged: JudgedProbe) -> bool:
    verdict = judged.verdict
    dialled = onward(verdict, verdict.route[-1]) if verdict.route else verdict.dial
    if dialled is None:
        return False
    return listener.port == dialled.port and meets(listener.address, dialled.address) is None


def _veil(process: Process, survey: Survey) -> tuple[str, ...]:
    container = process.container
    hidden = process.implied.hidden
    if hidden == VARIABLE:
        return hidden_arguments(container, survey)
    if hidden == OPTION_FILE:
        return last_flag(container, survey, "config")
    if hidden == UNREADABLE:
        return flags(container, survey, "port", "telemetry-port")
    if container.command:
        return (argument(container.command[0].pointer, survey),)
    return image(container)
