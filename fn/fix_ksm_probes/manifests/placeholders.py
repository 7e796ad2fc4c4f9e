"""Placeholders: text that a tool replaces before a cluster sees the manifest. Its value is unknown.

Of Flux and envsubst (`${VAR}`, `${VAR:=x}`, `$VAR`), of Go templates, Jinja and Argo Workflows
(`{{ x }}`, `{% x %}`, `[[ x ]]`), of GitHub, GitLab and Azure (`${{ x }}`, `$[[ x ]]`, `$[ x ]`),
of Tekton (`$(params.x)`), of ERB, Terraform and Concourse (`<%= x %>`, `%{x}`, `((x))`), of tools
that fetch secrets (`<path:x#y>`, `ref+vault://x`, `vault:x#y`, `ENC[x]`), of Maven
(`@x@`), ARM templates and Kapitan (`[parameters('x')]`, `?{x:y}`), and of people and scripts
(`<x>`, `{x}`, `%X%`, `#{x}#`, `#X#`, `!X!`, `~X~`, `__X__`, `CHANGE_ME`, and where a number must
stand, `PORT` or `changeme`).
Kubernetes itself expands `$(VAR)` in arguments and variables, and reads `$$` as `$` there.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

TEMPLATE = "{{ ... }}"
"""Stands for an action of a template that is not quoted: YAML takes it for a mapping."""

# A text without any of these bytes or words has no placeholder.
_SIGNS = frozenset("$<%{#@_[(!~+")
_PLACEHOLDER = (
    r"(?s)(?<!\$)(?:\$\$)*(\$\{\{.*?\}\}|\$\{.*?\}|\$\[ ?[A-Za-z_][^\[\]]*\]"
    r"|\$[A-Za-z_]\w*(?:\$(?![\w({$]))?|\$\((?P<name>[^()$]+)\))"
    r"|\{\{.*?\}\}|\{%.*?%\}|#\{[^{}]*\}#?|<%.*?%>|%\{[^{}]*\}"
    r"|\$?\[\[(?: ?[A-Za-z_.][\w.-]* ?|-? [^\[\]]* -?)\]\]"
    r"|(?<!\$)\(\( ?[.A-Za-z_][\w.:/-]* ?\)\)|\(@[^()]*@\)|%\([A-Za-z_][\w.]*\)[sd]"
    # Not a group of a regular expression that has a name.
    r"|(?<!\(\?)(?<!\(\?P)<+[A-Za-z_#?!$.][^<>]*>+|@@?[A-Za-z_][\w.-]*@@?"
    r"|(?:secret)?ref\+\w+://\S+|\bvault:[\w/.-]+#\S+|\bENC\[[^\[\]]*\]"
    # Of ARM templates, and of Kapitan.
    r"|\[(?:parameters|variables|concat|format)\([^\[\]]*\)\]|\?\{\w+:[^{}]*\}"
    # Not a label of Prometheus, nor a path such as /__heartbeat__.
    r"|(?<!\w)(?!(?<=/)(?<!//)_{2,}[a-z])"
    r"(?!__(?:name|address|scheme|metrics_path|scrape_interval|scrape_timeout)__)"
    r"_{2,}[A-Za-z0-9][A-Za-z0-9.-]*(?:_[A-Za-z0-9]+)*_{2,}(?!\w)"
    r"|(?<![\w#!~])(?P<sign>##?|!!?|~~?)[A-Za-z_][\w.-]*(?P=sign)(?![\w#!~])"
    # Not a class of letters of a regular expression, `\p{L}`, and no variable of another spelling.
    r"|(?<!\\[pPx])(?<!\$)\{[A-Za-z_][\w.-]*\}"
    # Not what stands between two escaped bytes of a URL.
    r"|%%?[A-Za-z_][\w.-]*%%?(?![0-9A-Fa-f]{2})"
    r"|(?<![A-Za-z0-9])(?:REPLACE|CHANGE|YOUR)[_-]?[A-Z]+(?:[_-][A-Z0-9]+)*(?![A-Za-z0-9])"
)
# How people name the variables of an environment; other names are those of a pipeline.
_OF_AN_ENVIRONMENT = r"[A-Z_][A-Z0-9_]*\Z"
_STAND_IN = r"[A-Z]{2}|[^\w\s.,:+-]|\A\W+\Z"
_PROMISES = ("change", "replace", "placeholder", "todo", "tbd", "fixme", "xxx", "your")
_ACTION = r"\{\{|\{%|\{#"
# How many lines after a template's action a parser may notice the error.
_NEAR = 3


def find_placeholder(text: str, variables: Collection[str] | None = ()) -> str:
    """Return the first placeholder in `text`; empty if there is none.

    `variables` are those of the container, for which Kubernetes itself expands `$(VAR)`; None if
    they may have any name.
    """
    if _is_free(text):
        return ""
    for found in re.finditer(_PLACEHOLDER, text):
        if not _is_reference(found, variables):
            return found[1] or found[0]
    return ""


def replace_placeholders(text: str, stand_in: str, variables: Collection[str] | None = ()) -> str:
    """Return `text` with `stand_in` for each placeholder; `variables` as find_placeholder's."""
    if _is_free(text):
        return text

    def replaced(found: re.Match[str]) -> str:
        if _is_reference(found, variables):
            return found[0]
        return found[0].removesuffix(found[1] or found[0]) + stand_in

    return re.sub(_PLACEHOLDER, replaced, text)


