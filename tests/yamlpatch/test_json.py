"""JSON stays JSON with its layout."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fix_ksm_probes.yamlpatch import (
    END,
    Patch,
    add,
    apply_patch,
    decode,
    load,
    parse,
    patch_text,
    replace,
)
from tests.yamlpatch.generated import DATA, MAPPINGS, TEXT

LAWS = settings(derandomize=True, deadline=None, max_examples=120)


@st.composite
def _additions(draw: st.DrawFn) -> tuple[dict[str, Any], Patch]:
    """Return a JSON object and a patch of it: new keys, new items, and other scalars."""
    value: dict[str, Any] = {**draw(MAPPINGS), "old": 1, "list": [draw(DATA)], "map": {"key": "x"}}
    value.pop("results", None)
    patch = (
        add((0, "list", END), draw(DATA)),
        add((0, "map", "fresh"), draw(DATA)),
        replace((0, "old"), draw(TEXT | st.integers(-(10**16), 10**16) | st.booleans())),
        add((0, "results"), [draw(DATA)]),
    )
    return value, tuple(draw(st.lists(st.sampled_from(patch), unique_by=lambda each: each.path)))


@LAWS
@given(drawn=_additions(), indent=st.sampled_from([1, 2, 4, "\t"]), ascii_only=st.booleans())
def test_what_was_printed_pretty_is_still(
    *, drawn: tuple[dict[str, Any], Patch], indent: int | str, ascii_only: bool
) -> None:
    """The text is that of json.dumps for the patched value, except for escapes."""
    value, patch = drawn
    source = decode(json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode())
    after = apply_patch([copy.deepcopy(value)], patch)
    assert isinstance(after, list)

    text = patch_text(source, parse(source.text), patch).text

    assert json.loads(text) == after[0]
    if not ascii_only:
        assert text == json.dumps(after[0], indent=indent, ensure_ascii=False)


@LAWS
@given(MAPPINGS)
def test_escapes_of_json_are_read(value: dict[str, Any]) -> None:
    """JSON writes a character beyond U+FFFF as two escapes, which YAML does not know."""
    named = {"kind": "\N{GRINNING FACE} \\ud83d\\ude00 \N{GRINNING FACE}", "value": value}

    (document,) = parse(json.dumps(named))

    assert load(document.root) == named
