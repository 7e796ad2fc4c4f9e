"""Lines over two logarithmic axes, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import NamedTuple

_WIDTH, _HEIGHT = 760, 440
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 190, 50, 60
_FONT = "font-family='Helvetica, Arial, sans-serif' font-size='13'"
# Told apart by people who see fewer colours, too (Okabe and Ito).
_COLOURS = tuple("#d55e00 #e69f00 #666666 #0072b2 #009e73 #cc79a7 #56b4e9 #000000".split())
_LABEL_HEIGHT = 16


class Line(NamedTuple):
    """A name, and the points that it goes through."""

    name: str
    points: Sequence[tuple[float, float]]


class _Axis(NamedTuple):
    low: int
    high: int
    begin: float
    end: float

    def place(self, value: float) -> float:
        share = (log10(value) - self.low) / (self.high - self.low)
        return self.begin + share * (self.end - self.begin)


def draw(lines: Sequence[Line], title: str, across: str, up: str, note: str) -> str:
    """Return the drawing of `lines`, each with its name at its end."""
    x = _axis([each for line in lines for each, _ in line.points], _LEFT, _WIDTH - _RIGHT)
    y = _axis([each for line in lines for _, each in line.points], _HEIGHT - _BOTTOM, _TOP)
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDTH} {_HEIGHT}' {_FONT}>",
        f"<title>{title}</title>",
        f"<rect width='{_WIDTH}' height='{_HEIGHT}' fill='white'/>",
        _text(_LEFT, 25, title, "start", "font-weight='bold'"),
        _text(_LEFT, 41, note, "start", "font-size='11' fill='#555'"),
        _text((x.begin + x.end) / 2, _HEIGHT - 18, across, "middle"),
        f"<g transform='translate(18 {(y.begin + y.end) / 2:.1f}) rotate(-90)'>",
        _text(0, 0, up, "middle"),
        "</g>",
        *_grid(x, y),
    ]
    beside = _apart([y.place(line.points[-1][1]) for line in lines])
    for line, colour, label in zip(lines, _COLOURS[: len(lines)], beside, strict=True):
        places = [(x.place(across), y.place(up)) for across, up in line.points]
        path = " ".join(f"{left:.1f},{top:.1f}" for left, top in places)
        parts.append(f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='2'/>")
        parts += [f"<circle cx='{a:.1f}' cy='{b:.1f}' r='3' fill='{colour}'/>" for a, b in places]
        left, top = places[-1]
        # The name of a line that ends early would lie on the others: it goes before the end.
        is_early = left < x.end
        place = (left - 8, top - 4) if is_early else (left + 8, label + 4)
        parts.append(_text(*place, line.name, "end" if is_early else "start", f"fill='{colour}'"))
    return "\n".join([*parts, "</svg>", ""])


def _axis(values: list[float], begin: float, end: float) -> _Axis:
    return _Axis(floor(log10(min(values))), ceil(log10(max(values))), begin, end)


def _grid(x: _Axis, y: _Axis) -> list[str]:
    parts = []
    for power in range(x.low, x.high + 1):
        left = x.place(10**power)
        parts.append(_stroke(left, y.begin, left, y.end))
        parts.append(_text(left, y.begin + 18, f"{10**power:,}", "middle"))
    for power in range(y.low, y.high + 1):
        top = y.place(10**power)
        parts.append(_stroke(x.begin, top, x.end, top))
        parts.append(_text(x.begin - 8, top + 4, f"{10**power:g}", "end"))
    return parts


def _stroke(left: float, top: float, right: float, bottom: float) -> str:
    ends = f"x1='{left:.1f}' y1='{top:.1f}' x2='{right:.1f}' y2='{bottom:.1f}'"
    return f"<line {ends} stroke='#ddd'/>"


def _text(left: float, top: float, words: str, anchor: str, style: str = "") -> str:
    return f"<text x='{left:.1f}' y='{top:.1f}' text-anchor='{anchor}' {style}>{words}</text>"


def _apart(tops: list[float]) -> list[float]:
    """Return the places of labels, moved down where they would lie on one another."""
    placed: dict[int, float] = {}
    lowest = float("-inf")
    for index in sorted(range(len(tops)), key=tops.__getitem__):
        lowest = placed[index] = max(tops[index], lowest + _LABEL_HEIGHT)
    return [placed[index] for index in range(len(tops))]
