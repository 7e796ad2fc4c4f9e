"""A stream without the items that cannot concern us, which go through as the bytes that came.

What is left is parsed, patched and checked as if it were all there is. An item concerns us if it
names what we look for; the proofs that all others can be left out are in `closed`, in the parse of
what is left, and, for documents, in YAML: `---` begins one wherever it stands on a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fix_ksm_probes.closed import ESCAPES, Stretches
from fix_ksm_probes.nodes import Document, Mapping, Node, Scalar, Sequence
from fix_ksm_probes.stream import Stream
from fix_ksm_probes.text import BOM, Cut, Source, Span, newline
from fix_ksm_probes.values import NamedTuple

_ITEMS = rb"\nitems:[ \t]*\r?\n(?= *- )"
_MARKER = rb"\n---(?=\s)"
_JSON = rb"(?:---)?(?:\s|#[^\n]*\n)*[{\[]"
# A key that holds a pod template, in small letters, and the kind of a resource that is one.
_TEMPLATE = (b"template", rb"template[\"']?\s*(?:[:#]|\Z)")
_POD = (b"Pod", rb"Pod[\"']?\s*(?:[,}#\n]|\Z)")
_ANCHOR = (b"&", rb"&(?<=[\s\[{,:]&)[^\s&]")
# Whether comments and line breaks at the end of an item belong to it takes a parser.
_OPEN_END = rb"[|>][1-9]?\+|\n[ \t]*#[^\n]*\Z"
_STAND_IN = "- ~"
_BEGINNING = 1000  # bytes


class Wanted(NamedTuple):
    """What to look for: `programs` where pods are, and `kinds`, or other words, anywhere."""

    programs: tuple[str, ...]
    kinds: tuple[str, ...] = ()


def excerpt(raw: bytes, wanted: Wanted) -> Source | None:
    """Return the text of `raw` without the items or documents that cannot concern us.

    None where that cannot be told without a parse, or would leave nothing out.
    """
    if raw[:_BEGINNING].removeprefix(BOM).lstrip()[:1] in b"{[%":
        return None
    items = re.search(_ITEMS, raw) if b"\nitems:" in raw else None
    marker = raw.find(b"\n---", 0, items.start() if items else len(raw)) >= 0
    try:
        if items and not marker:
            return _without_items(raw, items.end(), wanted)
        return _without_documents(raw, wanted)
    except UnicodeDecodeError:
        return None


def is_sound(source: Source, documents: tuple[Document, ...], stream: Stream) -> bool:
    """Tell whether an excerpt says of what is left in it what the whole would say.

    That is so where each stand-in was read as an item of the list, and no item refers to another.
    Documents refer to none.
    """
    if all(cut.span.start == cut.span.end for cut in source.cuts):
        return stream.results is None
    if any(document.aliases or document.has_anchors for document in documents):
        return False
    root = documents[0].root
    entries = root.entries if isinstance(root, Mapping) else ()
    items = next((value for key, value in entries if _is_items(key)), None)
    if not isinstance(items, Sequence):
        return False
    nodes = (
        items.items[step]
        for item in stream.items
        if item.resource is None and item.pointer[:2] == (0, "items")
        for step in item.pointer[2:3]
        if isinstance(step, int)
    )
    ends = {node.span.end for node in nodes if isinstance(node, Scalar) and node.style == ""}
    return all(cut.span.end in ends for cut in source.cuts)


def _is_items(key: Node) -> bool:
    return isinstance(key, Scalar) and key.value == "items"


def _without_items(raw: bytes, start: int, wanted: Wanted) -> Source | None:
    indent = raw.index(b"-", start) - start
    end = _end_of_list(raw, start, indent)
    stretches = Stretches(raw, indent)
    cuts: list[Span] = []
    position = start
    for item in (
        *sorted({*_wanted_items(raw, Span(start, end), stretches, wanted)}),
        Span(end, end),
    ):
        while doubt := stretches.find_doubt(position, item.start):
            cuts.append(Span(position, doubt.start))
            position = doubt.end
        cuts.append(Span(position, item.start))
        position = item.end
    cuts = [cut for cut in cuts if cut.start < cut.end]
    if cuts and cuts[-1].end == end:
        cuts[-1:] = _without_open_end(raw, cuts[-1], Stretches(raw, indent))
    return _cut(raw, [_before_break(raw, cut) for cut in cuts], " " * indent + _STAND_IN)


def _end_of_list(raw: bytes, start: int, indent: int) -> int:
    # At the first line that is no item, no comment, and no part of an item.
    for line in re.compile(rb"\n {0,%d}+[^ \n]" % indent).finditer(raw, start):
        first = line.end() - 1
        is_item = raw[first : first + 2] == b"- " and first - line.start() == indent + 1
        if not is_item and raw[first : first + 1] not in b"#\r":
            return line.start() + 1
    return len(raw)


def _wanted_items(raw: bytes, span: Span, stretches: Stretches, wanted: Wanted) -> Iterator[Span]:
    for word in (*wanted.programs, *wanted.kinds):
        position = span.end
        # Python finds a word from behind several times faster.
        while (position := raw.rfind(word.encode(), span.start, position)) >= 0:
            item = stretches.item_at(position, span.start, span.end)
            if word in wanted.kinds or _may_hold_pods(raw, item):
                yield item
            position = item.start


def _may_hold_pods(raw: bytes, span: Span) -> bool:
    item = raw[span.start : span.end]
    # What has an anchor may be a part of another item, which does.
    return _has(item, *_POD) or _has(item, *_ANCHOR) or _has(item.lower(), *_TEMPLATE)


def _has(text: bytes, word: bytes, pattern: bytes) -> bool:
    # A pattern that begins with the word finds it several times slower.
    matches = re.compile(pattern).match
    position = text.find(word)
    while position >= 0 and not matches(text, position):
        position = text.find(word, position + 1)
    return position >= 0


def _without_open_end(raw: bytes, cut: Span, stretches: Stretches) -> list[Span]:
    # What is put behind the list goes behind its last line that is not blank.
    last = stretches.item_at(cut.end - 1, cut.start, cut.end)
    content = raw[last.start : last.end].rstrip()
    if raw[cut.end - 1 : cut.end] == b"\n" and not re.search(_OPEN_END, content):
        return [Span(cut.start, last.start + len(content))]
    is_closed = cut.start < last.start and not stretches.find_doubt(cut.start, last.start)
    return [Span(cut.start, last.start)] if is_closed else []


def _before_break(raw: bytes, cut: Span) -> Span:
    end = cut.end
    for line_break in (b"\n", b"\r"):
        end -= raw[end - 1 : end] == line_break
    return Span(cut.start, end)


def _without_documents(raw: bytes, wanted: Wanted) -> Source | None:
    # A directive before a document may stand behind the one before that.
    if any(each in raw for each in (b"ResourceList", b"\n...", b"\n%")):
        return None
    starts = [_text_start(raw), *(marker.start() + 1 for marker in re.finditer(_MARKER, raw))]
    documents = [Span(*pair) for pair in zip(starts, [*starts[1:], len(raw)], strict=True)]
    cuts = [each for each in documents if not _is_wanted(raw, each, wanted)]
    # New documents go behind the last.
    if cuts and cuts[-1].end == len(raw):
        cuts.pop()
    return _cut(raw, cuts, "")


def _is_wanted(raw: bytes, span: Span, wanted: Wanted) -> bool:
    if any(raw.find(kind.encode(), *span) >= 0 for kind in wanted.kinds):
        return True
    if re.compile(ESCAPES).search(raw, *span) or re.compile(_JSON).match(raw, *span):
        return True
    named = any(raw.find(program.encode(), *span) >= 0 for program in wanted.programs)
    return named and _may_hold_pods(raw, span)


def _cut(raw: bytes, cuts: list[Span], stand_in: str) -> Source | None:
    if not cuts:
        return None
    pieces: list[str] = []
    made = []
    length = 0
    position = _text_start(raw)
    for start, end in cuts:
        pieces += (raw[position:start].decode(), stand_in)
        length += len(pieces[-2]) + len(stand_in)
        made.append(Cut(Span(length - len(stand_in), length), memoryview(raw)[start:end]))
        position = end
    pieces.append(raw[position:].decode())
    return Source("".join(pieces), raw.startswith(BOM), newline(raw), tuple(made))


def _text_start(raw: bytes) -> int:
    return len(BOM) if raw.startswith(BOM) else 0
