"""Letters in disguise hide nothing: what a lure shows as written it shows in eighteen disguises too. And who or where
does not matter: with another country, nationality, sex or name an offer shows the same signs.

The texts are the contrast groups invented for lurewatch.
"""

import gzip
import json
import re
from functools import cache
from pathlib import Path
from random import Random
from unicodedata import normalize

import pytest

from builders import make_ad
from model.evaluation.counterfactuals import (
    _LATIN_WORD,
    PERTURBATIONS,
    SWAPPED,
    _clusters,
    _some,
    swap_words,
)  # fmt: skip
from model.reading.reader import AdReader
from model.taxonomy.loader import load_taxonomy

ROOT = Path(__file__).parents[3]
LEAST_KEPT = 0.95
ABOUT_A_PLACE = {"role.chat_reply_work_abroad", "role.gaming_platform_work"}
"""Indicators whose very definition is work at such a place."""


ACCIDENTS = {"cut_short", "framed_by_a_board", "slips_of_the_finger"}
"""Perturbations that are no disguise: they take words away."""

GREEK = str.maketrans("oviABEHIKMNOPTXZ", "ονιΑΒΕΗΙΚΜΝΟΡΤΧΖ")
WIDE_SPACES = ("  ", "\u00a0", "\u3000", " \u2009 ")


def is_latin(text: str) -> bool:
    return 2 * sum("a" <= c.lower() <= "z" for c in text) > sum(map(str.isalpha, text))


def shifted(text: str, upper: int, lower: int, digit: int | None = None) -> str:
    def shift(c: str) -> str:
        if "A" <= c <= "Z":
            return chr(upper + ord(c) - 65)
        if "a" <= c <= "z":
            return chr(lower + ord(c) - 97)
        return chr(digit + ord(c) - 48) if digit and "0" <= c <= "9" else c

    return "".join(map(shift, text))


DISGUISES = {name: change for name, change in PERTURBATIONS.items() if name not in ACCIDENTS} | {
    "mixed_case": lambda text, _: "".join(
        (c.upper() if n % 2 and len(c.upper()) == 1 else c) for n, c in enumerate(text)
    ),
    "bidi_controls": lambda text, chance: _some(text, chance, lambda word: f"\u2066{word}\u2069"),
    "full_width": lambda text, _: shifted(text, 0xFF21, 0xFF41, 0xFF10),
    "mathematical_bold": lambda text, _: shifted(text, 0x1D400, 0x1D41A, 0x1D7CE),
    "circled": lambda text, _: shifted(text, 0x24B6, 0x24D0),
    "greek_twins": lambda text, chance: (
        _some(text, chance, lambda word: word.translate(GREEK), _LATIN_WORD) if is_latin(text) else text
    ),
    "split_by_spaces": lambda text, chance: _some(text, chance, lambda word: f" {' '.join(_clusters(word))} "),
    "split_by_hyphens": lambda text, chance: _some(text, chance, lambda word: "-".join(_clusters(word))),
    "wide_spaces": lambda text, chance: re.sub(" ", lambda _: chance.choice(WIDE_SPACES), text),
    "marks_piled_on": lambda text, _: "".join(c + ("\u0336" if c.isascii() and c.isalpha() else "") for c in text),
}


@cache
def reader() -> AdReader:
    return AdReader.from_taxonomy(load_taxonomy(ROOT / "data" / "taxonomy"))


def shown(text: str) -> set[str]:
    (read,) = reader().read([make_ad(title="", description=text, hiring_organization="Thornbury Bakery")])
    return {one.indicator for one in read.evidence}


@cache
def texts() -> tuple[dict[str, str], ...]:
    with gzip.open(ROOT / "data" / "samples" / "contrast.jsonl.gz", "rt", encoding="utf-8") as file:
        return tuple(map(json.loads, file))


@cache
def lures() -> tuple[tuple[str, frozenset[str]], ...]:
    wanted = [f"{row['title']}\n{row['text']}" for row in texts() if row["truth"] not in ("legitimate", "not_an_ad")]
    return tuple((text, frozenset(shown(text))) for text in wanted)


@pytest.mark.parametrize(("start", "name"), [*enumerate(DISGUISES)])
def test_a_disguise_hides_hardly_any_evidence(start: int, name: str) -> None:
    """Each disguise hides another third of the lures."""
    chance, kept, all_shown = Random(7), 0, 0
    for text, signs in lures()[start % 3 :: 3]:
        disguised = normalize("NFC", DISGUISES[name](text, chance))
        found = shown(disguised)
        kept += len(signs & found)
        all_shown += len(signs)
    assert all_shown > 600
    assert kept / all_shown >= LEAST_KEPT


@pytest.mark.parametrize("what", SWAPPED)
def test_an_offer_shows_the_same_whoever_and_wherever(what: str) -> None:
    changed = 0
    for row in texts():
        text = f"{row['title']}\n{row['text']}"
        other = swap_words(text, what, row["language"])
        if other != text:
            changed += 1
            differs = {key for key in shown(text) ^ shown(other) if not key.startswith("place.")} - ABOUT_A_PLACE
            assert not differs, (row["id"], differs)
    assert changed >= 10, "the test swaps something"
