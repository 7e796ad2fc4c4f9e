"""The known programs, and which of them a container runs.

An image identifies it, or a command, the labels of a workload, or flags that no other program has.
"""

from __future__ import annotations

import re

from fix_ksm_probes.manifests.files import Files
from fix_ksm_probes.manifests.index import Index
from fix_ksm_probes.manifests.placeholders import (
    find_in_value,
    find_placeholder,
    replace_placeholders,
)
from fix_ksm_probes.manifests.pod import Container, Exec, Pod, TCPSocket, read_pod
from fix_ksm_probes.manifests.workload import Workload
from fix_ksm_probes.programs import kube_rbac_proxy, kube_state_metrics
from fix_ksm_probes.programs.command_line import (
    basename,
    expand,
    read_command_line,
    started_words,
)
from fix_ksm_probes.programs.listeners import (
    ANOTHER_PROGRAM,
    HIDDEN,
    HOOK_LACKS,
    HOOK_OF_NO_KUBELET,
    NO_ADDRESS,
    NO_BINARY,
    NO_KEY,
    PLACEHOLDER,
    SHELL,
    UNKNOWN_BUILD,
    UNKNOWN_BUILD_LACKS,
    VARIABLE,
    ListenAnalysis,
    Stopped,
    Version,
)
from fix_ksm_probes.programs.program import Invocation, Process, Program
from fix_ksm_probes.yamlpatch import value_at

PROGRAMS = (kube_state_metrics.PROGRAM, kube_rbac_proxy.PROGRAM)
"""All known programs. A new one is added here."""

_STARTED: dict[object, Process] = {}
_MOST_STARTED = 100
_NOTHING = Index()
_SUFFIX = r"(?:[-_](?:amd64|arm64|arm|ppc64le|s390x|linux|fips|image|debug|dev|rhel\d*|ubi\d*))*"
_MOST_DIGITS = 6
_SHELLS = frozenset(("sh", "ash", "bash", "dash", "busybox"))
_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 (a place, no secret)
_LABELS = ("app.kubernetes.io/name", "k8s-app", "app")


def exporter_names() -> tuple[str, ...]:
    """Return the names of the programs whose probes are judged: all except the proxies."""
    return tuple(program.name for program in PROGRAMS if program.guard is None)


def may_ignore_paths(image: str) -> bool:
    """Tell whether a proxy of `image` can let paths through without a token, as far as known."""
    program = _program_of_image(image)
    return program is None or program.may_ignore_paths(_read_version(image, program))


def may_run_a_proxy(pod: Pod) -> bool:
    """Tell whether a container of `pod` may run a proxy, by its image, command or arguments."""
    telltales = [each for program in PROGRAMS for each in program.telltale_flags]
    words = (word.text or "" for each in pod.containers for word in (*each.command, *each.args))
    guards = (program for program in map(_named_program, pod.containers) if program)
    return any(each.guard for each in guards) or any(
        telltale in word for word in words for telltale in telltales
    )


def identify_programs(
    pod: Pod, workload: Workload, related: Index = _NOTHING
) -> tuple[Process, ...]:
    """Return the process of each container of `pod`, in their order.

    If images do not, the labels of the workload or the pod name an exporter. `related`, the index
    of the input, has the files.
    """
    named = [_named_program(container) for container in pod.containers]
    exporters = [program for program in PROGRAMS if program.guard is None]
    names = {value for key, value in (*workload.labels, *pod.labels) if key in _LABELS}
    labelled = [program for program in exporters if program.name in names]
    if labelled or any(program in named for program in exporters):
        named = [_program_by_flags(*each) for each in zip(pod.containers, named, strict=True)]
    for program in labelled:
        if program not in named:
            named = _program_by_label(pod, named, program)
    return tuple(
        _started(index, container, program, pod, Files(workload, container.pointer, related))
        for index, (container, program) in enumerate(zip(pod.containers, named, strict=True))
    )


