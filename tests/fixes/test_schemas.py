"""What is written is what the API servers of several releases take, to the last field."""

from __future__ import annotations

import kubernetes_validate
import pytest

from tests.fixes.shapes import MODES, SHAPES, Trial, items_of, usable

RELEASES = ("1.29", "1.31", "1.33", kubernetes_validate.latest_version())
CUSTOM = "monitoring.coreos.com/v1"

TRIALS = tuple(Trial(shape, mode, usable(mode)) for shape in SHAPES for mode in MODES)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("trial", TRIALS, ids=str)
def test_every_item_is_valid(trial: Trial, release: str) -> None:
    """Strictly: a field that a release does not know would fail."""
    for item in items_of(trial.run(SHAPES[trial.shape]).stdout):
        resource = item.resource
        assert isinstance(resource, dict)
        if resource["apiVersion"] != CUSTOM:
            kubernetes_validate.validate(resource, release, strict=True)


def test_an_unknown_field_would_fail() -> None:
    """The schemas that are asked are the strict ones."""
    (policy,) = (
        item.resource
        for item in items_of(TRIALS[1].run(SHAPES["chart-5.27"]).stdout)
        if isinstance(item.resource, dict) and item.resource["kind"] == "NetworkPolicy"
    )
    assert isinstance(policy, dict)
    kubernetes_validate.validate(policy, RELEASES[0], strict=True)
    policy["spec"]["ports"] = []

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(policy, RELEASES[0], strict=True)


def test_a_rule_has_what_the_operator_demands() -> None:
    """PrometheusRule (monitoring.coreos.com/v1): groups with names, rules with expressions."""
    stdout = Trial("chart-8.4", "probe-disable", ("alert",)).run(SHAPES["chart-8.4"]).stdout
    (rule,) = (
        item.resource["spec"]
        for item in items_of(stdout)
        if isinstance(item.resource, dict) and item.resource["kind"] == "PrometheusRule"
    )
    (group,) = rule["groups"]

    assert rule.keys() == {"groups"}
    assert group.keys() == {"name", "rules"}
    assert [{"alert", "expr", "for", "labels", "annotations"}] == [
        each.keys() for each in group["rules"]
    ]
