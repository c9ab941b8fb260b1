"""Lexicons of pay, dates and contacts: word lists of data/vocabulary as patterns."""

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from functools import cache
from typing import Any

import ahocorasick

from crawler.extract.text import NUMBER
from crawler.extract.vocabulary import LETTER, compiled_late, plain, plain_pattern, word_automaton, word_pattern
from crawler.files import read_word_list


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopedFactor:
    """A multiplier that counts only in some countries, or beside Chinese characters."""

    factor: int
    countries: Set[str]
    beside_han: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiplierCurrency:
    """The currency that a multiplier word tells by itself."""

    words: Set[str]
    currency: str
    countries: Set[str]
    """None is anywhere."""

    at_least: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PayWords:
    """Everything plain: in lower case, digits as 0 to 9."""

    amount: re.Pattern[str]
    range: re.Pattern[str]
    multipliers: Mapping[str, int]
    scoped: Mapping[str, ScopedFactor]
    number_words: Mapping[str, int]
    currencies: Mapping[str, str]
    signs: Mapping[str, Mapping[str, str]]
    by_multiplier: tuple[MultiplierCurrency, ...]
    home: Mapping[str, tuple[str, float]]
    periods: Mapping[str, str]
    period_codes: Mapping[str, str]
    period_behind: re.Pattern[str]
    paid: re.Pattern[str]
    paid_words: Mapping[str, str]
    piece_behind: re.Pattern[str]
    lower: re.Pattern[str]
    upper: re.Pattern[str]
    lower_behind: re.Pattern[str]
    upper_behind: re.Pattern[str]
    no_pay_behind: re.Pattern[str]
    money_before: re.Pattern[str]
    money_behind: re.Pattern[str]
    """A currency beside a number; behind it, a multiplier too."""

    stated_before: re.Pattern[str]
    """Pay or other money, named before an amount in running text: group ``pay`` or group ``other``."""


@cache
def load_pay_words() -> PayWords:
    table = read_word_list("pay_words")
    scoped = {
        plain(word): ScopedFactor(
            factor=item["factor"],
            countries=frozenset(item.get("countries", ())),
            beside_han=item.get("beside") == "han",
        )
        for item in table["scoped_multipliers"]
        for word in item["words"]
    }
    multipliers = _numbered(table["multipliers"])
    bounds, periods, paid = table["bounds"], _inverted(table["periods"]), _inverted(table["paid"])
    signs = [*(word for words in table["currencies"].values() for word in words), *table["signs"]]
    return PayWords(
        amount=compiled_late(lambda: _amount_pattern(table, signs, [*multipliers, *scoped])),
        range=compiled_late(lambda: rf"\s*{word_pattern(table['range']['words'])}{{1,4}}\s*"),
        multipliers=multipliers,
        scoped=scoped,
        number_words=_numbered(table["number_words"]),
        currencies={word.strip("."): code for word, code in _inverted(table["currencies"]).items()},
        signs={
            plain(sign): {country: code for code, countries in codes.items() for country in countries}
            for sign, codes in table["signs"].items()
        },
        by_multiplier=tuple(
            MultiplierCurrency(
                words=frozenset(map(plain, rule["words"])),
                currency=rule["currency"],
                countries=frozenset(rule.get("countries", ())),
                at_least=rule.get("at_least", 0),
            )
            for rule in table["multiplier_currency"]
        ),
        home={rule["country"]: (code, rule["at_least"]) for code, rule in table["home"].items()},
        periods=periods,
        period_codes=_inverted(table["period_codes"]),
        # What the pay is reckoned by, and a word for "each", may stand before a period.
        period_behind=compiled_late(
            lambda: (
                rf"(?:\s?\(?{word_pattern(table['per']['aside'])}\)?)?(?:\s?{word_pattern(table['per']['words'])})?\s?"
                rf"(?P<period>{word_pattern(periods)})"
            )
        ),
        paid=compiled_late(lambda: word_pattern(paid)),
        paid_words=paid,
        piece_behind=compiled_late(
            lambda: rf"\s?(?:/|{word_pattern(table['per']['words'])})?\s?{word_pattern(table['piece']['words'])}"
        ),
        lower=compiled_late(lambda: rf"{word_pattern(bounds['from'])}\s{{0,9}}[:：]?\s{{0,9}}\Z"),
        upper=compiled_late(lambda: rf"{word_pattern(bounds['upto'])}\s{{0,9}}[:：]?\s{{0,9}}\Z"),
        # "1,500+" is a least amount, "1,500 + bonus" is not.
        lower_behind=compiled_late(lambda: rf"\+(?!{LETTER}|\d)|\s?{word_pattern(bounds['from_after'])}"),
        upper_behind=compiled_late(lambda: rf"\s?{word_pattern(bounds['upto_after'])}"),
        no_pay_behind=compiled_late(lambda: rf"\s?{word_pattern(table['not_pay_after']['words'])}"),
        money_before=compiled_late(lambda: rf"{word_pattern(signs)}\.?\s?\Z"),
        money_behind=compiled_late(lambda: rf"\s?(?:{word_pattern([*multipliers, *signs])}|%)"),
        stated_before=compiled_late(
            lambda: (
                rf"(?P<pay>{word_pattern(table['in_text']['pay'])})"
                rf"|(?P<other>{word_pattern(table['in_text']['other'])})"
            )
        ),
    )


