"""SARIF, by the schema of its standard."""

import json
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from fix_ksm_probes.pipeline import run
from fix_ksm_probes.report.outputs import SARIF, OutputOptions
from fix_ksm_probes.rules.catalogue import RULES
from tests.case import INPUT, find_cases

from .cache import exclusive

# The package that carries the schema of 2.1.0 as its committee published it.
PACKAGE, MEMBER = "@microsoft/jest-sarif@1.0.0-beta.0", "package/lib/schemas/sarif-2.1.0-rtm.5.json"
CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
INPUTS = [
    *(pytest.param(case / INPUT, id=case.name) for case in find_cases()),
    *(pytest.param(path, id=path.stem) for path in sorted(CORPUS.glob("*.yaml"))),
]

pytestmark = pytest.mark.skipif(not shutil.which("npm"), reason="npm is missing")


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft7Validator:
    """Give what judges by the published schema."""
    with exclusive("sarif") as folder:
        if not list(folder.glob("*.tgz")):
            subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True)
        with tarfile.open(next(folder.glob("*.tgz"))) as package:
            member = package.extractfile(MEMBER)
            assert member is not None
            return jsonschema.Draft7Validator(json.load(member))


@pytest.mark.parametrize("path", INPUTS)
def test_a_log_follows_the_schema(path: Path, validator: jsonschema.Draft7Validator) -> None:
    """Whatever was found; its rules are known, and its lines are those of the probes."""
    raw = path.read_bytes()
    lines = raw.decode().split("\n")
    log: dict[str, Any] = json.loads(
        run(raw, {"mode": "check"}, options=OutputOptions(SARIF, "deploy/all of it.yaml")).stdout
    )

    validator.validate(log)
    (found,) = log["runs"]
    rules = [rule["id"] for rule in found["tool"]["driver"]["rules"]]
    assert set(RULES) < set(rules)
    for result in found["results"]:
        assert result["ruleId"] in rules
        for location in result.get("locations", ()):
            place = location["physicalLocation"]
            region = place["region"]
            assert place["artifactLocation"]["uri"] == "deploy/all%20of%20it.yaml"
            assert 1 <= region["startLine"] <= region["endLine"] <= len(lines)
            probe = result["message"]["text"].partition("`")[2].partition("`")[0]
            if probe.endswith("Probe"):
                assert probe in lines[region["startLine"] - 1]
