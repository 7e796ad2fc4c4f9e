"""Parts of pages that the code makes, between `<!-- begin: NAME -->` and `<!-- end -->`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from fix_ksm_probes.settings.arguments import OPTIONS, Option, kebab
from fix_ksm_probes.settings.fields import FIELDS, Field
from fix_ksm_probes.yamlpatch.patch import brackets

_KINDS = {
    "port": "an integer from 1 to 65535",
    "text": "text",
    "labels": "a mapping; as text `a=b,c=d`",
    "switch": "`true`, `false`",
}


class Part(NamedTuple):
    """A part of a page: where it stands, and what makes it."""

    page: str
    name: str
    make: Callable[[], str]


def fields() -> str:
    """Return the table of the settings."""
    head = ("in `spec`", "flag", "in a ConfigMap", "accepted", "default", "what it is")
    return _table(head, map(_field, FIELDS))


def options() -> str:
    """Return the table of the flags that are no settings."""
    return _table(("flag", "accepted", "what it is"), map(_option, OPTIONS))


PARTS = (
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
    if field.type == "choices":
        accepted = f"a list of {accepted}"
    default = f"`{field.default}`" if field.default else ""
    names = (f"`{brackets(field.place)}`", f"`--{kebab(field)}`", f"`{field.name}`")
    return (*names, accepted or _KINDS[field.type], default, field.help)


def _option(option: Option) -> tuple[str, ...]:
    choices = ", ".join(f"`{choice}`" for choice in option.choices)
    return (f"`--{option.name}`", choices or "text", option.help)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
