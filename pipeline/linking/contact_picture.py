"""Picture of one contact's neighbourhood: coordinates of its points. Pure.

In the middle the contact, around it the campaigns whose ads have it, outside those the other contacts and the names of
these campaigns, each beside its campaign.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["SIZE", "Line", "Picture", "Point", "draw_neighbourhood"]

SIZE: Final = (720, 520)
MOST_CAMPAIGNS, MOST_AROUND = 10, 28

_INNER: Final = (150, 110)
_OUTER: Final = (290, 205)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One thing in the picture."""

    kind: Literal["contact", "campaign", "other", "name"]
    key: str
    words: str
    x: int
    y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """That two things go together."""

    x1: int
    y1: int
    x2: int
    y2: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """All of it; what did not fit is counted."""

    points: tuple[Point, ...]
    lines: tuple[Line, ...]
    left_out: int


def draw_neighbourhood(
    middle: str, campaigns: Sequence[str], around: Iterable[tuple[Literal["other", "name"], str, str, str]]
) -> Picture:
    """``around`` are kind, key, words and campaign of what surrounds the campaigns; those of campaigns that do not fit
    are left out with them."""
    shown = campaigns[:MOST_CAMPAIGNS]
    groups: dict[str, list[tuple[Literal["other", "name"], str, str]]] = {}
    places: dict[tuple[str, str], tuple[str, list[str]]] = {}
    left_out = len(campaigns) - len(shown)
    for kind, key, words, campaign in around:
        if campaign not in shown:
            continue
        if (kind, key) in places:
            places[kind, key][1].append(campaign)
        elif len(places) < MOST_AROUND:
            places[kind, key] = (words, [campaign])
            groups.setdefault(campaign, []).append((kind, key, words))
        else:
            left_out += 1
    centre = Point(kind="contact", key="", words=middle, x=SIZE[0] // 2, y=SIZE[1] // 2)
    points, lines = [centre], []
    at: dict[str, Point] = {}
    for number, campaign in enumerate(shown):
        at[campaign] = _on_ring("campaign", campaign, campaign, number / max(1, len(shown)), _INNER)
        points.append(at[campaign])
        lines.append(_line(centre, at[campaign]))
    outside = [(campaign, each) for campaign in shown for each in groups.get(campaign, [])]
    for number, (_, (kind, key, words)) in enumerate(outside):
        point = _on_ring(kind, key, words, number / max(1, len(outside)), _OUTER)
        points.append(point)
        lines += [_line(at[campaign], point) for campaign in dict.fromkeys(places[kind, key][1])]
    return Picture(points=tuple(points), lines=tuple(lines), left_out=left_out)


def _on_ring(
    kind: Literal["campaign", "other", "name"], key: str, words: str, turn: float, ring: tuple[int, int]
) -> Point:
    angle = 2 * math.pi * turn - math.pi / 2
    x = round(SIZE[0] / 2 + ring[0] * math.cos(angle))
    y = round(SIZE[1] / 2 + ring[1] * math.sin(angle))
    return Point(kind=kind, key=key, words=words, x=x, y=y)


def _line(point: Point, other: Point) -> Line:
    return Line(x1=point.x, y1=point.y, x2=other.x, y2=other.y)
