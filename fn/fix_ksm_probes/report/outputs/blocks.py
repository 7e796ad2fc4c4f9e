"""The text on stderr for people: a block for each finding, and a summary line."""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.fixes.fix import FOUND, HELD_BACK, Fix
from fix_ksm_probes.report.outcome import ERROR, INFO, WARNING, Result
from fix_ksm_probes.report.outputs import Files, OutputOptions, counted, on_one_line
from fix_ksm_probes.report.outputs.location import Location, locations
from fix_ksm_probes.rules.catalogue import RULES

_COLOURS = {ERROR: "\033[31m", WARNING: "\033[33m", INFO: "\033[32m"}
_PLAIN = "\033[0m"
_HELP = "  help: "
_NARROWEST = 40


def blocks(files: Files, options: OutputOptions) -> Iterator[str]:
    """Yield the lines of all findings, errors first in each file: some callers cut the rest.

    With `quiet`, only those of errors.
    """
    for path, outcome in files:
        for result, where in sorted(locations(outcome, path), key=_order):
            if result.severity == ERROR or not options.quiet:
                yield from _block(result, where, options)


def summary(files: Files, *, is_proposal: bool = False) -> str:
    """Return the counts of workloads, of probes by outcome, and of errors.

    The repairs of a proposal are not written.
    """
    of_each = [each.counts for _, outcome in files for each in outcome.workloads]
    probes, passing, repaired, left = (sum(each[i] for each in of_each) for i in range(4))
    found = [result.severity for _, outcome in files for result in outcome.all_results]
    counts = (counted(len(of_each), "workload"), counted(probes, "probe"))
    of_probes = (
        f"{passing} pass",
        f"{repaired} {'repairable' if is_proposal else 'repaired'}",
        f"{left} left",
    )
    errors = [counted(found.count(ERROR), "error")] if ERROR in found else []
    return ", ".join((*counts, *of_probes, *errors))


def _order(found: tuple[Result, Location]) -> tuple[bool, bool, bool]:
    result, _ = found
    fix = result.fix
    return (True, result.severity != ERROR, fix.outcome == HELD_BACK) if fix else (False,) * 3


def _block(result: Result, where: Location, options: OutputOptions) -> Iterator[str]:
    fix = result.fix
    reason = f" [{result.reason}]" if result.reason else ""
    if fix is None:
        sentence = f"{result.severity}: {on_one_line(result.sentence)}{reason}"
        yield from wrapped(f"fix-ksm-probes: {sentence}", "", "  ", options.width)
        return
    line = f":{where.first}" if where.first else ""
    place = f"{result.place}: " if result.place else ""
    sentence = fix.finding.fact if fix.outcome == FOUND else fix.finding.fact + fix.action
    text = on_one_line(f"{where.path}{line}: {result.severity}: {place}{sentence}{reason}")
    lines = wrapped(text, "", "  ", options.width)
    if options.coloured:
        severity = f": {result.severity}: "
        coloured = f": {_COLOURS[result.severity]}{result.severity}{_PLAIN}: "
        lines[0] = lines[0].replace(severity, coloured, 1)
    yield from lines
    for text in _help(fix):
        sentence = on_one_line(text[:1].upper() + text[1:].removesuffix("."))
        yield from wrapped(sentence, _HELP, " " * len(_HELP), options.width)


def _help(fix: Fix) -> tuple[str, ...]:
    if fix.outcome != FOUND:
        return fix.costs
    if fix.finding.advice:
        return (fix.finding.advice,)
    rule = RULES.get(fix.finding.reason)
    return (rule.remedy,) if rule else ()


def wrapped(text: str, first: str, rest: str, width: int) -> list[str]:
    """Return the lines of `text`, at most `width` columns wide, after `first` and then `rest`.

    A width of 0 means no terminal, and gives one line.
    """
    if not width:
        return [first + text]
    # Only a terminal has a width.
    from textwrap import wrap

    return wrap(
        text,
        max(width, _NARROWEST),
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
        break_long_words=False,
    )
