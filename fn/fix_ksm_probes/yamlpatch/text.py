"""Bytes to text and back, and edits of text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple

BOM = b"\xef\xbb\xbf"
# One set of all five takes ten times as long to compile.
_BREAK = "\r\n|[\n\r\x85]|\u2028|\u2029"
_BREAKS = "\n\r\x85\u2028\u2029"
_WHITE = " \t" + _BREAKS
_AT_ONCE = 100  # edits
_MAGIC = ((b"\x1f\x8b", "gzip"), (b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))
_BLANK = _WHITE + "#"


class BadInput(Exception):
    """The input is not accepted; the message names the place and what is accepted."""


class NotApart(Exception):
    """A text cannot be read in parts: the whole must be read at once."""


class Span(NamedTuple):
    """A half-open range of characters; empty where start equals end."""

    start: int
    end: int


class OmittedRange(NamedTuple):
    """Bytes that are left out of a text: `content`, and the span of the stand-in for them."""

    span: Span
    content: memoryview


class Source(NamedTuple):
    """The input as text: without byte order mark and what is `omitted`, with its own line ends."""

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


class Pieces:
    """The bytes of an edited text in pieces, each made when it is written.

    Together they would take as much memory as a fleet of workloads takes to be judged.
    """

    __slots__ = ("_chunks", "_text")

    def __init__(
        self, text: str = "", chunks: tuple[tuple[Span, list[Edit]] | bytes | memoryview, ...] = ()
    ) -> None:
        self._text, self._chunks = text, chunks

    def __iter__(self) -> Iterator[bytes | memoryview]:
        """Yield the pieces, which are written one after another."""
        for chunk in self._chunks:
            if isinstance(chunk, tuple):
                yield edited_part(self._text, *chunk).encode()
            else:
                yield chunk


class EditConflict(ValueError):
    """Edits overlap or reach outside the text: a bug in the code that planned them."""


def decode(raw: bytes) -> Source:
    """Return the text of `raw` (UTF-8, with or without a byte order mark).

    Raises BadInput if the bytes are not UTF-8.
    """
    try:
        text = raw.removeprefix(BOM).decode()
    except UnicodeDecodeError as error:
        found = next((name for magic, name in _MAGIC if raw.startswith(magic)), "")
        is_what = f"is {found}, not UTF-8" if found else f"is not UTF-8 (byte {error.start})"
        raise BadInput(f"input {is_what}; UTF-8 is accepted") from None
    return Source(text, raw.startswith(BOM), newline(raw))


def newline(raw: bytes) -> str:
    """Return the line end of `raw`."""
    first = raw.find(b"\n")
    return "\r\n" if first > 0 and raw[first - 1 : first] == b"\r" else "\n"


def encode(source: Source, edits: tuple[Edit, ...] = ()) -> Pieces:
    """Return `source` as bytes, with `edits` applied and the omitted bytes put back.

    Raises EditConflict if two edits overlap, or one reaches outside the text or into a stand-in.
    """
    chunks: list[tuple[Span, list[Edit]] | bytes | memoryview] = [BOM if source.bom else b""]
    rest = sorted(edits, key=lambda edit: edit.span)
    position = 0
    for span, content in source.omitted:
        before = [edit for edit in rest if edit.span.end <= span.start]
        rest = rest[len(before) :]
        chunks += (*_chunks(Span(position, span.start), before), content)
        position = span.end
    return Pieces(source.text, (*chunks, *_chunks(Span(position, len(source.text)), rest)))


def _chunks(span: Span, edits: list[Edit]) -> Iterator[tuple[Span, list[Edit]]]:
    """Yield the parts of `span`, each with its edits of the `edits`, which are in order."""
    # An error shows before the first piece is written.
    _pieces(span.end, edits, span.start)
    for edit in edits:
        edit.content.encode()
    start = 0
    for last in range(_AT_ONCE, len(edits), _AT_ONCE):
        yield Span(span.start, edits[last].span.start), edits[start:last]
        span, start = Span(edits[last].span.start, span.end), last
    yield span, edits[start:]


def edited_part(text: str, span: Span, edits: Iterable[Edit]) -> str:
    """Return the text at `span` of `text` with `edits`, whose offsets are those of `text`, applied.

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
    """Return the edits of `text` that do what `first` does and then `second`, edits of that result.

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


def _pieces(length: int, edits: Iterable[Edit], position: int = 0) -> list[Span | str]:
    """Return an edited text, from `position` to `length`, as spans of it and contents of edits."""
    pieces: list[Span | str] = []
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
    """Yield the pieces at `span` of the text that `pieces` make; each begins at one of `starts`."""
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
    """Return the start of the line of `index`."""
    start = 0
    for character in _BREAKS:
        start = text.rfind(character, start, index) + 1 or start
    return start


def line_end(text: str, index: int) -> int:
    """Return the end of the line of `index`, before its line break."""
    found = re.compile(_BREAK).search(text, index)
    return found.start() if found else len(text)


def after_break(text: str, index: int) -> int:
    """Return `index`, moved over a line break there, if any."""
    found = re.compile(_BREAK).match(text, index)
    return found.end() if found else index


def before_break(text: str, index: int) -> int:
    """Return `index`, moved back over a line break before it, if any."""
    if text[index - 2 : index] == "\r\n":
        return index - 2
    return index - 1 if index > 0 and text[index - 1] in _BREAKS else index


def skip_blank(text: str, index: int) -> int:
    """Return `index`, moved over white space, line breaks and comments."""
    while index < len(text) and text[index] in _BLANK:
        index = line_end(text, index) if text[index] == "#" else index + 1
    return index


def content_start(text: str, index: int) -> int:
    """Return `index`, moved over an anchor, a tag, comments and white space.

    That is the start of a collection itself: its bracket, first dash or first key.
    """
    index = skip_blank(text, index)
    while index < len(text) and text[index] in "&!":
        while index < len(text) and text[index] not in _WHITE:
            index += 1
        index = skip_blank(text, index)
    return index
