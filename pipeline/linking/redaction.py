"""Redaction of ads: contacts, and whatever may lead to them, become bullets. Pure.

For readers who have no need of contacts. Each character becomes one bullet, so that offsets into the text stay true.
Wider than ``crawler.extract.fields.contacts``, whose finds are evidence and must be right: whatever could be an
address, a handle or a number is found, also where it is written to get past programs. Every pattern takes linear time.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any, Final

from crawler.ad import Contact, JobAd
from crawler.extract.fields.contacts import spot_contacts
from crawler.extract.fields.lexicon import load_contact_words
from crawler.extract.vocabulary import LETTER, plain, word_pattern
from crawler.files import read_word_list
from model.assessment import Assessment, Contribution
from model.text.folding import ad_text
from pipeline.linking.changes import AdChange

LONGEST: Final = 20_000
"""Characters that are searched, as many as the queue's index takes; what stands behind them is a trace as a whole."""

Span = tuple[int, int]

FEWEST_DIGITS: Final = 7
FEWEST_BEHIND_A_NAME: Final = 5

_LIKE_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", "01234567890123456789")
_DIGITS = re.compile(r"\d")

_ADDRESS = re.compile(
    r"[^\s@]{1,64}@[^\s@]{1,255}"
    r"|(?<!\w)@[\w.]{2,64}"
    r"|[\w.+-]{2,64}[ \t]?@[ \t]?[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}"
    r"|(?<![a-z])[a-z][a-z0-9+.-]{1,20}:(?://|\\\\)\S+|www\.\S+"
)
_PAGE = re.compile(r"(?<![\w.-])(?P<host>[\w.-]++)(?P<rest>[/:?#]\S*+)?")
_ENDING = re.compile(r"[\w-]\.(?P<ending>[a-z]{2,8}(?:\.[a-z]{2})?)$")
_PORT = re.compile(r":\d{2,5}(?:[/?#]|$)")

_MARK = r"[ \t\r\n().\-/,'’‘`´·•_*|~–—‐‑‒−\u00a0\ufe0f\u20e3]"
_UNBROKEN = re.compile(rf"[+(]?(?<!\d)\d(?:{_MARK}{{0,4}}\d){{{FEWEST_DIGITS - 1},}}+")

_MONEY = r"[1-9]\d{0,2}(?:[., ]\d{3}){0,3}[., ]000|[1-9]\d{0,2}(?:,\d{3}){0,2},\d00|[1-9]\d{0,2}(?:,\d{3}){1,3}\.\d\d"
_PAY = r"[1-9]\d{0,2}(?:[., ]\d{3}){0,2}[., ]\d\d0|[1-9]\d{0,3}00"
_DAY = r"\d{1,2}[./-]\d{1,2}[./-](?:19|20|25)\d\d|(?:19|20|25)\d\d[./-]\d{1,2}[./-]\d{1,2}"
_YEAR = r"(?:\d{1,2}[/.-])?(?:19|20|25)\d\d"
_TIME = r"(?:[01]?\d|2[0-4])[.,](?:00|15|30|45)"
_TO = r"\s?[\-‐‑–—−/~]{1,4}\s?"
_ALONE = (_MONEY, _DAY, _YEAR)
_FROM_AND_TO = (rf"{_MONEY}|{_PAY}", _DAY, _YEAR, _TIME)
_NO_NUMBER = re.compile(
    rf"[(\s]*(?:{'|'.join((*_ALONE, *(f'(?:{word}){_TO}(?:{word})' for word in _FROM_AND_TO)))})[)\s.,/-]*"
)
"""Money, pay from and to, days, years and hours: what else is written with so many digits."""

_TOKEN = re.compile(
    r"(?P<at>@)?[ \t]?(?P<token>(?:live:)?\.?"
    r"(?:[a-z0-9_][a-z0-9_.\-]{2,39}(?:\#\d{4})?|\d(?:[ \t.\-']{0,2}[\doil]){4,20}))(?![\w@])"
)
_LIKE_LETTERS = re.compile(r"(?<![a-z])[oil](?![a-z])")
_COLON = re.compile(r"[:：=>→👉]")


