"""The commands of the pages that install the function."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.checkout import find_faults, reader, retell
from tests.docs.story import Story, stories_with

INSTALLING = stories_with({"venv"})


@pytest.mark.parametrize("story", INSTALLING, ids=lambda story: story.place)
def test_what_is_installed_runs(story: Story, tmp_path: Path) -> None:
    """In an environment of its own the page's command leaves a command that tells its version."""
    binaries = tmp_path / "venv" / "bin"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    told = retell(story, tmp_path, lambda folder: reader(folder, first=(binaries,)))
    version = subprocess.run([binaries / "fix-ksm-probes", "--version"], capture_output=True)

    assert "".join(find_faults(told)) == ""
    assert version.stdout.startswith(b"fix-ksm-probes ")


def test_a_page_installs_it() -> None:
    """An empty glob is no success."""
    assert INSTALLING
