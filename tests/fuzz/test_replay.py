"""Every seed, and every input that once failed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.case import INPUT, VARIANTS, find_cases
from tests.conftest import Note
from tests.fuzz.oracle import FLAGS, hold, hold_forms

SEEDS = Path(__file__).with_name("seeds")


@pytest.mark.parametrize("seed", sorted(SEEDS.iterdir()), ids=lambda path: path.name)
def test_a_seed_breaks_no_promise(seed: Path) -> None:
    """In every mode and form."""
    raw = seed.read_bytes()
    for flags in FLAGS:
        hold(raw, flags)
    hold_forms(raw, FLAGS[1])


@pytest.mark.hunt
def test_no_case_breaks_a_promise_wherever_it_is_cut(note: Note) -> None:
    """The inputs of tests/cases, in one of four spellings, whole and cut at three places."""
    count = 0
    for number, case in enumerate(find_cases()):
        whole = (case / INPUT).read_bytes()
        variant = tuple(VARIANTS.values())[number % len(VARIANTS)]
        for part in (8, 7, 5, 3):
            hold(variant(whole[: len(whole) * part // 8]), FLAGS[(number + count) % len(FLAGS)])
            count += 1
    note(f"replay: {count} inputs")


def test_there_are_seeds() -> None:
    """An empty folder must fail, and no seed is large."""
    sizes = [path.stat().st_size for path in SEEDS.iterdir()]

    assert len(sizes) >= 20
    assert max(sizes) <= 20_000
