"""Our named tuples, compared with those of `typing`."""

from __future__ import annotations

import copy
import typing

import pytest

from fix_ksm_probes.yamlpatch import NamedTuple


class Ours(NamedTuple):
    """A value as the function makes them."""

    first: int
    second: str = "two"

    @property
    def both(self) -> str:
        """Return both fields."""
        return f"{self.first} {self.second}"


class Theirs(typing.NamedTuple):
    """A value as `typing` makes them."""

    first: int
    second: str = "two"


@pytest.mark.parametrize(
    ("values", "named"),
    [((1,), {}), ((1, "x"), {}), ((), {"second": "x", "first": 1}), ((1,), {"second": "x"})],
)
def test_they_are_made_alike(values: tuple[typing.Any], named: dict[str, typing.Any]) -> None:
    """By position, by name, and with defaults for the rest."""
    ours, theirs = Ours(*values, **named), Theirs(*values, **named)

    assert tuple(ours) == tuple(theirs)
    assert (ours.first, ours.second) == (theirs.first, theirs.second)
    assert repr(ours) == repr(theirs).replace("Theirs", "Ours")
    assert tuple(ours._replace(first=9)) == tuple(theirs._replace(first=9))


@pytest.mark.parametrize(
    ("values", "named"),
    [((), {}), ((1, "x", 3), {}), ((1,), {"first": 1}), ((1,), {"third": 3}), ((), {"second": ""})],
)
def test_they_refuse_alike(values: tuple[typing.Any], named: dict[str, typing.Any]) -> None:
    """Too few, too many, twice, unknown."""
    for made in (Ours, Theirs):
        with pytest.raises(TypeError):
            made(*values, **named)


def test_they_cannot_be_changed() -> None:
    """No attribute can be set."""
    for name in ("first", "third"):
        with pytest.raises(AttributeError):
            setattr(Ours(1), name, 2)


def test_they_are_copied_whole() -> None:
    """Copies are equal, and have the same type and properties."""
    value = Ours(1)
    for made in (copy.copy(value), copy.deepcopy(value)):
        assert type(made) is Ours
        assert made == value
        assert made.both == "1 two"
