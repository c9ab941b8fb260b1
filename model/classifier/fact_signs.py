"""Facts about an ad as signs: a number for each, which way it may move a score, and its name for people.

Every number is 0 where nothing is remarkable, so that an ad without facts scores as if nobody had looked for any. What
whoever posts an ad can bring about alone, such as another change, may raise a score and never lower it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import log1p
from typing import Final

from model.ad_facts import AdFacts

__all__ = ["FACT_SIGNS", "FactSign", "are_remarkable", "reads_facts"]

_PREFIX: Final = "fact:"


@dataclass(frozen=True, slots=True, kw_only=True)
class FactSign:
    """One fact as the model reads it."""

    fact: str
    direction: int
    """1: it may only raise a score; -1: only lower it; 0: either."""

    one: str
    """What it is called where it is so once, for people."""

    many: str
    """And where it is so several times, with ``{count}``."""

    ordinary: int = 0
    """How many are nothing remarkable."""

    @property
    def name(self) -> str:
        """Among the signs of a classifier."""
        return f"{_PREFIX}{self.fact}"

    def amount(self, facts: AdFacts) -> float:
        """The sign's number: each doubling counts the same, roughly."""
        return log1p(max(0, getattr(facts, self.fact) - self.ordinary))

    def words(self, facts: AdFacts) -> str:
        """The reason in words."""
        count = getattr(facts, self.fact)
        return self.one if count == 1 else self.many.format(count=count)


def _changed(fact: str, what: str, direction: int) -> FactSign:
    said = f"{what} changed while the ad ran"
    return FactSign(fact=fact, direction=direction, one=said, many=f"{said}, {{count}} times")


FACT_SIGNS: Final = (
    _changed("destination_changed", "the destination", 1),
    _changed("employer_changed", "the employer", 1),
    _changed("salary_changed", "the pay", 1),
    _changed("contact_changed", "the contact", 1),
    _changed("requirement_changed", "the requirements", 1),
    FactSign(
        fact="reposted", direction=1, one="removed, then posted again",
        many="removed, then posted again {count} times",
    ),
    FactSign(
        fact="reposted_under_another_name", direction=1, one="posted again under another name",
        many="posted again under another name {count} times",
    ),
    FactSign(
        fact="contact_harmful_cases", direction=1, one="its contact is in a case that was decided as likely harmful",
        many="its contact is in {count} cases that were decided as likely harmful",
    ),
    FactSign(
        fact="contact_lawful_cases", direction=-1, one="its contacts are in a case that was decided as lawful",
        many="its contacts are in {count} cases that were decided as lawful",
    ),
    FactSign(
        fact="contact_employers", direction=1, one="one employer behind its contact",
        many="{count} employers' names behind one contact", ordinary=1,
    ),
    FactSign(
        fact="contact_countries", direction=1, one="one country behind its contact",
        many="{count} countries behind one contact", ordinary=1,
    ),
    FactSign(
        fact="contact_days", direction=0, one="its contacts have been known for a day",
        many="its contacts have been known for {count} days",
    ),
)  # fmt: skip
"""In the order in which classifiers have them, behind the signs of the text."""


def are_remarkable(some: Iterable[AdFacts | None]) -> bool:
    """Whether any of these facts makes any sign: without one there is nothing to learn about them."""
    return any(sign.amount(facts) for facts in some if facts for sign in FACT_SIGNS)


def reads_facts(sign_names: Iterable[str]) -> bool:
    """Whether a classifier with these signs reads facts."""
    return any(name.startswith(_PREFIX) for name in sign_names)
