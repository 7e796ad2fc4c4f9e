"""The steps for GitHub and GitLab: their files against schemas, their scripts in bash."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.callers.caller import COMMAND, EXAMPLES, environment
from tests.callers.package import manifest

WORKFLOW = EXAMPLES / "github" / "probes.yaml"
JOB = EXAMPLES / "gitlab" / "probes.yaml"
SCHEMAS = {WORKFLOW: "vendor.github-workflows", JOB: "vendor.gitlab-ci"}
TEMPLATES = sorted((EXAMPLES.parent / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
# Whoever registers a name that is free on a package index decides what runs here.
INSTALL = 'pip install "$FIX_KSM_PROBES"'
# The shells of the two runners.
BASH = {WORKFLOW: ["bash", "-e", "-c"], JOB: ["bash", "-eo", "pipefail", "-c"]}


def _load(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def _scripts(path: Path) -> dict[str, str]:
    """Return the scripts of a step by name, without the installation."""
    if path == JOB:
        install, check = _load(JOB)["probes"]["script"]
        assert install == INSTALL
        return {"Check": check}
    steps = _load(WORKFLOW)["jobs"]["probes"]["steps"]
    named = {step["name"]: step["run"] for step in steps if "run" in step}
    assert named.pop("Install") == INSTALL
    return named


def _run(path: Path, script: str, repository: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*BASH[path], script],
        cwd=repository,
        env=environment(PATHS="deploy"),
        capture_output=True,
        text=True,
    )


@pytest.fixture(params=["loopback", "sound"])
def repository(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a repository with a manifest in a folder named `broken` or `sound`."""
    folder = tmp_path / str(request.param)
    (folder / "deploy").mkdir(parents=True)
    (folder / "deploy" / "kube-state-metrics.yaml").write_text(manifest(str(request.param)))
    return folder


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.parent.name)
def test_the_file_is_what_its_vendor_takes(path: Path) -> None:
    """check-jsonschema has the schema."""
    check = Path(sys.executable).with_name("check-jsonschema")
    done = subprocess.run(
        [check, "--builtin-schema", SCHEMAS[path], path], capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.parent.name)
def test_a_broken_manifest_fails_the_step_and_a_sound_one_does_not(
    path: Path, repository: Path
) -> None:
    """GitHub and GitLab look at the exit code alone."""
    assert COMMAND.exists()
    done = _run(path, _scripts(path)["Check"], repository)

    assert (done.returncode == 0) == (repository.name == "sound"), done.stderr


def test_github_shows_the_finding_where_it_is(repository: Path) -> None:
    """The annotation is on the lines of the probe, and the report has the same finding."""
    scripts = _scripts(WORKFLOW)
    annotated = _run(WORKFLOW, scripts["Check"], repository).stdout
    reported = _run(WORKFLOW, scripts["Report"], repository)
    found = yaml.safe_load((repository / "probes.sarif").read_text())["runs"][0]["results"]

    assert reported.returncode == 0
    errors = [each for each in found if each["level"] == "error"]
    assert len(found) == len(annotated.splitlines())
    assert len(errors) == annotated.count("::error ") == (repository.name == "loopback")
    if errors:
        lines = manifest("loopback").splitlines()
        line = errors[0]["locations"][0]["physicalLocation"]["region"]["startLine"]
        assert f"file=deploy/kube-state-metrics.yaml,line={line}," in annotated
        assert lines[line - 1].strip() == "readinessProbe:"


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.parent.name)
def test_it_is_installed_from_where_its_owner_says(path: Path) -> None:
    """It needs an address, because nobody owns the name on the package index."""
    file = _load(path)
    variables = file["probes"]["variables"] if path == JOB else file["env"]

    assert re.match(r"(git\+)?https://\w+\.example\.com/", variables["FIX_KSM_PROBES"])


def test_gitlab_keeps_the_findings(repository: Path) -> None:
    """The job writes its report with and without findings."""
    _run(JOB, _scripts(JOB)["Check"], repository)
    reports = _load(JOB)["probes"]["artifacts"]["reports"]

    found = json.loads((repository / reports["codequality"]).read_text())

    errors = [each["location"] for each in found if each["severity"] == "major"]
    assert len(errors) == (repository.name == "loopback")
    assert all(each["path"] == "deploy/kube-state-metrics.yaml" for each in errors)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_an_issue_template_is_what_github_takes(path: Path) -> None:
    """check-jsonschema has the schemas."""
    check = Path(sys.executable).with_name("check-jsonschema")
    schema = f"vendor.github-issue-{'config' if path.stem == 'config' else 'forms'}"
    done = subprocess.run([check, "--builtin-schema", schema, path], capture_output=True, text=True)

    assert done.returncode == 0, done.stdout
