"""The settings in a functionConfig or a ConfigMap, checked against the fields."""

from __future__ import annotations

from fix_ksm_probes.manifests.stream import Stream
from fix_ksm_probes.settings.fields import API_VERSION, FIELDS, KIND, NONE, Settings
from fix_ksm_probes.settings.kinds import ConfigError, nearest
from fix_ksm_probes.yamlpatch import Pointer, value_at
from fix_ksm_probes.yamlpatch.patch import brackets
from fix_ksm_probes.yamlpatch.scalars import as_text

_ID = ("metadata", "annotations", "kustomize.config.k8s.io/id")
_TOP = ("apiVersion", "kind", "metadata", "spec")


def read_function_config(function_config: object) -> dict[str, object]:
    """Return the settings of a functionConfig by their flat names.

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
                raise _unknown(f"{key}", key, _TOP)
        return _read_spec(function_config.get("spec"))
    if kind == ("v1", "ConfigMap"):
        settings = function_config.get("data")
        return read_flat({} if settings is None else settings, "data.")
    raise ConfigError(
        "functionConfig",
        f"{API_VERSION} {KIND} or v1 ConfigMap is accepted, not {' '.join(map(str, kind))[:80]}",
    )


def written_as(function_config: object) -> dict[str, str]:
    """Return how a functionConfig writes each setting, such as `spec.dedicatedPort.port`."""
    if value_at(function_config, ("kind",)) == KIND:
        return {field.name: brackets(("spec", *field.place)) for field in FIELDS}
    return {field.name: f"data.{field.name}" for field in FIELDS}


def read_flat(settings: object, prefix: str) -> dict[str, object]:
    """Return settings given as text by flat names; `prefix` goes before a name in errors.

    Text is taken as it is written, whatever its YAML type. Raises ConfigError.
    """
    if not isinstance(settings, dict):
        raise ConfigError(prefix.rstrip("."), "a mapping of names to strings is accepted")
    fields = {field.name: field for field in FIELDS}
    values = {}
    for name, value in settings.items():
        if name not in fields:
            raise _unknown(f"{prefix}{name}", name, tuple(fields))
        text = "" if value is None else as_text(value)
        if text is None:
            raise ConfigError(f"{prefix}{name}", "a string is accepted")
        field = fields[name]
        values[str(name)] = field.read(field.from_text(text), f"{prefix}{name}")
    return values


def refuse_silence(settings: Settings, stream: Stream) -> None:
    """Refuse `emit: none` if it would lose the input.

    A validator of kustomize must return no items; any other caller takes that as the removal of
    all. kustomize 5.0.1 to 5.8.1 mark each item that they send with an id of their own. Raises
    ConfigError.
    """
    if settings.emit != NONE:
        return
    if not all(value_at(item.resource, _ID) is not None for item in stream.items):
        raise ConfigError(
            settings.typed("emit"),
            "none is accepted only from kustomize, under `validators:`; "
            "any other caller would lose all items",
        )


def _read_spec(spec: object, place: Pointer = ()) -> dict[str, object]:
    """Return the settings in `spec`, or in the mapping at `place` in it."""
    if spec is None:
        return {}
    where = brackets(("spec", *place))
    if not isinstance(spec, dict):
        raise ConfigError(where, "a mapping is accepted")
    depth = len(place)
    fields = {each.place[depth]: each for each in FIELDS if each.place[:depth] == place}
    values: dict[str, object] = {}
    for key, value in spec.items():
        here = (*place, key)
        if key not in fields:
            raise _unknown(f"{where}.{key}", key, tuple(map(str, fields)))
        if fields[key].place != here:
            values |= _read_spec(value, here)
        elif value is not None:
            values[fields[key].name] = fields[key].read(value, brackets(("spec", *here)))
    return values


def _unknown(where: str, key: object, accepted: tuple[str, ...]) -> ConfigError:
    # A field in the wrong place, by its own name or by that in a ConfigMap.
    moved = next(
        (
            each
            for each in FIELDS
            if key in (each.name, each.place[-1]) and where.startswith("spec")
        ),
        None,
    )
    hint = nearest(key, accepted)
    if moved is not None:
        hint = f" (write it as {brackets(('spec', *moved.place))})"
    return ConfigError(where, f"unknown{hint}; accepted are {', '.join(accepted)}")
