"""Which program a container runs, by its image, its command, or the labels of its workload."""

from __future__ import annotations

import re
from collections.abc import Callable

from fix_ksm_probes.manifests.pod import Argument, Container, Pod
from fix_ksm_probes.programs import kube_rbac_proxy, kube_state_metrics
from fix_ksm_probes.programs.command_line import expand, read_command_line
from fix_ksm_probes.programs.invocation import Invocation
from fix_ksm_probes.programs.listeners import ANOTHER_PROGRAM, SHELL, Implied, Version
from fix_ksm_probes.programs.releases import mounts_token
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple


class Program(NamedTuple):
    """A program that is known; `majors` are its own major versions, no distributor's."""

    name: str
    majors: tuple[int, ...]
    listen: Callable[[Invocation], Implied]


PROGRAMS = (
    Program(kube_state_metrics.NAME, kube_state_metrics.MAJORS, kube_state_metrics.listen),
    Program(kube_rbac_proxy.NAME, kube_rbac_proxy.MAJORS, kube_rbac_proxy.listen),
)

_KSM, _KRP = PROGRAMS

_SUFFIX = r"(?:[-_](?:amd64|arm64|arm|ppc64le|s390x|linux|fips|image|debug|dev|rhel\d*|ubi\d*))*\Z"
_VERSION = r"v?(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?(?![\d.])"
_SHELLS = frozenset(("sh", "ash", "bash", "dash", "busybox"))
_LAUNCHERS = frozenset(("tini", "dumb-init", "catatonit"))
_LABELS = ("app.kubernetes.io/name", "k8s-app", "app")


class Process(NamedTuple):
    """A container with the program it runs, None where that is not known, and what it implies."""

    container: Container
    program: Program | None
    version: Version | None
    implied: Implied

    def runs(self, name: str) -> bool:
        """Tell whether it is known to run the program `name`."""
        return self.program is not None and self.program.name == name


def identify_programs(pod: Pod, labels: tuple[tuple[str, str], ...]) -> tuple[Process, ...]:
    """Return the process of each container of `pod`, in their order.

    `labels` are those of the workload; they, or the pod's, name kube-state-metrics where images
    do not.
    """
    named = [_named_program(container) for container in pod.containers]
    labelled = _KSM.name in _names((*labels, *pod.labels))
    if labelled or _KSM in named:
        named = [_proxy_by_flags(*each) for each in zip(pod.containers, named, strict=True)]
    if labelled and _KSM not in named:
        named = _exporter_by_label(pod, named)
    return tuple(
        _start(index, container, program, pod)
        for index, (container, program) in enumerate(zip(pod.containers, named, strict=True))
    )


def _start(index: int, container: Container, program: Program | None, pod: Pod) -> Process:
    if program is None:
        return Process(container, None, None, Implied(hidden=ANOTHER_PROGRAM))
    arguments = started_with(container, program)
    if arguments is None:
        started = _basename(container.command[0])
        hidden = SHELL if started in _SHELLS else ANOTHER_PROGRAM
        return Process(container, program, None, Implied(hidden=hidden))
    version = _read_version(container.image, program)
    has_token = pod.automount or mounts_token(container.mounts)
    implied = program.listen(Invocation(index, container, version, arguments, has_token))
    return Process(container, program, version, implied)


def started_with(container: Container, program: Program) -> tuple[Argument, ...] | None:
    """Return the words that `program` is started with; None where another program starts it."""
    command = _without_launcher(container.command)
    if not command:
        return container.args
    if _basename(command[0]) == program.name:
        return (*command[1:], *container.args)
    return None


def _named_program(container: Container) -> Program | None:
    command = _without_launcher(container.command)
    started = _basename(command[0]) if command else ""
    for program in PROGRAMS:
        if started == program.name:
            return program
    return next((each for each in PROGRAMS if _names_image(container.image, each)), None)


def _proxy_by_flags(container: Container, program: Program | None) -> Program | None:
    # Beside kube-state-metrics these two flags are enough; no other proxy has both.
    if program is None and not container.command:
        words = expand(container.args, container)
        flags = read_command_line(words, kube_rbac_proxy.FLAGS).flags
        if {"secure-listen-address", "upstream"} <= {flag.name for flag in flags}:
            return _KRP
    return program


def _exporter_by_label(pod: Pod, named: list[Program | None]) -> list[Program | None]:
    free = [
        container
        for container, program in zip(pod.containers, named, strict=True)
        if program is None and not container.command
    ]
    by_name = [container for container in free if container.name == _KSM.name]
    chosen = by_name or (free if len(free) == 1 else [])
    return [
        _KSM if container in chosen else program
        for container, program in zip(pod.containers, named, strict=True)
    ]


def _names(labels: tuple[tuple[str, str], ...]) -> set[str]:
    return {value for key, value in labels if key in _LABELS}


def _without_launcher(command: tuple[Argument, ...]) -> tuple[Argument, ...]:
    if command and _basename(command[0]) in _LAUNCHERS:
        rest = 1
        while rest < len(command) and (command[rest].text or "").startswith("-"):
            rest += 1
        return command[rest:]
    return command


def _basename(argument: Argument) -> str:
    return (argument.text or "").rpartition("/")[2]


def _names_image(image: str, program: Program) -> bool:
    repository = image.partition("@")[0].rpartition("/")[2].partition(":")[0]
    return re.search(rf"(?:\A|[-_.]){program.name}{_SUFFIX}", repository) is not None


def _read_version(image: str, program: Program) -> Version | None:
    if not _names_image(image, program):
        return None
    tag = image.partition("@")[0].rpartition("/")[2].partition(":")[2]
    found = re.match(_VERSION, tag)
    if found is None or int(found[1]) not in program.majors:
        return None
    return int(found[1]), int(found[2]), int(found[3] or 0)
