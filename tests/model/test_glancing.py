"""The cheap pass notices every pattern by any of its words."""

import random
from pathlib import Path

from model.glancing import Glancer, plan_glances
from model.outline import outline, outline_of_folded
from model.patterns import Slot, read_pattern
from model.searches import Wanted
from model.spotting import Spotter
from model.taxonomy import load_taxonomy
from model.text import fold

ROOT = Path(__file__).parents[2]
TAXONOMY = load_taxonomy(ROOT / "data" / "taxonomy")


def wanted(pattern: str, language: str = "en") -> Wanted:
    return Wanted("it", language, read_pattern(pattern, language, {}).sequences)


def glancer(*patterns: Wanted) -> Glancer:
    return Glancer(patterns, plan_glances(patterns, ["a sample of words"]))


def test_every_word_of_every_place_is_noticed() -> None:
    patterns = [
        Wanted(key, language, pattern.sequences)
        for key, indicator in TAXONOMY.indicators.items()
        for language, signs in indicator.languages.items()
        for pattern in (*signs.patterns, *signs.unless)
    ]
    everything, chance = glancer(*patterns), random.Random(1)
    missed, tried = [], 0
    for one in patterns:
        texts = [text for sequence in one.sequences for text in _fillings(sequence.places, chance)]
        line = fold(" .\n".join(texts))
        spotter = Spotter(line)
        found = {number for number, part in enumerate(spotter.sentences) if any(spotter.find(one, part))}
        for seen in (outline(" .\n".join(texts)).line, outline_of_folded(line.text)):
            noticed = next((numbers for other, numbers in everything.glance(seen) if other is one), [])
            if seen.count(b"\n") == len(texts) - 1 == len(spotter.sentences) - 1:
                missed += sorted(found - set(noticed))
                tried += len(found)
    assert missed == []
    assert tried > 50_000


def _fillings(places: tuple[object, ...], chance: random.Random) -> list[str]:
    """Each word of each place once, with any words in the others."""
    words = [
        sorted(one.key.strip() for one in place.literals) if isinstance(place, Slot) else ["12"] for place in places
    ]
    return [
        " ".join(word if at == place else chance.choice(its) for at, its in enumerate(words))
        for place, choices in enumerate(words)
        for word in choices
    ]


def test_a_pattern_is_not_noticed_where_one_of_its_places_is_empty_or_in_another_sentence() -> None:
    it = wanted("(passport|papers) ..4 (kept|held)")
    assert glancer(it).glance(outline("Your papers are held.").line) == [(it, [0])]
    assert glancer(it).glance(outline("Your papers are yours.").line) == []
    assert glancer(it).glance(outline("Bring papers. We held talks.").line) == []


def test_sentences_are_counted_from_the_first() -> None:
    it = wanted("papers held")
    line = outline_of_folded(fold("One. Two, three! papers held? No. Papers 3.5 held; papers held").text)
    assert glancer(it).glance(line) == [(it, [2, 5])]


def test_words_side_by_side_are_noticed_together_in_each_of_their_forms() -> None:
    it = wanted("(no|walang) (day off|off|rest)")
    for text in ("No day off.", "walang off", "NO rest!"):
        assert glancer(it).glimpse(outline(text)).candidate is it
    assert glancer(it).glimpse(outline("no holidays, some rest")).candidate is None


def test_letters_that_stand_alone_in_a_row_are_suspect() -> None:
    assert glancer(wanted("papers")).glimpse(outline("call K P C")).suspect
    assert glancer(wanted("papers")).glimpse(outline("v.i.e.c")).suspect
    assert not glancer(wanted("papers")).glimpse(outline("plan A or B, 2 0 0 0")).suspect
