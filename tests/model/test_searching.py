"""Kernels find what a plain search finds, and do as machine code what they do as they are written."""

import random
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interpreted import interpret
from model import changed_lines, folding, searching
from model.compiled import Kernel
from model.denying import ALWAYS, Asked
from model.taxonomy.patterns import Slot, read_patterns
from model.plan import Wanted, make_plan
from model.searching import NOTHING_KEPT, Search
from model.taxonomy.loader import load_taxonomy
from model.text.folding import fold
from model.together import Together
from plain_search import Spotter
from plain_search import Wanted as Plain

TAXONOMY = load_taxonomy(Path(__file__).parents[2] / "data" / "taxonomy")
SETS = {"papers": ("passport*", "id card", "hộ chiếu"), "boss": ("we", "the boss", "*firm")}
LINES = (
    "{papers} ..3 (kept|held*) ..2 {boss}", "(no|never) ..2 (day off|rest)", "<15-17> years", "police &3 embassy",
    "pay (a)? deposit*", "*rm", "giữ {papers}", "bán", "费 ..2 保管", "หนี", "from <1000-> usd ..1 {boss}",
)  # fmt: skip
PIECES = (
    *"lawfirm qufirm arm farms alarm we no never".split(),
    *"passport passports id card kept held rest 16 1,500 2.000.5 years police embassy pay".split(),
    *"a deposits giữ bán bạn 费 保管 用 หนี หนี้ from usd . , ! so K p4y ½ ㎏".split(),
    "hộ chiếu", "ho chieu", "the boss", "day off", "\n",
)  # fmt: skip
TEXT = st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join) | st.lists(st.sampled_from(PIECES)).map("".join)
LANGUAGES = ("en", "vi", "zh", "th")


@cache
def wanted() -> list[Wanted]:
    return [
        Wanted(line, language, pattern.sequences)
        for line in LINES
        for language in LANGUAGES
        for pattern in read_patterns(line, language, SETS)
    ]


@cache
def search() -> Search:
    denials = {"en": frozenset({"never", "does not"}), "zh": frozenset({"不"})}
    cues = {("en", "before"): wanted()[4], ("en", "stops"): wanted()[12], ("en", "after"): wanted()[28]}
    unless = {(LINES[0], "en"): wanted()[16]}
    return Search(make_plan(wanted(), denials, unless, cues, {"en": 3}))


def spans(text: str) -> set[tuple[int, int, int]]:
    its = Together([text])
    hits, _ = search().hits(its.lines, its.given)
    return set(zip(hits.start.tolist(), hits.end.tolist(), hits.pattern.tolist(), strict=True))


@settings(deadline=None, max_examples=200)
@given(TEXT)
def test_kernels_find_what_a_plain_search_finds(text: str) -> None:
    folded = fold(text + "\n")
    spotter = Spotter(folded, {"en": frozenset({"never", "does not"}), "zh": frozenset({"不"})})
    whole = spotter.part(0, len(folded.text))
    plain = {
        (int(folded.index[start]), int(folded.index[end - 1]) + 1, number)
        for number, one in enumerate(wanted())
        for start, end in spotter.find(Plain(one.name, one.language, one.sequences), whole)
    }
    assert spans(text) == plain


@settings(deadline=None, max_examples=25)
@given(st.lists(TEXT, min_size=1, max_size=3))
def test_machine_code_does_what_is_written(texts: list[str]) -> None:
    its = Together(texts)
    machine, plain = _said(its), _said_as_written(its)
    assert machine == plain


def _said(its: Together) -> list[object]:
    lines = folding.fold_texts(its.given.codes, its.starts)
    hits, kept = search().hits(lines, its.given)
    denied = [search().deny(lines, its.given, _asked(hits), those).tolist() for those in (kept, NOTHING_KEPT)]
    assert denied[0] == denied[1]
    found, counts = np.zeros(len(its.whole) + 1, dtype=np.int32), np.zeros(len(its.texts), dtype=np.int32)
    every = np.arange(len(its.texts), dtype=np.int32)
    changed_lines._suspect(folding.letters.tables(), its.given, every, len(every), found, counts)
    return [
        *(field.tolist() for field in (*lines, *hits)),
        *denied,
        counts.tolist(),
        found[: counts.clip(0).sum()].tolist(),
        search().anchored(lines, its.given).words.notices.tolist(),
    ]


def _said_as_written(its: Together) -> list[object]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Kernel, "__call__", interpret)
        return _said(its)


def _asked(hits: searching.Hits) -> Asked:
    order = np.argsort(hits.start, kind="stable")
    patterns = search().plan.patterns
    unless = int(max(search().plan.cues.unless))
    return Asked(
        hits.start[order],
        hits.end[order],
        patterns.language[hits.pattern[order]],
        np.where(hits.pattern[order] < 3, unless, -1).astype(np.int32),
        np.full(len(order), ALWAYS, dtype=np.uint8),
        np.zeros(len(order), dtype=np.uint8),
    )


def test_more_room_is_made_where_a_sentence_has_more_words_and_a_text_more_to_show() -> None:
    assert len(spans("passport held by we " * 20_000)) >= 20_000
    pays = next(one.sequences for one in wanted() if one.name.startswith("pay") and one.language == "en")
    many = Search(make_plan([Wanted(str(number), "en", pays) for number in range(1_000)]))
    its = Together(["pay deposit"])
    assert len(many.hits(its.lines, its.given)[0].start) == 1_000
    assert many._most == searching._MOST


def test_an_array_of_another_type_is_refused() -> None:
    with pytest.raises(TypeError, match="expected an array of uint32"):
        folding.fold_texts(np.zeros(3, dtype=np.int64), (0, 3))  # type: ignore[arg-type] -- that is the point


def test_every_word_of_every_place_of_the_taxonomy_is_found() -> None:
    """Each once, with any words in the other places."""
    chance, missed, tried = random.Random(1), [], 0
    wanted = [
        Wanted(f"{key}/{language}/{number}", language, pattern.sequences)
        for key, indicator in TAXONOMY.indicators.items()
        for language, signs in indicator.languages.items()
        for number, pattern in enumerate(signs.patterns)
    ]
    everything = Search(make_plan(wanted))
    for first in range(0, len(wanted), 500):
        texts, numbers = [], []
        for number, one in enumerate(wanted[first : first + 500], first):
            sequence = chance.choice(one.sequences)
            choices = [
                sorted(its.key.strip() for its in place.literals) if isinstance(place, Slot) else ["12"]
                for place in sequence.places
            ]
            said = [" ".join(map(chance.choice, choices)) for _ in range(3)]
            texts += said
            numbers += [number] * len(said)
        its = Together(texts)
        hits, _ = everything.hits(its.lines, its.given)
        there = {
            (its.number_of(at), number) for at, number in zip(hits.start.tolist(), hits.pattern.tolist(), strict=True)
        }
        for place, (text, number) in enumerate(zip(texts, numbers, strict=True)):
            tried += 1
            if (place, number) not in there and _is_found_plainly(wanted[number], text):
                missed.append(text)
    assert tried > 15_000
    assert missed == []


def _is_found_plainly(one: Wanted, text: str) -> bool:
    spotter = Spotter(fold(text + "\n"))
    return any(spotter.find(Plain(one.name, one.language, one.sequences), part) for part in spotter.sentences)
