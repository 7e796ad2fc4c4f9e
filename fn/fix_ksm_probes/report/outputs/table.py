"""The findings as a table: one row for each probe, and for each other finding."""

from __future__ import annotations

from fix_ksm_probes.analysis.decision import FAILS, PASSES, UNKNOWN
from fix_ksm_probes.report.outcome import Outcome, Treated
from fix_ksm_probes.report.outputs.lines import on_one_line
from fix_ksm_probes.report.result import ERROR, INFO, WARNING
from fix_ksm_probes.rules.catalogue import PROBES_MISSING

_HEAD = ("WORKLOAD", "CONTAINER", "PROBE", "VERDICT", "REASON", "DONE")
_VERDICT = _HEAD.index("VERDICT")
_MISSING = "missing"
_GREEN, _RED, _YELLOW, _PLAIN = "\033[32m", "\033[31m", "\033[33m", "\033[0m"
_COLOURS = {
    PASSES: _GREEN,
    INFO: _GREEN,
    FAILS: _RED,
    ERROR: _RED,
    UNKNOWN: _YELLOW,
    WARNING: _YELLOW,
}

_Row = tuple[str, ...]


def table(outcome: Outcome, *, coloured: bool) -> str:
    """Return the findings, a line each under a head; empty where no program is known.

    The verdict of what is no probe is how much it matters.
    """
    rows = [
        tuple(on_one_line(cell) for cell in row)
        for treated in outcome.treated
        for row in _rows(treated)
    ]
    if not rows:
        return ""
    widths = [max(map(len, column)) for column in zip(_HEAD, *rows, strict=True)]
    return "".join(_line(row, widths, coloured=coloured) for row in (_HEAD, *rows))


def _rows(treated: Treated) -> list[_Row]:
    workload = treated.analysis.workload.identity.place
    rows: list[_Row] = []
    told = list(treated.results)
    for judged in treated.analysis.probes:
        pointer = judged.probe.pointer
        result = next((each for each in told if each.field[: len(pointer)] == pointer), None)
        if result is not None:
            told.remove(result)
        reason = dict(result.tags)["reason"] if result else ""
        done = result.done if result else ""
        # What an option adds had no verdict before.
        verdict = _MISSING if reason == PROBES_MISSING else judged.verdict.outcome
        rows.append((workload, judged.container.name, judged.probe.kind, verdict, reason, done))
    for result in told:
        tags = dict(result.tags)
        container, reason = tags.get("container", ""), tags.get("reason", "")
        place = result.place or workload
        rows.append((place, container, "", result.severity, reason, result.done))
    return rows


def _line(row: _Row, widths: list[int], *, coloured: bool) -> str:
    cells = [(cell or "-").ljust(width) for cell, width in zip(row, widths, strict=True)]
    colour = _COLOURS.get(row[_VERDICT]) if coloured else None
    if colour:
        cells[_VERDICT] = f"{colour}{cells[_VERDICT]}{_PLAIN}"
    return "  ".join(cells).rstrip() + "\n"
