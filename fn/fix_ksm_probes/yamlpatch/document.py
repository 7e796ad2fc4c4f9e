"""YAML text as documents."""

from __future__ import annotations

import re

from fix_ksm_probes.yamlpatch._libyaml import CParser, YAMLError, events
from fix_ksm_probes.yamlpatch.errors import BadInput
from fix_ksm_probes.yamlpatch.load import load_key
from fix_ksm_probes.yamlpatch.nodes import Alias, Document, Entry, Mapping, Node, Scalar, Sequence
from fix_ksm_probes.yamlpatch.text import Span

DEEPEST = 200
"""Collections within collections; Kubernetes manifests stay below 60."""

_SURROGATES = re.compile(
    r"(?P<before>(?<!\\)(?:\\\\)*)\\u(?P<high>[dD][89abAB][0-9a-fA-F]{2})"
    r"\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})"
)
_TAG = r"(?m)^%TAG[ \t]"
_STR = "tag:yaml.org,2002:str"
_MOST_DIRECTIVES = 100
_WIDE = 100  # keys of a mapping
# From 0.2.6 on libyaml has a limit of its own, and meets it while it looks ahead.
_OWN_LIMIT = "exceeded maximum nesting depth"


def parse(text: str) -> tuple[Document, ...]:
    """Return the documents in `text`.

    Raises BadInput where it is not YAML, where a key stands twice in one mapping, where an alias
    has no anchor or lies inside it, and where collections nest deeper than DEEPEST.
    """
    try:
        return _parse(text)
    except BadInput:
        joined = _SURROGATES.sub(_joined, text) if text.lstrip()[:1] in ("{", "[") else text
        if joined == text:
            raise
    return _parse(joined)


def _parse(text: str) -> tuple[Document, ...]:
    # libyaml compares each of them with all others.
    if text.count("%TAG") > _MOST_DIRECTIVES and len(re.findall(_TAG, text)) > _MOST_DIRECTIVES:
        raise BadInput(f"more than {_MOST_DIRECTIVES} %TAG directives")
    parser = CParser(text)
    composer = _Composer(text)
    documents: list[Document] = []
    try:
        while not isinstance(event := parser.get_event(), events.StreamEndEvent):
            if isinstance(event, events.DocumentEndEvent):
                documents.append(composer.close_document(_span(event).start))
            elif event is not None:
                composer.take(event)
    except YAMLError as error:
        told = " ".join(str(error).split())
        if _OWN_LIMIT in told:
            raise BadInput(_too_deep("line" + told.rpartition(" line")[2])) from None
        raise BadInput(f"input is not YAML: {told}") from None
    return tuple(documents)


def _joined(found: re.Match[str]) -> str:
    # JSON escapes a character beyond U+FFFF as two, which YAML does not take; an escaped line
    # break, which says nothing, keeps every other character where it is.
    high, low = int(found["high"], 16), int(found["low"], 16)
    return f"{found['before']}\\\n\\U{0x10000 + (high - 0xD800) * 0x400 + low - 0xDC00:08x}"


class _Open:
    """A collection whose end has not come yet."""

    __slots__ = ("anchor", "children", "end", "flow", "is_mapping", "start")

    def __init__(self, event: events.MappingStartEvent | events.SequenceStartEvent) -> None:
        self.is_mapping = isinstance(event, events.MappingStartEvent)
        self.start, self.end = _span(event)
        self.anchor: str | None = event.anchor
        self.flow = bool(event.flow_style)
        self.children: list[Node] = []

    def close(self, end: int) -> Mapping | Sequence:
        span = Span(self.start, end if self.flow else self.end)
        if not self.is_mapping:
            return Sequence(span, self.anchor, self.flow, tuple(self.children))
        pairs = zip(self.children[::2], self.children[1::2], strict=True)
        return Mapping(span, self.anchor, self.flow, tuple(Entry(*pair) for pair in pairs))


class _Composer:
    """Puts the events of one document after another together; never recurses."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root: Node | None = None
        self.open: list[_Open] = []
        self.aliases: list[Alias] = []
        self.anchors: dict[str, Node | None] = {}

    def close_document(self, end: int) -> Document:
        if self.root is None:
            raise TypeError("a document without a root node")
        document = Document(self.root, tuple(self.aliases), bool(self.anchors), end)
        self.root, self.aliases, self.anchors = None, [], {}
        return document

    def take(self, event: events.Event) -> None:
        if isinstance(event, events.ScalarEvent):
            tag = event.tag or (None if event.implicit[0] else _STR)
            self.put(Scalar(self.span(event), event.anchor, tag, event.style or "", event.value))
        elif isinstance(event, (events.MappingStartEvent, events.SequenceStartEvent)):
            self.open_collection(event)
        elif isinstance(event, events.CollectionEndEvent):
            node = self.open.pop().close(_span(event).end)
            self.put(_with_keys(node, self.text) if isinstance(node, Mapping) else node)
        elif isinstance(event, events.AliasEvent):
            self.put(self.resolve(event))

    def span(self, event: events.Event) -> Span:
        span = _span(event)
        # A value that has not even a colon stands where the next token does, lines below its key.
        if span.start < span.end or not self.open or self.text[span.start - 1] in ":-?":
            return span
        end = min(self.open[-1].end, span.end)
        return Span(end, end)

    def open_collection(self, event: events.MappingStartEvent | events.SequenceStartEvent) -> None:
        if len(self.open) == DEEPEST:
            raise BadInput(_too_deep(self.line(event)))
        self.open.append(_Open(event))
        if event.anchor is not None:
            self.anchors[event.anchor] = None

    def resolve(self, event: events.AliasEvent) -> Alias:
        name = event.anchor
        if name not in self.anchors:
            raise BadInput(f"alias *{name} has no anchor before it ({self.line(event)})")
        target = self.anchors[name]
        if target is None:
            raise BadInput(f"alias *{name} lies inside its own anchor ({self.line(event)})")
        alias = Alias(_span(event), target)
        self.aliases.append(alias)
        return alias

    def put(self, node: Node) -> None:
        if not isinstance(node, Alias) and node.anchor is not None:
            self.anchors[node.anchor] = node
        if self.open:
            holder = self.open[-1]
            holder.children.append(node)
            holder.end = max(holder.end, node.span.end)
        else:
            self.root = node

    def line(self, event: events.Event) -> str:
        return _line(self.text, _span(event).start)


def _with_keys(mapping: Mapping, text: str) -> Mapping:
    by_key: dict[object, Entry] = {}
    for entry in mapping.entries:
        key = load_key(entry.key)
        if key in by_key:
            line = _line(text, entry.key.span.start)
            raise BadInput(f"key {str(key)[:80]!r} stands twice in one mapping ({line})")
        by_key[key] = entry
    return mapping._replace(by_key=by_key) if len(by_key) > _WIDE else mapping


def _too_deep(line: str) -> str:
    return f"collections nest deeper than {DEEPEST} ({line})"


def _line(text: str, index: int) -> str:
    return f"line {text.count(chr(10), 0, index) + 1}"


def _span(event: events.Event) -> Span:
    start, end = event.start_mark, event.end_mark
    if start is None or end is None:
        raise TypeError("an event without marks")
    return Span(start.index, end.index)