def objects_asked_for(workload: Workload) -> tuple[str, ...]:
    """Return the names of ConfigMaps and Secrets with files or variables for the arguments."""
    containers = read_pod(workload).containers
    variables = (variable.config_map for each in containers for variable in each.env)
    sources = (source.config_map for each in containers for source in each.env_from)
    files = (
        name
        for container in containers
        for word in (*container.command, *container.args)
        for path in (word.text or "").partition("=")[::2]
        if path.startswith("/")
        for name in Files(workload, container.pointer).objects(path)
    )
    return (*filter(None, (*variables, *sources)), *files)


def _started(
    index: int, container: Container, program: Program | None, pod: Pod, files: Files
) -> Process:
    """Return what `_start` does, from a cache: it saves 0.8 ms for each workload of a fleet.

    Each step of a repair asks again. Without mounted files, only the key matters.
    """
    if container.mounts:
        return _start(index, container, program, pod, files)
    name = program and program.name
    key = (index, container, name, pod.automount, _owning_kind(files.workload))
    process = _STARTED.get(key)
    if process is None:
        if len(_STARTED) == _MOST_STARTED:
            _STARTED.clear()
        process = _STARTED[key] = _start(index, container, program, pod, files)
    return process._replace(container=container)


def _start(
    index: int, container: Container, program: Program | None, pod: Pod, files: Files
) -> Process:
    stopped_by = _stopped_by(container)
    if stopped_by:
        return Process(container, program, None, stopped_by)
    arguments = program.words_of(container) if program else None
    if program is None or arguments is None:
        started = next(iter(started_words(container)), None)
        why = SHELL if started and basename(started) in _SHELLS else ANOTHER_PROGRAM
        # The command, if there is one, decides which program starts.
        culprit = (
            find_placeholder(started.text or "") if started else find_in_value(container.image)
        )
        return Process(container, program, None, _hiding(culprit, ListenAnalysis((), why)))
    version = _read_version(container.image, program)
    has_token = pod.automount or any(map(_holds_token, container.mounts))
    is_known = _is_known_build(container.image, program, version)
    kind = _owning_kind(files.workload)
    try:
        analysis = program.listen(
            Invocation(index, container, version, is_known, arguments, kind, has_token, files)
        )
    except Stopped as stopped:
        analysis = stopped.analysis
    if analysis.exits and not is_known:
        # Another build may accept what makes upstream's releases exit.
        why = UNKNOWN_BUILD_LACKS if analysis.exits == NO_ADDRESS else UNKNOWN_BUILD
        analysis = ListenAnalysis(indeterminate=why, culprit=analysis.culprit)
    if analysis.indeterminate in (UNKNOWN_BUILD, UNKNOWN_BUILD_LACKS):
        analysis = _hiding(find_in_value(container.image), analysis)
    analysis = analysis._replace(culprit=_as_written(analysis.culprit, container))
    analysis = _hiding(find_placeholder(analysis.culprit, container.variables), analysis)
    if HIDDEN in analysis.culprit:
        analysis = analysis._replace(indeterminate=VARIABLE, culprit="")
    if analysis.indeterminate == VARIABLE:
        analysis = _hiding(container.placeholder, analysis)
    is_bare = _is_bare(container.image, program, version)
    return Process(container, program, version, analysis, is_bare)


def _owning_kind(workload: Workload) -> str:
    # A pod that has an owner may be one of any kind.
    owners = value_at(workload.resource, ("metadata", "ownerReferences"))
    kind = workload.identity.kind or ""
    return "" if kind == "Pod" and owners else kind


def _stopped_by(container: Container) -> ListenAnalysis | None:
    """Return why a container never runs, whatever its program does; None if that is not known."""
    if container.lacks_key:
        return ListenAnalysis(exits=NO_KEY, culprit=container.lacks_key)
    command = container.command[0].text if container.command else ""
    if command and _lacks(container, command):
        return ListenAnalysis(exits=NO_BINARY, culprit=command)
    hook = container.post_start
    if isinstance(hook, Exec) and hook.command and _lacks(container, hook.command[0]):
        return ListenAnalysis(exits=HOOK_LACKS, culprit=hook.command[0])
    # An API server accepts it, for compatibility, and each kubelet refuses it.
    if isinstance(hook, TCPSocket):
        return ListenAnalysis(exits=HOOK_OF_NO_KUBELET, culprit="tcpSocket")
    return None


