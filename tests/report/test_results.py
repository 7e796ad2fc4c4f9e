"""The results of every case follow the KRM functions specification and kpt."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.case import RESULTS, find_cases

REQUIRED = {"message", "severity"}
OPTIONAL = {"resourceRef", "field", "file", "tags"}
CASES = [case for case in find_cases() if (case / RESULTS).exists()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_result_follows_the_specification(case: Path) -> None:
    """Severity is always written; tags are strings; an index is an integer (kpt demands it)."""
    for result in yaml.safe_load((case / RESULTS).read_text()):
        assert REQUIRED <= result.keys() <= REQUIRED | OPTIONAL
        assert result["severity"] in ("error", "warning", "info")
        assert result["message"]
        assert "\n" not in result["message"]
        assert not result["message"].endswith(".")
        assert result.get("resourceRef", {}).keys() <= {"apiVersion", "kind", "name", "namespace"}
        assert {"apiVersion", "kind", "name"} <= result.get(
            "resourceRef", dict.fromkeys(("apiVersion", "kind", "name"))
        ).keys()
        assert all(isinstance(value, str) for value in result.get("tags", {}).values())
        assert isinstance(result.get("file", {}).get("index", 0), int)
        assert "path" in result.get("field", {"path": ""})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_unknown_is_never_repaired(case: Path) -> None:
    """It is a warning without a proposal."""
    for result in yaml.safe_load((case / RESULTS).read_text()):
        if result.get("tags", {}).get("reason") == "Unknown":
            assert result["severity"] == "warning"
            assert "proposedValue" not in result.get("field", {})
