"""The cheap pass notices every pattern by any of its words."""

import random
from pathlib import Path

from model.changed_lines import Candidates
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
    return Glancer(plan_glances(patterns, ["a sample of words"]))


def candidates(pattern: Wanted, text: str) -> Candidates:
    return glancer(pattern).notice(outline(text).line).candidates()


def test_every_word_of_every_place_is_noticed() -> None:
    patterns = [
        Wanted(key, language, pattern.sequences)
        for key, indicator in TAXONOMY.indicators.items()
        for language, signs in indicator.languages.items()
        for pattern in (*signs.patterns, *signs.unless)
    ]
    everything, chance = glancer(*patterns), random.Random(1)
    missed, tried = 0, 0
    for first in range(0, len(patterns), 100):
        lines: list[bytes] = []
        there: set[tuple[int, int]] = set()
        sentences = 0
        for place, one in enumerate(patterns[first : first + 100], first):
            texts = [text for sequence in one.sequences for text in _fillings(sequence.places, chance)]
            folded = fold(" .\n".join(texts))
            spotter = Spotter(folded)
            found = {number for number, part in enumerate(spotter.sentences) if any(spotter.find(one, part))}
            for line in (outline(" .\n".join(texts)).line, outline_of_folded(folded.text)):
                if line.count(b"\n") == len(texts) - 1 == len(spotter.sentences) - 1:
                    lines.append(line)
                    there |= {(place, sentences + number) for number in found}
                    sentences += len(texts)
        noticed = set(everything.notice(b"\n".join(lines)).candidates())
        missed += len(there - noticed)
        tried += len(there)
    assert missed == 0
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
    assert candidates(it, "Your papers are held.") == [(0, 0)]
    assert candidates(it, "Your papers are yours.") == []
    assert candidates(it, "Bring papers. We held talks.") == []


def test_sentences_are_counted_from_the_first() -> None:
    it = wanted("papers held")
    line = outline_of_folded(fold("One. Two, three! papers held? No. Papers 3.5 held; papers held").text)
    assert glancer(it).notice(line).candidates() == [(0, 2), (0, 5)]


def test_words_side_by_side_are_noticed_together_in_each_of_their_forms() -> None:
    it = wanted("(no|walang) (day off|off|rest)")
    for text in ("No day off.", "walang off", "NO rest!"):
        assert candidates(it, text) == [(0, 0)]
    assert candidates(it, "no holidays, some rest") == []


def test_a_pattern_is_noticed_only_in_the_order_of_its_places_and_where_they_are_near() -> None:
    it = wanted("(passport|papers) ..2 (kept|held)")
    assert candidates(it, "We held papers.") == []
    assert candidates(it, "Papers, 25.000 ever, held.") == [(0, 0)]
    assert candidates(it, "Papers, 25.000 of them, held.") == []
    assert candidates(it, "Papers that nobody has ever asked about are held.") == []
    assert candidates(it, "We held papers, held.") == [(0, 0)]
    assert candidates(wanted("police &2 embassy"), "The embassy told police.") == [(0, 0)]


def test_places_that_one_word_holds_are_noticed_where_words_need_not_end() -> None:
    it = wanted("(გადა*|წინა*) (*ხდა)", "ka")
    spotter = Spotter(fold("ის გადახდა არის"))
    assert [spotter.find(it, part) for part in spotter.sentences] == [[(4, 11)]]
    assert candidates(it, "ის გადახდა არის") == [(0, 0)]


def test_letters_that_stand_alone_in_a_row_are_noticed() -> None:
    for text, rows in (("call K P C", [0]), ("v.i.e.c", [2, 3]), ("plan A or B, 2 0 0 0", [])):
        assert glancer(wanted("papers")).notice(outline(text).line).in_a_row == rows
