"""The place of an added item in each form of input that can hold one."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from tests.fixes.shapes import SHAPES, Trial

ALERT = Trial("chart-8.4", "probe-disable", ("alert",))
DOCUMENTS = [each for each in yaml.safe_load_all(SHAPES[ALERT.shape]) if each]
WORKLOADS = [each for each in DOCUMENTS if each["kind"] == "Deployment"]


def _list(kind: str, items: list[Any]) -> dict[str, Any]:
    return {"apiVersion": items[0]["apiVersion"], "kind": kind, "items": items}


def _kinds(items: list[Any]) -> list[str]:
    return [each["kind"] for each in items]


@pytest.mark.parametrize("dump", [json.dumps, yaml.safe_dump], ids=["json", "yaml"])
def test_a_list_gets_it(dump: Any) -> None:
    """A List holds items of any kind."""
    output = ALERT.run(dump(_list("List", DOCUMENTS)).encode())

    assert output.exit_code == 0
    assert _kinds(yaml.safe_load(output.stdout)["items"]) == [*_kinds(DOCUMENTS), "PrometheusRule"]


def test_a_list_of_one_kind_gets_none_of_another() -> None:
    """A DeploymentList holds Deployments only, so the added item comes after it."""
    output = ALERT.run(yaml.safe_dump(_list("DeploymentList", WORKLOADS)).encode())
    listed, rule = yaml.safe_load_all(output.stdout)

    assert output.exit_code == 0
    assert _kinds(listed["items"]) == ["Deployment"]
    assert rule["kind"] == "PrometheusRule"


@pytest.mark.parametrize(
    "root", [WORKLOADS[0], _list("DeploymentList", WORKLOADS)], ids=["one", "list"]
)
def test_where_there_is_no_room_nothing_is_lost(root: dict[str, Any]) -> None:
    """A JSON object is the whole input, so the option is refused and stdout is empty."""
    output = ALERT.run(json.dumps(root).encode())

    assert (output.exit_code, output.stdout) == (1, b"")
    assert "cannot hold another item" in output.stderr[0]
