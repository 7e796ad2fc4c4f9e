"""SARIF as GitHub's code scanning takes it ("SARIF support"), which asks for more than SARIF."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fix_ksm_probes.pipeline import run
from fix_ksm_probes.report.outputs import SARIF, OutputOptions
from fix_ksm_probes.rules.catalogue import RULES
from tests.broken import LIST_WITH_BAD_CONFIG
from tests.case import INPUT, find_cases

FROM_A_PACKAGE = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ksm
  annotations: {config.kubernetes.io/path: base/ksm.yaml}
spec:
  template:
    spec:
      containers:
      - name: kube-state-metrics
        image: registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.15.0
        args: [--host=127.0.0.1]
        livenessProbe: {httpGet: {path: /livez, port: 8080}}
"""


def _run(raw: bytes, options: OutputOptions = OutputOptions(SARIF, "deploy/ksm.yaml")) -> Any:  # noqa: B008 (immutable)
    return json.loads(run(raw, {"mode": "check"}, options=options).stdout)["runs"][0]


def _places(raw: bytes, options: OutputOptions) -> list[tuple[str, int]]:
    return [
        (place["artifactLocation"]["uri"], place["region"]["startLine"])
        for result in _run(raw, options)["results"]
        for place in (location["physicalLocation"] for location in result["locations"])
    ]


@pytest.mark.parametrize("case", find_cases(), ids=lambda case: case.name)
def test_each_result_has_a_place(case: Path) -> None:
    """Code scanning refuses a whole file if one result has no place."""
    for result in _run((case / INPUT).read_bytes())["results"]:
        (location,) = result["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"]
        assert location["physicalLocation"]["region"]["startLine"] >= 1


def test_what_has_no_lines_has_its_file() -> None:
    """A setting that is not accepted is in stdin's; the lines of a package are not those of it."""
    setting = _places(LIST_WITH_BAD_CONFIG.encode(), OutputOptions(SARIF, "a list.yaml"))
    packaged = _places(FROM_A_PACKAGE.encode(), OutputOptions(SARIF))

    assert setting == [("a%20list.yaml", 1)]
    assert set(packaged) == {("base/ksm.yaml", 1)}


def test_each_rule_has_the_texts_that_are_shown() -> None:
    """Short, full, and a help with the remedy and the command that prints it; no address.

    A `helpUri` that nobody holds would lead a reader to whoever registers it.
    """
    rules = {
        rule["id"]: rule for rule in _run(LIST_WITH_BAD_CONFIG.encode())["tool"]["driver"]["rules"]
    }

    assert {*RULES, "Setting"} == rules.keys()
    for rule in rules.values():
        for text in ("shortDescription", "fullDescription", "help"):
            assert rule[text]["text"]
        assert "helpUri" not in rule
    for name, known in RULES.items():
        assert known.remedy in rules[name]["help"]["markdown"]
        assert f"fix-ksm-probes --rule {name}" in rules[name]["help"]["text"]
        assert all(paragraph in rules[name]["help"]["markdown"] for paragraph in known.explanation)


def _fingerprints(raw: bytes, mode: str) -> list[tuple[str, str]]:
    log = json.loads(run(raw, {"mode": mode}, options=OutputOptions(SARIF, "a.yaml")).stdout)
    return [
        (result["ruleId"], fingerprint)
        for result in log["runs"][0]["results"]
        for fingerprint in result["partialFingerprints"].values()
    ]


def test_a_finding_keeps_its_fingerprint_when_lines_move_and_in_every_mode() -> None:
    """Otherwise code scanning closes it and opens a new one."""
    raw = FROM_A_PACKAGE.encode()
    (checked, *_), (moved, *_) = _fingerprints(raw, "check"), _fingerprints(b"\n\n" + raw, "check")

    assert checked[0] == "LoopbackOnly"
    assert checked == moved
    assert checked in _fingerprints(raw, "probe-disable")
    assert checked not in _fingerprints(raw.replace(b"name: ksm\n", b"name: other\n"), "check")


@pytest.mark.parametrize("case", find_cases(), ids=lambda case: case.name)
def test_no_two_findings_have_one_fingerprint(case: Path) -> None:
    """Two findings of one container and reason differ."""
    found = [fingerprint for _, fingerprint in _fingerprints((case / INPUT).read_bytes(), "check")]

    assert len(found) == len(set(found))


def test_lines_in_a_resource_list_are_those_of_its_file() -> None:
    """If stdin has a name, also for an item with a file annotation of kpt."""
    item = FROM_A_PACKAGE.replace("\n", "\n  ").rstrip()
    text = f"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- {item}\n"
    (place, *_) = _places(text.encode(), OutputOptions(SARIF, "list.yaml"))

    assert place[0] == "list.yaml"
    assert "livenessProbe" in text.splitlines()[place[1] - 1]
