"""Results in SARIF 2.1.0, for code scanning."""

from __future__ import annotations

from fix_ksm_probes import __version__
from fix_ksm_probes.meanings import MEANINGS
from fix_ksm_probes.outcome import Outcome
from fix_ksm_probes.outputs.position import Position, positions
from fix_ksm_probes.result import ERROR, WARNING, Result

_LEVELS = {ERROR: "error", WARNING: "warning"}
_SETTING = "Setting"


def sarif(outcome: Outcome, path: str) -> str:
    """Return a SARIF log with one run; `path` is the file that stdin comes from."""
    import json

    found = [_result(result, where) for result, where in positions(outcome, path)]
    rules = [
        {"id": reason, "shortDescription": {"text": meaning}}
        for reason, meaning in {**MEANINGS, _SETTING: "A setting is not accepted"}.items()
    ]
    driver = {"name": "fix-ksm-probes", "semanticVersion": __version__, "rules": rules}
    log = {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
        "sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": found}],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _result(result: Result, where: Position) -> dict[str, object]:
    reason = dict(result.tags).get("reason", _SETTING)
    written: dict[str, object] = {
        "ruleId": reason,
        "level": _LEVELS.get(result.severity, "note"),
        "message": {"text": result.told},
        # What is found is the same as long as this is, whatever moves it up or down.
        "partialFingerprints": {"place/v1": f"{result.place} {dict(result.tags)}"},
    }
    if where.path:
        written["locations"] = [{"physicalLocation": _physical(where)}]
    return written


def _physical(where: Position) -> dict[str, object]:
    from urllib.parse import quote

    physical: dict[str, object] = {"artifactLocation": {"uri": quote(where.path)}}
    if where.first:
        physical["region"] = {"startLine": where.first, "endLine": where.last}
    return physical
