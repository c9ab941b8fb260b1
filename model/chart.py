"""Charts as plain SVG, equal byte for byte on every machine.

A chart is at most a few lines or a row of bars between 0 and 1, which is all that figures of a model need. Matplotlib
was weighed: its output moves with its version, its fonts and its own ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final, Self

COLOURS: Final = ("#1f5f8b", "#c2571a", "#3c7a3c", "#8b3a62", "#6b6b00", "#4a4a4a", "#007a7a", "#a03030")
LEFT, TOP, SIDE, _LEGEND = 52, 34, 300, 220
_ROW: Final = 18
_STYLE: Final = 'font-family="sans-serif" font-size="11" fill="#222"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One named line of a chart; both coordinates lie between 0 and 1."""

    name: str
    points: Sequence[tuple[float, float]]
    is_reference: bool = False
    """Drawn thin and broken: what chance, or perfection, would give."""

    has_dots: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One named value, a share as a rule, with its interval where it is known."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture; a notebook shows it where it is the last thing of a cell."""

    svg: str

    def save(self, path: Path) -> Self:
        """Itself, for a notebook to show, written into a file for where there is none."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.svg, encoding="utf-8")
        return self

    def _repr_svg_(self) -> str:
        return self.svg


def draw_lines(title: str, across: str, up: str, lines: Sequence[Line]) -> Chart:
    """Lines in a square from 0 to 1 both ways, with a legend beside it."""
    body = [_frame(across, up)]
    colours = iter(COLOURS * (1 + len(lines) // len(COLOURS)))
    for number, line in enumerate(lines):
        colour = "#999999" if line.is_reference else next(colours)
        dash = ' stroke-dasharray="4 3"' if line.is_reference else ""
        places = " ".join(f"{_x(x)},{_y(y)}" for x, y in line.points)
        body.append(f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="1.6"{dash}/>')
        if line.has_dots:
            body += [f'<circle cx="{_x(x)}" cy="{_y(y)}" r="3" fill="{colour}"/>' for x, y in line.points]
        at = TOP + 10 + number * _ROW
        body.append(f'<path d="M{LEFT + SIDE + 16} {at}h20" stroke="{colour}" stroke-width="2"{dash}/>')
        body.append(text_at(LEFT + SIDE + 42, at + 4, line.name))
    return whole_chart(title, LEFT + SIDE + _LEGEND, TOP + SIDE + 48, body)


def draw_bars(title: str, along: str, bars: Sequence[Bar], *, most: float = 1.0, names: int = 112) -> Chart:
    """A row for each value, from 0 to ``most``, with a thin line over its interval. ``names`` is their room."""
    body, height, left = [], max(1, len(bars)) * _ROW, names
    for tenth in range(0, 11, 2):
        at = f"{left + SIDE * tenth / 10:.1f}"
        body.append(f'<path d="M{at} {TOP}v{height}" stroke="#dddddd"/>')
        body.append(text_at(at, TOP + height + 14, f"{most * tenth / 10:g}", anchor="middle"))
    for number, bar in enumerate(bars):
        top = TOP + number * _ROW
        body.append(text_at(left - 6, top + 13, bar.name, anchor="end"))
        body.append(
            f'<rect x="{left}" y="{top + 3}" width="{SIDE * held(bar.value / most):.1f}" height="12" fill="#1f5f8b"/>'
        )
        if bar.low is not None and bar.high is not None:
            low, high = left + SIDE * held(bar.low / most), left + SIDE * held(bar.high / most)
            body.append(f'<path d="M{low:.1f} {top + 9}H{high:.1f}" stroke="#c2571a" stroke-width="2"/>')
        body.append(text_at(left + SIDE + 8, top + 13, f"{bar.value:.2f}" if most == 1 else f"{bar.value:g}"))
    body.append(text_at(left + SIDE / 2, TOP + height + 32, along, anchor="middle"))
    return whole_chart(title, left + SIDE + 60, TOP + height + 42, body)


def _frame(across: str, up: str) -> str:
    parts = [f'<rect x="{LEFT}" y="{TOP}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#888888"/>']
    for tenth in range(0, 11, 2):
        parts.append(text_at(_x(tenth / 10), TOP + SIDE + 14, f"{tenth / 10:g}", anchor="middle"))
        parts.append(text_at(LEFT - 6, float(_y(tenth / 10)) + 4, f"{tenth / 10:g}", anchor="end"))
    parts.append(text_at(LEFT + SIDE / 2, TOP + SIDE + 34, across, anchor="middle"))
    middle = TOP + SIDE / 2
    parts.append(
        f'<text x="14" y="{middle:g}" text-anchor="middle" transform="rotate(-90 14 {middle:g})" {_STYLE}>'
        f"{escape(up)}</text>"
    )
    return "".join(parts)


def whole_chart(title: str, width: int, height: int, body: Sequence[str]) -> Chart:
    """The chart of these SVG elements, with its title, in a white box of this size in pixels."""
    return Chart(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{escape(_printable(title))}">\n<rect width="100%" height="100%" fill="#ffffff"/>\n'
        f"{text_at(LEFT, 20, title, size=13)}\n" + "\n".join(body) + "\n</svg>\n"
    )


def text_at(x: float | str, y: float, words: str, *, anchor: str = "start", size: int = 11) -> str:
    """Words at a place, without signs that XML does not take."""
    style = _STYLE.replace('"11"', f'"{size}"')
    return f'<text x="{x}" y="{y:g}" text-anchor="{anchor}" {style}>{escape(_printable(words))}</text>'


def _printable(words: str) -> str:
    return "".join(char for char in words if char.isprintable())


def _x(value: float) -> str:
    return f"{LEFT + SIDE * held(value):.1f}"


def _y(value: float) -> str:
    return f"{TOP + SIDE * (1 - held(value)):.1f}"


def held(value: float) -> float:
    """The value, or the end of 0 to 1 that it lies beyond."""
    return min(1.0, max(0.0, value))
