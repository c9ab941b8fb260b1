"""Offer facts: evidence from the fields of an ad, such as pay and contacts.

They are read only where the wording shows a risk: no fact puts an ad before anyone by itself. A fact without a text of
its own, such as a missing employer, has an empty quote.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from typing import Final

import ahocorasick

from crawler.ad import Contact, JobAd
from model.assessment import Evidence
from model.reading.indicators import MOST_READ
from model.taxonomy.records import COMPOUND_COUNTRIES, CountryFacts, Taxonomy
from model.text.characters import PASSED_OVER, one_script, undisguise
from model.text.folding import ad_text

TIMES_MINIMUM: Final = 3.0
"""Monthly pay from this many times the country's minimum wage on is far above what work without requirements pays."""

_MONTHLY: Final = {"hour": 208.0, "day": 26.0, "week": 52 / 12, "month": 1.0, "year": 1 / 12}
"""How many of a period are in a month: 26 days of 8 hours, the six-day week of the region's labour codes."""

_DOLLARS: Final = frozenset({"USD", "USDT"})
_MESSENGERS: Final = frozenset(
    {"telegram", "whatsapp", "zalo", "line", "wechat", "viber", "facebook", "messenger", "kakaotalk", "signal", "skype",
     "qq", "instagram"}
)  # fmt: skip
_EMOJI: Final = re.compile("[\u2600-\u27bf\U0001f300-\U0001faff]")
_SHOUTED_LETTERS: Final = 40
_SHOUTED: Final = 0.6
_EMOJI_SHARE: Final = 0.03
MANY_CONTACTS: Final = 50
DISGUISED_WORDS: Final = 3
"""A single one is a slip of the keyboard: whoever types in two scripts writes ``c`` for ``с``."""

_FIRM: Final = re.compile(
    r"\b(?i:co\.,? ?ltd|ltd|limited|corp|corporation|inc|llc|llp|plc|pte|pvt|gmbh|s\.a\.|sarl|ltda|sdn\.? bhd|tnhh"
    r"|công ty (?:cổ phần|cp))\b|\b(?:ООО|ОАО|ЗАО|ТОВ)\b|\b(?:PT|CV)\.? [A-Z]"
    r"|บริษัท|บจก|หจก|有限(?:公司|会社)|股份|集[团團]|株式会社|\(주\)|㈜|주식회사"
)

_ADDRESS: Final = re.compile(r"(?<![a-z0-9])[a-z0-9][a-z0-9.-]{0,253}\.[a-z]{2,}", re.IGNORECASE)

_D: Final = str.maketrans("đ", "d")
_LATIN_I: Final = str.maketrans("iI", "іІ")

Span = tuple[str, int, int]
"""Field, start and end of the text that shows a fact; an empty span where none does."""

_NOWHERE: Final[Span] = ("description", 0, 0)


class WorkWords:
    """Finds words of work in the languages of a taxonomy; made once a taxonomy."""

    def __init__(self, words: Iterable[str]) -> None:
        """``words`` in small letters, as they begin: any ending may follow. Those with marks are found without, too."""
        self._automaton = ahocorasick.Automaton()
        for form in {form for word in words for form in (word, _unmarked(word))}:
            self._automaton.add_word(form, (len(form), form[0].upper() != form[0].lower()))
        self._knows_any = len(self._automaton) > 0
        if self._knows_any:
            self._automaton.make_automaton()

    def are_in(self, text: str) -> bool:
        """Whether a word is in a text, in disguise or out of it; of every text where no words are known."""
        if not self._knows_any or self._are_written_in(text):
            return True
        return self._are_written_in(undisguise(unicodedata.normalize("NFC", text)).replace(PASSED_OVER, ""))

    def _are_written_in(self, text: str) -> bool:
        text = text.lower()
        return any(
            # No letter stands before it, in scripts with capitals; others join words, or prefixes to them.
            not (has_case and last >= length and text[last - length].isalpha())
            for last, (length, has_case) in self._automaton.iter(text)
        )


