"""The programs of the machine that tests start, installed where they are missing.

`python -m tests.e2e.tools` does so, as root, before anything else; .ci/run begins with it.
"""

import shutil
import subprocess

from .cache import exclusive

# Command -> Debian package.
_PACKAGES = {
    "bash": "bash",
    "chroot": "coreutils",
    "curl": "curl",
    "git": "git",
    "hostname": "hostname",
    "ip": "iproute2",
    "mount": "mount",
    "nsenter": "util-linux",
    "openssl": "openssl",
    "patch": "patch",
    "pkill": "procps",
    "prlimit": "util-linux",
    "setpriv": "util-linux",
    "strace": "strace",
    "sysctl": "procps",
}


def install_missing() -> None:
    """Install what is missing, once even if several processes ask at the same time."""
    if not _missing():
        return
    with exclusive("tools"):
        if missing := _missing():
            subprocess.run(["apt-get", "update", "-qq"], check=True)
            subprocess.run(["apt-get", "install", "-y", "-qq", *missing], check=True)


def _missing() -> list[str]:
    return sorted({package for tool, package in _PACKAGES.items() if not shutil.which(tool)})


if __name__ == "__main__":
    install_missing()
