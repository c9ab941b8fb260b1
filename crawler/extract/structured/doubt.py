"""Doubt in a page's markup: templates with nothing, the board or a made-up day."""

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

from crawler.extract.fields.amounts import Offer, find_offers
from crawler.extract.fields.countries import country_code
from crawler.extract.fields.dates import read_date
from crawler.extract.fields.pay import read_pay
from crawler.extract.raw import RawAd, RawSalary
from crawler.extract.text import fold
from crawler.extract.vocabulary import plain

__all__ = ["contradicted", "doubted_fields", "is_pay", "pay_in_title", "settled"]

_ROUND_TERMS = frozenset({0, 7, 14, 15, 30, 45, 60, 90, 180, 365})
"""Days from posting to deadline that a template counts, as it does whole months; people name a day."""

_LEAST_PAY = 5
_LEAST_OF_A_RANGE = 300
_MOMENTS = (datetime(2024, 1, 2, 12, tzinfo=UTC), datetime(2024, 3, 4, 12, tzinfo=UTC))
"""A day that is the same whenever it was seen is one that a text names."""


def doubted_fields(raw: RawAd, *, site_name: str | None, url: str) -> frozenset[str]:
    """The fields of a marked-up ad that the rest of the page should confirm."""
    found = {
        "base_salary": raw.base_salary is not None and not is_pay(raw.base_salary),
        "hiring_organization": _is_site(raw.hiring_organization, site_name, url),
        "valid_through": _is_round_term(raw.date_posted, raw.valid_through),
        "job_location": bool(raw.job_location and len(raw.job_location) < 40 and country_code(raw.job_location)),
    }
    return frozenset(name for name, is_so in found.items() if is_so)


def settled(raw: RawAd, shown: RawAd, doubted: Collection[str], title_pay: RawSalary | None = None) -> RawAd:
    """The ad with what the page shows in place of what is doubted; what that was stays in ``doubted``.

    Pay that is none gives way to nothing too.
    """
    changes: dict[str, object] = {}
    for name in doubted:
        value = getattr(shown, name)
        if name == "base_salary":
            # What only repeats the doubted line confirms nothing.
            again = fold(_line(raw.base_salary)) if raw.base_salary else ""
            offered = [pay for pay in (shown.base_salary, title_pay) if pay and is_pay(pay)]
            value = next((pay for pay in offered if not again or again not in fold(_line(pay))), None)
        elif name == "valid_through":
            value = value if value and _day(value) else None
        elif name == "job_location":
            value = value if value and not country_code(value) else None
        elif value and fold(value) == fold(raw.hiring_organization or ""):
            value = None
        if value or name == "base_salary":
            changes[name] = value
    named = {name: _line(getattr(raw, name)) for name in changes if getattr(raw, name) != changes[name]}
    if not named:
        return raw
    return replace(raw, **changes, doubted="; ".join(f"{name}: {line}" for name, line in sorted(named.items())))  # type: ignore[arg-type]


def pay_in_title(title: str | None) -> RawSalary | None:
    """The pay that an ad's title names, as many write it there."""
    offers = find_offers(plain(title), None) if title else []
    if not title or len(offers) != 1:
        return None
    raw = RawSalary(raw=_span(title, offers[0]))
    read = read_pay(raw, None)
    amounts = [amount for amount in (read.min, read.max) if amount and amount >= _LEAST_PAY] if read else []
    if not read or not amounts:
        return None
    is_range = len(amounts) == 2 and amounts[0] >= _LEAST_OF_A_RANGE and not all(map(_is_year, amounts))
    return raw if read.currency or read.period or is_range else None


def _span(title: str, offer: Offer) -> str:
    """The amount with the word or sign that touches it."""
    behind = re.match(r"[^\s()\[\]]{0,12}", title[offer.end :])
    return title[offer.start : offer.end] + (behind[0] if behind else "")


def _is_year(amount: float) -> bool:
    return 1990 <= amount <= 2100


def contradicted(raw: RawAd, shown: RawAd) -> frozenset[str]:
    """The fields in which the page shows something else that can be read: its deadline."""
    ours, theirs = _day(raw.valid_through), _day(shown.valid_through)
    return frozenset({"valid_through"}) if ours and theirs and ours != theirs else frozenset()


def _line(value: object) -> str:
    return (value.raw or f"{value.min} - {value.max}") if isinstance(value, RawSalary) else str(value)


def is_pay(pay: RawSalary) -> bool:
    """Whether an amount can be read, or words stand in its place; nothing, nought and years of experience are none."""
    read = read_pay(pay, None)
    amounts = [amount for amount in (read.min, read.max) if amount] if read else []
    return any(amount >= _LEAST_PAY for amount in amounts) or (
        not amounts and not any(map(str.isdigit, pay.raw or f"{pay.min}{pay.max}"))
    )


def _is_site(employer: str | None, site_name: str | None, url: str) -> bool:
    """Whether the employer is only the board: by the site's name, or by its host."""
    if not employer:
        return False
    name = fold(employer).replace(" ", "")
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    return name in {fold(site_name or "").replace(" ", ""), host} or (len(name) > 3 and name == host.split(".")[0])


def _is_round_term(posted: str | None, until: str | None) -> bool:
    start, end = _day(posted), _day(until)
    if start is None or end is None:
        return False
    return (end - start).days in _ROUND_TERMS or (start.day == end.day and end > start)


def _day(text: str | None) -> date | None:
    days = {read_date(text, seen_at=moment, deadline=True) for moment in _MOMENTS} if text else {None}
    return days.pop() if len(days) == 1 else None
