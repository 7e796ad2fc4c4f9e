"""The kinds of settings: how each is written, checked, and described to a schema and a reader."""

from __future__ import annotations

from fix_ksm_probes.yamlpatch import BadInput, Pointer
from fix_ksm_probes.yamlpatch.scalars import is_text

# Read as true by mypy; to import typing would take as long as a run.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Schema = dict[str, Any]
else:
    Schema = dict


class ConfigError(BadInput):
    """A setting that is not accepted; `field` is its name as written, such as `spec.mode`."""

    def __init__(self, field: str, accepted: str) -> None:
        super().__init__(f"{field}: {accepted}")
        self.field = field


class Field:
    """One setting: its help, its place in `spec`, and the modes that can use it.

    It is an attribute of Settings, whose name it takes: `answered_by` there is `answeredBy` in a
    ConfigMap, `--answered-by` on the command line, and the last step of `place`. Empty `modes` mean
    all of them; with the switch `beside` on, every mode that repairs can use it.
    """

    accepted = ""
    """The description of the values if there are no `choices`."""
    choices: tuple[str, ...] = ()
    """The accepted words; empty if any text or number is."""
    alone: str | None = None
    """The value of the flag if it is given without one; None if it needs one."""

    def __init__(
        self,
        *,
        default: object,
        help: str,  # noqa: A002 (as in argparse)
        within: str = "",
        modes: tuple[str, ...] = (),
        beside: str = "",
    ) -> None:
        self.default = default
        self.help = help
        self.within = within
        self.modes = modes
        self.beside = beside
        self.attribute = ""
        self.name = ""
        self.place: Pointer = ()

    def __set_name__(self, owner: type, attribute: str) -> None:
        self.attribute = attribute
        head, *rest = attribute.split("_")
        self.name = head + "".join(word.capitalize() for word in rest)
        last = self.name.removeprefix(self.within)
        last = last[:1].lower() + last[1:]
        self.place = (self.within, last) if self.within else (last,)

    @property
    def flag(self) -> str:
        """Return the flag of the setting, such as `--answered-by`."""
        return "--" + self.attribute.replace("_", "-")

    @property
    def shown_default(self) -> str:
        """Return the default as text, as for a flag."""
        if isinstance(self.default, tuple):
            return ",".join(self.default)
        return "false" if self.default is False else str(self.default)

    def from_text(self, text: str) -> object:
        """Return the value in `spec` for the `text` of a flag or a ConfigMap.

        Text that means no value is returned as it is, and `read` refuses it.
        """
        return text

    def read(self, value: object, where: str) -> object:
        """Return the setting for `value` in `spec`; `where` names it. Raises ConfigError."""
        raise NotImplementedError

    def schema(self) -> Schema:
        """Return the JSON Schema of the value in `spec`."""
        raise NotImplementedError

    def of(self, settings: object) -> Any:  # noqa: ANN401 (each kind says which type it has)
        """Return the value in `settings`, or the default if that is None."""
        given = {} if settings is None else vars(settings)["_given"]
        return given.get(self.attribute, self.default)


class Text(Field):
    """A name, which has no spaces; empty means none."""

    accepted = "text"

    def __get__(self, settings: object, owner: type) -> str:
        return str(self.of(settings))

    def read(self, value: object, where: str) -> str:
        if not is_text(value):
            raise ConfigError(where, f"a string is accepted, not {_spell(value)}")
        if str(value).split() != [value] * bool(value):
            raise ConfigError(where, f"a string without spaces is accepted, not {_spell(value)}")
        return str(value)

    def schema(self) -> Schema:
        return {"type": "string", "pattern": r"^\S*$"}


class Choice(Text):
    """One of some words."""

    def __init__(self, *choices: str, **more: Any) -> None:  # noqa: ANN401 (those of Field)
        super().__init__(**more)
        self.choices = choices

    def read(self, value: object, where: str) -> str:
        if not is_text(value) or value not in self.choices:
            raise ConfigError(where, not_one_of(self.choices, value))
        return str(value)

    def schema(self) -> Schema:
        return {"type": "string", "enum": list(self.choices), "default": self.default}


