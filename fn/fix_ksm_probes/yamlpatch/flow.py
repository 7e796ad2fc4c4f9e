"""Edits within braces and brackets, YAML's flow style, of which JSON is one."""

from __future__ import annotations

from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple
from fix_ksm_probes.yamlpatch.document import Entry, Mapping, Node, Sequence, is_json
from fix_ksm_probes.yamlpatch.scalars import flow_lines, flow_text
from fix_ksm_probes.yamlpatch.text import Edit, Span, line_start

_WHITE = " \t\n\r\x85\u2028\u2029"


class EditContext(NamedTuple):
    """The text that is edited, the line end that new lines get, and the language of the text."""

    text: str
    newline: str
    in_json: bool = False


class _Layout(NamedTuple):
    """How a collection whose members begin lines is laid out: what stands before a member."""

    indent: str
    step: str
    newline: str


def remove_entry(text: str, mapping: Mapping, index: int) -> Edit:
    """Return the edit that takes away one entry, not the only one."""
    entries = mapping.entries
    start, end = entries[index].key.span.start, entries[index].value.span.end
    if index + 1 == len(entries):
        return Edit(Span(entries[index - 1].value.span.end, end), "")
    following = entries[index + 1].key.span.start
    if "#" in text[end:following]:
        return Edit(Span(start, text.index(",", end) + 1), "")
    return Edit(Span(start, following), "")


def insert_entry(
    context: EditContext, mapping: Mapping, last: Entry, key: str, value: object
) -> Edit:
    """Return the edit that writes `key: value` behind `last`, an entry of `mapping`."""
    json = context.in_json or is_json(mapping)
    start = mapping.entries[-1].key.span.start
    written = _written(value, _layout(context, mapping, start), json=json)
    return _insert(
        context.text, mapping, start, last.value, f"{flow_text(key, json=json)}: {written}"
    )


def append_item(context: EditContext, sequence: Sequence, value: object) -> Edit:
    """Return the edit that writes `value` behind the last item of a list that has one."""
    last = sequence.items[-1]
    layout = _layout(context, sequence, last.span.start)
    written = _written(value, layout, json=context.in_json or is_json(sequence))
    return _insert(context.text, sequence, last.span.start, last, written)


def written_anew(context: EditContext, node: Mapping | Sequence, value: object) -> str:
    """Return `value` as text in the place of `node`, laid out as `node` is."""
    members = [entry.key for entry in node.entries] if isinstance(node, Mapping) else node.items
    layout = _layout(context, node, members[0].span.start) if members else None
    if layout is not None:
        layout = layout._replace(indent=layout.indent.removesuffix(layout.step))
    return _written(value, layout, json=context.in_json or is_json(node))


def _written(value: object, layout: _Layout | None, *, json: bool) -> str:
    if layout is None:
        return flow_text(value, json=json)
    return flow_lines(value, layout.indent, layout.step, layout.newline, json=json)


def _layout(context: EditContext, node: Mapping | Sequence, member: int) -> _Layout | None:
    indent = _indent(context.text, member)
    if indent is None:
        return None
    around = _leading(context.text, node.span.start)
    step = indent.removeprefix(around) if indent != around else ""
    return _Layout(indent, step, context.newline)


def _indent(text: str, position: int) -> str | None:
    before = text[line_start(text, position) : position]
    return None if before.strip(" \t") else before


def _leading(text: str, position: int) -> str:
    line = text[line_start(text, position) : position]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _insert(text: str, parent: Mapping | Sequence, start: int, last: Node, written: str) -> Edit:
    # The white space before the last sibling is the author's own way to separate them.
    gap = start
    while gap > parent.span.start and text[gap - 1] in _WHITE:
        gap -= 1
    position = last.span.end
    return Edit(Span(position, position), "," + (text[gap:start] or " ") + written)
