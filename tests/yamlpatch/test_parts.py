"""Parts that are read and patched alone give what the whole gives, or they are no parts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from fix_ksm_probes.yamlpatch import (
    END,
    BadInput,
    NotApart,
    Patch,
    Source,
    add,
    decode,
    load,
    parse,
    patch_text,
    remove,
    replace,
)
from fix_ksm_probes.yamlpatch.check import same
from fix_ksm_probes.yamlpatch.parts import (
    Split,
    frame_says,
    patch_frame,
    patch_part,
    read_frame,
    read_part,
    split_documents,
    split_list,
)
from fix_ksm_probes.yamlpatch.text import apply_edits
from tests.manifests.streams import streams
from tests.yamlpatch.generated import LEAVES, MAPPINGS
from tests.yamlpatch.spelling import Speller, save

LAWS = settings(derandomize=True, deadline=None, max_examples=150)


def _split(text: str) -> Split | None:
    return split_list(text, "items") or split_documents(text)


def _read(text: str, split: Split) -> list[object]:
    """Return the data of all documents, put together from the parts."""
    parts = [load(_alone(text, split, index)[0].root) for index in range(len(split.parts))]
    if not split.frame:
        return parts
    frame: Any = load(read_frame(split.frame, split)[0].root)
    return [{**frame, "items": [item for part in parts if isinstance(part, list) for item in part]}]


def _alone(text: str, split: Split, index: int) -> Any:
    part = split.parts[index]
    return read_part(text[part.span.start : part.span.end], part)


@settings(LAWS, max_examples=600)
@given(streams())
def test_what_can_be_read_apart_can_be_read_whole(raw: bytes) -> None:
    """For any text, the data of the parts together is that of the whole."""
    try:
        text = decode(raw).text
        split = _split(text)
        apart = _read(text, split) if split else None
    except (BadInput, NotApart):
        event("it is no parts after all")
        return
    event("it is parts" if split else "it does not look like parts")
    if apart is not None:
        assert same(apart, [load(document.root) for document in parse(text)])


@st.composite
def _spelled(draw: st.DrawFn) -> tuple[list[dict[str, Any]], Source]:
    """Return items in a list or as documents, in any spelling."""
    items = draw(st.lists(MAPPINGS, min_size=2, max_size=4))
    if draw(st.booleans()):
        texts = [Speller(draw).document(item) for item in items]
        ended = [each if each.endswith("\n") else f"{each}\n" for each in texts]
        return items, decode(save(draw, "---\n".join(ended)))
    value = {"kind": "List", "items": items, "end": draw(MAPPINGS)}
    return items, decode(save(draw, Speller(draw).document(value)))


@LAWS
@given(_spelled(), st.data())
def test_a_part_is_patched_as_in_the_whole(
    spelled: tuple[list[dict[str, Any]], Source], data: st.DataObject
) -> None:
    """The same edits, to the character."""
    items, source = spelled
    split = _split(source.text)
    if split is None or len(split.parts) != len(items):
        event("it does not look like parts")
        return
    index = data.draw(st.integers(0, len(items) - 1))
    part = split.parts[index]
    patch: Patch = (add((*part.pointer, "fresh"), data.draw(LEAVES)),)
    key = data.draw(st.sampled_from(sorted(items[index])))
    patch += (
        (remove((*part.pointer, key)),)
        if data.draw(st.booleans())
        else (replace((*part.pointer, key), data.draw(LEAVES)),)
    )
    try:
        documents = _alone(source.text, split, index)
    except NotApart:
        event("it is no parts after all")
        return
    alone = source._replace(text=source.text[part.span.start : part.span.end])
    edits = patch_part(alone, documents, part, patch)

    event("it is parts")
    assert apply_edits(source.text, edits) == patch_text(source, parse(source.text), patch).text


@pytest.mark.parametrize("key", ["results", "kind", "end"])
def test_the_frame_is_patched_as_in_the_whole(key: str) -> None:
    """An addition next to the items has the same place."""
    text = "kind: List\nitems:\n- a: b\n  # c\n- d: |\n    e\n\nend:\n  f: g\n# h\n"
    source, split = decode(text.encode()), split_list(text, "items")
    assert split is not None
    patch = (add((0, key), ["x", {"y": 1}]),)

    edits = patch_frame(
        source._replace(text=split.frame), read_frame(split.frame, split), split, patch
    )

    assert apply_edits(text, edits) == patch_text(source, parse(text), patch).text


def _is_said(split: Split, wanted: list[object]) -> bool:
    try:
        return frame_says(split.frame, split, "results", wanted)
    except NotApart:
        return False


@pytest.mark.parametrize(
    ("end", "is_apart"),
    [
        ("results:\n- a: 'b\n\n  c'\n- |\n  results:\n  - d\n", True),
        ("results: [a]\nz: |\n  results:\n  - b\n", True),
        ("results:\n- a: &x b\n", False),
        ("results:\n- 'a\n- b'\n", False),
        ("z: 'q\nresults:\n- b\n\n  '\nresults:\n- ~\n", False),
    ],
)
def test_a_list_of_the_frame_is_read_item_by_item(end: str, *, is_apart: bool) -> None:
    """It says what the whole says, or it is no parts: another list there does not stand for it."""
    split = split_list(f"kind: List\nitems:\n- a: b\n{end}", "items")
    assert split is not None
    patch = (add((0, "fresh"), 1), add((0, "results"), [{"a": "results:\n- b\n"}, ["c"], "d"]))
    try:
        read: list[Any] = [load(document.root) for document in parse(split.frame)]
        is_said = frame_says(split.frame, split, "results", read)
    except (NotApart, BadInput):
        assert not is_apart
        return

    assert is_apart
    assert is_said
    results = read[0]["results"]
    others: list[list[Any]] = [
        [{**read[0], "results": [*results, 1]}],
        [{**read[0], "results": [*results[:-1], 1]}],
        [{**read[0], "kind": "Else"}],
        [*read, 1],
    ]
    assert not any(_is_said(split, other) for other in others)
    source = Source(split.frame, bom=False, newline="\n")
    edits = patch_frame(source, parse(source.text), split, patch)
    text = f"kind: List\nitems:\n- a: b\n{end}"
    whole = Source(text, bom=False, newline="\n")
    assert apply_edits(text, edits) == patch_text(whole, parse(text), patch).text


@pytest.mark.parametrize(
    "items",
    [
        "- a: 'b\n- c'\n- d: e\n",
        "- a: [b,\n- c\n  ]\n- d: e\n",
        "- a: &x b\n- c: *x\n",
        "- a: &x b\n- c: d\n",
        "- a: b\n- c: *x\n",
        "- a: b\n- c: {d\n",
        "- a: b\n...\n- c: d\n",
        "- a: b\n---\n- c: d\n",
        "- a: b\n-\tc: d\n",
        "- a: b\x85- c: d\n- e: f\n",
        "- a: b\r- c: d\n- e: f\n",
        "- a: b\n- c: d",
        "- a: b\n a: c\n- d: e\n",
        "- a: b\n- ~\nitems:\n- c\n",
    ],
)
@pytest.mark.parametrize("head", ["kind: List\nitems:\n", 'kind: List\na: "\nitems:\n'])
def test_what_is_no_part(items: str, head: str) -> None:
    """A scalar or brackets over several lines, an anchor, the end of a document, an error."""
    text = head + items
    split = split_list(text, "items")

    with pytest.raises((NotApart, BadInput)):
        raise NotApart if split is None else _fails(text, split)


def _fails(text: str, split: Split) -> Exception:
    return AssertionError(_read(text, split))


def test_an_edit_may_not_break_a_part() -> None:
    """An item that becomes a document, or two items, or has no end, is refused."""
    text = "kind: List\nitems:\n- a: b\n- c: d\n"
    split = split_list(text, "items")
    assert split is not None
    first = split.parts[0]

    assert load(read_part("- a: c\n", first)[0].root) == [{"a": "c"}]
    for broken in ("- a: c", "- a: c\n- d\n", " - a: c\n", "- a: c\n...\n", "- &x a\n", "- |\n a"):
        with pytest.raises(NotApart):
            read_part(broken, first)


def test_a_patch_reaches_only_its_own_part() -> None:
    """Operations on other parts are left out."""
    text = "kind: List\nitems:\n- a: [b]\n- c: d\n"
    split = split_list(text, "items")
    assert split is not None
    documents = _alone(text, split, 0)
    patch = (add((0, "items", 0, "a", END), "x"), replace((0, "items", 1, "c"), "y"))

    edits = patch_part(decode(b"- a: [b]\n"), documents, split.parts[0], patch)

    assert apply_edits(text, edits) == text.replace("[b]", "[b, x]")
