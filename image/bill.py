"""The bill of materials, CycloneDX 1.6: every file of the image under the package it comes from."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from fix_ksm_probes import __version__
from image import debian, python
from image.rootfs import Rootfs

_APPLICATION = "fix-ksm-probes"

# By source package. Their copyright files, which the image holds, say it in full; a package that
# is not here stops the build, so that nothing gets in unread.
_LICENSES = {
    "base-files": "GPL-2.0-or-later",
    "expat": "MIT",
    "glibc": "LGPL-2.1-or-later",
    "libyaml": "MIT",
    "python-json-patch": "BSD-3-Clause",
    "python-json-pointer": "BSD-3-Clause",
    "python3.13": "Python-2.0.1",
    "pyyaml": "MIT",
    "zlib": "Zlib",
}
_Component = dict[str, object]


def written(rootfs: Rootfs, epoch: int) -> str:
    """Return the bill of all that `rootfs` holds now, as JSON."""
    owners = debian.owners(rootfs.placed.values())
    held: dict[str, list[_Component]] = {name: [] for name in sorted(set(owners.values()))}
    ours: list[_Component] = []
    for path in rootfs.files():
        origin = rootfs.placed.get(path, python.SOURCE)
        own = origin == python.SOURCE or python.SOURCE in origin.parents
        (ours if own else held[owners[origin]]).append(_file(rootfs, path))

    described = {name: debian.describe(name) for name in held}
    packages = [_package(described[name], files) for name, files in held.items()]
    distributions = [
        _distribution(each.name, each.version, described[owners[python.metadata(each)]])
        for each in python.find_distributions()
    ]
    application = {
        "type": "application",
        "bom-ref": _APPLICATION,
        "name": _APPLICATION,
        "version": __version__,
        "licenses": _license("MIT"),
        "components": ours,
    }
    components = [*packages, *distributions]
    needed = [component["bom-ref"] for component in components]
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(epoch, UTC).isoformat(),
            "component": application,
        },
        "components": components,
        "dependencies": [{"ref": _APPLICATION, "dependsOn": needed}],
    }
    return json.dumps(bill, indent=1) + "\n"


def _package(package: debian.Package, files: list[_Component]) -> _Component:
    version = quote(package.version, safe="")
    purl = f"pkg:deb/debian/{package.name}@{version}?arch={package.architecture}"
    origin = f"{package.source}@{package.source_version}"
    return {
        "type": "library",
        "bom-ref": purl,
        "name": package.name,
        "version": package.version,
        "licenses": _license(_LICENSES[package.source]),
        "purl": purl,
        "properties": [{"name": "debian:source", "value": origin}],
        "components": files,
    }


def _distribution(name: str, version: str, package: debian.Package) -> _Component:
    purl = f"pkg:pypi/{name.lower()}@{version}"
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "licenses": _license(_LICENSES[package.source]),
        "purl": purl,
        "properties": [{"name": "debian:package", "value": package.name}],
    }


def _file(rootfs: Rootfs, path: Path) -> _Component:
    digest = hashlib.sha256(rootfs.on_disk(path).read_bytes()).hexdigest()
    hashes = [{"alg": "SHA-256", "content": digest}]
    return {"type": "file", "name": str(path), "hashes": hashes}


def _license(identifier: str) -> list[_Component]:
    return [{"license": {"id": identifier}}]
