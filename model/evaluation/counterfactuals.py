"""Counterfactuals: score shifts by place, person, spelling or language."""

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from operator import itemgetter
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np

from model.datasets.labels import LabelledAd, acts
from model.datasets.records import text_ad
from model.evaluation.facets import UNSPACED, swapped_words
from model.evaluation.metrics import Doubles, auc

SWAPPED: Final = ("country", "nationality", "gender", "name")

MOST: Final = 40
"""Texts that each change is tried on: enough to see a share of one in ten move, few to read again."""

Read = Callable[[Sequence[LabelledAd]], Doubles]
Perturbation = Callable[[str, Random], str]
_Pairs = list[tuple[LabelledAd, LabelledAd]]


def measure_counterfactuals(
    rows: Sequence[LabelledAd], read: Read, *, limit: float | None, seed: int
) -> dict[str, dict[str, Any]]:
    """For each thing that is changed, how far log-odds move and how many texts change sides of the threshold.

    ``read`` gives the score's log-odds of labelled ads, ``limit`` is the threshold in log-odds. Half of the texts of a
    perturbation are such as a reviewer acts on, half are not.
    """
    rows = [row for row in rows if row.counted is None]
    ranks = [hashlib.blake2b(f"{seed}:{row.ad.ad_id}".encode(), digest_size=8).digest() for row in rows]
    drawn = sorted(zip(ranks, acts(rows), rows, strict=True), key=itemgetter(0))
    pairs: dict[str, _Pairs] = {}
    for name in (*(f"swaps.{what}" for what in SWAPPED), *(f"perturbations.{name}" for name in PERTURBATIONS)):
        # Up to ``MOST`` texts that the change touches, half of them acted on where there are so many.
        found: dict[bool, _Pairs] = {True: [], False: []}
        for _, act, row in drawn:
            if len(found[act]) < MOST // 2 and (other := _changed(row, name, seed)).ad != row.ad:
                found[act].append((row, other))
        pairs[name] = [*found[True], *found[False]]
    before = _read_apart([[original for original, _ in some] for some in pairs.values()], read)
    after = _read_apart([[changed for _, changed in some] for some in pairs.values()], read)
    shifts: dict[str, dict[str, Any]] = {"swaps": {}, "perturbations": {}, "languages": _languages(read)}
    for name, first, second in zip(pairs, before, after, strict=True):
        if not len(first):
            continue
        moved = np.abs(second - first)
        shift: dict[str, float | int | None] = {
            "texts": len(first),
            "mean_change": float(moved.mean()),
            "largest_of_95_in_100": float(np.quantile(moved, 0.95)),
            "mean_direction": float((second - first).mean()),
        }
        if limit is not None:
            flagged = first > limit
            shift["sides_changed"] = float(np.mean(flagged != (second > limit)))
            shift["still_flagged"] = float(np.mean(second[flagged] > limit)) if flagged.any() else None
            shift["newly_flagged"] = float(np.mean(second[~flagged] > limit)) if (~flagged).any() else None
        part, _, what = name.partition(".")
        shifts[part][what] = shift
    return shifts


def _changed(row: LabelledAd, name: str, seed: int) -> LabelledAd:
    part, _, what = name.partition(".")
    chance = Random(f"{seed}:{what}:{row.ad.ad_id}")  # noqa: S311 -- no secret

    def change(text: str) -> str:
        if part == "swaps":
            return swap_words(text, what, row.ad.language)
        return unicodedata.normalize("NFC", PERTURBATIONS[what](text, chance)) if text else text

    return replace(row, ad=replace(row.ad, title=change(row.ad.title), description=change(row.ad.description)))


def _read_apart(parts: Sequence[Sequence[LabelledAd]], read: Read) -> list[Doubles]:
    """All parts read at once, each text once however many parts hold it, and parted again."""
    texts = {(row.ad.ad_id, row.ad.title, row.ad.description): row for part in parts for row in part}
    place = {text: number for number, text in enumerate(texts)}
    logits = read(list(texts.values())) if texts else np.zeros(0)
    return [logits[[place[row.ad.ad_id, row.ad.title, row.ad.description] for row in part]] for part in parts]


def _languages(read: Read) -> dict[str, Any]:
    """Of the offers written in every language: how far a language lies from the offers' means, and whether it leaves
    them in order."""
    rows = read_tellings()
    logit, truth = read(rows), np.array(acts(rows))
    offer, language = np.array([row.sort for row in rows]), np.array([row.ad.language for row in rows])
    apart = logit - np.array([logit[offer == sort].mean() for sort in offer])
    return {
        "spread": float(np.sqrt(np.mean(apart**2))),
        "by": {
            name: {
                "mean_direction": float(apart[language == name].mean()),
                "auc": auc(truth[language == name], logit[language == name]),
            }
            for name in sorted(set(language.tolist()))
        },
        "auc": auc(truth, logit),
    }


