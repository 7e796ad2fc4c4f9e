"""The update switch: a page gets the outputs that its commands wrote; a person reads the diff."""

from __future__ import annotations

from tests.docs.checkout import RanStep
from tests.docs.page import ROOT, Block
from tests.docs.transcript import ANY


def rewrite(ran: list[RanStep]) -> list[RanStep]:
    """Write the outputs of a story into its page, and return it so.

    An output that leaves lines out stays as a person wrote it.
    """
    return [_rewritten(each) for each in ran]


def _rewritten(ran: RanStep) -> RanStep:
    step, seen = ran
    if step.output is None or f"{ANY}\n" in step.output.body:
        return ran
    made = step.output._replace(body=seen.written)
    _replace(step.output, made)
    return RanStep(step._replace(output=made), seen)


def _replace(old: Block, new: Block) -> None:
    # Found by its text: what was rewritten above has moved the lines.
    path = ROOT / old.page
    was, is_now = (f"```{block.language}\n{block.body}```\n" for block in (old, new))
    path.write_text(path.read_text().replace(was, is_now, 1))
