"""A patch over plain data as edits of the text that the data came from."""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.yamlpatch import block
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple
from fix_ksm_probes.yamlpatch.block import column, content_end, first_dash, over_deeper_comments
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
    entry_start,
    find_node,
    follow,
    is_pair,
    load,
    load_key,
    merges,
    own_entry,
    parse,
)
from fix_ksm_probes.yamlpatch.flow import EditContext
from fix_ksm_probes.yamlpatch.patch import (
    END,
    Operation,
    Patch,
    PatchMismatch,
    Pointer,
    add,
    apply_patch,
    replace,
    value_at,
)
from fix_ksm_probes.yamlpatch.scalars import block_text, flow_text
from fix_ksm_probes.yamlpatch.text import (
    Edit,
    Span,
    after_break,
    apply_edits,
    before_break,
    compose_edits,
    line_end,
    line_start,
)


def plan_edits(
    context: EditContext, documents: tuple[Document, ...], patch: Patch, after: object
) -> tuple[Edit, ...]:
    """Return the edits that make the text of `documents` say `after`.

    `patch` leads from the data of the documents, as a list, to `after`. It sets and removes values
    of mappings, and appends to lists, also to that of the documents, addressing each place once.
    After all other changes, it moves items from one list of a mapping to the end of another. A node
    without text of its own (an alias, a merged key) is written out with its value at the smallest
    node that has. Raises PatchMismatch for a move of another kind.
    """
    edits = _planned(context, documents, patch, after)
    end = len(context.text)
    if documents and any(edit.span.end == end for edit in edits):
        literal = _unfinished_literal(context, documents, patch)
        if literal is not None:
            return _planned(context, documents, (literal, *patch), after)
    return edits


def _planned(
    context: EditContext, documents: tuple[Document, ...], patch: Patch, after: object
) -> tuple[Edit, ...]:
    moves = _read_moves(patch)
    if not moves:
        return _finished(context, documents, *_change_values(context, documents, patch, after))
    made = {each.target for each in moves if each.is_new}
    changes = tuple(each for each in patch if each.op != "move" and each.path not in made)
    edits: tuple[Edit, ...] = ()
    now = context
    if changes:
        said = apply_patch([load(document.root) for document in documents], changes)
        planned = _change_values(context, documents, changes, said)
        edits = _finished(context, documents, *planned)
        # Moves apply to the text after the changes.
        now = context._replace(text=apply_edits(context.text, edits))
        documents = parse(now.text)
    moved = _finished(now, documents, *_move_items(now, documents, moves, after))
    return compose_edits(context.text, edits, moved)


def _finished(
    context: EditContext,
    documents: tuple[Document, ...],
    edits: tuple[Edit, ...],
    changed: tuple[Span, ...],
) -> tuple[Edit, ...]:
    edits = block.moved_out_of_removals(context, edits)
    return (*edits, *_dissolved_aliases(documents, edits, changed))


def _unfinished_literal(
    context: EditContext, documents: tuple[Document, ...], patch: Patch
) -> Operation | None:
    """Return the operation that rewrites a block scalar at the end of a text without a line break.

    It would gain a line break from text that is added after it.
    """
    pointer: Pointer = (len(documents) - 1,)
    node = documents[-1].root
    while not isinstance(node, Scalar):
        if isinstance(node, Mapping) and node.entries:
            pointer = (*pointer, str(load_key(node.entries[-1].key)))
            node = node.entries[-1].value
        elif isinstance(node, Sequence) and node.items:
            pointer = (*pointer, len(node.items) - 1)
            node = node.items[-1]
        else:
            return None
    text, start = context.text, node.span.start
    ends_text = node.span.end == len(text) and text[-1:] not in ("\n", "\r")
    if not ends_text or node.style not in ("|", ">") or "-" in text[start : line_end(text, start)]:
        return None
    if any(pointer[: len(operation.path)] == operation.path for operation in patch):
        return None
    return replace(pointer, load(node))


# Changes


