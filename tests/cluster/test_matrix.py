"""Every manifest of the matrix as it is and repaired, under a real kubelet."""

import pytest

from tests.e2e.experiments import experiments
from tests.e2e.function import CHECK, GUARDED, MODES

from .judgement import faults
from .matrix import Experiment, Pair

_CORE_CASES = ("chart-8.4",)
_CORE_MODES = (CHECK, *MODES, *GUARDED)


def _parameter(pair: Pair) -> object:
    case, mode = pair
    core = case.name in _CORE_CASES and mode in _CORE_MODES
    return pytest.param(
        pair, id=f"{case.name}: {mode.name}", marks=[pytest.mark.core] if core else []
    )


@pytest.mark.parametrize("pair", [_parameter(pair) for pair in experiments()])
def test_the_kubelet_does_as_the_verdicts_say(pair: Pair, matrix: dict[Pair, Experiment]) -> None:
    """Ready or not, restarted or not, noticed or not, open or not, and the kubelet's own events."""
    case, _ = pair
    text, expected, seen = matrix[pair]
    if text is None or expected is None or seen is None:
        # Refused, or nothing to repair: that it is so, `make e2e` holds.
        return
    before = None if pair == (case, CHECK) else matrix[case, CHECK].seen
    found = faults(text, expected, seen, before)
    events = "\n".join(f"{e.container}: {e.reason} x{e.times}: {e.message}" for e in seen.events)

    assert not found, "\n".join((*found, "", events))
