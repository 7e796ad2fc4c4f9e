"""A stream without the items that cannot concern us, which go through as the bytes that came.

What is left is parsed, patched and checked as if it were all there is. An item concerns us if it
names what we look for; the proofs that all others can be left out are in `boundaries`, in the parse
of what is left, and, for documents, in YAML: `---` begins one wherever it stands on a line.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable, Iterator

from fix_ksm_probes.manifests.item_scanner import Boundaries
from fix_ksm_probes.manifests.stream import Stream
from fix_ksm_probes.yamlpatch import Document, NamedTuple, Source, Span
from fix_ksm_probes.yamlpatch.document import Mapping, Node, Scalar, Sequence
from fix_ksm_probes.yamlpatch.text import BOM, OmittedRange, newline

# Python is quick to find one byte, and words from behind: so patterns look ahead from one byte.
_FORM = rb"\n(?=items:[ \t]*\r?\n *- |---\s)"
_MARKER = rb"\n(?=---\s|\.\.\.|%)"
_JSON = rb"(?:---)?(?:\s|#[^\n]*\n)*[{\[]"
# What every pod has, and an anchor: what has one may be a part of another item's pod.
_PODS = (
    (b"containers", rb"containers[\"']?\s*(?:[:#]|\Z)"),
    (b"&", rb"&(?<=[\s\[{,:]&)[^\s&]"),
)
# What may stand for a part of a word in double quotes, and line breaks in YAML only: behind one of
# them, a line may end the list. The byte that each begins with is found at once, or is not there.
_HIDING = (
    (b"\\", rb"\\(?=(?:x|u00|U000000)(?:2[dD]|[46][1-9a-fA-F]|[57][0-9aA])|\r?\n)"),
    (b"\r", rb"\r(?!\n)"),
    (b"\xc2", rb"\xc2(?=\x85)"),
    (b"\xe2", rb"\xe2(?=\x80[\xa8\xa9])"),
)
# Whether comments and line breaks at the end of an item belong to it takes a parser.
_OPEN_END = rb"[|>][1-9]?\+|\n[ \t]*(?:#[^\n]*)?\r?\n?\Z"
_STAND_IN = "- ~"
_BEGINNING = 1000  # bytes


class Wanted(NamedTuple):
    """What to look for: one of `programs` where pods are, and `kinds`, or other words, anywhere."""

    programs: tuple[str, ...]
    kinds: tuple[str, ...] = ()


def excerpt(raw: bytes, wanted: Wanted) -> Source | None:
    """Return the text of `raw` without the items or documents that cannot concern us.

    None where that cannot be told without a parse, or would leave nothing out.
    """
    if raw[:_BEGINNING].removeprefix(BOM).lstrip()[:1] in b"{[%":
        return None
    form = re.search(_FORM, raw)
    try:
        if form and raw.startswith(b"items:", form.end()):
            return _without_items(raw, raw.index(b"\n", form.end()) + 1, wanted)
        return _without_documents(raw, wanted)
    except UnicodeDecodeError:
        return None


def may_name(raw: bytes, names: tuple[str, ...]) -> bool:
    """Tell whether `raw` has one of `names`, or letters of double quotes written as escapes."""
    if any(name.encode() in raw for name in names):
        return True
    escape = _HIDING[0][1]
    return b"\\" in raw and re.search(escape, raw) is not None


def is_sound(source: Source, documents: tuple[Document, ...], stream: Stream) -> bool:
    """Tell whether an excerpt says of what is left in it what the whole would say.

    That is so where each stand-in was read as an item of the list, and no item refers to another.
    Documents refer to none.
    """
    if all(cut.span.start == cut.span.end for cut in source.omitted):
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
    return all(cut.span.end in ends for cut in source.omitted)


def _is_items(key: Node) -> bool:
    return isinstance(key, Scalar) and key.value == "items"


def _without_items(raw: bytes, start: int, wanted: Wanted) -> Source | None:
    indent = raw.index(b"-", start) - start
    items = Boundaries(raw, start, indent)
    kept = {*_wanted_parts(raw, Span(start, items.end), items.item_at, wanted)}
    kept.add(_tail(raw, items.item_at(items.end)))
    cuts = []
    position = start
    for item in sorted(kept):
        if item.start >= position:
            cuts.append(Span(position, max(position, items.last_proven(item.start))))
            position = items.first_proven(item.end)
    cuts = [_before_break(raw, cut) for cut in cuts if cut.start < cut.end]
    return _cut(raw, cuts, " " * indent + _STAND_IN)


def _tail(raw: bytes, last: Span) -> Span:
    # Behind the list a new item goes behind its last line that is not blank; where nothing is
    # behind it, the stream may have been cut short, which is to be noticed.
    content = raw[last.start : last.end]
    is_plain = last.end < len(raw) and not re.search(_OPEN_END, content.removesuffix(b"\n"))
    return Span(last.end, last.end) if is_plain else last


def _wanted_parts(
    raw: bytes, span: Span, part_at: Callable[[int], Span], wanted: Wanted
) -> Iterator[Span]:
    for word in (*wanted.programs, *wanted.kinds):
        position = span.end
        while (position := raw.rfind(word.encode(), span.start, position)) >= 0:
            part = part_at(position)
            if word in wanted.kinds or _may_hold_pods(raw, part):
                yield part
            position = part.start
    for byte, pattern in _HIDING:
        # To ask for the byte first costs next to nothing; the pattern looks at each.
        position = raw.find(byte, *span)
        while position >= 0 and (hidden := re.compile(pattern).search(raw, position, span.end)):
            part = part_at(hidden.start())
            yield part
            position = part.end


def _may_hold_pods(raw: bytes, span: Span) -> bool:
    for word, pattern in _PODS:
        matches = re.compile(pattern).match
        position = raw.rfind(word, *span)
        while position >= 0 and not matches(raw, position, span.end):
            position = raw.rfind(word, span.start, position)
        if position >= 0:
            return True
    return False


def _before_break(raw: bytes, cut: Span) -> Span:
    end = cut.end
    for line_break in (b"\n", b"\r"):
        end -= raw[end - 1 : end] == line_break
    return Span(cut.start, end)


def _without_documents(raw: bytes, wanted: Wanted) -> Source | None:
    markers = [marker.end() for marker in re.finditer(_MARKER, raw)]
    # A directive before a document may stand behind the one before that.
    if raw.rfind(b"ResourceList") >= 0 or not all(raw.startswith(b"---", at) for at in markers):
        return None
    starts = [_text_start(raw), *markers]
    documents = [Span(*pair) for pair in zip(starts, [*markers, len(raw)], strict=True)]

    def document_at(position: int) -> Span:
        return documents[bisect(starts, position) - 1]

    kept = {*_wanted_parts(raw, Span(starts[0], len(raw)), document_at, wanted)}
    kept |= {each for each in documents if _is_json(raw, each)}
    # New documents go behind the last.
    kept.add(documents[-1])
    cuts = []
    position = starts[0]
    for document in sorted(kept):
        cuts.append(Span(position, document.start))
        position = document.end
    return _cut(raw, [cut for cut in cuts if cut.start < cut.end], "")


def _is_json(raw: bytes, document: Span) -> bool:
    return bool(re.compile(_JSON).match(raw, *document))


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
        made.append(OmittedRange(Span(length - len(stand_in), length), memoryview(raw)[start:end]))
        position = end
    pieces.append(raw[position:].decode())
    return Source("".join(pieces), raw.startswith(BOM), newline(raw), tuple(made))


def _text_start(raw: bytes) -> int:
    return len(BOM) if raw.startswith(BOM) else 0
