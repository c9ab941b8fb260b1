"""Records of the taxonomy, and facts about countries."""

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import urlsplit

from rapidfuzz.distance import Levenshtein

from crawler.ad import JobAd
from model.taxonomy.patterns import Pattern, Slot
from model.taxonomy.toml_file import Table, TaxonomyFile

_SECOND_LEVELS: Final = frozenset({"com", "co", "gov", "go", "org", "or", "net", "ne", "ac", "edu", "in", "web"})
_DISTINCTIVE: Final = frozenset(
    {"job", "jobs", "career", "careers", "hr", "recruit", "recruitment", "hiring", "official", "vn", "ph", "id", "th",
     "work", "visa", "gov", "apply", "online", "global", "group", "asia"}
)  # fmt: skip
_SHORTEST_NAME: Final = 6


COMPOUND_COUNTRIES: Final = frozenset({"KH", "LA", "MM"})
"""Where the sources place most scam compounds (UNODC 2023, OHCHR 2023), by ISO 3166-1 alpha-2 code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """One country, by its ISO 3166-1 alpha-2 code."""

    code: str
    calling: str
    """Its calling code, with ``+``."""

    monthly: float | None
    """Minimum wage by the month, in ``currency``; None where there is none."""

    currency: str
    usd: float | None
    """The same in US dollars, at the rate of the table's day."""

    languages: tuple[str, ...]
    """Languages that point to this country where an ad names none."""

    cite: str


@dataclass(frozen=True)
class CountryFacts:
    """Countries with their minimum wages, free mail services and domains of known employers."""

    countries: Mapping[str, Country]
    free_mail: frozenset[str]
    known: frozenset[str]
    official: frozenset[str]
    """Domains of state firms, and endings that only public bodies get."""

    def of(self, ad: JobAd) -> Country | None:
        """The country whose minimum wage the ad's pay is held against: the job's, else that of the currency where
        one country alone has it, else that of the language."""
        if ad.country:
            return self.countries.get(ad.country)
        currency = ad.base_salary.currency if ad.base_salary else None
        language = (ad.language or "").partition("-")[0]
        spending = [country for country in self.countries.values() if country.currency == currency]
        if len(spending) == 1:  # the euro or the dollar points nowhere
            return spending[0]
        return next((country for country in self.countries.values() if language in country.languages), None)

    def of_number(self, number: str) -> str | None:
        """Code of the country that a number in E.164 belongs to; None where no calling code fits."""
        fitting = [country for country in self.countries.values() if number.startswith(country.calling)]
        return max(fitting, key=lambda country: len(country.calling)).code if fitting else None

    def is_official(self, address: str) -> bool:
        """Whether a mail or web address is at an official domain or below it."""
        labels = _host(address).split(".")
        return any(".".join(labels[start:]) in self.official for start in range(len(labels)))

    def imitated(self, address: str) -> str | None:
        """The known domain that this mail or web address imitates; None where it is known itself, or like none."""
        labels = _host(address).split(".")
        size = 3 if len(labels) > 2 and labels[-2] in _SECOND_LEVELS and len(labels[-1]) == 2 else 2
        name, *ending = labels[-size:]
        if not name or not ending or ".".join((name, *ending)) in self.known:
            return None
        parts = [part for part in name.split("-") if part]
        bare = "".join(part for part in parts if part not in _DISTINCTIVE)
        for whole in self.known:
            known = whole.partition(".")[0]
            if len(known) < _SHORTEST_NAME or name == known:
                continue
            if bare == known or Levenshtein.distance(name, known, score_cutoff=1) == 1:
                return whole
        return None


