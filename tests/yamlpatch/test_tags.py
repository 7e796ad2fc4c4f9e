"""A tag tells the type of a scalar, as go-yaml reads it, and a copy keeps that type."""

from __future__ import annotations

import pytest

from fix_ksm_probes.yamlpatch import add, decode, load, parse, patch_text
from fix_ksm_probes.yamlpatch.check import same
from fix_ksm_probes.yamlpatch.scalars import Untyped

# sigs.k8s.io/yaml 1.4.0 reads the same, but for what is Untyped, which it types.
READ = {
    "!!str 5": "5",
    "!!str": "",
    "! 5": "5",
    '! "a: b"': "a: b",
    "!<!> true": "true",
    "!of-its-author 5": "5",
    "!of-its-author 'a # b'": "a # b",
    '!!int "5"': 5,
    "!!int 0o17": Untyped("0o17"),
    '!!bool "true"': True,
    "!!bool yes": Untyped("yes"),
    '!!null ""': None,
    '!!float "1.5"': Untyped("1.5"),
    "!!timestamp 2024-01-02": Untyped("2024-01-02"),
    "!!binary aGVsbG8=": Untyped("aGVsbG8="),
}


@pytest.mark.parametrize("spelled", READ)
def test_a_tag_says_what_a_scalar_is(spelled: str) -> None:
    """With any quotes."""
    (document,) = parse(f"a: {spelled}\n")

    assert same(load(document.root), {"a": READ[spelled]})


@pytest.mark.parametrize("spelled", [each for each in READ if "binary" not in each])
def test_a_copy_needs_no_tag(spelled: str) -> None:
    """The check compares the copy, types included."""
    source = decode(f"a: {spelled}\nb: [x]\n".encode())
    documents = parse(source.text)
    patched = patch_text(source, documents, (add((0, "b", "-"), {"copy": READ[spelled]}),))

    assert source.text.partition("\n")[0] == patched.text.partition("\n")[0]
