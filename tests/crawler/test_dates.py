"""Dates, read from what ads say."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from builders import NOON
from crawler.extract.dates import read_date

CASES = tomllib.loads((Path(__file__).parent / "cases" / "dates.toml").read_text("utf-8"))
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
