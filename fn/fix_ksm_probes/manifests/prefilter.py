"""A stream without the items that do not concern the function; their bytes pass through unchanged.

What is left is parsed, patched and checked as if it were the whole. An item is kept if it names
something that the run looks for. `item_scanner` and the parse of what is left prove that the others
can be left out; documents begin at each line `---`, by YAML itself.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable, Iterator

from fix_ksm_probes.manifests.item_scanner import Boundaries, document_lines
from fix_ksm_probes.manifests.stream import Stream
from fix_ksm_probes.yamlpatch import Document, NamedTuple, Source, Span
from fix_ksm_probes.yamlpatch.document import Mapping, Node, Scalar, Sequence
from fix_ksm_probes.yamlpatch.text import BOM, OmittedRange, newline

# Escapes in double quotes that may hide a word, and line breaks that only YAML 1.1 knows, after
# which a line may end the list. Each comes with its first byte, which is fast to look for.
_HIDING = (
    (b"\\", rb"\\(?=(?:x|u00|U000000)(?:2[dD]|[46][1-9a-fA-F]|[57][0-9aA])|\r?\n)"),
    (b"\r", rb"\r(?!\n)"),
    (b"\xc2", rb"\xc2(?=\x85)"),
    (b"\xe2", rb"\xe2(?=\x80[\xa8\xa9])"),
)
# Only a parser can tell whether comments and line breaks at the end of an item belong to it.
_KEEPING = tuple(f"{style}{digit}+".encode() for style in "|>" for digit in ["", *"123456789"])
_STAND_IN = "- ~"
_BEGINNING = 1000  # bytes


class Wanted(NamedTuple):
    """What to look for: `programs` in items with pods, and `kinds` or other words in any item."""

    programs: tuple[str, ...]
    kinds: tuple[str, ...] = ()


def excerpt(raw: bytes, wanted: Wanted) -> Source | None:
    """Return the text of `raw` without the items or documents that do not concern the function.

    None if only a parse can tell, or if nothing can be left out.
    """
    if raw[:_BEGINNING].removeprefix(BOM).lstrip()[:1] in b"{[%":
        return None
    start = _list_start(raw)
    try:
        return _without_items(raw, start, wanted) if start else _without_documents(raw, wanted)
    except UnicodeDecodeError:
        return None


def _list_start(raw: bytes) -> int:
    """Return where the first line begins behind a line `items:` of the first document, or 0."""
    items = marker = -1
    for size in (_BEGINNING, len(raw)):
        marker = raw.find(b"\n---", 0, size)
        items = raw.find(b"\nitems:", 0, marker if marker >= 0 else size)
        if max(items, marker) >= 0:
            break
    key, _, rest = raw[items + 1 : items + _BEGINNING].partition(b"\n")
    is_list = items >= 0 and not key.removeprefix(b"items:").strip()
    return items + len(key) + 2 if is_list and rest.lstrip(b" ").startswith(b"- ") else 0


def may_name(raw: bytes, names: tuple[str, ...]) -> bool:
    """Tell whether `raw` has one of `names`, or escapes that may spell one."""
    if any(name.encode() in raw for name in names):
        return True
    escape = _HIDING[0][1]
    return b"\\" in raw and re.search(escape, raw) is not None


def is_sound(source: Source, documents: tuple[Document, ...], stream: Stream) -> bool:
    """Tell whether an excerpt means the same as the whole, for the items left in it.

    It does if each stand-in was read as an item of the list, and no item refers to another.
    Documents never do.
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
    # If something follows the list, a new item goes after its last line that is not blank. If not,
    # the stream may be cut short, and the parse must notice that.
    content = raw[last.start : last.end]
    final = content.removesuffix(b"\n").rpartition(b"\n")[2].strip()
    is_open = not final or final.startswith(b"#") or any(each in content for each in _KEEPING)
    return last if is_open or last.end == len(raw) else Span(last.end, last.end)


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
        # The search for the byte costs almost nothing; the pattern runs only if it is there.
        position = raw.find(byte, *span)
        while position >= 0 and (hidden := re.compile(pattern).search(raw, position, span.end)):
            part = part_at(hidden.start())
            yield part
            position = part.end


def _may_hold_pods(raw: bytes, span: Span) -> bool:
    # Every pod has the key. An item with an anchor may hold a part of another pod.
    return any(_is_key(raw, end, span.end) for end in _ends(raw, b"containers", span)) or any(
        _is_anchor(raw, end) for end in _ends(raw, b"&", span)
    )


def _ends(raw: bytes, word: bytes, span: Span) -> Iterator[int]:
    """Yield where `word` ends, from the last one to the first."""
    position = raw.rfind(word, *span)
    while position >= 0:
        yield position + len(word)
        position = raw.rfind(word, span.start, position)


def _is_key(raw: bytes, position: int, end: int) -> bool:
    position += raw[position : position + 1] in (b'"', b"'")
    return raw[position : min(position + _BEGINNING, end)].lstrip()[:1] in b":#"


def _is_anchor(raw: bytes, position: int) -> bool:
    before, after = raw[position - 2 : position - 1], raw[position : position + 1]
    return (before.isspace() or before in b"[{,:") and not after.isspace() and after != b"&"


def _before_break(raw: bytes, cut: Span) -> Span:
    end = cut.end
    for line_break in (b"\n", b"\r"):
        end -= raw[end - 1 : end] == line_break
    return Span(cut.start, end)


def _without_documents(raw: bytes, wanted: Wanted) -> Source | None:
    markers = document_lines(raw)
    # A directive for a document stands after the document before it.
    if raw.rfind(b"ResourceList") >= 0 or not all(raw.startswith(b"---", at) for at in markers):
        return None
    starts = [_text_start(raw), *markers]
    documents = [Span(*pair) for pair in zip(starts, [*markers, len(raw)], strict=True)]

    def document_at(position: int) -> Span:
        return documents[bisect(starts, position) - 1]

    kept = {*_wanted_parts(raw, Span(starts[0], len(raw)), document_at, wanted)}
    kept |= {each for each in documents if _is_json(raw, each)}
    # New documents go to the end.
    kept.add(documents[-1])
    cuts = []
    position = starts[0]
    for document in sorted(kept):
        cuts.append(Span(position, document.start))
        position = document.end
    return _cut(raw, [cut for cut in cuts if cut.start < cut.end], "")


def _is_json(raw: bytes, document: Span) -> bool:
    position = document.start + 3 * raw.startswith(b"---", document.start)
    while position < document.end:
        end = raw.find(b"\n", position) + 1 or document.end
        line = raw[position:end].strip()
        if line and not line.startswith(b"#"):
            return line[:1] in b"{["
        position = end
    return False


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
