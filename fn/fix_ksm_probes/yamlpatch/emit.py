"""Plain data as YAML text, in block or in flow style."""

from __future__ import annotations

from fix_ksm_probes.yamlpatch.scalars import Untyped, double_quoted, written


def flow(value: object, *, json: bool = False) -> str:
    """Return `value` on one line, in braces and brackets; as JSON where `json` is asked for."""
    if isinstance(value, dict):
        entries = (
            f"{flow(key, json=json)}: {flow(item, json=json)}" for key, item in value.items()
        )
        return "{" + ", ".join(entries) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(item, json=json) for item in value) + "]"
    if json and isinstance(value, str) and not isinstance(value, Untyped):
        return double_quoted(value)
    return scalar(value, in_flow=True)


def spread(value: object, indent: str, step: str, newline: str, *, json: bool = False) -> str:
    """Return `value` in braces and brackets over several lines, the first without `indent`."""
    deeper = indent + step
    if isinstance(value, dict) and value:
        members = [
            f"{flow(key, json=json)}: {spread(item, deeper, step, newline, json=json)}"
            for key, item in value.items()
        ]
        opening, closing = "{", "}"
    elif isinstance(value, list) and value:
        members = [spread(item, deeper, step, newline, json=json) for item in value]
        opening, closing = "[", "]"
    else:
        return flow(value, json=json)
    lines = ("," + newline + deeper).join(members)
    return opening + newline + deeper + lines + newline + indent + closing


def block(value: object, indent: str, newline: str, *, wide: bool = False) -> str:
    """Return `value` over several lines, the first without `indent`, the last without `newline`.

    `wide` puts the dashes of a list that a key holds two columns to the right of that key.
    """
    if isinstance(value, dict) and value:
        lines = (_entry(key, item, indent, newline, wide=wide) for key, item in value.items())
    elif isinstance(value, list) and value:
        deeper = indent + "  "
        lines = ("- " + block(item, deeper, newline, wide=wide) for item in value)
    else:
        return _inline(value)
    return (newline + indent).join(lines)


def _entry(key: object, value: object, indent: str, newline: str, *, wide: bool) -> str:
    return flow(key) + ":" + under_key(value, indent, newline, wide=wide)


def under_key(value: object, indent: str, newline: str, *, wide: bool = False) -> str:
    """Return what follows `key:` where the key stands at `indent`, with the white space between."""
    if isinstance(value, dict) and value:
        deeper = indent + "  "
    elif isinstance(value, list) and value:
        deeper = indent + "  " if wide else indent
    else:
        return " " + _inline(value)
    return newline + deeper + block(value, deeper, newline, wide=wide)


def _inline(value: object) -> str:
    return flow(value) if isinstance(value, (dict, list)) else scalar(value)


def scalar(value: object, *, in_flow: bool = False, like: str = "") -> str:
    """Return a null, boolean, integer or string as YAML text; `like` is the quote to keep."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return written(value, flow=in_flow, like=like)
    return str(value)
