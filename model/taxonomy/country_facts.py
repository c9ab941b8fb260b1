"""What facts about an offer are held against: minimum wages, calling codes, known domains. Read from the taxonomy's
``countries.toml`` and ``domains.toml``."""

from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from urllib.parse import urlsplit

from crawler.ad import JobAd
from model.taxonomy.toml_file import TaxonomyFile

__all__ = ["COMPOUND_COUNTRIES", "Country", "CountryFacts", "read_country_facts"]

_SECOND_LEVELS: Final = frozenset({"com", "co", "gov", "go", "org", "or", "net", "ne", "ac", "edu", "in", "web"})
_TELLING: Final = frozenset(
    {"job", "jobs", "career", "careers", "hr", "recruit", "recruitment", "hiring", "official", "vn", "ph", "id", "th",
     "work", "visa", "gov", "apply", "online", "global", "group", "asia"}
)  # fmt: skip
_SHORTEST_NAME: Final = 6


COMPOUND_COUNTRIES: Final = frozenset({"KH", "LA", "MM"})
"""Where the sources place most scam compounds (UNODC 2023, OHCHR 2023), by ISO 3166-1 alpha-2 code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """What is known of one country."""

    code: str
    calling: str
    """Its calling code, with ``+``."""

    monthly: float | None
    """Minimum wage by the month, in ``currency``; None where there is none."""

    currency: str
    """ISO 4217."""

    usd: float | None
    """The same in US dollars, at the rate of the table's day."""

    languages: tuple[str, ...]
    """Languages that point to this country where an ad names none."""

    cite: str


@dataclass(frozen=True)
class CountryFacts:
    """The tables, ready to be asked."""

    countries: Mapping[str, Country]
    free_mail: frozenset[str]
    """Domains of free mail services."""

    known: frozenset[str]
    """Domains of boards, employers and authorities whose names are borrowed."""

    @cached_property
    def _by_currency(self) -> dict[str, Country]:
        """Currencies of one country alone: the euro or the dollar points nowhere."""
        times = Counter(one.currency for one in self.countries.values())
        return {one.currency: one for one in self.countries.values() if times[one.currency] == 1}

    @cached_property
    def _by_language(self) -> dict[str, Country]:
        return {language: one for one in self.countries.values() for language in one.languages}

    @cached_property
    def _calling(self) -> list[tuple[str, str]]:
        """Calling codes, the longest first."""
        return sorted(((one.calling, one.code) for one in self.countries.values()), key=lambda it: -len(it[0]))

    @cached_property
    def _names(self) -> dict[str, str]:
        return {domain.partition(".")[0]: domain for domain in self.known}

    def of(self, ad: JobAd) -> Country | None:
        """The country whose minimum wage the ad's pay is held against: the job's, else that of the currency where
        one country alone has it, else that of the language."""
        if ad.country:
            return self.countries.get(ad.country)
        currency = ad.base_salary.currency if ad.base_salary else None
        return self._by_currency.get(currency or "") or self._by_language.get((ad.language or "").partition("-")[0])

    def of_number(self, number: str) -> str | None:
        """The country of a telephone number in E.164 form."""
        return next((code for calling, code in self._calling if number.startswith(calling)), None)

    def imitated(self, address: str) -> str | None:
        """The known domain that this mail or web address imitates; None where it is known itself, or like none."""
        domain = _registered(_host(address))
        name = domain.partition(".")[0]
        if not name or domain in self.known:
            return None
        parts = [part for part in name.split("-") if part]
        bare = "".join(part for part in parts if part not in _TELLING)
        for known, whole in self._names.items():
            if len(known) < _SHORTEST_NAME:
                continue
            if name != known and (bare == known or _one_letter_apart(name, known)):
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
        if table.string("cite") not in sources:
            raise table.fault("cite", table.string("cite"), "a source named in sources.toml")
        read[table.key] = Country(
            code=table.key,
            calling=table.string("calling"),
            monthly=table.number("monthly", low=1) if "monthly" in table.content else None,
            currency=table.string("currency"),
            usd=table.number("usd", low=1) if "usd" in table.content else None,
            languages=table.strings("languages") if "languages" in table.content else (),
            cite=table.string("cite"),
        )
    named = {name: domains.table(name).strings("domains") for name in ("free_mail", "known")} if domains else {}
    return CountryFacts(read, frozenset(named.get("free_mail", ())), frozenset(named.get("known", ())))


def _host(address: str) -> str:
    if "@" in address and "//" not in address:
        return address.rpartition("@")[2].casefold()
    try:
        return (urlsplit(address if "//" in address else f"//{address}").hostname or "").casefold()
    except ValueError:
        return ""


def _registered(host: str) -> str:
    parts = host.split(".")
    if len(parts) < 2:
        return ""
    size = 3 if len(parts) > 2 and parts[-2] in _SECOND_LEVELS and len(parts[-1]) == 2 else 2
    return ".".join(parts[-size:])


def _one_letter_apart(one: str, other: str) -> bool:
    """Whether one letter added, left out or changed turns one into the other."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    rest, tail = one[start:], other[start:]
    return rest[1:] == tail[1:] or rest[1:] == tail or rest == tail[1:]
