"""Proof without a parse that a stretch of list items leaves nothing open at its end.

A quoted scalar, or a collection in brackets, may run over lines that look like items: libyaml
(0.2.5) holds them to no indent. So a stretch in which none runs over a line break has no such
lines. Where one might, libyaml is asked; where it finds one, a parser has to look.
"""

from __future__ import annotations

import re

from fix_ksm_probes.libyaml import is_yaml
from fix_ksm_probes.text import Span

# What stands before the quote that begins a scalar; the last four do in brackets only.
_BEFORE = rb"[\s\[{,:]"
_WORDS = rb"[^\][{}\"'#\\\n]*+"
_INNER = rb"(?:\{" + _WORDS + rb"\}|\[" + _WORDS + rb"\])"
_ELEMENT = rb""" *+(?:"[^"\\\n]*+"|'[^'\n]*+'|""" + _INNER + rb"""|[^\][{}"'#\\,\n]*+) *+"""
# The rest of a scalar in quotes, on the line that it begins on.
_DOUBLE = rb'[^"\\\n]*+(?:\\[^\r\n][^"\\\n]*+)*+"'
_SINGLE = rb"[^'\n]*+(?:''[^'\n]*+)*+'"

ESCAPES = rb"\\(?:(?:x|u00|U000000)(?:2[dD]|[46][1-9a-fA-F]|[57][0-9aA])|\r?\n)"
"""What stands, in double quotes, for a part of a word."""

# Line breaks in YAML only, and what may stand before the first character of a line.
_BREAKS = (
    (b"\r", rb"\r(?!\n)"),
    (b"\xc2", rb"\xc2\x85"),
    (b"\xe2", rb"\xe2\x80[\xa8\xa9]"),
    (b"\xef", rb"\xef\xbb\xbf"),
)
# The byte that each begins with is found several times faster than what follows is matched.
_OPENINGS = (
    (b"\\", ESCAPES),
    # Quotes that, if a scalar begins there, do not end it on their line.
    (b'"', rb'"(?<=' + _BEFORE + rb'")(?!' + _DOUBLE + rb")"),
    (b"'", rb"'(?<=" + _BEFORE + rb"')(?!" + _SINGLE + rb")"),
    # Brackets that hold more than a few words, or end on another line.
    (b"[", rb"\[(?<=\s\[)(?!" + _ELEMENT + rb"(?:," + _ELEMENT + rb")*+\])"),
    (b"{", rb"\{(?<=\s\{)(?!" + _WORDS + rb"(?:" + _INNER + _WORDS + rb")*+\})"),
    *_BREAKS,
)

# A line that is one scalar in quotes, with or without a key: it ends there, whatever it says.
_QUOTED = (
    rb" *(?:- +)*(?:[A-Za-z0-9_./-]+: +)?(?:'" + _SINGLE + rb'|"' + _DOUBLE + rb") *\r?(?:\n|\Z)"
)
_BLOCK = rb"\|[-+]?\r?\n"
SHORT = 200_000
"""Bytes up to which libyaml is asked at once: to compile the patterns takes longer."""

LONG = 500
"""Bytes of a block scalar from which on to find its end is faster than to ask about its item."""

# From one to the next: faster where there are few, slower where there are many.
_HOPS = 1000
# Bytes in front of an opening in which a block scalar's header is looked for, and how many times.
_NEAR = 4000
_HEADERS = 4

_BEFORE_BLOCK = (rb"( *(?:- +)*)[A-Za-z0-9_./-]+: +\Z", rb"( *(?:- +)*)- +\Z")


class Stretches:
    """The stretches of a list whose items begin behind `indent` spaces and a dash."""

    def __init__(self, raw: bytes, indent: int) -> None:
        self._raw = raw
        self._indent = indent
        self._dash = b"\n" + b" " * indent + b"- "
        # For each opening a place before which there is none, and whether there is one at it.
        self._clear = [(-1, False)] * len(_OPENINGS)

    def item_at(self, position: int, start: int, end: int) -> Span:
        """Return the item that seems to hold `position`, between `start` and `end`."""
        dash = self._raw.rfind(self._dash, start, position)
        following = self._raw.find(self._dash, position, end)
        return Span(start if dash < 0 else dash + 1, end if following < 0 else following + 1)

    def find_doubt(self, start: int, end: int) -> Span | None:
        """Return the first item between `start` and `end` that only a parser can tell about.

        It may leave something open, or spell a word with escapes. An item begins at `start`. None
        where nothing but the list is open at `end`, and all words are there to be read.
        """
        is_short = end - start < SHORT and b"\\" not in self._raw[start:end]
        if is_short and self._is_closed(Span(start, end)):
            return None
        position = start
        while (found := self._find_opening(position, end)) < end:
            position = self._end_of_quoted(found) or self._end_of_block(found, start)
            if not position:
                item = self.item_at(found, start, end)
                if re.compile(ESCAPES).search(self._raw, *item) or not self._is_closed(item):
                    return item
                position = item.end
        return None

    def _is_closed(self, stretch: Span) -> bool:
        return is_yaml(self._raw[stretch.start : stretch.end])

    def _find_opening(self, position: int, end: int) -> int:
        nearest = end
        for index, (byte, pattern) in enumerate(_OPENINGS):
            place, is_there = self._clear[index]
            if place < position or (place < nearest and not is_there):
                # No further than needed: behind the nearest much may be passed over unseen.
                stop = self._raw.find(b"\n", nearest - 1) + 1 or len(self._raw)
                match = _first(self._raw, Span(max(place, position), stop), byte, pattern)
                place, is_there = (match.start(), True) if match else (stop, False)
                self._clear[index] = (place, is_there)
            if is_there:
                nearest = min(nearest, place)
        return nearest

    def _end_of_block(self, position: int, start: int) -> int:
        # Zero where no block scalar is seen that holds `position` and much more.
        raw = self._raw
        header = position
        for _ in range(_HEADERS):
            header = raw.rfind(b"|", max(start, position - _NEAR), header)
            block = re.compile(_BLOCK).match(raw, header) if header >= 0 else None
            if block is not None or header < 0:
                break
        if block is None:
            return 0
        line = raw.rfind(b"\n", 0, header) + 1
        keys = (re.compile(each).match(raw, line, header) for each in _BEFORE_BLOCK)
        indent = next((len(key[1]) for key in keys if key), -1)
        if indent < self._indent:
            return 0
        # It holds what is indented further than what it belongs to.
        less = re.compile(rb"\n {0,%d}+[^ \n\r]" % indent).search(raw, block.end() - 1)
        end = less.start() + 1 if less else len(raw)
        is_plain = not any(_first(raw, Span(block.end(), end), *each) for each in _BREAKS)
        return end if end > position + LONG and is_plain else 0

    def _end_of_quoted(self, position: int) -> int:
        # Zero where the line is more than one scalar in quotes, or spells something.
        line = self._raw.rfind(b"\n", 0, position) + 1
        quoted = re.compile(_QUOTED).match(self._raw, line)
        return quoted.end() if quoted and not re.search(ESCAPES, quoted[0]) else 0


def _first(raw: bytes, span: Span, byte: bytes, pattern: bytes) -> re.Match[bytes] | None:
    compiled = re.compile(pattern)
    first = raw.find(byte, *span)
    for _ in range(_HOPS):
        if first < 0:
            return None
        found = compiled.match(raw, first, span.end)
        if found:
            return found
        first = raw.find(byte, first + 1, span.end)
    return compiled.search(raw, first, span.end) if first >= 0 else None
