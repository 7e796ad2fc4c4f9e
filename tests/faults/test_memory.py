"""Too little memory: a run ends under any limit, and never with a part of the output."""

from __future__ import annotations

import random
import subprocess
from collections import Counter

import pytest

from tests.conftest import Note
from tests.faults.chances import COUNT, SEED
from tests.faults.started import hold_nothing_lost, run

MEGABYTE = 1_000_000
# Below it, CPython itself cannot start; it may even spin there, so time is limited, too.
LEAST, MOST = 8, 80
SECONDS = 20


@pytest.mark.hunt
def test_a_limit_of_memory(note: Note) -> None:
    """From a limit where Python hardly starts to one where the run succeeds."""
    chance = random.Random(SEED)  # noqa: S311
    codes: Counter[int] = Counter()
    for _ in range(COUNT // 2):
        limit = chance.randrange(LEAST * MEGABYTE, MOST * MEGABYTE)
        ended = run("prlimit", f"--as={limit}", f"--cpu={SECONDS}")
        hold_nothing_lost(ended)
        codes[ended.code] += 1
    note(f"faults: {COUNT // 2} limits of memory, seed {SEED}: exit codes {dict(codes)}")
    assert codes[0]
    assert codes[1]


def test_a_limit_of_time() -> None:
    """`ulimit -t` kills the run, and that does not look like success."""
    script = 'ulimit -t 0; exec "$0"'
    ended = run("sh", "-c", script, workloads=2000)

    assert ended.code != 0
    assert ended.stdout == b""


@pytest.mark.parametrize("limit", ["--nofile=3", "--nproc=1", "--stack=200000", "--data=20000000"])
def test_other_limits(limit: str) -> None:
    """Few files, no other process, a small stack, little data: it works, or fails and says so."""
    ended = run("prlimit", limit)

    hold_nothing_lost(ended)


def test_there_is_a_prlimit() -> None:
    """Without the tool every run would fail, and the tests above would pass."""
    assert subprocess.run(["prlimit", "--as=1000000000", "true"]).returncode == 0
