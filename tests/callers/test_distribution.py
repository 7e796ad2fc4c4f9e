"""The wheel and the sdist, built as for a release; the command is installed from each."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

from fix_ksm_probes import __version__
from tests.callers.package import manifest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.hunt


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of both; the wheel is built from the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--outdir", folder, ROOT], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.mark.parametrize("kind", ["py3-none-any.whl", ".tar.gz"])
def test_the_command_that_is_installed_from_it_repairs(
    kind: str, built: Path, tmp_path: Path
) -> None:
    """In an environment with its declared dependencies only."""
    (package,) = built.glob(f"fix_ksm_probes-{__version__}*{kind}")
    venv.create(tmp_path, with_pip=True)
    binaries = tmp_path / "bin"
    subprocess.run([binaries / "python", "-m", "pip", "install", "-q", package], check=True)
    done = subprocess.run(
        [binaries / "fix-ksm-probes", "--mode=dedicated-port"],
        input=manifest("loopback"),
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert "port: 8642" in done.stdout
