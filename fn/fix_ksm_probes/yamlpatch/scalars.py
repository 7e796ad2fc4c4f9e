"""Scalars: the meaning of plain YAML text, and text for plain data."""

from __future__ import annotations

import re


class Untyped(str):
    """Plain text to which YAML 1.1, YAML 1.2 and go-yaml give different types: kept as written."""

    __slots__ = ()


_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_TRUE = frozenset(("true", "True", "TRUE"))
_FALSE = frozenset(("false", "False", "FALSE"))
_ON = frozenset(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"))
_OFF = frozenset(("n", "N", "no", "No", "NO", "off", "Off", "OFF"))
WORDS = _NULL | _TRUE | _FALSE | _ON | _OFF
"""Plain words that are no text, or not in every YAML dialect."""

_DIGITS = frozenset("0123456789")
_NO_FINITE = frozenset((".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"))
# Keys of YAML 1.1.
_KEYS = frozenset(("=", "<<"))
_RETYPED_FROM = _DIGITS | frozenset("+-.=<")
# Compiled at first use: compiling all of them takes long.
_PLAIN = r"(?:--?)?[A-Za-z_/][A-Za-z0-9_./@=:+-]*(?<!:)\Z"
_PLAIN_WITH_COMMA = r"(?:--?)?[A-Za-z_/][A-Za-z0-9_./@=:+,-]*(?<!:)\Z"
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_ESCAPED = '["\\\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]'


def meaning(text: str) -> None | bool | int | str:
    """Return the value of a plain scalar if all YAML dialects agree on it.

    If they may disagree (`on`, `0644`, `1.10`, `1e3`, `2024-01-02`), it is Untyped.
    """
    if text in WORDS:
        if text in _NULL:
            return None
        return True if text in _TRUE else False if text in _FALSE else Untyped(text)
    if text[0] not in _RETYPED_FROM:
        return text
    unsigned = text[1:] if text[0] in "+-" else text
    # Every other number, date and time has a digit first, or behind a sign or a point.
    is_finite = unsigned.removeprefix(".")[:1] in _DIGITS
    if not is_finite and unsigned not in _NO_FINITE and text not in _KEYS:
        return text
    # Larger ones are floats to some dialects, and sets of such integers can be made slow to search.
    return int(text) if len(text) < 19 and _is_decimal(text) else Untyped(text)


def _is_decimal(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdecimal() and (digits[0] != "0" or digits == "0")


def as_bool(value: object) -> bool | None:
    """Return a boolean in kpt's spelling (`yes`) or kustomize's (`"yes"`), else None."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return True if value in _ON | _TRUE else False if value in _OFF | _FALSE else None
    return None


def as_int(value: object) -> int | None:
    """Return an integer in kpt's spelling (`0644`, `0x10`) or kustomize's (420), else None."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, Untyped):
        digits = value.replace("_", "")
        is_octal = digits.lstrip("+-").startswith("0") and digits.lstrip("+-0").isdigit()
        try:
            number = int(digits, 8 if is_octal else 0)
        except ValueError:
            # As JSON, go-yaml writes `8080.0` and `8.08e3` without a fraction.
            try:
                fraction = float(digits)
            except ValueError:
                return None
            if not fraction.is_integer():
                return None
            number = int(fraction)
        # Python writes no integer of thousands of digits, and Kubernetes has none beyond 64 bits.
        return number if number.bit_length() < 64 else None
    return None


def as_decimal(text: str) -> int | None:
    """Return the number in at most 19 ASCII digits, as Go's Atoi reads them, else None."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else None


def as_text(value: object) -> str | None:
    """Return a scalar as its text in the file; None for null and collections."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int)):
        return str(value)
    return None


def is_text(value: object) -> bool:
    """Tell whether every YAML dialect reads `value` as a string."""
    return isinstance(value, str) and not isinstance(value, Untyped)


def string_text(text: str, *, flow: bool, like: str = "") -> str:
    """Return `text` as a YAML scalar that every dialect reads as this string.

    `like` is the quote of the text that it replaces (`'`, `"` or none), and is kept if possible.
    """
    if isinstance(text, Untyped):
        return str(text)
    if like == "'" and text.isprintable() and "'" not in text:
        return f"'{text}'"
    plain = _PLAIN if flow else _PLAIN_WITH_COMMA
    if like == "" and re.match(plain, text) and text not in WORDS and not (flow and ":" in text):
        return text
    return double_quoted(text)


def double_quoted(text: str) -> str:
    """Return `text` in double quotes; the result is JSON as well as YAML."""
    is_plain = text.isprintable() and '"' not in text and "\\" not in text
    # Compiling the pattern takes a third of a millisecond.
    return f'"{text}"' if is_plain else '"' + re.sub(_ESCAPED, _escape, text) + '"'


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return _SHORT.get(character) or f"\\u{ord(character):04x}"


def flow_text(value: object, *, json: bool = False) -> str:
    """Return `value` on one line in flow style; with `json`, as JSON."""
    if isinstance(value, dict):
        entries = (
            f"{flow_text(key, json=json)}: {flow_text(item, json=json)}"
            for key, item in value.items()
        )
        return "{" + ", ".join(entries) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow_text(item, json=json) for item in value) + "]"
    if json and isinstance(value, str) and not isinstance(value, Untyped):
        return double_quoted(value)
    return scalar_text(value, in_flow=True)


def flow_lines(value: object, indent: str, step: str, newline: str, *, json: bool = False) -> str:
    """Return `value` in flow style over several lines, the first without `indent`."""
    deeper = indent + step
    if isinstance(value, dict) and value:
        members = [
            f"{flow_text(key, json=json)}: {flow_lines(item, deeper, step, newline, json=json)}"
            for key, item in value.items()
        ]
        opening, closing = "{", "}"
    elif isinstance(value, list) and value:
        members = [flow_lines(item, deeper, step, newline, json=json) for item in value]
        opening, closing = "[", "]"
    else:
        return flow_text(value, json=json)
    lines = ("," + newline + deeper).join(members)
    return opening + newline + deeper + lines + newline + indent + closing


def block_text(value: object, indent: str, newline: str, *, wide: bool = False) -> str:
    """Return `value` over several lines, the first without `indent`, the last without `newline`.

    With `wide`, the dashes of a list are two columns to the right of its key.
    """
    if isinstance(value, dict) and value:
        lines = (_entry(key, item, indent, newline, wide=wide) for key, item in value.items())
    elif isinstance(value, list) and value:
        deeper = indent + "  "
        lines = ("- " + block_text(item, deeper, newline, wide=wide) for item in value)
    else:
        return _inline(value)
    return (newline + indent).join(lines)


def _entry(key: object, value: object, indent: str, newline: str, *, wide: bool) -> str:
    return flow_text(key) + ":" + text_under_key(value, indent, newline, wide=wide)


def text_under_key(value: object, indent: str, newline: str, *, wide: bool = False) -> str:
    """Return the text after `key:` for a key at `indent`, with the white space between."""
    if isinstance(value, dict) and value:
        deeper = indent + "  "
    elif isinstance(value, list) and value:
        deeper = indent + "  " if wide else indent
    else:
        return " " + _inline(value)
    return newline + deeper + block_text(value, deeper, newline, wide=wide)


def _inline(value: object) -> str:
    return flow_text(value) if isinstance(value, (dict, list)) else scalar_text(value)


def scalar_text(value: object, *, in_flow: bool = False, like: str = "") -> str:
    """Return a null, boolean, integer or string as YAML text; `like` is the quote to keep."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return string_text(value, flow=in_flow, like=like)
    return str(value)
