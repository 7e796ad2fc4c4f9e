"""RFC 6902 patches over plain data. Only this module knows jsonpatch."""

from __future__ import annotations

from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple
from fix_ksm_probes.yamlpatch.pointer import Pointer, rfc6901


class Operation(NamedTuple):
    """One operation of RFC 6902: `add`, `replace`, `remove` at `path`, `move` from `source`."""

    op: str
    path: Pointer
    value: object = None
    source: Pointer = ()


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


def move(source: Pointer, path: Pointer) -> Operation:
    """Return the operation that takes what stands at `source` away and puts it at `path`."""
    return Operation("move", path, source=source)


def below(pointer: Pointer, patch: Patch) -> Patch:
    """Return the patch that does what `patch` does, to what stands at `pointer`."""
    return tuple(
        operation._replace(
            path=(*pointer, *operation.path),
            source=(*pointer, *operation.source) if operation.source else (),
        )
        for operation in patch
    )


def within(pointer: Pointer, patch: Patch) -> Patch:
    """Return what `patch` does below `pointer`, as a patch that leads from what stands there."""
    depth = len(pointer)
    return tuple(
        operation._replace(path=operation.path[depth:], source=operation.source[depth:])
        for operation in patch
        if operation.path[:depth] == pointer and len(operation.path) > depth
    )


def apply_patch(value: object, patch: Patch) -> object:
    """Return plain data `value` with `patch` applied; `value` itself is used up.

    Raises jsonpatch.JsonPatchException where an operation finds nothing at its path: our bug.
    """
    # The import takes as long as all the rest of a run that has nothing to repair.
    from copy import deepcopy

    from jsonpatch import JsonPatch

    # A later operation may change what an earlier one put there: that must stay as it was given.
    operations = deepcopy([as_json(operation) for operation in patch])
    return JsonPatch(operations).apply(value, in_place=True)


def as_json(operation: Operation) -> dict[str, object]:
    """Return an operation as RFC 6902 writes it."""
    written: dict[str, object] = {"op": operation.op, "path": rfc6901(operation.path)}
    if operation.op == "move":
        return {**written, "from": rfc6901(operation.source)}
    return written if operation.op == "remove" else {**written, "value": operation.value}
