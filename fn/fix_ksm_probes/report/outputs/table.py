"""The findings as a table: one row for each probe, and for each other finding."""

from __future__ import annotations

from fix_ksm_probes.analysis.decision import FAILS, PASSES, UNKNOWN
from fix_ksm_probes.report.outcome import Outcome, Reported
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
        for reported in outcome.workloads
        for row in _rows(reported)
    ]
    if not rows:
        return ""
    widths = [max(map(len, column)) for column in zip(_HEAD, *rows, strict=True)]
    return "".join(_line(row, widths, coloured=coloured) for row in (_HEAD, *rows))


def _rows(reported: Reported) -> list[_Row]:
    workload = reported.analysis.workload.identity.place
    found = list(zip(reported.fixes, reported.results, strict=True))
    by_probe = {fix.finding.pointer: (fix, result) for fix, result in reversed(found)}
    rows: list[_Row] = []
    for judged in reported.analysis.probes:
        verdict, reason, summary = judged.verdict.outcome, "", ""
        if judged.probe.pointer in by_probe:
            fix, _ = row = by_probe[judged.probe.pointer]
            found.remove(row)
            reason, summary = fix.finding.reason, fix.summary
            # What an option adds had no verdict before.
            verdict = _MISSING if reason == PROBES_MISSING else verdict
        rows.append((workload, judged.container.name, judged.probe.kind, verdict, reason, summary))
    for fix, result in found:
        reason, container = fix.finding.reason, fix.finding.container
        place = result.place or workload
        rows.append((place, container, "", result.severity, reason, fix.summary))
    return rows


def _line(row: _Row, widths: list[int], *, coloured: bool) -> str:
    cells = [(cell or "-").ljust(width) for cell, width in zip(row, widths, strict=True)]
    colour = _COLOURS.get(row[_VERDICT]) if coloured else None
    if colour:
        cells[_VERDICT] = f"{colour}{cells[_VERDICT]}{_PLAIN}"
    return "  ".join(cells).rstrip() + "\n"
