"""Where a place in the data stands in the text."""

from __future__ import annotations

from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple
from fix_ksm_probes.yamlpatch.load import load_key
from fix_ksm_probes.yamlpatch.nodes import (
    Document,
    Entry,
    Mapping,
    Node,
    Sequence,
    follow,
    is_merge_key,
)
from fix_ksm_probes.yamlpatch.pointer import Pointer
from fix_ksm_probes.yamlpatch.text import Span


class Place(NamedTuple):
    """A node of the text, where it stands in the data, and the entry that holds it, if one does."""

    node: Node
    pointer: Pointer
    holder: Entry | None = None


class Detour(Exception):
    """The place of an operation has no text of its own: `pointer` is written out instead."""

    def __init__(self, pointer: Pointer) -> None:
        super().__init__(pointer)
        self.pointer = pointer


def own_entry(mapping: Mapping, step: str | int) -> Entry | None:
    """Return the entry of `mapping` with the key `step`, unless it is merged in."""
    if mapping.by_key is not None:
        found = mapping.by_key.get(step)
        return None if found is None or is_merge_key(found.key) else found
    for entry in mapping.entries:
        if not is_merge_key(entry.key) and load_key(entry.key) == step:
            return entry
    return None


def locate(documents: tuple[Document, ...], pointer: Pointer) -> Span:
    """Return where `pointer`, or the nearest thing around it, stands: its key with its value.

    The first step of `pointer` is the index of a document.
    """
    root = documents[int(pointer[0])].root
    node, span = follow(root), root.span
    for step in pointer[1:]:
        if isinstance(node, Mapping) and (entry := own_entry(node, step)) is not None:
            span = Span(entry.key.span.start, max(entry.key.span.end, entry.value.span.end))
            node = follow(entry.value)
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            item = node.items[step]
            node, span = follow(item), item.span
        else:
            break
    return span


def find_place(documents: tuple[Document, ...], pointer: Pointer) -> Place:
    """Return the place that `pointer` leads to. Raises Detour where it has no text of its own."""
    place = Place(documents[as_index(pointer[0])].root, pointer[:1])
    for step in pointer[1:]:
        node = place.node
        below = (*place.pointer, step)
        if isinstance(node, Mapping):
            entry = own_entry(node, step)
            if entry is None:
                raise Detour(below)
            place = Place(entry.value, below, entry)
        elif isinstance(node, Sequence):
            place = Place(node.items[as_index(step)], below)
        else:
            raise Detour(place.pointer)
    return place


def merges(mapping: Mapping) -> bool:
    """Tell whether `mapping` takes keys from others."""
    return any(is_merge_key(entry.key) for entry in mapping.entries)


def as_index(step: str | int) -> int:
    """Return `step` as the index that it is."""
    if isinstance(step, int):
        return step
    raise TypeError(f"{step!r} is no index of a list")
