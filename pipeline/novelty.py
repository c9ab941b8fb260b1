"""What a later copy of a campaign says that none of the copies before it said. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from crawler.ad import JobAd
from pipeline.changes import pay_text

__all__ = ["Fresh", "find_news"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """One fact that is new in its campaign."""

    fact: Literal["contact", "destination", "salary", "rule"]
    before: str | None
    """What the copies before it had said; None where they said nothing."""

    after: str


def find_news(ad: JobAd, earlier: Iterable[JobAd]) -> tuple[Fresh, ...]:
    """Contacts, destination and pay that no earlier copy had. Where nothing is said there is no news."""
    known: dict[str, dict[str, str]] = {"contact": {}, "destination": {}, "salary": {}}
    for copy in earlier:
        for fact, key, words in _facts(copy):
            known[fact].setdefault(key, words)
    return tuple(
        Fresh(fact=fact, before="; ".join(sorted(set(known[fact].values()))[:20]) or None, after=words)
        for fact, key, words in _facts(ad)
        if key not in known[fact]
    )


def _facts(ad: JobAd) -> Iterator[tuple[Literal["contact", "destination", "salary"], str, str]]:
    """Each fact as it is compared, and in words."""
    for contact in dict.fromkeys(ad.contacts):
        yield "contact", f"{contact.kind} {contact.value.casefold()}", f"{contact.kind}: {contact.value}"
    place = ", ".join(each for each in (ad.job_location, ad.country) if each)
    if place:
        yield "destination", " ".join(place.casefold().split()), place
    pay = ad.base_salary
    if pay is not None and pay_text(pay):
        said = f"{pay.min} {pay.max} {pay.currency} {pay.period}" if pay.min or pay.max else pay_text(pay).casefold()
        yield "salary", " ".join(said.split()), pay_text(pay)
