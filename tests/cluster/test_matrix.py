"""Every manifest of the matrix as it is and repaired, under a real kubelet."""

import pytest

from tests.e2e.experiments import experiments
from tests.e2e.function import CHECK

from .matrix import Experiment, Pair, disagreements


def _parameter(pair: Pair) -> object:
    case, mode = pair
    # The newest chart in every mode, and each reason: what one node runs at once.
    core = case.name == "chart-8.4" or (bool(case.reason) and mode == CHECK)
    return pytest.param(
        pair, id=f"{case.name}: {mode.name}", marks=[pytest.mark.core] if core else []
    )


@pytest.mark.parametrize("pair", [_parameter(pair) for pair in experiments()])
def test_the_kubelet_does_as_the_verdicts_say(pair: Pair, matrix: dict[Pair, Experiment]) -> None:
    """Ready or not, restarted or not, noticed or not, open or not, and the kubelet's own events."""
    found = disagreements(pair, matrix)
    seen = matrix[pair].seen
    told = seen.events if seen else ()
    events = "\n".join(f"{e.container}: {e.reason} x{e.times}: {e.message}" for e in told)

    assert not found, "\n".join((*found, "", events))
