"""A patch over plain data as edits of the text that the data came from."""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.yamlpatch import block
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple
from fix_ksm_probes.yamlpatch.block import (
    append_item,
    column,
    content_end,
    first_dash,
    over_deeper_comments,
)
from fix_ksm_probes.yamlpatch.document import (
    Alias,
    Document,
    Entry,
    Mapping,
    Node,
    NodeRef,
    NoSourceRange,
    Scalar,
    Sequence,
    as_index,
    find_place,
    follow,
    load,
    load_key,
    merges,
    own_entry,
)
from fix_ksm_probes.yamlpatch.flow import EditContext
from fix_ksm_probes.yamlpatch.patch import (
    END,
    Operation,
    Patch,
    Pointer,
    add,
    apply_patch,
    value_at,
)
from fix_ksm_probes.yamlpatch.scalars import block_text, flow_text
from fix_ksm_probes.yamlpatch.text import (
    Edit,
    Span,
    after_break,
    before_break,
    edited_part,
    line_end,
    line_start,
)


def plan_edits(
    context: EditContext, documents: tuple[Document, ...], patch: Patch, after: object
) -> tuple[Edit, ...]:
    """Return the edits that make the text of `documents` say `after`.

    `patch` leads from the data of the documents, as a list, to `after`; it puts values into
    mappings, takes them out, and appends to lists, that of the documents among them; last, it may
    move items from one list of a mapping to the end of another. A node without text of its own (an
    alias, a merged key) is written out with its value at the smallest node that has.
    """
    if not patch:
        return ()
    written_out = {
        pointer
        for pointer in _cut_off_literals(context, documents)
        if not any(pointer[: len(operation.path)] == operation.path for operation in patch)
    }
    transfers = read_transfers(patch)
    patch = tuple(each for each in patch if not any(each in part.operations for part in transfers))
    while True:
        # Each detour removes the operations below it, so this ends.
        known = len(written_out)
        try:
            edits = _planned(context, documents, patch, transfers, after, written_out)
        except NoSourceRange as detour:
            written_out.add(detour.pointer)
            if len(written_out) == known:
                raise
        else:
            changed = _changed_collections(documents, patch, written_out)
            changed += tuple(find_place(documents, each.holder).node.span for each in transfers)
            return (*edits, *dissolved_aliases(documents, edits, changed))


def _planned(
    context: EditContext,
    documents: tuple[Document, ...],
    patch: Patch,
    transfers: tuple[Transfer, ...],
    after: object,
    written_out: set[Pointer],
) -> tuple[Edit, ...]:
    settled = after
    if transfers:
        # What moves leave behind is found at other places.
        settled = apply_patch([load(document.root) for document in documents], patch)
    changes = _changes(context, documents, patch, settled, written_out)
    for pointer in _outermost(written_out):
        holds = any(_holds(pointer, transfer) for transfer in transfers)
        written = _write_out(context, documents, pointer, after if holds else settled)
        changes.append(_Change(len(pointer) - 1, written))
    # What goes to the end of an item stands before what moves behind it, and that before the rest.
    changes.sort(key=lambda change: -change.depth)
    depth = max((len(each.source) for each in transfers), default=0)
    inner = tuple(edit for each in changes if each.depth >= depth for edit in each.edits)
    edits = block.moved_out_of_removals(context, inner)
    for transfer in transfers:
        if not _is_written_out(transfer, written_out):
            edits = move_items(context, documents, transfer, after, edits)
    edits += tuple(edit for each in changes if each.depth < depth for edit in each.edits)
    return block.moved_out_of_removals(context, edits)


def _holds(pointer: Pointer, transfer: Transfer) -> bool:
    return any(place[: len(pointer)] == pointer for place in (transfer.source, transfer.target))


class _Change(NamedTuple):
    """The edits of one collection, and how deep it stands."""

    depth: int
    edits: tuple[Edit, ...]


def _changes(
    context: EditContext,
    documents: tuple[Document, ...],
    patch: Patch,
    after: object,
    written_out: set[Pointer],
) -> list[_Change]:
    steps: dict[Pointer, dict[str | int, str]] = {}
    for operation in patch:
        parent, step = operation.path[:-1], operation.path[-1]
        if not _is_below(operation, written_out):
            steps.setdefault(parent, {})[step] = operation.op
    changes: list[_Change] = []
    if steps.pop((), None) and isinstance(after, list):
        changes.append(_Change(0, (block.append_documents(context, after[len(documents) :]),)))
    detours: list[Pointer] = []
    for parent, taken in steps.items():
        try:
            place = find_place(documents, parent)
            edits = _change(context, place, documents[as_index(parent[0])], taken, after)
        except NoSourceRange as detour:
            detours.append(detour.pointer)
        else:
            changes.append(_Change(len(parent), edits))
    if detours:
        # All at once: a round for each would take the square of their number.
        written_out.update(detours)
        raise NoSourceRange(detours[0])
    return changes