class _Change(NamedTuple):
    """The edits of one collection, and how deep it stands."""

    depth: int
    edits: tuple[Edit, ...]


def _change_values(
    context: EditContext, documents: tuple[Document, ...], patch: Patch, after: object
) -> tuple[tuple[Edit, ...], tuple[Span, ...]]:
    """Return the edits of operations other than moves, and the spans of the changed collections."""
    written_out: set[Pointer] = set()
    while True:
        # Writing out a node covers the operations below it, so this ends.
        changes, missing = _changes(context, documents, patch, after, written_out)
        for pointer in _outermost(written_out):
            try:
                edits = _write_out(context, documents, pointer, after)
            except NoSourceRange as lacking:
                missing.add(lacking.pointer)
            else:
                changes.append(_Change(len(pointer) - 1, edits))
        if not missing:
            break
        if missing <= written_out:
            raise PatchMismatch
        written_out |= missing
    # Text at the end of an item comes before text after that item.
    changes.sort(key=lambda change: -change.depth)
    places = [each.path[:-1] for each in patch if not _is_at_or_below(each.path, written_out)]
    places += [pointer[:-1] for pointer in written_out]
    return (
        tuple(edit for change in changes for edit in change.edits),
        tuple(find_node(documents, pointer).node.span for pointer in places if pointer),
    )


def _changes(
    context: EditContext,
    documents: tuple[Document, ...],
    patch: Patch,
    after: object,
    written_out: set[Pointer],
) -> tuple[list[_Change], set[Pointer]]:
    """Return the changes outside what is `written_out`, and what else must be written out."""
    steps: dict[Pointer, dict[str | int, str]] = {}
    for operation in patch:
        parent, step = operation.path[:-1], operation.path[-1]
        if not _is_at_or_below(operation.path, written_out):
            steps.setdefault(parent, {})[step] = operation.op
    changes: list[_Change] = []
    missing: set[Pointer] = set()
    if steps.pop((), None) and isinstance(after, list):
        changes.append(_Change(0, (block.append_documents(context, after[len(documents) :]),)))
    for parent, taken in steps.items():
        try:
            place = find_node(documents, parent)
            edits = _change(context, place, documents[as_index(parent[0])], taken, after)
        except NoSourceRange as lacking:
            # All at once: one round for each would take quadratic time.
            missing.add(lacking.pointer)
        else:
            changes.append(_Change(len(parent), edits))
    return changes, missing


def _outermost(written_out: set[Pointer]) -> list[Pointer]:
    return [
        pointer
        for pointer in sorted(written_out, key=lambda pointer: (len(pointer), str(pointer)))
        if not _is_at_or_below(pointer[:-1], written_out)
    ]


def _is_at_or_below(pointer: Pointer, tops: set[Pointer]) -> bool:
    return any(pointer[:length] in tops for length in range(len(pointer) + 1))


def _write_out(
    context: EditContext, documents: tuple[Document, ...], pointer: Pointer, after: object
) -> tuple[Edit, ...]:
    value = value_at(after, pointer)
    if len(pointer) == 1:
        return (block.replace_value(context, documents[as_index(pointer[0])].root, value),)
    holder = find_node(documents, pointer[:-1]).node
    if isinstance(holder, Mapping) and own_entry(holder, pointer[-1]) is None:
        return block.insert_entries(context, holder, holder.entries[-1], {str(pointer[-1]): value})
    return (block.replace_value(context, find_node(documents, pointer).node, value),)


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
    # An alias of a collection, or a value that the same patch replaces as a whole.
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
    inserted: dict[str, object] = {}
    for step, op in steps.items():
        entry = own_entry(mapping, step)
        value = value_at(after, (*place.pointer, step))
        if op == "remove":
            if entry is None or merges(mapping):
                raise NoSourceRange(place.pointer)
            removed.append(mapping.entries.index(entry))
            kept.remove(entry)
        elif entry is None:
            inserted[str(step)] = value
        elif _has_place_for_value(context.text, entry):
            replaced.append((entry, value))
        else:
            raise NoSourceRange(place.pointer)
    edits = [block.replace_value(context, entry.value, value) for entry, value in replaced]
    renamed = _renamed(context, place, mapping, document, removed, inserted, after)
    if renamed:
        return (*edits, *renamed)
    takes_last = mapping.flow and inserted and kept[-1:] != [*mapping.entries[-1:]]
    if not kept or takes_last or is_pair(context.text, mapping):
        raise NoSourceRange(place.pointer)
    if removed:
        edits += block.remove_entries(context, mapping, tuple(sorted(removed)))
    return (*edits, *_inserted(context, mapping, document, kept[-1], inserted))


