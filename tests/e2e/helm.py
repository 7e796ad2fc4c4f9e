"""Helm 3 and Helm 4, each with a home of its own."""

import os
from pathlib import Path

from tests.callers.caller import environment

from .binaries import Program, Version, binary

HELM_3: Version = (3, 18, 4)
HELM_4: Version = (4, 2, 0)


def helm(version: Version) -> Path:
    """Return that helm; each major version is a module of its own."""
    module = f"helm.sh/helm/v{version[0]}"
    return binary(Program("helm", module, "./cmd/helm", (((0, 0, 0), version),)), version)


def helm_environment(version: Version, home: Path) -> dict[str, str]:
    """Return the environment of a user of that helm, whose files are below `home`."""
    commands = home / "bin"
    commands.mkdir(parents=True, exist_ok=True)
    (commands / "helm").symlink_to(helm(version))
    env = environment(HOME=str(home), XDG_CACHE_HOME=str(home), XDG_DATA_HOME=str(home))
    return {**env, "PATH": f"{commands}{os.pathsep}{env['PATH']}"}
