"""In any spelling, the edited text has the data of the patch."""

from __future__ import annotations

import copy
import difflib
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fix_ksm_probes.yamlpatch import (
    END,
    Edit,
    Operation,
    Pointer,
    Source,
    Span,
    add,
    apply_patch,
    decode,
    encode,
    load,
    parse,
    patch_text,
    remove,
    replace,
)
from fix_ksm_probes.yamlpatch import text as text_module
from fix_ksm_probes.yamlpatch.check import PatchedText, same
from fix_ksm_probes.yamlpatch.text import EditConflict, OmittedRange, apply_edits
from tests.yamlpatch.generated import DATA, LEAVES, MAPPINGS
from tests.yamlpatch.spelling import Speller, save

LAWS = settings(derandomize=True, deadline=None, max_examples=120)


def _collections(value: Any, pointer: Pointer) -> list[tuple[Pointer, Any]]:
    if isinstance(value, dict):
        below = [
            found for key, each in value.items() for found in _collections(each, (*pointer, key))
        ]
    elif isinstance(value, list):
        below = [
            found for i, each in enumerate(value) for found in _collections(each, (*pointer, i))
        ]
    else:
        return []
    return [(pointer, value), *below]


@st.composite
def _operations(draw: st.DrawFn, value: Any) -> list[Operation]:
    """Return one or two operations on a mapping or list in `value`, like those of fixes."""
    pointer, place = draw(st.sampled_from(_collections(value, (0,))))
    if isinstance(place, list):
        scalars = [i for i, each in enumerate(place) if not isinstance(each, (dict, list))]
        index = draw(st.sampled_from([None, *scalars]))
        if index is not None:
            return [replace((*pointer, index), draw(LEAVES))]
        count: int = draw(st.integers(1, 2))
        return [add((*pointer, END), draw(DATA)) for _ in range(count)]
    operations: list[Operation] = []
    if draw(st.integers(0, 1)):
        operations.append(add((*pointer, "fresh"), draw(DATA)))
    for key in (
        draw(st.lists(st.sampled_from(sorted(place)), max_size=2, unique=True)) if place else ()
    ):
        if draw(st.integers(0, 1)):
            operations.append(remove((*pointer, key)))
        else:
            operations.append(replace((*pointer, key), draw(DATA)))
    return operations or [add((*pointer, "fresh"), 1)]


@st.composite
def _spelled(draw: st.DrawFn) -> tuple[dict[str, Any], Source]:
    value = draw(MAPPINGS)
    if draw(st.booleans()):
        value = {"first": copy.deepcopy(value), "second": value}
    return value, decode(save(draw, Speller(draw).document(value)))


@LAWS
@given(st.text(max_size=30), st.data())
def test_bytes_are_those_of_the_edited_text(text: str, data: st.DataObject) -> None:
    """For any number of edits in any order; none may overlap."""
    places = st.integers(0, len(text))
    pairs = data.draw(st.lists(st.tuples(places, places), max_size=8))
    edits = tuple(Edit(Span(*sorted(pair)), str(index)) for index, pair in enumerate(pairs))
    omitted = OmittedRange(Span(len(text), len(text)), memoryview(b"omitted"))
    source = Source(text, bom=False, newline="\n", omitted=(omitted,))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(text_module, "_AT_ONCE", data.draw(st.integers(1, 3)))
        try:
            expected = apply_edits(text, edits).encode() + b"omitted"
        except EditConflict:
            with pytest.raises(EditConflict):
                encode(source, edits)
        else:
            assert b"".join(encode(source, edits)) == expected


@LAWS
@given(_spelled(), st.data())
def test_both_roads_meet(spelled: tuple[dict[str, Any], Source], data: st.DataObject) -> None:
    """In every spelling and for every patch; `patch_text` raises if the two paths differ."""
    _, source = spelled
    documents = parse(source.text)
    said = [load(document.root) for document in documents]
    assert len(said) == 1

    patch = tuple(data.draw(_operations(said[0])))
    patch += (add((END,), data.draw(MAPPINGS)),) * data.draw(st.integers(0, 2))
    text = patch_text(source, documents, patch).text

    assert same([load(document.root) for document in parse(text)], apply_patch(said, patch))


@LAWS
@given(_spelled())
def test_an_empty_patch_is_no_edit(spelled: tuple[dict[str, Any], Source]) -> None:
    """The text is that of the input."""
    _, source = spelled

    rewritten = patch_text(source, parse(source.text), ())

    assert rewritten == PatchedText(source.text, ())
    assert b"".join(encode(source)) == b"".join(encode(source, rewritten.edits))


@LAWS
@given(_spelled(), st.data())
def test_a_key_goes_by_removed_lines_only(
    spelled: tuple[dict[str, Any], Source], data: st.DataObject
) -> None:
    """If a key has its own lines in block style, no other line changes."""
    value, source = spelled
    if len(value) < 2 or "&" in source.text:
        return
    key = data.draw(st.sampled_from(sorted(value)))

    text = patch_text(source, parse(source.text), (remove((0, key)),)).text

    before, after = source.text.splitlines(), text.splitlines()
    assert not [line for line in difflib.ndiff(before, after) if line.startswith("+ ")]


@st.composite
def _in_braces(draw: st.DrawFn) -> tuple[dict[str, Any], Source]:
    """Return a collection in braces or brackets, each member on its own line."""
    value = {"root": draw(st.one_of(MAPPINGS, st.lists(DATA, min_size=1, max_size=3)))}
    speller = Speller(draw, comments=50)
    text = speller.flow_lines(value["root"], 0, json_like=False)
    return value, decode(f"root: {text}{speller.line_end()}".encode())


@LAWS
@given(_in_braces())
def test_a_comment_stays_with_what_it_stands_behind(
    spelled: tuple[dict[str, Any], Source],
) -> None:
    """An addition goes after the comment of its neighbour."""
    value, source = spelled
    key = "fresh" if isinstance(value["root"], dict) else END

    text = patch_text(source, parse(source.text), (add((0, "root", key), 1),)).text

    assert _commented(text) == _commented(source.text)


def _commented(text: str) -> Counter[str]:
    """Return the lines with comments, without blanks and the commas that separate members."""
    lines = ("".join(line.replace(",", "").split()) for line in text.splitlines())
    return Counter(line for line in lines if "#" in line)
