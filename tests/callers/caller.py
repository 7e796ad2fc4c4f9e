"""The installed command, and the tools that call it, started as a user starts them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("fix-ksm-probes")
EXAMPLES = Path(__file__).parents[2] / "examples"
PLUGINS = EXAMPLES / "kustomize" / "plugins"
STAND_INS = Path(__file__).with_name("stand-ins")

_OTHER_KUBECTLS = Path("/usr/lib/google-cloud-sdk/bin")


def run(
    *command: str | Path,
    stdin: bytes = b"",
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run `command` to its end. The function is on the PATH unless `env` says otherwise."""
    return subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        cwd=cwd,
        env=environment() if env is None else env,
        timeout=120,
    )


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a user who installed the function, and `more`."""
    path = os.pathsep.join((str(COMMAND.parent), os.environ["PATH"]))
    return {**os.environ, "PATH": path, "KUSTOMIZE_PLUGIN_HOME": str(PLUGINS), **more}


def with_stand_in_for_docker() -> dict[str, str]:
    """Return the environment of a user whose docker has the image of the function."""
    env = environment()
    return {**env, "PATH": f"{STAND_INS}{os.pathsep}{env['PATH']}"}


def kpt(
    *arguments: str | Path,
    stdin: bytes = b"",
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run kpt; the test is skipped where there is none."""
    need("kpt")
    return run("kpt", *arguments, stdin=stdin, cwd=cwd, env=env)


def need(tool: str) -> None:
    """Skip the test where there is no `tool`."""
    if shutil.which(tool) is None:
        pytest.skip(f"tool missing: {tool}")


def find_kubectls() -> list[Path]:
    """Return every kubectl of this machine once, the one on the PATH first."""
    on_the_path = shutil.which("kubectl")
    first = [Path(on_the_path).resolve()] if on_the_path else []
    return [*first, *sorted({*_OTHER_KUBECTLS.glob("kubectl*")} - {*first})]


each_kubectl = pytest.mark.parametrize(
    "kubectl",
    [
        pytest.param(path, id=path.name, marks=[pytest.mark.hunt] * (number > 0))
        for number, path in enumerate(find_kubectls())
    ]
    or [pytest.param(None, marks=pytest.mark.skip("tool missing: kubectl"))],
)
"""Runs a test with the kubectl on the PATH, and in a hunt with every other of this machine.

Skipped, and said so, where there is none.
"""
