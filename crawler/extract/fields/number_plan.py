"""Digits to E.164, where they are a valid number: what ``phonenumbers`` says, in a tenth of its time for most.

phonenumbers reads whatever people write. What comes here are digits alone, and nearly all of them are dialled in a
country that has its calling code to itself, with a prefix that is only left out: that much of its rules is followed
here, and with every other number phonenumbers is asked itself.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

__all__ = ["NumberPlan", "e164", "plan_of"]

_KINDS = (
    "mobile", "fixed_line", "toll_free", "premium_rate", "shared_cost", "voip", "personal_number", "pager", "uan",
    "voicemail",
)  # fmt: skip
"""Of numbers, as phonenumbers tells them apart; the commonest first."""

_LONGEST_CODE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberPlan:
    """What numbers look like in one country, in phonenumbers' words."""

    code: str
    """The calling code."""

    prefix: str
    """What is dialled before a number at home; empty where nothing is."""

    is_plain: bool
    """Whether the code is this country's alone, and its prefix is left out without anything in its place."""

    abroad: str
    """A pattern for what is dialled before a number of another country."""

    before: str
    """A pattern for the prefix, with or without a carrier's code."""

    general: tuple[frozenset[int], str]
    """Lengths and a pattern that every number has."""

    kinds: tuple[tuple[frozenset[int], str], ...]
    """The same for each kind of number; one of them every number has besides. No lengths mean any."""


@cache
def plan_of(region: str) -> NumberPlan | None:
    """The country's plan; None where there is no such country."""
    phonenumbers = _phonenumbers()
    found = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    if found is None:
        return None
    alone = len(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[found.country_code]) == 1
    return NumberPlan(
        code=str(found.country_code),
        prefix=found.national_prefix or "",
        is_plain=alone and not found.national_prefix_transform_rule,
        abroad=found.international_prefix or "(?!)",
        before=found.national_prefix_for_parsing or "(?!)",
        general=_form(found.general_desc),
        kinds=tuple(dict.fromkeys(_form(kind) for name in _KINDS if (kind := getattr(found, name)))),
    )


@lru_cache(maxsize=4096)
def e164(digits: str, region: str | None) -> str | None:
    """The number in E.164 where it is a valid one, dialled from the region; ``+`` before the digits names its own."""
    apart = _by_plan(digits, region)
    if apart is None:
        return _by_phonenumbers(digits, region)
    plan, number = apart
    return f"+{plan.code}{number}" if _is_valid(number, plan) else None


def _by_plan(digits: str, region: str | None) -> tuple[NumberPlan, str] | None:
    """A country's plan and the number without code and prefix, or None where the plan alone does not tell them."""
    plan, rest = (plan_of(region), digits) if region else _with_code(digits)
    if plan is None or not plan.is_plain or not (rest.isascii() and rest.isdecimal()):
        return None
    if region and (rest.startswith(plan.code) or _pattern(plan.abroad).match(rest)):
        return None
    prefix = _pattern(plan.before).match(rest)
    if prefix and _pattern(plan.general[1]).fullmatch(rest):
        return None
    number = rest[prefix.end() :] if prefix else rest
    return None if len(number) < 2 or number.startswith("0") else (plan, number)


def _with_code(digits: str) -> tuple[NumberPlan | None, str]:
    """The plan of the country whose code the digits begin with, and the digits behind it."""
    countries = _phonenumbers().COUNTRY_CODE_TO_REGION_CODE
    for end in range(2, _LONGEST_CODE + 2):
        code = digits[1:end]
        if digits[:1] == "+" and code.isascii() and code.isdecimal() and int(code) in countries:
            return plan_of(countries[int(code)][0]), digits[end:]
    return None, digits


def _is_valid(number: str, plan: NumberPlan) -> bool:
    return _has(number, plan.general) and any(_has(number, kind) for kind in plan.kinds)


def _has(number: str, form: tuple[frozenset[int], str]) -> bool:
    lengths, pattern = form
    return (not lengths or len(number) in lengths) and _pattern(pattern).fullmatch(number) is not None


@lru_cache(maxsize=1024)
def _pattern(written: str) -> re.Pattern[str]:
    return re.compile(written)


def _by_phonenumbers(digits: str, region: str | None) -> str | None:
    phonenumbers = _phonenumbers()
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _phonenumbers() -> Any:
    import phonenumbers  # takes 60 ms to load, and many crawls meet no number

    return phonenumbers


def _form(kind: Any) -> tuple[frozenset[int], str]:
    return frozenset(kind.possible_length), kind.national_number_pattern or "(?!)"
