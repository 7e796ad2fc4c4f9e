"""What all measurements share: a folder for streams, and the function as it is installed."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from benchmarks.installed import Installed
from benchmarks.manifests import DEDICATED_PORT, Manifest, resource_list
from benchmarks.measure import Command

MEGABYTE = 1_000_000


class Laboratory(NamedTuple):
    """A temporary folder, and the environment that the function is installed into."""

    folder: Path
    installed: Installed

    def python(self, code: str, stdin: Path) -> Command:
        """Return the command that runs `code` by the function's own interpreter."""
        return Command([self.installed.python, "-c", code], stdin)

    def function(self, stdin: Path, *flags: str) -> Command:
        """Return the function's command."""
        return Command([self.installed.function, *flags], stdin)

    def write(self, name: str, content: bytes) -> Path:
        """Return a file that holds `content`."""
        path = self.folder / name
        path.write_bytes(content)
        return path

    def stream(
        self, name: str, items: Iterable[Manifest], config: Manifest = DEDICATED_PORT
    ) -> Path:
        """Return a file that holds a ResourceList of `items`."""
        return self.write(f"{name}.yaml", resource_list(items, config))


def progress(line: str) -> None:
    """Say on stderr what is measured now."""
    print(line, file=sys.stderr, flush=True)
