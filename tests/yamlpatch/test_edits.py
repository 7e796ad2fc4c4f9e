"""Every edit of the planner, to the byte: edits.txt holds a text, a patch, and what comes out.

Lists of operations start with `--`; a text that ends with a backslash has no last line break.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from fix_ksm_probes.yamlpatch import Operation, Patch, Pointer, decode, parse, patch_text


class Row(NamedTuple):
    """A text, a patch of its documents as a list, and the text after it."""

    name: str
    before: str
    patch: Patch
    after: str


def _read_row(text: str) -> Row:
    name, *lines = text.splitlines(keepends=True)
    first = next(i for i, line in enumerate(lines) if line.startswith("-- "))
    last = max(i for i, line in enumerate(lines) if line.startswith("-- ")) + 1
    patch = tuple(_read_operation(line.removeprefix("-- ")) for line in lines[first:last])
    before, after = ("".join(part).removesuffix("\n\\\n") for part in (lines[:first], lines[last:]))
    return Row(name.strip(), before, patch, after)


def _read_operation(text: str) -> Operation:
    read = json.loads(text)
    path, source = (_read_pointer(read.get(key, "")) for key in ("path", "from"))
    return Operation(read["op"], path, read.get("value"), source)


def _read_pointer(text: str) -> Pointer:
    return tuple(int(step) if step.isdigit() else step for step in text.split("/")[1:])


ROWS = [
    _read_row(text)
    for text in Path(__file__).with_name("edits.txt").read_text().split("== ")
    if text
]


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "with-carriage-returns"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name.replace(" ", "-"))
def test_edit(row: Row, newline: str) -> None:
    """Only what the patch says changes, and new lines look like their neighbours."""
    source = decode(row.before.replace("\n", newline).encode())

    rewritten = patch_text(source, parse(source.text), row.patch)

    assert rewritten.text == row.after.replace("\n", newline)


def test_there_are_rows() -> None:
    """An empty file must fail."""
    assert len(ROWS) >= 90
