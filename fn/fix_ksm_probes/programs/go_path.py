"""Paths as Go reads them: patterns of path.Match, paths cleaned by ServeMux, paths of a kubelet."""

from __future__ import annotations

import re

_ELEMENT = r"\*|\?|\[(\^?)((?:\\.|[^\\\]])+)\]|\\(.)|([^*?\[\\]+)"
_RANGE = r"(?:\\(.)|([^\\-]))(?:-(?:\\(.)|([^\\-])))?"
_SPECIAL = frozenset("*?[\\")
# Escaped dots and slashes are cleaned by some releases of ServeMux and kept by others.
_KEPT = r"%2[EeFf]"
_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]*:"


def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Return a regular expression for a pattern of Go's path.Match; None if it is malformed."""
    position = 0
    parts = [""]
    tokens = re.compile(_ELEMENT, re.DOTALL)
    while position < len(pattern):
        token = tokens.match(pattern, position)
        if token is None:
            return None
        position = token.end()
        if token[0] == "*":
            parts.append("")
        elif token[0] == "?":
            parts[-1] += "[^/]"
        elif token[2] is not None:
            ranges = _ranges(token[2])
            if ranges is None:
                return None
            parts[-1] += f"[{token[1]}{ranges}]"
        else:
            parts[-1] += re.escape(token[3] or token[4])
    first, *rest = parts
    # As in Go, a part stays where it first fits: trying all other places may take too long.
    between = "".join(f"(?>[^/]*?{part})" for part in rest[:-1])
    last = "[^/]*" + rest[-1] if rest else ""
    return re.compile(first + between + last + r"\Z", re.DOTALL)


def matches(pattern: str, http_path: str) -> bool:
    """Tell whether `pattern` matches a path, as Go's path.Match; a malformed one matches none."""
    if _SPECIAL.isdisjoint(pattern):
        return pattern == http_path
    compiled = _compiled(pattern)
    return compiled is not None and compiled.match(http_path) is not None


def is_malformed(pattern: str) -> bool:
    """Tell whether Go's path.Match refuses a pattern: only a range or an escape can be wrong."""
    return ("[" in pattern or "\\" in pattern) and _compiled(pattern) is None


def _ranges(text: str) -> str | None:
    position, written = 0, ""
    ranges = re.compile(_RANGE, re.DOTALL)
    while position < len(text):
        found = ranges.match(text, position)
        if found is None:
            return None
        position = found.end()
        low = found[1] or found[2]
        high = found[3] or found[4] or low
        if low > high:
            return None
        written += f"{re.escape(low)}-{re.escape(high)}"
    return written


def clean(http_path: str) -> str:
    """Return the path that ServeMux redirects to: no `//`, `.` or `..`; a last slash stays."""
    kept: list[str] = []
    for part in http_path.split("/"):
        if part == "..":
            del kept[-1:]
        elif part not in ("", "."):
            kept.append(part)
    slash = "/" if kept and http_path.endswith("/") else ""
    return "/" + "/".join(kept) + slash


def kubelet_path(text: str) -> str | None:
    """Return the decoded path, with a leading slash, that an httpGet with this `path` requests.

    Go's url.Parse removes query, fragment, scheme and host; text that it refuses is a path as a
    whole. None if the target of the request is not known.
    """
    http_path = text.partition("#")[0].partition("?")[0]
    scheme = re.match(_SCHEME, http_path) if ":" in http_path else None
    if scheme:
        http_path = http_path[scheme.end() :]
        if not http_path.startswith("/"):
            return None
    if http_path.startswith("//"):
        _, slash, http_path = http_path[2:].partition("/")
        http_path = slash + http_path
    if "%" in http_path:
        if re.search(_KEPT, http_path):
            return None
        # Almost no manifest needs this import.
        from urllib.parse import unquote

        http_path = unquote(http_path)
    return http_path if http_path.startswith("/") else "/" + http_path