def _amount_pattern(table: Mapping[str, Any], signs: Iterable[str], multipliers: Iterable[str]) -> str:
    """An amount: sign, number, multiplier, a lower step of the same number (``1 triệu 200 nghìn``, ``7tr5``), sign."""
    sign, factor = word_pattern(signs), rf"{word_pattern(multipliers)}\.?"
    words = word_pattern(word for item in table["number_words"].values() for word in item)
    # "od 20 000 do 30 000": behind a number, a word of a range is no sign where another number follows.
    return (
        rf"(?:(?P<before>{sign})\.?[\s:]?(?:[$€£]\s?)?)?(?:(?P<first>{word_pattern(table['before_number']['words'])})\s?)?"
        rf"(?<![\d.,#])(?:(?P<number>{NUMBER})(?!\d)|(?P<word>{words})(?=\s?{factor}))"
        rf"(?:\s?(?P<multiplier>{factor})"
        rf"(?:\s?(?P<half>{word_pattern(table['halves']['words'])})"
        rf"|(?P<tail>\d{{1,3}})(?![\d.,]\d|\d|\s?(?:{word_pattern(table['not_pay_after']['words'])}))(?:(?P<tail_factor>{factor})|(?!{LETTER}))"
        rf"|\s(?P<more>\d{{1,3}})\s?(?P<more_factor>{factor}))?)?"
        rf"(?:\s?(?P<after>{sign}(?!\s?\d))\.?)?"
    )


def _inverted(table: Mapping[str, Iterable[str]]) -> dict[str, str]:
    return {plain(word): key for key, words in table.items() for word in words}


