"""The edits of block style: replace a value, remove keys, insert a key, append an item."""

from __future__ import annotations

from fix_ksm_probes.yamlpatch import flow
from fix_ksm_probes.yamlpatch.document import (
    Alias,
    Entry,
    Mapping,
    Node,
    Scalar,
    Sequence,
    entry_start,
)
from fix_ksm_probes.yamlpatch.flow import EditContext
from fix_ksm_probes.yamlpatch.scalars import block_text, flow_text, scalar_text, text_under_key
from fix_ksm_probes.yamlpatch.text import (
    Edit,
    Span,
    after_break,
    before_break,
    content_start,
    line_end,
    line_start,
)

_BREAKS = "\n\r\x85\u2028\u2029"


def replace_value(context: EditContext, node: Node, value: object) -> Edit:
    """Return the edit that writes `value` where `node` stands, in the style of `node`."""
    span = Span(node.span.start, content_end(context.text, node))
    if context.in_json and isinstance(node, Scalar):
        return Edit(span, flow_text(value, json=True))
    if isinstance(node, Scalar):
        return Edit(span, _replacing_scalar(context.text, node, value))
    if isinstance(node, Alias):
        return Edit(span, flow_text(value))
    if node.flow:
        return Edit(span, flow.written_anew(context, node, value))
    if context.text[span.start] in "&!":
        return Edit(span, flow_text(value))
    if isinstance(node, Sequence) and not (isinstance(value, list) and value):
        # Only a list may be at the column of its key.
        return Edit(span, "  " + flow_text(value))
    indent = " " * column(context.text, span.start)
    return Edit(span, block_text(value, indent, context.newline))


def _replacing_scalar(text: str, node: Scalar, value: object) -> str:
    if node.span.start == node.span.end:
        return " " + flow_text(value)
    if isinstance(value, (dict, list)):
        return flow_text(value)
    # In flow style a comma would end it.
    in_flow = isinstance(value, str) and "," in value and _is_in_flow(text, node.span.end)
    return scalar_text(value, in_flow=in_flow, like=node.style if node.style in "'\"" else "")


def _is_in_flow(text: str, end: int) -> bool:
    # In block style none of these can follow a value, or the text is not YAML.
    while end < len(text) and (text[end].isspace() or text[end] == "#"):
        end = text.find("\n", end) % (len(text) + 1) if text[end] == "#" else end + 1
    return text[end : end + 1] in (",", "]", "}")


def remove_entries(
    context: EditContext, mapping: Mapping, indexes: tuple[int, ...]
) -> tuple[Edit, ...]:
    """Return the edits that take away some, not all, entries of a mapping; `indexes` ascend."""
    edits: tuple[Edit, ...] = ()
    for first, last in _runs(indexes):
        if mapping.flow:
            edits += flow.remove_entries(context.text, mapping, first, last)
        else:
            edits += (_remove_lines(context.text, mapping, first, last),)
    return edits


