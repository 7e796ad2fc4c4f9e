"""A stream in parts: items are read when they are needed, and not kept."""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.manifests.prefilter import may_name
from fix_ksm_probes.manifests.stream import Item, Stream, read_item, read_stream
from fix_ksm_probes.yamlpatch import (
    BadInput,
    Document,
    Edit,
    NamedTuple,
    NotApart,
    Patch,
    Pointer,
    Source,
    Span,
    load,
    locate,
    value_at,
)
from fix_ksm_probes.yamlpatch.parts import (
    Part,
    Split,
    patch_frame,
    patch_part,
    read_frame,
    read_part,
    split_documents,
    split_list,
)


class Opened(NamedTuple):
    """A part that is read: its text, the document in it, and its items."""

    part: Part
    source: Source
    documents: tuple[Document, ...]
    items: tuple[Item, ...]

    def locate(self, pointer: Pointer) -> Span:
        """Return the span of `pointer`, at or below the part, in the text of the stream."""
        start = self.part.span.start
        found = locate(self.documents, self.part.local(pointer))
        return Span(start + found.start, start + found.end)

    def patch(self, patch: Patch) -> tuple[Edit, ...]:
        """Return the edits of the stream that `patch` makes; raises as `patch_part` does."""
        return patch_part(self.source, self.documents, self.part, patch)


class Parts:
    """The items of a stream, each read anew when it is needed; only the last one is kept.

    Reading one raises NotApart or BadInput if the whole must be read at once.
    """

    def __init__(self, source: Source, split: Split) -> None:
        self._source, self._split = source, split
        self._objects: dict[int, int] = {}
        self._last = -1
        self._opened: Opened | None = None

    def __iter__(self) -> Iterator[Item]:
        """Yield each item, read."""
        for opened in self.opened():
            yield from opened.items

    def opened(self, words: tuple[str, ...] = ()) -> Iterator[Opened]:
        """Yield all parts; with `words`, only those whose text may have one of them."""
        text = self._source.text
        for index, part in enumerate(self._split.parts):
            if not words or may_name(text[part.span.start : part.span.end].encode(), words):
                yield self._open(index)

    def naming(self, words: tuple[str, ...]) -> Iterator[Item]:
        """Yield the items whose text may have one of `words`."""
        for opened in self.opened(words):
            yield from opened.items

    def locate(self, pointer: Pointer) -> Span:
        """Return the span of `pointer` in the text of the stream."""
        index = pointer[len(self._split.parts[0].pointer) - 1]
        return self._open(int(index)).locate(pointer)

    def patch_frame(self, patch: Patch) -> tuple[Edit, ...]:
        """Return the edits of the stream that `patch` makes beside its items."""
        source = self._source._replace(text=self._split.frame, omitted=())
        return patch_frame(source, read_frame(source.text, self._split), self._split, patch)

    @property
    def objects(self) -> int:
        """Return how many objects there are, as far as they have been read."""
        return sum(self._objects.values())

    def _open(self, index: int) -> Opened:
        if self._opened is None or index != self._last:
            part = self._split.parts[index]
            text = self._source.text[part.span.start : part.span.end]
            source = Source(text, bom=False, newline=self._source.newline)
            try:
                documents = read_part(text, part)
                items = _read_items(documents, part)
            except BadInput:
                # An error in the whole names its line.
                raise NotApart from None
            self._last, self._opened = index, Opened(part, source, documents, items)
            self._objects[index] = sum(
                value_at(each.resource, ("kind",)) is not None for each in items
            )
        return self._opened


def read_apart(source: Source) -> tuple[Stream, Parts] | None:
    """Return the form of a stream and its items, each read by itself; None if it has no parts.

    Raises NotApart and BadInput where the whole has to be read at once.
    """
    split = split_list(source.text, "items")
    if split is not None:
        parts = Parts(source, split)
        frame = read_stream(read_frame(split.frame, split))
        if tuple(frame.items) != (Item((0, "items", 0), None),):
            raise NotApart
        return frame._replace(items=parts), parts
    if "ResourceList" in source.text or (split := split_documents(source.text)) is None:
        return None
    parts = Parts(source, split)
    return Stream(parts, None, None, None, in_json=False), parts


def _read_items(documents: tuple[Document, ...], part: Part) -> tuple[Item, ...]:
    place = part.pointer[-1]
    if len(part.pointer) > 1:
        return read_item(part.pointer, value_at(load(documents[0].root), (0,)))
    stream = read_stream(documents, int(place))
    if stream.results is not None:
        raise NotApart
    return tuple(stream.items)