class Choices(Field):
    """Some of some words, at least `least` of them, in the order of the definition."""

    def __init__(self, *choices: str, least: int, **more: Any) -> None:  # noqa: ANN401 (as Choice)
        super().__init__(**more)
        self.choices = choices
        self._least = least

    def __get__(self, settings: object, owner: type) -> tuple[str, ...]:
        return tuple(self.of(settings))

    def from_text(self, text: str) -> object:
        return [word.strip() for word in text.split(",")] if text.strip() else []

    def read(self, value: object, where: str) -> tuple[str, ...]:
        if not isinstance(value, list) or len(value) < self._least:
            listed = ", ".join(self.choices)
            raise ConfigError(where, f"a list of {listed} is accepted, not {_spell(value)}")
        for word in value:
            if not isinstance(word, str) or word not in self.choices:
                nothing = "" if self._least else ", or nothing"
                raise ConfigError(where, not_one_of(self.choices, word) + nothing)
        return tuple(choice for choice in self.choices if choice in value)

    def schema(self) -> Schema:
        listed = {"type": "string", "enum": list(self.choices)}
        return {"type": "array", "minItems": self._least, "items": listed}


class Port(Field):
    """The number of a TCP port."""

    accepted = "an integer from 1 to 65535"

    def __get__(self, settings: object, owner: type) -> int:
        return int(self.of(settings))

    def from_text(self, text: str) -> object:
        return int(text) if text.isdecimal() and len(text) < 10 else text

    def read(self, value: object, where: str) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 65536:
            return value
        raise ConfigError(where, f"{self.accepted} is accepted, not {_spell(value)}")

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": 1, "maximum": 65535, "default": self.default}


class Switch(Field):
    """On or off; off unless it is set."""

    accepted = "`true`, `false`"
    alone = "true"

    def __init__(self, **more: Any) -> None:  # noqa: ANN401 (those of Field)
        super().__init__(default=False, **more)

    def __get__(self, settings: object, owner: type) -> bool:
        return bool(self.of(settings))

    def from_text(self, text: str) -> object:
        return {"true": True, "false": False}.get(text, text)

    def read(self, value: object, where: str) -> bool:
        if isinstance(value, bool):
            return value
        raise ConfigError(where, f"true or false is accepted, not {_spell(value)}")

    def schema(self) -> Schema:
        return {"type": "boolean", "default": False}


class Labels(Field):
    """Labels with their values, as pairs."""

    accepted = "a mapping; as text `a=b,c=d`"

    def __init__(self, **more: Any) -> None:  # noqa: ANN401 (those of Field)
        super().__init__(default=(), **more)

    def __get__(self, settings: object, owner: type) -> tuple[tuple[str, str], ...]:
        return tuple(self.of(settings))

    def from_text(self, text: str) -> object:
        pairs = [pair.split("=") for pair in text.split(",") if pair.strip()]
        # Other selectors of kubectl, such as `a!=b`, `a==b` or `a`, would match nothing.
        if not all(len(pair) == 2 and _is_label_key(pair[0].strip()) for pair in pairs):
            return text
        return {key.strip(): value.strip() for key, value in pairs}

    def read(self, value: object, where: str) -> tuple[tuple[str, str], ...]:
        if isinstance(value, dict) and all(
            is_text(key) and is_text(label) for key, label in value.items()
        ):
            return tuple((str(key), str(label)) for key, label in value.items())
        accepted = "a mapping of strings to strings, or a=b,c=d in a flag or ConfigMap, is accepted"
        raise ConfigError(where, f"{accepted}, not {_spell(value)}")

    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": {"type": "string"}}


def _is_label_key(text: str) -> bool:
    return text[:1].isalnum() and all(letter.isalnum() or letter in "-_./" for letter in text)


def _spell(value: object) -> str:
    """Return how an error quotes a value that is not accepted."""
    return repr(str(value) if isinstance(value, str) else value)[:80]


def not_one_of(accepted: tuple[str, ...], value: object) -> str:
    """Return the message that `value` is not an `accepted` word, with the nearest one."""
    listed = ", ".join(accepted)
    return f"unknown value {_spell(value)}{nearest(value, accepted)}; accepted are {listed}"


def nearest(value: object, accepted: tuple[str, ...]) -> str:
    """Return the question whether the nearest of `accepted` is meant; empty if none is near."""
    if not isinstance(value, str):
        return ""
    # Only a run with a typo needs this import.
    from difflib import get_close_matches

    typed = value.lower().replace("_", "-")
    by_small = {each.lower(): each for each in accepted}
    # `json` is part of a word, though not similar to it.
    found = [each for each in by_small if typed in each]
    if len(found) != 1:
        found = get_close_matches(typed, by_small, 1)
    return f" (did you mean {by_small[found[0]]}?)" if found else ""
