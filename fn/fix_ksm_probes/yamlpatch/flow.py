"""Edits of YAML's flow style, in braces and brackets, which includes JSON."""

from __future__ import annotations

from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple
from fix_ksm_probes.yamlpatch.document import Mapping, Sequence, entry_start, is_json
from fix_ksm_probes.yamlpatch.scalars import flow_lines, flow_text
from fix_ksm_probes.yamlpatch.text import Edit, Span, after_break, line_end, line_start, skip_blank

_WHITE = " \t\n\r\x85\u2028\u2029"


class EditContext(NamedTuple):
    """The text that is edited, the line end of new lines, and whether the text is JSON."""

    text: str
    newline: str
    in_json: bool = False


class _Layout(NamedTuple):
    """The layout of a collection whose members begin lines: the text before a member."""

    indent: str
    step: str
    newline: str


def remove_entries(text: str, mapping: Mapping, first: int, last: int) -> tuple[Edit, ...]:
    """Return the edits that remove the entries from `first` to `last`, which are not all."""
    entries = mapping.entries
    start, end = entry_start(text, mapping, first), entries[last].value.span.end
    comma = _comma(text, end)
    tail = end if comma is None else comma + 1
    edits: tuple[Edit, ...] = ()
    if last + 1 == len(entries):
        before = entries[first - 1].value.span.end
        if comma is None and (separator := _comma(text, before)) is not None:
            edits = (Edit(Span(separator, separator + 1), ""),)
            if "#" not in text[separator:start] and not _ends_line(text, end):
                return (Edit(Span(before, end), ""),)
    if _begins_line(text, start) and _ends_line(text, tail):
        whole = Span(line_start(text, start), after_break(text, line_end(text, tail)))
        return (*edits, Edit(whole, ""))
    if last + 1 < len(entries):
        following = entry_start(text, mapping, last + 1)
        return (Edit(Span(start, tail if "#" in text[tail:following] else following), ""),)
    return (*edits, Edit(Span(start, tail), ""))


def insert_entries(
    context: EditContext, mapping: Mapping, new: dict[str, object]
) -> tuple[Edit, ...]:
    """Return the edits that write the keys and values of `new` after all entries of `mapping`."""
    json = context.in_json or is_json(mapping)
    last = len(mapping.entries) - 1
    start = entry_start(context.text, mapping, last)
    layout = _layout(context, mapping, start)
    written = [
        f"{flow_text(key, json=json)}: {_written(value, layout, json=json)}"
        for key, value in new.items()
    ]
    return _insert(
        context.text, mapping, Span(start, mapping.entries[last].value.span.end), written
    )


def append_items(
    context: EditContext, sequence: Sequence, values: list[object]
) -> tuple[Edit, ...]:
    """Return the edits that write `values` after the last item of a list that has one."""
    last = sequence.items[-1].span
    layout = _layout(context, sequence, last.start)
    json = context.in_json or is_json(sequence)
    written = [_written(value, layout, json=json) for value in values]
    return _insert(context.text, sequence, last, written)


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
    return text[line_start(text, position) : position] if _begins_line(text, position) else None


def _leading(text: str, position: int) -> str:
    line = text[line_start(text, position) : position]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _insert(
    text: str, parent: Mapping | Sequence, last: Span, written: list[str]
) -> tuple[Edit, ...]:
    # The white space before the last sibling is the author's own way to separate them.
    gap = last.start
    while gap > parent.span.start and text[gap - 1] in _WHITE:
        gap -= 1
    space = text[gap : last.start] or " "
    comma = _comma(text, last.end)
    tail = last.end if comma is None else comma + 1
    # A comma right after a colon would be part of a value.
    separator = " ," if text[last.end - 1] == ":" else ","
    if not _begins_line(text, last.start) or not _ends_line(text, tail):
        content = "".join("," + space + each for each in written)
        return (Edit(Span(last.end, last.end), separator + content[1:]),)
    # The comment after the last sibling stays there.
    position = line_end(text, tail)
    lines = ("," + space).join(written)
    if comma is not None:
        return (Edit(Span(position, position), space + lines + ","),)
    if position == last.end:
        return (Edit(Span(position, position), separator + space + lines),)
    return (
        Edit(Span(last.end, last.end), separator),
        Edit(Span(position, position), space + lines),
    )


def _comma(text: str, position: int) -> int | None:
    """Return the index of the comma after a member, None if the collection ends there."""
    found = skip_blank(text, position)
    return found if text[found : found + 1] == "," else None


def _begins_line(text: str, position: int) -> bool:
    return not text[line_start(text, position) : position].strip(" \t")


def _ends_line(text: str, position: int) -> bool:
    rest = text[position : line_end(text, position)].strip(" \t")
    return not rest or rest.startswith("#")
