"""What is known of an ad beside its words: how the offer behaved while it ran, and how far its contacts reach.

The model never looks for these facts: whoever has a store counts them and hands them over, with an ad to be scored or
with a label to be learnt from. Nothing here is about a person.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from model.errors import BadDataset

__all__ = ["AdFacts", "facts_from_record", "facts_to_record"]


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
    """Likewise."""

    contact_days: int = 0
    """For how many days the newest of its contacts had been known."""


NAMES = tuple(each.name for each in fields(AdFacts))


def facts_to_record(facts: AdFacts) -> dict[str, int]:
    """The facts as a JSON object; what is 0 is left out."""
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
