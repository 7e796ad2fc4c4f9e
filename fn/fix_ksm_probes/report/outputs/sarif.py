"""Results in SARIF 2.1.0, for code scanning."""

from __future__ import annotations

from collections.abc import Iterable

from fix_ksm_probes import __version__
from fix_ksm_probes.report.outputs.fingerprint import fingerprinted
from fix_ksm_probes.report.outputs.position import Position
from fix_ksm_probes.report.result import ERROR, WARNING, Result
from fix_ksm_probes.rules.catalogue import RULES, Rule

_LEVELS = {ERROR: "error", WARNING: "warning"}
_HOME = "https://fix-ksm-probes.dev"
_SETTING = "Setting"
_SETTING_RULE = {
    "id": _SETTING,
    "shortDescription": {"text": "A setting is not accepted."},
    "fullDescription": {"text": "A setting in the functionConfig is unknown or has a wrong value."},
    "help": {"text": "The message names the field and what it accepts."},
    "helpUri": f"{_HOME}/settings",
}


def sarif(located: Iterable[tuple[Result, Position]], path: str) -> str:
    """Return a SARIF log with one run; `path` is the file of results that are of no file."""
    import json

    found = [_result(*each, path) for each in fingerprinted(located, path)]
    rules = [*map(_rule, RULES.values()), _SETTING_RULE]
    driver = {
        "name": "fix-ksm-probes",
        "semanticVersion": __version__,
        "informationUri": _HOME,
        "rules": rules,
    }
    log = {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
        "sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": found}],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(rule: Rule) -> dict[str, object]:
    # Code scanning asks for all three texts, the standard for none.
    modes = "\n".join(f"- {names}: {what}" for names, what in rule.modes)
    paragraphs = [*rule.explanation, rule.remedy, *([modes] if modes else [])]
    help_ = "\n\n".join(paragraphs)
    return {
        "id": rule.id,
        "shortDescription": {"text": f"{rule.meaning}."},
        "fullDescription": {"text": " ".join(rule.explanation)},
        "help": {"text": help_.replace("`", ""), "markdown": help_},
        "helpUri": f"{_HOME}/reasons/{rule.id}",
        "defaultConfiguration": {"level": _LEVELS.get(rule.severity, "note")},
    }


def _result(result: Result, where: Position, fingerprint: str, path: str) -> dict[str, object]:
    return {
        "ruleId": dict(result.tags).get("reason", _SETTING),
        "level": _LEVELS.get(result.severity, "note"),
        "message": {"text": result.told},
        "partialFingerprints": {"finding/v2": fingerprint},
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
