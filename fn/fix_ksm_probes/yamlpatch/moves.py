"""Items that go from one list of a mapping to the end of another, with comments and style."""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.yamlpatch import emit
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple
from fix_ksm_probes.yamlpatch.braces import Page
from fix_ksm_probes.yamlpatch.lookup import Detour, Place, find_place, own_entry
from fix_ksm_probes.yamlpatch.nodes import Alias, Document, Mapping, Node, Sequence
from fix_ksm_probes.yamlpatch.pointer import value_at
from fix_ksm_probes.yamlpatch.shapes import (
    append_item,
    column,
    content_end,
    first_dash,
    over_deeper_comments,
)
from fix_ksm_probes.yamlpatch.text import (
    Edit,
    Span,
    after_break,
    before_break,
    edited_part,
    line_end,
    line_start,
)
from fix_ksm_probes.yamlpatch.transfers import Transfer


class _List(NamedTuple):
    """A list in block style, and the column of its dashes."""

    place: Place
    node: Sequence
    indent: int


def move_items(
    page: Page,
    documents: tuple[Document, ...],
    transfer: Transfer,
    after: object,
    edits: tuple[Edit, ...],
) -> tuple[Edit, ...]:
    """Return `edits` and those that move the items of `transfer`, which take along what is edited.

    Raises Detour where a list has to be written out as a whole.
    """
    source = _read_list(page, find_place(documents, transfer.source))
    mapping = find_place(documents, transfer.holder).node
    if not isinstance(mapping, Mapping):
        raise Detour(transfer.holder)
    behind = _behind_moved(source, transfer, after)
    appended = tuple(append_item(page, source.node, each, source.place.holder) for each in behind)
    if not set(appended) <= set(edits):
        raise Detour(transfer.source)
    # What comes behind an item that moves would move with it.
    edits = tuple(edit for edit in edits if edit not in appended)
    there = value_at(after, transfer.target)
    values = there[-len(transfer.arrivals) :] if isinstance(there, list) else []
    is_new = isinstance(there, list) and len(there) == len(transfer.arrivals)
    key = str(transfer.target[-1])
    if own_entry(mapping, key) is not None:
        target = _read_list(page, find_place(documents, transfer.target))
    elif is_new:
        moved = [index for index in transfer.arrivals if index is not None]
        if moved == list(range(moved[0], len(source.node.items))) and moved[0] > 0:
            left = "".join(_written(page, source, each) for each in behind)
            return (*edits, *_split(page, source, moved[0], left, key, _new(transfer, values)))
        target = source
    else:
        raise Detour(transfer.target)
    taken = {
        index: _taken(page, source, index, edits, target.indent)
        for index in transfer.arrivals
        if index is not None
    }
    text = "".join(
        (taken[index].text if index is not None else "") or _written(page, target, value)
        for index, value in zip(transfer.arrivals, values, strict=True)
    )
    if target is source:
        indent = " " * column(page.text, _key_start(source))
        text = f"{indent}{key}:{page.newline}{text}"
    inner = {edit for each in taken.values() for edit in each.edits}
    removals = (Edit(each.span, "") for each in taken.values())
    return (
        *(edit for edit in edits if edit not in inner),
        *removals,
        *appended,
        _insertion(page, target, text),
    )


def _read_list(page: Page, place: Place) -> _List:
    node = place.node
    if not isinstance(node, Sequence) or node.flow or not node.items or place.holder is None:
        raise Detour(place.pointer)
    return _List(place, node, column(page.text, first_dash(page.text, node.span.start)))


def _behind_moved(source: _List, transfer: Transfer, after: object) -> list[object]:
    moved = [index for index in transfer.arrivals if index is not None]
    size = len(source.node.items)
    left = value_at(after, transfer.source)
    return left[size - len(moved) :] if isinstance(left, list) and size - 1 in moved else []


