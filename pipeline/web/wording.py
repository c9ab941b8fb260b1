"""Words of the page for the program's keys: claims, never facts."""

from collections.abc import Mapping
from typing import Any, Final

from crawler.files import read_word_list
from pipeline.case import Case
from pipeline.store.campaigns import CampaignCase
from pipeline.web.i18n import country_name, gettext, language_name

_LISTED: Final[dict[str, Any]] = read_word_list("page_words")
WORDS: Final[Mapping[str, Any]] = _LISTED | {
    table: _LISTED["service"] | _LISTED[table] for table in ("contact", "apply")
}
"""By table and key, in English; ``apply`` and ``likely`` are a brief's words for contacts and verdicts."""

_TABLES: Final = {"verdict": "likely", "contact": "apply"}


def word(key: str, table: str) -> str:
    """The words for a key in the page's language; the key itself where its table has none."""
    words = WORDS[table].get(key)
    return gettext(words) if words else key


def standing(case: Case | CampaignCase) -> str:
    """How a case stands, the same on every page."""
    return word(case.lane if case.lane in WORDS["standing"] else case.state, "standing")


def value_words(topic: str, value: str) -> str | None:
    """The words for a value of a trend's facet or a brief's topic; None for one that has none."""
    for table in (_TABLES.get(topic, topic), "value"):
        if value in WORDS.get(table, ()):
            return word(value, table)
    if topic == "country":
        return country_name(value)
    return language_name(value) if topic == "language" else None
