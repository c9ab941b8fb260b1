"""Words and patterns of dates, for plain texts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from crawler.extract.vocabulary import compiled_late, plain, plain_pattern, word_pattern
from crawler.files import read_word_list

__all__ = ["CalendarWords", "load_calendar_words"]

_SETS = ("day_first", "month_first", "day_first_languages", "year_first", "other_calendar", "other_buddhist")


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
    """The words; read once, because they are part of the program."""
    table = read_word_list("calendar_words")
    months = {plain(name).strip("."): int(month) for month, names in table["months"].items() for name in names}
    between = {plain(word).strip(".-") for word in table["between"]["words"]}
    units = {plain(word): unit for unit, words in table["units"].items() for word in words}
    numbers = {plain(word): int(number) for number, words in table["numbers"].items() for word in words}
    phrases = {plain(word): -int(days) for days, words in table["past"].items() for word in words}
    phrases |= {plain(word): int(days) for days, words in table["ahead"].items() for word in words}
    eras = {plain(word): int(before) for before, words in table["eras"].items() for word in words}
    return CalendarWords(
        **{name: frozenset(table[name]) for name in _SETS},
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
