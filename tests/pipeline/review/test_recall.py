"""Recall of the queue, whose interval holds the truth or which says that it cannot know; agreement of analysts."""

import random
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.nightly.triage import draw_audit
from pipeline.review.decisions import cohens_kappa, krippendorffs_alpha
from pipeline.review.figures import LEAST_AUDITED, estimate_recall
from pipeline.store.statistics import AuditNight, JudgedCases

Band = partial(JudgedCases, reason="score", tenth=5)
nights = st.builds(
    lambda unflagged, drawn, decided, lures: AuditNight(
        unflagged=unflagged + drawn, drawn=drawn, decided=min(decided, drawn), lures=min(lures, decided, drawn)
    ),
    st.integers(0, 5_000), st.integers(1, 60), st.integers(0, 60), st.integers(0, 60),
)  # fmt: skip
bands = st.builds(
    lambda cases, decided, lures: Band(cases=cases, decided=min(cases, decided), lures=min(cases, decided, lures)),
    st.integers(1, 300), st.integers(0, 300), st.integers(0, 300),
)  # fmt: skip


@given(st.lists(bands, max_size=6), st.lists(nights, max_size=6))
def test_an_estimate_lies_in_its_interval_and_a_share_between_nothing_and_all(bands, nights):
    found = estimate_recall(bands, nights)
    for each in (found.shown, found.missed, found.share):
        assert each is None or 0 <= each.low <= each.value + 1e-9 <= each.high + 2e-9
    assert found.share is None or found.share.high <= 1
    assert found.standing == "too_few" or found.decided >= min(LEAST_AUDITED, found.unflagged)


@given(st.lists(bands, min_size=1, max_size=4), st.lists(nights, min_size=1, max_size=4))
def test_one_more_missed_lure_never_raises_the_share(bands, nights):
    first = nights[0]
    if first.lures == first.decided:
        return
    worse = [
        AuditNight(unflagged=first.unflagged, drawn=first.drawn, decided=first.decided, lures=first.lures + 1),
        *nights[1:],
    ]
    before, after = estimate_recall(bands, nights).share, estimate_recall(bands, worse).share
    assert before is None or after is None or after.value <= before.value + 1e-9


def test_no_lure_in_a_small_audit_does_not_say_that_none_was_missed():
    found = estimate_recall(
        [Band(cases=50, decided=50, lures=40)], [AuditNight(unflagged=20_000, drawn=40, decided=40, lures=0)]
    )
    assert found.standing == "too_few"
    assert found.share.value == 1
    assert found.share.low < 0.05


def test_an_undecided_audit_says_nothing():
    found = estimate_recall(
        [Band(cases=50, decided=50, lures=40)], [AuditNight(unflagged=900, drawn=40, decided=0, lures=0)]
    )
    assert (found.standing, found.share, found.missed) == ("too_few", None, None)


def test_what_awaits_a_second_opinion_widens_the_interval_both_ways():
    bands = [Band(cases=50, decided=50, lures=40)]
    known = AuditNight(unflagged=900, drawn=40, decided=36, lures=2)
    sure, awaited = (estimate_recall(bands, [night]) for night in (known, replace(known, awaiting=4)))
    assert awaited.missed.low <= sure.missed.low
    assert awaited.missed.high > sure.missed.high
    worst = estimate_recall(bands, [replace(known, decided=40, lures=6)])
    assert awaited.missed.high == pytest.approx(worst.missed.high)


def test_an_audit_of_everything_leaves_little_open():
    found = estimate_recall(
        [Band(cases=90, decided=90, lures=90)], [AuditNight(unflagged=500, drawn=500, decided=500, lures=10)]
    )
    assert found.standing == "told"
    assert abs(found.share.value - 0.9) < 1e-9
    assert found.share.low > 0.8


def simulated_month(chance):
    """Bands and nights of a month whose true share is known: nights differ in size, draw and how many lures they miss,
    and not all is decided."""
    shown, missed, bands, nights = 0, 0, [], []
    for precision, cases in ((0.9, 120), (0.6, 90), (0.25, 60)):
        lures = [chance.random() < precision for _ in range(cases)]
        read = chance.sample(lures, chance.randint(cases // 3, cases))
        shown += sum(lures)
        bands.append(Band(cases=cases, decided=len(read), lures=sum(read)))
    worst = chance.choice((0.01, 0.03, 0.1))
    for night in range(20):
        rate = worst * chance.random()
        texts = {f"{night}-{number}": chance.random() < rate for number in range(chance.randint(40, 900))}
        missed += sum(texts.values())
        drawn = draw_audit(f"{night}{chance.random()}", texts, max(2, chance.randint(1, len(texts) // 10)))
        read = [texts[one] for one in drawn if chance.random() < 0.8]
        nights.append(AuditNight(unflagged=len(texts), drawn=len(drawn), decided=len(read), lures=sum(read)))
    return shown / (shown + missed), bands, nights


def test_the_interval_holds_the_true_share_at_least_nine_times_in_ten():
    chance, held, told = random.Random(11), 0, 0
    for _ in range(200):
        truth, bands, nights = simulated_month(chance)
        found = estimate_recall(bands, nights)
        held += found.share.low <= truth <= found.share.high
        told += found.standing == "told"
    assert held >= 180
    assert told >= 60, "an interval that says nothing would always hold"


ANSWERS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), max_size=30)


def test_kappa_of_a_worked_example():
    # 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: agreed 0.7, by chance 0.5.
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert cohens_kappa(pairs) == pytest.approx(0.4)


def test_alpha_of_krippendorffs_own_example():
    # "Computing Krippendorff's Alpha-Reliability", C: four observers, twelve units, nominal, answers missing.
    rows = [
        "1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 .",
    ]  # fmt: skip
    units = zip(*(row.split() for row in rows), strict=True)
    assert krippendorffs_alpha([[one for one in unit if one != "."] for unit in units]) == pytest.approx(
        0.743, abs=5e-4
    )


@given(ANSWERS)
def test_agreement_lies_between_its_bounds_and_does_not_mind_who_is_who(pairs):
    for measure in (cohens_kappa, krippendorffs_alpha):
        found, turned = measure(pairs), measure([(other, one) for one, other in pairs])
        assert found == (turned if turned is None else pytest.approx(turned))
        assert found is None or -1 <= found <= 1 + 1e-9


@given(st.lists(st.sampled_from("abc"), min_size=2))
def test_who_always_agree_have_one_or_nothing_to_tell(answers):
    pairs = [(one, one) for one in answers]
    expected = None if len(set(answers)) == 1 else pytest.approx(1)
    assert cohens_kappa(pairs) == expected
    assert krippendorffs_alpha(pairs) == expected


def test_nothing_to_compare_is_nothing():
    assert cohens_kappa([]) is None
    assert krippendorffs_alpha([]) is None
    assert krippendorffs_alpha([["a"], []]) is None
