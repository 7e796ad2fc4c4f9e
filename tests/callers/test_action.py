"""The GitHub action: its file against the schema of GitHub, and its steps in bash."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.callers.caller import environment
from tests.callers.package import manifest

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "action.yml"


def _action() -> Any:
    return yaml.safe_load(ACTION.read_text())


def _run_steps(repository: Path, temporary: Path, **inputs: str) -> dict[str, Any]:
    """Run the steps as the runner does, and return the result of each by name."""
    given = {name: each["default"] for name, each in _action()["inputs"].items()} | inputs
    done: dict[str, Any] = {}
    for step in _action()["runs"]["steps"]:
        if step.get("if") == "inputs.sarif != ''" and not given["sarif"]:
            continue
        env = {
            name: given[value.removeprefix("${{ inputs.").removesuffix(" }}")]
            for name, value in step.get("env", {}).items()
        }
        # The shell that `shell: bash` stands for on a runner.
        done[step["name"]] = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=repository,
            env=environment(**env, RUNNER_TEMP=str(temporary), GITHUB_ACTION_PATH=str(ROOT)),
            capture_output=True,
            text=True,
        )
        if done[step["name"]].returncode:
            break
    return done


@pytest.fixture(scope="module")
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that all runs install into."""
    return tmp_path_factory.mktemp("runner")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with a broken manifest, a sound one, and a file that is no manifest."""
    for name in ("loopback", "sound"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "ksm.yaml").write_text(manifest(name))
    (tmp_path / "loopback" / "values.yaml").write_text("a: 1\n")
    return tmp_path


def test_the_file_is_what_github_takes() -> None:
    """check-jsonschema has the schema."""
    check = Path(sys.executable).with_name("check-jsonschema")
    done = subprocess.run(
        [check, "--builtin-schema", "vendor.github-actions", ACTION], capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout


def test_it_installs_checks_annotates_and_reports(repository: Path, temporary: Path) -> None:
    """A broken manifest fails the last step, after the report is written."""
    done = _run_steps(repository, temporary, sarif="probes.sarif")
    (run,) = json.loads((repository / "probes.sarif").read_text())["runs"]

    assert [each.returncode for each in done.values()] == [0, 0, 1], done
    assert "::error file=loopback/ksm.yaml,line=" in done["Check"].stdout.replace("./", "")
    assert [each["level"] for each in run["results"]].count("error") == 1


def test_a_sound_folder_passes_and_an_input_that_is_wrong_fails(
    repository: Path, temporary: Path
) -> None:
    """With a report and without one."""
    sound = _run_steps(repository, temporary, paths="sound")
    stricter = _run_steps(repository, temporary, paths="sound\nsound", args="--fail-on=NoSuch")
    reported = _run_steps(repository, temporary, paths="nowhere", sarif="probes.sarif")

    assert [each.returncode for each in sound.values()] == [0, 0], sound
    assert stricter["Check"].returncode == 2
    assert reported["Report"].returncode != 0
