"""A container engine that can build here: prepared by shared/, or the one of the machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
IMAGE = "localhost/fix-ksm-probes"
BASE = "debian:13-slim"
# Kustomize and kpt say the same, but for the two that make it stricter.
CONFINED = (
    *("--rm", "-i", "--network", "none", "--user", "nobody"),
    *("--security-opt=no-new-privileges", "--read-only", "--cap-drop=all"),
)

_SETUP = ROOT.parent / "shared" / "tools" / "containers" / "setup.sh"
_MINUTE = 60


class NoEngine(Exception):
    """No container engine is here, and none could be prepared."""


class Engine(NamedTuple):
    """A container engine's command, and the environment it wants."""

    command: str
    env: Mapping[str, str]

    def call(
        self, *arguments: str | Path, stdin: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        """Run the engine to its end."""
        return run(self.command, *arguments, env=self.env, stdin=stdin)

    def build(self, source: Path, *options: str) -> subprocess.CompletedProcess[bytes]:
        """Build the Dockerfile of `source` from its first line; the host's network, for apt."""
        # podman would keep what each line made, on every run anew.
        fresh = "--layers=false" if self.command == "podman" else "--no-cache"
        return self.call("build", "--network", "host", fresh, *options, source)

    def run(self, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run the function in its image, confined."""
        return self.call("run", *CONFINED, IMAGE, *arguments, stdin=stdin)

    def python(self, code: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run `code` by the image's own Python, confined, with what the function can import."""
        code = f"import sys; sys.path.append('/usr/lib/python3/dist-packages')\n{code}"
        python = ("--entrypoint", "/usr/bin/python3.13")
        return self.call("run", *CONFINED, *python, IMAGE, "-ISB", "-c", code, stdin=stdin)


def run(
    *command: str | Path,
    env: Mapping[str, str] = os.environ,
    cwd: Path | None = None,
    stdin: bytes = b"",
) -> subprocess.CompletedProcess[bytes]:
    """Run `command` to its end; other builds may have the machine's cores for minutes."""
    return subprocess.run(
        command, env=env, cwd=cwd, input=stdin, capture_output=True, timeout=10 * _MINUTE
    )


def prepare(shims: Path) -> Engine:
    """Return an engine that has the base image; kustomize finds it as `docker`, put in `shims`."""
    return _from_shared() if _SETUP.exists() else _from_path(shims)


def _from_shared() -> Engine:
    ready = run(_SETUP)
    if ready.returncode:
        raise NoEngine(f"{_SETUP.name}: {ready.stderr.decode()[-2000:]}")
    folder = Path(os.environ.get("CTR", Path.home() / ".cache" / "ctr"))
    said = run("bash", "-c", '. "$1" && env -0', "bash", folder / "env.sh").stdout.decode()
    settings = (line.partition("=") for line in said.split("\0") if line)
    return Engine("podman", {name: value for name, _, value in settings})


def _from_path(shims: Path) -> Engine:
    for command in ("docker", "podman"):
        found = shutil.which(command)
        if found is None or run(found, "info").returncode:
            continue
        held = run(found, "image", "inspect", BASE).returncode == 0
        if not held and (pulled := run(found, "pull", BASE)).returncode:
            raise NoEngine(f"{command} pull {BASE}: {pulled.stderr.decode()}")
        (shims / "docker").symlink_to(found)
        path = os.pathsep.join((str(shims), os.environ["PATH"]))
        return Engine(command, {**os.environ, "PATH": path})
    raise NoEngine("neither docker nor podman answers")


def as_of_any_python(manual: str) -> str:
    """Return the manual without blanks: from Python 3.13 on argparse names a value once."""
    return "".join(re.sub(r"(-\w) (\S+), (--\S+) \2", r"\1, \3 \2", manual).split())
