"""Bytes to text and back, and the only function that changes text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple

Pieces = tuple[bytes | memoryview, ...]
"""Bytes that are written one after another, without a copy of them all."""

BOM = b"\xef\xbb\xbf"
_BREAK = "\r\n|[\n\r\x85\u2028\u2029]"
_BREAKS = "\n\r\x85\u2028\u2029"


class BadInput(Exception):
    """The input cannot be used as it is; the message names the place and what is accepted."""


class Span(NamedTuple):
    """A half-open range of characters; empty where start equals end."""

    start: int
    end: int


class OmittedRange(NamedTuple):
    """What was left out of a text: `content`, and the span of what stands in its place there."""

    span: Span
    content: memoryview


class Source(NamedTuple):
    """The input as text: without byte order mark and what is `omitted`, line ends as they came."""

    text: str
    bom: bool
    newline: str
    omitted: tuple[OmittedRange, ...] = ()


class Edit(NamedTuple):
    """Put `content` in the place of `span`: an empty span inserts, an empty content removes."""

    span: Span
    content: str

    def moved(self, by: int) -> Edit:
        """Return the same edit, `by` characters further on."""
        return Edit(Span(self.span.start + by, self.span.end + by), self.content)


class EditConflict(ValueError):
    """Edits overlap or reach outside the text: a bug in whoever planned them."""


def decode(raw: bytes) -> Source:
    """Return the text of `raw` (UTF-8, with or without a byte order mark).

    Raises BadInput where the bytes are not UTF-8.
    """
    try:
        text = raw.removeprefix(BOM).decode()
    except UnicodeDecodeError as error:
        raise BadInput(f"input is not UTF-8 (byte {error.start}); UTF-8 is accepted") from None
    return Source(text, raw.startswith(BOM), newline(raw))


def newline(raw: bytes) -> str:
    """Return the line end that `raw` is written with."""
    first = raw.find(b"\n")
    return "\r\n" if first > 0 and raw[first - 1 : first] == b"\r" else "\n"


def encode(source: Source, edits: tuple[Edit, ...] = ()) -> Pieces:
    """Return `source` as bytes, with `edits` applied and what was omitted put back.

    Raises EditConflict where two edits overlap, or one reaches outside the text or into what is
    omitted.
    """
    pieces: list[bytes | memoryview] = [BOM if source.bom else b""]
    rest = sorted(edits, key=lambda edit: edit.span)
    position = 0
    for span, content in source.omitted:
        before = [edit for edit in rest if edit.span.end <= span.start]
        rest = rest[len(before) :]
        part = edited_part(source.text, Span(position, span.start), before)
        pieces += (part.encode(), content)
        position = span.end
    end = Span(position, len(source.text))
    return (*pieces, edited_part(source.text, end, rest).encode())


def edited_part(text: str, span: Span, edits: Iterable[Edit]) -> str:
    """Return what stands at `span` of `text` with `edits` applied, offsets being those of `text`.

    Raises EditConflict where two edits overlap or one reaches outside the span.
    """
    moved = tuple(edit.moved(-span.start) for edit in edits)
    return apply_edits(text[span.start : span.end], moved)


def apply_edits(text: str, edits: tuple[Edit, ...]) -> str:
    """Return `text` with all `edits` applied; offsets are those of the unedited text.

    Raises EditConflict where two edits overlap or one reaches outside the text.
    """
    pieces: list[str] = []
    position = 0
    for span, content in sorted(edits, key=lambda edit: edit.span):
        if not position <= span.start <= span.end <= len(text):
            raise EditConflict(f"edit at {span.start}..{span.end} behind {position}")
        pieces += (text[position : span.start], content)
        position = span.end
    return "".join((*pieces, text[position:]))


def line_start(text: str, index: int) -> int:
    """Return where the line that holds `index` begins."""
    start = 0
    for character in _BREAKS:
        start = text.rfind(character, start, index) + 1 or start
    return start


def line_end(text: str, index: int) -> int:
    """Return where the line that holds `index` ends, before its line break."""
    found = re.compile(_BREAK).search(text, index)
    return found.start() if found else len(text)


def after_break(text: str, index: int) -> int:
    """Return `index`, moved over the line break that stands there, if one does."""
    found = re.compile(_BREAK).match(text, index)
    return found.end() if found else index


def before_break(text: str, index: int) -> int:
    """Return `index`, moved back over the line break that ends there, if one does."""
    if text[index - 2 : index] == "\r\n":
        return index - 2
    return index - 1 if index > 0 and text[index - 1] in _BREAKS else index
