"""What a run costs that has little to read: a chart of 16 resources."""

from __future__ import annotations

from benchmarks.laboratory import Laboratory
from benchmarks.measure import measure
from benchmarks.references import IMPORT_ALL, IMPORT_YAML
from benchmarks.report import held, megabytes, milliseconds, table
from benchmarks.streams import chart
from benchmarks.workload import BROKEN, SOUND

_RUNS = 41
_MOST_TO_REPAIR = 1.3
_MOST_TO_PASS = 1.1


def startup(laboratory: Laboratory) -> str:
    """Return the table of start-up, measured now."""
    broken = laboratory.stream("chart-broken", chart(BROKEN))
    sound = laboratory.stream("chart-sound", chart(SOUND))
    repair, passing = "one probe to repair", "nothing to repair"
    nothing, yaml, both = (f"`python -c '{code}'`" for code in ("pass", IMPORT_YAML, IMPORT_ALL))
    found = measure(
        {
            repair: laboratory.function(broken),
            both: laboratory.python(IMPORT_ALL, broken),
            passing: laboratory.function(sound),
            yaml: laboratory.python(IMPORT_YAML, sound),
            nothing: laboratory.python("pass", sound),
        },
        _RUNS,
    )
    rows = []
    for name, other, most in ((repair, both, _MOST_TO_REPAIR), (passing, yaml, _MOST_TO_PASS)):
        ratio = found[name].wall / found[other].wall
        cells = held(ratio, f"at most {most}", holds=ratio <= most)
        rows.append([name, other, *cells])
    return (
        f"A ResourceList of 16 items, {broken.stat().st_size / 1e3:.0f} KB,"
        f" mode `dedicated-port`; medians of {_RUNS} runs:\n\n"
        + table(
            ["process", "wall", "peak memory"],
            *([name, milliseconds(c.wall), megabytes(c.memory)] for name, c in found.items()),
        )
        + "\n"
        + table(["wall of", "against that of", "ratio", "goal", "held"], *rows)
    )
