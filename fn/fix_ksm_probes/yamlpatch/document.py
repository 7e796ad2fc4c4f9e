"""YAML text as documents: nodes with their spans in the text, and the data of nodes."""

from __future__ import annotations

import re

from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple
from fix_ksm_probes.yamlpatch.patch import Pointer
from fix_ksm_probes.yamlpatch.scalars import WORDS, Untyped, as_text, meaning
from fix_ksm_probes.yamlpatch.text import BadInput, Span, content_start, skip_blank

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from yaml import events
    from yaml.error import MarkedYAMLError, YAMLError

_MERGE = "tag:yaml.org,2002:merge"


class Scalar(NamedTuple):
    """One value; `style` is its quote or block indicator, empty if it is plain."""

    span: Span
    anchor: str | None
    tag: str | None
    style: str
    value: str


class Entry(NamedTuple):
    """One key of a mapping with its value."""

    key: Node
    value: Node


class Mapping(NamedTuple):
    """Keys and values in order; `flow` if it is written in braces.

    A wide mapping has its entries `by_key`, too, since look-ups there are frequent.
    """

    span: Span
    anchor: str | None
    flow: bool
    entries: tuple[Entry, ...]
    by_key: dict[object, Entry] | None = None


class Sequence(NamedTuple):
    """Items in order; `flow` if it is written in brackets."""

    span: Span
    anchor: str | None
    flow: bool
    items: tuple[Node, ...]


class Alias(NamedTuple):
    """Another place of a node; `span` is that of the alias, not of its target."""

    span: Span
    target: Node


# The span of a node ends after its last character, before comments and blank lines.
Node = Scalar | Mapping | Sequence | Alias


class Document(NamedTuple):
    """One YAML document: its root node, the aliases and anchors within it, and where it ends.

    Between the root node and `end` there are only comments and blank lines.
    """

    root: Node
    aliases: tuple[Alias, ...]
    has_anchors: bool
    end: int


def follow(node: Node) -> Scalar | Mapping | Sequence:
    """Return `node`, or the node it is an alias of."""
    while isinstance(node, Alias):
        node = node.target
    return node


def is_merge_key(node: Node) -> bool:
    """Tell whether `node` is the key `<<` that merges other mappings into its own."""
    return (
        isinstance(node, Scalar)
        and node.value == "<<"
        and (node.tag == _MERGE or (node.style == "" and node.tag is None))
    )


DEEPEST = 200
"""Collections within collections; Kubernetes manifests stay below 60."""

# Compiled at first use, like every pattern here: compiling takes long.
_SURROGATES = (
    r"(?P<before>(?<!\\)(?:\\\\)*)\\u(?P<high>[dD][89abAB][0-9a-fA-F]{2})"
    r"\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})"
)
_TAG = r"(?m)^%TAG[ \t]"
_STR = "tag:yaml.org,2002:str"
_BINARY = "tag:yaml.org,2002:binary"
_OF_YAML = "tag:yaml.org,2002:"
_MOST_DIRECTIVES = 100
_WIDE = 100  # keys of a mapping
_new = tuple.__new__
# From 0.2.6 on libyaml has a limit of its own, and reaches it while it looks ahead.
_WORDING = ("did not find expected <document start>", "expected the beginning of a document")
_LONGEST_FOUND = 60  # characters
_OWN_LIMIT = "exceeded maximum nesting depth"


class NotYAML(BadInput):
    """The text is not YAML. `first` and `last` are the lines, from 1, that do not fit together."""

    def __init__(self, message: str, first: int, last: int) -> None:
        super().__init__(message)
        self.first = first
        self.last = last


def parse(text: str) -> tuple[Document, ...]:
    """Return the documents in `text`.

    Raises NotYAML if it is not YAML, and BadInput if a mapping has a key twice, if an alias has no
    anchor or lies inside it, or if collections nest deeper than DEEPEST.
    """
    try:
        return _parse(text)
    except BadInput:
        is_json = text.lstrip()[:1] in ("{", "[")
        joined = re.sub(_SURROGATES, _joined, text) if is_json else text
        if joined == text:
            raise
    return _parse(joined)


