"""The settings as people give them: functionConfig, ConfigMap and flags, held to the fields."""

from __future__ import annotations

from fix_ksm_probes.settings.fields import API_VERSION, FIELDS, KIND, ConfigError, Field
from fix_ksm_probes.yamlpatch import Pointer, value_at
from fix_ksm_probes.yamlpatch.patch import brackets
from fix_ksm_probes.yamlpatch.scalars import as_text, is_text

_TOP = ("apiVersion", "kind", "metadata", "spec")


def read_function_config(function_config: object) -> dict[str, object]:
    """Return the settings of a functionConfig by their flat names, valid ones only.

    Accepted are FixKSMProbes, a ConfigMap with the flat names as keys of `data`, and none at all.
    Raises ConfigError.
    """
    if function_config is None or function_config == {}:
        return {}
    if not isinstance(function_config, dict):
        raise ConfigError("functionConfig", "a mapping is accepted")
    kind = (function_config.get("apiVersion"), function_config.get("kind"))
    if kind == (API_VERSION, KIND):
        for key in function_config:
            if key not in _TOP:
                raise ConfigError(f"{key}", f"unknown; accepted are {', '.join(_TOP)}")
        return _read_spec(function_config.get("spec"))
    if kind == ("v1", "ConfigMap"):
        settings = function_config.get("data")
        return read_flat({} if settings is None else settings, "data.")
    raise ConfigError(
        "functionConfig", f"{API_VERSION} {KIND} or v1 ConfigMap is accepted, not {_spell(kind)}"
    )


def read_flat(settings: object, prefix: str) -> dict[str, object]:
    """Return settings given as text by flat names; `prefix` is put before a name in errors.

    Text is taken as it is written, whatever its YAML type. Raises ConfigError.
    """
    if not isinstance(settings, dict):
        raise ConfigError(prefix.rstrip("."), "a mapping of names to strings is accepted")
    fields = {field.name: field for field in FIELDS}
    values = {}
    for name, value in settings.items():
        if name not in fields:
            raise ConfigError(f"{prefix}{name}", f"unknown; accepted are {', '.join(fields)}")
        text = "" if value is None else as_text(value)
        if text is None:
            raise ConfigError(f"{prefix}{name}", "a string is accepted")
        values[str(name)] = _read(fields[name], _from_text(fields[name], text), f"{prefix}{name}")
    return values


def _read_spec(spec: object) -> dict[str, object]:
    values: dict[str, object] = {}
    places = tuple(field.place for field in FIELDS)
    for place in _leaves(spec, (), places):
        field = next(field for field in FIELDS if field.place == place)
        value = value_at(spec, place)
        if value is not None:
            values[field.name] = _read(field, value, brackets(("spec", *place)))
    return values


def _leaves(value: object, place: Pointer, places: tuple[Pointer, ...]) -> list[Pointer]:
    if place in places:
        return [place]
    if value is None:
        return []
    field = brackets(("spec", *place))
    if not isinstance(value, dict):
        raise ConfigError(field, "a mapping is accepted")
    depth = len(place)
    accepted = dict.fromkeys(each[depth] for each in places if each[:depth] == place)
    found = []
    for key, below in value.items():
        if key not in accepted:
            names = ", ".join(str(name) for name in accepted)
            raise ConfigError(f"{field}.{key}", f"unknown; accepted are {names}")
        found += _leaves(below, (*place, key), places)
    return found


def _from_text(field: Field, text: str) -> object:
    if field.type == "choices":
        return [word.strip() for word in text.split(",")] if text.strip() else []
    if field.type == "switch":
        return {"true": True, "false": False}.get(text, text)
    if field.type == "port":
        return int(text) if text.isdecimal() and len(text) < 10 else text
    if field.type == "labels":
        pairs = (pair.partition("=") for pair in text.split(",") if pair.strip())
        return {key.strip(): value.strip() for key, _, value in pairs}
    return text


def _read(field: Field, value: object, where: str) -> object:
    if field.type == "port":
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 65536:
            return value
        raise ConfigError(where, f"an integer from 1 to 65535 is accepted, not {_spell(value)}")
    if field.type == "choices":
        return _read_choices(field, value, where)
    if field.type == "switch":
        if isinstance(value, bool):
            return value
        raise ConfigError(where, f"true or false is accepted, not {_spell(value)}")
    if field.type == "labels":
        if isinstance(value, dict) and all(
            is_text(key) and is_text(label) for key, label in value.items()
        ):
            return tuple((str(key), str(label)) for key, label in value.items())
        raise ConfigError(where, "a mapping of strings to strings is accepted")
    if not is_text(value):
        raise ConfigError(where, f"{_accepted(field)} is accepted, not {_spell(value)}")
    if field.choices and value not in field.choices:
        raise ConfigError(where, f"{_accepted(field)} is accepted, not {_spell(value)}")
    return str(value)


def _read_choices(field: Field, value: object, where: str) -> tuple[str, ...]:
    words = value if isinstance(value, list) and len(value) >= field.least else None
    if words is None or not all(isinstance(word, str) and word in field.choices for word in words):
        accepted = ", ".join(field.choices)
        raise ConfigError(where, f"a list of {accepted} is accepted, not {_spell(value)}")
    return tuple(choice for choice in field.choices if choice in words)


def _accepted(field: Field) -> str:
    return " or ".join(field.choices) if field.choices else "a string"


def _spell(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(str(each) for each in value)
    return repr(str(value) if isinstance(value, str) else value)[:80]