def _lacks(container: Container, command: str) -> bool:
    program = _program_of_image(container.image)
    if program is None or not command or "$" in command or find_placeholder(command):
        return False
    version = _read_version(container.image, program)
    is_bare = _is_bare(container.image, program, version)
    return Process(container, program, version, ListenAnalysis(), is_bare).lacks(command)


def _holds_token(mount: str) -> bool:
    return bool(mount) and f"{_TOKEN}/".startswith(f"{mount.rstrip('/')}/")


def _as_written(culprit: str, container: Container) -> str:
    """Return `culprit` with the names of variables, not their values, which may be secret."""
    written = (word.text or "" for word in (*container.command, *container.args))
    if any(culprit in text for text in written):
        return culprit
    for variable in container.env:
        if variable.value:
            culprit = culprit.replace(variable.value, f"$({variable.name})")
    return culprit


def _hiding(placeholder: str, analysis: ListenAnalysis) -> ListenAnalysis:
    """Return `analysis`; with a placeholder, that is the culprit, and nothing else is known."""
    if not placeholder:
        return analysis
    return analysis._replace(indeterminate=PLACEHOLDER, exits="", culprit=placeholder)


def _named_program(container: Container) -> Program | None:
    words = started_words(container)
    started = basename(words[0]) if words else ""
    for program in PROGRAMS:
        if started == program.name:
            return program
    return _program_of_image(container.image)


def _program_of_image(image: str) -> Program | None:
    return next((each for each in PROGRAMS if _names_image(image, each)), None)


def _program_by_flags(container: Container, known: Program | None) -> Program | None:
    if known is not None or container.command:
        return known
    for program in PROGRAMS:
        if program.telltale_flags:
            words = expand(container.args, container)
            flags = read_command_line(words, program.flag_set).flags
            if program.telltale_flags <= {flag.name for flag in flags}:
                return program
    return None


def _program_by_label(
    pod: Pod, named: list[Program | None], program: Program
) -> list[Program | None]:
    free = [
        container
        for container, known in zip(pod.containers, named, strict=True)
        if known is None and not container.command
    ]
    by_name = [container for container in free if container.name == program.name]
    chosen = by_name or (free if len(free) == 1 else [])
    return [
        program if container in chosen else known
        for container, known in zip(pod.containers, named, strict=True)
    ]


def _names_image(image: str, program: Program) -> bool:
    repository = image.partition("@")[0].rpartition("/")[2].partition(":")[0]
    before, name, after = repository.rpartition(program.name)
    if not name or before[-1:] not in ("", "-", "_", "."):
        return False
    return not after or re.fullmatch(_SUFFIX, after) is not None


def _is_known_build(image: str, program: Program, version: Version | None) -> bool:
    name, _, tag = image.partition("@")[0].rpartition(":")
    is_release = version is not None and tag.removeprefix("v") == ".".join(map(str, version))
    return (
        is_release
        and version is not None
        and not find_in_value(image)
        and version <= program.newest
        and any(f"/{name}".endswith(f"/{each}") for each in program.repositories)
    )


def _is_bare(image: str, program: Program, version: Version | None) -> bool:
    return (
        version is not None
        and version >= program.bare_since
        and _is_known_build(image, program, version)
    )


def _read_version(image: str, program: Program) -> Version | None:
    if not _names_image(image, program):
        return None
    tag = replace_placeholders(image, HIDDEN).partition("@")[0].rpartition("/")[2].partition(":")[2]
    text = tag.removeprefix("v")
    parts = text[: len(text) - len(text.lstrip("0123456789."))].split(".")
    if len(parts) not in (2, 3) or not all(0 < len(part) <= _MOST_DIGITS for part in parts):
        return None
    major, minor, patch = map(int, (*parts, "0")[:3])
    return (major, minor, patch) if major in program.majors else None
