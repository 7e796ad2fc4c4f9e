"""Results as GitLab's Code Quality report, which a merge request shows beside its lines."""

from __future__ import annotations

from collections.abc import Iterable

from fix_ksm_probes.report.outputs.fingerprint import fingerprinted
from fix_ksm_probes.report.outputs.position import Position
from fix_ksm_probes.report.result import ERROR, WARNING, Result

_SEVERITIES = {ERROR: "major", WARNING: "minor"}


def codequality(located: Iterable[tuple[Result, Position]], path: str) -> str:
    """Return the report; `path` is the file of results that are of no file.

    The fields are those that GitLab reads ("Code Quality report format", GitLab 18); it wants each
    fingerprint once, and a path relative to the repository without `./` before it.
    """
    import json

    found = [_entry(*each, path) for each in fingerprinted(located, path)]
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _entry(result: Result, where: Position, fingerprint: str, path: str) -> dict[str, object]:
    return {
        "description": result.told,
        "check_name": dict(result.tags).get("reason", "Setting"),
        "fingerprint": fingerprint,
        "severity": _SEVERITIES.get(result.severity, "info"),
        "location": {
            "path": (where.path or path).removeprefix("./"),
            "lines": {"begin": max(where.first, 1)},
        },
    }