@lru_cache(maxsize=1024)  # one reader turns from the queue to a case and back
def trace_contacts(text: str, country: str | None) -> tuple[Span, ...]:
    """Where something stands that may lead to a contact, in no order; spans may overlap."""
    beginning, words = text[:LONGEST], _words()
    # The text as long as it was: what is found there lies at the same place here.
    line = plain(beginning).translate(_LIKE_DIGITS)
    found = [(contact.start, contact.end) for contact in spot_contacts(beginning, country) if contact.value]
    found += (match.span() for pattern in (_ADDRESS, *words.spelt_addresses) for match in pattern.finditer(line))
    # Names of pages, with or without anything behind them.
    for match in _PAGE.finditer(line):
        host, rest, start = match["host"].rstrip(".-_"), match["rest"] or "", match.start()
        ending = _ENDING.search(host)
        if ending is None or _is_glued(beginning, start + ending.start("ending"), start + ending.end()):
            continue
        last, end = ending["ending"].rpartition(".")[2], start + len(host)
        is_page = ending["ending"] in words.endings or last in words.endings
        if rest and len(host) == len(match["host"]) and (rest[0] in "/?#" or _PORT.match(rest)):
            is_page, end = last not in words.no_endings, match.end()
        if is_page:
            found.append((start, end))
    found += _behind_names(line, beginning)
    # Digits that could be a telephone number, whatever stands between them; pay and days are none.
    for match in _UNBROKEN.finditer(line):
        if not _NO_NUMBER.fullmatch(match[0]):
            parts = [part for part in match[0].split("\n") if not _NO_NUMBER.fullmatch(part)]
            if len(_DIGITS.findall("".join(parts))) >= FEWEST_DIGITS:
                found.append(match.span())
    # Numbers in which words or letters stand for digits: o9o9..., zero nine one...
    for match in words.spelt_number.finditer(line):
        letters = len(_LIKE_LETTERS.findall(match[0]))
        if letters + len(words.digit_word.findall(match[0])) > 1 or (
            letters and len(_DIGITS.findall(match[0])) >= FEWEST_DIGITS
        ):
            found.append(match.span())
    return (*found, (LONGEST, len(text))) if len(text) > LONGEST else tuple(found)


def _is_glued(text: str, start: int, end: int) -> bool:
    """Whether two sentences lost the space between them: ``data.Develop``."""
    return text[start:end].istitle()


def _behind_names(line: str, text: str) -> Iterator[Span]:
    """Identifiers behind the name of an application."""
    words = _words()
    for name in words.names.finditer(line):
        if name[0] in words.others:
            continue
        between = words.between.match(line, name.end())
        found = _TOKEN.match(line, between.end()) if between else None
        if between is None or found is None:
            continue
        label = (between["said"] or "").strip()
        # A name in another script is left for Latin letters where an identifier begins; "line id" says that one does.
        marked = (
            bool(_COLON.search(between[0])) or label in words.identifies or not name[0].isascii()
            or not words.identifies.isdisjoint(name[0].split())
        )  # fmt: skip
        token = found["token"].rstrip(".-_")
        dot = token.find(".") + 1
        start = found.start("token") + dot
        has_dot = dot > 1 and not _is_glued(text, start, start + 2)
        digits, is_strict = len(_DIGITS.findall(token)), name[0] in words.strict
        has_sign = (token[:1].isalpha() and digits > 0) or "_" in token or ":" in token or "#" in token
        if found["at"]:
            is_identifier = True
        elif not any(map(str.isalpha, token)):
            is_identifier = digits >= FEWEST_BEHIND_A_NAME and not _NO_NUMBER.fullmatch(token)
        elif marked:
            is_identifier = has_sign or has_dot or digits > 1 or (is_strict and token not in words.words)
        else:
            is_identifier = (has_sign or (is_strict and has_dot)) and len(token) >= (4 if is_strict else 5)
        if is_identifier:
            yield found.span()


class _Words:
    """The words and patterns of ``redaction_words``: names of applications, links, and signs that are spelt out."""

    def __init__(self) -> None:
        table = read_word_list("redaction_words")
        applications, links = table["applications"], table["links"]
        self.strict = frozenset(map(plain, applications["strict"]))
        self.others = frozenset(map(plain, applications["others"]))
        self.names = re.compile(
            word_pattern([*applications["strict"], *applications["loose"], *applications["others"]])
        )
        between = word_pattern(applications["between"])
        mark = r"[ \t:：=>→👉\-–—.,~/|(\[*\ufe0f]"
        self.between = re.compile(rf"{mark}{{0,5}}(?P<said>{between})?{mark}{{0,5}}(?:\n[ \t]?)?")
        self.identifies = frozenset(map(plain, applications["identifies"]))
        self.words = frozenset(map(plain, applications["words"]))
        self.endings = frozenset(links["endings"])
        self.no_endings = frozenset(links["no_endings"])
        self.digit_word = re.compile(word_pattern(load_contact_words().digits))
        digit = rf"(?:\d|(?<!{LETTER})[oil]+(?=[^a-z]*\d)|(?<=\d)[oil]+(?!{LETTER})|{self.digit_word.pattern})"
        self.spelt_number = re.compile(rf"(?<!\d){digit}(?:{_MARK}{{0,4}}{digit}){{{FEWEST_DIGITS - 1},40}}+")
        # Mail and links with words, spaces or brackets for their signs.
        at, providers = word_pattern(table["mail"]["at"]), "|".join(map(re.escape, table["mail"]["providers"]))
        opens, closes = r"\s?[\[({<]\s?", r"\s?[\])}>]\s?"
        spelt_dot = rf"(?:{opens}(?:dot|\.){closes}|\sdot\s)"
        dot = rf"(?:{spelt_dot}|\s?\.\s?)"
        name, label = r"[\w.+-]{2,64}", r"[\w-]{1,63}"
        bracketed = rf"{name}{opens}(?:{at}|@){closes}{label}(?:{dot}[a-z]{{2,8}}\b){{0,3}}"
        host = rf"(?:{providers})\b(?:{dot}[a-z]{{2,4}}\b)?|{label}(?:{spelt_dot}[a-z]{{2,8}}\b){{1,3}}"
        mail = rf"{bracketed}|{name}\s?(?:\s{at}\s|@)\s?(?:{host})"
        glued = rf"(?<![\w.-])(?=[\w.-]*\d)[\w.-]{{4,64}}\s(?:{providers})(?:{dot}|\s)com\b"
        hosts = "|".join(dot.join(map(re.escape, host.split("."))) for host in links["hosts"])
        link = rf"(?<![\w.-])(?:{hosts})\s?[/\\]\s?[+@~]?[\w.+-]+"
        self.spelt_addresses = (re.compile(mail), re.compile(glued), re.compile(link))