def _key_start(listed: _List) -> int:
    holder = listed.place.holder
    return holder.key.span.start if holder else listed.node.span.start


def _new(transfer: Transfer, values: list[object]) -> list[object]:
    pairs = zip(transfer.arrivals, values, strict=True)
    return [value for index, value in pairs if index is None]


def _split(
    page: Page, source: _List, first: int, left: str, key: str, new: list[object]
) -> tuple[Edit, ...]:
    # What moves are the last items, in their order: a key before them is all that it takes.
    start = _item_span(page, source, first).start
    line = " " * column(page.text, _key_start(source)) + key + ":" + page.newline
    added = (append_item(page, source.node, value, source.place.holder) for value in new)
    return (Edit(Span(start, start), left + line), *added)


class _Taken(NamedTuple):
    """The lines of an item, the edits within them, and its text with these; empty if it is tied.

    An anchor or alias may not work where the item goes.
    """

    span: Span
    edits: tuple[Edit, ...]
    text: str


def _taken(page: Page, source: _List, index: int, edits: tuple[Edit, ...], indent: int) -> _Taken:
    span = _item_span(page, source, index)
    inside = tuple(edit for edit in edits if _is_inside(edit, span, len(page.text)))
    if any(_is_tied(node) for node in _nodes(source.node.items[index])):
        return _Taken(span, inside, "")
    text = edited_part(page.text, span, inside)
    if line_start(text, len(text)) != len(text):
        text += page.newline
    return _Taken(span, inside, _shifted(text, indent - source.indent))


def _is_inside(edit: Edit, span: Span, last: int) -> bool:
    end = span.end if span.end < last else span.end + 1
    return span.start <= edit.span.start < end and edit.span.end <= span.end


def _item_span(page: Page, listed: _List, index: int) -> Span:
    """Return the whole lines of an item, the comments right above and deeper below it included."""
    text, items = page.text, listed.node.items
    end = line_end(text, content_end(text, items[index]))
    stop = after_break(text, over_deeper_comments(text, end, listed.indent))
    if index == 0:
        return Span(_above_comments(text, first_dash(text, listed.node.span.start)), stop)
    start = _item_span(page, listed, index - 1).end
    while not text[start : line_end(text, start)].strip():
        start = after_break(text, line_end(text, start))
    return Span(start, stop)


def _above_comments(text: str, dash: int) -> int:
    start = line_start(text, dash)
    pad = text[start:dash]
    while start > 0:
        above = line_start(text, before_break(text, start))
        if not text.startswith(pad + "#", above):
            break
        start = above
    return start


def _shifted(text: str, shift: int) -> str:
    if shift == 0:
        return text
    lines = text.split("\n")
    # YAML 1.1 begins lines at these, too.
    if any(character in text for character in "\x85\u2028\u2029"):
        return ""
    if shift > 0:
        return "\n".join(" " * shift + line if line.strip() else line for line in lines)
    if not all(line.startswith(" " * -shift) for line in lines if line.strip()):
        return ""
    return "\n".join(line[-shift:] if line.strip() else line for line in lines)


def _written(page: Page, target: _List, value: object) -> str:
    wide = target.indent > column(page.text, _key_start(target))
    item = emit.block(value, " " * (target.indent + 2), page.newline, wide=wide)
    return " " * target.indent + "- " + item + page.newline


def _insertion(page: Page, target: _List, text: str) -> Edit:
    position = line_end(page.text, content_end(page.text, target.node.items[-1]))
    if position == len(page.text):
        # The last line keeps its end: a block scalar may say that it counts.
        return Edit(Span(position, position), page.newline + text)
    return Edit(Span(position, position), page.newline + text.removesuffix(page.newline))


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, Mapping):
        for entry in node.entries:
            yield from _nodes(entry.key)
            yield from _nodes(entry.value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _nodes(item)


def _is_tied(node: Node) -> bool:
    if isinstance(node, Alias):
        return True
    return node.anchor is not None