def _inserted(
    context: EditContext,
    mapping: Mapping,
    document: Document,
    last: Entry,
    new: dict[str, object],
) -> Iterator[Edit]:
    if mapping is document.root and not mapping.flow:
        # After the comments at the end of the document.
        for key, value in new.items():
            yield block.append_entry(context, mapping, document.end, key, value)
    elif new:
        yield from block.insert_entries(context, mapping, last, new)


def _renamed(
    context: EditContext,
    place: NodeRef,
    mapping: Mapping,
    document: Document,
    removed: list[int],
    inserted: dict[str, object],
    after: object,
) -> tuple[Edit, ...]:
    """Return the edits of a key that replaces another one with a value that shares keys with it.

    They keep the comments in the value. There are none for any other change.
    """
    if len(removed) != 1 or len(inserted) != 1 or is_pair(context.text, mapping):
        return ()
    old, ((step, new),) = mapping.entries[removed[0]], inserted.items()
    value = old.value
    if not isinstance(value, Mapping) or not isinstance(new, dict) or value.anchor is not None:
        return ()
    if not isinstance(old.key, Scalar) or old.key.anchor is not None or merges(value):
        return ()
    before = load(value)
    if not isinstance(before, dict) or before.keys().isdisjoint(new):
        return ()
    steps: dict[str | int, str] = {key: "remove" for key in before if key not in new}
    steps |= dict.fromkeys(new, "replace")
    inside = NodeRef(value, (*place.pointer, step), old)
    try:
        edits = _change_mapping(context, inside, value, document, steps, after)
    except NoSourceRange:
        return ()
    return (block.replace_value(context, old.key, step), *edits)


def _has_place_for_value(text: str, entry: Entry) -> bool:
    """Tell whether `entry` has a value, or a colon that one can follow: `{a}` has neither."""
    span = entry.value.span
    return span.start < span.end or text[span.start - 1] == ":"


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
    edits: list[Edit] = []
    for step, op in steps.items():
        if op == "replace" and isinstance(step, int):
            value = value_at(after, (*place.pointer, step))
            edits.append(block.replace_value(context, sequence.items[step], value))
        elif step != END:
            raise NoSourceRange(place.pointer)
    added = grown[len(sequence.items) :]
    if added:
        edits += block.append_items(context, sequence, added, place.holder)
    return tuple(edits)


# Aliases


def _dissolved_aliases(
    documents: tuple[Document, ...], edits: tuple[Edit, ...], changed: tuple[Span, ...]
) -> tuple[Edit, ...]:
    """Return the edits that write out every alias of a node that `edits` change or remove.

    `changed` are the spans of collections that grow or shrink. A change at an anchor must not
    change its aliases.
    """
    aliases = tuple(alias for document in documents for alias in document.aliases)
    # Sorted, so that not every alias is compared with every edit.
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


# Moves


class _Moves(NamedTuple):
    """The items that move from the list at `source` to the end of the one at `target`.

    `indexes` are their places in `source`, in the order of the moves. If `is_new`, the list at
    `target` does not exist before.
    """

    source: Pointer
    target: Pointer
    is_new: bool
    indexes: tuple[int, ...]


