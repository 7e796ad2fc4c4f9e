"""Every folder of tests/cases is a story: an input, its diff, and its results."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from fix_ksm_probes.rules.catalogue import (
    BYPASS,
    GAPS,
    PERMISSION_NEEDED,
    PORT_TAKEN,
    PROXY_MAY_NOT_ASK,
    RULES,
    SCRAPE_FAILS,
    SCRAPE_UNKNOWN,
)
from tests.case import (
    DIFF,
    INPUT,
    RESULTS,
    VARIANTS,
    Seen,
    each_variant,
    find_cases,
    observe,
    split_results,
)

CASES = find_cases()


def _kebab(reason: str) -> str:
    return "".join("-" + c.lower() if c.isupper() else c for c in reason).lstrip("-")


# Nearly every pod lacks something to be sound: only the cases named for that show it.
HARDENING = tuple(_kebab(reason) for reason in GAPS if reason != BYPASS)
# What else those pods lack does not matter to who scrapes them, or shares a node with them.
OF_OTHERS = (PROXY_MAY_NOT_ASK, SCRAPE_FAILS, SCRAPE_UNKNOWN, PERMISSION_NEEDED), (PORT_TAKEN,)


def _expected(case: Path) -> tuple[str, list[dict[str, object]]]:
    diff, results = case / DIFF, case / RESULTS
    return (
        diff.read_text() if diff.exists() else "",
        yaml.safe_load(results.read_text()) if results.exists() else [],
    )


def _shown(case: Path, seen: Seen) -> list[dict[str, object]]:
    for kept in OF_OTHERS:
        if case.name.startswith(tuple(map(_kebab, kept))):
            apart = set(GAPS).difference(kept)
            return [each for each in seen.results if _reason(each) not in apart]
    if case.name.startswith((*HARDENING, "option-")):
        return seen.results
    apart = {reason for reason in GAPS if reason != BYPASS}
    return [each for each in seen.results if _reason(each) not in apart]


def _reason(result: dict[str, object]) -> object:
    tags = result.get("tags")
    return tags.get("reason") if isinstance(tags, dict) else None


def _update(case: Path, seen: Seen) -> None:
    (case / DIFF).unlink(missing_ok=True)
    (case / RESULTS).unlink(missing_ok=True)
    if seen.diff:
        (case / DIFF).write_text(seen.diff)
    if shown := _shown(case, seen):
        # PyYAML writes no text of a type of its own, as that of `127.0.0.1` is.
        plain = json.loads(json.dumps(shown))
        written = yaml.safe_dump(plain, sort_keys=False, width=100, allow_unicode=True)
        (case / RESULTS).write_text(written)


@each_variant
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Path, variant: str, request: pytest.FixtureRequest) -> None:
    """A case gets its diff and its results in every spelling, and no edit in a second run."""
    raw = VARIANTS[variant]((case / INPUT).read_bytes())
    seen = observe(raw)
    if request.config.getoption("--update") and variant == "lf":
        _update(case, seen)
    diff, results = _expected(case)

    assert diff == seen.diff
    assert results == _shown(case, seen)
    failed = any(result["severity"] == "error" for result in seen.results)
    assert seen.exit_code == failed * (2 if any(map(_is_of_a_setting, seen.results)) else 1)
    if not diff and not seen.results:
        assert raw == seen.stdout

    again = observe(seen.stdout)

    assert split_results(seen.stdout)[0] == split_results(again.stdout)[0]


def _is_of_a_setting(result: dict[str, object]) -> bool:
    return "field" in result and "tags" not in result


def test_there_are_cases() -> None:
    """A glob that finds nothing must fail."""
    assert len(CASES) >= 40


def test_a_case_holds_nothing_else() -> None:
    """No test would read a file with another name."""
    files = [path for case in CASES for path in case.iterdir()]

    assert [path for path in files if path.name not in (INPUT, DIFF, RESULTS)] == []


@pytest.mark.parametrize("reason", RULES)
def test_every_reason_has_a_case(reason: str) -> None:
    """Each reason has a case with its name."""
    cases = [case for case in CASES if case.name.startswith(_kebab(reason) + "-")]
    reasons = [_reason(result) for case in cases for result in _expected(case)[1]]

    assert reason in reasons


def test_what_must_not_change_outnumbers_what_must() -> None:
    """Most wrong answers are wrong edits."""
    changed = [case for case in CASES if (case / DIFF).exists()]

    assert 2 * len(changed) < len(CASES)
