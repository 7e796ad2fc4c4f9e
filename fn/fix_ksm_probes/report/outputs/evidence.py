"""The evidence for a trace as text: arguments, images and ports of the manifest."""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.analysis import decision
from fix_ksm_probes.analysis.decision import Network, Verdict
from fix_ksm_probes.analysis.wording import given_with_port, where_bound
from fix_ksm_probes.manifests.pod import Argument, Container
from fix_ksm_probes.programs import HIDDEN, Listener, Process, expand, listeners
from fix_ksm_probes.rules import catalogue
from fix_ksm_probes.yamlpatch.patch import brackets

# The flags that say where a program listens.
_BINDING = (
    "host",
    "port",
    "telemetry-host",
    "telemetry-port",
    "secure-listen-address",
    "insecure-listen-address",
    "proxy-endpoints-port",
)
# The flags that say what listens where, and what is let through.
_DECIDING = frozenset((*_BINDING, "allow-paths", "config", "ignore-paths", "upstream"))

# The flags that may be why a program exits; if none is given, its version is the evidence.
_EXITS = {
    listeners.ALLOW_WITH_IGNORE: ("allow-paths", "ignore-paths"),
    listeners.BAD_PATTERN: ("allow-paths", "ignore-paths"),
    listeners.BAD_ADDRESS: _BINDING,
    listeners.SAME_PORT: _BINDING,
    listeners.BAD_UPSTREAM: ("upstream",),
}


def binding(listener: Listener, network: Network) -> str:
    """Return the argument that binds a listener, or its default address."""
    process = network.process_of(listener)
    if listener.source == process.container.pointer:
        where = given_with_port(listener.address, listener.port)
        return f"{where} {where_bound(listener, network)}"
    proving = (flag for flag in process.line.flags if flag.argument.pointer == listener.source)
    return _shown(next(proving).arguments)


def flags(process: Process, *names: str) -> tuple[str, ...]:
    """Return each argument of a process that gives one of these flags, in order."""
    return tuple(_shown(flag.arguments) for flag in process.line.flags if flag.name in names)


def last_flag(process: Process, name: str) -> tuple[str, ...]:
    """Return the argument that decides the flag `name`: the last one."""
    return flags(process, name)[-1:]


def of_verdict(
    verdict: Verdict, network: Network, probed: Container | None = None
) -> tuple[str, ...]:
    """Return the evidence for a verdict at its last dial, or what is not known there.

    `probed` is the container of the probe, None for a scrape.
    """
    if verdict.reason == catalogue.COMMAND_MISSING and probed:
        return _image(probed)
    last = verdict.hops[-1].listener if verdict.hops else None
    if last is None:
        return ()
    process = network.process_of(last)
    if verdict.reason == catalogue.LOOPBACK_ONLY:
        return (binding(last, network),)
    if verdict.reason == catalogue.UNAUTHORIZED:
        return flags(process, "ignore-paths" if last.proxy else "auth-filter")
    if verdict.reason == catalogue.PATH_NOT_ALLOWED:
        return flags(process, "allow-paths")
    if verdict.reason == catalogue.PATH_NOT_SERVED or verdict.why == decision.VERSION:
        return _image(process.container)
    if verdict.why == listeners.OPTION_FILE:
        return last_flag(process, "tls-config")
    if verdict.why == decision.UPSTREAM:
        return last_flag(process, "upstream")
    if last.proxy and last.proxy.upstream and last.proxy.upstream.leads_nowhere:
        return (*last_flag(process, "upstream"), *last_flag(process, "upstream-force-h2c"))
    return ()


def of_cause(
    cause: Process | Listener, verdict: Verdict, network: Network
) -> tuple[str, tuple[str, ...]]:
    """Return the container and arguments because of which a verdict is unknown."""
    if isinstance(cause, Listener):
        shown = binding(cause, network)
        where = given_with_port(cause.address, cause.port)
        name = network.process_of(cause).container.name
        return name, (shown,) if shown.startswith(where) else (f"listens on {where}", shown)
    container = cause.container
    if verdict.why == decision.HOST_PORT:
        return container.name, (f"hostPort: {verdict.dial.port}",) if verdict.dial else ()
    if verdict.why == listeners.VARIABLE:
        return container.name, tuple(_hidden(cause))
    if verdict.why == listeners.OPTION_FILE:
        return container.name, last_flag(cause, "config")
    if verdict.why == listeners.UNREADABLE:
        return container.name, flags(cause, "port", "telemetry-port")
    if container.command:
        return container.name, (_shown(container.command[:1]),)
    return container.name, _image(container)


def of_process(process: Process) -> tuple[str, ...]:
    """Return where a process listens, or why it exits."""
    if process.exits:
        return flags(process, *_EXITS.get(process.exits, ())) or _image(process.container)
    return tuple(
        f"listens on {given_with_port(each.address, each.port)}" for each in process.listeners
    )


def _shown(arguments: tuple[Argument, ...]) -> str:
    """Return the words of a flag, or another word, after the field of the last one."""
    words = " ".join(argument.text or "" for argument in arguments)
    return f"{brackets(arguments[-1].pointer[-2:])} {words}"


def _image(container: Container) -> tuple[str, ...]:
    return (f"image {container.image}" if container.image else "no image",)


def _hidden(process: Process) -> Iterator[str]:
    """Yield the arguments that may decide what listens, and whose text is hidden."""
    given = {word.pointer: flag for flag in process.line.flags for word in flag.arguments}
    for word in expand(process.words, process.container):
        flag = given.get(word.argument.pointer)
        if HIDDEN in word.text and (flag is None or HIDDEN in flag.name or flag.name in _DECIDING):
            yield _shown(flag.arguments if flag else (word.argument,))
