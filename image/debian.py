"""What Debian's package database and dynamic linker say. Only this module asks them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

_FIELDS = ("Package", "Version", "Architecture", "source:Package", "source:Version")


class Package(NamedTuple):
    """A Debian package that a file of the image comes from."""

    name: str
    version: str
    architecture: str
    source: str
    source_version: str


def shared_libraries(files: Iterable[Path]) -> list[Path]:
    """Return the libraries that the programs and extension modules among `files` load."""
    programs = [path for path in files if path.read_bytes()[:4] == b"\x7fELF"]
    listed = _run("ldd", *programs)
    found = {Path(name) for name in re.findall(r"(/\S+) \(0x", listed)}
    # Debian's database knows /usr/lib, the linker says /lib.
    return sorted(path.parent.resolve() / path.name for path in found)


def owners(files: Iterable[Path]) -> dict[Path, str]:
    """Return for each file that a package brought the name of that package."""
    # It ends with 1 where a file is in no package, and answers for the others.
    answer = _run("dpkg-query", "--search", *sorted(set(files)), check=False)
    pairs = (line.rsplit(": ", 1) for line in answer.splitlines())
    return {Path(path): package.partition(":")[0] for package, path in pairs}


def status(package: str) -> str:
    """Return the package's entry in the database."""
    return _run("dpkg-query", "--status", package)


def describe(package: str) -> Package:
    """Return the package's versions and where it comes from."""
    form = "\n".join(f"${{{field}}}" for field in _FIELDS)
    return Package(*_run("dpkg-query", "--show", f"--showformat={form}", package).split("\n"))


def _run(*command: str | Path, check: bool = True) -> str:
    # Only commands of Debian's that stand above.
    return subprocess.run(command, capture_output=True, text=True, check=check).stdout  # noqa: S603
