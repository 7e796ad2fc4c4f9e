"""Results in SARIF 2.1.0, for code scanning."""

from __future__ import annotations

from collections.abc import Iterable

from fix_ksm_probes import __version__
from fix_ksm_probes.report.outputs.position import Position
from fix_ksm_probes.report.result import ERROR, WARNING, Result
from fix_ksm_probes.rules.catalogue import RULES

_LEVELS = {ERROR: "error", WARNING: "warning"}
_SETTING = "Setting"


def sarif(located: Iterable[tuple[Result, Position]], path: str) -> str:
    """Return a SARIF log with one run; `path` is the file of results that are of no file."""
    import json

    found = [_result(result, where, path) for result, where in located]
    meanings = {rule.id: rule.meaning for rule in RULES.values()}
    rules = [
        _rule(reason, meaning)
        for reason, meaning in {**meanings, _SETTING: "A setting is not accepted"}.items()
    ]
    driver = {"name": "fix-ksm-probes", "semanticVersion": __version__, "rules": rules}
    log = {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
        "sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": found}],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(reason: str, meaning: str) -> dict[str, object]:
    # Code scanning asks for all three, the standard for none.
    texts = ("shortDescription", "fullDescription", "help")
    return {"id": reason, **{key: {"text": meaning} for key in texts}}


def _result(result: Result, where: Position, path: str) -> dict[str, object]:
    reason = dict(result.tags).get("reason", _SETTING)
    return {
        "ruleId": reason,
        "level": _LEVELS.get(result.severity, "note"),
        "message": {"text": result.told},
        # What is found is the same as long as this is, whatever moves it up or down.
        "partialFingerprints": {"place/v1": f"{result.place} {dict(result.tags)}"},
        "locations": [{"physicalLocation": _physical(where, path)}],
        **_suppressions(result),
    }


def _suppressions(result: Result) -> dict[str, object]:
    if not result.suppressed:
        return {}
    return {"suppressions": [{"kind": "inSource", "justification": result.suppressed}]}


def _physical(where: Position, path: str) -> dict[str, object]:
    from urllib.parse import quote

    # Code scanning takes no file in which one result has no place (codeql-action, issue 1738).
    first = max(where.first, 1)
    return {
        "artifactLocation": {"uri": quote(where.path or path)},
        "region": {"startLine": first, "endLine": max(where.last, first)},
    }
