"""Operations that build on each other, as operations that each address the original."""

from __future__ import annotations

from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple
from fix_ksm_probes.yamlpatch.patch import Operation, Patch, add, apply_patch, remove
from fix_ksm_probes.yamlpatch.pointer import END, Pointer, value_at


class _Kept(NamedTuple):
    """An operation that stays, and where what it puts there stands for those that follow it."""

    operation: Operation
    place: Pointer


def fold(before: object, patch: Patch) -> Patch:
    """Return a patch that does to `before` what `patch` does, each place addressed only once.

    An operation at or below what an earlier one put there becomes part of that one. Moves, which
    go from one list to the end of another and are the last of `patch`, stay the last; one of an
    item that the patch itself has put there becomes an addition at its new place.
    """
    changes = tuple(operation for operation in patch if operation.op != "move")
    moves = patch[_first_move(patch) :]
    kept: list[_Kept] = []
    for operation in changes[: len(patch) - len(moves)]:
        kept = _take(before, kept, operation)
    return _arrive(before, kept, moves)


def _first_move(patch: Patch) -> int:
    return next((i for i, each in enumerate(patch) if each.op == "move"), len(patch))


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
        # Applied to a list that holds it, so that the value may be any; it is used up.
        held = apply_patch([_copy(earlier.operation.value)], (_below_first(inner),))
        value = held[0] if isinstance(held, list) else None
        folded = _Kept(earlier.operation._replace(value=value), earlier.place)
        return [*kept[:index], folded, *kept[index + 1 :]]
    rest = [each for each in kept if each.place[: len(path)] != path]
    return [*rest, _Kept(operation, _place(before, rest, operation))]


def _instead(before: object, earlier: _Kept, operation: Operation) -> tuple[_Kept, ...]:
    if operation.op != "remove":
        return (_Kept(earlier.operation._replace(value=operation.value), earlier.place),)
    if value_at(before, earlier.place) is None:
        return ()
    return (_Kept(remove(earlier.place), earlier.place),)


def _copy(value: object) -> object:
    from copy import deepcopy

    return deepcopy(value)


def _below_first(operation: Operation) -> Operation:
    return operation._replace(path=(0, *operation.path))


def _place(before: object, kept: list[_Kept], operation: Operation) -> Pointer:
    parent, step = operation.path[:-1], operation.path[-1]
    if step != END:
        return operation.path
    there = value_at(before, parent)
    appended = sum(each.operation.path == operation.path for each in kept)
    return (*parent, (len(there) if isinstance(there, list) else 0) + appended)


def _arrive(before: object, kept: list[_Kept], moves: Patch) -> Patch:
    arrivals: list[Operation] = []
    left: dict[Pointer, list[Pointer]] = {}
    for operation in moves:
        holder, index = operation.source[:-1], operation.source[-1]
        if holder not in left:
            there = value_at(before, holder)
            own = [(*holder, i) for i in range(len(there) if isinstance(there, list) else 0)]
            put = [each.place for each in kept if each.operation.path == (*holder, END)]
            left[holder] = own + put
        place = left[holder].pop(index if isinstance(index, int) else 0)
        made = next((each for each in kept if each.place == place), None)
        if made is not None and made.operation.path[-1] == END:
            kept = [each for each in kept if each != made]
            arrivals.append(add(operation.path, made.operation.value))
        else:
            arrivals.append(operation)
    if any(each.op == "move" for each in arrivals):
        return (*(each.operation for each in kept), *arrivals)
    for operation in arrivals:
        kept = _take(before, kept, operation)
    return tuple(each.operation for each in kept)
