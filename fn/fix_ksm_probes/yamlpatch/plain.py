"""YAML text as data in one pass, if it has no anchors, aliases, merge keys, tags or repeated keys.

The two-path check reads each edited text again, and needs no nodes for that. For a workload of 2 KB
this takes 0.16 ms; `parse` and `load` take 0.32 ms.
"""

from __future__ import annotations

from fix_ksm_probes.yamlpatch.document import DEEPEST, load, parse
from fix_ksm_probes.yamlpatch.scalars import as_text, meaning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from yaml._yaml import CParser
    from yaml.events import ScalarEvent

_NO_KEY = object()


def read_all(text: str) -> list[object]:
    """Return the data of the documents in `text`; raises like `parse` and `load`."""
    plain = read_plain(text)
    return [load(document.root) for document in parse(text)] if plain is None else plain


def read_plain(text: str) -> list[object] | None:
    """Return what `load` returns for the documents that `parse` finds in `text`.

    None if that needs nodes, or is an error: for an anchor, an alias, a tag, a merge key, a key
    that is a collection or occurs twice, collections that nest deeper than DEEPEST, and text that
    is not YAML.
    """
    from yaml._yaml import CParser
    from yaml.error import YAMLError

    try:
        return _read(CParser(text))
    except YAMLError:
        return None


def _scalar(event: ScalarEvent) -> object:
    return event.value if event.style else meaning(event.value)


def _read(parser: CParser) -> list[object] | None:
    from yaml import events

    scalar, last = events.ScalarEvent, events.StreamEndEvent
    starts = {events.MappingStartEvent: dict, events.SequenceStartEvent: list}
    ends = (events.MappingEndEvent, events.SequenceEndEvent)
    around = (events.StreamStartEvent, events.DocumentStartEvent, events.DocumentEndEvent)
    next_event: Callable[[], Any] = parser.get_event
    found: list[object] = []
    # The open collections, and the key of the innermost one that has no value yet.
    outer: list[Any] = []
    holder: Any = found
    key: object = _NO_KEY
    while (kind := type(event := next_event())) is not last:
        if kind in ends:
            holder, key = outer.pop(), _NO_KEY
        elif kind not in around:
            # The event of an alias has the anchor that it names.
            if event.anchor or event.tag:
                return None
            is_scalar = kind is scalar
            value = _scalar(event) if is_scalar else starts[kind]()
            if type(holder) is list:
                holder.append(value)
            elif key is not _NO_KEY:
                holder[key], key = value, _NO_KEY
            else:
                is_key = is_scalar and (event.style or event.value != "<<")
                key = as_text(value) if is_key else _NO_KEY
                if key is _NO_KEY or key in holder:
                    return None
            if not is_scalar:
                if len(outer) == DEEPEST:
                    return None
                outer.append(holder)
                holder, key = value, _NO_KEY
    return found
