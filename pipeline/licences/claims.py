"""Licence claims of an ad: numbers, wordings, names of firms, country of work."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from crawler.ad import JobAd
from crawler.extract.fields.countries import country_in_place
from pipeline.licences.names import AgencyName, agency_name, load_words, name_words
from pipeline.licences.register_map import NumberFormat, RegisterMap, plain_view
from pipeline.licences.results import Claim

_BREAK = re.compile(r"[\n\r,;:()\[\]{}|•*!?\"“”«»<>]|\.(?=\s)|\s[-–—]\s")
_UNSPACED_NAME = re.compile("[\u0e00-\u0eff\u3400-\u9fff]")

MOST_NAMES = 5
"""Names of one ad that are looked up; who lists many is no agency."""

NEAR = 160
"""So far from a number or a word that claims a licence may a name stand in the text that is taken for the agency's."""

_NUMBERED = frozenset({"phone", "whatsapp", "zalo", "viber", "telegram", "line", "wechat"})
_UNSPACED = re.compile("[\u0e00-\u0eff\u0900-\u09ff\u3400-\u9fff]")


def find_names(text: str) -> list[tuple[int, int]]:
    """Where names of firms stand in the text, with their forms, in reading order; whatever may be none is left out."""
    opening, closing, _ = _name_patterns()
    # ``Công ty cổ phần Hoa Ban``, ``PT Mandiri``, ``บริษัท เอบีซี จำกัด``: the name goes on to a break or a verb.
    found = [
        (form.start(), form.end() + length)
        for form in opening.finditer(text)
        if (length := _name_length(text[form.end() : form.end() + 100]))
    ]
    # ``Golden Horizon Manpower, Inc.``: words in capitals before the form.
    found += [form.span() for form in closing.finditer(text)]
    chosen: list[tuple[int, int]] = []
    for start, end in sorted(found, key=lambda span: (span[0], -span[1])):
        if agency_name(text[start:end]).distinctive and (not chosen or start >= chosen[-1][1]):
            chosen.append((start, end))
    return chosen[:50]


def _name_length(rest: str) -> int:
    """Where a name that begins here is over; 0 where none begins."""
    broken = _BREAK.search(rest, 1)
    end = broken.start() if broken else len(rest)
    verb = _name_patterns()[2].search(rest, 0, end)
    end = verb.start() if verb else end
    words = list(re.finditer(r"\S+", rest[:end]))[:9]  # a longer name is none
    if words and _UNSPACED_NAME.search(words[0][0]):
        return words[-1].end()
    # Among words in capitals may stand words of the trade in small letters, as in ``Cung ứng nhân lực Hoa Ban``.
    end, small_from = 0, 0
    for at, word in enumerate(words):
        if word[0][0].islower():
            continue
        small = words[small_from:at]
        if small and not _is_trade(small) and not _is_trade(words[max(0, small_from - 1) : at]):
            break
        end, small_from = word.end(), at + 1
    return end


def _is_trade(words: list[re.Match[str]]) -> bool:
    return not agency_name(" ".join(word[0] for word in words)).distinctive


@cache
def _name_patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """What stands before a firm's name, the name with what closes it, and what ends it without being of it."""
    words = load_words()
    before = [form for form in words["before"] if len("".join(name_words(form))) > 1]
    spaced, unspaced = _alternatives(sorted(before, key=lambda form: -len(form)))
    # A full stop belongs to short forms alone: behind a word it ends the sentence.
    opening = rf"(?<!\w)(?:{spaced})\s|(?<!\w)(?:PT|P\.T|CV|C\.V|cty)\.\s?|(?:{unspaced})\s?"
    after = [
        form for form in words["after"] if form.isascii() and form not in {"co", "company", "cp", "persero", "tbk"}
    ]
    ends, _ = _alternatives(sorted(after, key=lambda form: -len(form)))
    chinese = "|".join(form for form in words["after"] if re.match("[\u3400-\u9fff]", form))
    closing = (
        rf"(?<!\w)[A-Z][\w&'’-]{{0,30}}(?:\s(?:[A-Z&][\w&'’-]{{0,30}}|of|and|the)){{0,6}},?\s(?i:{ends})(?!\w)\.?"
        rf"|[\u3400-\u9fff]{{2,20}}?(?:{chinese})"
    )
    spaced, unspaced = _alternatives(words["ends"])
    ending = rf"(?<!\w)(?:{spaced})(?!\w)|{unspaced}"
    return re.compile(opening, re.IGNORECASE), re.compile(closing), re.compile(ending, re.IGNORECASE)


def _alternatives(phrases: Iterable[str]) -> tuple[str, str]:
    """Patterns of phrases: those with any space, full stop or comma between their words, and those without spaces."""
    spaced, unspaced = [], []
    for phrase in phrases:
        if _UNSPACED_NAME.search(phrase):
            unspaced.append(re.escape(phrase))
        else:
            spaced.append(r"[\s.,]{1,3}".join(map(re.escape, phrase.split())))
    return "|".join(spaced), "|".join(unspaced)


def destination(ad: JobAd) -> str | None:
    """The country of the work: the ad's own field, else the place it names, else the one country that its title names
    besides others of the place's country; None where none or several are named."""
    return ad.country or country_in_place(ad.job_location) or _in_title(ad.title)


