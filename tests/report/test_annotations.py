"""GitHub annotations, read back as the GitHub runner reads them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from fix_ksm_probes.pipeline import run
from fix_ksm_probes.report.outputs import GITHUB, RESULTS_JSON, OutputOptions
from tests.case import FOLDER, INPUT, find_cases

COMMAND = re.compile(r"::(?P<name>\w+)(?: (?P<properties>.*?))?::(?P<message>.*)\Z")
SEVERITIES = {"error": "error", "warning": "warning", "notice": "info"}


def _unescaped(text: str) -> str:
    for escape, character in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r")):
        text = text.replace(escape, character)
    return text.replace("%25", "%")


@pytest.mark.parametrize("case", find_cases(), ids=lambda case: case.name)
def test_each_result_is_an_annotation(case: Path) -> None:
    """One line each, with severity and message, for files of any name."""
    raw = (case / INPUT).read_bytes()
    name = "deploy/a,b::c 100%25.yaml"
    results = json.loads(run(raw, {"mode": "check"}, options=OutputOptions(RESULTS_JSON)).stdout)
    written = run(raw, {"mode": "check"}, options=OutputOptions(GITHUB, name)).stdout.decode()

    lines = written.splitlines()
    assert len(lines) == len(results)
    for line, result in zip(lines, results, strict=True):
        found = COMMAND.match(line)
        assert found is not None
        properties = dict(
            pair.split("=", 1) for pair in (found["properties"] or "").split(",") if pair
        )
        assert SEVERITIES[found["name"]] == result["severity"]
        assert _unescaped(found["message"]).endswith(result["message"])
        assert "file" not in properties or _unescaped(properties["file"]) == name
        assert _unescaped(properties.get("title", "")) == result.get("tags", {}).get("reason", "")


def test_what_is_told_of_a_service_stands_beside_the_service() -> None:
    """A finding about a Service has the file and the lines of the Service."""
    raw = (FOLDER / "option-bind-loopback-names-services" / INPUT).read_bytes()
    written = run(raw, {}, options=OutputOptions(GITHUB, "a.yaml")).stdout.decode()
    (warning,) = (line for line in written.splitlines() if "Service monitoring/ksm" in line)
    (number,) = re.findall(r",line=(\d+),", warning)

    assert raw.decode().splitlines()[int(number) - 1].strip() == "targetPort: 9090"

    of_kpt = raw.decode().replace(
        "  kind: Service\n  metadata:\n",
        "  kind: Service\n  metadata:\n"
        "    annotations: {config.kubernetes.io/path: service.yaml}\n",
    )
    written = run(of_kpt.encode(), {}, options=OutputOptions(GITHUB)).stdout.decode()

    assert [line for line in written.splitlines() if line.startswith("::warning file=service.yaml")]
