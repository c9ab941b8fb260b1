"""Languages of the page: catalogues, dates, numbers, words for the program's keys.

Babel alone does it: Flask-Babel, last released in 2023, would add its own choice of time zones and a library for them.
English is what stands in the code and has no catalogue.
"""

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from typing import IO, Any, Final
from unicodedata import combining, normalize

import phonenumbers
from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_decimal
from babel.support import Translations
from flask import Flask, g, request, session
from flask_login import current_user

from crawler.files import read_word_list
from pipeline.case import Case
from pipeline.review.figures import Share
from pipeline.settings.messages import Translator
from pipeline.store.campaigns import CampaignCase

LANGUAGES: Final = {"en": "English", "vi": "Tiếng Việt", "id": "Bahasa Indonesia"}
"""Each language's own name, by which whoever reads it finds it."""

CATALOGUES: Final = Path(__file__).with_name("translations")
LOCALES: Final = {"en": Locale("en", "GB"), "vi": Locale("vi"), "id": Locale("id")}

_LISTED: Final[dict[str, Any]] = read_word_list("page_words")
WORDS: Final[Mapping[str, Any]] = _LISTED | {
    table: _LISTED["service"] | _LISTED[table] for table in ("contact", "apply")
}
"""By table and key, in English: claims, never facts. ``apply`` and ``likely`` are a brief's words for contacts and
verdicts."""

_MEANWHILE: Final[ContextVar[str]] = ContextVar("language")


@contextmanager
def in_language(language: str) -> Iterator[None]:
    """Words, days and numbers in this language meanwhile, whoever reads: for files."""
    before = _MEANWHILE.set(language)
    try:
        yield
    finally:
        _MEANWHILE.reset(before)


def page_language() -> str:
    """The language of this answer: the account's, else what was chosen before sign-in, else what the browser asks for
    first of those that there are, else English."""
    if meanwhile := _MEANWHILE.get(""):
        return meanwhile
    if "lurewatch_language" not in g:
        # ``vi-VN`` before ``en;q=0.5`` is Vietnamese.
        by_browser = (tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality > 0)
        wishes = (getattr(current_user, "language", None), session.get("language"), *by_browser, "en")
        g.lurewatch_language = next(each for each in wishes if each in LANGUAGES)
    language: str = g.lurewatch_language
    return language


def gettext(message: str, **values: Any) -> str:
    """The message in the language of the page, with the values that its ``%(name)s`` ask for."""
    text = _catalogue(page_language()).gettext(message)
    return text % values if values else text


_ = gettext


def ngettext(singular: str, plural: str, num: int, **values: Any) -> str:
    """The message in the form that the page's language has for so many, with ``%(num)s`` filled in."""
    return _catalogue(page_language()).ngettext(singular, plural, num) % (values | {"num": written_number(num)})


def written_day(day: date) -> str:
    """The day as the page's language writes it, the month by name."""
    return format_date(day, "medium", locale=LOCALES[page_language()])


def written_days(days: tuple[date, date]) -> str:
    """From a day to another; one day alone where they are the same."""
    first, last = map(written_day, days)
    return first if first == last else f"{first} – {last}"


def written_month(month: str) -> str:
    """A month such as ``2026-10``."""
    return format_skeleton("yMMMM", date.fromisoformat(f"{month}-01"), locale=LOCALES[page_language()])


def written_moment(moment: datetime) -> str:
    """Day and minute; always in UTC, and it says so."""
    return f"{written_day(moment)} {format_time(moment, 'short', locale=LOCALES[page_language()])} UTC"


def written_number(value: float, pattern: str | None = None) -> str:
    """The number with the separators of the page's language; ``0.00`` as a pattern asks for two decimals."""
    return format_decimal(value, pattern, locale=LOCALES[page_language()])


def written_score(score: float) -> str:
    """The score as a page prints it. Nothing is certain, so it never reads 1.00 or 0.00."""
    if score >= 0.995:
        return f"{written_number(0.99, '0.00')}+"
    return f"<{written_number(0.01, '0.00')}" if score < 0.005 else written_number(score, "0.00")


def written_share(share: Share | None) -> str:
    """A share in per cent, with its interval; that it is hidden where it is None."""
    if share is None:
        return gettext("hidden")
    numbers = {"share": share.share, "low": share.low, "high": share.high}
    return gettext(
        "%(share)s %% (%(low)s to %(high)s)", **{name: f"{100 * number:.0f}" for name, number in numbers.items()}
    )


def written_points(points: tuple[float, float, float]) -> str:
    """How much a share has risen, in points, with its interval."""
    middle, low, high = (f"{round(100 * part):+d}" for part in points)
    return gettext("%(points)s (%(low)s to %(high)s)", points=middle, low=low, high=high)


def language_name(code: str) -> str:
    """The language's name in the page's language; its code where there is none."""
    return str(LOCALES[page_language()].languages.get(code, code))


def country_name(code: str) -> str:
    """The country's name in the page's language; what is written where it is no code."""
    return str(LOCALES[page_language()].territories.get(code.upper(), code))


def country_names() -> list[tuple[str, str]]:
    """Code and name of every country, in the order of the page's language."""
    territories = LOCALES[page_language()].territories
    named = ((code, str(territories[code])) for code in phonenumbers.SUPPORTED_REGIONS if code in territories)
    return sorted(named, key=lambda pair: _without_accents(pair[1]))


def _without_accents(text: str) -> str:
    return "".join(sign for sign in normalize("NFD", text.casefold().replace("đ", "d")) if not combining(sign))


def word(key: str, table: str) -> str:
    """The words for a key in the page's language; the key itself where its table has none."""
    words = WORDS[table].get(key)
    return gettext(words) if words else key


def standing(case: Case | CampaignCase) -> str:
    """How a case stands, the same on every page."""
    return word(case.lane if case.lane in WORDS["standing"] else case.state, "standing")


def value_words(topic: str, value: str) -> str | None:
    """The words for a value of a trend's facet or a brief's topic; None for one that has none."""
    for table in ({"verdict": "likely", "contact": "apply"}.get(topic, topic), "value"):
        if value in WORDS.get(table, ()):
            return word(value, table)
    if topic == "country":
        return country_name(value)
    return language_name(value) if topic == "language" else None


PAGE: Final = Translator(say=gettext, day=written_day)
"""As the page says it, to whoever reads it at the time."""


def install_language(app: Flask) -> None:
    """Give the templates ``_``, ``ngettext``, ``{% trans %}``, dates, numbers and the languages to choose from."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # the extension adds it
        gettext, ngettext, newstyle=True
    )
    # The extension's own writes no number as the page's language does.
    app.jinja_env.globals.update(ngettext=ngettext, page_language=page_language, languages=LANGUAGES)
    app.jinja_env.filters.update(
        day=written_day, days=written_days, minute=written_moment, number=written_number, score=written_score,
        language_name=language_name, country_name=country_name,
    )  # fmt: skip


def extract_words(file: IO[bytes], *_asked: object, **_options: object) -> Iterator[tuple[int, None, str, tuple[()]]]:
    """The messages of a list of words, as Babel takes them; services have names of their own in every language."""
    for table in (words for name, words in tomllib.load(file).items() if name != "service"):
        for words in table.values():
            yield from ((0, None, each, ()) for each in ([words] if isinstance(words, str) else words))


@cache
def _catalogue(language: str) -> NullTranslations:
    """A language without a catalogue is English, which needs none; one whose file is missing stops the page."""
    if language == "en":
        return NullTranslations()
    with (CATALOGUES / language / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        return Translations(file)
