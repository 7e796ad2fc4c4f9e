"""The standalone kustomize, built once and kept."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tests.e2e.cache import CACHE
from tests.e2e.toolchain import go_command
from tests.image.engine import run

_VERSION = "v5.8.1"
_MODULE = f"sigs.k8s.io/kustomize/kustomize/v5@{_VERSION}"


def binary() -> Path:
    """Return the standalone kustomize, building it first if the cache lacks it (minutes)."""
    folder = CACHE / "bin"
    target = folder / f"kustomize-{_VERSION}"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # A folder of its own: two sessions may build at once, and the last rename wins.
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            env = {**os.environ, "GOBIN": scratch, "CGO_ENABLED": "0"}
            built = run(go_command(), "install", _MODULE, env=env)
            assert built.returncode == 0, built.stderr.decode()
            (Path(scratch) / "kustomize").rename(target)
    return target
