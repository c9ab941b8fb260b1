"""Text sources of the board, ``ads/*.toml``, read strictly."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SECTORS = frozenset(
    [
        "manufacturing",
        "hospitality",
        "retail",
        "it",
        "office",
        "logistics",
        "construction",
        "care",
        "domestic_work",
        "agriculture",
        "fishing",
        "sales",
        "education",
        "beauty",
        "security",
        "other",
    ]
)
EMPLOYMENT_TYPES = frozenset({"FULL_TIME", "PART_TIME", "CONTRACTOR", "TEMPORARY", "INTERN", "VOLUNTEER"})
PERIODS = frozenset({"HOUR", "DAY", "WEEK", "MONTH", "YEAR"})
TRUTH_OF_LOOK = {
    "ordinary": "legitimate",
    "lookalike": "legitimate",
    "lure": "trafficking_recruitment",
    "fraud": "job_fraud",
}
TEXT_KEYS = frozenset(
    [
        "id",
        "title",
        "employer",
        "place",
        "country",
        "sector",
        "employment_type",
        "truth",
        "look",
        "exploitation",
        "why",
        "body",
    ],
)
LONGEST_POSTED = 60
"""Days. The board takes an ad down 90 days after it was posted; all are to stand on the first nights."""


class BadSampleAd(Exception):
    """Raised when a text source breaks the format, from ``read_ads``; names the file, the ad and what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pay:
    """Pay as the ad states it: numbers, or words alone."""

    min: int | float | None = None
    max: int | float | None = None
    currency: str | None = None
    period: str | None = None
    raw: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleAd:
    """What the board publishes of an ad, and nothing else: pages are made from this record alone."""

    id: str
    language: str
    title: str
    employer: str | None
    place: str
    country: str
    sector: str
    employment_type: str
    pay: Pay
    posted: int
    """Days before the first night."""

    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What is known of an ad. It never reaches a page."""

    truth: str
    look: str
    exploitation: str | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledAd:
    ad: SampleAd
    label: Label


def read_ads(folder: Path) -> tuple[LabelledAd, ...]:
    """Every ad of every language, by file and then in the order written."""
    found = [read for file in sorted(folder.glob("*.toml")) for read in _read_file(file)]
    if not found:
        raise BadSampleAd(f"{folder}: no ads; expected at least one .toml file with [[ad]] tables")
    seen: set[str] = set()
    for one in found:
        if one.ad.id in seen:
            raise BadSampleAd(f"{one.ad.language}.toml: ad {one.ad.id}: this id is used twice; expected a unique id")
        seen.add(one.ad.id)
    return tuple(found)


def _read_file(file: Path) -> list[LabelledAd]:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as err:
        raise BadSampleAd(f"{file.name}: not a TOML file: {err}") from err
    tables = content.pop("ad", None)
    if content or not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise BadSampleAd(f"{file.name}: expected [[ad]] tables and nothing else")
    return [
        _read_table(table, language=file.stem, where=f"{file.name}: ad {table.get('id', f'number {number}')}")
        for number, table in enumerate(tables, start=1)
    ]


def _read_table(table: Mapping[str, object], *, language: str, where: str) -> LabelledAd:
    _check_keys(table, TEXT_KEYS | {"pay", "posted"}, where)
    text = {key: _text(table[key], key, where) for key in TEXT_KEYS}
    _check_values(text, language, where)
    ad = SampleAd(
        id=text["id"],
        language=language,
        title=text["title"],
        employer=text["employer"] or None,
        place=text["place"],
        country=text["country"],
        sector=text["sector"],
        employment_type=text["employment_type"],
        pay=_read_pay(table["pay"], where),
        posted=_read_posted(table["posted"], where),
        body=text["body"],
    )
    label = Label(truth=text["truth"], look=text["look"], exploitation=text["exploitation"] or None, why=text["why"])
    return LabelledAd(ad=ad, label=label)


def _check_keys(table: Mapping[str, object], expected: frozenset[str], where: str) -> None:
    if unknown := sorted(set(table) - expected):
        raise BadSampleAd(f"{where}: unknown key {unknown[0]!r}; expected {', '.join(sorted(expected))}")
    if missing := sorted(expected - set(table)):
        raise BadSampleAd(f"{where}: {missing[0]!r} is missing")


def _text(value: object, key: str, where: str) -> str:
    if not isinstance(value, str):
        raise BadSampleAd(f"{where}: {key} is {value!r}; expected text")
    return value.strip()


def _check_values(text: Mapping[str, str], language: str, where: str) -> None:
    for key in ("title", "place", "why", "body"):
        if not text[key]:
            raise BadSampleAd(f"{where}: {key} is empty; expected text")
    for key, pattern, expected in (
        ("id", rf"{language}-\d{{3}}", f"{language}- and three digits"),
        ("country", "[A-Z]{2}", "an ISO 3166-1 alpha-2 code"),
        ("exploitation", "[a-z_]*", "a word in lower case, or nothing"),
    ):
        if not re.fullmatch(pattern, text[key]):
            raise BadSampleAd(f"{where}: {key} is {text[key]!r}; expected {expected}")
    for key, allowed in (("sector", SECTORS), ("employment_type", EMPLOYMENT_TYPES), ("look", set(TRUTH_OF_LOOK))):
        if text[key] not in allowed:
            raise BadSampleAd(f"{where}: {key} is {text[key]!r}; expected one of {', '.join(sorted(allowed))}")
    if text["truth"] != (truth := TRUTH_OF_LOOK[text["look"]]):
        raise BadSampleAd(f"{where}: truth is {text['truth']!r}; expected {truth} where look is {text['look']}")
    if (text["truth"] == "legitimate") is bool(text["exploitation"]):
        raise BadSampleAd(f"{where}: exploitation is named for a lure or a fraud, and only there")


def _read_posted(value: object, where: str) -> int:
    if type(value) is not int or not 0 <= value <= LONGEST_POSTED:
        raise BadSampleAd(f"{where}: posted is {value!r}; expected whole days from 0 to {LONGEST_POSTED}")
    return value


def _read_pay(value: object, where: str) -> Pay:
    if not isinstance(value, dict) or not value:
        raise BadSampleAd(f"{where}: pay is {value!r}; expected a table with min, max, currency and period, or raw")
    if unknown := sorted(set(value) - {"min", "max", "currency", "period", "raw"}):
        raise BadSampleAd(f"{where}: pay has an unknown key {unknown[0]!r}")
    pay = Pay(**value)
    if pay.raw is not None:
        if len(value) > 1 or not isinstance(pay.raw, str) or not pay.raw.strip():
            raise BadSampleAd(f"{where}: pay in words stands alone, as text: pay = {{ raw = ... }}")
        return pay
    amounts = [amount for amount in (pay.min, pay.max) if amount is not None]
    if not amounts or not all(type(amount) in (int, float) and amount > 0 for amount in amounts):
        raise BadSampleAd(f"{where}: pay needs min or max as a number above 0")
    if amounts != sorted(amounts):
        raise BadSampleAd(f"{where}: pay has min {pay.min} above max {pay.max}")
    if not re.fullmatch("[A-Z]{3}", str(pay.currency)) or pay.period not in PERIODS:
        raise BadSampleAd(f"{where}: pay needs an ISO 4217 currency and a period of {', '.join(sorted(PERIODS))}")
    return pay
