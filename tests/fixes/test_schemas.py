"""API servers of several releases accept every field of the output."""

from __future__ import annotations

from pathlib import Path

import kubernetes_validate
import pytest

from fix_ksm_probes.yamlpatch import value_at
from tests.case import INPUT, find_cases, observe, split_results
from tests.fixes.shapes import MODES, SHAPES, Trial, items_of, usable

RELEASES = ("1.29", "1.31", "1.33", kubernetes_validate.latest_version())
CUSTOM = "monitoring.coreos.com/v1"

TRIALS = tuple(Trial(shape, mode, usable(mode)) for shape in SHAPES for mode in MODES)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("trial", TRIALS, ids=str)
def test_every_item_is_valid(trial: Trial, release: str) -> None:
    """By strict schemas, where an unknown field fails."""
    for item in items_of(trial.run(SHAPES[trial.shape]).stdout):
        resource = item.resource
        assert isinstance(resource, dict)
        if resource["apiVersion"] != CUSTOM:
            kubernetes_validate.validate(resource, release, strict=True)


def test_an_unknown_field_would_fail() -> None:
    """The schemas are the strict ones."""
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


# Of pkg/apis/monitoring (v1, and v1alpha1 for ScrapeConfig) of prometheus-operator v0.50 and of
# api/operator/v1beta1 of VictoriaMetrics' operator v0.25: what fixScrapes may write.
SECRET = {"name": str, "key": str}
TLS = {"insecureSkipVerify": bool}
FROM_FILE = {"scheme": ("http", "https"), "tlsConfig": TLS, "bearerTokenFile": str, "port": str}
FROM_SECRET = {"tlsConfig": TLS, "authorization": {"credentials": SECRET}}
WRITTEN: dict[str, dict[str, object]] = {
    "ServiceMonitor": {**FROM_FILE, "targetPort": (str, int)},
    "VMServiceScrape": {**FROM_FILE, "targetPort": (str, int)},
    "VMPodScrape": FROM_FILE,
    "PodMonitor": {**FROM_SECRET, "scheme": ("http", "https"), "port": str},
    "ScrapeConfig": {**FROM_SECRET, "scheme": ("HTTP", "HTTPS"), "staticConfigs": list},
}
# Fields of later releases, which are written only where their author wrote them.
REWRITTEN: dict[str, object] = {"portNumber": int}
CASES = [case for case in find_cases() if case.name.startswith("option-fix-scrapes-")]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_written_in_a_monitor_is_a_field_of_its_api(case: Path) -> None:
    """By strict schemas of the first releases that have the API."""
    raw = (case / INPUT).read_bytes()
    before, after = (_monitors(each) for each in (raw, split_results(observe(raw).stdout)[0]))

    assert before.keys() == after.keys()
    for kind, endpoints in after.items():
        for old, new in zip(before[kind], endpoints, strict=True):
            changed = {key: value for key, value in new.items() if old.get(key) != value}
            assert all(
                _fits(value, {**WRITTEN[kind], **_rewritten(old)}[str(key)], old.get(key))
                for key, value in changed.items()
            )


def _monitors(raw: bytes) -> dict[str, list[dict[object, object]]]:
    found: dict[str, list[dict[object, object]]] = {}
    for item in items_of(raw):
        kind = str(value_at(item.resource, ("kind",)))
        if kind in WRITTEN:
            spec = value_at(item.resource, ("spec",))
            assert isinstance(spec, dict)
            listed = spec.get("endpoints") or spec.get("podMetricsEndpoints") or [spec]
            found.setdefault(kind, []).extend(listed)
    return found


def _rewritten(old: dict[object, object]) -> dict[str, object]:
    return {key: fits for key, fits in REWRITTEN.items() if key in old}


def _fits(value: object, form: object, old: object) -> bool:
    if isinstance(form, dict):
        assert isinstance(value, dict)
        kept = old if isinstance(old, dict) else {}
        return all(
            kept.get(key) == each or _fits(each, form[key], kept.get(key))
            for key, each in value.items()
        )
    if isinstance(form, tuple) and isinstance(form[0], str):
        return value in form
    return isinstance(value, form)  # type: ignore[arg-type]
