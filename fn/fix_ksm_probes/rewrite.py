"""A patch over plain data as edits of the text that the data came from."""

from __future__ import annotations

from typing import NamedTuple

from fix_ksm_probes import shapes
from fix_ksm_probes.aliases import dissolved_aliases
from fix_ksm_probes.braces import Page
from fix_ksm_probes.load import load_key
from fix_ksm_probes.nodes import (
    Document,
    Entry,
    Mapping,
    Node,
    Scalar,
    Sequence,
    is_merge_key,
)
from fix_ksm_probes.patch import Operation, Patch
from fix_ksm_probes.pointer import END, Pointer, value_at
from fix_ksm_probes.text import Edit, Span, line_end


class _Place(NamedTuple):
    """A node of the text, where it stands in the data, and the entry that holds it, if one does."""

    node: Node
    pointer: Pointer
    holder: Entry | None = None


class _Detour(Exception):
    """The place of an operation has no text of its own: `pointer` is written out instead."""

    def __init__(self, pointer: Pointer) -> None:
        super().__init__(pointer)
        self.pointer = pointer


def plan_edits(
    page: Page, documents: tuple[Document, ...], patch: Patch, after: object
) -> tuple[Edit, ...]:
    """Return the edits that make the text of `documents` say `after`.

    `patch` leads from the data of the documents, as a list, to `after`; it puts values into
    mappings, takes them out, and appends to lists, that of the documents among them. A node
    without text of its own (an alias, a merged key) is written out with its value at the smallest
    node that has.
    """
    if not patch:
        return ()
    written_out = _cut_off_literals(page, documents)
    while True:
        # Each detour removes the operations below it, so this ends.
        try:
            edits = _edits(page, documents, patch, after, written_out)
        except _Detour as detour:
            if detour.pointer in written_out:
                raise
            written_out.add(detour.pointer)
        else:
            edits = shapes.moved_out_of_removals(page, edits)
            changed = _changed_collections(documents, patch, written_out)
            return (*edits, *dissolved_aliases(documents, edits, changed))


def _edits(
    page: Page,
    documents: tuple[Document, ...],
    patch: Patch,
    after: object,
    written_out: set[Pointer],
) -> tuple[Edit, ...]:
    changes: dict[Pointer, dict[str | int, str]] = {}
    for operation in patch:
        parent, step = operation.path[:-1], operation.path[-1]
        if not _is_below(operation, written_out):
            changes.setdefault(parent, {})[step] = operation.op
    edits: list[Edit] = []
    for pointer in sorted(written_out, key=len):
        if not any(pointer != top and pointer[: len(top)] == top for top in written_out):
            edits += _write_out(page, documents, pointer, after)
    appends = changes.pop((), {})
    for parent, steps in changes.items():
        place = _find(documents, parent)
        edits += _change(page, place, documents[_index(parent[0])], steps, after)
    if appends and isinstance(after, list):
        edits.append(shapes.append_documents(page, after[len(documents) :]))
    return tuple(edits)


def _write_out(
    page: Page, documents: tuple[Document, ...], pointer: Pointer, after: object
) -> tuple[Edit, ...]:
    value = value_at(after, pointer)
    if len(pointer) == 1:
        return (shapes.replace_value(page, documents[_index(pointer[0])].root, value),)
    holder = _find(documents, pointer[:-1])
    if isinstance(holder.node, Mapping) and _own_entry(holder.node, pointer[-1]) is None:
        last = holder.node.entries[-1]
        return (shapes.insert_entry(page, holder.node, last, str(pointer[-1]), value),)
    return (shapes.replace_value(page, _find(documents, pointer).node, value),)


def _change(
    page: Page, place: _Place, document: Document, steps: dict[str | int, str], after: object
) -> tuple[Edit, ...]:
    if isinstance(place.node, Mapping):
        return _change_mapping(page, place, place.node, document, steps, after)
    if isinstance(place.node, Sequence):
        return _change_sequence(page, place, place.node, steps, after)
    # An alias to a collection; or a value that an operation of the same patch replaces as a whole.
    raise _Detour(place.pointer)


def _change_mapping(
    page: Page,
    place: _Place,
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
        entry = _own_entry(mapping, step)
        if op == "remove":
            if entry is None or _merges(mapping):
                raise _Detour(place.pointer)
            removed.append(mapping.entries.index(entry))
            kept.remove(entry)
        elif entry is None:
            inserted.append(step)
        else:
            replaced.append((entry, value_at(after, (*place.pointer, step))))
    if not kept or (mapping.flow and len(removed) + len(inserted) > 1):
        raise _Detour(place.pointer)
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
    page: Page, place: _Place, sequence: Sequence, steps: dict[str | int, str], after: object
) -> tuple[Edit, ...]:
    grown = value_at(after, place.pointer)
    if not sequence.items or not isinstance(grown, list):
        raise _Detour(place.pointer)
    edits = []
    for step, op in steps.items():
        if op == "replace" and isinstance(step, int):
            value = value_at(after, (*place.pointer, step))
            edits.append(shapes.replace_value(page, sequence.items[step], value))
        elif step != END:
            raise _Detour(place.pointer)
    added = grown[len(sequence.items) :]
    edits += (shapes.append_item(page, sequence, value, place.holder) for value in added)
    return tuple(edits)


def _find(documents: tuple[Document, ...], pointer: Pointer) -> _Place:
    place = _Place(documents[_index(pointer[0])].root, pointer[:1])
    for step in pointer[1:]:
        node = place.node
        below = (*place.pointer, step)
        if isinstance(node, Mapping):
            entry = _own_entry(node, step)
            if entry is None:
                raise _Detour(below)
            place = _Place(entry.value, below, entry)
        elif isinstance(node, Sequence):
            place = _Place(node.items[_index(step)], below)
        else:
            raise _Detour(place.pointer)
    return place


def _own_entry(mapping: Mapping, step: str | int) -> Entry | None:
    for entry in mapping.entries:
        if not is_merge_key(entry.key) and load_key(entry.key) == step:
            return entry
    return None


def _merges(mapping: Mapping) -> bool:
    return any(is_merge_key(entry.key) for entry in mapping.entries)


def _index(step: str | int) -> int:
    if isinstance(step, int):
        return step
    raise TypeError(f"{step!r} is no index of a list")


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
    return tuple(_find(documents, pointer).node.span for pointer in places if pointer)


def _is_below(operation: Operation, written_out: set[Pointer]) -> bool:
    return any(operation.path[: len(top)] == top for top in written_out)
