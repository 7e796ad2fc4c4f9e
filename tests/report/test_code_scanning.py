"""SARIF as GitHub's code scanning takes it ("SARIF support"), which asks for more than SARIF."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fix_ksm_probes.pipeline import run
from fix_ksm_probes.report.outputs.form import SARIF, Form
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


def _run(raw: bytes, form: Form = Form(SARIF, "deploy/ksm.yaml")) -> Any:  # noqa: B008 (immutable)
    return json.loads(run(raw, {"mode": "check"}, form=form).stdout)["runs"][0]


def _places(raw: bytes, form: Form) -> list[tuple[str, int]]:
    return [
        (place["artifactLocation"]["uri"], place["region"]["startLine"])
        for result in _run(raw, form)["results"]
        for place in (location["physicalLocation"] for location in result["locations"])
    ]


@pytest.mark.parametrize("case", find_cases(), ids=lambda case: case.name)
def test_each_result_has_a_place(case: Path) -> None:
    """One that has none is refused, and all others of the file with it."""
    for result in _run((case / INPUT).read_bytes())["results"]:
        (location,) = result["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"]
        assert location["physicalLocation"]["region"]["startLine"] >= 1


def test_what_has_no_lines_has_its_file() -> None:
    """A setting that is not accepted is in stdin's; the lines of a package are not those of it."""
    setting = _places(LIST_WITH_BAD_CONFIG.encode(), Form(SARIF, "a list.yaml"))
    packaged = _places(FROM_A_PACKAGE.encode(), Form(SARIF))

    assert setting == [("a%20list.yaml", 1)]
    assert set(packaged) == {("base/ksm.yaml", 1)}


def test_each_rule_has_the_texts_that_are_shown() -> None:
    """Short, full, and a help."""
    rules = _run(LIST_WITH_BAD_CONFIG.encode())["tool"]["driver"]["rules"]

    for rule in rules:
        for text in ("shortDescription", "fullDescription", "help"):
            assert rule[text]["text"]