def _parse(text: str) -> tuple[Document, ...]:
    # libyaml compares each anchor with all others.
    if text.count("%TAG") > _MOST_DIRECTIVES and len(re.findall(_TAG, text)) > _MOST_DIRECTIVES:
        raise BadInput(f"more than {_MOST_DIRECTIVES} %TAG directives")
    # Imported here, so that importing this package does not import PyYAML: the command prepares
    # that.
    from yaml import events
    from yaml._yaml import CParser
    from yaml.error import MarkedYAMLError, YAMLError

    parser = CParser(text)
    composer = _Composer(text)
    take: dict[type, Callable[[Any], None]] = {
        events.ScalarEvent: composer.scalar,
        events.MappingStartEvent: composer.open_collection,
        events.SequenceStartEvent: composer.open_collection,
        events.MappingEndEvent: composer.close_mapping,
        events.SequenceEndEvent: composer.close_sequence,
        events.AliasEvent: composer.alias,
        events.DocumentEndEvent: composer.close_document,
    }
    try:
        next_event, last = parser.get_event, events.StreamEndEvent
        taken = take.get
        while (kind := type(event := next_event())) is not last:
            if (compose := taken(kind)) is not None:
                compose(event)
    except YAMLError as error:
        message = " ".join(str(error).split())
        if _OWN_LIMIT in message:
            raise BadInput(_too_deep("line" + message.rpartition(" line")[2])) from None
        if isinstance(error, MarkedYAMLError) and error.problem_mark is not None:
            raise _not_yaml(error, error.problem_mark.line, text) from None
        raise BadInput(_unreadable(error, text)) from None
    return tuple(composer.documents)


def _not_yaml(error: MarkedYAMLError, line: int, text: str) -> NotYAML:
    context = error.context_mark
    said = [error.context] if error.context else []
    if error.context and context is not None and context.line != line:
        said[0] += f" of line {context.line + 1}"
    lines = text.split("\n", line + 1)
    # The text after a key may be a secret.
    found, colon, _ = lines[line].strip().partition(":") if line < len(lines) else ("", "", "")
    shown = f"`{found[:_LONGEST_FOUND]}{colon}`" if found else "nothing"
    problem = " ".join((*said, str(error.problem).replace(*_WORDING)))
    message = f"not YAML at line {line + 1}: {problem}; found {shown}"
    return NotYAML(message, (line if context is None else context.line) + 1, line + 1)


def _unreadable(error: YAMLError, text: str) -> str:
    # A ReaderError, which counts bytes; importing that class takes time.
    at, found, why = (getattr(error, name) for name in ("position", "character", "reason"))
    line = text.encode()[:at].count(b"\n") + 1
    return f"not YAML at line {line}: {why}; found U+{found:04X}"


def _joined(found: re.Match[str]) -> str:
    # JSON escapes a character beyond U+FFFF as two, which YAML refuses. An escaped line break has
    # no meaning, and keeps the offsets of all other characters.
    high, low = int(found["high"], 16), int(found["low"], 16)
    return f"{found['before']}\\\n\\U{0x10000 + (high - 0xD800) * 0x400 + low - 0xDC00:08x}"


class _Open:
    """A collection that is still open."""

    __slots__ = ("anchor", "children", "end", "flow", "start")

    def __init__(self, event: events.CollectionStartEvent) -> None:
        self.start, self.end = _span(event)
        self.anchor: str | None = event.anchor
        self.flow = bool(event.flow_style)
        self.children: list[Node] = []

    def span(self, event: events.CollectionEndEvent) -> Span:
        end = self.end
        if self.flow:
            # A pair in a list, `[a: 1]`, has no end of its own.
            start, last = _span(event)
            end = last if start < last else end
        return _new(Span, (self.start, end))


