"""Picture of a contact's campaigns, other contacts and names, with dates. Pure.

The contact stands left, the campaigns that have it in the middle, their other contacts and names right. Labels stand
inside their boxes and every line runs in the gap between two columns, so that none crosses a box or a label.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

__all__ = [
    "MOST_AROUND", "MOST_DRAWN", "WIDTH", "Around", "Box", "Line", "Picture", "Span", "draw_lifetimes",
    "draw_neighbourhood",
]  # fmt: skip

Kind = Literal["contact", "campaign", "other", "name"]
Around = tuple[Literal["other", "name"], str, str, str]
"""Kind, key, words and campaign of what stands beside a campaign."""

MOST_DRAWN: Final = 12
MOST_AROUND: Final = 24

_WIDE: Final = 230
"""Of a box."""

_GAP: Final = 95
_HIGH, _STEP, _EDGE = 26, 36, 10
_LETTERS: Final = 29
"""Of a label; a letter of 12 pixels is 7 wide on average, and a Chinese one stands for two."""

WIDTH: Final = 3 * _WIDE + 2 * _GAP + 2 * _EDGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One thing in the picture, by the upper left corner of its box."""

    kind: Kind
    key: str
    words: str
    """As much of its name as fits inside."""

    x: int
    y: int
    width: int = _WIDE
    height: int = _HIGH


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """That two things belong together: from the right side of one box to the left side of another."""

    x1: int
    y1: int
    x2: int
    y2: int

    @property
    def path(self) -> str:
        """As an SVG path that leaves and arrives level."""
        middle = (self.x1 + self.x2) // 2
        return f"M{self.x1} {self.y1}C{middle} {self.y1} {middle} {self.y2} {self.x2} {self.y2}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """All of it; what did not fit is counted."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    left_out: int
    height: int


def draw_neighbourhood(contact: str, campaigns: Sequence[tuple[str, str]], around: Iterable[Around]) -> Picture:
    """The picture of a contact. ``campaigns`` are ids and titles; what is around those that do not fit is left out with
    them."""
    shown = campaigns[:MOST_DRAWN]
    rows = {key: row for row, (key, _title) in enumerate(shown)}
    beside: dict[tuple[Literal["other", "name"], str], tuple[str, set[int]]] = {}
    left_out = len(campaigns) - len(shown)
    passed_over: set[tuple[str, str]] = set()
    for kind, key, words, campaign in around:
        if campaign not in rows:
            continue
        if (kind, key) in beside or len(beside) < MOST_AROUND:
            beside.setdefault((kind, key), (words, set()))[1].add(rows[campaign])
        else:
            passed_over.add((kind, key))
    # What stands at the height of its campaigns needs the fewest crossings.
    ordered = sorted(beside.items(), key=lambda each: (sum(each[1][1]) / len(each[1][1]), each[0]))
    height = 2 * _EDGE + _STEP * max(1, len(shown), len(ordered))
    centre = _column("contact", [("", contact)], 0, height)[0]
    middle = _column("campaign", shown, 1, height)
    right = [
        _box(kind, key, words, 2, top)
        for ((kind, key), (words, _)), top in zip(ordered, _tops(len(ordered), height), strict=True)
    ]
    lines = [_line(centre, box) for box in middle]
    lines += [
        _line(middle[row], box)
        for box, (_, (_words, of)) in zip(right, ordered, strict=True)
        for row in sorted(of)
    ]  # fmt: skip
    return Picture(
        boxes=(centre, *middle, *right), lines=tuple(lines), left_out=left_out + len(passed_over), height=height
    )


def _column(kind: Kind, named: Sequence[tuple[str, str]], column: int, height: int) -> list[Box]:
    tops = _tops(len(named), height)
    return [_box(kind, key, words, column, top) for (key, words), top in zip(named, tops, strict=True)]


def _box(kind: Kind, key: str, words: str, column: int, top: int) -> Box:
    return Box(kind=kind, key=key, words=_fitting(words), x=_EDGE + column * (_WIDE + _GAP), y=top)


def _tops(count: int, height: int) -> list[int]:
    """The upper edges of so many boxes, spread evenly over the height."""
    room = (height - 2 * _EDGE) / max(1, count)
    return [round(_EDGE + room * (row + 0.5) - _HIGH / 2) for row in range(count)]


def _fitting(words: str) -> str:
    left = _LETTERS
    out: list[str] = []
    for letter in " ".join(words.split()):
        left -= 2 if ord(letter) > 0x2E7F else 1
        if left < 0:
            return "".join(out[:-1]) + "…"
        out.append(letter)
    return "".join(out)


def _line(left: Box, right: Box) -> Line:
    return Line(x1=left.x + left.width, y1=left.y + left.height // 2, x2=right.x, y2=right.y + right.height // 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From when to when something was seen, in a strip from 0 to 100."""

    key: str
    words: str
    first: date
    last: date
    start: float
    length: float
    """At least as much as can be seen."""


def draw_lifetimes(seen: Iterable[tuple[str, str, date, date]]) -> tuple[Span, ...]:
    """A span each of key, words, first and last day, those seen first on top."""
    rows = sorted(seen, key=lambda row: (row[2], row[3], row[0]))
    if not rows:
        return ()
    begin = rows[0][2]
    days = max(1, (max(row[3] for row in rows) - begin).days)
    spans = []
    for key, words, first, last in rows:
        length = max(1.5, 100 * (last - first).days / days)
        start = min(100 * (first - begin).days / days, 100 - length)
        spans.append(Span(key=key, words=words, first=first, last=last, start=round(start, 2), length=round(length, 2)))
    return tuple(spans)
