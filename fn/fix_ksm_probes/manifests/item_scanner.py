"""The lines of a stream, and a proof, without a parse, that one begins an item of a list.

A quoted scalar or a flow collection may contain lines that look like items: libyaml (0.2.6)
requires no indent there. If an earlier item left one open, the text after the line must continue
and close it. If it cannot, nothing is open, or the whole is not YAML.

Only a long stream is searched by patterns: importing `re` takes 4 ms, a sixth of a run.
"""

from __future__ import annotations

import re
from bisect import bisect, bisect_left
from collections.abc import Iterator

from fix_ksm_probes.yamlpatch import Span

_LONG = 200_000  # bytes
_DOCUMENTS = (b"---", b"...", b"%")
_QUOTES = (b'"', b"'")
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_WORD = _LETTERS + b"0123456789./-"
_NAME = _WORD + b"_"
# After the end of a quoted scalar on its line, only a comment or a separator can follow.
_BEHIND_AN_END = b"#:,]}"
_MOST_BLANKS = 100
# The most escaped quotes in a scalar, and backslashes before a quote, before the proof gives up.
_MOST_WITHIN = 32


class Boundaries:
    """The lines where the items of a list seem to begin: at a dash after `indent` spaces.

    The first item begins at `start`. The list ends at `end`, the first line that is not indented
    more and is neither an item nor a comment.
    """

    def __init__(self, raw: bytes, start: int, indent: int) -> None:
        self._raw = raw
        self._starts = [start]
        self.end = len(raw)
        # For each kind of quote, a range without one: a start, and the next quote or -1.
        self._bare = dict.fromkeys(_QUOTES, (0, 0))
        dash = b" " * indent + b"- "
        for line in _outer_lines(raw, start, indent):
            if not raw.startswith(dash, line):
                self.end = line
                break
            self._starts.append(line)

    def item_at(self, position: int) -> Span:
        """Return the item that seems to hold `position`; the last one for `end`."""
        index = bisect(self._starts, position)
        return Span(self._starts[index - 1], self._start(index))

    def last_proven(self, position: int) -> int:
        """Return the last proven beginning of an item at or before `position`, or `end`."""
        index = bisect_left(self._starts, position)
        while index and not self._is_proven(self._start(index)):
            index -= 1
        return self._start(index)

    def first_proven(self, position: int) -> int:
        """Return the first proven beginning of an item at or after `position`, or `end`."""
        index = bisect_left(self._starts, position)
        while index < len(self._starts) and not self._is_proven(self._starts[index]):
            index += 1
        return self._start(index)

    def _start(self, index: int) -> int:
        return self._starts[index] if index < len(self._starts) else self.end

    def _is_proven(self, position: int) -> bool:
        is_head = _begins_with_two_keys(self._raw, position)
        return is_head and all(self._is_closed(quote, position) for quote in _QUOTES)

    def _is_closed(self, quote: bytes, position: int) -> bool:
        # An open quoted scalar would end at the next quote, or never.
        raw = self._raw
        found = self._next(quote, position)
        for _ in range(_MOST_WITHIN):
            if found < 0:
                return True
            escapes = _count_backslashes(raw, found) if quote == b'"' else 0
            if escapes == _MOST_WITHIN:
                return False
            if escapes % 2:
                found = raw.find(quote, found + 1)
            elif raw.startswith(b"''", found):
                found = raw.find(quote, found + 2)
            else:
                behind = raw[found + 1 : found + _MOST_BLANKS].lstrip(b" \t")[:1]
                return b"!" <= behind <= b"~" and behind not in _BEHIND_AN_END
        return False

    def _next(self, quote: bytes, position: int) -> int:
        start, end = self._bare[quote]
        if position > end >= 0:
            start, end = position, self._raw.find(quote, position)
            self._bare[quote] = (start, end)
        before = self._raw.find(quote, position, start)
        return end if before < 0 else before


def document_lines(raw: bytes) -> list[int]:
    """Return where lines begin that end a document, begin one, or hold a directive for one."""
    if len(raw) > _LONG:
        return [found.end() for found in re.finditer(rb"\n(?=---\s|\.\.\.|%)", raw)]
    return [
        line
        for line in _lines(raw, 0)
        if raw.startswith(_DOCUMENTS, line)
        and (raw[line : line + 1] != b"-" or raw[line + 3 : line + 4].isspace())
    ]


def _outer_lines(raw: bytes, start: int, indent: int) -> Iterator[int]:
    """Yield where lines after `start` begin that hold more than a comment at `indent` or less."""
    if len(raw) > _LONG:
        pattern = re.compile(rb"\n {0,%d}+[^ \n\r#]" % indent)
        yield from (found.start() + 1 for found in pattern.finditer(raw, start))
        return
    for line in _lines(raw, start):
        if raw[line : line + indent + 1].lstrip(b" ")[:1] not in b"\n\r#":
            yield line


def _lines(raw: bytes, start: int) -> list[int]:
    """Return where lines after `start` begin."""
    found = []
    line = raw.find(b"\n", start) + 1
    while line:
        found.append(line)
        line = raw.find(b"\n", line) + 1
    return found


def _begins_with_two_keys(raw: bytes, position: int) -> bool:
    """Tell whether two lines at `position` begin with a key, with at most a word between the keys.

    In brackets a dash begins no item, and what runs over two lines is no key: libyaml refuses one
    colon or the other.
    """
    line, position = _line(raw, position)
    line = line.removeprefix(b"- ")
    while line.startswith(b"#"):
        line, position = _line(raw, position)
    key, colon, value = line.partition(b":")
    text, comment, _ = value.partition(b"#")
    if not comment:
        text = text.removesuffix(b"\n").removesuffix(b"\r")
    word = text.strip(b" ")
    is_word = text.startswith(b" ") and word[:1].isalnum() and not word.translate(None, _WORD)
    if not (key.isalpha() and colon and line.endswith(b"\n")) or (word and not is_word):
        return False
    line, position = _line(raw, position)
    while line in (b"\n", b"\r\n") or (line.startswith(b"#") and line.endswith(b"\n")):
        line, position = _line(raw, position)
    name, _, rest = line.partition(b":")
    is_key = name and not name.translate(None, _NAME) and rest[:1] in (b" ", b"\r", b"\n")
    return not line or bool(is_key)


def _line(raw: bytes, position: int) -> tuple[bytes, int]:
    """Return the line at `position` without its indent, and where the next one begins."""
    end = raw.find(b"\n", position) + 1 or len(raw)
    return raw[position:end].lstrip(b" "), end


def _count_backslashes(raw: bytes, end: int) -> int:
    before = raw[max(0, end - _MOST_WITHIN) : end]
    return len(before) - len(before.rstrip(b"\\"))
