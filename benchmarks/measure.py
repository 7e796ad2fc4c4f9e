"""Whole processes, measured in turn: a busy moment of the machine hits all of them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

_LAUNCHER = Path(__file__).with_name("launcher.py")
# What a shell sets for its own ends, PYTHONUNBUFFERED for one, is no part of a measurement.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}

# `import time: SELF | CUMULATIVE | NAME`, in microseconds.
_IMPORTED = re.compile(r"^import time: +(\d+) \| +\d+ \| +([\w.]+)$", re.MULTILINE)

LONG = 8
"""Seconds from which on a command is run but once."""


class Command(NamedTuple):
    """A command to measure, and the file that it reads on stdin."""

    argv: Sequence[str | Path]
    stdin: Path
    env: Mapping[str, str] = ENVIRONMENT


class Cost(NamedTuple):
    """What runs of a command took: median wall in seconds, median peak memory in bytes."""

    wall: float
    memory: float
    runs: int


class _Run(NamedTuple):
    wall: float
    memory: int


def measure(
    commands: Mapping[str, Command], runs: int, exit_codes: Sequence[int] = (0,)
) -> dict[str, Cost]:
    """Return the cost of each command by its name: `runs` runs, in turn with those of the others.

    A first run is not counted, but where it is so long that it has to do.
    Raises RuntimeError where a command ends with another exit code.
    """
    found = {name: [_run(command, exit_codes)] for name, command in commands.items()}
    short = {name: command for name, command in commands.items() if found[name][0].wall < LONG}
    found.update((name, []) for name in short)
    for _ in range(runs):
        for name, command in short.items():
            found[name].append(_run(command, exit_codes))
    return {name: _cost(ran) for name, ran in found.items()}


class Imports(NamedTuple):
    """How many modules were imported, and the seconds that their own code took."""

    modules: int
    seconds: float


def import_times(
    command: Command, parts: Sequence[tuple[str, tuple[str, ...]]], runs: int
) -> dict[str, Imports]:
    """Return by part what a run of `command`, with `-X importtime`, imports: medians of `runs`.

    A module is of the first of `parts` that has a prefix of its name.
    """
    found: dict[str, list[float]] = {}
    modules = {}
    for _ in range(runs):
        with command.stdin.open("rb") as stdin:
            argv = list(map(str, command.argv))
            ran = subprocess.run(
                argv, stdin=stdin, env=command.env, capture_output=True, check=True, text=True
            )
        times: dict[str, list[int]] = {}
        for microseconds, name in _IMPORTED.findall(ran.stderr):
            part = next(each for each, prefixes in parts if name.startswith(prefixes))
            times.setdefault(part, []).append(int(microseconds))
        for part, each in times.items():
            found.setdefault(part, []).append(sum(each) / 1e6)
            modules[part] = len(each)
    return {part: Imports(modules[part], median(each)) for part, each in found.items()}


def _cost(ran: list[_Run]) -> Cost:
    return Cost(median(run.wall for run in ran), median(run.memory for run in ran), len(ran))


def _run(command: Command, exit_codes: Sequence[int]) -> _Run:
    launch = [sys.executable, "-I", "-S", _LAUNCHER, command.stdin, *command.argv]
    said = subprocess.run(launch, env=command.env, stdout=subprocess.PIPE, check=True).stdout
    wall, memory, exit_code, _ = map(int, said.split())
    if exit_code not in exit_codes:
        raise RuntimeError(f"exit code {exit_code}: {' '.join(map(str, command.argv))}")
    return _Run(wall / 1e9, memory * 1024)
