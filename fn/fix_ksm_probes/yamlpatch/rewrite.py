"""A patch over plain data as edits of the text that the data came from."""

from __future__ import annotations

from fix_ksm_probes.yamlpatch import shapes
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple
from fix_ksm_probes.yamlpatch.aliases import dissolved_aliases
from fix_ksm_probes.yamlpatch.braces import Page
from fix_ksm_probes.yamlpatch.load import load, load_key
from fix_ksm_probes.yamlpatch.lookup import Detour, Place, as_index, find_place, merges, own_entry
from fix_ksm_probes.yamlpatch.moves import move_items
from fix_ksm_probes.yamlpatch.nodes import Document, Entry, Mapping, Scalar, Sequence
from fix_ksm_probes.yamlpatch.patch import Operation, Patch, apply_patch
from fix_ksm_probes.yamlpatch.pointer import END, Pointer, value_at
from fix_ksm_probes.yamlpatch.text import Edit, Span, line_end
from fix_ksm_probes.yamlpatch.transfers import Transfer, read_transfers


def plan_edits(
    page: Page, documents: tuple[Document, ...], patch: Patch, after: object
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
        for pointer in _cut_off_literals(page, documents)
        if not any(pointer[: len(operation.path)] == operation.path for operation in patch)
    }
    transfers = read_transfers(patch)
    patch = tuple(each for each in patch if not any(each in part.operations for part in transfers))
    while True:
        # Each detour removes the operations below it, so this ends.
        known = len(written_out)
        try:
            edits = _planned(page, documents, patch, transfers, after, written_out)
        except Detour as detour:
            written_out.add(detour.pointer)
            if len(written_out) == known:
                raise
        else:
            changed = _changed_collections(documents, patch, written_out)
            changed += tuple(find_place(documents, each.holder).node.span for each in transfers)
            return (*edits, *dissolved_aliases(documents, edits, changed))


def _planned(
    page: Page,
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
    changes = _changes(page, documents, patch, settled, written_out)
    for pointer in _outermost(written_out):
        holds = any(_holds(pointer, transfer) for transfer in transfers)
        written = _write_out(page, documents, pointer, after if holds else settled)
        changes.append(_Change(len(pointer) - 1, written))
    # What goes to the end of an item stands before what moves behind it, and that before the rest.
    changes.sort(key=lambda change: -change.depth)
    depth = max((len(each.source) for each in transfers), default=0)
    inner = tuple(edit for each in changes if each.depth >= depth for edit in each.edits)
    edits = shapes.moved_out_of_removals(page, inner)
    for transfer in transfers:
        if not _is_written_out(transfer, written_out):
            edits = move_items(page, documents, transfer, after, edits)
    edits += tuple(edit for each in changes if each.depth < depth for edit in each.edits)
    return shapes.moved_out_of_removals(page, edits)


def _holds(pointer: Pointer, transfer: Transfer) -> bool:
    return any(place[: len(pointer)] == pointer for place in (transfer.source, transfer.target))


class _Change(NamedTuple):
    """The edits of one collection, and how deep it stands."""

    depth: int
    edits: tuple[Edit, ...]


def _changes(
    page: Page,
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
        changes.append(_Change(0, (shapes.append_documents(page, after[len(documents) :]),)))
    detours: list[Pointer] = []
    for parent, taken in steps.items():
        try:
            place = find_place(documents, parent)
            edits = _change(page, place, documents[as_index(parent[0])], taken, after)
        except Detour as detour:
            detours.append(detour.pointer)
        else:
            changes.append(_Change(len(parent), edits))
    if detours:
        # All at once: a round for each would take the square of their number.
        written_out.update(detours)
        raise Detour(detours[0])
    return changes


def _outermost(written_out: set[Pointer]) -> list[Pointer]:
    return [
        pointer
        for pointer in sorted(written_out, key=lambda pointer: (len(pointer), str(pointer)))
        if not _is_at_or_below(pointer[:-1], written_out)
    ]


def _write_out(
    page: Page, documents: tuple[Document, ...], pointer: Pointer, after: object
) -> tuple[Edit, ...]:
    value = value_at(after, pointer)
    if len(pointer) == 1:
        return (shapes.replace_value(page, documents[as_index(pointer[0])].root, value),)
    holder = find_place(documents, pointer[:-1])
    if isinstance(holder.node, Mapping) and own_entry(holder.node, pointer[-1]) is None:
        last = holder.node.entries[-1]
        return (shapes.insert_entry(page, holder.node, last, str(pointer[-1]), value),)
    return (shapes.replace_value(page, find_place(documents, pointer).node, value),)


def _change(
    page: Page, place: Place, document: Document, steps: dict[str | int, str], after: object
) -> tuple[Edit, ...]:
    if isinstance(place.node, Mapping):
        return _change_mapping(page, place, place.node, document, steps, after)
    if isinstance(place.node, Sequence):
        return _change_sequence(page, place, place.node, steps, after)
    # An alias to a collection; or a value that an operation of the same patch replaces as a whole.
    raise Detour(place.pointer)


def _change_mapping(
    page: Page,
    place: Place,
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
                raise Detour(place.pointer)
            removed.append(mapping.entries.index(entry))
            kept.remove(entry)
        elif entry is None:
            inserted.append(step)
        else:
            replaced.append((entry, value_at(after, (*place.pointer, step))))
    if not kept or (mapping.flow and len(removed) + len(inserted) > 1):
        raise Detour(place.pointer)
    edits = [shapes.replace_value(page, entry.value, value) for entry, value in replaced]
    if removed:
        edits += shapes.remove_entries(page, mapping, tuple(sorted(removed)))
    for step in inserted:
        value = value_at(after, (*place.pointer, step))
        if mapping is document.root and not mapping.flow:
            # Below the comments that end the document.
            edits.append(shapes.append_entry(page, document, str(step), value))
        else:
            edits.append(shapes.insert_entry(page, mapping, kept[-1], str(step), value))
    return tuple(edits)


def _change_sequence(
    page: Page, place: Place, sequence: Sequence, steps: dict[str | int, str], after: object
) -> tuple[Edit, ...]:
    grown = value_at(after, place.pointer)
    if not sequence.items or not isinstance(grown, list):
        raise Detour(place.pointer)
    edits = []
    for step, op in steps.items():
        if op == "replace" and isinstance(step, int):
            value = value_at(after, (*place.pointer, step))
            edits.append(shapes.replace_value(page, sequence.items[step], value))
        elif step != END:
            raise Detour(place.pointer)
    added = grown[len(sequence.items) :]
    edits += (shapes.append_item(page, sequence, value, place.holder) for value in added)
    return tuple(edits)


def _cut_off_literals(page: Page, documents: tuple[Document, ...]) -> set[Pointer]:
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
    is_cut = node.span.end == len(page.text) == line_end(page.text, node.span.end)
    if not is_cut or not isinstance(node, Scalar) or node.style not in ("|", ">"):
        return set()
    ends_in_break = page.text[-1:] in "\n\r"
    header = page.text[node.span.start : line_end(page.text, node.span.start)]
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
        raise Detour(lists[is_out.index(False)])
    return all(is_out)


def _is_below(operation: Operation, written_out: set[Pointer]) -> bool:
    return _is_at_or_below(operation.path, written_out)


def _is_at_or_below(pointer: Pointer, tops: set[Pointer]) -> bool:
    return any(pointer[:length] in tops for length in range(len(pointer) + 1))
