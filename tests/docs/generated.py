"""Parts of pages that the code makes, between `<!-- begin: NAME -->` and `<!-- end -->`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from textwrap import fill
from typing import NamedTuple

from fix_ksm_probes.report.outputs import OUTPUTS
from fix_ksm_probes.rules.catalogue import ERROR, GAPS, RULES, UNKNOWN, Rule
from fix_ksm_probes.settings import arguments
from fix_ksm_probes.settings.arguments import Option
from fix_ksm_probes.settings.fields import FIELDS
from fix_ksm_probes.settings.kinds import Choices, Field
from fix_ksm_probes.yamlpatch.patch import brackets


class Part(NamedTuple):
    """A part of a page: where it stands, and what makes it."""

    page: str
    name: str
    make: Callable[[], str]


def fields() -> str:
    """Return the table of the settings."""
    head = ("in `spec`", "flag", "in a ConfigMap", "accepted", "default", "modes", "what it is")
    return _table(head, map(_field, FIELDS))


def options() -> str:
    """Return the table of the flags that are no settings."""
    return _table(("flag", "accepted", "what it is"), map(_option, arguments.options(OUTPUTS)))


def failing(folder: str = "docs/reasons/") -> str:
    """Return the table of what makes a probe fail."""
    rules = (each for each in RULES.values() if _is_of_probes(each))
    return _table(("reason", "what it means"), (_linked(each, folder) for each in rules))


def hardening(folder: str = "docs/reasons/") -> str:
    """Return the table of what is found beside the probes that fail."""
    rules = (each for each in RULES.values() if not _is_of_probes(each))
    head = ("reason", "what it means", "severity", "setting that corrects it")
    return _table(
        head,
        (
            (*_linked(each, folder), each.severity, f"`{each.option}`" if each.option else "")
            for each in rules
        ),
    )


def _is_of_probes(rule: Rule) -> bool:
    return rule.id == UNKNOWN or (rule.severity == ERROR and rule.id not in GAPS)


def _linked(rule: Rule, folder: str) -> tuple[str, str]:
    flags_as_code = re.sub(r"(--[a-z-]+)", r"`\1`", rule.meaning)
    return f"[`{rule.id}`]({folder}{rule.id}.md)", flags_as_code


def _meaning(rule: Rule) -> str:
    return f"{rule.meaning}.\n"


def _explanation(rule: Rule) -> str:
    return "\n".join(f"{_wrapped(_with_links(each, rule))}\n" for each in rule.explanation)


def _remedy(rule: Rule) -> str:
    table = _table(("mode", "what it does"), rule.modes)
    return f"{_wrapped(_with_links(rule.remedy, rule))}\n\n{table}"


def _with_links(text: str, rule: Rule) -> str:
    others = "|".join(each for each in RULES if each != rule.id)
    return re.sub(rf"\b({others})\b", r"[\1](\1.md)", text)


def _wrapped(text: str) -> str:
    return fill(text, 100, break_on_hyphens=False, break_long_words=False)


PARTS = (
    Part("README.md", "failing", failing),
    Part("README.md", "hardening", hardening),
    Part("docs/reasons/README.md", "failing", lambda: failing("")),
    Part("docs/reasons/README.md", "hardening", lambda: hardening("")),
    *(
        Part(f"docs/reasons/{rule.id}.md", name, partial(make, rule))
        for rule in RULES.values()
        for name, make in (
            ("meaning", _meaning),
            ("explanation", _explanation),
            ("remedy", _remedy),
        )
    ),
    Part("docs/settings.md", "fields", fields),
    Part("docs/settings.md", "options", options),
)


def read_part(text: str, name: str) -> str | None:
    """Return what stands in the part `name` of a page's text, None where there is none."""
    found = _between(name).search(text)
    return found[0] if found else None


def replace_part(text: str, name: str, made: str) -> str:
    """Return a page's text with another content of the part `name`."""
    return _between(name).sub(lambda _: made, text, count=1)


def _between(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<=<!-- begin: {name} -->\n).*?(?=<!-- end -->)", re.DOTALL)


def _field(field: Field) -> tuple[str, ...]:
    accepted = ", ".join(f"`{choice}`" for choice in field.choices)
    if isinstance(field, Choices):
        accepted = f"a list of {accepted}"
    default = f"`{field.shown_default}`" if field.shown_default else ""
    modes = ", ".join(f"`{mode}`" for mode in field.modes) or "all"
    names = (f"`{brackets(field.place)}`", f"`{field.flag}`", f"`{field.name}`")
    return (*names, accepted or field.accepted, default, modes, field.help)


def _option(option: Option) -> tuple[str, ...]:
    choices = ", ".join(f"`{choice}`" for choice in option.choices)
    short = f"`{option.short}`, " if option.short else ""
    is_switch = option.choices[:1] == (arguments.ON,)
    return (f"{short}`--{option.name}`", "" if is_switch else choices or "text", option.help)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
