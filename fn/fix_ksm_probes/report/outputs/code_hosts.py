"""Results in the formats of code hosts, which show them beside lines: GitHub and GitLab."""

from __future__ import annotations

from fix_ksm_probes import __version__
from fix_ksm_probes.report.outcome import ERROR, WARNING, Result
from fix_ksm_probes.report.outputs import Files
from fix_ksm_probes.report.outputs.location import Location, fingerprinted, locations
from fix_ksm_probes.rules.catalogue import RULES, Rule

_COMMANDS = {ERROR: "error", WARNING: "warning"}
_LEVELS = {ERROR: "error", WARNING: "warning"}
_SEVERITIES = {ERROR: "major", WARNING: "minor"}
_SETTING = "Setting"
_SETTING_RULE = {
    "id": _SETTING,
    "shortDescription": {"text": "A setting is not accepted."},
    "fullDescription": {"text": "A setting in the functionConfig is unknown or has a wrong value."},
    "help": {"text": "The message names the field and what it accepts."},
}


def github(files: Files) -> str:
    """Return a workflow command of GitHub Actions for each result, at its location.

    The escapes are those of `@actions/core` 1.11.
    """
    return "".join(
        _command(result, where)
        for path, outcome in files
        for result, where in locations(outcome, path)
    )


def _command(result: Result, where: Location) -> str:
    properties = {"file": where.path}
    if where.first:
        properties |= {"line": str(where.first), "endLine": str(where.last)}
    properties["title"] = result.reason
    written = ",".join(
        f"{name}={_escaped(value).replace(':', '%3A').replace(',', '%2C')}"
        for name, value in properties.items()
        if value
    )
    head = " ".join(part for part in (_COMMANDS.get(result.severity, "notice"), written) if part)
    return f"::{head}::{_escaped(result.sentence)}\n"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def sarif(files: Files, path: str) -> str:
    """Return a SARIF 2.1.0 log with one run, for code scanning.

    `path` is the file of results that are of no file.
    """
    import json

    found = [_finding(*each) for each in fingerprinted(files, path)]
    rules = [*map(_rule, RULES.values()), _SETTING_RULE]
    driver = {
        "name": "fix-ksm-probes",
        "semanticVersion": __version__,
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
    # Code scanning requires all three texts, the standard none. There is no helpUri: the pages have
    # no public address, and anybody could register an address that we make up.
    modes = "\n".join(f"- {names}: {what}" for names, what in rule.modes)
    page = f"`fix-ksm-probes --rule {rule.id}` prints this page."
    paragraphs = [*rule.explanation, rule.remedy, *([modes] if modes else []), page]
    help_ = "\n\n".join(paragraphs)
    return {
        "id": rule.id,
        "shortDescription": {"text": f"{rule.meaning}."},
        "fullDescription": {"text": " ".join(rule.explanation)},
        "help": {"text": help_.replace("`", ""), "markdown": help_},
        "defaultConfiguration": {"level": _LEVELS.get(rule.severity, "note")},
    }


def _finding(result: Result, where: Location, fingerprint: str) -> dict[str, object]:
    from urllib.parse import quote

    # Code scanning refuses a file in which a result has no location (codeql-action, issue 1738).
    place = {
        "artifactLocation": {"uri": quote(where.path)},
        "region": {"startLine": where.first, "endLine": where.last},
    }
    why = [{"kind": "inSource", "justification": result.suppressed}] if result.suppressed else []
    return {
        "ruleId": result.reason or _SETTING,
        "level": _LEVELS.get(result.severity, "note"),
        "message": {"text": result.sentence},
        "partialFingerprints": {"finding/v2": fingerprint},
        "locations": [{"physicalLocation": place}],
        **({"suppressions": why} if why else {}),
    }


def codequality(files: Files, path: str) -> str:
    """Return the Code Quality report of GitLab; `path` is the file of results that are of no file.

    The fields are those that GitLab reads ("Code Quality report format", GitLab 18). It requires
    unique fingerprints, and paths relative to the repository without a leading `./`.
    """
    import json

    found = [_entry(*each) for each in fingerprinted(files, path)]
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _entry(result: Result, where: Location, fingerprint: str) -> dict[str, object]:
    return {
        "description": result.sentence,
        "check_name": result.reason or _SETTING,
        "fingerprint": fingerprint,
        "severity": _SEVERITIES.get(result.severity, "info"),
        "location": {"path": where.path.removeprefix("./"), "lines": {"begin": where.first}},
    }
