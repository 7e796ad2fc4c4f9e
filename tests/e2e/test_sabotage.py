"""The matrix sees a repair that is broken: each kind of damage is found."""

import re
from dataclasses import replace

import pytest

from .cases import Case, read_cases
from .function import GUARDED, MODES, FunctionRun, Mode
from .judgement import faults, wrong_verdicts
from .laboratory import Laboratory

_DEDICATED: Mode = MODES[1]
_GUARDED: Mode = GUARDED[1]
_HEALTH_PROXY = r"(--secure-listen-address=:8642\n)((?:\s+- --.*\n)+)"


def _case() -> Case:
    return next(case for case in read_cases() if case.name == "chart-8.4")


def _in_health_proxy(text: str, old: str, new: str) -> str:
    """Return `text` with one argument of the health proxy on port 8642 changed."""
    match = re.search(_HEALTH_PROXY, text)
    assert match, text
    damaged = re.sub(old, new, match[2])
    assert damaged != match[2], match[2]
    return text.replace(match[2], damaged)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        pytest.param(r"127\.0\.0\.1:9090", "127.0.0.1:9099", "not Ready", id="wrong upstream"),
        pytest.param(r"paths=.*", "paths=/*", "open now: https:8642 /metrics", id="too open"),
        pytest.param(r"paths=.*", "paths=/healthz", "not Ready", id="wrong path"),
        pytest.param(
            r"(.*)--ignore.*", r"\g<0>\n\1--proxy-endpoints-port=8888", "ended", id="port taken"
        ),
    ],
)
def test_damage_to_a_repair_is_found(
    laboratory: Laboratory, old: str, new: str, found: str
) -> None:
    """A damaged health proxy is found out, and by the fault that it has."""
    case = _case()
    before, after = laboratory.experiment(case), laboratory.experiment(case, _DEDICATED)
    damaged = replace(after.run, text=_in_health_proxy(after.run.text, old, new))
    seen = laboratory.look_at(damaged.text)

    assert found in "\n".join(faults(case, _DEDICATED, damaged, before.seen, seen))


def test_blindness_is_found(laboratory: Laboratory) -> None:
    """A repair that asks the proxy about itself is found out."""
    case = _case()
    before, after = laboratory.experiment(case), laboratory.experiment(case, _DEDICATED)
    text = re.sub(r"port: 864\d\n(\s+)path: /\w+", r"port: 8888\n\1path: /healthz", after.run.text)
    blind = replace(after.run, text=text)
    seen = laboratory.look_at(text)

    found = faults(case, _DEDICATED, blind, before.seen, seen)
    assert "a hung kube-state-metrics is not noticed" in found


def test_blindness_of_added_probes_is_found(laboratory: Laboratory) -> None:
    """Also where there was no probe that could have noticed."""
    case = next(case for case in read_cases() if case.name == "kube-prometheus")
    before, after = laboratory.experiment(case), laboratory.experiment(case, _GUARDED)
    asks_itself = r"path: /healthz\n\1port: 8644"
    text = re.sub(r"path: /\w+z\n(\s+)port: 864[23]", asks_itself, after.run.text)
    assert text != after.run.text
    blind = replace(after.run, text=text)

    found = faults(case, _GUARDED, blind, before.seen, laboratory.look_at(text))
    assert "a hung kube-state-metrics is not noticed" in found


def test_a_wrong_verdict_is_found(laboratory: Laboratory) -> None:
    """Silence about probes that fail is found out."""
    silent = FunctionRun(0, "", ())

    wrong = wrong_verdicts(_case(), silent, laboratory.experiment(_case()).seen)

    assert len(wrong) == 3
