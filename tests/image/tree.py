"""All that an image holds, path by path."""

from __future__ import annotations

import hashlib
import io
import tarfile
from typing import NamedTuple

from tests.image.engine import Engine


class Entry(NamedTuple):
    """What two equal builds share of a file, a folder or a link: all but its time."""

    kind: bytes
    mode: int
    owner: tuple[int, int]
    link: str
    content: bytes

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the content, in hex."""
        return hashlib.sha256(self.content).hexdigest()


# What an engine puts into a container that it makes, whatever the image.
_OF_THE_ENGINE = (
    *(".dockerenv", "dev", "proc", "sys", "run"),
    *("etc/hosts", "etc/hostname", "etc/resolv.conf", "etc/mtab"),
)


def export(engine: Engine, image: str) -> dict[str, Entry]:
    """Return the entries of `image`, by their path without the leading slash."""
    container = engine.call("create", image).stdout.decode().strip()
    try:
        archive = engine.call("export", container).stdout
    finally:
        engine.call("rm", container)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {
            member.name: _entry(tar, member)
            for member in tar
            if not _is_of_the_engine(member.name) and member.name not in {"", "."}
        }


def _entry(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Entry:
    file = tar.extractfile(member) if member.isreg() else None
    content = file.read() if file else b""
    return Entry(member.type, member.mode, (member.uid, member.gid), member.linkname, content)


def _is_of_the_engine(path: str) -> bool:
    return any(path == own or path.startswith(f"{own}/") for own in _OF_THE_ENGINE)
