"""The files of a user: write them, read their bytes, and compare."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path

_MANIFESTS = Path(__file__).parent / "manifests"

Files = Mapping[str, str]

KPTFILE = """\
apiVersion: kpt.dev/v1
kind: Kptfile
metadata:
  name: package # of kube-state-metrics
"""

OWN_CONFIG = """\
# What to do.
apiVersion: fix-ksm-probes.dev/v1alpha1
kind: FixKSMProbes
metadata:
  name: config
spec:
  mode: {mode} # how
"""


def manifest(name: str) -> str:
    """Return the text of a manifest of ours."""
    return (_MANIFESTS / f"{name}.yaml").read_text()


def manifests(*names: str) -> dict[str, str]:
    """Return manifests of ours as the files of a package."""
    return {f"{name}.yaml": manifest(name) for name in names}


def kptfile(*functions: str, kind: str = "mutators") -> str:
    """Return a Kptfile whose pipeline is `functions`, each the YAML of one list item."""
    items = "".join("  - " + function.replace("\n", "\n    ") + "\n" for function in functions)
    return f"{KPTFILE}pipeline:\n  {kind}:\n{items}"


def write(folder: Path, files: Files) -> Path:
    """Write `files` below `folder`, and return it."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return folder


def read(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file below `folder`."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def changes(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> dict[str, list[str]]:
    """Return the removed (`-`) and added (`+`) lines of each file that differs."""
    names = sorted({*before, *after})
    return {
        name: changed_lines(before.get(name, b""), after.get(name, b""))
        for name in names
        if before.get(name) != after.get(name)
    }


def changed_lines(before: bytes, after: bytes) -> list[str]:
    """Return the removed (`-`) and added (`+`) lines, in order."""
    old, new = before.decode().splitlines(), after.decode().splitlines()
    diff = list(difflib.unified_diff(old, new, n=0, lineterm=""))[2:]
    return [line for line in diff if not line.startswith("@@")]
