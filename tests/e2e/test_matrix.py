"""Every manifest of the matrix, as it is and after every kind of repair."""

import pytest

from .cases import Case
from .experiments import experiments
from .function import CHECK, MODES, Mode
from .judgement import faults, is_refusal, modes_named, wrong_verdicts
from .laboratory import Experiment, Laboratory

Pair = tuple[Case, Mode]


def _named(pair: Pair) -> str:
    case, mode = pair
    return f"{case.name}: {mode.name}"


@pytest.mark.parametrize("experiment", experiments(), ids=_named)
def test_matrix(experiment: Pair, laboratory: Laboratory) -> None:
    """Every verdict is what the kubelet gets; every repair works and lets nobody else in."""
    case, mode = experiment
    before, now = laboratory.experiment(case), laboratory.experiment(case, mode)

    if mode == CHECK:
        found = wrong_verdicts(case, now.run, now.seen)
    else:
        found = faults(case, mode, now.run, before.seen, now.seen)
        if is_refusal(now.run):
            found += _false_advice(case, now, laboratory)
    assert not found, "\n".join(found)


def _false_advice(case: Case, refused: Experiment, laboratory: Laboratory) -> tuple[str, ...]:
    named = modes_named(refused.run)
    helped = (
        not is_refusal(laboratory.experiment(case, mode).run)
        for mode in MODES
        if mode.name.partition(",")[0] in named
    )
    return () if any(helped) else (f"none of the modes named can either: {', '.join(named)}",)
