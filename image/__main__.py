"""`python3 -m image ROOT EPOCH`: fill the folder ROOT with all that the image holds."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from image import bill, debian, python
from image.rootfs import Rootfs

_PASSWD = b"root:x:0:0:root:/:/nonexistent\nnobody:x:65534:65534:nobody:/nonexistent:/nonexistent\n"
_GROUP = b"root:x:0:\nnogroup:x:65534:\n"
_BILL = Path("/usr/share/sbom/fix-ksm-probes.cdx.json")
_DOC = Path("/usr/share/doc")
_LICENSES = Path("/usr/share/common-licenses")


def main(root: Path, epoch: int) -> None:
    """Fill `root`; every file in it gets the time `epoch`."""
    rootfs = Rootfs(root)

    for link in ("lib", "lib64"):
        if (Path("/") / link).is_symlink():
            rootfs.link(Path("/") / link)
    python.place(rootfs)
    for library in debian.shared_libraries(rootfs.placed.values()):
        rootfs.copy(library)
    # Scanners read these to know whose security notices apply.
    rootfs.copy(Path("/etc/os-release"))
    rootfs.copy(Path("/etc/debian_version"))

    # kustomize and kpt say `--user nobody`, by name.
    rootfs.write(Path("/etc/passwd"), _PASSWD)
    rootfs.write(Path("/etc/group"), _GROUP)

    rootfs.copy(python.SOURCE / "LICENSE", _DOC / "fix-ksm-probes/copyright")
    for package in debian.owners(rootfs.placed.values()).values():
        notice = _DOC / package / "copyright"
        rootfs.copy(notice)
        for text in re.findall(rf"{_LICENSES}/[\w.-]*\w", notice.read_text(encoding="utf-8")):
            rootfs.copy(Path(text))
        rootfs.write(Path("/var/lib/dpkg/status.d") / package, debian.status(package).encode())

    rootfs.write(_BILL, bill.written(rootfs, epoch).encode())
    rootfs.set_times(epoch)


main(Path(sys.argv[1]), int(sys.argv[2]))
