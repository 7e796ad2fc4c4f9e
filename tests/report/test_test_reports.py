"""JUnit XML and GitLab's Code Quality report: what their readers find in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from fix_ksm_probes.pipeline import run
from fix_ksm_probes.report.outputs import CODEQUALITY, JUNIT, RESULTS_JSON, OutputOptions
from tests.case import INPUT, find_cases

PATH = "./deploy/a b.yaml"
SOUND = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: ksm}
spec:
  template:
    spec:
      containers:
      - name: kube-state-metrics
        image: registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.15.0
        livenessProbe: {httpGet: {path: /livez, port: 8080}}
"""
WRONG = SOUND.replace("v2.15.0\n", "v2.15.0\n        args: [--host=127.0.0.1]\n")
TEMPLATED = SOUND.replace("port: 8080", "port: '${PORT}'")


def _results(raw: bytes) -> Any:
    return json.loads(run(raw, {"mode": "check"}, options=OutputOptions(RESULTS_JSON)).stdout)


def _junit(raw: bytes, mode: str = "check") -> ET.Element:
    return ET.fromstring(run(raw, {"mode": mode}, options=OutputOptions(JUNIT, PATH)).stdout)  # noqa: S314


def _quality(raw: bytes) -> Any:
    return json.loads(run(raw, {"mode": "check"}, options=OutputOptions(CODEQUALITY, PATH)).stdout)


@pytest.mark.parametrize("case", find_cases(), ids=lambda case: case.name)
def test_each_result_is_a_test_case(case: Path) -> None:
    """An error fails, and nothing else does; GitLab drops a name that it has seen in a class."""
    raw = (case / INPUT).read_bytes()
    results = _results(raw)
    root = _junit(raw)

    cases = root.findall("testsuite/testcase")
    names = [(each.get("classname"), each.get("name")) for each in cases]
    told = [each for each in cases if len(each)]
    failed = [failure.get("message") for failure in root.iter("failure")]
    assert len(names) == len(set(names))
    assert len(told) == len(results)
    errors = [each["message"] for each in results if each["severity"] == "error"]
    # In a ResourceList, the field of a setting is not part of the message.
    assert all(str(each).endswith(said) for each, said in zip(failed, errors, strict=True))
    assert root.attrib | {"tests": str(len(cases)), "failures": str(len(failed))} == root.attrib
    assert all(each.get("file") == PATH for each in cases)


def test_a_workload_with_nothing_wrong_is_a_test_that_passed() -> None:
    """A report without tests looks like one that was never made."""
    (case,) = _junit(SOUND.encode(), "probe-disable").findall("testsuite/testcase")

    assert (case.get("classname"), case.get("name"), len(case)) == ("Deployment ksm", "probes", 0)


@pytest.mark.parametrize("text", [TEMPLATED, "kind: A\n"], ids=["Unknown", "NoWorkload"])
def test_what_was_not_judged_is_skipped(text: str) -> None:
    """Neither passed nor failed."""
    assert _junit(text.encode()).get("skipped") == "1"


def test_a_failure_leads_to_its_line() -> None:
    """In its text, for JUnit has no place for a line."""
    (failure,) = _junit(WRONG.encode()).iter("failure")

    assert failure.get("type") == "LoopbackOnly"
    assert (failure.text or "").startswith(f"{PATH}:11: Deployment ksm: `livenessProbe`")


def test_a_name_cannot_break_the_xml() -> None:
    """A control character, which XML cannot write, and what XML marks with."""
    raw = WRONG.replace("name: ksm", r'name: "a\x01<b>&\"]]>"').encode()

    assert _junit(raw).get("failures") == "1"


@pytest.mark.parametrize("case", find_cases(), ids=lambda case: case.name)
def test_each_result_has_the_fields_that_gitlab_reads(case: Path) -> None:
    """A fingerprint of its own, a severity of GitLab's five, a path without `./`, a line."""
    raw = (case / INPUT).read_bytes()
    severities = {"error": "major", "warning": "minor", "info": "info"}
    found = _quality(raw)

    expected = [(each["message"], severities[each["severity"]]) for each in _results(raw)]
    assert len(found) == len(expected)
    assert len({each["fingerprint"] for each in found}) == len(found)
    for each, (message, severity) in zip(found, expected, strict=True):
        assert each.keys() == {
            "description",
            "check_name",
            "fingerprint",
            "severity",
            "location",
        }
        assert each["description"].endswith(message)
        assert each["check_name"]
        assert each["severity"] == severity
        assert each["location"]["path"] == PATH.removeprefix("./")
        assert 1 <= each["location"]["lines"]["begin"] <= raw.count(b"\n") + 1
