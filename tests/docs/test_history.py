"""docs/problem.md says of the chart what its pods did."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.docs.page import ROOT, read_page

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
HELD = CORPUS / "truth.json"

if not HELD.exists():
    pytest.skip("no corpus: ../shared/corpus is not beside this project", allow_module_level=True)

TRUTH = json.loads(HELD.read_text())
TABLES = read_page(ROOT / "docs" / "problem.md").tables
CHARTS = next(table for table in TABLES if table[0][0] == "chart")[1:]


def test_every_chart_that_ran_is_told_of() -> None:
    """One row for each version of the chart whose pods ran with the proxy."""
    ran = {name.partition("__")[0] for name in TRUTH if name.endswith("__krp")}

    assert {row[0] for row in CHARTS} == ran


@pytest.mark.parametrize("row", CHARTS, ids=lambda row: row[0])
def test_a_chart_did_what_its_row_says(row: list[str]) -> None:
    """Whether it became Ready, with and without selfMonitor, and what was open."""
    chart, plain, monitored, opened, _ = row
    (one,), (other,) = (TRUTH[f"{chart}__{values}"] for values in ("krp", "krp-sm"))
    without_token = " ".join([*one["answersWithoutToken"], *other["answersWithoutToken"]])
    ports = set(re.findall(r":(\d+)/metrics", without_token))

    assert ["no", "yes"][one["verdict"] == "READY"] == plain
    assert ["no", "yes"][other["verdict"] == "READY"] == monitored
    assert ports == ({opened} if opened.isdecimal() else set())