def _unmarked(word: str) -> str:
    """A word of Latin letters without their marks; another as it is."""
    apart = unicodedata.normalize("NFD", word)
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter)).translate(_D)
    return bare if bare.replace(" ", "").isascii() else word


def names_firm(text: str) -> bool:
    """Whether a word for a form of firm, such as Ltd, stands in the text."""
    return bool(_FIRM.search(text))


@dataclass(frozen=True, slots=True)
class Known:
    """What facts are read by: countries, and words of work."""

    countries: CountryFacts
    work: WorkWords


class OfferFacts:
    """Reads the facts that indicators of a taxonomy stand for; made once a taxonomy."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        asked_by = _asked_by(taxonomy)
        named = [(key, indicator.fact) for key, indicator in taxonomy.indicators.items() if indicator.fact]
        self._facts = [(key, FACTS[fact], asked_by.get(key)) for key, fact in named]
        self._known = Known(taxonomy.countries, WorkWords(taxonomy.work))

    def read(self, ad: JobAd, shown: Set[str]) -> tuple[Evidence, ...]:
        """Evidence of facts; ``shown`` are the risks that the ad's wording shows. Where there is none, only whether it
        speaks of work is asked."""
        found = []
        for key, fact, asked_by in self._facts:
            asked = (asked_by is None or not asked_by.isdisjoint(shown)) if shown else fact is no_word_of_work
            if asked and (span := fact(ad, self._known)):
                field, start, end = span
                quote = getattr(ad, field)[start:end]
                found.append(Evidence(indicator=key, field=field, start=start, end=end, quote=quote))
        return tuple(found)


def _asked_by(taxonomy: Taxonomy) -> dict[str, frozenset[str]]:
    """Facts that matter only to other indicators, which count for nothing beside them, and who these are; no rule names
    them. Such a fact is read only where one of the others is shown."""
    others = [(key, indicator.counts_unless) for key, indicator in taxonomy.indicators.items()]
    named = frozenset().union(*(rule.unless.union(*rule.needs, *rule.sides) for rule in taxonomy.rules))
    return {
        name: frozenset(key for key, unless in others if name in unless)
        for name in frozenset().union(*(unless for _, unless in others)) - named
    }


def pay_above_minimum(ad: JobAd, known: Known) -> Span | None:
    """Pay by the month is several times the minimum wage of the job's country, or, where that is not known, of the
    country whose currency or language the ad uses; for pay in dollars the table's dollar figure is taken."""
    pay = ad.base_salary
    place = known.countries.of(ad) if pay else None
    if not pay or not place:
        return None
    minimum = place.usd if pay.currency in _DOLLARS else place.monthly if pay.currency == place.currency else None
    amount, by_month = pay.min if pay.min is not None else pay.max, _MONTHLY.get(pay.period or "month")
    if not minimum or not amount or not by_month or amount * by_month < TIMES_MINIMUM * minimum:
        return None
    return _found(ad, pay.raw or "")


def no_employer(ad: JobAd, known: Known) -> Span | None:
    """No employer is named: neither in its field, nor by a word for a firm in the text."""
    return None if ad.hiring_organization or names_firm(ad_text(ad)) else _NOWHERE


def messenger_only(ad: JobAd, known: Known) -> Span | None:
    """All contacts are private messengers, and no employer is named."""
    if not ad.contacts or ad.hiring_organization or any(contact.kind not in _MESSENGERS for contact in ad.contacts):
        return None
    return _found(ad, ad.contacts[0].value)


def contact_elsewhere(ad: JobAd, known: Known) -> Span | None:
    """A telephone number belongs to a country where compounds are known, and the job is said to be in another one."""
    for contact in ad.contacts if ad.country else ():
        if contact.kind in ("phone", "whatsapp", "viber", "zalo"):
            country = known.countries.of_number(contact.value)
            if country in COMPOUND_COUNTRIES and country != ad.country:
                return _found_number(ad, contact)
    return None