def _is_reference(found: re.Match[str], variables: Collection[str] | None) -> bool:
    name = found["name"]
    if name is None or variables is None:
        return name is not None
    return name in variables or bool(re.match(_OF_AN_ENVIRONMENT, name))


def _is_free(text: str) -> bool:
    # This runs for each text of a manifest: a loop over the words takes three times as long.
    return _SIGNS.isdisjoint(text) and not ("REPLACE" in text or "CHANGE" in text or "YOUR" in text)


def find_in_value(value: object) -> str:
    """Return the first placeholder in plain data, also within mappings and lists.

    Kubernetes expands no `$(VAR)` there: that is a placeholder as well.
    """
    if isinstance(value, str):
        if _is_free(value):
            return ""
        unexpanded = re.search(r"\$\([^()]+\)", value)
        return find_placeholder(value) or (unexpanded[0] if unexpanded else "")
    if isinstance(value, dict):
        # A key that is a collection is a tuple in the data, and a template in a manifest.
        if any(isinstance(key, tuple) for key in value):
            return TEMPLATE
        value = [part for entry in value.items() for part in entry]
    for below in value if isinstance(value, list) else ():
        found = find_in_value(below)
        if found:
            return found
    return ""


def find_stand_in(text: str) -> str:
    """Return `text` if it stands for the number or name of a port, and can be neither.

    Empty for a mistake such as `http_metrics`, which is not a placeholder.
    """
    # Nearly every text is a number or empty, and compiling the patterns takes 0.15 ms.
    if not text.strip("0123456789"):
        return ""
    # Nor a number with more after it, such as two flags in one word, or a reference that Kubernetes
    # leaves as it is.
    if re.match(r"[\"']?\d+(?!\w)|\$\([A-Z_][A-Z0-9_]*\)\Z", text):
        return ""
    return text if re.search(_STAND_IN, text) or _promises_a_value(text.lower()) else ""


def _promises_a_value(text: str) -> bool:
    # Nearly no text has such a word: compiling the pattern takes half a millisecond.
    words = "|".join(each for each in _PROMISES if each in text)
    return bool(words) and bool(re.search(rf"(?<![a-z])(?:{words})(?:[^a-z]|me|this|\Z)", text))


def find_upper_case(text: str) -> str:
    """Return `text` if it is nothing but the name of a variable, such as `HEALTH_PATH`."""
    is_name = text.isupper() and re.match(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*\Z", text)
    return text if is_name else ""


def find_template_line(text: str, first: int, last: int) -> int:
    """Return the line, from 1, that looks like a template, and explains why the text is not YAML.

    `first` and `last` are the lines in the parser's error. 0 if no line looks like a template.
    """
    lines = text.split("\n", last)[:last]
    for number in range(last, max(0, min(first, last - _NEAR) - 1), -1):
        line = lines[number - 1] if number <= len(lines) else ""
        if not line.lstrip().startswith("#") and (
            re.search(_ACTION, line) or find_placeholder(line)
        ):
            return number
    return 0
