"""Work grows with the number of items and no faster: nothing looks at all of them for each."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.streams import BROKEN, documents, resource_list
from fix_ksm_probes.fixes.repair import repair
from fix_ksm_probes.manifests.reading import read
from fix_ksm_probes.pipeline import run, settle_for
from fix_ksm_probes.report import report
from fix_ksm_probes.report.outputs import OUTPUTS, OutputOptions
from fix_ksm_probes.report.outputs.location import locations

# So many, twice as many and three times as many: where work is linear, the steps are alike.
FLEET = 8
SETTINGS: dict[str, dict[str, object]] = {
    "probe-disable": {},
    "dedicated-port": {"mode": "dedicated-port"},
    "through-proxy": {"mode": "through-proxy"},
}


def _fleet(count: int, change: Callable[[str], str] = str) -> list[str]:
    return [
        change(BROKEN).replace("namespace: monitoring", f"namespace: cluster-{number}")
        for number in range(10, count + 10)
    ]


def _owned(workload: str) -> str:
    owner = "{kind: A, name: b, controller: true}"
    return workload.replace("  name: kube", f"  ownerReferences: [{owner}]\n  name: kube", 1)


def _calls(work: Callable[[], object]) -> int:
    """Return how many calls of Python's functions some work takes."""
    count = 0

    def counted(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def _hold_linear(work: Callable[[int], Callable[[], object]]) -> None:
    # The first run imports and compiles.
    work(FLEET)()
    few, more, most = (_calls(work(FLEET * times)) for times in (1, 2, 3))
    # One call for each pair of items would be twice the square of their number, and more.
    assert abs((most - more) - (more - few)) < FLEET**2


@pytest.mark.parametrize("change", [str, _owned])
@pytest.mark.parametrize("flags", SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("listed", [resource_list, documents])
def test_a_fleet(
    listed: Callable[..., bytes], flags: dict[str, object], change: Callable[[str], str]
) -> None:
    """A workload of so many clusters."""

    def work(count: int) -> Callable[[], object]:
        raw = listed(_fleet(count, change))
        return lambda: run(raw, flags)

    _hold_linear(work)


@pytest.mark.parametrize("output", OUTPUTS)
def test_every_output(output: str) -> None:
    """Of what was found in a fleet."""

    def work(count: int) -> Callable[[], object]:
        raw = documents(_fleet(count))
        return lambda: run(raw, {"mode": "dedicated-port"}, None, OutputOptions(output))

    _hold_linear(work)


def test_lines_are_counted_once() -> None:
    """Not from the beginning of the text for each result."""
    looked_at = 0

    class Counting(str):
        __slots__ = ()

        def count(self, *sought: Any) -> int:
            nonlocal looked_at
            _, start, end = sought
            looked_at += abs(end - start)
            return super().count(*sought)

    found = read(documents(_fleet(20)), None)
    counting = found._replace(source=found.source._replace(text=Counting(found.source.text)))
    settings = settle_for(None, {}, None)
    outcome = report(counting, repair(counting, settings), settings)
    lines = [where.first for _, where in locations(outcome, "stdin")]

    assert lines == sorted(set(lines))
    assert len(lines) == 20
    assert looked_at < 2 * len(found.source.text)