def _read_moves(patch: Patch) -> tuple[_Moves, ...]:
    by_lists: dict[tuple[Pointer, Pointer], Patch] = {}
    for operation in patch:
        if operation.op == "move":
            lists = operation.source[:-1], operation.path[:-1]
            by_lists[lists] = (*by_lists.get(lists, ()), operation)
            if operation.path[-1] != END or lists[0] == lists[1] or lists[0][:-1] != lists[1][:-1]:
                raise PatchMismatch("a move leads from a list of a mapping to the end of another")
    started = {each.path for each in patch if each == add(each.path, [])} if by_lists else set()
    found = []
    for (source, target), moves in by_lists.items():
        indexes: list[int] = []
        for operation in moves:
            indexes.append(_original(as_index(operation.source[-1]), indexes))
        found.append(_Moves(source, target, target in started, tuple(indexes)))
    return tuple(found)


def _original(index: int, gone: list[int]) -> int:
    for before in sorted(gone):
        index += before <= index
    return index


class _List(NamedTuple):
    """A list in block style, the column of its dashes, and that of the key that holds it."""

    node: Sequence
    indent: int
    key: int


def _move_items(
    context: EditContext,
    documents: tuple[Document, ...],
    moves: tuple[_Moves, ...],
    after: object,
) -> tuple[tuple[Edit, ...], tuple[Span, ...]]:
    """Return the edits that move items with their comments, and the spans of their mappings.

    Lists that do not begin on lines of their own are written out.
    """
    edits: tuple[Edit, ...] = ()
    changed: tuple[Span, ...] = ()
    written: list[Operation] = []
    for each in moves:
        try:
            holder = find_node(documents, each.source[:-1]).node
            edits += _moved_lines(context, documents, holder, each)
            changed += (holder.span,)
        except NoSourceRange:
            written += (add(part, value_at(after, part)) for part in (each.source, each.target))
    others, also = _change_values(context, documents, tuple(written), after)
    return (*edits, *others), (*changed, *also)


def _moved_lines(
    context: EditContext, documents: tuple[Document, ...], holder: Node, moves: _Moves
) -> tuple[Edit, ...]:
    source = _read_list(context.text, holder, find_node(documents, moves.source))
    size = len(source.node.items)
    if len(moves.indexes) == size:
        raise NoSourceRange(moves.source)
    key = " " * source.key + flow_text(moves.target[-1]) + ":" + context.newline
    target = source
    insertion = _end_of_last(context.text, source)
    empty = _empty_value(context.text, holder, moves.target[-1])
    if empty is not None:
        key, insertion = "", line_end(context.text, empty.end)
    elif not moves.is_new:
        target = _read_list(context.text, holder, find_node(documents, moves.target))
        key, insertion = "", _end_of_last(context.text, target)
    elif moves.indexes == tuple(range(size - len(moves.indexes), size)):
        # They are where the new list goes, so it only needs a key before them.
        start = _item_span(context.text, source, moves.indexes[0]).start
        return (Edit(Span(start, start), key),)
    shift = target.indent - source.indent
    moved = {index: _moved_text(context, source, index, shift) for index in moves.indexes}
    untied = _untied(documents[as_index(moves.source[0])], source.node, moved, insertion)
    text = key
    for index in moves.indexes:
        value = load(source.node.items[index])
        text += moved[index] if index in untied else _written_item(context, target, value)
    removals = (Edit(_item_span(context.text, source, index), "") for index in moves.indexes)
    inserted = _insertion(context, insertion, text)
    if empty is not None:
        kept = context.text[empty.end : insertion]
        inserted = Edit(Span(empty.start, insertion), kept + inserted.content)
    return (*removals, inserted)


def _empty_value(text: str, holder: Node, step: str | int) -> Span | None:
    """Return where the value of a key stands, with the spaces before it, if it is null or `[]`."""
    entry = own_entry(holder, step) if isinstance(holder, Mapping) else None
    if entry is None or load(entry.value) not in (None, []):
        return None
    if isinstance(entry.value, Alias) or not _has_place_for_value(text, entry):
        raise NoSourceRange((step,))
    start, end = entry.value.span
    return Span(len(text[:start].rstrip(" ")) if start < end else start, end)


