"""A text in parts: the items of a list, or documents, each read, patched and checked by itself.

Why that says what the whole would say. YAML is read from front to back, and what libyaml knows at
the beginning of a part is the same each time: the column of the list, and that an item of it comes
next (of a document: nothing). So it reads the lines of a part as it reads them alone, up to where
they end. Alone, they make a whole document that holds one item at that column, or else they are no
part: nothing is open behind them, and a dash at that column (or `---`) is what comes next in
either. A block scalar, comments and blank lines end there as they would end with the text. What
would tell parts from the whole is refused: a line that ends a document or begins another, and an
alias, or an anchor that an alias elsewhere might mean. The frame is what is left, with one item
that stands in for all of them; it is read, patched and checked in the same way.

So a part that was patched may stand in the place of the one before it wherever it is a part still,
at the same column and with its last line ended. Where one of this cannot be shown, there are no
parts, and the whole is read, patched and checked at once.
"""

from __future__ import annotations

import re

from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple
from fix_ksm_probes.yamlpatch.document import (
    Document,
    Mapping,
    Scalar,
    Sequence,
    is_json_object,
    load,
    locate,
    own_entry,
    parse,
)
from fix_ksm_probes.yamlpatch.patch import Patch, Pointer, below, value_at, within
from fix_ksm_probes.yamlpatch.text import Edit, NotApart, Source, Span

_STAND_IN = "- ~"
# Python finds single characters fast, so patterns begin with a line break and look ahead.
_MARKER = r"\n(?=(?:---|\.\.\.)(?:\s|\Z))"
_END = "..."


class Part(NamedTuple):
    """One part: its span in the text, and its pointer in the data of the whole.

    `inside` leads to it in the data of the part alone; its text begins with `prefix`, and ends with
    a line break if it `is_closed`.
    """

    span: Span
    pointer: Pointer
    inside: Pointer
    prefix: str
    is_closed: bool

    def local(self, pointer: Pointer) -> Pointer:
        """Return `pointer`, at or below the part, as a pointer in the data of the part alone."""
        return (*self.inside, *pointer[len(self.pointer) :])


class Split(NamedTuple):
    """The parts of a text, in order, and its `frame`: the text with a stand-in for all items.

    The frame of documents is empty. `behind` is the end of the stand-in in the frame.
    """

    parts: tuple[Part, ...]
    frame: str = ""
    behind: int = 0


def split_list(text: str, key: str) -> Split | None:
    """Return the items of the list in block style at `key` of the only document, apart.

    None if `text` does not look like that.
    """
    head = re.search(rf"\n{key}:[ \t]*\r?\n(?=( *)-[ \r\n])", text)
    if head is None or "%" in text[: head.end()]:
        return None
    start, indent = head.end(), head[1]
    if re.compile(_MARKER).search(text) is not None:
        return None
    # The list ends at a line that is not indented more than its dashes, and no item or comment.
    behind = re.compile(rf"\n(?!{indent} |{indent}-[ \r\n]|[ \t]*(?:#|\r?\n|\Z))")
    found = behind.search(text, start)
    end = found.end() if found else len(text)
    if text[end - 1] != "\n":
        # An item at the end of the text may be cut short, and the frame would not show it.
        return None
    dash = re.compile(rf"\n(?={indent}-[ \r\n])")
    starts = [start, *(found.end() for found in dash.finditer(text, start, end - 1))]
    pairs = zip(starts, [*starts[1:], end], strict=True)
    parts = tuple(
        Part(Span(*pair), (0, key, index), (0, 0), f"{indent}-", is_closed=True)
        for index, pair in enumerate(pairs)
    )
    stand_in = indent + _STAND_IN + ("\r\n" if text[start - 2] == "\r" else "\n")
    frame = f"{text[:start]}{stand_in}{text[end:]}"
    return Split(parts, frame, start + len(stand_in))


