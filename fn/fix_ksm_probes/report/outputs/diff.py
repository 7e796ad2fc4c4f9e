"""A unified diff, made from the edits, without a search for the changes in a long text."""

from __future__ import annotations

import os
from collections.abc import Iterator

from fix_ksm_probes.report.outputs import Files
from fix_ksm_probes.yamlpatch import Edit, NamedTuple, Source, Span
from fix_ksm_probes.yamlpatch.text import BOM, edited_part

_CONTEXT = 3
_NO_NEWLINE = "\n\\ No newline at end of file\n"


class _Change(NamedTuple):
    """Lines that other lines replace; `first` counts from 0."""

    first: int
    removed: tuple[str, ...]
    added: tuple[str, ...]

    @property
    def last(self) -> int:
        return self.first + len(self.removed)


def diffs(files: Files) -> Iterator[str]:
    """Yield the diff of each file, as `git apply` accepts it; empty if nothing changes."""
    for path, outcome in files:
        yield diff(outcome.read.source, outcome.edits, _relative(path))


def diff(source: Source, edits: tuple[Edit, ...], path: str) -> str:
    """Return the diff that `edits` make of `source`, for `patch -p1`; empty if there are none.

    `path` names the file. Lines end at line feeds only, as for git and patch.
    """
    # For them a byte order mark is part of the first line.
    mark = BOM.decode() if source.bom else ""
    text = mark + source.text
    changes = tuple(_read_changes(text, tuple(edit.moved(len(mark)) for edit in edits)))
    if not changes:
        return ""
    lines = _split(text)
    written = [f"--- a/{path}\n", f"+++ b/{path}\n"]
    shift = 0
    for hunk in _group(changes):
        first = max(hunk[0].first - _CONTEXT, 0)
        last = min(hunk[-1].last + _CONTEXT, len(lines))
        growth = sum(len(each.added) - len(each.removed) for each in hunk)
        old, new = _range(first, last - first), _range(first + shift, last - first + growth)
        written += [f"@@ -{old} +{new} @@\n", *_body(lines, first, last, hunk)]
        shift += growth
    return "".join(written)


def _relative(path: str) -> str:
    # `git apply` accepts only paths relative to its folder.
    relative = os.path.relpath(path)
    shown = path.lstrip("/") if relative.startswith("..") else relative
    # A tab must follow a name that has a space.
    return f"{shown}\t" if " " in shown else shown


def _body(lines: list[str], first: int, last: int, hunk: list[_Change]) -> Iterator[str]:
    position = first
    for change in hunk:
        yield from (_marked(" ", line) for line in lines[position : change.first])
        yield from (_marked("-", line) for line in change.removed)
        yield from (_marked("+", line) for line in change.added)
        position = change.last
    yield from (_marked(" ", line) for line in lines[position:last])


def _marked(mark: str, line: str) -> str:
    return mark + (line if line.endswith("\n") else line + _NO_NEWLINE)


def _range(first: int, count: int) -> str:
    start = first + 1 if count else first
    return f"{start}" if count == 1 else f"{start},{count}"


def _group(changes: tuple[_Change, ...]) -> list[list[_Change]]:
    hunks: list[list[_Change]] = []
    for change in changes:
        if hunks and change.first - hunks[-1][-1].last <= 2 * _CONTEXT:
            hunks[-1].append(change)
        else:
            hunks.append([change])
    return hunks


def _read_changes(text: str, edits: tuple[Edit, ...]) -> Iterator[_Change]:
    line = counted = 0
    for block, inside in _blocks(text, edits):
        line += text.count("\n", counted, block.start)
        counted = block.start
        old = text[block.start : block.end]
        removed, added = _split(old), _split(edited_part(text, block, inside))
        same = 0
        while same < min(len(removed), len(added)) and removed[same] == added[same]:
            same += 1
        del removed[:same], added[:same]
        while removed and added and removed[-1] == added[-1]:
            del removed[-1], added[-1]
        if removed or added:
            yield _Change(line + same, tuple(removed), tuple(added))


def _blocks(text: str, edits: tuple[Edit, ...]) -> list[tuple[Span, list[Edit]]]:
    """Return the whole lines that edits touch, with the edits in them; no two overlap."""
    blocks: list[tuple[Span, list[Edit]]] = []
    for edit in sorted(edits, key=lambda edit: edit.span):
        start = text.rfind("\n", 0, edit.span.start) + 1
        found = text.find("\n", edit.span.end)
        end = len(text) if found < 0 else found + 1
        if blocks and start < blocks[-1][0].end:
            before, inside = blocks.pop()
            blocks.append((Span(before.start, max(before.end, end)), [*inside, edit]))
        else:
            blocks.append((Span(start, end), [edit]))
    return blocks


def _split(text: str) -> list[str]:
    lines = [line + "\n" for line in text.split("\n")]
    last = lines.pop().removesuffix("\n")
    return [*lines, last] if last else lines