def free_mail(ad: JobAd, known: Known) -> Span | None:
    """A named employer, in its field or by a word for a firm, is written to at a free mail service."""
    for contact in ad.contacts if ad.hiring_organization or names_firm(ad_text(ad)) else ():
        if contact.kind == "email" and contact.value.rpartition("@")[2].casefold() in known.countries.free_mail:
            return _found(ad, contact.value)
    return None


def imitated_domain(ad: JobAd, known: Known) -> Span | None:
    """A contact's or application's domain imitates that of a known employer, board or authority."""
    contacts = (contact.value for contact in ad.contacts if contact.kind in ("email", "web"))
    addresses = filter(None, (*contacts, ad.apply_url))
    return next((_found(ad, address) for address in addresses if known.countries.imitated(address)), None)


def official_way(ad: JobAd, known: Known) -> Span | None:
    """The employer's field is filled, as on a board, or an address in the text is an official one."""
    if ad.hiring_organization:
        return _NOWHERE
    addresses = [found.group() for found in _ADDRESS.finditer(ad_text(ad))] + [ad.apply_url or "", ad.url or ""]
    return next((_found(ad, address) for address in addresses if known.countries.is_official(address)), None)


def shouting(ad: JobAd, known: Known) -> Span | None:
    """Most letters are capitals, or an emoji stands in every thirty-third place or closer."""
    text = ad_text(ad)
    capitals, small = sum(map(str.isupper, text)), sum(map(str.islower, text))
    if small + capitals >= _SHOUTED_LETTERS and capitals > _SHOUTED * (small + capitals):
        return _NOWHERE
    return _NOWHERE if len(_EMOJI.findall(text)) > _EMOJI_SHARE * len(text) else None


def disguised(ad: JobAd, known: Known) -> Span | None:
    """Several words have letters of more than one script."""
    for field in ("title", "description"):
        text = getattr(ad, field)
        clear = one_script(text)
        pairs = zip(text.split(), clear.split(), strict=True)
        words = [word for word, meant in pairs if _unstyled(word) != _unstyled(meant)]
        if len(words) >= DISGUISED_WORDS:
            return field, text.index(words[0]), text.index(words[0]) + len(words[0])
    return None


def _unstyled(word: str) -> str:
    """Without what is no disguise: bold letters are a style, and many type the Ukrainian i on a Latin key."""
    return word if word.isascii() else unicodedata.normalize("NFKC", word).translate(_LATIN_I)


def many_contacts(ad: JobAd, known: Known) -> Span | None:
    """More contacts than an offer needs: decoys hide the real one."""
    return _found(ad, ad.contacts[0].value) if len(ad.contacts) > MANY_CONTACTS else None


def no_word_of_work(ad: JobAd, known: Known) -> Span | None:
    """Nothing in it speaks of work: no word of the text, and no field that only an ad of a job has."""
    if ad.hiring_organization or ad.base_salary or ad.employment_type:
        return None
    return None if known.work.are_in(ad_text(ad)[:MOST_READ]) else _NOWHERE


FACTS: Final[dict[str, Callable[[JobAd, Known], Span | None]]] = {
    "pay_above_minimum": pay_above_minimum, "no_employer": no_employer, "messenger_only": messenger_only,
    "contact_elsewhere": contact_elsewhere, "free_mail": free_mail, "look_alike_domain": imitated_domain,
    "shouting": shouting, "no_word_of_work": no_word_of_work, "official_way": official_way,
    "many_contacts": many_contacts, "disguised": disguised,
}  # fmt: skip


def _found(ad: JobAd, quote: str) -> Span:
    quote = unicodedata.normalize("NFC", quote)
    for field in ("title", "description"):
        start = getattr(ad, field).find(quote) if quote else -1
        if start >= 0:
            return field, start, start + len(quote)
    return _NOWHERE


def _found_number(ad: JobAd, contact: Contact) -> Span:
    digits = [c for c in contact.value if c.isdigit()]
    spaced = re.compile(r"\+?" + r"[^\d\n]{0,2}".join(map(re.escape, digits)))
    for field in ("title", "description"):
        if found := spaced.search(getattr(ad, field)):
            return field, found.start(), found.end()
    return _NOWHERE