def _read_list(text: str, holder: Node, place: NodeRef) -> _List:
    node = place.node
    if not isinstance(holder, Mapping) or not isinstance(node, Sequence):
        raise NoSourceRange(place.pointer)
    if node.flow or not node.items or place.holder is None:
        raise NoSourceRange(place.pointer)
    indent = column(text, first_dash(text, node))
    return _List(node, indent, column(text, entry_start(text, holder, 0)))


def _moved_text(context: EditContext, source: _List, index: int, shift: int) -> str:
    """Return the lines of an item, `shift` columns to the right; empty if they must not move."""
    span = _item_span(context.text, source, index)
    text = context.text[span.start : span.end]
    if span.start != line_start(context.text, span.start):
        text = " " * source.indent + text.lstrip(" ")
    if line_start(text, len(text)) != len(text):
        text += context.newline
    return _shifted(text, shift)


def _item_span(text: str, listed: _List, index: int) -> Span:
    """Return the whole lines of an item, with comments right above it and deeper ones below it.

    If the first item follows the colon of its key, the last line break is not included.
    """
    items = listed.node.items
    end = line_end(text, content_end(text, items[index]))
    end = over_deeper_comments(text, end, listed.indent)
    stop = after_break(text, end)
    if index == 0:
        dash = first_dash(text, listed.node)
        before = text[line_start(text, dash) : dash].rstrip(" ")
        if before:
            return Span(line_start(text, dash) + len(before), end)
        return Span(_above_comments(text, dash), stop)
    start = _item_span(text, listed, index - 1).end
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
    # YAML 1.1 breaks lines at these, too.
    if any(character in text.replace("\r\n", "\n") for character in "\r\x85\u2028\u2029"):
        return ""
    lines = text.split("\n")
    if shift > 0:
        # A line of spaces may be part of a block scalar.
        return "\n".join(" " * shift + line if line.strip("\r") else line for line in lines)
    if not all(line.startswith(" " * -shift) for line in lines if line.strip()):
        return ""
    return "\n".join(line[min(-shift, len(line) - len(line.lstrip(" "))) :] for line in lines)


def _written_item(context: EditContext, target: _List, value: object) -> str:
    wide = target.indent > target.key
    item = block_text(value, " " * (target.indent + 2), context.newline, wide=wide)
    return " " * target.indent + "- " + item + context.newline


def _end_of_last(text: str, listed: _List) -> int:
    return line_end(text, content_end(text, listed.node.items[-1]))


def _insertion(context: EditContext, position: int, text: str) -> Edit:
    if position == len(context.text):
        # The last line keeps its end, which may belong to a block scalar.
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
    return isinstance(node, Alias) or node.anchor is not None


def _untied(
    document: Document, source: Sequence, moved: dict[int, str], insertion: int
) -> list[int]:
    """Return which of the items `moved` may go as they are written to `insertion`, in that order.

    Each of their aliases must come after its anchor there, and mean the same.
    """
    tied = {index: [*filter(_is_tied, _nodes(source.items[index]))] for index in moved}
    if not any(tied.values()):
        return [index for index, text in moved.items() if text]
    # A name of two anchors may mean the other one there.
    names: dict[str | None, int] = {}
    for node in _nodes(document.root):
        if not isinstance(node, Alias):
            names[node.anchor] = names.get(node.anchor, 0) + 1
    gone = [source.items[index].span for index in moved]
    there: list[Span] = []
    untied: list[int] = []
    for index, text in moved.items():
        before = [*there, source.items[index].span]
        targets = [follow(node) for node in tied[index]]
        others = [each.span for each in targets if not _is_within(each.span, before)]
        is_said = all(names[each.anchor] == 1 for each in targets) and all(
            each.start < insertion and not _is_within(each, gone) for each in others
        )
        if text and is_said:
            untied.append(index)
            there = before
    return untied


def _is_within(span: Span, spans: list[Span]) -> bool:
    return any(each.start <= span.start and span.end <= each.end for each in spans)