class _Composer:
    """Composes the events of one document after another into nodes, without recursion."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.documents: list[Document] = []
        self.root: Node | None = None
        self.open: list[_Open] = []
        self.aliases: list[Alias] = []
        self.anchors: dict[str, Node | None] = {}

    def close_document(self, event: events.Event) -> None:
        if self.root is None:
            raise TypeError("a document without a root node")
        end = _span(event).start
        self.documents.append(Document(self.root, tuple(self.aliases), bool(self.anchors), end))
        self.root, self.aliases, self.anchors = None, [], {}

    def scalar(self, event: events.ScalarEvent) -> None:
        span, anchor = _span(event), event.anchor
        start, end = span
        if start == end and self.open:
            span = self.empty(end)
            end = span.end
        tag = event.tag or (None if event.implicit[0] else _STR)
        # Two of three nodes are scalars; the constructor of NamedTuple takes three times as long.
        node = _new(Scalar, (span, anchor, tag, event.style or "", event.value))
        self.put(node, end, anchor)

    def empty(self, index: int) -> Span:
        """Return the span of an empty value that libyaml puts at `index`."""
        # libyaml may put it at the next token: after blanks, or lines below its key.
        if self.text[index - 1] not in ":-?":
            end = min(self.open[-1].end, index)
            colon = skip_blank(self.text, end)
            index = colon + 1 if colon < index and self.text[colon] == ":" else end
        return Span(index, index)

    def open_collection(self, event: events.CollectionStartEvent) -> None:
        if len(self.open) == DEEPEST:
            raise BadInput(_too_deep(self.line(event)))
        self.open.append(_Open(event))
        if event.anchor is not None:
            self.anchors[event.anchor] = None

    def close_mapping(self, event: events.MappingEndEvent) -> None:
        closed = self.open.pop()
        children = iter(closed.children)
        entries = tuple([_new(Entry, pair) for pair in zip(children, children, strict=True)])
        by_key = _by_key(entries, self.text)
        span, anchor = closed.span(event), closed.anchor
        self.put(_new(Mapping, (span, anchor, closed.flow, entries, by_key)), span[1], anchor)

    def close_sequence(self, event: events.SequenceEndEvent) -> None:
        closed = self.open.pop()
        span = closed.span(event)
        node = _new(Sequence, (span, closed.anchor, closed.flow, tuple(closed.children)))
        self.put(node, span[1], closed.anchor)

    def alias(self, event: events.AliasEvent) -> None:
        name = event.anchor
        if name not in self.anchors:
            raise BadInput(f"alias *{name} has no anchor before it ({self.line(event)})")
        target = self.anchors[name]
        if target is None:
            raise BadInput(f"alias *{name} lies inside its own anchor ({self.line(event)})")
        alias = Alias(_span(event), target)
        self.aliases.append(alias)
        self.put(alias, alias.span.end, None)

    def put(self, node: Node, end: int, anchor: str | None) -> None:
        if anchor is not None:
            self.anchors[anchor] = node
        if self.open:
            holder = self.open[-1]
            holder.children.append(node)
            holder.end = max(holder.end, end)
        else:
            self.root = node

    def line(self, event: events.Event) -> str:
        return _line(self.text, _span(event).start)


def _by_key(entries: tuple[Entry, ...], text: str) -> dict[object, Entry] | None:
    """Return the entries of a wide mapping by key. Raises BadInput if a key occurs twice."""
    keys = [load_key(entry.key) for entry in entries]
    if len(set(keys)) == len(keys):
        return dict(zip(keys, entries, strict=True)) if len(keys) > _WIDE else None
    second = next(index for index, key in enumerate(keys) if key in keys[:index])
    line = _line(text, entries[second].key.span.start)
    raise BadInput(f"key {str(keys[second])[:80]!r} stands twice in one mapping ({line})")


def _too_deep(line: str) -> str:
    return f"collections nest deeper than {DEEPEST} ({line})"


def _line(text: str, index: int) -> str:
    return f"line {text.count(chr(10), 0, index) + 1}"


def _span(event: events.Event) -> Span:
    start, end = event.start_mark, event.end_mark
    if start is None or end is None:
        raise TypeError("an event without marks")
    return _new(Span, (start.index, end.index))


def entry_start(text: str, mapping: Mapping, index: int) -> int:
    """Return where an entry of `mapping` begins: at its key, or at the `?` before that."""
    if index > 0:
        start = skip_blank(text, mapping.entries[index - 1].value.span.end)
        if mapping.flow:
            start = skip_blank(text, start + 1)
    else:
        start = content_start(text, mapping.span.start)
        if mapping.flow:
            start = skip_blank(text, start + 1)
    return min(start, mapping.entries[index].key.span.start)


def is_pair(text: str, node: Node) -> bool:
    """Tell whether `node` is a mapping without braces in a list in flow style: `[a: 1]`."""
    is_flow = isinstance(node, Mapping) and node.flow
    return is_flow and text[content_start(text, node.span.start)] != "{"


def is_json_object(node: Node) -> bool:
    """Tell whether the root of a document makes it JSON."""
    return isinstance(node, Mapping) and node.flow and is_json(node)


def is_json(node: Mapping | Sequence) -> bool:
    """Tell whether a collection in flow style is written as JSON."""
    # In JSON every key is quoted. A list of strings may be either, and quotes fit both.
    if isinstance(node, Mapping):
        return all(isinstance(key, Scalar) and key.style == '"' for key, _ in node.entries)
    return all(
        is_json(item) if isinstance(item, (Mapping, Sequence)) else _quoted(item)
        for item in node.items
    )


def _quoted(node: Node) -> bool:
    return isinstance(node, Scalar) and node.style == '"'


# How many nodes aliases may unfold to, besides one for each character, and how deep.
_LARGEST_EXPANSION = 100_000
_DEEPEST_EXPANSION = 200


def load_key(node: Node) -> object:
    """Return the key of an entry as plain data; equal for keys that Kubernetes treats as one."""
    if isinstance(node, Scalar) and node.tag is None:
        text = node.value
        # Most keys end here: `meaning` takes four times as long.
        if node.style or (text[:1].isalpha() and text not in WORDS):
            return text
    node = follow(node)
    # To Python 1 and true are the same key; to Kubernetes, as to JSON, all keys are text.
    return as_text(_load_scalar(node)) if isinstance(node, Scalar) else (node.span,)


def load(node: Node) -> object:
    """Return the plain data of `node`: dict, list, str, Untyped, int, bool or None.

    Aliases become copies, and merge keys the keys that they merge. Raises BadInput if aliases
    unfold to too much.
    """
    return load_all((node,))[0]


def load_all(nodes: tuple[Node, ...]) -> list[object]:
    """Return the plain data of each of `nodes`, as `load` does, with one limit for all of them."""
    loader = _Loader(sum(node.span.end - node.span.start for node in nodes))
    return [loader.load(node) for node in nodes]


class _Loader:
    def __init__(self, size: int) -> None:
        self.budget = _LARGEST_EXPANSION + size
        self.unfolding = False
        self.depth = 0

    def load(self, node: Node) -> object:
        """Return the data of `node`, counting what is unfolded from aliases."""
        if self.unfolding:
            self.budget -= 1
            if self.budget < 0:
                raise BadInput(f"aliases unfold to more than {_LARGEST_EXPANSION} nodes")
        if isinstance(node, Scalar):
            return _load_scalar(node)
        if isinstance(node, Alias):
            return self.unfold(node.target)
        self.depth += 1
        if self.depth > _DEEPEST_EXPANSION:
            raise BadInput(f"aliases nest deeper than {_DEEPEST_EXPANSION}")
        value = (
            self.load_mapping(node)
            if isinstance(node, Mapping)
            else [self.load(item) for item in node.items]
        )
        self.depth -= 1
        return value

    def unfold(self, node: Node) -> object:
        outer, self.unfolding = self.unfolding, True
        value = self.load(node)
        self.unfolding = outer
        return value

    def load_mapping(self, node: Mapping) -> dict[object, object]:
        own: dict[object, object] = {}
        collections = 0
        inherited: list[dict[object, object]] = []
        for key, value in node.entries:
            if is_merge_key(key):
                # No generators: each would add a call for each merge within a merge.
                for mapping in _merged_mappings(value):
                    unfolded = self.unfold(mapping)
                    inherited += [unfolded] if isinstance(unfolded, dict) else []
                continue
            name = load_key(key)
            if isinstance(name, tuple):
                # A collection is named by its number, which edits elsewhere do not change.
                name, collections = (collections,), collections + 1
            own[name] = self.load(value)
        if not inherited:
            return own
        merged: dict[object, object] = {}
        for source in reversed(inherited):
            merged.update(source)
        return {**{key: merged[key] for key in merged if key not in own}, **own}


def _merged_mappings(node: Node) -> tuple[Mapping, ...]:
    node = follow(node)
    if isinstance(node, Mapping):
        return (node,)
    sources = node.items if isinstance(node, Sequence) else ()
    mappings = tuple(follow(source) for source in sources)
    if not mappings or not all(isinstance(source, Mapping) for source in mappings):
        raise BadInput("the merge key << accepts a mapping or a list of mappings")
    return tuple(source for source in mappings if isinstance(source, Mapping))


def _load_scalar(node: Scalar) -> None | bool | int | str:
    if node.tag is None:
        return meaning(node.value) if node.style == "" else node.value
    if node.tag == _BINARY:
        return Untyped(node.value)
    # To go-yaml, what has a tag of its author's is text, and so is what has the tag `!`.
    if node.tag == _STR or not node.tag.startswith(_OF_YAML):
        return node.value
    return meaning(node.value)


class NodeRef(NamedTuple):
    """A node of the text, its pointer in the data, and the entry that holds it, if any."""

    node: Node
    pointer: Pointer
    holder: Entry | None = None


class NoSourceRange(Exception):
    """The place of an operation has no text of its own, so `pointer` must be written out."""

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
    """Return the span of `pointer`, or of the nearest node around it: its key with its value.

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


def find_node(documents: tuple[Document, ...], pointer: Pointer) -> NodeRef:
    """Return the node that `pointer` leads to. Raises NoSourceRange if it has no text."""
    place = NodeRef(documents[as_index(pointer[0])].root, pointer[:1])
    for step in pointer[1:]:
        node = place.node
        below = (*place.pointer, step)
        if isinstance(node, Mapping):
            entry = own_entry(node, step)
            if entry is None:
                raise NoSourceRange(below)
            place = NodeRef(entry.value, below, entry)
        elif isinstance(node, Sequence):
            place = NodeRef(node.items[as_index(step)], below)
        else:
            raise NoSourceRange(place.pointer)
    return place


def merges(mapping: Mapping) -> bool:
    """Tell whether `mapping` merges other mappings."""
    return any(is_merge_key(entry.key) for entry in mapping.entries)


def as_index(step: str | int) -> int:
    """Return `step` as an index."""
    if isinstance(step, int):
        return step
    raise TypeError(f"{step!r} is no index of a list")
