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


def goal(name: str, figure: float, *, most: float = 0, least: float = 0) -> list[str]:
    """Return the row that holds a figure against a goal: `most` or `least`."""
    is_held = figure <= most if most else figure >= least
    wanted = f"at most {most:g}" if most else f"at least {least:g}"
    shown = f"{figure:.2f}" if figure < 10 else f"{figure:.0f}"
    return [name, shown, wanted, "yes" if is_held else "**no**"]


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
