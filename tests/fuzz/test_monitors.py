"""Monitors, Services and roles of any form: each field in turn has another type."""

from __future__ import annotations

import random
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
import yaml

from tests.case import FOLDER, INPUT
from tests.fuzz.oracle import hold

CASES = sorted(
    case.name
    for case in FOLDER.iterdir()
    if case.name.startswith(("scrape-", "proxy-may-not-ask-", "permission-", "option-fix-scrapes-"))
)
ODD: tuple[object, ...] = (
    *(None, "", 0, -1, True, [], {}, "x", "${A}", "{{ b }}", [None], {"a": None}, ["x"]),
    *(8443, "8443", "HTTP", 1.5),
)
FLAGS: tuple[dict[str, object], ...] = (
    {"mode": "check"},
    {"mode": "probe-disable", "fixScrapes": True},
    {"mode": "through-proxy", "fixScrapes": True, "bindLoopback": True},
    {"mode": "dedicated-port", "fixScrapes": True, "proxyFirst": True, "networkPolicy": True},
)


@pytest.mark.parametrize("case", CASES)
def test_no_shape_breaks_a_promise(case: str) -> None:
    """No traceback, no partial repair, and a second run has nothing to do."""
    chance = random.Random(case)  # noqa: S311 (the same in every run)
    for flags in FLAGS:
        text = (FOLDER / case / INPUT).read_text()
        items: Any = yaml.safe_load(text)["items"]
        for _ in range(chance.randint(1, 3)):
            *above, last = chance.choice([each for each in _places(items) if each])
            holder = items
            for step in above:
                holder = holder[step]
            holder[last] = deepcopy(chance.choice(ODD))
        raw = yaml.safe_dump_all(items, sort_keys=False).encode()
        output = hold(raw, flags)
        if output.exit_code == 0 and flags["mode"] != "check":
            assert hold(output.stdout, flags).stdout == output.stdout


def _places(value: Any) -> Iterator[tuple[Any, ...]]:
    yield ()
    if isinstance(value, dict):
        for key, below in value.items():
            yield from ((key, *rest) for rest in _places(below))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from ((index, *rest) for rest in _places(below))
