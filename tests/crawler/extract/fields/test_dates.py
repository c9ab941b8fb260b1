"""Dates, read from what ads say."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from builders import NOON
from crawler.extract.fields.dates import read_date

CASES = tomllib.loads((Path(__file__).parents[2] / "cases" / "dates.toml").read_text("utf-8"))
ROWS = [
    pytest.param(role, language, *row, id=f"{role} {language}: {row[0]}")
    for role, by_language in CASES.items()
    for language, rows in by_language.items()
    for row in rows
]


@pytest.mark.parametrize(("role", "language", "text", "country", "day"), ROWS)
def test_a_date_is_read_as_a_reader_of_the_ad_would(
    role: str, language: str, text: str, country: str, day: date | str
) -> None:
    found = read_date(text, seen_at=NOON, country=country or None, language=language, deadline=role == "deadline")
    assert found == (day or None)


def test_today_is_the_reader_s_day() -> None:
    """At 20:00 UTC it is tomorrow in Ha Noi, and the same day where nothing is known."""
    evening = NOON.replace(hour=20)
    assert read_date("hôm nay", seen_at=evening, country="VN") == date(2026, 11, 3)
    assert read_date("2 giờ trước", seen_at=evening, country="VN") == date(2026, 11, 3)
    assert read_date("5 giờ trước", seen_at=evening, country="VN") == date(2026, 11, 2)
    assert read_date("today", seen_at=evening) == date(2026, 11, 2)


def test_a_range_gives_its_first_day_for_a_posting_and_its_last_for_a_deadline() -> None:
    for text in ("01/11/2026 - 30/11/2026", "2026-11-01 to 2026-11-30", "1 November 2026 - 30 November 2026"):
        assert read_date(text, seen_at=NOON, country="VN") == date(2026, 11, 1)
        assert read_date(text, seen_at=NOON, country="VN", deadline=True) == date(2026, 11, 30)
    assert read_date("posted 01/11/2026, edited 02/11/2026", seen_at=NOON, country="VN") is None


def test_the_24th_of_july_is_a_day_and_round_the_clock_is_none() -> None:
    for text, country in (("24/7/2026", "VN"), ("7/24/2026", "US"), ("2026/7/24", "CN")):
        assert read_date(text, seen_at=NOON, country=country) == date(2026, 7, 24)
    for text in ("24/7", "open 24/7", "24/24", "24/7, apply until 3/12/2026"):
        assert read_date(text, seen_at=NOON, country="VN") is None
