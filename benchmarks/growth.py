"""How the wall grows with the stream: from 10 items to 10,000, beside other ways to do it."""

from __future__ import annotations

from benchmarks.laboratory import Laboratory, progress
from benchmarks.manifests import Manifest
from benchmarks.measure import LONG, Command, Cost, measure
from benchmarks.plot import Line, draw
from benchmarks.references import COPY, FILTER, kustomize, set_namespace
from benchmarks.report import megabytes, milliseconds, table
from benchmarks.streams import platform

Costs = dict[str, list[tuple[int, Cost]]]

SIZES = (10, 100, 1000, 3000, 10_000)
_RUNS = 5
# From here on start-up is but a part.
_LARGE = 1000
# Seconds from which on a command gets no larger stream.
_TOO_LONG = 20

_OURS = "fix-ksm-probes"
_COPY = "python -c: a copy"
_FILTER = "PyYAML filter"
_KUSTOMIZE = "kubectl kustomize"
_GO = "set-namespace (Go)"


def growth(laboratory: Laboratory) -> tuple[str, str]:
    """Return the table and the plot, as SVG, of wall by items, measured now."""
    found: Costs = {name: [] for name in (_OURS, _COPY, _FILTER, _GO, _KUSTOMIZE)}
    sizes = {}
    for count in SIZES:
        progress(f"  {count:,} items")
        items = platform(count)
        commands = _commands(laboratory, items)
        sizes[count] = commands[_OURS].stdin.stat().st_size
        running = {
            name: command
            for name, command in commands.items()
            if not found[name] or found[name][-1][1].wall < _TOO_LONG
        }
        for name, cost in measure(running, _RUNS).items():
            found[name].append((count, cost))
    return _table(found, sizes), _plot(found)


def _commands(laboratory: Laboratory, items: list[Manifest]) -> dict[str, Command]:
    stream = laboratory.stream("growth", items)
    found = {
        _OURS: laboratory.function(stream),
        _COPY: laboratory.python(COPY, stream),
        _FILTER: laboratory.python(FILTER, stream),
        _GO: set_namespace(laboratory, items),
    }
    patching = kustomize(laboratory, items)
    return found if patching is None else {**found, _KUSTOMIZE: patching}


def _table(found: Costs, sizes: dict[int, int]) -> str:
    walls_of_ours = dict(found[_OURS])
    larger, large = (walls_of_ours[count].wall for count in (SIZES[-1], _LARGE))
    rows = []
    for name, costs in found.items():
        walls = {count: milliseconds(cost.wall) for count, cost in costs}
        rows.append([name, *(walls.get(count, "-") for count in SIZES)])
    return (
        f"Medians of {_RUNS} runs, or one run where it takes more than {LONG} s; after more than"
        f" {_TOO_LONG} s no larger stream:\n\n"
        + table(
            ["items", *(f"{count:,}" for count in SIZES)],
            ["size", *(megabytes(sizes[count]) for count in SIZES)],
            *rows,
        )
        + f"\nFor {SIZES[-1]:,} items {_OURS} takes {larger / large:.1f} times as long as for"
        f" {_LARGE:,}, which are {sizes[SIZES[-1]] / sizes[_LARGE]:.1f} times smaller.\n"
    )


def _plot(found: Costs) -> str:
    lines = [
        Line(name, [(count, cost.wall) for count, cost in costs])
        for name, costs in found.items()
        if costs
    ]
    note = f"whole processes; a line ends after a run of more than {_TOO_LONG} s"
    return draw(lines, "A platform through one function", "items", "wall, seconds", note)
