"""The arguments, images and ports of a manifest that decide where a trace leads, as text."""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.analysis import decision
from fix_ksm_probes.analysis.analyse import Analysis, JudgedProbe
from fix_ksm_probes.analysis.decision import Verdict
from fix_ksm_probes.analysis.wording import given_with_port, where_bound
from fix_ksm_probes.manifests.pod import Argument, Container
from fix_ksm_probes.programs import HIDDEN, Listener, Process, expand, listeners
from fix_ksm_probes.rules import catalogue
from fix_ksm_probes.yamlpatch import Pointer, value_at
from fix_ksm_probes.yamlpatch.patch import brackets
from fix_ksm_probes.yamlpatch.scalars import as_text

# The flags that tell where a program listens.
_BINDING = (
    "host",
    "port",
    "telemetry-host",
    "telemetry-port",
    "secure-listen-address",
    "insecure-listen-address",
    "proxy-endpoints-port",
)
# The flags that tell who listens where, and what is let through.
_DECIDING = frozenset((*_BINDING, "allow-paths", "config", "ignore-paths", "upstream"))

# The flags that may be why a program exits; where none is named, its version is what there is.
_EXITS = {
    listeners.ALLOW_WITH_IGNORE: ("allow-paths", "ignore-paths"),
    listeners.BAD_PATTERN: ("allow-paths", "ignore-paths"),
    listeners.BAD_ADDRESS: _BINDING,
    listeners.SAME_PORT: _BINDING,
    listeners.BAD_UPSTREAM: ("upstream",),
}


def binding(listener: Listener, analysis: Analysis) -> str:
    """Return the argument that binds a listener, or where it listens by default."""
    container = analysis.network.process_of(listener).container
    if listener.source == container.pointer:
        bound = given_with_port(listener.address, listener.port)
        return f"{bound} {where_bound(listener, analysis.network)}"
    return _argument(listener.source, analysis)


def flags(container: Container, analysis: Analysis, *names: str) -> tuple[str, ...]:
    """Return each argument of `container` that gives one of these flags, in their order."""
    return tuple(_argument(pointer, analysis) for pointer in _given(container, names))


def last_flag(container: Container, analysis: Analysis, name: str) -> tuple[str, ...]:
    """Return the argument that decides the flag `name`: the last one."""
    return flags(container, analysis, name)[-1:]


def of_end(judged: JudgedProbe, analysis: Analysis) -> tuple[str, ...]:
    """Return what proves that a probe fails where it ends, or what is not known there."""
    verdict = judged.verdict
    if verdict.reason == catalogue.COMMAND_MISSING:
        return _image(judged.container)
    return of_verdict(verdict, analysis)


def of_verdict(verdict: Verdict, analysis: Analysis) -> tuple[str, ...]:
    """Return what proves a verdict where its last dial ends."""
    last = verdict.hops[-1].listener if verdict.hops else None
    if last is None:
        return ()
    container = analysis.network.process_of(last).container
    if verdict.reason == catalogue.LOOPBACK_ONLY:
        return (binding(last, analysis),)
    if verdict.reason == catalogue.UNAUTHORIZED:
        return flags(container, analysis, "ignore-paths" if last.proxy else "auth-filter")
    if verdict.reason == catalogue.PATH_NOT_ALLOWED:
        return flags(container, analysis, "allow-paths")
    if verdict.reason == catalogue.PATH_NOT_SERVED or verdict.why == decision.VERSION:
        return _image(container)
    if verdict.why == listeners.OPTION_FILE:
        return last_flag(container, analysis, "tls-config")
    if verdict.why == decision.UPSTREAM:
        return last_flag(container, analysis, "upstream")
    if last.proxy and last.proxy.upstream and last.proxy.upstream.leads_nowhere:
        given = last_flag(container, analysis, "upstream")
        return (*given, *last_flag(container, analysis, "upstream-force-h2c"))
    return ()


def of_cause(
    cause: Process | Listener, verdict: Verdict, analysis: Analysis
) -> tuple[str, tuple[str, ...]]:
    """Return the container that keeps a verdict from being known, and the arguments that do."""
    if isinstance(cause, Listener):
        shown = binding(cause, analysis)
        bound = given_with_port(cause.address, cause.port)
        name = analysis.network.process_of(cause).container.name
        return name, (shown,) if shown.startswith(bound) else (f"listens on {bound}", shown)
    container = cause.container
    if verdict.why == decision.HOST_PORT:
        return container.name, (f"hostPort: {verdict.dial.port}",) if verdict.dial else ()
    if verdict.why == listeners.VARIABLE:
        return container.name, _hidden(container, analysis)
    if verdict.why == listeners.OPTION_FILE:
        return container.name, last_flag(container, analysis, "config")
    if verdict.why == listeners.UNREADABLE:
        return container.name, flags(container, analysis, "port", "telemetry-port")
    if container.command:
        return container.name, (_argument(container.command[0].pointer, analysis),)
    return container.name, _image(container)


def of_process(process: Process, analysis: Analysis) -> tuple[str, ...]:
    """Return where a process listens, or why it exits."""
    if process.exits:
        names = _EXITS.get(process.exits, ())
        return flags(process.container, analysis, *names) or _image(process.container)
    return tuple(
        f"listens on {given_with_port(each.address, each.port)}" for each in process.listeners
    )


def _argument(pointer: Pointer, analysis: Analysis) -> str:
    """Return the argument at `pointer` behind its place, with its flag where that stands before."""
    *above, index = pointer
    text = _text(pointer, analysis)
    if isinstance(index, int) and index > 0 and not text.startswith("-"):
        before = _text((*above, index - 1), analysis)
        text = f"{before} {text}" if before.startswith("-") else text
    return f"{brackets(pointer[-2:])} {text}"


def _text(pointer: Pointer, analysis: Analysis) -> str:
    return as_text(value_at(analysis.workload.resource, pointer)) or ""


def _image(container: Container) -> tuple[str, ...]:
    return (f"image {container.image}" if container.image else "no image",)


def _hidden(container: Container, analysis: Analysis) -> tuple[str, ...]:
    """Return the arguments that may tell who listens, and whose text the cluster fills in."""
    return tuple(
        _argument(word.argument.pointer, analysis)
        for word in expand((*container.command, *container.args), container)
        if HIDDEN in word.text and (_flag(word.text) in _DECIDING or HIDDEN in _flag(word.text))
    )


def _given(container: Container, names: tuple[str, ...]) -> Iterator[Pointer]:
    for words in (container.command, container.args):
        for index, word in enumerate(words):
            if _flag(word.text or "") in names:
                yield _valued(word, words[index + 1 : index + 2]).pointer


def _valued(word: Argument, following: tuple[Argument, ...]) -> Argument:
    """Return the word that holds the value of the flag in `word`."""
    if "=" in (word.text or "") or not following or (following[0].text or "").startswith("-"):
        return word
    return following[0]


def _flag(text: str) -> str:
    # What is no flag may be the value of one; a name that is hidden itself may be any.
    return text[2:].partition("=")[0].replace("_", "-") if text.startswith("--") else text