def _numbered(table: Mapping[str, Iterable[str]]) -> dict[str, int]:
    return {word: int(number) for word, number in _inverted(table).items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarWords:
    """Everything plain: in lower case, digits as 0 to 9."""

    day_first: frozenset[str]
    month_first: frozenset[str]
    day_first_languages: frozenset[str]
    year_first: frozenset[str]
    other_calendar: frozenset[str]
    other_buddhist: frozenset[str]
    zone: Mapping[str, float]
    months: Mapping[str, int]
    """Names of several words are joined by ``_``."""

    long_month: re.Pattern[str]
    month_inside: re.Pattern[str]
    """A month of a script without spaces, which may stand anywhere in a run of letters."""

    between: frozenset[str]
    between_inside: re.Pattern[str]
    month_markers: frozenset[str]
    not_a_date: re.Pattern[str]
    quantity: re.Pattern[str]
    units: Mapping[str, str]
    numbers: Mapping[str, int]
    ago_before: re.Pattern[str]
    ago_behind: re.Pattern[str]
    left_before: re.Pattern[str]
    left_behind: re.Pattern[str]
    before_day: re.Pattern[str]
    more: re.Pattern[str]
    phrase: re.Pattern[str]
    phrases: Mapping[str, int]
    """Days from when the ad was seen: yesterday is -1."""

    era: re.Pattern[str]
    eras: Mapping[str, int]


@cache
def load_calendar_words() -> CalendarWords:
    table = read_word_list("calendar_words")
    months = {name.strip("."): month for name, month in _numbered(table["months"]).items()}
    between = {plain(word).strip(".-") for word in table["between"]["words"]}
    units, numbers, eras = _inverted(table["units"]), _numbered(table["numbers"]), _numbered(table["eras"])
    sets = ("day_first", "month_first", "day_first_languages", "year_first", "other_calendar", "other_buddhist")
    phrases = {word: -days for word, days in _numbered(table["past"]).items()} | _numbered(table["ahead"])
    return CalendarWords(
        **{name: frozenset(table[name]) for name in sets},
        zone={country: float(hours) for hours, countries in table["zone"].items() for country in countries},
        months={name.replace(" ", "_"): month for name, month in months.items()},
        long_month=compiled_late(lambda: word_pattern(name for name in months if " " in name)),
        month_inside=compiled_late(lambda: word_pattern(month for month in months if not month[-1].isalpha())),
        between=frozenset(between),
        between_inside=compiled_late(lambda: word_pattern(word for word in between if word and not word[-1].isalpha())),
        month_markers=frozenset(map(plain, table["between"]["month"])),
        # Round the clock; but 24/7/2026 is a day in July.
        not_a_date=compiled_late(
            lambda: rf"(?<!\d)(?<!\d/)(?:{'|'.join(map(re.escape, table['not_a_date']['words']))})(?!/?\d)"
        ),
        quantity=compiled_late(
            lambda: (
                rf"(?:(?P<number>(?<!\d)\d{{1,3}})|(?P<word>{word_pattern(numbers)}))"
                rf"\s?(?P<unit>{word_pattern(units)})"
                rf"|(?P<first_unit>{word_pattern(table['unit_first']['words'])})\s(?P<behind>\d{{1,3}})(?!\d)"
            )
        ),
        units=units,
        numbers=numbers,
        ago_before=compiled_late(lambda: rf"{word_pattern(table['ago']['before'])}\s?\Z"),
        ago_behind=compiled_late(lambda: rf"\s?{word_pattern(table['ago']['behind'])}"),
        left_before=compiled_late(lambda: rf"{word_pattern(table['left']['before'])}\s?\Z"),
        left_behind=compiled_late(lambda: rf"\s?{word_pattern(table['left']['behind'])}"),
        more=compiled_late(lambda: word_pattern(table["open"]["words"])),
        before_day=compiled_late(lambda: rf"{word_pattern(table['before_day']['words'])}\s?[:：]?\s?\Z"),
        phrase=compiled_late(lambda: word_pattern(phrases)),
        phrases=phrases,
        era=compiled_late(
            lambda: (
                rf"(?P<era>{word_pattern(eras)})"
                + plain_pattern(
                    r"\s?(?P<year>\d{1,3}|元)(?:年|\s?[./-])\s?(?P<month>\d{1,2})(?:月|[./-])\s?(?P<day>\d{1,2})(?!\d)"
                )
            )
        ),
        eras=eras,
    )


_IN_ADDRESS = r"[!#-&(-;=?-\[\]_a-z~]"
LINK = rf"(?:https?://|viber://|whatsapp://|tg://|www\.){_IN_ADDRESS}{{3,400}}"
"""A link with a scheme, as a pattern."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactWords:
    """Everything plain: in lower case, digits as 0 to 9."""

    name: re.Pattern[str]
    """Any application's name, or what holds one and is none."""

    names: ahocorasick.Automaton
    """Where the first word of ``name`` may stand."""

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
    links: Mapping[str, list[tuple[str, list[re.Pattern[str]]]]]
    """Host to the kinds of contact that its paths are."""

    link: re.Pattern[str]
    """With a scheme, or to a host of ``links``."""

    link_host_end: re.Pattern[str]
    """How all of these hosts end, with the slash behind them."""

    not_web: frozenset[str]
    not_web_endings: tuple[str, ...]
    tracking: re.Pattern[str]
    mail: re.Pattern[str]
    """What stands behind the name of an address, whose signs may be words or in brackets."""

    mail_at: re.Pattern[str]
    mail_dot: re.Pattern[str]
    not_domains: frozenset[str]
    phone_stated: re.Pattern[str]
    """Before a number: group ``phone``, or group ``other`` for what is none."""

    bare: Mapping[str, re.Pattern[str]]
    home: Mapping[str, str]
    """Language to the country that it is spoken in above all."""

    digit_names: ahocorasick.Automaton
    digit_run: re.Pattern[str]
    digit_word: re.Pattern[str]
    digits: Mapping[str, str]


@cache
def load_contact_words() -> ContactWords:
    table = read_word_list("contact_words")
    apps: Mapping[str, Any] = table["apps"]
    kinds = {plain(word): kind for kind, app in apps.items() for word in (*app["words"], *app.get("id_words", ()))}
    digits = _inverted(table["digits"])
    phone, other = [*table["phone"]["words"], *kinds], table["phone"]["not_words"]
    between = word_pattern(table["between"]["words"])
    also = word_pattern(table["between"]["also"])
    mark = r"[\s:：\-–—=>→👉➡️\ufe0f.,/&+|()\[\]#*•·]"
    return ContactWords(
        name=compiled_late(lambda: word_pattern([*kinds, *table["not_an_app"]["words"]])),
        names=word_automaton(map(plain, [*kinds, *table["not_an_app"]["words"]])),
        kinds=kinds,
        scattered=tuple((kind, _scattered(name)) for kind, app in apps.items() for name in app.get("scattered", ())),
        id_words=frozenset(plain(word) for app in apps.values() for word in app.get("id_words", ())),
        handles={
            kind: compiled_late(lambda app=app: rf"(?P<at>@\s?)?(?P<handle>{app['handle']})(?![\w@])")  # type: ignore[misc]  # mypy cannot type a lambda's default
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
        phone_stated=compiled_late(lambda: rf"(?P<phone>{word_pattern(phone)})|(?P<other>{word_pattern(other)})"),
        home=table["home"],
        bare={country: re.compile(pattern) for country, pattern in table["phone"]["bare"].items()},
        digit_names=word_automaton(map(plain, digits)),
        digit_run=compiled_late(
            lambda: rf"{word_pattern(digits)}[\s,.\-]{{0,3}}(?:{word_pattern(digits)}[\s,.\-]{{0,3}}){{7,14}}"
        ),
        digit_word=compiled_late(lambda: word_pattern(digits)),
        digits=digits,
    )


def _link_parts(table: Mapping[str, Any]) -> dict[str, Any]:
    rules: dict[str, list[tuple[str, list[re.Pattern[str]]]]] = {}
    for link in table["links"]:
        rule = link["kind"], [re.compile(path, re.IGNORECASE) for path in link["paths"]]
        for host in link["hosts"]:
            rules.setdefault(host, []).append(rule)
    hosts = [f"{prefix}{host}" for host in rules if "." in host for prefix in ("", "m.", "web.")]
    return {
        "links": rules,
        "link": compiled_late(lambda: rf"{LINK}|{word_pattern(hosts)}/{_IN_ADDRESS}{{2,300}}"),
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
    return {
        "mail": compiled_late(
            lambda: (
                rf"@{label}(?:\.{label}){{1,4}}"
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
    scatter = r"[\s._\-*|/~•·]{0,2}"
    rest = scatter.join(("", *others))
    return re.compile(rf"{first}(?<![^\W\d_]{first})(?!{re.escape(name[1:])}){rest}(?!{LETTER})")