def _runs(indexes: tuple[int, ...]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for index in indexes:
        if runs and runs[-1][1] == index - 1:
            runs[-1] = (runs[-1][0], index)
        else:
            runs.append((index, index))
    return runs


def _remove_lines(text: str, mapping: Mapping, first: int, last: int) -> Edit:
    start = entry_start(text, mapping, first)
    line = line_start(text, start)
    end = line_end(text, content_end(text, mapping.entries[last].value))
    end = over_deeper_comments(text, end, start - line)
    if text[line:start].strip(" "):
        return Edit(_after_dash(text, start, end, entry_start(text, mapping, last + 1)), "")
    return Edit(Span(line, after_break(text, end)), "")


def _after_dash(text: str, start: int, end: int, following: int) -> Span:
    # The first key shares its line with a dash, so the next key, or its comment, moves up there.
    if not text[end:following].strip():
        return Span(start, following)
    while text[start - 1] == " ":
        start -= 1
    return Span(start, end)


def over_deeper_comments(text: str, end: int, indent: int) -> int:
    """Return `end`, the end of a line, moved over the comments below it deeper than `indent`.

    Such a comment is about the lines above it.
    """
    position = after_break(text, end)
    while position < len(text):
        stop = line_end(text, position)
        line = text[position:stop]
        comment = line.lstrip(" ")
        if comment.startswith("#") and len(line) - len(comment) > indent:
            end = stop
        elif comment.strip():
            break
        position = after_break(text, stop)
    return end


def insert_entries(
    context: EditContext, mapping: Mapping, last: Entry, new: dict[str, object]
) -> tuple[Edit, ...]:
    """Return the edits that write the keys and values of `new` after `last`, which stays.

    In flow style `last` is the last entry of `mapping`.
    """
    if mapping.flow:
        return flow.insert_entries(context, mapping, new)
    indent = " " * column(context.text, entry_start(context.text, mapping, 0))
    lines = (
        indent + scalar_text(key) + ":" + text_under_key(value, indent, context.newline)
        for key, value in new.items()
    )
    return tuple(_insert_line(context, last.value, line) for line in lines)


def append_entry(context: EditContext, root: Mapping, end: int, key: str, value: object) -> Edit:
    """Return the edit that writes `key: value` at the `end` of the document of a block `root`."""
    indent = " " * column(context.text, entry_start(context.text, root, 0))
    lines = indent + scalar_text(key) + ":" + text_under_key(value, indent, context.newline)
    starts_a_line = line_start(context.text, end) == end
    content = lines + context.newline if starts_a_line else context.newline + lines
    return Edit(Span(end, end), content)


def append_documents(context: EditContext, values: list[object]) -> Edit:
    """Return the edit that writes `values` as documents at the end of the text."""
    end = len(context.text)
    starts_a_line = line_start(context.text, end) == end
    content = "" if starts_a_line else context.newline
    for value in values:
        content += (
            "---" + context.newline + block_text(value, "", context.newline) + context.newline
        )
    return Edit(Span(end, end), content if starts_a_line else content.removesuffix(context.newline))


def append_items(
    context: EditContext, sequence: Sequence, values: list[object], parent: Entry | None
) -> tuple[Edit, ...]:
    """Return the edits that write `values` after the last item of a list that has one.

    `parent` is the entry that holds the list; nested lists are indented as this one is.
    """
    if sequence.flow:
        return flow.append_items(context, sequence, values)
    indent = column(context.text, first_dash(context.text, sequence))
    wide = parent is not None and indent > column(context.text, parent.key.span.start)
    items = (block_text(value, " " * (indent + 2), context.newline, wide=wide) for value in values)
    return tuple(
        _insert_line(context, sequence.items[-1], " " * indent + "- " + item) for item in items
    )


def _insert_line(context: EditContext, last: Node, line: str) -> Edit:
    position = line_end(context.text, content_end(context.text, last))
    return Edit(Span(position, position), context.newline + line)


def moved_out_of_removals(context: EditContext, edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
    """Return `edits`, in which a line that was to follow removed lines replaces them."""
    from bisect import bisect

    # Sorted, so that not every edit is compared with every other one.
    insertions = sorted(
        (each.span.start, i) for i, each in enumerate(edits) if _is_empty(each.span)
    )
    gone: set[int] = set()
    settled = []
    for index, removal in enumerate(edits):
        first, last = (bisect(insertions, (place, len(edits))) for place in removal.span)
        near = sorted({i for _, i in insertions[first:last]} - gone)
        inside = [i for i in near if _goes_into(edits[i], removal)]
        if inside:
            gone |= {index, *inside}
            whole = _as_whole_lines(context, removal, [edits[i] for i in inside])
            settled.append(Edit(removal.span, whole))
    return (*(each for i, each in enumerate(edits) if i not in gone), *settled)


def _is_empty(span: Span) -> bool:
    return span.start == span.end


def _goes_into(insertion: Edit, removal: Edit) -> bool:
    behind = insertion.span.start - removal.span.end
    inside = removal.span.start < insertion.span.start and (
        behind < 0 or (behind == 0 and insertion.content[:1] in _BREAKS)
    )
    return inside and not removal.content


def _as_whole_lines(context: EditContext, removal: Edit, insertions: list[Edit]) -> str:
    lines = "".join(insertion.content for insertion in insertions).removeprefix(context.newline)
    # The removed lines include their last line break, if there is one.
    end = removal.span.end
    return lines if before_break(context.text, end) == end else lines + context.newline


def first_dash(text: str, sequence: Sequence) -> int:
    """Return the index of the first dash of a list in block style."""
    return content_start(text, sequence.span.start)


def content_end(text: str, node: Node) -> int:
    """Return the end of the last line of `node` that is not blank, or of `node` on that line.

    The span of a block scalar, and of an empty node after one, ends after its last line break;
    others end on their line.
    """
    return before_break(text, node.span.end)


def column(text: str, index: int) -> int:
    """Return the distance of `index` from the start of its line."""
    return index - line_start(text, index)
