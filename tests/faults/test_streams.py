"""Broken stdin, stdout and stderr."""

from __future__ import annotations

import os
import random
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import Note
from tests.faults.chances import COUNT, SEED
from tests.faults.started import COMMAND, Ended, finish, hold_nothing_lost, start, stdin, whole


@pytest.mark.parametrize(
    ("redirect", "code"),
    [
        ("<&-", 2),
        (">&-", 2),
        ("2>&-", 0),
        ("<&- >&-", 2),
        ("<&- 2>&-", 2),
        (">&- 2>&-", 2),
        ("<&- >&- 2>&-", 2),
        (">/dev/full", 2),
        ("2>/dev/full", 0),
        (">/dev/full 2>/dev/full", 2),
        ("</", 1),
        ("1</dev/null", 2),
        ("0>/dev/null", 2),
        ("</dev/null", 2),
    ],
)
def test_a_stream_that_cannot_be_used(redirect: str, code: int) -> None:
    """Closed, full, or of the wrong kind: without the output there is no success."""
    ended = subprocess.run(
        ["sh", "-c", f'"$0" {redirect}', COMMAND], input=stdin(), capture_output=True
    )

    assert ended.returncode == code
    assert ended.stdout == (whole() if code == 0 else b"")
    assert b"Traceback" not in ended.stderr


@pytest.mark.parametrize("argument", ["--help", "--version", "--schema", "--schema=definition"])
@pytest.mark.parametrize("redirect", [">&-", ">/dev/full"])
def test_what_is_asked_for_and_cannot_be_written(argument: str, redirect: str) -> None:
    """A manual that nobody can read is no success either."""
    ended = subprocess.run(
        ["sh", "-c", f'"$0" {argument} {redirect}', COMMAND], capture_output=True
    )

    assert ended.returncode == 2
    assert b"Traceback" not in ended.stderr


@pytest.mark.hunt
def test_a_reader_that_goes_is_noticed(tmp_path: Path, note: Note) -> None:
    """If a reader such as `head` stops, the run ends with exit code 2 and not by a signal."""
    chance = random.Random(SEED)  # noqa: S311
    for _ in range(COUNT // 10):
        ours, theirs = os.pipe()
        with (tmp_path / "told").open("wb") as told:
            process = start(theirs, told.fileno())
        os.close(theirs)
        read = chance.randrange(len(whole()) - 70_000)
        while read > 0 and (piece := os.read(ours, min(read, 65536))):
            read -= len(piece)
        os.close(ours)
        assert finish(process).code == 2
        assert (tmp_path / "told").read_bytes().endswith(b"error: stdout: Broken pipe\n")
    note(f"faults: {COUNT // 10} readers that went, seed {SEED}")


@pytest.mark.parametrize("stream", ["stdin", "stdout"])
def test_a_stream_that_does_not_block_is_waited_for(stream: str) -> None:
    """An empty or a full pipe has not ended, so nothing is cut off."""
    into, out = os.pipe(), os.pipe()
    os.set_blocking(into[0], stream != "stdin")
    os.set_blocking(out[1], stream != "stdout")
    process = subprocess.Popen([COMMAND], stdin=into[0], stdout=out[1], stderr=subprocess.DEVNULL)
    os.close(into[0])
    os.close(out[1])
    text = stdin()
    item = text.index(b"\n- ", 1000) + 1
    os.write(into[1], text[:item])
    time.sleep(0.7)
    with os.fdopen(into[1], "wb") as rest:
        rest.write(text[item:])
    time.sleep(0.7)
    with os.fdopen(out[0], "rb") as answer:
        written = answer.read()

    assert (process.wait(timeout=60), written) == (0, whole())


def test_a_file_that_must_not_grow(tmp_path: Path) -> None:
    """`ulimit -f` gives a signal or an error, and no success."""
    for blocks in (0, 1, 8, 64):
        answer = tmp_path / "answer"
        script = f'ulimit -f {blocks}; exec "$0" > "$1"'
        done = subprocess.run(
            ["bash", "-c", script, COMMAND, str(answer)], input=stdin(), capture_output=True
        )
        assert done.returncode != 0
        assert len(answer.read_bytes()) < len(whole())


def test_a_config_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A folder, a missing file, or one without permission: the error names it."""
    for name in ("/", str(tmp_path / "none"), "/proc/self/mem"):
        done = subprocess.run(
            [COMMAND, name],
            input=stdin(),
            capture_output=True,
            env={**os.environ, "KUSTOMIZE_PLUGIN_CONFIG_ROOT": str(tmp_path)},
        )
        hold_nothing_lost(Ended(done.returncode, done.stdout, done.stderr))
        assert done.returncode == 2
        assert name.encode() in done.stderr
        assert len(done.stderr.splitlines()) == 1
