"""A proof, without a parse, that a line begins an item of a list.

A quoted scalar or a flow collection may contain lines that look like items: libyaml (0.2.6)
requires no indent there. If an earlier item left one open, the text after the line must continue
and close it. If it cannot, nothing is open, or the whole is not YAML.
"""

from __future__ import annotations

import re
from bisect import bisect, bisect_left

from fix_ksm_probes.yamlpatch import Span

# Two keys, each first on its line, with a plain word at most between them. In brackets a dash
# begins no item, and what runs over two lines is no key: libyaml refuses one colon or the other.
_REST = rb" *+(?:#[^\n]*+)?\r?\n"
_HEAD = (
    rb" *+(?:- (?:#[^\n]*+\n *+)*+)?[A-Za-z]+:(?: +[A-Za-z0-9][A-Za-z0-9./-]*+)?"
    rb"(?:" + _REST + rb")++ *+(?:[A-Za-z0-9_./-]+:[ \r\n]|\Z)"
)
# What cannot follow the end of a quoted scalar on its line: only a comment or a separator can.
_NO_END = rb"[ \t]*[!-~](?<![#:,\]}])"
_QUOTES = (b'"', b"'")
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
        for line in re.compile(rb"\n {0,%d}+[^ \n\r#]" % indent).finditer(raw, start):
            if not raw.startswith(dash, line.start() + 1):
                self.end = line.start() + 1
                break
            self._starts.append(line.start() + 1)

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
        head = re.compile(_HEAD).match(self._raw, position)
        return head is not None and all(self._is_closed(quote, position) for quote in _QUOTES)

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
                return re.compile(_NO_END).match(raw, found + 1) is not None
        return False

    def _next(self, quote: bytes, position: int) -> int:
        start, end = self._bare[quote]
        if position > end >= 0:
            start, end = position, self._raw.find(quote, position)
            self._bare[quote] = (start, end)
        before = self._raw.find(quote, position, start)
        return end if before < 0 else before


def _count_backslashes(raw: bytes, end: int) -> int:
    before = raw[max(0, end - _MOST_WITHIN) : end]
    return len(before) - len(before.rstrip(b"\\"))
