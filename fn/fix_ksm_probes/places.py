"""Where in the text a place of the data stands."""

from __future__ import annotations

from typing import NamedTuple

from fix_ksm_probes.load import load_key
from fix_ksm_probes.nodes import Document, Entry, Mapping, Node, Sequence, is_merge_key
from fix_ksm_probes.pointer import Pointer


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


def own_entry(mapping: Mapping, step: str | int) -> Entry | None:
    """Return the entry of the key `step`; None where it is merged into `mapping`, or missing."""
    for entry in mapping.entries:
        if not is_merge_key(entry.key) and load_key(entry.key) == step:
            return entry
    return None


def merges(mapping: Mapping) -> bool:
    """Tell whether `mapping` takes keys from others."""
    return any(is_merge_key(entry.key) for entry in mapping.entries)


def as_index(step: str | int) -> int:
    """Return `step` as the index that it is."""
    if isinstance(step, int):
        return step
    raise TypeError(f"{step!r} is no index of a list")
