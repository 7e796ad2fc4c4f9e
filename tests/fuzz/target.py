"""One process of coverage-guided fuzzing: `python -m tests.fuzz.target bytes|streams ARGUMENTS`.

`bytes` mutates the inputs of tests/cases and of the seeds; `streams` lets hypothesis draw
ResourceLists, each in one spelling of many, with coverage as its guide. What follows goes to
libFuzzer.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["fix_ksm_probes"]):
    from tests.fuzz.oracle import FLAGS, hold

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.manifests.resource_lists import resource_lists
from tests.yamlpatch.spelling import Speller, save


@st.composite
def _streams(draw: st.DrawFn) -> bytes:
    return save(draw, Speller(draw).document(draw(resource_lists())))


@settings(database=None, deadline=None)
@given(_streams(), st.sampled_from(FLAGS))
def _draw(raw: bytes, flags: dict[str, object]) -> None:
    hold(raw, flags)


def _mutate(data: bytes) -> None:
    # Few bytes choose the flags, so that a crash is replayed with all of them.
    hold(data, FLAGS[len(data) % len(FLAGS)])


TARGETS = {"bytes": _mutate, "streams": _draw.hypothesis.fuzz_one_input}  # type: ignore[attr-defined]


if __name__ == "__main__":
    name = sys.argv.pop(1)
    atheris.Setup(sys.argv, TARGETS[name])
    atheris.Fuzz()
