"""A place in plain data, as the tuple of keys and list indexes that lead to it."""

from __future__ import annotations

Pointer = tuple[str | int, ...]

END = "-"
"""As last step: the place behind the last item of a list (RFC 6901, section 4)."""


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


def copy_for(value: object, pointer: Pointer) -> object:
    """Return `value` with a copy of what stands at `pointer`; all beside it is shared."""
    if pointer and isinstance(value, dict):
        return {**value, pointer[0]: copy_for(value[pointer[0]], pointer[1:])}
    if pointer and isinstance(value, list):
        copied = list(value)
        copied[int(pointer[0])] = copy_for(value[int(pointer[0])], pointer[1:])
        return copied
    from copy import deepcopy

    return deepcopy(value)


def value_at(value: object, pointer: Pointer) -> object:
    """Return what stands at `pointer` below `value`, or None where nothing stands."""
    for step in pointer:
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and step < len(value):
            value = value[step]
        else:
            return None
    return value