@lru_cache(maxsize=65_536)
def _in_title(title: str) -> str | None:
    words = title.replace("/", " ").replace("(", " ").replace(")", " ").split()[:40]  # words of a title
    found = set()
    for size in (3, 2, 1):
        for at in range(len(words) - size + 1):
            name = " ".join(words[at : at + size]).strip(" ,.;:!-–")
            if len(name) > 3 and (code := country_in_place(name)):
                found.add(code)
    return found.pop() if len(found) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberClaim:
    """A number, and how the country writes it."""

    claim: Claim
    format: NumberFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class AdClaims:
    """What one ad claims that one register could speak of."""

    register: RegisterMap
    numbers: tuple[NumberClaim, ...]
    words: tuple[Claim, ...]
    names: tuple[Claim, ...]
    says_so: bool
    """Whether the ad itself claims a licence; else it only offers work abroad."""

    is_abroad: bool
    """Whether the work is known to be in another country than the register's."""

    country: str | None
    """Where the work is."""


@dataclass(frozen=True, slots=True)
class _Text:
    """One text of an ad, and what is looked at in its place."""

    field: str
    written: str
    plain: str
    """Character for character, as numbers are read."""

    lower: str
    """In small letters with single spaces."""

    def claim(self, kind: Literal["number", "words"], start: int, end: int, looked_up: str) -> Claim:
        """What stands between two places of the text, as a claim."""
        quote = self.written[start:end]
        return Claim(kind=kind, said=quote, field=self.field, start=start, end=end, looked_up=looked_up)


class ClaimReader:
    """Reads ads for the registers of some maps; made once."""

    def __init__(self, maps: Iterable[RegisterMap]) -> None:
        self._maps = [(each, _ClaimWords(each.claims)) for each in maps if each.kind == "agencies"]

    def read(self, ad: JobAd) -> tuple[AdClaims, ...]:
        """What the ad claims of each register; none for registers that it claims nothing of.

        An ad claims something where it states a number or uses words that claim a licence, and also where it offers
        work abroad to people of the register's country: in their language, or with a telephone number of theirs.
        """
        fields = ("title", "description", "company_profile")
        texts = [(field, (getattr(ad, field) or "")[:100_000]) for field in fields]  # no ad says more
        plain = [_Text(field, text, plain_view(text), " ".join(text.lower().split())) for field, text in texts if text]
        country = destination(ad)
        found = (_claims(register, words, ad, plain, country) for register, words in self._maps)
        return tuple(each for each in found if each is not None)


def _claims(
    register: RegisterMap, words: "_ClaimWords", ad: JobAd, texts: list[_Text], country: str | None
) -> AdClaims | None:
    language = (ad.language or "").partition("-")[0]
    # The numbers of the register's country, each once.
    numbers: dict[str, NumberClaim] = {}
    for number_format in register.numbers:
        if language and number_format.languages and language not in number_format.languages:
            continue
        for text in texts:
            for number, found in number_format.find(text.plain):
                if number not in numbers:
                    where = text.claim("number", found.start(), found.end(), number)
                    numbers[number] = NumberClaim(claim=where, format=number_format)
    claimed = tuple(claim for text in texts if (claim := words.find(text)))
    is_abroad = country is not None and country != register.country
    roles = {each.format.role for each in numbers.values()}
    says_so = bool(claimed) or "licence" in roles or "permit" in roles
    if not says_so:
        # A licence for work at home, or a number that every business has, says nothing of work abroad by itself.
        speaks_to_its_workers = language in register.languages or any(
            register.calling and contact.kind in _NUMBERED and contact.value.startswith(register.calling)
            for contact in ad.contacts
        )
        if not is_abroad or not ("domestic" in roles or speaks_to_its_workers):
            return None
    marks = (*(each.claim for each in numbers.values()), *claimed)
    return AdClaims(
        register=register,
        numbers=tuple(numbers.values()),
        words=claimed,
        names=tuple(_names(ad, texts, marks)),
        says_so=says_so or "domestic" in roles,
        is_abroad=is_abroad,
        country=country,
    )


def _names(ad: JobAd, texts: list[_Text], marks: tuple[Claim, ...]) -> Iterator[Claim]:
    """The employer, and names of firms near whatever claims a licence; all of the text where no employer is named."""
    employer = ad.hiring_organization or ""
    found = [("hiring_organization", employer, 0)]
    for text in texts:
        near = [(max(0, mark.start - NEAR), mark.end + NEAR) for mark in marks if mark.field == text.field]
        for first, last in near if employer else [(0, len(text.written))]:
            part = text.written[first:last]
            found += [(text.field, part[start:end], first + start) for start, end in find_names(part)]
    named: set[AgencyName] = set()
    for field, name, start in found:
        agency = agency_name(name)
        if (agency.distinctive or agency.trade) and agency not in named and len(named) < MOST_NAMES:
            named.add(agency)
            yield Claim(
                kind="name", said=name, field=field, start=start, end=start + len(name),
                looked_up=" ".join((*agency.distinctive, *sorted(agency.trade))),
            )  # fmt: skip


class _ClaimWords:
    """The words by which ads claim a licence of one register."""

    def __init__(self, phrases: tuple[str, ...]) -> None:
        self._plain = tuple(" ".join(phrase.lower().split()) for phrase in phrases)
        written = []
        for phrase in sorted(phrases, key=lambda phrase: -len(phrase)):
            words = r"\s{1,9}".join(map(re.escape, phrase.split()))
            written.append(words if _UNSPACED.search(phrase) else rf"(?<!\w){words}(?!\w)")
        self._pattern = re.compile("|".join(written), re.IGNORECASE)

    def find(self, text: _Text) -> Claim | None:
        """The first of them in a text."""
        # Most texts hold none: this test is many times as fast as the search.
        if not any(phrase in text.lower for phrase in self._plain):
            return None
        found = self._pattern.search(text.written)
        return text.claim("words", found.start(), found.end(), "") if found else None
