"""RFC 6902 patches over plain data. Only this module knows jsonpatch."""

from __future__ import annotations

from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple
from fix_ksm_probes.yamlpatch.scalars import as_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Pointer = tuple[str | int, ...]

END = "-"
"""As the last step: the place after the last item of a list (RFC 6901, section 4)."""


def rfc6901(pointer: Pointer) -> str:
    """Return `pointer` as a JSON Pointer, such as `/spec/a~1b/0`."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in pointer)


def brackets(pointer: Pointer) -> str:
    """Return `pointer` as KRM writes a field path, such as `spec.containers[0].args`."""
    written = ""
    for step in pointer:
        if isinstance(step, int):
            written += f"[{step}]"
        else:
            written += f".{step}" if written else step
    return written


def value_at(value: object, pointer: Pointer) -> object:
    """Return the value at `pointer` below `value`, or None if there is none."""
    for step in pointer:
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def list_at(value: object, pointer: Pointer) -> list[object]:
    """Return the list at `pointer` below `value`, an empty one if there is none."""
    found = value_at(value, pointer)
    return found if isinstance(found, list) else []


def text_at(value: object, pointer: Pointer) -> str:
    """Return the text at `pointer` below `value` as a string field reads it; empty for none."""
    return as_text(value_at(value, pointer)) or ""


class PatchMismatch(Exception):
    """The edited text differs from the patched data: our bug, which becomes a result."""


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
    """Return the operation that replaces the value at `path` with `value`."""
    return Operation("replace", path, value)


def remove(path: Pointer) -> Operation:
    """Return the operation that removes the value at `path`."""
    return Operation("remove", path)


def move(source: Pointer, path: Pointer) -> Operation:
    """Return the operation that moves the value at `source` to `path`."""
    return Operation("move", path, source=source)


def below(pointer: Pointer, patch: Patch) -> Patch:
    """Return the patch that does to the value at `pointer` what `patch` does to a whole."""
    return tuple(
        operation._replace(
            path=(*pointer, *operation.path),
            source=(*pointer, *operation.source) if operation.source else (),
        )
        for operation in patch
    )


def within(pointer: Pointer, patch: Patch) -> Patch:
    """Return the operations of `patch` below `pointer`, as a patch of the value there."""
    depth = len(pointer)
    return tuple(
        operation._replace(path=operation.path[depth:], source=operation.source[depth:])
        for operation in patch
        if operation.path[:depth] == pointer and len(operation.path) > depth
    )


def apply_patch(value: object, patch: Patch) -> object:
    """Return plain data `value` with `patch` applied; the result shares all that stays with both.

    Raises jsonpatch.JsonPatchException if an operation finds nothing at its path: our bug.
    """
    # The import takes as long as the rest of a run that has nothing to repair.
    from jsonpatch import JsonPatch

    own: dict[int, object] = {}
    for operation in patch:
        for changed in (operation.path, operation.source):
            value = _with_own(value, changed[:-1], own)
        value = JsonPatch([as_json(operation)]).apply(value, in_place=True)
    return value


def _with_own(value: object, pointer: Pointer, own: dict[int, object]) -> object:
    """Return `value` with copies of what leads to `pointer`, except those that are its `own`."""
    root = [value]
    above: Any = root
    for step in (0, *pointer):
        here = value_at(above, (step,))
        if not isinstance(here, (dict, list)):
            break
        if id(here) not in own:
            here = here.copy()
            # A collection that is kept here keeps its id.
            own[id(here)] = above[step] = here
        above = here
    return root[0]


def as_json(operation: Operation) -> dict[str, object]:
    """Return an operation as RFC 6902 writes it."""
    written: dict[str, object] = {"op": operation.op, "path": rfc6901(operation.path)}
    if operation.op == "move":
        return {**written, "from": rfc6901(operation.source)}
    return written if operation.op == "remove" else {**written, "value": operation.value}


class _Kept(NamedTuple):
    """An operation that stays, and where its value is for the operations that follow."""

    operation: Operation
    place: Pointer


def compose_patches(before: object, patch: Patch) -> Patch:
    """Return a patch that does to `before` what `patch` does, addressing each place once.

    An operation at or below a value that an earlier one set becomes part of that one. Moves, which
    come last in `patch`, stay as they are.
    """
    kept: list[_Kept] = []
    for index, operation in enumerate(patch):
        if operation.op == "move":
            return (*(each.operation for each in kept), *patch[index:])
        kept = _take(before, kept, operation)
    return tuple(each.operation for each in kept)


def _take(before: object, kept: list[_Kept], operation: Operation) -> list[_Kept]:
    path = operation.path
    for index in reversed(range(len(kept))):
        earlier = kept[index]
        depth = len(earlier.place)
        if earlier.operation.op == "remove" or path[:depth] != earlier.place:
            continue
        if path == earlier.place:
            return [*kept[:index], *_instead(before, earlier, operation), *kept[index + 1 :]]
        inner = operation._replace(path=path[depth:])
        # Applied to a list that holds the value, which may be of any type.
        held = apply_patch([earlier.operation.value], (_below_first(inner),))
        value = held[0] if isinstance(held, list) else None
        folded = _Kept(earlier.operation._replace(value=value), earlier.place)
        return [*kept[:index], folded, *kept[index + 1 :]]
    rest = [each for each in kept if each.place[: len(path)] != path]
    return [*rest, _Kept(operation, _arrival(before, rest, operation))]


def _instead(before: object, earlier: _Kept, operation: Operation) -> tuple[_Kept, ...]:
    if operation.op != "remove":
        return (_Kept(earlier.operation._replace(value=operation.value), earlier.place),)
    if value_at(before, earlier.place) is None:
        return ()
    return (_Kept(remove(earlier.place), earlier.place),)


def _below_first(operation: Operation) -> Operation:
    return operation._replace(path=(0, *operation.path))


def _arrival(before: object, kept: list[_Kept], operation: Operation) -> Pointer:
    parent, step = operation.path[:-1], operation.path[-1]
    if step != END:
        return operation.path
    there = value_at(before, parent)
    appended = sum(each.operation.path == operation.path for each in kept)
    return (*parent, (len(there) if isinstance(there, list) else 0) + appended)
