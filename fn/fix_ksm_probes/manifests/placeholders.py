"""Words that something is to replace before a cluster sees the manifest: their values are unknown.

Of Flux and envsubst (`${VAR}`, `${VAR:=x}`, `$VAR`), of Go templates and Jinja (`{{ x }}`,
`{% x %}`, `[[ x ]]`), of ERB, Terraform and Concourse (`<%= x %>`, `%{x}`, `((x))`), of the vault
plugin of Argo CD (`<path:x#y>`), and of people and scripts (`<x>`, `{x}`, `%X%`, `#{x}#`, `@X@`,
`__X__`, `CHANGE_ME`). Kubernetes itself expands `$(VAR)` and reads `$$` as `$`.
"""

from __future__ import annotations

import re

TEMPLATE = "{{ ... }}"
"""Stands for an action of a template that is not quoted: YAML takes it for a mapping."""

# Whatever holds none of these bytes or words holds no placeholder.
_SIGNS = frozenset("$<%{#@_[(")
_WORDS = ("REPLACE", "CHANGE", "YOUR")
_PLACEHOLDER = (
    r"(?s)(?<!\$)(?:\$\$)*(\$\{.*?\}|\$[A-Za-z_]\w*)"
    r"|\{\{.*?\}\}|\{%.*?%\}|#\{[^{}]*\}#?|<%.*?%>|%\{[^{}]*\}"
    r"|\[\[ ?[A-Za-z_.][\w.-]* ?\]\]|(?<!\$)\(\( ?[A-Za-z_][\w.-]* ?\)\)"
    r"|<path:[^<>]+>|<[A-Za-z_][\w .-]*>|@@?[A-Za-z_]\w*@@?"
    r"|(?<!\w)_{2,}[A-Z0-9]+(?:_[A-Z0-9]+)*_{2,}(?!\w)"
    # Not a class of letters of a regular expression, `\p{L}`, and no variable of another spelling.
    r"|(?<!\\[pP])(?<!\$)\{[A-Za-z_]\w*\}"
    # Not what stands between two escaped bytes of a URL.
    r"|%[A-Za-z_][\w.-]*%(?![0-9A-Fa-f]{2})"
    r"|(?<![A-Za-z0-9])(?:" + "|".join(_WORDS) + r")_?[A-Z]+(?:_[A-Z0-9]+)*(?![A-Za-z0-9])"
)
_ACTION = r"\{\{|\{%|\{#"
# How many lines behind an action a parser may notice that it is none of YAML's.
_NEAR = 3


def find_placeholder(text: str) -> str:
    """Return the first placeholder in `text`; empty where it holds none."""
    if _is_free(text):
        return ""
    found = re.search(_PLACEHOLDER, text)
    return (found[1] or found[0]) if found else ""


def replace_placeholders(text: str, stand_in: str) -> str:
    """Return `text` with `stand_in` for each placeholder."""
    if _is_free(text):
        return text

    def replaced(found: re.Match[str]) -> str:
        whole = found[0]
        return whole.removesuffix(found[1]) + stand_in if found[1] else stand_in

    return re.sub(_PLACEHOLDER, replaced, text)


def _is_free(text: str) -> bool:
    # Asked of each word of each manifest: a loop over the words takes three times as long.
    return _SIGNS.isdisjoint(text) and not ("REPLACE" in text or "CHANGE" in text or "YOUR" in text)


def find_in_value(value: object) -> str:
    """Return the first placeholder in plain data, in the texts of its mappings and lists too."""
    if isinstance(value, str):
        return find_placeholder(value)
    below: list[object] = []
    if isinstance(value, dict):
        # No key of a manifest is a collection, which the data has as a tuple.
        if any(isinstance(key, tuple) for key in value):
            return TEMPLATE
        below = [part for entry in value.items() for part in entry]
    elif isinstance(value, list):
        below = value
    return next((found for each in below if (found := find_in_value(each))), "")


def find_template_line(text: str, first: int, last: int) -> int:
    """Return the line, from 1, that looks like a template to blame for lines that are not YAML.

    `first` and `last` are those of which a parser complains; 0 where none looks like one.
    """
    lines = text.split("\n", last)[:last]
    for number in range(last, max(0, min(first, last - _NEAR) - 1), -1):
        line = lines[number - 1] if number <= len(lines) else ""
        if not line.lstrip().startswith("#") and (
            re.search(_ACTION, line) or find_placeholder(line)
        ):
            return number
    return 0
