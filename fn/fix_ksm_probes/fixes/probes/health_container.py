"""The container that answers on a health port, copied from a proxy of the pod."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis, guards
from fix_ksm_probes.analysis.decision import Network
from fix_ksm_probes.manifests.pod import Argument, Container
from fix_ksm_probes.programs import (
    Listener,
    Process,
    Program,
    dialled_from_inside,
    expand,
    read_command_line,
)
from fix_ksm_probes.yamlpatch import NamedTuple, Pointer, list_at, text_at, value_at

_PORTS = 65536
_COPIED = ("imagePullPolicy", "env", "envFrom", "resources", "securityContext", "volumeMounts")


class Template(NamedTuple):
    """What a health container is copied from: a proxy of the pod, or `image` and a container."""

    image: object
    process: Process

    @property
    def container(self) -> Container:
        """Return the container of the pod."""
        return self.process.container


def find_template(listener: Listener, network: Network, image: str) -> Template | None:
    """Return the template for a health port before `listener`.

    That is its own proxy, or else another proxy of the pod, or else `image` with the security
    context of the container that listens.
    """
    before = [network.process_of(each) for each in guards(listener, network)]
    for process in (*before, *network.processes):
        if _can_be_copied(process):
            return Template(None, process)
    if not image:
        return None
    return Template(image, network.process_of(listener))


def _can_be_copied(process: Process) -> bool:
    # A copy of a proxy that exits at start may exit, too.
    return process.may_ignore_paths and bool(process.container.image) and not process.exits


def health_container(
    resource: object,
    template: Template,
    listener: Listener,
    name: str,
    port: int,
    http_paths: tuple[str, ...],
) -> dict[str, object]:
    """Return the container that answers `http_paths` of `listener` on `port` without a token."""
    pointer = template.container.pointer
    upstream = f"http://{dialled_from_inside(listener.address)}:{listener.port}/"
    arguments: list[object] = [
        f"--secure-listen-address=:{port}",
        f"--upstream={upstream}",
        f"--ignore-paths={','.join(http_paths)}",
    ]
    made: dict[str, object] = {"name": name}
    program = template.process.program
    if program is not None and program.guard is not None:
        made["image"] = value_at(resource, (*pointer, "image"))
        made |= _copied(resource, pointer, _COPIED)
        start, rest = _split_words(template.container, program.name)
        if start:
            made["command"] = [word.text for word in start]
        arguments += _guarding_arguments(template.container, rest, program)
    else:
        made["image"] = template.image
        made |= _copied(resource, pointer, ("securityContext",))
    # The fields that no other container has come last, so that a diff shows the container in one
    # piece.
    return {**made, "args": arguments, "ports": [{"containerPort": port}]}


def container_names(analysis: Analysis) -> set[str]:
    """Return the names of all containers of the pod, init containers included."""
    pod = analysis.network.pod
    declared = list_at(analysis.workload.resource, (*pod.pointer, "initContainers"))
    names = {text_at(each, ("name",)) for each in declared}
    return names | {container.name for container in pod.containers}


def free_port(network: Network, first: int, reserved: tuple[int, ...]) -> int | None:
    """Return the first port from `first` on that no container or probe uses."""
    taken = {*reserved, *(listener.port for listener in network.listeners)}
    for container in network.pod.containers:
        for port in container.ports:
            taken |= {number for number in (port.number, port.host_port) if number is not None}
        # A probe whose verdict is unknown may ask something else at its port.
        asked = (getattr(probe.handler, "port", None) for probe in container.probes)
        taken |= {port for port in asked if isinstance(port, int)}
    free = network.taken.first_free(first)
    while free in taken:
        free = network.taken.first_free(free + 1)
    return free if free < _PORTS else None


def _split_words(
    container: Container, name: str
) -> tuple[tuple[Argument, ...], tuple[Argument, ...]]:
    # The words that start the program, perhaps after an init, and its flags.
    words = (*container.command, *container.args)
    for index, word in enumerate(words if container.command else ()):
        if (word.text or "").rpartition("/")[2] == name:
            return words[: index + 1], words[index + 1 :]
    return (), container.args


def _guarding_arguments(
    container: Container, rest: tuple[Argument, ...], program: Program
) -> list[object]:
    # All flags that limit who is let in are copied, or the health port would let in more.
    own = program.guard.own_flags if program.guard else frozenset()
    words = expand(rest, container)
    return [
        argument.text
        for flag in read_command_line(words, program.flag_set).flags
        if flag.name not in own
        for argument in flag.arguments
    ]


def _copied(resource: object, pointer: Pointer, fields: tuple[str, ...]) -> dict[str, object]:
    found = {field: value_at(resource, (*pointer, field)) for field in fields}
    return {field: value for field, value in found.items() if value is not None}
