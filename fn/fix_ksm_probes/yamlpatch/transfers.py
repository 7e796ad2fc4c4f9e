"""What the moves of a patch take from one list of a mapping to another."""

from __future__ import annotations

from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple
from fix_ksm_probes.yamlpatch.patch import Operation, Patch, add
from fix_ksm_probes.yamlpatch.pointer import END, Pointer


class Transfer(NamedTuple):
    """All that goes from the list at `source` to the end of the one at `target`.

    `arrivals` are, in their order, the indexes of what goes there from `source`, and None for what
    is new. `operations` are those of the patch that say so.
    """

    source: Pointer
    target: Pointer
    arrivals: tuple[int | None, ...]
    operations: Patch

    @property
    def holder(self) -> Pointer:
        """Return the pointer of the mapping that has both lists."""
        return self.source[:-1]


def read_transfers(patch: Patch) -> tuple[Transfer, ...]:
    """Return the transfers that the moves of `patch` make, one for each list that they lead to."""
    moves = [operation for operation in patch if operation.op == "move"]
    return tuple(
        _read_transfer(target, patch)
        for target in dict.fromkeys(operation.path[:-1] for operation in moves)
    )


def _read_transfer(target: Pointer, patch: Patch) -> Transfer:
    operations = tuple(
        each for each in patch if each.path == (*target, END) or each == add(target, [])
    )
    arrivals: list[int | None] = []
    source: Pointer = ()
    for operation in operations:
        if operation.op == "move":
            source = operation.source[:-1]
            arrivals.append(_original(operation, arrivals))
        elif operation.path != target:
            arrivals.append(None)
    return Transfer(source, target, tuple(arrivals), operations)


def _original(operation: Operation, gone: list[int | None]) -> int:
    index = operation.source[-1]
    original = index if isinstance(index, int) else 0
    for before in sorted(each for each in gone if each is not None):
        original += before <= original
    return original
