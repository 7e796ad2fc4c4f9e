"""Tables that read well in a terminal and in Markdown, and the page that keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

BEGIN = "<!-- begin: figures -->\n"
END = "<!-- end: figures -->\n"


def table(*rows: Sequence[str]) -> str:
    """Return `rows` as a table: the first is its head, the first column to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "".join(_line(row, widths) for row in (rows[0], rule, *rows[1:]))


def milliseconds(wall: float) -> str:
    """Return a wall time as `41.2 ms` or, from ten seconds on, as `12.3 s`."""
    return f"{wall:.1f} s" if wall >= 10 else f"{wall * 1e3:.{1 if wall < 1 else 0}f} ms"


def megabytes(size: float) -> str:
    """Return a size as `12.0 MB`."""
    return f"{size / 1e6:.1f} MB"


def held(ratio: float, goal: str, *, holds: bool) -> list[str]:
    """Return the cells that hold a ratio against its goal."""
    return [f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}", goal, "yes" if holds else "**no**"]


def rewrite(page: Path, figures: str) -> None:
    """Put `figures` between the markers of `page`."""
    text = page.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}{figures}{END}{after}")


def _line(cells: Sequence[str], widths: list[int]) -> str:
    first, *others = cells
    padded = [first.ljust(widths[0])]
    padded += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
    return f"| {' | '.join(padded)} |\n"
