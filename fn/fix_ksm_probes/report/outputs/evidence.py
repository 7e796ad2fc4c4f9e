"""The arguments, images and ports of a manifest that decide where a way leads."""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.analysis.analyse import Analysis
from fix_ksm_probes.analysis.evidence import given_place, proof
from fix_ksm_probes.manifests.pod import Argument, Container
from fix_ksm_probes.programs import HIDDEN, Listener, expand
from fix_ksm_probes.report.outputs.captions import listens, shown_image
from fix_ksm_probes.yamlpatch import Pointer, value_at
from fix_ksm_probes.yamlpatch.patch import brackets
from fix_ksm_probes.yamlpatch.scalars import as_text

# The flags that tell who listens where, and what is let through.
_DECIDING = frozenset(
    "allow-paths config host ignore-paths insecure-listen-address port proxy-endpoints-port "
    "secure-listen-address telemetry-host telemetry-port upstream".split()
)


def argument(pointer: Pointer, analysis: Analysis) -> str:
    """Return the argument at `pointer` behind its place, with its flag where that stands before."""
    *above, index = pointer
    text = _text(pointer, analysis)
    if isinstance(index, int) and index > 0 and not text.startswith("-"):
        before = _text((*above, index - 1), analysis)
        text = f"{before} {text}" if before.startswith("-") else text
    return f"{brackets(pointer[-2:])} {text}"


def binding(listener: Listener, analysis: Analysis) -> str:
    """Return the argument that binds a listener, or where it listens by default."""
    container = analysis.network.process_of(listener).container
    if listener.source == container.pointer:
        return f"{given_place(listener.address, listener.port)} {proof(listener, analysis.network)}"
    return argument(listener.source, analysis)


def bindings(listener: Listener, analysis: Analysis) -> tuple[str, ...]:
    """Return where a listener is bound, and by which argument."""
    shown = binding(listener, analysis)
    bound = given_place(listener.address, listener.port)
    return (shown,) if shown.startswith(bound) else (listens(bound), shown)


def image(container: Container) -> tuple[str, ...]:
    """Return the image of `container`, which tells the version."""
    return (shown_image(container.image),)


def flags(container: Container, analysis: Analysis, *names: str) -> tuple[str, ...]:
    """Return each argument of `container` that gives one of these flags, in their order."""
    return tuple(argument(pointer, analysis) for pointer in _given(container, names))


def last_flag(container: Container, analysis: Analysis, name: str) -> tuple[str, ...]:
    """Return the argument that decides the flag `name`: the last one."""
    return flags(container, analysis, name)[-1:]


def hidden_arguments(container: Container, analysis: Analysis) -> tuple[str, ...]:
    """Return the arguments that may tell who listens, and whose text the cluster fills in."""
    return tuple(
        argument(word.argument.pointer, analysis)
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


def _text(pointer: Pointer, analysis: Analysis) -> str:
    return as_text(value_at(analysis.workload.resource, pointer)) or ""
