"""Pay, read from what ads say. Every offer is invented."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from crawler.ad import Salary
from crawler.extract.pay import read_pay
from crawler.extract.raw import RawSalary

CASES = tomllib.loads((Path(__file__).parent / "cases" / "pay.toml").read_text("utf-8"))
ROWS = [pytest.param(*row, id=f"{language}: {row[0]}") for language, rows in CASES.items() for row in rows]


@pytest.mark.parametrize(("text", "country", "low", "high", "currency", "period"), ROWS)
def test_pay_is_read_as_a_reader_of_the_ad_would(
    text: str, country: str, low: Any, high: Any, currency: str, period: str
) -> None:
    pay = read_pay(RawSalary(raw=text), country or None, country or None)
    expected = Salary(min=low or None, max=high or None, currency=currency or None, period=period or None, raw=text)
    assert pay == expected
