"""The function as pip installs it, in a Python environment of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]


class Installed(NamedTuple):
    """The interpreter of an environment, and the command that was installed into it."""

    python: Path
    function: Path


def install(folder: Path) -> Installed:
    """Install this project into a new environment in `folder`, its bytecode compiled by pip."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    # The pip of this environment: it is newer than the one that venv brings.
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]
    subprocess.run([*pip, "install", "--quiet", "--compile", str(ROOT)], check=True)
    return Installed(python, folder / "bin" / "fix-ksm-probes")
