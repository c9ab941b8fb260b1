"""Near-copies: found as comparing all with all finds them, whatever the order; what is held out together."""

from collections import defaultdict
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.campaign_sets import EMSCAD, agreement, emscad
from builders import make_ad
from model.datasets import near_copies
from model.datasets.labels import LabelledAd
from model.datasets.near_copies import PASSAGE_LEVEL, NearCopies, group_near_copies
from model.text.shingles import LEAST_SHINGLES, shingle_texts
from pipeline.linking.campaigns import whole_text

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


def shingles(text: str) -> frozenset:
    """The set that a text is compared by, its letters where it is too short for one."""
    (cut,) = shingle_texts([text])
    return frozenset(cut.hashes.tolist()) or (frozenset({cut.letters}) if cut.letters else frozenset())


def alike(one: frozenset, other: frozenset, level: float) -> bool:
    shared, every = len(one & other), len(one | other)
    return bool(every) and shared >= level * every and (shared >= LEAST_SHINGLES or 2 * shared >= every)


def plainly(texts: list[str], level: float, names: list[int]) -> list[int]:
    """Clusters by comparing all with all; texts of equal names are one from the beginning."""
    first, sets = [names.index(name) for name in names], [shingles(text) for text in texts]
    for one, other in combinations(range(len(texts)), 2):
        if alike(sets[one], sets[other], level) and first[one] != first[other]:
            low, high = sorted((first[one], first[other]))
            first = [low if each == high else each for each in first]
    return first


@settings(deadline=None, max_examples=200)  # tables are made at first use
@given(TEXTS, LEVELS, st.lists(st.integers(0, 20), min_size=12, max_size=12))
def test_what_is_found_is_what_comparing_all_with_all_finds(texts, level, names):
    names = names[: len(texts)]
    assert NearCopies(texts).clusters(level, joined=names) == plainly(texts, level, names)


@settings(deadline=None, max_examples=50)
@given(TEXTS, LEVELS, st.randoms(use_true_random=False))
def test_the_order_of_the_texts_changes_nothing(texts, level, chance):
    places = list(range(len(texts)))
    chance.shuffle(places)

    def parts(names, places):
        members = defaultdict(set)
        for place, name in zip(places, names, strict=True):
            members[name].add(place)
        return {frozenset(some) for some in members.values()}

    shuffled = NearCopies(texts[place] for place in places).clusters(level)
    assert parts(shuffled, places) == parts(NearCopies(texts).clusters(level), range(len(texts)))


@settings(deadline=None, max_examples=50)
@given(TEXTS)
def test_a_cluster_at_a_higher_level_lies_inside_one_at_a_lower_level(texts):
    found = NearCopies(texts)
    names = [found.clusters(level) for level in (0.05, 0.13, 0.3, 0.5, 0.8)]
    for wide, narrow in pairwise(names):
        assert len(set(zip(wide, narrow, strict=True))) == len(set(narrow))


def test_texts_that_share_nothing_or_a_few_words_are_apart():
    texts = [*PASSAGES[:-1], "A night guard and a lift", "One night guard for our two old warehouses by the river"]
    assert NearCopies(texts).clusters(0.05) == list(range(len(texts)))
    assert NearCopies([]).clusters(0.05) == []


def test_texts_that_share_a_long_passage_are_one_also_through_others():
    first, second, third, *_ = PASSAGES
    texts = [f"{first} {second}", f"Cooks. {second} {third}", f"{third} Pay by the day.", "A porter for the old hotel."]
    assert NearCopies(texts).clusters(0.13) == [0, 0, 0, 3]


def test_what_many_texts_have_is_left_out_and_copies_do_not_make_it_common(monkeypatch):
    monkeypatch.setattr(near_copies, "_COMMON", 3)
    footer = "Every ad on this board is checked by hand before it is shown."
    texts = [f"{footer} {passage}" for passage in PASSAGES[:5]]
    assert NearCopies(texts).clusters(0.13) == list(range(5))
    assert NearCopies([*texts[:2], *[texts[0]] * 5]).clusters(0.13) == [0] * 7


def test_of_many_shingles_some_are_compared_and_clusters_stay(monkeypatch):
    copies = [f"{WHOLE} Ask for {name} at the gate." for name in ("Mai", "Budi", "Ana", "Somchai")]
    texts = [*copies, "A porter for the old hotel by the river, strong and friendly, from the first of May on."]
    monkeypatch.setattr(near_copies, "_MOST", 400)
    assert NearCopies(texts).clusters(0.3) == [0, 0, 0, 0, 4]


@pytest.mark.skipif(not EMSCAD.is_file(), reason="EMSCAD is not on this machine")
def test_emscads_own_groups_of_near_duplicates_are_found():
    known = emscad()
    found = NearCopies(whole_text(ad) for ad, _ in known).clusters(PASSAGE_LEVEL)
    recall, precision, rand = agreement([group for _, group in known], found)
    assert recall >= 0.98
    assert precision >= 0.97
    assert rand >= 0.9


def row(text: str, group: str) -> LabelledAd:
    ad = make_ad(title="", description=text)
    return LabelledAd(ad=ad, kind="legitimate", dataset="board", sort="ad", genre="board", group=group)


def test_groups_that_hold_near_copies_are_held_out_together_and_others_keep_their_name():
    offer = "Night baker wanted at the old mill, oven and mixer, tea at three, 300 a night."
    rows = [
        row(f"{offer} Call 0900 000 111", "b"),
        row("The weather is fine in the bay", "b"),
        row(f"{offer.replace('300', '450')} Write to @mill", "a"),
        row("Paint the front of the shop in May, ladders are here.", "c"),
    ]
    found = group_near_copies(rows)
    assert [one.held_with for one in found] == ["a", "a", "a", "c"]
    assert [one.group for one in found] == ["b", "b", "a", "c"]
    assert row("Cook", "a").held_with == "a", "a row that nobody looked at is held out with its group"


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.sampled_from(PASSAGES), st.sampled_from("abcd")), max_size=9))
def test_a_group_is_never_parted_and_a_cluster_never_bears_anothers_name(drawn):
    clusters = defaultdict(set)
    for one in group_near_copies([row(text, group) for text, group in drawn]):
        clusters[one.group].add(one.cluster)
    assert all(len(some) == 1 for some in clusters.values())
    assert all(clusters[cluster] == {cluster} for some in clusters.values() for cluster in some)