def _outermost(written_out: set[Pointer]) -> list[Pointer]:
    return [
        pointer
        for pointer in sorted(written_out, key=lambda pointer: (len(pointer), str(pointer)))
        if not _is_at_or_below(pointer[:-1], written_out)
    ]


def _write_out(
    context: EditContext, documents: tuple[Document, ...], pointer: Pointer, after: object
) -> tuple[Edit, ...]:
    value = value_at(after, pointer)
    if len(pointer) == 1:
        return (block.replace_value(context, documents[as_index(pointer[0])].root, value),)
    holder = find_place(documents, pointer[:-1])
    if isinstance(holder.node, Mapping) and own_entry(holder.node, pointer[-1]) is None:
        last = holder.node.entries[-1]
        return (block.insert_entry(context, holder.node, last, str(pointer[-1]), value),)
    return (block.replace_value(context, find_place(documents, pointer).node, value),)


def _change(
    context: EditContext,
    place: NodeRef,
    document: Document,
    steps: dict[str | int, str],
    after: object,
) -> tuple[Edit, ...]:
    if isinstance(place.node, Mapping):
        return _change_mapping(context, place, place.node, document, steps, after)
    if isinstance(place.node, Sequence):
        return _change_sequence(context, place, place.node, steps, after)
    # An alias to a collection; or a value that an operation of the same patch replaces as a whole.
    raise NoSourceRange(place.pointer)


def _change_mapping(
    context: EditContext,
    place: NodeRef,
    mapping: Mapping,
    document: Document,
    steps: dict[str | int, str],
    after: object,
) -> tuple[Edit, ...]:
    kept = list(mapping.entries)
    replaced: list[tuple[Entry, object]] = []
    removed: list[int] = []
    inserted: list[str | int] = []
    for step, op in steps.items():
        entry = own_entry(mapping, step)
        if op == "remove":
            if entry is None or merges(mapping):
                raise NoSourceRange(place.pointer)
            removed.append(mapping.entries.index(entry))
            kept.remove(entry)
        elif entry is None:
            inserted.append(step)
        else:
            replaced.append((entry, value_at(after, (*place.pointer, step))))
    if not kept or (mapping.flow and len(removed) + len(inserted) > 1):
        raise NoSourceRange(place.pointer)
    edits = [block.replace_value(context, entry.value, value) for entry, value in replaced]
    if removed:
        edits += block.remove_entries(context, mapping, tuple(sorted(removed)))
    for step in inserted:
        value = value_at(after, (*place.pointer, step))
        if mapping is document.root and not mapping.flow:
            # Below the comments that end the document.
            edits.append(block.append_entry(context, document, str(step), value))
        else:
            edits.append(block.insert_entry(context, mapping, kept[-1], str(step), value))
    return tuple(edits)


def _change_sequence(
    context: EditContext,
    place: NodeRef,
    sequence: Sequence,
    steps: dict[str | int, str],
    after: object,
) -> tuple[Edit, ...]:
    grown = value_at(after, place.pointer)
    if not sequence.items or not isinstance(grown, list):
        raise NoSourceRange(place.pointer)
    edits = []
    for step, op in steps.items():
        if op == "replace" and isinstance(step, int):
            value = value_at(after, (*place.pointer, step))
            edits.append(block.replace_value(context, sequence.items[step], value))
        elif step != END:
            raise NoSourceRange(place.pointer)
    added = grown[len(sequence.items) :]
    edits += (block.append_item(context, sequence, value, place.holder) for value in added)
    return tuple(edits)


def _cut_off_literals(context: EditContext, documents: tuple[Document, ...]) -> set[Pointer]:
    # A block scalar that ends the text without a line break would gain one from what comes behind.
    if not documents:
        return set()
    pointer: Pointer = (len(documents) - 1,)
    node = documents[-1].root
    while isinstance(node, (Mapping, Sequence)):
        if isinstance(node, Mapping) and node.entries:
            pointer = (*pointer, str(load_key(node.entries[-1].key)))
            node = node.entries[-1].value
        elif isinstance(node, Sequence) and node.items:
            pointer = (*pointer, len(node.items) - 1)
            node = node.items[-1]
        else:
            return set()
    is_cut = node.span.end == len(context.text) == line_end(context.text, node.span.end)
    if not is_cut or not isinstance(node, Scalar) or node.style not in ("|", ">"):
        return set()
    ends_in_break = context.text[-1:] in "\n\r"
    header = context.text[node.span.start : line_end(context.text, node.span.start)]
    return set() if ends_in_break or "-" in header else {pointer}


