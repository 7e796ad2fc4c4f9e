"""The trace of each probe in plain text, for a terminal, a log or an issue."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from fix_ksm_probes.report.outputs import on_one_line
from fix_ksm_probes.report.outputs.trace import (
    ANSWERS,
    BESIDE,
    LOST,
    NOTHING,
    OUTCOMES,
    REACHED,
    REFUSED,
    Drawing,
    Step,
)

_WIDTH = 80
_ARROWS = {REACHED: "->", ANSWERS: "=>", REFUSED: "-X", LOST: "-?", BESIDE: ".."}
_INDENT = " " * 5
_LEFT = 26
"""The widest field that has its evidence on the same line."""


def explain(drawings: tuple[Drawing, ...], nothing: str = NOTHING) -> str:
    """Return the drawings in lines of printable ASCII and 80 columns at most.

    `nothing` is the text if there is none.
    """
    texts = ("".join(f"{line}\n" for line in _lines(each)) for each in drawings)
    return "\n".join(texts) or f"{nothing}\n"


def _lines(drawn: Drawing) -> Iterator[str]:
    title = list(_wrapped(drawn.name, "", ""))
    yield from title
    yield "=" * max(map(len, title))
    yield from _wrapped(drawn.tally, "", "  ")
    left = _left(drawn)
    for trace in drawn.traces:
        yield ""
        reason = f": {trace.reason}" if trace.reason else ""
        outcome = OUTCOMES[trace.outcome].ljust(9)
        yield from _wrapped(f"{trace.subject}{reason}", outcome, " " * 9)
        yield f"  {trace.start}"
        for step in trace.steps:
            yield from _step(step, left)


def _left(drawn: Drawing) -> int:
    texts = (step.text for trace in drawn.traces for step in trace.steps if step.evidence)
    return max((len(text) for text in texts if len(text) <= _LEFT), default=0)


def _step(step: Step, left: int) -> Iterator[str]:
    lines = _wrapped(step.text, f"  {_ARROWS[step.mark]} ", _INDENT)
    column = len(_INDENT) + left + 2
    if any(column + len(on_one_line(proof, in_ascii=True)) > _WIDTH for proof in step.evidence):
        column = len(_INDENT) + 4
    indent = " " * column
    proofs = [line for proof in step.evidence for line in _wrapped(proof, indent, indent)]
    if proofs and len(lines) == 1 and len(lines[0]) + 2 <= column:
        lines = [lines[0].ljust(column) + proofs.pop(0).lstrip()]
    yield from (*lines, *proofs)


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    return wrap(
        on_one_line(text, in_ascii=True) or "?",
        _WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
    )
