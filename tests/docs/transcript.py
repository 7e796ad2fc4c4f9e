"""Whether a page shows what was written: to the letter, but for what `...` stands for."""

from __future__ import annotations

ANY = "..."


def is_shown(shown: str, written: str) -> bool:
    """Tell whether `shown` is what was written."""
    return _match(shown.splitlines(), written.splitlines())


def is_part(shown: str, written: str) -> bool:
    """Tell whether `shown` stands among the lines that were written, at whatever indent."""
    wanted, lines = shown.splitlines(), written.splitlines()
    starts = range(len(lines) - len(wanted) + 1)
    return any(_dedented(lines[start : start + len(wanted)]) == wanted for start in starts)


def _match(shown: list[str], written: list[str]) -> bool:
    if ANY not in shown:
        return _same(shown, written)
    cut = shown.index(ANY)
    head, rest = shown[:cut], shown[cut + 1 :]
    if not _same(head, written[:cut]):
        return False
    return any(_match(rest, written[start:]) for start in range(cut, len(written) + 1))


def _same(shown: list[str], written: list[str]) -> bool:
    return len(shown) == len(written) and all(
        line.startswith(wanted.removesuffix(ANY)) if wanted.endswith(ANY) else line == wanted
        for wanted, line in zip(shown, written, strict=True)
    )


def _dedented(lines: list[str]) -> list[str]:
    indents = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    least = min(indents, default=0)
    return [line[least:] for line in lines]
