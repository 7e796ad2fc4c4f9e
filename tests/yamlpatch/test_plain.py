"""Text that is read in one pass gives the data of its nodes, or is left to them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from fix_ksm_probes.yamlpatch import BadInput, decode, load, parse
from fix_ksm_probes.yamlpatch.check import same
from fix_ksm_probes.yamlpatch.document import DEEPEST
from fix_ksm_probes.yamlpatch.plain import read_plain
from tests.case import INPUT, find_cases
from tests.yamlpatch.generated import MAPPINGS
from tests.yamlpatch.spelling import Speller, save

LAWS = settings(derandomize=True, deadline=None, max_examples=300)
LEFT_TO_NODES = {
    "anchor": "a: &x 1\n",
    "anchor of a list": "a: &x [1]\n",
    "anchor of a key": "&x a: 1\n",
    "alias": "a: &x 1\nb: *x\n",
    "tag": "a: !!str 1\n",
    "tag of a mapping": "a: !!map {}\n",
    "non-specific tag": "a: ! 1\n",
    "merge key": "a: {<<: {b: 1}}\n",
    "key that is a list": "? [a]\n: 1\n",
    "key that is a mapping": "{{a: 1}: 2}\n",
    "key twice": "a: 1\nb: 2\na: 3\n",
    "key twice as Kubernetes reads it": 'true: 1\n"true": 2\n',
    "too deep": "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1),
    "no YAML": "a: [1\n",
    "no YAML behind a document": "a: 1\n---\n]\n",
    "surrogates of JSON": '{"a": "\\ud83d\\ude00"}',
}
PLAIN = (
    "",
    "# nothing\n",
    "---\n---\n",
    "a\n",
    "a:\n",
    "? a\n",
    "'<<': 1\n",
    "null: 1\nyes: 2\n1: 3\n1.0: 4\n",
    "[a: 1, {}, [], '', null, 0x10, 2024-01-02]\n",
    "a: |\n  b\n---\n- 1\n- - 2\n  - c: ''\n...\n---\nd\n",
    "[" * DEEPEST + "]" * DEEPEST,
)


def _hold(text: str) -> bool:
    """Compare the data of one pass with that of the nodes; return whether there was one."""
    plain = read_plain(text)
    if plain is None:
        return False
    assert same(plain, [load(document.root) for document in parse(text)])
    return True


@pytest.mark.parametrize("text", LEFT_TO_NODES.values(), ids=LEFT_TO_NODES)
def test_what_takes_nodes_is_left_to_them(text: str) -> None:
    """References to another place, and possible errors, are not read in one pass."""
    assert not _hold(text)


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_plain_is_read_in_one_pass(text: str) -> None:
    """The data is equal, types included."""
    assert _hold(text)


@pytest.mark.parametrize("case", find_cases(), ids=lambda case: case.name)
def test_cases_say_the_same(case: Path) -> None:
    """Plain or not."""
    text = decode((case / INPUT).read_bytes()).text
    try:
        parse(text)
    except BadInput:
        assert read_plain(text) is None
    else:
        _hold(text)


@st.composite
def _texts(draw: st.DrawFn) -> str:
    return decode(save(draw, Speller(draw).document(draw(MAPPINGS)))).text


@LAWS
@given(_texts())
def test_no_spelling_says_another_thing(text: str) -> None:
    """Quotes, block scalars, flow style, comments, anchors and merge keys, combined."""
    event(f"plain: {_hold(text)}")


@LAWS
@given(st.text(alphabet="ab:-?[]{},&*!|>'\"# \n<0~", max_size=12))
def test_no_text_is_taken_that_is_refused(text: str) -> None:
    """Text that `parse` refuses gives no data here either."""
    try:
        parse(text)
    except BadInput:
        assert read_plain(text) is None
    else:
        event(f"plain: {_hold(text)}")