def split_documents(text: str) -> Split | None:
    """Return the documents of `text` as parts; None if it does not look like several."""
    starts = [found.end() for found in re.finditer(_MARKER, text)]
    if not starts or text.startswith("%") or "\n%" in text:
        return None
    # Comments before the first document are part of it.
    if re.match(r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*\Z", text[: starts[0]]):
        starts[0] = 0
    elif starts[0] > 0:
        starts.insert(0, 0)
    pairs = [Span(*pair) for pair in zip(starts, [*starts[1:], len(text)], strict=True)]
    if len(pairs) == 1:
        return None
    return Split(
        tuple(
            Part(span, (index,), (0,), "", is_closed=text[span.end - 1] == "\n")
            for index, span in enumerate(pairs)
        )
    )


def read_part(text: str, part: Part) -> tuple[Document, ...]:
    """Return the document of `text`, which is at `part` now or after an edit, read alone.

    Raises NotApart if the whole may be read differently, and BadInput like `parse`.
    """
    documents = parse(text)
    if len(documents) != 1 or not _ends_alone(text, part):
        raise NotApart
    root = documents[0].root
    if not part.prefix:
        if is_json_object(root) or documents[0].aliases:
            raise NotApart
        return documents
    is_item = isinstance(root, Sequence) and not root.flow and len(root.items) == 1
    if not is_item or documents[0].has_anchors or not text.startswith(part.prefix):
        raise NotApart
    return documents


def _ends_alone(text: str, part: Part) -> bool:
    is_ended = text.startswith(_END) or f"\n{_END}" in text
    return not is_ended and (not part.is_closed or text[-1] == "\n")


def read_frame(text: str, split: Split) -> tuple[Document, ...]:
    """Return the document of `text`, the frame of a list; raises like `read_part`."""
    documents = parse(text)
    root, key = documents[0].root, split.parts[0].pointer[1]
    entry = own_entry(root, key) if isinstance(root, Mapping) else None
    items = entry.value.items if entry and isinstance(entry.value, Sequence) else ()
    if len(documents) != 1 or len(items) != 1 or documents[0].has_anchors:
        raise NotApart
    (item,) = items
    if not isinstance(item, Scalar) or text[item.span.start - 2 : item.span.end] != _STAND_IN:
        raise NotApart
    return documents


def _load_part(text: str, part: Part) -> list[object]:
    """Return the data of the document that `read_part` returns; raises like that."""
    from fix_ksm_probes.yamlpatch.plain import read_plain

    # The checks of `read_part` hold here: the prefix is that of an item in block style, and plain
    # text has no anchors.
    plain = read_plain(text) if part.prefix and text.startswith(part.prefix) else None
    if plain is None or not _ends_alone(text, part):
        return [load(document.root) for document in read_part(text, part)]
    (items,) = plain if len(plain) == 1 else (None,)
    if not isinstance(items, list) or len(items) != 1:
        raise NotApart
    return plain


def frame_says(text: str, split: Split, key: str, wanted: list[object]) -> bool:
    """Tell whether a frame holds the data `wanted`, reading a list at `key` item by item.

    Raises NotApart if that list may hold other items than its lines show. A second copy of all
    results of 1,350 workloads takes 3 MB, and their nodes 15 MB more.
    """
    from fix_ksm_probes.yamlpatch.check import same

    inner = split_list(text, key)
    if inner is None:
        return same([load(document.root) for document in read_frame(text, split)], wanted)
    (document,) = documents = read_frame(inner.frame, split)
    read_frame(inner.frame, inner)
    stand_in = locate(documents, inner.parts[0].pointer)
    root, whole = load(document.root), wanted[0]
    items = value_at(whole, (key,))
    is_alone = not inner.frame[stand_in.end : inner.behind].strip()
    if not (is_alone and isinstance(root, dict) and isinstance(whole, dict)):
        raise NotApart
    if not isinstance(items, list) or len(items) != len(inner.parts):
        raise NotApart
    return same([{**root, key: None}], [{**whole, key: None}, *wanted[1:]]) and all(
        same(_load_part(text[part.span.start : part.span.end], part), [[item]])
        for part, item in zip(inner.parts, items, strict=True)
    )


def patch_part(
    source: Source, documents: tuple[Document, ...], part: Part, patch: Patch
) -> tuple[Edit, ...]:
    """Return the edits of the whole text that `patch`, which addresses the whole, makes of a part.

    `source` and `documents` are those of the part. Raises like `patch_text` and `read_part`.
    """
    from fix_ksm_probes.yamlpatch.check import check_patch, same

    local = below(part.inside, within(part.pointer, patch))
    checked = check_patch(
        source, documents, local, lambda text, wanted: same(_load_part(text, part), wanted)
    )
    return tuple(edit.moved(part.span.start) for edit in checked.edits)


def patch_frame(
    source: Source, documents: tuple[Document, ...], split: Split, patch: Patch
) -> tuple[Edit, ...]:
    """Return the edits of the whole text that `patch` makes of the frame of its list.

    `source` and `documents` are those of the frame. Raises like `patch_text` and `read_frame`.
    """
    from fix_ksm_probes.yamlpatch.check import check_patch

    start, end = split.parts[0].span.start, split.parts[-1].span.end
    moved = []
    key = str(patch[-1].path[-1]) if patch else ""
    patched = check_patch(
        source, documents, patch, lambda text, wanted: frame_says(text, split, key, wanted)
    )
    for edit in patched.edits:
        if start < edit.span.end and edit.span.start < split.behind:
            raise NotApart
        moved.append(edit.moved(end - split.behind) if edit.span.end > start else edit)
    return tuple(moved)
