"""The manifests of the matrix, made from the files in `manifests/`."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonpatch
import yaml

_FOLDER = Path(__file__).parent / "manifests"
_POD = "/spec/template/spec"
_PLACES = {
    "workload": "",
    "pod": _POD,
    "ksm": f"{_POD}/containers/0",
    "main": f"{_POD}/containers/1",
    "self": f"{_POD}/containers/2",
}


@dataclass(frozen=True, slots=True)
class Case:
    """One manifest of the matrix.

    Attributes:
        name: the names of the patches that made it.
        text: the manifest.
        reason: the reason that the function must give at least once, empty for any.

    """

    name: str
    text: str = field(repr=False)
    reason: str


def read_cases() -> tuple[Case, ...]:
    """Return the cases in the order of `cases.yaml`."""
    return tuple(_cases())


def _cases() -> Iterator[Case]:
    patches = _load("patches.yaml")
    for file, names in _load("cases.yaml").items():
        for name in names:
            operations = [o for part in name.split(" + ") for o in patches[part]]
            documents = list(yaml.safe_load_all((_FOLDER / file).read_text()))
            text = yaml.safe_dump_all([_patched(d, operations) for d in documents], sort_keys=False)
            reason = name.split("-")[1] if name.startswith("reason-") else ""
            yield Case(name, text, reason)


def _load(file: str) -> Any:
    return yaml.safe_load((_FOLDER / file).read_text())


def _patched(document: dict[str, Any], operations: list[dict[str, Any]]) -> dict[str, Any]:
    if "template" not in document.get("spec", {}):
        return document
    patched: dict[str, Any] = jsonpatch.apply_patch(document, [_absolute(o) for o in operations])
    return patched


def _absolute(operation: dict[str, Any]) -> dict[str, Any]:
    return operation | {k: _pointer(operation[k]) for k in ("path", "from") if k in operation}


def _pointer(place: str) -> str:
    name, slash, rest = place.partition("/")
    return _PLACES[name] + slash + rest
