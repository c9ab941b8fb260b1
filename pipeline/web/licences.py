"""What the registers of licensed agencies said of an ad, as its case's page shows it. Pure."""

from dataclasses import dataclass
from datetime import date

from pipeline.licences.lookup import LicenceLookup
from pipeline.licences.wording import FactWords, fact_words
from pipeline.messages import Tongue

__all__ = ["LicenceView", "present_licences"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceView:
    """The facts in words, and the claims that no register here speaks of."""

    facts: tuple[FactWords, ...]
    unanswered: tuple[str, ...]


def present_licences(lookup: LicenceLookup | None, *, on: date, tongue: Tongue) -> LicenceView | None:
    """The view on a day; None where the ad was not looked up."""
    if lookup is None:
        return None
    facts = tuple(fact_words(fact, looked_at=lookup.looked_at.date(), on=on, tongue=tongue) for fact in lookup.facts)
    return LicenceView(facts=facts, unanswered=lookup.unanswered)
