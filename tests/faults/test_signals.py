"""Signals at any moment of a run: while Python starts, and while it reads, works and writes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter

import pytest

from tests.conftest import Note
from tests.faults.chances import COUNT, SEED
from tests.faults.started import Ended, finish, hold_nothing_lost, start, whole

SIGNALS = (signal.SIGTERM, signal.SIGKILL, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE)


@pytest.mark.hunt
def test_a_signal_at_any_moment(note: Note) -> None:
    """A success has every item, and nothing else looks like success."""
    chance = random.Random(SEED)  # noqa: S311
    began = time.monotonic()
    hold_nothing_lost(finish(start()))
    duration = time.monotonic() - began
    ends: Counter[str] = Counter()
    for _ in range(COUNT):
        process = start()
        time.sleep(chance.uniform(0, duration * 1.1))
        process.send_signal(chance.choice(SIGNALS))
        ended = finish(process)
        hold_nothing_lost_or_interrupted(ended)
        ends["all of it" if ended.code == 0 else "cut" if ended.stdout else "nothing"] += 1
    note(f"faults: {COUNT} signals, seed {SEED}: {dict(ends)} on stdout")
    assert ends["nothing"]


@pytest.mark.hunt
def test_a_signal_while_it_writes(note: Note) -> None:
    """A slow reader keeps the pipe full when the signal comes; the caller sees no success."""
    chance = random.Random(SEED + 1)  # noqa: S311
    interrupted = 0
    for _ in range(COUNT // 10):
        process = start(stderr=subprocess.DEVNULL)
        assert process.stdout is not None
        first = os.read(process.stdout.fileno(), chance.randrange(1, 20_000))
        process.send_signal(chance.choice(SIGNALS[:3]))
        ended = finish(process)
        came = first + ended.stdout
        interrupted += ended.code != 0
        # What fits into the pipe is written by the time that the signal comes.
        assert came == whole() if ended.code == 0 else whole().startswith(came)
    assert interrupted > 0
    note(f"faults: {interrupted} signals in the middle of stdout, seed {SEED}")


@pytest.mark.hunt
def test_stopped_and_continued_it_loses_nothing(note: Note) -> None:
    """SIGSTOP, SIGCONT and SIGWINCH are no faults, so the output is whole."""
    chance = random.Random(SEED + 2)  # noqa: S311
    for _ in range(COUNT // 10):
        process = start()
        disturbing = threading.Thread(target=_disturb, args=(process, chance.random() / 50))
        disturbing.start()
        ended = finish(process)
        disturbing.join()
        assert (ended.code, ended.stdout) == (0, whole())
    note(f"faults: {COUNT // 10} runs stopped and continued again and again, seed {SEED}")


def hold_nothing_lost_or_interrupted(ended: Ended) -> None:
    """Like `hold_nothing_lost`, but Python may end in the middle after Ctrl-C."""
    if ended.code == -signal.SIGINT:
        assert whole().startswith(ended.stdout)
    else:
        hold_nothing_lost(ended)


def _disturb(process: subprocess.Popen[bytes], pause: float) -> None:
    while process.poll() is None:
        for number in (signal.SIGSTOP, signal.SIGCONT, signal.SIGWINCH):
            process.send_signal(number)
        time.sleep(pause)
