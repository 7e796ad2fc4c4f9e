"""RFC 6902 patches over plain data. Only this module knows jsonpatch."""

from __future__ import annotations

from typing import NamedTuple

from fix_ksm_probes.pointer import Pointer, rfc6901


class Operation(NamedTuple):
    """One operation of RFC 6902: `add`, `replace` or `remove` at `path`."""

    op: str
    path: Pointer
    value: object = None


Patch = tuple[Operation, ...]


def add(path: Pointer, value: object) -> Operation:
    """Return the operation that puts `value` at `path`, a new key or the end of a list."""
    return Operation("add", path, value)


def replace(path: Pointer, value: object) -> Operation:
    """Return the operation that puts `value` in the place of what stands at `path`."""
    return Operation("replace", path, value)


def remove(path: Pointer) -> Operation:
    """Return the operation that takes away what stands at `path`."""
    return Operation("remove", path)


def apply_patch(value: object, patch: Patch) -> object:
    """Return plain data `value` with `patch` applied; `value` itself is used up.

    Raises jsonpatch.JsonPatchException where an operation finds nothing at its path: our bug.
    """
    # The import takes as long as all the rest of a run that has nothing to repair.
    from jsonpatch import JsonPatch

    return JsonPatch([_as_json(operation) for operation in patch]).apply(value, in_place=True)


def _as_json(operation: Operation) -> dict[str, object]:
    written: dict[str, object] = {"op": operation.op, "path": rfc6901(operation.path)}
    return written if operation.op == "remove" else {**written, "value": operation.value}
