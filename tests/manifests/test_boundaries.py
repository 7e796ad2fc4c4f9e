"""The lines that are proven to begin an item, compared with the tokens of libyaml."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import yaml
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from fix_ksm_probes.manifests import item_scanner
from fix_ksm_probes.manifests.item_scanner import Boundaries, document_lines
from fix_ksm_probes.yamlpatch import Span

FIRST = "items:\n- kind: A\n  open: "
# What begins an item, or what stands behind the list, on lines of its own.
HEADS = (
    "\n- apiVersion: v1\n  kind: A",
    "\n- data:\n    key: value",
    "\n- kind: A # a comment\n\n  # another\n  name: a",
    '\n- # don\'t "say" it\n  kind: A\n  name: a',
    "\n- kind: A\n  open: ",
    "\n- word",
    "\n- 'quoted'",
)
ENDS = ("\nconfig:\n  kind: A", "\nkind: A\nname: a\n", "")
LINES = (
    *("\n", "\r", " ", "\t", "  ", "#", "-", "- a", "a", "---", "--- ", "---a", "...", "%", "é"),
    *("\n- a", "\n  - a", "\n---\n", "\n--- #", "\n...", "\n%A", "\n  # a", "\n  a", "\n   a"),
)
TEXTS = (
    "a",
    " ",
    "\n",
    "\n  ",
    "it's",
    "s'",
    's"',
    ": ",
    "? ",
    "#",
    " #",
    "\\\\",
    "[",
    "}",
    ",",
    "|\n",
)
TOKENS = (*TEXTS, '"', "'", "''", '\\"', "]", "{", ", ", "\n? ", "&a ", "!t ", "-", "[? ", "{? ")


@st.composite
def values(draw: st.DrawFn, depth: int = 2) -> str:
    """Draw a value that may go over several lines, in quotes or in brackets."""
    kind = draw(
        st.sampled_from(("plain", "double", "single", "list", "map", "set")[: 3 + 3 * depth])
    )
    if kind == "plain":
        return draw(st.sampled_from(("a", "a b", "don't", 'an 8" pipe')))
    if kind in ("double", "single"):
        written = "".join(draw(st.lists(st.sampled_from((*HEADS, *TEXTS)), max_size=4)))
        return f"'{_doubled(written)}'" if kind == "single" else f'"{_escaped(written)}"'
    # In brackets, a plain scalar goes on behind a dash.
    goes_on = st.sampled_from(("", "", "", "\n- word", *HEADS))
    within = [draw(values(depth - 1)) + draw(goes_on) for _ in range(draw(st.integers(0, 3)))]
    if kind == "list":
        return f"[{', '.join(within)}]"
    return f"{{{', '.join(('b: ', '? ')[kind == 'set'] + each for each in within)}}}"


def _doubled(text: str) -> str:
    return text.replace("'", "''")


def _escaped(text: str) -> str:
    return text.replace('"', '\\"')


@st.composite
def lists(draw: st.DrawFn) -> str:
    """Draw a list of items with such values, and perhaps one token at a wrong place."""
    parts = [FIRST]
    for _ in range(draw(st.integers(1, 4))):
        parts += (draw(values()), draw(st.sampled_from(HEADS)))
    text = "".join((*parts, draw(values()), draw(st.sampled_from(ENDS))))
    place = draw(st.integers(len(FIRST), len(text)))
    token: str = draw(st.sampled_from(("",) * 20 + TOKENS))
    return text[:place] + token + text[place:]


def _block_tokens(text: str) -> Iterator[int]:
    """Yield where an item or a key begins outside of brackets; raises YAMLError."""
    loader = yaml.CLoader(text)
    depth = 0
    while loader.check_token():
        token = loader.get_token()
        depth += isinstance(token, (yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken))
        depth -= isinstance(token, (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken))
        if not depth and isinstance(token, (yaml.BlockEntryToken, yaml.KeyToken)):
            yield token.start_mark.index


@settings(derandomize=True, deadline=None, max_examples=250)
@given(lists())
def test_what_is_proven_begins_something(text: str) -> None:
    """If the whole is YAML, an item begins there, or a key after the list."""
    raw = text.encode()
    items = Boundaries(raw, len("items:\n"), 0)
    seeming = [match.start() + 1 for match in re.finditer(r"\n(?=- |\w)", text)]
    proven = [place for place in seeming if items.last_proven(place) == place]
    try:
        list(yaml.parse(text, yaml.CLoader))
    except yaml.YAMLError:
        assume(False)
    beginnings = set(_block_tokens(text))
    event(f"something misleads: {not beginnings.issuperset(seeming)}")

    assert beginnings.issuperset(proven)


@settings(derandomize=True, deadline=None, max_examples=500)
@given(st.lists(st.sampled_from(LINES)).map("".join), st.sampled_from((0, 2)))
def test_a_long_stream_is_searched_like_a_short_one(text: str, indent: int) -> None:
    """The patterns find the same lines as the loop."""

    def found() -> tuple[list[int], list[Span], int]:
        items = Boundaries(raw, 0, indent)
        return document_lines(raw), [items.item_at(place) for place in places], items.end

    raw = text.encode()
    places = range(len(raw))
    short = found()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(item_scanner, "_LONG", -1)

        assert found() == short


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("head", [*HEADS[:5], "\n- apiVersion: a/v1-2\n  metadata:\n    name: a"])
@pytest.mark.parametrize("left", ["a", '"a"', "'it''s'", "[a, 'b']", '|\n    don\'t "say" it'])
def test_what_people_write_is_proven(left: str, head: str, newline: str) -> None:
    """Otherwise no item would be left out, and the laws above would prove nothing."""
    before, head = ((each.replace("\n", newline)) for each in (FIRST + left, head))
    items = Boundaries(f"{before}{head}b{head}b".encode(), len(f"items:{newline}"), 0)
    place = len(before + newline)

    assert items.item_at(place) == Span(place, place + len(f"{head}b"))
    assert items.last_proven(place) == items.first_proven(place) == place


@pytest.mark.parametrize(
    "opened",
    ['"', "'", "[", "[a", "{a", "[? a", "{? a", '"a \\', "'a''", '["', "{a: '"],
)
@pytest.mark.parametrize("closed", ['"', "'", "]", "}", '"]', "'}"])
@pytest.mark.parametrize(
    "line",
    ["word", "kind: A", "kind: A\n  b: c", "kind: A\n  b", "# c\n  b: c", 'kind: A\n  b: \\" y'],
)
def test_what_may_be_open_is_not_proven(opened: str, line: str, closed: str) -> None:
    """If the following text may be the rest of an open scalar or collection."""
    text = f"{FIRST}{opened}\n- {line}{closed}\n"
    place = len(FIRST + opened) + 1
    items = Boundaries(text.encode(), len("items:\n"), 0)
    try:
        is_item = place in _block_tokens(text)
        list(yaml.parse(text, yaml.CLoader))
    except yaml.YAMLError:
        return

    assert not is_item
    assert items.last_proven(place) == len("items:\n")
