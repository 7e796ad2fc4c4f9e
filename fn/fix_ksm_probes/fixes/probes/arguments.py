"""Patches of a container's command line."""

from __future__ import annotations

from fix_ksm_probes.manifests.pod import Container
from fix_ksm_probes.programs import Listener, Process
from fix_ksm_probes.yamlpatch import END, Operation, Patch, add, replace

NO_MORE_FLAGS = "its arguments end with --, so no flag can follow"


def append_argument(container: Container, argument: str) -> Operation:
    """Return the operation that puts `argument` last, where kpt keeps all comments in place."""
    if container.args:
        return add((*container.pointer, "args", END), argument)
    if len(container.command) > 1:
        return add((*container.pointer, "command", END), argument)
    return add((*container.pointer, "args"), [argument])


def takes_more_flags(process: Process) -> bool:
    """Tell whether a flag that is put last is read as one; a word -- ends the flags."""
    return all(word.text != "--" for word in process.words)


def ignore_also(container: Container, listener: Listener, http_paths: tuple[str, ...]) -> Patch:
    """Return the patch that lets `http_paths` through the proxy at `listener` without a token."""
    if listener.proxy is None or not http_paths:
        return ()
    argument = listener.proxy.ignore_argument
    if argument is None or not argument.text:
        return (append_argument(container, "--ignore-paths=" + ",".join(http_paths)),)
    # The line break that ends a block scalar would end the list.
    text = argument.text.rstrip("\n")
    separator = "" if text.endswith("=") else ","
    return (replace(argument.pointer, text + separator + ",".join(http_paths)),)
