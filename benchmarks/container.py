"""What the function adds to the time in which an engine starts a container of its image."""

from __future__ import annotations

import platform
import shutil
from pathlib import Path

from benchmarks.installed import ROOT
from benchmarks.laboratory import Laboratory
from benchmarks.measure import Command, Cost, measure
from benchmarks.report import held, milliseconds, table
from benchmarks.streams import chart
from tests.image.engine import CONFINED, Engine, NoEngine, prepare

_IMAGE = "localhost/fix-ksm-probes-benchmark"
_RUNS = 21
_MOST = 0.060
# The image has two programs, and the loader of both, which ends at once when asked who it is.
_LOADER = {"x86_64": "/lib64/ld-linux-x86-64.so.2", "aarch64": "/lib/ld-linux-aarch64.so.1"}
_PYTHON = "/usr/bin/python3.13"


def container(laboratory: Laboratory) -> str:
    """Return the table of runs in a container, measured now, or why there is none."""
    shims = laboratory.folder / "shims"
    shims.mkdir()
    try:
        engine = prepare(shims)
    except NoEngine as error:
        return f"No container engine answers here: {' '.join(str(error).split())}\n"
    built = engine.build(ROOT, "--tag", _IMAGE)
    if built.returncode:
        said = " ".join(built.stderr.decode().split())
        return f"The image cannot be built here: {said[-300:]}\n"
    return _tables(engine, laboratory.stream("container", chart()))


def _tables(engine: Engine, stdin: Path) -> str:
    ours, python, nothing = "the function, one probe to repair", "`python -c pass`", "a no-op"
    found = measure(
        {
            ours: _command(engine, stdin),
            python: _command(engine, stdin, _PYTHON, "-c", "pass"),
            nothing: _command(engine, stdin, _LOADER[platform.machine()], "--version"),
        },
        _RUNS,
    )
    added = {name: cost.wall - found[nothing].wall for name, cost in found.items()}
    ratio = added[ours] / added[python]
    _, *cells = held(added[ours], f"at most {milliseconds(_MOST)}", holds=added[ours] <= _MOST)
    return (
        f"`{engine.command} run`, confined as kustomize and kpt do it, the chart of 16 items on"
        f" stdin; medians of {_RUNS} runs:\n\n"
        + table(["in the container", "wall", "more than the no-op"], *_rows(found, added))
        + "\n"
        + table(
            ["", "figure", "goal", "held"],
            ["the function adds", milliseconds(added[ours]), *cells],
            ["of what `python -c pass` adds", f"{ratio:.2f}", "", ""],
        )
    )


def _command(engine: Engine, stdin: Path, entrypoint: str = "", *arguments: str) -> Command:
    program = shutil.which(engine.command, path=engine.env["PATH"]) or engine.command
    instead = ("--entrypoint", entrypoint) if entrypoint else ()
    return Command([program, "run", *CONFINED, *instead, _IMAGE, *arguments], stdin, engine.env)


def _rows(found: dict[str, Cost], added: dict[str, float]) -> list[list[str]]:
    return [
        [name, milliseconds(cost.wall), milliseconds(added[name])] for name, cost in found.items()
    ]
