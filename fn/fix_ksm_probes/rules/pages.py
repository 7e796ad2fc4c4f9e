"""The page of a reason, for a terminal, and the list of all."""

from __future__ import annotations

from textwrap import fill, wrap

from fix_ksm_probes.rules.catalogue import RULES
from fix_ksm_probes.yamlpatch import BadInput

_WIDTH = 80


def list_rules() -> str:
    """Return a line for each reason: its id, its severity and what it means."""
    width = max(map(len, RULES))
    return "".join(
        f"{rule.id:<{width}}  {rule.severity:<7}  {rule.meaning}\n" for rule in RULES.values()
    )


def rule_page(reason: str) -> str:
    """Return the page of a reason, whatever the case it is written in. Raises BadInput."""
    ids = {each.lower(): each for each in RULES}
    if reason.lower() not in ids:
        from difflib import get_close_matches

        near = get_close_matches(reason.lower(), ids, 1)
        hint = f" (did you mean {ids[near[0]]}?)" if near else ""
        raise BadInput(
            f"--rule: unknown reason {reason[:80]!r}{hint}; accepted are {', '.join(RULES)}"
        )
    rule = RULES[ids[reason.lower()]]
    parts = [f"{rule.id} ({rule.severity})", f"{rule.meaning}.", *rule.explanation]
    parts += [f"Remedy: {rule.remedy}", *([f"Setting: {rule.option}"] if rule.option else [])]
    text = "\n\n".join(fill(part, _WIDTH, break_on_hyphens=False) for part in parts)
    return f"{text}\n\nWhat each mode does:\n\n{_modes(rule.modes)}"


def _modes(modes: tuple[tuple[str, str], ...]) -> str:
    lines = []
    for names, what in modes:
        lines += wrap(names.replace("`", ""), _WIDTH, initial_indent="  ", subsequent_indent="  ")
        lines += wrap(
            what,
            _WIDTH,
            initial_indent="      ",
            subsequent_indent="      ",
            break_on_hyphens=False,
        )
    return "".join(f"{line}\n" for line in lines)
