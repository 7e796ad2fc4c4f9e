"""What a person is told line by line."""

from __future__ import annotations

from fix_ksm_probes.report.outcome import Outcome
from fix_ksm_probes.report.result import ERROR


def on_one_line(text: str) -> str:
    """Return `text` with escapes for line breaks and all else that a terminal would act upon."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


def lines(outcome: Outcome, *, errors_only: bool) -> tuple[str, ...]:
    """Return a line for each result, errors first: kpt and kustomize show the first lines only."""
    ordered = sorted(
        outcome.all_results, key=lambda result: (result.severity != ERROR, result.follows)
    )
    return tuple(
        result.as_line() for result in ordered if not errors_only or result.severity == ERROR
    )
