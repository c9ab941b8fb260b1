"""Charts over time as plain SVG: monthly shares, daily counts, one picture."""

import math
import re
from collections.abc import Sequence
from itertools import groupby
from typing import Final

import fontpkg
import resvg_py

from model.chart import COLOURS, LEFT, SIDE, TOP, Chart, held, text_at, whole_chart

_TALL, _NAMES = 170, 250
"""Of a chart through months: how tall it is, and the room for names beside it."""


MonthLine = tuple[str, Sequence[tuple[float, float, float] | None]]
"""A name, and of each month the share and its interval; None where it is not told."""


def draw_months(title: str, up: str, months: Sequence[str], lines: Sequence[MonthLine]) -> Chart:
    """A line for each share through months such as ``2026-10``, with its interval as a thin mark at each month; a gap
    where it is not told. Names stand at the ends of the lines, so that nobody has to tell colours apart."""
    highest = max((point[2] for _name, points in lines for point in points if point), default=1.0)
    most = next((top for top in (0.05, 0.1, 0.25, 0.5) if highest <= top), 1.0)  # the axis ends at an even share
    body = [_month_frame(months, up, most)]
    ends: list[tuple[float, str, str]] = []
    for number, (name, points) in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        aside = 3.0 * (number - (len(lines) - 1) / 2)  # intervals of one month stand side by side
        # Across, and down to the share and both ends of its interval.
        places = [
            (_month_x(at, len(months)) + aside, *(_height(part / most) for part in point)) if point else None
            for at, point in enumerate(points)
        ]
        for has_enough, run in groupby(places, key=bool):
            if not has_enough:
                continue
            steps = " ".join(f"{place[0]:.1f},{place[1]:.1f}" for place in run if place)
            body.append(f'<polyline points="{steps}" fill="none" stroke="{colour}" stroke-width="2"/>')
        shown = [place for place in places if place]
        body += [
            f'<path d="M{x:.1f} {low:.1f}V{high:.1f}" stroke="{colour}" opacity=".6"/>' for x, _, low, high in shown
        ]
        body += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y, _, _ in shown]
        if shown:
            ends.append((shown[-1][1], name, colour))
    last = -math.inf
    for y, name, colour in sorted(ends):
        last = max(y, last + 13)  # from top to bottom, no label on another
        label = text_at(LEFT + SIDE + 10, last + 4, name)
        body.append(label.replace('fill="#222"', f'fill="{colour}"'))
    return whole_chart(title, LEFT + SIDE + _NAMES, TOP + _TALL + 48, body)


def draw_days(title: str, up: str, days: Sequence[tuple[str, int]]) -> Chart:
    """A column for each day such as ``2026-10-31``; every fifth is named, the first of the highest says its number."""
    most, wide = max((count for _, count in days), default=0) or 1, (SIDE + _NAMES) / max(1, len(days))
    body = [f'<path d="M{LEFT} {_height(0):.1f}h{SIDE + _NAMES}" stroke="#dddddd"/>']
    for at, (day, count) in enumerate(days):
        x, top = LEFT + wide * at, _height(count / most)
        if count:
            height = _height(0) - top
            body.append(
                f'<rect x="{x:.1f}" y="{top:.1f}" width="{wide * 0.8:.1f}" height="{height:.1f}" fill="{COLOURS[0]}"/>'
            )
        if count == most and at == [made for _day, made in days].index(most):
            body.append(text_at(x + wide * 0.4, top - 4, str(count), anchor="middle"))
        if (len(days) - 1 - at) % 5 == 0:
            body.append(text_at(x + wide * 0.4, TOP + _TALL + 14, f"{day[8:]}.{day[5:7]}.", anchor="middle"))
    body.append(text_at(LEFT + (SIDE + _NAMES) / 2, TOP + _TALL + 34, up, anchor="middle"))
    return whole_chart(title, LEFT + SIDE + _NAMES + 10, TOP + _TALL + 48, body)


def side_by_side(title: str, charts: Sequence[Chart]) -> Chart:
    """Several charts as one picture, two in a row."""
    sizes = [tuple(map(int, re.findall(r'width="(\d+)" height="(\d+)"', chart.svg)[0])) for chart in charts]
    wide, tall = max(size[0] for size in sizes), max(size[1] for size in sizes)
    body = [
        f'<svg x="{wide * (at % 2)}" y="{TOP + tall * (at // 2)}"{chart.svg.strip()[len("<svg") :]}'
        for at, chart in enumerate(charts)
    ]
    return whole_chart(title, wide * min(2, len(charts)), TOP + tall * math.ceil(len(charts) / 2), body)


def _month_frame(months: Sequence[str], up: str, most: float) -> str:
    parts = []
    for fifth in range(6):
        y = _height(fifth / 5)
        parts.append(f'<path d="M{LEFT} {y:.1f}h{SIDE}" stroke="#dddddd"/>')
        parts.append(text_at(LEFT - 6, y + 4, f"{100 * most * fifth / 5:g} %", anchor="end"))
    for at, month in enumerate(months):
        x = f"{_month_x(at, len(months)):.1f}"
        parts.append(text_at(x, TOP + _TALL + 14, month[5:], anchor="middle"))
        if at == 0 or month.endswith("-01"):
            parts.append(text_at(x, TOP + _TALL + 28, month[:4], anchor="middle"))
    parts.append(text_at(LEFT + SIDE / 2, TOP + _TALL + 42, up, anchor="middle"))
    return "".join(parts)


def _month_x(at: int, count: int) -> float:
    return LEFT + SIDE * (at + 0.5) / max(count, 1)


def _height(share: float) -> float:
    return TOP + _TALL * (1 - held(share))


_FONT: Final = "Noto Sans"


def as_png(svg: str, *, zoom: float = 2.0) -> bytes:
    """The picture, with so many pixels for each unit of the drawing: two are sharp in print and in slides. Words are in
    Latin letters, Vietnamese among them, Greek and Cyrillic."""
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg, font_files=[str(fontpkg.path(_FONT))], skip_system_fonts=True, sans_serif_family=_FONT,
            zoom=zoom,
        )
    )  # fmt: skip
