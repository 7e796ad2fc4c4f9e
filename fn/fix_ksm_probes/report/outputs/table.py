"""The findings as a table: one row for each probe, and for each other finding."""

from __future__ import annotations

from fix_ksm_probes.report.outcome import Reported
from fix_ksm_probes.report.outputs import Files, on_one_line
from fix_ksm_probes.rules.catalogue import PROBES_MISSING

_HEAD = ("WORKLOAD", "CONTAINER", "PROBE", "VERDICT", "SEVERITY", "REASON", "FIX")
_MISSING = "missing"

_Row = tuple[str, ...]


def table(files: Files) -> str:
    """Return the findings of all files, one line each under a head; empty if there is no probe."""
    rows = [
        tuple(on_one_line(cell) for cell in row)
        for _, outcome in files
        for reported in outcome.workloads
        for row in _rows(reported)
    ]
    if not rows:
        return ""
    widths = [max(map(len, column)) for column in zip(_HEAD, *rows, strict=True)]
    return "".join(_line(row, widths) for row in (_HEAD, *rows))


def _rows(reported: Reported) -> list[_Row]:
    workload = reported.analysis.workload.identity.place
    found = [(result, result.fix) for result in reported.results if result.fix]
    by_probe = {fix.finding.pointer: (result, fix) for result, fix in reversed(found)}
    rows: list[_Row] = []
    for judged in reported.analysis.probes:
        verdict, severity, reason, summary = judged.verdict.outcome, "", "", ""
        if judged.probe.pointer in by_probe:
            result, fix = row = by_probe[judged.probe.pointer]
            found.remove(row)
            severity, reason, summary = result.severity, result.reason, fix.summary
            # A probe that an option adds had no verdict before.
            verdict = _MISSING if reason == PROBES_MISSING else verdict
        probe = (workload, judged.container.name, judged.probe.kind)
        rows.append((*probe, verdict, severity, reason, summary))
    for result, fix in found:
        place = (result.place or workload, result.tag("container"))
        rows.append((*place, "", "", result.severity, result.reason, fix.summary))
    return rows


def _line(row: _Row, widths: list[int]) -> str:
    cells = (cell.ljust(width) for cell, width in zip(_shown(row), widths, strict=True))
    return "  ".join(cells).rstrip() + "\n"


def _shown(row: _Row) -> _Row:
    return tuple(cell or "-" for cell in row)
