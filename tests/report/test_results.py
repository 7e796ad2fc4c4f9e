from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.case import RESULTS, find_cases

REQUIRED = {"message", "severity"}
OPTIONAL = {"resourceRef", "field", "file", "tags"}


def _results() -> list[Any]:
    return [
        pytest.param(result, id=f"{case.name}-{number}")
        for case in find_cases()
        if (case / RESULTS).exists()
        for number, result in enumerate(yaml.safe_load((case / RESULTS).read_text()))
    ]


@pytest.mark.parametrize("result", _results())
def test_every_result_of_every_case_follows_the_specification(result: dict[str, Any]) -> None:
    """Severity is always written; tags are strings; an index is an integer (kpt demands it)."""
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


@pytest.mark.parametrize("result", _results())
def test_what_is_unknown_is_never_repaired(result: dict[str, Any]) -> None:
    """A warning, and no proposal."""
    if result.get("tags", {}).get("reason") == "Unknown":
        assert result["severity"] == "warning"
        assert "proposedValue" not in result.get("field", {})
