"""The commands of the pages that install the function, or need helm."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.checkout import find_faults, reader, run_story
from tests.docs.page import ROOT
from tests.docs.story import Story, stories_with

from .helm import HELMS

# What the pages take from the chart's repository lies at its name; helm looks there first.
CHART = Path("prometheus-community") / "kube-state-metrics"
INSTALLING = stories_with({"venv"})
OF_HELM = [
    pytest.param(story, tool, id=f"{story.place}-{tool}")
    for tool in HELMS
    for story in stories_with({tool})
]


@pytest.mark.parametrize("story", INSTALLING, ids=lambda story: story.place)
def test_what_is_installed_runs(story: Story, tmp_path: Path) -> None:
    """In an environment of its own the page's command leaves a command that tells its version."""
    binaries = tmp_path / "venv" / "bin"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    ran = run_story(story, tmp_path, lambda folder: reader(folder, first=(binaries,)))
    version = subprocess.run([binaries / "fix-ksm-probes", "--version"], capture_output=True)

    assert "".join(find_faults(ran)) == ""
    assert version.stdout.startswith(b"fix-ksm-probes ")


@pytest.mark.parametrize(("story", "tool"), OF_HELM)
def test_helm_does_what_its_page_shows(story: Story, tool: str, tmp_path: Path) -> None:
    """With a chart at the chart's name, its commands run as they stand in the page."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "helm").symlink_to(HELMS[tool]())

    def at_work(folder: Path) -> dict[str, str]:
        shutil.copytree(ROOT / "tests" / "docs" / "chart", folder / CHART, dirs_exist_ok=True)
        return reader(folder, (tmp_path / "bin",))

    assert "".join(find_faults(run_story(story, tmp_path, at_work))) == ""


def test_a_page_installs_it_and_one_calls_helm() -> None:
    """An empty glob is no success."""
    assert INSTALLING
    assert OF_HELM
