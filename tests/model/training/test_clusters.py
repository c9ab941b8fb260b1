"""Clusters: exact, whatever the order; one more text joins and never parts; higher levels lie inside lower ones."""

from collections import defaultdict
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.agreement import agreement
from bench.campaign_sets import EMSCAD, emscad
from interpreted import interpret
from model import meeting
from model.training import clusters
from model.training.clusters import Clusters
from model.training.shingles import LEAST_SHINGLES, cut_texts
from pipeline.cluster_file import whole_text

PASSAGES = (
    "We run four bakeries between the harbour and the old mill.",
    "Send two references and say when you could begin with us.",
    "Cari penjaga gudang malam, rajin dan jujur, mess disediakan.",
    "Tuyển công nhân may, không cần kinh nghiệm, bao ăn ở.",
    "招聘面包师，早班，包吃住，周末双休，请带上简历面谈。",
    "Night guard", "cook", "!!",
)  # fmt: skip
WHOLE = " ".join(PASSAGES)
PARTS = st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 80)).map(lambda drawn: WHOLE[drawn[0] : sum(drawn)])
TEXTS = st.lists(st.lists(st.sampled_from(PASSAGES) | PARTS, max_size=4).map(" ".join), max_size=12)
LEVELS = st.sampled_from((0.05, 0.1, 0.13, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0))
COMMON = st.sampled_from((1, 2, 3, 256))
"""A shingle of how many texts is taken to be common."""


def shingles(text: str) -> frozenset[int]:
    """The set that a text is compared by, its letters where it is too short for one."""
    cut = cut_texts([text])
    letters = cut.codes.tobytes().strip(np.array([32], dtype=np.uint32).tobytes())
    return frozenset(cut.hashes.tolist()) or (frozenset({letters}) if letters else frozenset())


def alike(one: frozenset[int], other: frozenset[int], level: float) -> bool:
    shared, every = len(one & other), len(one | other)
    return bool(every) and shared >= level * every and (shared >= LEAST_SHINGLES or 2 * shared >= every)


def plainly(texts: list[str], level: float) -> list[int]:
    """Clusters by comparing all with all."""
    first, sets = list(range(len(texts))), [shingles(text) for text in texts]
    for one, other in combinations(range(len(texts)), 2):
        if alike(sets[one], sets[other], level) and first[one] != first[other]:
            low, high = sorted((first[one], first[other]))
            first = [low if each == high else each for each in first]
    return first


def parted(names: list[int], places: list[int]) -> set[frozenset[int]]:
    """The clusters as sets of places."""
    members = defaultdict(set)
    for place, name in zip(places, names, strict=True):
        members[name].add(place)
    return {frozenset(some) for some in members.values()}


@settings(deadline=None, max_examples=300)  # machine code may have to be made first
@given(TEXTS, LEVELS, COMMON)
def test_what_is_found_is_what_comparing_all_with_all_finds(texts, level, common):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(clusters, "_COMMON", common)
        assert Clusters(texts).at(level) == plainly(texts, level)


@settings(deadline=None, max_examples=50)
@given(TEXTS, LEVELS, st.randoms(use_true_random=False))
def test_the_order_of_the_texts_changes_nothing(texts, level, chance):
    places = list(range(len(texts)))
    chance.shuffle(places)
    shuffled = Clusters(texts[place] for place in places).at(level)
    assert parted(shuffled, places) == parted(Clusters(texts).at(level), list(range(len(texts))))


@settings(deadline=None, max_examples=50)
@given(TEXTS)
def test_a_cluster_at_a_higher_level_lies_inside_one_at_a_lower_level(texts):
    found = Clusters(texts)
    names = [found.at(level) for level in (0.05, 0.13, 0.3, 0.5, 0.8)]
    for wide, narrow in pairwise(names):
        assert len(set(zip(wide, narrow, strict=True))) == len(set(narrow))


@settings(deadline=None, max_examples=50)
@given(TEXTS, st.sampled_from(PASSAGES), LEVELS)
def test_one_more_text_joins_and_never_parts(texts, more, level):
    before, after = Clusters(texts).at(level), Clusters([*texts, more]).at(level)[:-1]
    assert len(set(zip(before, after, strict=True))) == len(set(before))


@settings(deadline=None, max_examples=50)
@given(TEXTS, st.lists(st.integers(0, 2), min_size=12, max_size=12), LEVELS)
def test_what_is_one_from_the_beginning_stays_one_and_links_as_one(texts, names, level):
    names = names[: len(texts)]
    found = Clusters(texts).at(level, joined=names)
    for one, other in combinations(range(len(texts)), 2):
        if names[one] == names[other]:
            assert found[one] == found[other]
    alone = Clusters(texts).at(level)
    assert len(set(zip(alone, found, strict=True))) == len(set(alone))


def test_texts_that_share_nothing_or_a_few_words_are_apart():
    texts = [*PASSAGES, "", "", "A night guard and a lift", "One night guard for our two old warehouses by the river"]
    assert Clusters(texts).at(0.05) == list(range(len(texts)))


def test_texts_that_share_a_long_passage_are_one_also_through_others():
    first, second, third, *_ = PASSAGES
    texts = [f"{first} {second}", f"Cooks. {second} {third}", f"{third} Pay by the day.", "A porter for the old hotel."]
    assert Clusters(texts).at(0.13) == [0, 0, 0, 3]


@settings(deadline=None, max_examples=20)
@given(TEXTS, LEVELS)
def test_machine_code_does_what_is_written(texts, level):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(clusters, "_COMMON", 2)
        found = Clusters(texts)
        for name in ("join_pairs", "join_rest"):
            kernel = getattr(meeting, name)
            patched.setattr(clusters, name, lambda *given, kernel=kernel: interpret(kernel, *given))
        interpreted = found.at(level)
    assert found.at(level) == interpreted


@pytest.mark.skipif(not EMSCAD.is_file(), reason="EMSCAD is not on this machine")
def test_emscads_own_groups_of_near_duplicates_are_found():
    known = emscad()
    found = Clusters(whole_text(ad) for ad, _ in known).at(clusters.LEVEL)
    recall, precision, rand = agreement([group for _, group in known], found)
    assert recall >= 0.98
    assert precision >= 0.97
    assert rand >= 0.9