def read_country_facts(
    countries: TaxonomyFile | None, domains: TaxonomyFile | None, sources: Container[str]
) -> CountryFacts:
    """The tables in ``countries.toml`` and ``domains.toml``, empty where there is no such file; a fault raises
    ``BadTaxonomy``."""
    read = {}
    for table in countries.tables() if countries else ():
        table.expect({"calling", "currency", "as_of", "cite"}, {"monthly", "usd", "languages"})
        table.cites(sources)
        read[table.key] = Country(
            code=table.key,
            calling=table.string("calling"),
            monthly=table.number("monthly", low=1) if "monthly" in table.content else None,
            currency=table.string("currency"),
            usd=table.number("usd", low=1) if "usd" in table.content else None,
            languages=table.strings("languages") if "languages" in table.content else (),
            cite=table.string("cite"),
        )
    lists = dict.fromkeys(("free_mail", "known", "official"), frozenset[str]())
    if domains:
        Table(domains, (), domains.content).expect(lists)
    for table in domains.tables() if domains else ():
        table.expect({"domains"})
        lists[table.key] = frozenset(table.strings("domains"))
    return CountryFacts(read, **lists)


def _host(address: str) -> str:
    if "@" in address and "//" not in address:
        return address.rpartition("@")[2].casefold()
    try:
        return (urlsplit(address if "//" in address else f"//{address}").hostname or "").casefold()
    except ValueError:
        return ""


ENTITY_LABELS: Final = ("MONEY", "AGE", "HOURS", "CONTACT", "LICENCE")

FACTS: Final = (
    "pay_above_minimum", "no_employer", "messenger_only", "contact_elsewhere", "free_mail", "look_alike_domain",
    "shouting", "no_word_of_work", "official_way", "many_contacts", "disguised",
)  # fmt: skip
"""Facts about how an offer is made that an indicator can stand for; ``model.reading.offer_facts`` reads them."""

Strength = Literal["strong", "medium", "weak"]
Polarity = Literal["risk", "mitigating", "context"]
"""``context`` speaks neither way: a place, work abroad. It counts only where a rule names it."""

Confidence = Literal["attested", "reported", "native_usage", "uncertain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A publication that indicators and rules cite."""

    key: str
    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """How one language words an indicator."""

    patterns: tuple[Pattern, ...]
    """Phrases too: a phrase is a pattern of plain words."""

    unless: tuple[Pattern, ...]
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

    reach: int | None = None
    """How many words may stand between it and a denial; None where that is the language's matter."""

    counts_with: frozenset[str] = frozenset()
    """In a rule it counts only beside one of these; empty where it needs none."""

    counts_unless: frozenset[str] = frozenset()
    """In a rule it counts for nothing where one of these is shown."""

    fact: str | None = None
    """The fact, a name in ``FACTS``, that it is read from instead of wordings."""

    @property
    def family(self) -> str:
        """The name of the file that it stands in."""
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

    @property
    def words(self) -> frozenset[str]:
        """The cues before a sign that are plain words, folded; not those that only their accents make a cue."""
        sequences = [sequence for pattern in self.before for sequence in pattern.sequences]
        slots = [sequence.places[0] for sequence in sequences if len(sequence.places) == 1]
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
    families: int
    needs: tuple[frozenset[str], ...] = ()
    """Of each set at least one must be shown, whatever its polarity."""

    unless: frozenset[str] = frozenset()
    dimensions: int = 0
    """Of how many of these sides of a danger something must be shown; one side counts once, whatever shows it."""

    sides: tuple[frozenset[str], ...] = ()

    outweighed_by: int | None
    """This many different mitigating indicators cancel the rule; None where nothing does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityFormat:
    """One way to write a thing that texts name, as regular expressions."""

    label: str
    detail: str
    patterns: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy:
    """Indicators, rules and words of ``data/taxonomy``, checked."""

    version: str
    indicators: Mapping[str, Indicator]
    rules: tuple[Rule, ...]
    sources: Mapping[str, Source]
    negation: Mapping[str, Negation]
    never_outweighed: frozenset[str]
    """Indicators whose evidence no mitigating one cancels: minors, confinement, the sale of people."""

    not_an_ad: str
    countries: CountryFacts
    not_an_ad_from: int
    """From this many pieces of its evidence on, the text is read as a warning or news."""

    work: tuple[str, ...] = ()
    """How words begin that speak of work, in small letters, of all languages."""

    entities: tuple[EntityFormat, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Name and text of each file that it was read from; empty for one that was made otherwise."""
