"""Records of a taxonomy: indicators with their wordings, rules, negation cues, sources."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from model.taxonomy.country_facts import CountryFacts
from model.taxonomy.patterns import Pattern, Slot

__all__ = [
    "ENTITY_LABELS", "FACTS", "Confidence", "EntityFormat", "Indicator", "Negation", "Polarity", "Rule", "Signs",
    "Source", "Strength", "Taxonomy",
]  # fmt: skip

ENTITY_LABELS: Final = ("MONEY", "AGE", "HOURS", "CONTACT", "LICENCE")

FACTS: Final = (
    "pay_above_minimum", "no_employer", "messenger_only", "contact_elsewhere", "free_mail", "look_alike_domain",
    "shouting", "no_word_of_work",
)  # fmt: skip
"""Facts about how an offer is made that an indicator can stand for; ``model.reading.offer_facts`` reads them."""

Strength = Literal["strong", "medium", "weak"]
Polarity = Literal["risk", "mitigating", "context"]
"""``context`` speaks neither way: a place, work abroad. It counts only where a rule names it."""

Confidence = Literal["attested", "reported", "native_usage", "uncertain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a claim comes from."""

    key: str
    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """How an indicator reads in one language."""

    patterns: tuple[Pattern, ...]
    """Phrases too: a phrase is a pattern of plain words."""

    unless: tuple[Pattern, ...]
    """What takes the sign away when it stands in the same sentence."""

    shows: tuple[str, ...]
    spares: tuple[str, ...]

    confidence: Confidence = "native_usage"
    """How surely people say it so: seen in a quoted ad, reported by a source, usage of the language, or a lead."""

    reviewed: str | None = None
    """When someone other than its writer last went through it, ``2026-11``."""

    @property
    def is_sure(self) -> bool:
        """Whether coverage counts it: attested, reported, or usage that was reviewed."""
        return self.confidence in ("attested", "reported") or (
            self.confidence == "native_usage" and bool(self.reviewed)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One sign an offer can show, with the reason it matters and where that is said."""

    key: str
    """``family.name``; the family is the file's name."""

    title: str
    definition: str
    why: str
    element: tuple[str, ...]
    ilo: tuple[str, ...]
    exploitation: tuple[str, ...]
    strength: Strength
    polarity: Polarity
    caveats: str
    cite: tuple[str, ...]
    languages: Mapping[str, Signs]
    negatable: bool = True
    """Whether "we never ..." before it takes it away; not where denial is the sign."""

    counts_with: frozenset[str] = frozenset()
    """In a rule it counts only beside one of these; empty where it needs none."""

    counts_unless: frozenset[str] = frozenset()
    """In a rule it counts for nothing where one of these is shown."""

    fact: str | None = None
    """The fact, a name in ``FACTS``, that it is read from instead of wordings."""

    @property
    def family(self) -> str:
        return self.key.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Negation:
    """Cues of one language that turn a sign into its opposite."""

    before: tuple[Pattern, ...]
    after: tuple[Pattern, ...]
    stops: tuple[Pattern, ...]
    """What ends the reach of a cue before the sign: "not good enough, *then* you are sold"."""

    attributed: tuple[Pattern, ...]
    """Cues that the sentence speaks of others (warnings, hypotheses): they count anywhere in it."""

    reach: int
    """How many words may stand between a cue and the sign."""

    @property
    def words(self) -> frozenset[str]:
        """The cues before a sign that are plain words, folded; not those that only their accents make a cue."""
        sequences = [sequence for pattern in self.before for sequence in pattern.sequences]
        slots = [one.places[0] for one in sequences if len(one.places) == 1]
        return frozenset(
            lit.key.strip() for slot in slots if isinstance(slot, Slot) for lit in slot.literals if not lit.marked
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A combination of indicators that puts an ad before an analyst whatever its score."""

    key: str
    title: str
    cite: str
    strong: int
    medium: int
    total: int
    """How many indicators in all, of any strength."""

    families: int
    """From how many families at least."""

    needs: tuple[frozenset[str], ...] = ()
    """Of each set at least one must be shown, whatever its polarity."""

    unless: frozenset[str] = frozenset()
    """None of these may be shown."""

    dimensions: int = 0
    """Of how many of these sides of a danger something must be shown; one side counts once, whatever shows it."""

    sides: tuple[frozenset[str], ...] = ()

    outweighed_by: int | None
    """This many different mitigating indicators cancel the rule; None where nothing does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityFormat:
    """One way in which something that texts name is written."""

    label: str
    """One of ``ENTITY_LABELS``."""

    detail: str
    patterns: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy:
    """All of ``data/taxonomy``, checked."""

    version: str
    """Twelve hex digits over the content."""

    indicators: Mapping[str, Indicator]
    rules: tuple[Rule, ...]
    sources: Mapping[str, Source]
    negation: Mapping[str, Negation]
    never_outweighed: frozenset[str]
    """Indicators whose evidence no mitigating one cancels: minors, confinement, the sale of people."""

    not_an_ad: str
    """The indicator that speaks of warnings and news."""

    countries: CountryFacts
    """What facts about an offer are held against."""

    not_an_ad_from: int
    """From this many pieces of its evidence on, the text is read as a warning or news."""

    work: tuple[str, ...] = ()
    """How words begin that speak of work, in small letters, of all languages."""

    entities: tuple[EntityFormat, ...] = ()
    """How money, ages, hours, contacts and licences are written."""

    files: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Name and text of each file that it was read from; empty for one that was made otherwise."""
