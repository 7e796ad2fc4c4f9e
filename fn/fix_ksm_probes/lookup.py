"""Where a place in the data stands in the text."""

from __future__ import annotations

from fix_ksm_probes.load import load_key
from fix_ksm_probes.nodes import Document, Entry, Mapping, Sequence, follow, is_merge_key
from fix_ksm_probes.pointer import Pointer
from fix_ksm_probes.text import Span


def own_entry(mapping: Mapping, step: str | int) -> Entry | None:
    """Return the entry of `mapping` with the key `step`, unless it is merged in."""
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