def _changed_collections(
    documents: tuple[Document, ...], patch: Patch, written_out: set[Pointer]
) -> tuple[Span, ...]:
    places = [operation.path[:-1] for operation in patch if not _is_below(operation, written_out)]
    places += [pointer[:-1] for pointer in written_out]
    return tuple(find_place(documents, pointer).node.span for pointer in places if pointer)


def _is_written_out(transfer: Transfer, written_out: set[Pointer]) -> bool:
    lists = (transfer.source, transfer.target)
    is_out = [any(each[: len(top)] == top for top in written_out) for each in lists]
    if any(is_out) and not all(is_out):
        raise NoSourceRange(lists[is_out.index(False)])
    return all(is_out)


def _is_below(operation: Operation, written_out: set[Pointer]) -> bool:
    return _is_at_or_below(operation.path, written_out)


def _is_at_or_below(pointer: Pointer, tops: set[Pointer]) -> bool:
    return any(pointer[:length] in tops for length in range(len(pointer) + 1))


def dissolved_aliases(
    documents: tuple[Document, ...], edits: tuple[Edit, ...], changed: tuple[Span, ...]
) -> tuple[Edit, ...]:
    """Return the edits that write out every alias to what `edits` change or remove.

    `changed` are the collections that grow or shrink. What changes at an anchor, or goes with it,
    must not change or go at its aliases.
    """
    aliases = tuple(alias for document in documents for alias in document.aliases)
    # Sorted, so that many aliases are not each compared with all edits.
    gone = sorted(edit.span for edit in edits if edit.span.start < edit.span.end)
    grown = sorted(changed)
    return tuple(
        Edit(alias.span, flow_text(load(alias)))
        for alias in aliases
        if (_holds_one(follow(alias).span, grown) or _begins_in_one(follow(alias).span, gone))
        and not _begins_in_one(alias.span, gone)
    )


def _holds_one(target: Span, spans: list[Span]) -> bool:
    for index in range(_count_before(spans, target.start), len(spans)):
        span = spans[index]
        if span.start > target.end:
            break
        if span.end <= target.end:
            return True
    return False


def _begins_in_one(span: Span, spans: list[Span]) -> bool:
    # Edits do not overlap.
    count = _count_before(spans, span.start + 1)
    return count > 0 and span.start < spans[count - 1].end


def _count_before(spans: list[Span], start: int) -> int:
    from bisect import bisect_left

    return bisect_left(spans, (start,))


class Transfer(NamedTuple):
    """All that goes from the list at `source` to the end of the one at `target`.

    `arrivals` are, in their order, the indexes of what goes there from `source`, and None for what
    is new. `operations` are those of the patch that say so.
    """

    source: Pointer
    target: Pointer
    arrivals: tuple[int | None, ...]
    operations: Patch

    @property
    def holder(self) -> Pointer:
        """Return the pointer of the mapping that has both lists."""
        return self.source[:-1]


def read_transfers(patch: Patch) -> tuple[Transfer, ...]:
    """Return the transfers that the moves of `patch` make, one for each list that they lead to."""
    moves = [operation for operation in patch if operation.op == "move"]
    return tuple(
        _read_transfer(target, patch)
        for target in dict.fromkeys(operation.path[:-1] for operation in moves)
    )


def _read_transfer(target: Pointer, patch: Patch) -> Transfer:
    operations = tuple(
        each for each in patch if each.path == (*target, END) or each == add(target, [])
    )
    arrivals: list[int | None] = []
    source: Pointer = ()
    for operation in operations:
        if operation.op == "move":
            source = operation.source[:-1]
            arrivals.append(_original(operation, arrivals))
        elif operation.path != target:
            arrivals.append(None)
    return Transfer(source, target, tuple(arrivals), operations)


def _original(operation: Operation, gone: list[int | None]) -> int:
    index = operation.source[-1]
    original = index if isinstance(index, int) else 0
    for before in sorted(each for each in gone if each is not None):
        original += before <= original
    return original


class _List(NamedTuple):
    """A list in block style, and the column of its dashes."""

    place: NodeRef
    node: Sequence
    indent: int


