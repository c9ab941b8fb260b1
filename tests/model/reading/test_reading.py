"""The finder finds what a plain search for every pattern in every view finds, and takes bounded time.

Texts are made of the taxonomy's own sentences and of words its patterns are made of, typed as they should be and in
disguise; and of the corpora beside the project, where they are.
"""

import csv
import gzip
import json
import random
import time
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import make_ad
from model.reading.indicators import IndicatorFinder
from model.reading.reader import AdReader
from model.taxonomy.loader import load_taxonomy
from model.taxonomy.patterns import Sequence, Slot
from model.text.folding import views
from plain_search import Spotter, Wanted

ROOT = Path(__file__).parents[3]
CORPORA = ROOT.parent / "shared" / "corpora"
TAXONOMY = load_taxonomy(ROOT / "data" / "taxonomy")
SENTENCES = [
    sentence
    for indicator in TAXONOMY.indicators.values()
    for signs in indicator.languages.values()
    for sentence in (*signs.shows, *signs.spares)
]
HOMOGLYPHS = str.maketrans("aeocpxyAEOCPHKMT", "аеосрхуАЕОСРНКМТ")
LEET = str.maketrans("oieast", "013457")
DISGUISES: list[Callable[[str], str]] = [
    str.upper,
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)),
    lambda text: text.translate(HOMOGLYPHS),
    lambda text: text.translate(LEET),
    ".".join,
    " ".join,
    "\u200b".join,
    "\U0001f525".join,
    lambda text: "".join(2 * c for c in text),
    lambda text: text.replace(" ", "…"),
    lambda text: text.replace(" ", " ½ "),
    lambda text: text.replace(" ", "'"),
    lambda text: text.replace(" ", "\n", 1),
    lambda text: text.replace(" ", " . "),
    lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
]


@cache
def all_wanted() -> list[Wanted]:
    return [
        Wanted(key, language, pattern.sequences)
        for key, indicator in TAXONOMY.indicators.items()
        for language, signs in indicator.languages.items()
        for pattern in signs.patterns
    ]


@cache
def sequences() -> list[Sequence]:
    return [sequence for wanted in all_wanted() for sequence in wanted.sequences]


@cache
def finder() -> IndicatorFinder:
    return IndicatorFinder(TAXONOMY)


@cache
def reader() -> AdReader:
    return AdReader.from_taxonomy(TAXONOMY)


@cache
def denials() -> dict[str, frozenset[str]]:
    return {language: one.words for language, one in TAXONOMY.negation.items()}


def search_everything(text: str) -> set[tuple[int, int, str]]:
    """Every pattern, in every view of the text, taken as one long sentence."""
    found = set()
    for folded in views(text):
        spotter = Spotter(folded, denials())
        whole = spotter.part(0, len(folded.text))
        for wanted in all_wanted():
            found |= {(*folded.span(*where), wanted.name) for where in spotter.find(wanted, whole)}
    return found


def agrees(text: str) -> bool:
    return {(one.start, one.end, one.indicator) for one in finder().find(text)} == search_everything(text)


def written(sequence: Sequence, chance: random.Random) -> str:
    """Words that fill a pattern's places, perhaps with others in between."""
    text = ""
    for place in sequence.places:
        if isinstance(place, Slot):
            text += chance.choice(sorted(literal.key.strip() for literal in place.literals))
        else:
            text += chance.choice(["5", "12", "16", "500", "1.500", "2,000", "３０"])
        text += chance.choice(["", "", "", "s", "и", "ั"]) + chance.choice([" ", " ", " ", ", ", "-", "", ". "])
        if chance.random() < 0.3:
            text += chance.choice(SENTENCES).split()[0] + " "
    return text


def made_up(chance: random.Random) -> str:
    pieces = []
    for _ in range(chance.randint(1, 3)):
        piece = chance.choice([lambda: written(chance.choice(sequences()), chance), lambda: chance.choice(SENTENCES)])()
        if chance.random() < 0.4:
            piece = chance.choice(DISGUISES)(piece)
        pieces.append(piece)
    return chance.choice([" ", ". ", "\n", ", ", " không ", " 3.5 "]).join(pieces)


@settings(deadline=None, max_examples=40)  # tables and word lists are loaded at first use
@given(st.randoms(use_true_random=False))
def test_the_finder_finds_what_a_search_for_every_pattern_finds(chance: random.Random) -> None:
    assert agrees(made_up(chance))


@settings(deadline=None, max_examples=50)
@given(st.randoms(use_true_random=False))
def test_ads_of_a_stream_are_read_as_each_is_alone(chance: random.Random) -> None:
    ads = [
        make_ad(title=made_up(chance), description=chance.choice([made_up(chance), "-", "½ off", "\ud800"]))
        for _ in range(chance.randint(0, 6))
    ]
    assert list(reader().read(ads)) == [one for ad in ads for one in reader().read([ad])]


@settings(deadline=None, max_examples=30)
@given(
    st.text(st.sampled_from("aAáеoо.1,2 3!$%@中ไหี้\n'ß㎏ﬁ\u200b\u0301Ωяж½①…\ud800\0"), max_size=60),
    st.sampled_from(SENTENCES),
)
def test_whatever_stands_around_an_indicator_it_is_found(around: str, sentence: str) -> None:
    assert agrees(f"{around}{sentence}{around}")


@pytest.mark.shared
@pytest.mark.skipif(not CORPORA.is_dir(), reason="needs ../shared/corpora")
def test_the_finder_loses_nothing_in_the_corpora() -> None:
    assert all(
        agrees(text[:3_000]) for path in sorted(CORPORA.glob("*.gz")) for text in islice(_texts(path), 0, 400, 150)
    )


def _texts(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = csv.DictReader(file) if ".csv" in path.name else map(json.loads, file)
        for row in rows:
            yield "\n".join(value for value in row.values() if isinstance(value, str))


def every_word_of_the_taxonomy() -> str:
    slots = (place for one in sequences() for place in one.places if isinstance(place, Slot))
    return " ".join(sorted({literal.key for slot in slots for literal in slot.literals})) * 8


HOSTILE: dict[str, Callable[[], str]] = {
    "one letter": lambda: "a" * 5_000_000,
    "one Chinese letter": lambda: "费" * 2_000_000,
    "no spaces": lambda: "passportkeptbyboss1x" * 250_000,
    "many words": lambda: " ".join(f"{number:x}q{number}" for number in range(400_000)),
    "every word of the taxonomy": every_word_of_the_taxonomy,
    "one sentence": lambda: " ".join(SENTENCES).replace(".", " ").replace("\n", " ") * 6,
    "single letters": lambda: "k p c " * 800_000,
    "two scripts in one word": lambda: "pаsspоrt" * 600_000,
    "nothing": lambda: "\0" * 5_000_000,
    "half characters": lambda: "\ud83d" * 5_000_000,
    "spelt out": lambda: "½㎡" * 2_000_000,
    "quotation marks": lambda: "“'\"passport" * 400_000,
    "emoji": lambda: "🙂🔥" * 500_000,
    "mixed directions": lambda: "جواز السفر passport hộ chiếu 护照 " * 30_000,
    "split": lambda: "p.a.s.s.p.o.r.t " * 60_000,
    "Vietnamese": lambda: "hộ chiếu công ty giữ " * 50_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_takes_bounded_time(name: str) -> None:
    ad = make_ad(title="", description=HOSTILE[name]())
    list(reader().read([make_ad(description="Passports are kept in the safe.")]))  # tables are loaded at first use
    start = time.process_time()
    list(reader().read([ad]))
    assert time.process_time() - start < 11
