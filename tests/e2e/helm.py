"""The two lines of helm that people run."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.callers.caller import environment

from .binaries import Program, binary

_HELM_3 = Program("helm", "helm.sh/helm/v3", "./cmd/helm", (((0, 0, 0), (3, 18, 4)),))
_HELM_4 = Program("helm", "helm.sh/helm/v4", "./cmd/helm", (((0, 0, 0), (4, 2, 0)),))

HELMS: dict[str, Callable[[], Path]] = {
    "helm": partial(binary, _HELM_3, (3, 18, 4)),
    "helm4": partial(binary, _HELM_4, (4, 2, 0)),
}
"""The programs, by the word that a page needs them with; built when first asked for."""


def helm_environment(tool: str, home: Path) -> dict[str, str]:
    """Return the environment of a user of that helm, whose own files are below `home`."""
    commands = home / "bin"
    commands.mkdir(parents=True)
    (commands / "helm").symlink_to(HELMS[tool]())
    own = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), str(home))
    env = environment(**own)
    return {**env, "PATH": f"{commands}{os.pathsep}{env['PATH']}"}
