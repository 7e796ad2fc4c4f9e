"""The way of each probe as a sketch in plain text, for a terminal, a log or an issue."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from fix_ksm_probes.analysis.analyse import Analysis
from fix_ksm_probes.report.outputs.captions import NOTHING, OUTCOMES
from fix_ksm_probes.report.outputs.sketch import Sketch, plain, sketch, sketch_after
from fix_ksm_probes.report.outputs.stops import ANSWERS, BESIDE, LOST, REACHED, REFUSED, Stop

_WIDTH = 80
_ARROWS = {REACHED: "->", ANSWERS: "=>", REFUSED: "-X", LOST: "-?", BESIDE: ".."}
_INDENT = " " * 5
_LEFT = 26
"""The widest place that has what proves it on its own line."""


def explain(
    analyses: tuple[Analysis, ...], nothing: str = NOTHING, after: tuple[Analysis, ...] = ()
) -> str:
    """Return the sketch of each workload, in lines of printable ASCII and 80 columns at most.

    `nothing` is said where there is none; `after` are workloads as their repair leaves them.
    """
    if not analyses:
        return f"{nothing}\n"
    sketches = (*map(sketch, analyses), *map(sketch_after, after))
    return "\n".join("".join(f"{line}\n" for line in _lines(each)) for each in sketches)


def _lines(drawn: Sketch) -> Iterator[str]:
    title = list(_wrapped(drawn.name, "", ""))
    yield from title
    yield "=" * max(map(len, title))
    yield from _wrapped(drawn.tally, "", "  ")
    left = _left(drawn)
    for way in drawn.ways:
        yield ""
        reason = f": {way.reason}" if way.reason else ""
        outcome = OUTCOMES[way.outcome].ljust(9)
        yield from _wrapped(f"{way.whose}{reason}", outcome, " " * 9)
        yield f"  {way.start}"
        for stop in way.stops:
            yield from _stop(stop, left)


def _left(drawn: Sketch) -> int:
    texts = (stop.text for way in drawn.ways for stop in way.stops if stop.evidence)
    return max((len(text) for text in texts if len(text) <= _LEFT), default=0)


def _stop(stop: Stop, left: int) -> Iterator[str]:
    lines = _wrapped(stop.text, f"  {_ARROWS[stop.mark]} ", _INDENT)
    column = len(_INDENT) + left + 2
    if any(column + len(plain(proof)) > _WIDTH for proof in stop.evidence):
        column = len(_INDENT) + 4
    indent = " " * column
    proofs = [line for proof in stop.evidence for line in _wrapped(proof, indent, indent)]
    if proofs and len(lines) == 1 and len(lines[0]) + 2 <= column:
        lines = [lines[0].ljust(column) + proofs.pop(0).lstrip()]
    yield from (*lines, *proofs)


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    return wrap(
        plain(text) or "?",
        _WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
    )
