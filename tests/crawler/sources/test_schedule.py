"""Which nights a source is read in, by its card."""

from datetime import UTC, datetime, timedelta

import pytest

from crawler.errors import BadSourceCard
from crawler.sources.card import is_due
from crawler.sources.loader import source_from_card

MONDAY = datetime(2026, 11, 2, 2, tzinfo=UTC)


def nights_read(every, days=28, *, missed=()):
    """The days on which a source is read whose night begins within half an hour of two o'clock."""
    last, read = None, []
    for day in range(days):
        at = MONDAY + timedelta(days=day, minutes=(day * 17) % 30)
        if day not in missed and is_due(every, last, at=at):
            last = at
            read.append(day)
    return read


@pytest.mark.parametrize(
    ("every", "read"),
    [
        (None, list(range(28))),
        ("1d", list(range(28))),
        ("3d", list(range(0, 28, 3))),
        ("7d", [0, 7, 14, 21]),
        ("mon", [0, 7, 14, 21]),
        ("mon thu", [0, 3, 7, 10, 14, 17, 21, 24]),
        ("tue", [0, 1, 8, 15, 22]),
    ],
)
def test_a_source_is_read_in_the_nights_of_its_card(every, read):
    assert nights_read(every) == read, "the first night reads it whatever day it is"


def test_a_night_that_did_not_run_is_made_up_for():
    assert nights_read("mon", missed=(7, 8)) == [0, 9, 14, 21]
    assert nights_read("3d", missed=(3,)) == [0, 4, 7, 10, 13, 16, 19, 22, 25]


def test_a_batch_of_the_future_keeps_no_source_from_being_read():
    for every in ("3d", "mon"):
        assert is_due(every, MONDAY + timedelta(days=400), at=MONDAY)


@pytest.mark.parametrize("every", ["0d", "daily", "3", "Mon", "mon,thu", "mon  thu", "100d", "-1d", "mon thu x"])
def test_a_schedule_that_is_none_is_refused(every):
    card = {"name": "a", "title": "A", "kind": "sitemap", "start": ["http://127.0.0.1/"], "local": True}
    with pytest.raises(BadSourceCard, match='"every": expected days'):
        source_from_card(card | {"every": every}, where="a.toml")
    assert source_from_card(card | {"every": "mon thu"}, where="a.toml").every == "mon thu"
