"""Where built programs and toolchains stay between runs."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "fix-ksm-probes"


@contextmanager
def exclusive(name: str) -> Iterator[Path]:
    """Hold the cache folder `name` for this process alone, and make it if it is not there."""
    folder = CACHE / name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
