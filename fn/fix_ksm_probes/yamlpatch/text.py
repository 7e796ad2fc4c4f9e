"""Bytes to text and back, and the only function that changes text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple

Pieces = tuple[bytes | memoryview, ...]
"""Bytes that are written one after another, without a copy of them all."""

BOM = b"\xef\xbb\xbf"
_BREAK = "\r\n|[\n\r\x85\u2028\u2029]"
_BREAKS = "\n\r\x85\u2028\u2029"
_WHITE = " \t" + _BREAKS
_AT_ONCE = 500  # edits
_BLANK = _WHITE + "#"


class BadInput(Exception):
    """The input cannot be used as it is; the message names the place and what is accepted."""


class NotApart(Exception):
    """A text cannot be read in parts, or a part is none: the whole must be read at once."""


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
        pieces += (*_encoded(source.text, Span(position, span.start), before), content)
        position = span.end
    return (*pieces, *_encoded(source.text, Span(position, len(source.text)), rest))


def _encoded(text: str, span: Span, edits: list[Edit]) -> Iterator[bytes]:
    """Yield what stands at `span` of `text` with `edits` applied: not all of it as text, too."""
    start = 0
    for last in range(_AT_ONCE, len(edits), _AT_ONCE):
        yield edited_part(
            text, Span(span.start, edits[last].span.start), edits[start:last]
        ).encode()
        span, start = Span(edits[last].span.start, span.end), last
    yield edited_part(text, span, edits[start:]).encode()


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
    pieces = _pieces(len(text), edits)
    return "".join(
        piece if isinstance(piece, str) else text[piece.start : piece.end] for piece in pieces
    )


def compose_edits(text: str, first: tuple[Edit, ...], second: tuple[Edit, ...]) -> tuple[Edit, ...]:
    """Return the edits of `text` that do what `first` does and then `second`, edits of its result.

    Raises EditConflict as `apply_edits` does.
    """
    if not first:
        return second
    kept = _pieces(len(text), first)
    starts = [0]
    for piece in kept:
        starts.append(starts[-1] + _length(piece))
    edits = []
    position, content = 0, ""
    for piece in _pieces(starts[-1], second):
        for part in [piece] if isinstance(piece, str) else _part(kept, starts, piece):
            if isinstance(part, str):
                content += part
            elif part.start > position or content:
                edits.append(Edit(Span(position, part.start), content))
                position, content = part.end, ""
            else:
                position = part.end
    if content or position < len(text):
        edits.append(Edit(Span(position, len(text)), content))
    return tuple(edits)


def _pieces(length: int, edits: Iterable[Edit]) -> list[Span | str]:
    """Return an edited text of `length` as spans of what it was and contents of what is new."""
    pieces: list[Span | str] = []
    position = 0
    for span, content in sorted(edits, key=lambda edit: edit.span):
        if not position <= span.start <= span.end <= length:
            raise EditConflict(f"edit at {span.start}..{span.end} behind {position}")
        pieces += (Span(position, span.start), content)
        position = span.end
    pieces.append(Span(position, length))
    return [piece for piece in pieces if isinstance(piece, str) or piece.start < piece.end]


def _length(piece: Span | str) -> int:
    return len(piece) if isinstance(piece, str) else piece.end - piece.start


def _part(pieces: list[Span | str], starts: list[int], span: Span) -> Iterator[Span | str]:
    """Yield what stands at `span` of the text that `pieces` make, each from one of `starts` on."""
    from bisect import bisect

    index = bisect(starts, span.start) - 1
    while index < len(pieces) and starts[index] < span.end:
        piece = pieces[index]
        first = max(span.start - starts[index], 0)
        last = min(span.end - starts[index], _length(piece))
        if isinstance(piece, str):
            yield piece[first:last]
        else:
            yield Span(piece.start + first, piece.start + last)
        index += 1


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


def skip_blank(text: str, index: int) -> int:
    """Return `index`, moved over the white space, line breaks and comments that stand there."""
    while index < len(text) and text[index] in _BLANK:
        index = line_end(text, index) if text[index] == "#" else index + 1
    return index


def content_start(text: str, index: int) -> int:
    """Return `index`, moved over the anchor, the tag, the comments and the blank that stand there.

    It leads to where a collection itself begins: its bracket, its first dash, its first key.
    """
    index = skip_blank(text, index)
    while index < len(text) and text[index] in "&!":
        while index < len(text) and text[index] not in _WHITE:
            index += 1
        index = skip_blank(text, index)
    return index