@cache
def read_tellings() -> tuple[LabelledAd, ...]:
    """Six invented offers, each in every language; the tellings of one offer are a group."""
    content = tomllib.loads(Path(__file__).with_name("tellings.toml").read_text(encoding="utf-8"))
    return tuple(
        LabelledAd(
            ad=text_ad("tellings", f"{name}:{language}", title="", description=text, language=language),
            kind="trafficking_recruitment" if offer["acted_on"] else "legitimate",
            dataset="tellings", sort=name, genre="board", group=f"tellings:{name}",
        )
        for name, offer in content.items()
        for language, text in offer.items()
        if language != "acted_on"
    )  # fmt: skip


def swap_words(text: str, what: str, language: str | None) -> str:
    """The text with each word of a pair replaced by the other; the same text where it names none."""
    pattern, other = _swap_pattern(what, (language or "en").partition("-")[0])
    return pattern.sub(lambda found: other[found[0]], text)


@cache
def _swap_pattern(what: str, language: str) -> tuple[re.Pattern[str], Mapping[str, str]]:
    other: dict[str, str] = {}
    for left, right in swapped_words(what, language):
        for a, b in ((left, right), (right, left)):
            other |= {a: b, a.lower(): b.lower(), a.upper(): b.upper(), a.capitalize(): b.capitalize()}
    words = (
        rf"(?<!\w){re.escape(word)}(?!\w)" if word < UNSPACED else re.escape(word)
        for word in sorted(other, key=len, reverse=True)
    )
    return re.compile("|".join(words)), other


_CYRILLIC: Final = str.maketrans("aceopxyABCEHKMOPTX", "асеорхуАВСЕНКМОРТХ")
_LATIN: Final = str.maketrans("асеорхуАВСЕНКМОРТХ", "aceopxyABCEHKMOPTX")
_LEET: Final = str.maketrans("aeiost", "431057")
_SIGNS: Final = r"(?![\s\d_])\W(?<=[\u0900-\u109f\u17b4-\u17d3])"

_WORD: Final = re.compile(rf"[^\W\d_](?:[^\W\d_]|{_SIGNS}){{3,}}")
_LATIN_WORD: Final = re.compile(r"[A-Za-z]{4,}")
_EMOJI: Final = ("🔥", "💰", "✅", "👉", "⭐")
_NO_WIDTH: Final = "\u200b\u200c\u2060\ufeff\u00ad"
_FRAME: Final = "Home | Jobs | Sign in\n{}\nShare  Save  Report\n© All rights reserved. Cookies. Terms of use. Privacy."


def _some(text: str, chance: Random, change: Callable[[str], str], pattern: re.Pattern[str] = _WORD) -> str:
    """About half of the words changed, as people do it."""
    return pattern.sub(lambda word: change(word[0]) if chance.random() < 0.5 else word[0], text)


def _clusters(word: str) -> list[str]:
    found: list[str] = []
    for c in word:
        if found and unicodedata.category(c).startswith("M"):
            found[-1] += c
        else:
            found.append(c)
    return found


def _cyrillic_twins(text: str, chance: Random) -> str:
    if 2 * sum("a" <= c.lower() <= "z" for c in text) <= sum(map(str.isalpha, text)):
        return text.translate(_LATIN)
    return _some(text, chance, lambda word: word.translate(_CYRILLIC), _LATIN_WORD)


def _with_slips(text: str, chance: Random) -> str:
    """Two neighbouring letters changed places in one word of seven."""
    words = text.split(" ")
    for place, word in enumerate(words):
        if len(word) > 4 and word.isalpha() and chance.random() < 1 / 7:
            at = chance.randrange(1, len(word) - 2)
            words[place] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return " ".join(words)


PERTURBATIONS: Final[dict[str, Perturbation]] = {
    "marks_dropped": lambda text, _: unicodedata.normalize(
        "NFC",
        "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn" or ord(c) > 0x36F),
    ).translate({ord("đ"): "d", ord("Đ"): "D"}),
    "capitals": lambda text, _: "".join(c.upper() if len(c.upper()) == 1 else c for c in text),
    "zero_width": lambda text, chance: "".join(c + (chance.choice(_NO_WIDTH) if c.isalpha() else "") for c in text),
    "cyrillic_twins": _cyrillic_twins,
    "split_by_dots": lambda text, chance: _some(text, chance, lambda word: ".".join(_clusters(word))),
    "emoji_between_words": lambda text, chance: re.sub(
        " ", lambda _: f" {chance.choice(_EMOJI)} " if chance.random() < 0.3 else " ", text
    ),
    "digits_for_letters": lambda text, chance: _some(
        text, chance, lambda word: word[0] + word[1:-1].translate(_LEET) + word[-1], _LATIN_WORD
    ),
    "letters_repeated": lambda text, chance: _some(text, chance, lambda word: word + word[-1] * 3, _LATIN_WORD),
    "cut_short": lambda text, _: text[: max(40, len(text) // 2)],
    "framed_by_a_board": lambda text, _: _FRAME.format(text),
    "slips_of_the_finger": _with_slips,
}
"""What a model is measured under, by name: the disguises that differ most, and accidents."""
