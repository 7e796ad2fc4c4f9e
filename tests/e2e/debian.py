"""Programs from Debian's packages, unpacked into the cache; nothing is installed on the machine."""

import platform
import shutil
import subprocess
from pathlib import Path

from .cache import exclusive


def unpacked(name: str, packages: tuple[str, ...]) -> Path:
    """Return the root folder into which `packages` are unpacked, without what they depend on.

    Args:
        name: of the folder; the same packages have the same name.
        packages: Debian packages of this machine's release.

    Raises:
        RuntimeError: the machine is no Debian.

    """
    release = platform.freedesktop_os_release()
    if "debian" not in (release["ID"], release.get("ID_LIKE")):
        raise RuntimeError(f"{release['ID']}: only Debian has the packages {', '.join(packages)}")
    with exclusive("debian") as folder:
        root = folder / f"{name}-{release['ID']}-{release['VERSION_ID']}"
        if not root.exists():
            scratch = folder / "scratch"
            # What a run that was killed left behind.
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir()
            subprocess.run(["apt-get", "update", "-qq"], check=True)
            # Its usual user may not write to a folder of ours.
            download = ["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", *packages]
            subprocess.run(download, cwd=scratch, check=True)
            for package in scratch.glob("*.deb"):
                subprocess.run(["dpkg", "-x", package, scratch / "root"], check=True)
            (scratch / "root").rename(root)
            shutil.rmtree(scratch)
    return root
