"""A folder that becomes the image's root, and from what each of its files was made."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


class Rootfs:
    """The image's root as it grows.

    Attributes:
        root: the folder on disk.
        placed: for each path in the image, the file of this machine that it was made from.

    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.placed: dict[Path, Path] = {}

    def on_disk(self, path: Path) -> Path:
        """Return where `path` of the image lies now, its folder made."""
        place = self.root / path.relative_to("/")
        # A mode of its own for each folder: the umask of whoever builds must not show.
        for folder in reversed(place.relative_to(self.root).parents):
            (self.root / folder).mkdir(mode=0o755, exist_ok=True)
        return place

    def copy(self, origin: Path, path: Path | None = None) -> None:
        """Put the content of `origin` at `path`, or at its own path."""
        path = origin if path is None else path
        place = self.on_disk(path)
        shutil.copyfile(origin, place)
        place.chmod(0o755 if os.access(origin, os.X_OK) else 0o644)
        # A package owns what a link points to, and not every link to it.
        self.placed[path] = origin.resolve()

    def write(self, path: Path, content: bytes, mode: int = 0o644) -> None:
        """Put `content`, which is of our making, at `path`."""
        place = self.on_disk(path)
        place.write_bytes(content)
        place.chmod(mode)

    def link(self, path: Path) -> None:
        """Make the symbolic link that this machine has at `path`, and the folder it points to."""
        target = path.readlink()
        self.on_disk(path.parent / target / "x")
        self.on_disk(path).symlink_to(target)

    def files(self) -> list[Path]:
        """Return the path in the image of every file so far, sorted."""
        found = (path for path in self.root.rglob("*") if path.is_file())
        return sorted(Path("/") / path.relative_to(self.root) for path in found)

    def set_times(self, epoch: int) -> None:
        """Give everything the time `epoch`."""
        for path in (self.root, *self.root.rglob("*")):
            os.utime(path, (epoch, epoch), follow_symlinks=False)