def move_items(
    context: EditContext,
    documents: tuple[Document, ...],
    transfer: Transfer,
    after: object,
    edits: tuple[Edit, ...],
) -> tuple[Edit, ...]:
    """Return `edits` and those that move the items of `transfer`, which take along what is edited.

    Raises NoSourceRange where a list has to be written out as a whole.
    """
    source = _read_list(context, find_place(documents, transfer.source))
    mapping = find_place(documents, transfer.holder).node
    if not isinstance(mapping, Mapping):
        raise NoSourceRange(transfer.holder)
    behind = _behind_moved(source, transfer, after)
    appended = tuple(
        append_item(context, source.node, each, source.place.holder) for each in behind
    )
    if not set(appended) <= set(edits):
        raise NoSourceRange(transfer.source)
    # What comes behind an item that moves would move with it.
    edits = tuple(edit for edit in edits if edit not in appended)
    there = value_at(after, transfer.target)
    values = there[-len(transfer.arrivals) :] if isinstance(there, list) else []
    is_new = isinstance(there, list) and len(there) == len(transfer.arrivals)
    key = str(transfer.target[-1])
    if own_entry(mapping, key) is not None:
        target = _read_list(context, find_place(documents, transfer.target))
    elif is_new:
        moved = [index for index in transfer.arrivals if index is not None]
        if moved == list(range(moved[0], len(source.node.items))) and moved[0] > 0:
            left = "".join(_written(context, source, each) for each in behind)
            return (*edits, *_split(context, source, moved[0], left, key, _new(transfer, values)))
        target = source
    else:
        raise NoSourceRange(transfer.target)
    taken = {
        index: _taken(context, source, index, edits, target.indent)
        for index in transfer.arrivals
        if index is not None
    }
    text = "".join(
        (taken[index].text if index is not None else "") or _written(context, target, value)
        for index, value in zip(transfer.arrivals, values, strict=True)
    )
    if target is source:
        indent = " " * column(context.text, _key_start(source))
        text = f"{indent}{key}:{context.newline}{text}"
    inner = {edit for each in taken.values() for edit in each.edits}
    removals = (Edit(each.span, "") for each in taken.values())
    return (
        *(edit for edit in edits if edit not in inner),
        *removals,
        *appended,
        _insertion(context, target, text),
    )


def _read_list(context: EditContext, place: NodeRef) -> _List:
    node = place.node
    if not isinstance(node, Sequence) or node.flow or not node.items or place.holder is None:
        raise NoSourceRange(place.pointer)
    return _List(place, node, column(context.text, first_dash(context.text, node.span.start)))


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
    context: EditContext, source: _List, first: int, left: str, key: str, new: list[object]
) -> tuple[Edit, ...]:
    # What moves are the last items, in their order: a key before them is all that it takes.
    start = _item_span(context, source, first).start
    line = " " * column(context.text, _key_start(source)) + key + ":" + context.newline
    added = (append_item(context, source.node, value, source.place.holder) for value in new)
    return (Edit(Span(start, start), left + line), *added)


class _Taken(NamedTuple):
    """The lines of an item, the edits within them, and its text with these; empty if it is tied.

    An anchor or alias may not work where the item goes.
    """

    span: Span
    edits: tuple[Edit, ...]
    text: str


def _taken(
    context: EditContext, source: _List, index: int, edits: tuple[Edit, ...], indent: int
) -> _Taken:
    span = _item_span(context, source, index)
    inside = tuple(edit for edit in edits if _is_inside(edit, span, len(context.text)))
    if any(_is_tied(node) for node in _nodes(source.node.items[index])):
        return _Taken(span, inside, "")
    text = edited_part(context.text, span, inside)
    if line_start(text, len(text)) != len(text):
        text += context.newline
    return _Taken(span, inside, _shifted(text, indent - source.indent))


def _is_inside(edit: Edit, span: Span, last: int) -> bool:
    end = span.end if span.end < last else span.end + 1
    return span.start <= edit.span.start < end and edit.span.end <= span.end


def _item_span(context: EditContext, listed: _List, index: int) -> Span:
    """Return the whole lines of an item, the comments right above and deeper below it included."""
    text, items = context.text, listed.node.items
    end = line_end(text, content_end(text, items[index]))
    stop = after_break(text, over_deeper_comments(text, end, listed.indent))
    if index == 0:
        return Span(_above_comments(text, first_dash(text, listed.node.span.start)), stop)
    start = _item_span(context, listed, index - 1).end
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


def _written(context: EditContext, target: _List, value: object) -> str:
    wide = target.indent > column(context.text, _key_start(target))
    item = block_text(value, " " * (target.indent + 2), context.newline, wide=wide)
    return " " * target.indent + "- " + item + context.newline


def _insertion(context: EditContext, target: _List, text: str) -> Edit:
    position = line_end(context.text, content_end(context.text, target.node.items[-1]))
    if position == len(context.text):
        # The last line keeps its end: a block scalar may say that it counts.
        return Edit(Span(position, position), context.newline + text)
    return Edit(Span(position, position), context.newline + text.removesuffix(context.newline))


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
