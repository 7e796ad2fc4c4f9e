"""The page of a reason, for a terminal, and the list of all."""

from __future__ import annotations

from textwrap import fill

from fix_ksm_probes.rules.catalogue import RULES, Rule

_WIDTH = 80


def list_rules() -> str:
    """Return a line for each reason: its id, its severity and what it means."""
    width = max(map(len, RULES))
    return "".join(
        f"{rule.id:<{width}}  {rule.severity:<7}  {rule.meaning}\n" for rule in RULES.values()
    )


def rule_page(rule: Rule) -> str:
    """Return the page of a reason."""
    parts = [f"{rule.id} ({rule.severity})", f"{rule.meaning}.", *rule.explanation]
    parts += [f"Remedy: {rule.remedy}", *([f"Setting: {rule.option}"] if rule.option else [])]
    text = "".join(f"{_filled(part)}\n\n" for part in parts)
    modes = (
        f"{_filled(names.replace('`', ''), 2)}\n{_filled(what, 6)}\n" for names, what in rule.modes
    )
    return f"{text}What each mode does:\n\n{''.join(modes)}"


def _filled(text: str, indent: int = 0) -> str:
    first = rest = " " * indent
    return fill(text, _WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)