@cache
def _words() -> _Words:
    return _Words()


HIDDEN: Final = "\N{BULLET}"
HIDDEN_WORDS: Final = "words that are hidden"
WORDS: Final = "words: "
"""How the name of a contribution begins that is a span of the text."""

_SIGN = re.compile(r"\S")


def hide_contacts(text: str, contacts: Iterable[Contact] = (), country: str | None = None) -> str:
    """The text with bullets where a contact stands, as long as it was. ``contacts`` are those known otherwise."""
    spans = [*trace_contacts(text, country)]
    for contact in contacts:
        if len(contact.value) > 2:
            spans += (match.span() for match in re.finditer(re.escape(contact.value), text, re.IGNORECASE))
    parts, place = [], 0
    for start, end in sorted(spans):
        if end > place:
            parts += [text[place:start], _SIGN.sub(HIDDEN, text[max(start, place) : end])]
            place = end
    return "".join((*parts, text[place:]))


def ad_without_contacts(ad: JobAd) -> JobAd:
    """The ad as someone reads it who may not see contacts: its own address, which shows them, is left out too."""
    texts = ("title", "description", "company_profile", "hiring_organization", "job_location", "employment_type")
    hidden: dict[str, Any] = {
        name: hide_contacts(text, ad.contacts, ad.country) for name in texts if (text := getattr(ad, name))
    }
    # What was read of the pay; the words only where nothing was, since much pay looks like a telephone number.
    pay = ad.base_salary
    if pay is not None and pay.raw is not None:
        is_read = pay.min is not None or pay.max is not None
        pay = replace(pay, raw=None if is_read else hide_contacts(pay.raw))
    return replace(ad, **hidden, base_salary=pay, contacts=(), apply_url=None, url=None)


def assessment_without_contacts(assessment: Assessment, redacted: JobAd) -> Assessment:
    """The assessment with its quotes as the redacted ad reads. Words that it hides make one contribution, without a
    name: each by itself would say what stands under the bullets."""
    shown, hidden, whole = [], 0.0, ad_text(redacted).casefold()
    for each in assessment.contributions:
        text = getattr(redacted, each.field or "", None)
        if isinstance(text, str) and HIDDEN in text[each.start : each.end]:
            is_hidden = each.indicator is None  # an indicator's title is ours
        else:
            words = each.name.removeprefix(WORDS).rstrip("…").casefold()
            is_hidden = each.name.startswith(WORDS) and words not in whole
        if is_hidden:
            hidden += each.value
        else:
            shown.append(replace(each, name=hide_contacts(each.name)))
    if hidden:
        shown.append(Contribution(name=HIDDEN_WORDS, value=hidden))
    evidence = []
    for piece in assessment.evidence:
        text = getattr(redacted, piece.field, None)  # None where the field is gone
        evidence.append(replace(piece, quote=text[piece.start : piece.end] if isinstance(text, str) else ""))
    shown.sort(key=lambda each: -abs(each.value))
    return replace(assessment, evidence=tuple(evidence), contributions=tuple(shown))


def changes_without_contacts(changes: Iterable[AdChange], contacts: Iterable[Contact] = ()) -> tuple[AdChange, ...]:
    """The changes that name no contact; ``contacts`` are the ad's."""
    known = tuple(contacts)
    return tuple(
        replace(
            each,
            before=each.before and hide_contacts(each.before, known),
            after=each.after and hide_contacts(each.after, known),
        )
        for each in changes
        if each.fact != "contact" and each.field not in {"contacts", "apply_url", "url"}
    )
