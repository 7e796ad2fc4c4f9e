"""What the two-path check takes for the same: equal values of equal types at any depth."""

from __future__ import annotations

import copy

import pytest

from fix_ksm_probes.yamlpatch.check import same

ALIKE: list[tuple[object, object]] = [
    (1, True),
    (0, False),
    (1, 1.0),
    ("1", 1),
    ("null", None),
    ("", None),
    ({}, []),
    (None, 0),
]
DIFFERENT = [*ALIKE, ("a", "b"), ([1], [1, 1]), ({"a": 1}, {"b": 1}), ({"a": 1}, {"a": 1, "b": 1})]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_another_value_or_type_is_seen_at_any_depth(one: object, other: object) -> None:
    """An edit that loses the quotes of a number is never written."""
    for left, right in ((one, other), (other, one)):
        assert not same(left, right)
        assert not same([0, left], [0, right])
        assert not same({"a": 0, "b": [left]}, {"a": 0, "b": [right]})


@pytest.mark.parametrize("value", [None, "", 1, {"a": [1, "1", {}]}, [[], {"b": None}]])
def test_a_copy_is_the_same(value: object) -> None:
    """In any order of its keys."""
    assert same(value, copy.deepcopy(value))
    assert same({"a": value, "b": 1}, {"b": 1, "a": value})
