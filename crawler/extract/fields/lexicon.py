"""Lexicons of pay, dates and contacts: word lists of data/vocabulary as patterns.

All words are plain: in lower case, digits as 0 to 9.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from crawler.extract.text import NUMBER
from crawler.extract.vocabulary import LETTER, plain, plain_pattern, word_pattern
from crawler.files import read_word_list


class PayWords:
    """Amounts of money, and the words around them."""

    def __init__(self) -> None:
        table = read_word_list("pay_words")
        bounds, per = table["bounds"], table["per"]
        self.multipliers = _numbered(table["multipliers"])
        self.scoped: dict[str, tuple[int, frozenset[str], bool]] = {
            plain(word): (item["factor"], frozenset(item.get("countries", ())), item.get("beside") == "han")
            for item in table["scoped_multipliers"]
            for word in item["words"]
        }
        """Multipliers that count only in some countries, or beside Chinese characters."""

        self.number_words = _numbered(table["number_words"])
        self.currencies = {word.strip("."): code for word, code in _inverted(table["currencies"]).items()}
        self.signs = {
            plain(sign): {country: code for code, countries in codes.items() for country in countries}
            for sign, codes in table["signs"].items()
        }
        """Sign to country to currency."""

        self.by_multiplier: list[tuple[frozenset[str], str, frozenset[str], float]] = [
            (
                frozenset(map(plain, rule["words"])),
                rule["currency"],
                frozenset(rule.get("countries", ())),
                rule.get("at_least", 0),
            )
            for rule in table["multiplier_currency"]
        ]
        """Multipliers that tell a currency by themselves: in these countries, or in any, from this amount on."""

        self.home: dict[str, tuple[str, float]] = {
            rule["country"]: (code, rule["at_least"]) for code, rule in table["home"].items()
        }
        signs = [*(word for words in table["currencies"].values() for word in words), *table["signs"]]
        self.amount = re.compile(_amount_pattern(table, signs, [*self.multipliers, *self.scoped]))
        self.range = re.compile(rf"\s*{word_pattern(table['range']['words'])}{{1,4}}\s*")
        self.periods = _inverted(table["periods"])
        self.period_codes = _inverted(table["period_codes"])
        # What the pay is reckoned by, and a word for "each", may stand before a period.
        self.period_behind = re.compile(
            rf"(?:\s?\(?{word_pattern(per['aside'])}\)?)?(?:\s?{word_pattern(per['words'])})?\s?"
            rf"(?P<period>{word_pattern(self.periods)})"
        )
        self.paid_words = _inverted(table["paid"])
        self.paid = re.compile(word_pattern(self.paid_words))
        self.piece_behind = re.compile(
            rf"\s?(?:/|{word_pattern(per['words'])})?\s?{word_pattern(table['piece']['words'])}"
        )
        self.lower = re.compile(rf"{word_pattern(bounds['from'])}\s{{0,9}}[:：]?\s{{0,9}}\Z")
        self.upper = re.compile(rf"{word_pattern(bounds['upto'])}\s{{0,9}}[:：]?\s{{0,9}}\Z")
        # "1,500+" is a least amount, "1,500 + bonus" is not.
        self.lower_behind = re.compile(rf"\+(?!{LETTER}|\d)|\s?{word_pattern(bounds['from_after'])}")
        self.upper_behind = re.compile(rf"\s?{word_pattern(bounds['upto_after'])}")
        self.no_pay_behind = re.compile(rf"\s?{word_pattern(table['not_pay_after']['words'])}")
        self.money_before = re.compile(rf"{word_pattern(signs)}\.?\s?\Z")
        self.money_behind = re.compile(rf"\s?(?:{word_pattern([*self.multipliers, *signs])}|%)")
        """A currency beside a number; behind it, a multiplier too."""

        in_text = table["in_text"]
        self.stated_before = re.compile(
            rf"(?P<pay>{word_pattern(in_text['pay'])})|(?P<other>{word_pattern(in_text['other'])})"
        )
        """Pay or other money, named before an amount in running text: group ``pay`` or group ``other``."""


load_pay_words = cache(PayWords)
"""The words; read once, because they are part of the program."""


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


class CalendarWords:
    """Dates, and how far a day lies from today."""

    def __init__(self) -> None:
        table = read_word_list("calendar_words")
        self.day_first, self.month_first, self.day_first_languages, self.year_first = (
            frozenset[str](table[name]) for name in ("day_first", "month_first", "day_first_languages", "year_first")
        )
        self.other_calendar, self.other_buddhist = (
            frozenset[str](table[name]) for name in ("other_calendar", "other_buddhist")
        )
        self.zone = {country: float(hours) for hours, countries in table["zone"].items() for country in countries}
        months = {name.strip("."): month for name, month in _numbered(table["months"]).items()}
        self.months = {name.replace(" ", "_"): month for name, month in months.items()}
        """Names of several words are joined by ``_``."""

        self.long_month = re.compile(word_pattern(name for name in months if " " in name))
        self.month_inside = re.compile(word_pattern(name for name in months if not name[-1].isalpha()))
        """A month of a script without spaces, which may stand anywhere in a run of letters."""

        self.between = frozenset(plain(word).strip(".-") for word in table["between"]["words"])
        self.between_inside = re.compile(word_pattern(word for word in self.between if word and not word[-1].isalpha()))
        self.month_markers = frozenset(map(plain, table["between"]["month"]))
        # Round the clock; but 24/7/2026 is a day in July.
        self.not_a_date = re.compile(
            rf"(?<!\d)(?<!\d/)(?:{'|'.join(map(re.escape, table['not_a_date']['words']))})(?!/?\d)"
        )
        self.units, self.numbers = _inverted(table["units"]), _numbered(table["numbers"])
        self.quantity = re.compile(
            rf"(?:(?P<number>(?<!\d)\d{{1,3}})|(?P<word>{word_pattern(self.numbers)}))"
            rf"\s?(?P<unit>{word_pattern(self.units)})"
            rf"|(?P<first_unit>{word_pattern(table['unit_first']['words'])})\s(?P<behind>\d{{1,3}})(?!\d)"
        )
        self.ago_before = re.compile(rf"{word_pattern(table['ago']['before'])}\s?\Z")
        self.ago_behind = re.compile(rf"\s?{word_pattern(table['ago']['behind'])}")
        self.left_before = re.compile(rf"{word_pattern(table['left']['before'])}\s?\Z")
        self.left_behind = re.compile(rf"\s?{word_pattern(table['left']['behind'])}")
        self.more = re.compile(word_pattern(table["open"]["words"]))
        self.before_day = re.compile(rf"{word_pattern(table['before_day']['words'])}\s?[:：]?\s?\Z")
        past = {word: -days for word, days in _numbered(table["past"]).items()}
        self.phrases = past | _numbered(table["ahead"])
        """Days from when the ad was seen: yesterday is -1."""

        self.phrase = re.compile(word_pattern(self.phrases))
        self.eras = _numbered(table["eras"])
        day = r"\s?(?P<year>\d{1,3}|元)(?:年|\s?[./-])\s?(?P<month>\d{1,2})(?:月|[./-])\s?(?P<day>\d{1,2})(?!\d)"
        self.era = re.compile(rf"(?P<era>{word_pattern(self.eras)}){plain_pattern(day)}")


load_calendar_words = cache(CalendarWords)
"""The words; read once, because they are part of the program."""


_IN_ADDRESS = r"[!#-&(-;=?-\[\]_a-z~]"
LINK = rf"(?:https?://|viber://|whatsapp://|tg://|www\.){_IN_ADDRESS}{{3,400}}"
"""A link with a scheme, as a pattern."""


class ContactWords:
    """Applications, links and mail addresses, and the words around what they hold."""

    def __init__(self) -> None:
        table = read_word_list("contact_words")
        apps: Mapping[str, Any] = table["apps"]
        self.kinds = {
            plain(word): kind for kind, app in apps.items() for word in (*app["words"], *app.get("id_words", ()))
        }
        """An application's name to the kind of contact."""

        names = [*self.kinds, *table["not_an_app"]["words"]]
        self.name = re.compile(word_pattern(names))
        """Any application's name, or what holds one and is none."""

        self.scattered = [(kind, _scattered(name)) for kind, app in apps.items() for name in app.get("scattered", ())]
        self.id_words = frozenset(plain(word) for app in apps.values() for word in app.get("id_words", ()))
        self.handles = {
            kind: re.compile(rf"(?P<at>@\s?)?(?P<handle>{app['handle']})(?![\w@])")
            for kind, app in apps.items()
            if "handle" in app
        }
        self.numbered = frozenset(kind for kind, app in apps.items() if app["numbers"])
        """Kinds that a phone number is an identifier of."""

        between, also = word_pattern(table["between"]["words"]), word_pattern(table["between"]["also"])
        mark = r"[\s:：\-–—=>→👉➡️\ufe0f.,/&+|()\[\]#*•·]"
        self.before_handle = re.compile(rf"(?P<said>\s?{between})?\s{{0,2}}(?P<mark>[:：=>→👉➡️\ufe0f]{{0,4}})\s{{0,2}}")
        self.identifies = frozenset(map(plain, table["between"]["identifies"]))
        """What says of the word behind it that it is an identifier."""

        self.before_number = re.compile(rf"(?:{mark}|{between}){{0,12}}")
        self.joined = re.compile(rf"{mark}{{0,3}}{also}?{mark}{{0,3}}")
        self.not_a_handle = frozenset[str](table["not_a_handle"]["words"])
        self._take_links(table)
        self._take_mail(table["mail"])
        phone = table["phone"]
        phone_words = [*phone["words"], *self.kinds]
        self.phone_stated = re.compile(
            rf"(?P<phone>{word_pattern(phone_words)})|(?P<other>{word_pattern(phone['not_words'])})"
        )
        """Before a number: group ``phone``, or group ``other`` for what is none."""

        self.bare = {country: re.compile(pattern) for country, pattern in phone["bare"].items()}
        self.home: dict[str, str] = table["home"]
        """Language to the country that it is spoken in above all."""

        self.digits = _inverted(table["digits"])
        self.digit_word = re.compile(word_pattern(self.digits))
        self.digit_run = re.compile(
            rf"{word_pattern(self.digits)}[\s,.\-]{{0,3}}(?:{word_pattern(self.digits)}[\s,.\-]{{0,3}}){{7,14}}"
        )

    def _take_links(self, table: Mapping[str, Any]) -> None:
        self.links: dict[str, list[tuple[str, list[re.Pattern[str]]]]] = {}
        """Host to the kinds of contact that its paths are."""

        for link in table["links"]:
            rule = link["kind"], [re.compile(path, re.IGNORECASE) for path in link["paths"]]
            for host in link["hosts"]:
                self.links.setdefault(host, []).append(rule)
        hosts = [f"{prefix}{host}" for host in self.links if "." in host for prefix in ("", "m.", "web.")]
        self.link = re.compile(rf"{LINK}|{word_pattern(hosts)}/{_IN_ADDRESS}{{2,300}}")
        """With a scheme, or to a host of ``links``."""

        ends = sorted({host.rpartition(".")[2] for host in self.links})
        self.link_host_end = re.compile(rf"\.(?:{'|'.join(ends)})/")
        """How all of these hosts end, with the slash behind them."""

        self.not_web = frozenset[str](table["not_web"]["hosts"])
        self.not_web_endings = tuple[str, ...](table["not_web"]["endings"])
        self.tracking = re.compile(table["not_web"]["tracking"], re.IGNORECASE)

    def _take_mail(self, table: Mapping[str, Any]) -> None:
        """What stands behind an address's name. Only bracketed, or with the dot in words too, is "at" a sign."""
        at, dot = word_pattern(table["at"]), word_pattern(table["dot"])
        spelt_dot = rf"(?:\s?[\[({{<]\s?(?:{dot}|\.)\s?[\])}}>]\s?|\s{dot}\s)"
        label = r"[a-z0-9-]{1,63}"
        self.mail = re.compile(
            rf"@{label}(?:\.{label}){{1,4}}"
            rf"|[\[({{<]\s?{at}\s?[\])}}>]\s?{label}(?:(?:\.|{spelt_dot}){label}){{1,4}}"
            rf"|\s{at}\s{label}(?:{spelt_dot}{label}){{1,4}}"
        )
        self.mail_at = re.compile(rf"@|\s?[\[({{<]\s?{at}\s?[\])}}>]\s?|\s{at}\s")
        self.mail_dot = re.compile(spelt_dot)
        self.not_domains = frozenset[str](table["not_domains"])


load_contact_words = cache(ContactWords)
"""The words; read once, because they are part of the program."""


def _scattered(name: str) -> re.Pattern[str]:
    """The name with a mark or a digit that looks alike in it: z.a.l.o, za-lo, zal0."""
    first, *others = ("[o0]" if letter == "o" else re.escape(letter) for letter in name)
    scatter = r"[\s._\-*|/~•·]{0,2}"
    rest = scatter.join(("", *others))
    return re.compile(rf"{first}(?<![^\W\d_]{first})(?!{re.escape(name[1:])}){rest}(?!{LETTER})")
