"""Whether a share has moved, reckoned from cells of months."""

import pytest

from pipeline.review.figures import SHIFT, read_shift

MONTHS = ("2026-08", "2026-09", "2026-10")


def cells(*shares, of=200, value="men"):
    """Of each month how many of so many cases have the value."""
    for month, count in zip(MONTHS, shares, strict=True):
        yield from ((month, (value,), count), (month, ("either",), of - count))


def moved(*shares, facet="addressed", value="men", **more):
    rows = read_shift({facet: list(cells(*shares, value=value, **more))}, MONTHS)
    return next(each for each in rows if (each.facet, each.row.value) == (facet, value))


def test_a_share_that_has_clearly_risen_has_an_interval_above_nothing():
    found = moved(20, 40, 80)
    points, low, high = found.points
    assert points == pytest.approx(0.3)
    assert 0 < low < points < high
    assert (found.first.month, found.last.month) == ("2026-08", "2026-10")


def test_what_chance_would_bring_about_among_so_many_figures_is_no_change():
    _points, low, high = moved(20, 20, 33).points
    assert low < 0 < high, "alone it would be one: 10 against 16.5 of a hundred"


def test_a_month_of_fewer_than_five_cases_is_not_told_and_not_compared():
    found = moved(4, 30, 60)
    assert (found.first.month, found.last.month) == ("2026-09", "2026-10")
    assert moved(4, 4, 60).points is None
    assert found.row.months[0].is_hidden


def test_every_value_that_is_followed_has_a_row_even_where_nothing_has_it():
    rows = read_shift({}, MONTHS)
    assert [(each.facet, each.row.value) for each in rows] == [
        (facet, value) for facet, values in SHIFT.items() for value in values
    ]
    assert all(each.points is None for each in rows)
