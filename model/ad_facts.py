"""Facts about an ad beside its text: changes while it ran, reach of its contacts."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from math import log1p
from typing import Final

from model.errors import BadDataset


@dataclass(frozen=True, slots=True, kw_only=True)
class AdFacts:
    """One ad's facts as they stood at one moment. Without any of them, nothing is remarkable."""

    destination_changed: int = 0
    """In how many of its versions the ad named another destination than before; so of the next four."""

    employer_changed: int = 0
    salary_changed: int = 0
    contact_changed: int = 0
    requirement_changed: int = 0
    reposted: int = 0
    """How often it stands again, or in the place of one, after it had been removed."""

    reposted_under_another_name: int = 0
    contact_harmful_cases: int = 0
    """Other cases, decided before as likely harmful or irregular, with the one of its contacts that is in most."""

    contact_lawful_cases: int = 0
    """Those decided as lawful, with the one that is in fewest: a lawful agency's number beside another says nothing."""

    contact_employers: int = 0
    """Names of employers behind the one of its contacts that has most."""

    contact_countries: int = 0
    contact_days: int = 0
    """For how many days the newest of its contacts had been known."""


NAMES = tuple(each.name for each in fields(AdFacts))


def facts_to_record(facts: AdFacts) -> dict[str, int]:
    """The counts that are not 0, by their names."""
    return {name: count for name, count in asdict(facts).items() if count}


def facts_from_record(record: object, where: str) -> AdFacts:
    """The facts that were written so. Raises ``BadDataset`` for anything else; ``where`` names the place."""
    if not isinstance(record, Mapping):
        raise BadDataset(f"{where}: facts is {type(record).__name__}, expected an object of counts")
    for name, count in record.items():
        if name not in NAMES:
            raise BadDataset(f"{where}: unknown fact {name!r}; expected {', '.join(NAMES)}")
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise BadDataset(f"{where}: fact {name} is {count!r}, expected a whole number from 0 on")
    return AdFacts(**record)


_PREFIX: Final = "fact:"


@dataclass(frozen=True, slots=True)
class FactSign:
    """One fact as the model reads it."""

    fact: str
    singular: str
    """What it is called where it is so once, for people."""

    many: str
    """And where it is so several times, with ``{count}``."""

    ordinary: int = 0

    @property
    def name(self) -> str:
        """The feature's name, ``fact:`` and the fact."""
        return f"{_PREFIX}{self.fact}"

    def amount(self, facts: AdFacts) -> float:
        """The sign's number: each doubling counts the same, roughly."""
        return log1p(max(0, getattr(facts, self.fact) - self.ordinary))

    def words(self, facts: AdFacts) -> str:
        """The fact in words for people, with its count."""
        count = getattr(facts, self.fact)
        return self.singular if count == 1 else self.many.format(count=count)


def _changed(fact: str, what: str) -> FactSign:
    change = f"{what} changed while the ad ran"
    return FactSign(fact, change, f"{change}, {{count}} times")


FACT_SIGNS: Final = (
    _changed("destination_changed", "the destination"),
    _changed("employer_changed", "the employer"),
    _changed("salary_changed", "the pay"),
    _changed("contact_changed", "the contact"),
    _changed("requirement_changed", "the requirements"),
    FactSign("reposted", "removed, then posted again", "removed, then posted again {count} times"),
    FactSign("reposted_under_another_name", "posted again under another name",
             "posted again under another name {count} times"),
    FactSign("contact_harmful_cases", "its contact is in a case that was decided as likely harmful",
             "its contact is in {count} cases that were decided as likely harmful"),
    FactSign("contact_lawful_cases", "its contacts are in a case that was decided as lawful",
             "its contacts are in {count} cases that were decided as lawful"),
    FactSign("contact_employers", "one employer behind its contact",
             "{count} employers' names behind one contact", 1),
    FactSign("contact_countries", "one country behind its contact", "{count} countries behind one contact", 1),
    FactSign("contact_days", "its contacts have been known for a day",
             "its contacts have been known for {count} days"),
)  # fmt: skip
"""In the order in which classifiers have them, behind the signs of the text."""


def reads_facts(sign_names: Iterable[str]) -> bool:
    """Whether a model with features of these names learnt from any fact."""
    return any(name.startswith(_PREFIX) for name in sign_names)
