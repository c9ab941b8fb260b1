"""Pay, read from what ads say. Every offer is invented."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.ad import Salary
from crawler.extract.fields import pay
from crawler.extract.fields.pay import read_pay
from crawler.extract.raw import RawSalary

CASES = tomllib.loads((Path(__file__).parents[2] / "cases" / "pay.toml").read_text("utf-8"))
ROWS = [pytest.param(*row, id=f"{language}: {row[0]}") for language, rows in CASES.items() for row in rows]


@pytest.mark.parametrize(("text", "country", "low", "high", "currency", "period"), ROWS)
def test_pay_is_read_as_a_reader_of_the_ad_would(
    text: str, country: str, low: Any, high: Any, currency: str, period: str
) -> None:
    pay = read_pay(RawSalary(raw=text), country or None, country or None)
    expected = Salary(min=low or None, max=high or None, currency=currency or None, period=period or None, raw=text)
    assert pay == expected


def test_pay_of_a_job_abroad_is_not_taken_to_be_in_that_country_s_money() -> None:
    """A board in Viet Nam writes 15,000,000 for a place in Cambodia: nobody can say in which money."""
    assert read_pay(RawSalary(raw="15.000.000"), "KH", home=None) == Salary(min=15e6, max=15e6, raw="15.000.000")
    told = read_pay(RawSalary(raw="15.000.000"), "VN", home="VN")
    assert told is not None
    assert told.currency == "VND"


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"min": "5.5", "currency": "usd", "period": "HOUR"}, (5.5, None, "USD", "hour")),
        ({"min": "1.500.000", "max": "2.000.000", "currency": "đ", "period": "tháng"}, (1.5e6, 2e6, "VND", "month")),
        ({"min": "20000", "max": "25000", "currency": "₱", "period": "per month"}, (20e3, 25e3, "PHP", "month")),
        ({"min": "15 triệu", "max": "20 triệu", "currency": "VND", "period": "MONTH"}, (15e6, 20e6, "VND", "month")),
        ({"min": "0", "max": "0", "currency": "VND"}, (None, None, "VND", None)),
        ({"min": "9000", "max": "8000", "currency": "CNY", "period": "月"}, (None, None, "CNY", "month")),
    ],
)
def test_pay_that_the_source_told_apart_is_read_part_by_part(parts: dict[str, str], expected: tuple[Any, ...]) -> None:
    pay = read_pay(RawSalary(**parts, raw="as told"), "VN")
    assert pay is not None
    assert (pay.min, pay.max, pay.currency, pay.period) == expected
    assert pay.raw == "as told"


@given(st.from_regex(r"[0-9]{1,18}", fullmatch=True), st.sampled_from([None, "VN", "US", "ID", "IN", "CN", "NP"]))
def test_digits_alone_are_read_as_an_amount_in_a_text_is(digits, country):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pay, "_DIGITS", re.compile("(?!)"))
        as_in_text = pay._one_number(digits, country)
    assert pay._one_number(digits, country) == as_in_text
