"""Words and patterns of contacts, for plain texts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from crawler.extract.vocabulary import LETTER, WordFinder, compiled_late, plain, word_pattern
from crawler.files import read_word_list

__all__ = ["ContactWords", "LinkRule", "load_contact_words"]

_SCATTER = r"[\s._\-*|/~•·]{0,2}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRule:
    """How a link to an application is read."""

    kind: str
    paths: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactWords:
    """Everything plain: in lower case, digits as 0 to 9."""

    name: WordFinder
    """Any application's name, or what holds one and is none."""

    kinds: Mapping[str, str]
    """Name to kind."""

    scattered: tuple[tuple[str, re.Pattern[str]], ...]
    id_words: frozenset[str]
    handles: Mapping[str, re.Pattern[str]]
    numbered: frozenset[str]
    """Kinds that a phone number is an identifier of."""

    before_handle: re.Pattern[str]
    identifies: frozenset[str]
    """What says of the word behind it that it is an identifier."""

    before_number: re.Pattern[str]
    joined: re.Pattern[str]
    not_a_handle: frozenset[str]
    links: Mapping[str, tuple[LinkRule, ...]]
    link_host: str
    link_host_end: re.Pattern[str]
    """How all of these end, with the slash behind them."""

    not_web: frozenset[str]
    not_web_endings: tuple[str, ...]
    tracking: re.Pattern[str]
    mail: re.Pattern[str]
    """What stands behind the name of an address."""

    mail_sign: re.Pattern[str]
    """The same where only "@" is a sign."""

    mail_spelt: frozenset[str]
    mail_spelt_unspaced: tuple[str, ...]
    """Words for a dot; those of scripts without spaces may stand anywhere."""

    mail_bracketed: re.Pattern[str]
    """Without any of these, it is."""

    mail_at: re.Pattern[str]
    mail_dot: re.Pattern[str]
    not_domains: frozenset[str]
    phone_stated: WordFinder
    """Before a number: group ``phone``, or group ``other`` for what is none."""

    bare: Mapping[str, re.Pattern[str]]
    digit_words: WordFinder
    digit_run: re.Pattern[str]
    digit_word: re.Pattern[str]
    digits: Mapping[str, str]


@cache
def load_contact_words() -> ContactWords:
    """The words; read once, because they are part of the program."""
    table = read_word_list("contact_words")
    apps: Mapping[str, Any] = table["apps"]
    kinds = {plain(word): kind for kind, app in apps.items() for word in (*app["words"], *app.get("id_words", ()))}
    digits = {plain(word): digit for digit, words in table["digits"].items() for word in words}
    phone, other = [*table["phone"]["words"], *kinds], table["phone"]["not_words"]
    between = word_pattern(table["between"]["words"])
    also = word_pattern(table["between"]["also"])
    mark = r"[\s:：\-–—=>→👉➡️\ufe0f.,/&+|()\[\]#*•·]"
    return ContactWords(
        name=WordFinder([*kinds, *table["not_an_app"]["words"]]),
        kinds=kinds,
        scattered=tuple((kind, _scattered(name)) for kind, app in apps.items() for name in app.get("scattered", ())),
        id_words=frozenset(plain(word) for app in apps.values() for word in app.get("id_words", ())),
        handles={
            kind: compiled_late(lambda app=app: rf"(?P<at>@\s?)?(?P<handle>{app['handle']})(?![\w@])")  # type: ignore[misc]
            for kind, app in apps.items()
            if "handle" in app
        },
        numbered=frozenset(kind for kind, app in apps.items() if app["numbers"]),
        before_handle=re.compile(rf"(?P<said>\s?{between})?\s{{0,2}}(?P<mark>[:：=>→👉➡️\ufe0f]{{0,4}})\s{{0,2}}"),
        identifies=frozenset(map(plain, table["between"]["identifies"])),
        before_number=re.compile(rf"(?:{mark}|{between}){{0,12}}"),
        joined=re.compile(rf"{mark}{{0,3}}{also}?{mark}{{0,3}}"),
        not_a_handle=frozenset(table["not_a_handle"]["words"]),
        **_link_parts(table),
        **_mail_parts(table["mail"]),
        phone_stated=WordFinder(
            [*phone, *other], rf"(?P<phone>{word_pattern(phone)})|(?P<other>{word_pattern(other)})"
        ),
        bare={country: re.compile(pattern) for country, pattern in table["phone"]["bare"].items()},
        digit_words=WordFinder(digits),
        digit_run=compiled_late(
            lambda: rf"{word_pattern(digits)}[\s,.\-]{{0,3}}(?:{word_pattern(digits)}[\s,.\-]{{0,3}}){{7,14}}"
        ),
        digit_word=compiled_late(lambda: word_pattern(digits)),
        digits=digits,
    )


def _link_parts(table: Mapping[str, Any]) -> dict[str, Any]:
    rules: dict[str, tuple[LinkRule, ...]] = {}
    for link in table["links"]:
        rule = LinkRule(kind=link["kind"], paths=tuple(re.compile(path, re.IGNORECASE) for path in link["paths"]))
        for host in link["hosts"]:
            rules[host] = (*rules.get(host, ()), rule)
    return {
        "links": rules,
        "link_host": word_pattern(f"{prefix}{host}" for host in rules if "." in host for prefix in ("", "m.", "web.")),
        "link_host_end": re.compile(rf"\.(?:{'|'.join(sorted({host.rpartition('.')[2] for host in rules}))})/"),
        "not_web": frozenset(table["not_web"]["hosts"]),
        "not_web_endings": tuple(table["not_web"]["endings"]),
        "tracking": re.compile(table["not_web"]["tracking"], re.IGNORECASE),
    }


def _mail_parts(table: Mapping[str, Any]) -> dict[str, Any]:
    """What stands behind an address's name. Only bracketed, or with the dot in words too, is "at" a sign."""
    at, dot = word_pattern(table["at"]), word_pattern(table["dot"])
    spelt_dot = rf"(?:\s?[\[({{<]\s?(?:{dot}|\.)\s?[\])}}>]\s?|\s{dot}\s)"
    label = r"[a-z0-9-]{1,63}"
    sign = rf"@{label}(?:\.{label}){{1,4}}"
    return {
        "mail_sign": re.compile(sign),
        "mail_spelt": frozenset(filter(str.isalpha, map(plain, table["dot"]))),
        "mail_spelt_unspaced": tuple(word for word in map(plain, table["dot"]) if not word.isalpha()),
        "mail_bracketed": re.compile(rf"[\[({{<]\s?(?:{at}|{dot}|\.)"),
        "mail": compiled_late(
            lambda: (
                rf"{sign}"
                rf"|[\[({{<]\s?{at}\s?[\])}}>]\s?{label}(?:(?:\.|{spelt_dot}){label}){{1,4}}"
                rf"|\s{at}\s{label}(?:{spelt_dot}{label}){{1,4}}"
            )
        ),
        "mail_at": re.compile(rf"@|\s?[\[({{<]\s?{at}\s?[\])}}>]\s?|\s{at}\s"),
        "mail_dot": compiled_late(lambda: spelt_dot),
        "not_domains": frozenset(table["not_domains"]),
    }


def _scattered(name: str) -> re.Pattern[str]:
    """The name with a mark or a digit that looks alike in it: z.a.l.o, za-lo, zal0."""
    first, *others = ("[o0]" if letter == "o" else re.escape(letter) for letter in name)
    rest = _SCATTER.join(others)
    return re.compile(rf"{first}(?<![^\W\d_]{first})(?!{re.escape(name[1:])}){_SCATTER}{rest}(?!{LETTER})")
