"""The words around an ad, in its own language: labels, job types, sectors, pay."""

import tomllib
from pathlib import Path

from sample_ads import Pay

Words = dict[str, str]


def read_words(path: Path) -> dict[str, Words]:
    """Words by language; every language has every word that the first has."""
    table: dict[str, Words] = tomllib.loads(path.read_text(encoding="utf-8"))
    first, *others = table.items()
    for language, words in others:
        if odd := sorted(set(words) ^ set(first[1])):
            raise ValueError(f"{path.name}: [{language}] and [{first[0]}] differ in {odd[0]!r}")
    return table


def pay_text(pay: Pay, words: Words) -> str:
    """Pay as a person reads it on the board."""
    if pay.raw:
        return pay.raw
    low, high = (f"{amount:,}" if amount is not None else None for amount in (pay.min, pay.max))
    if low and high:
        amount = low if low == high else f"{low} – {high}"
    elif low:
        amount = words["from"].format(low)
    else:
        amount = words["up_to"].format(high)
    return f"{amount} {pay.currency} / {words[str(pay.period)]}"
