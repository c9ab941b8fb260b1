"""Figures of the overview: shares that have moved, and recall whose interval holds the truth or says that it cannot."""

import random
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.nightly.triage import draw_audit
from pipeline.review.figures import LEAST_AUDITED, SHIFT, estimate_recall, read_shift
from pipeline.store.statistics import AuditNight, JudgedCases

MONTHS = ("2026-08", "2026-09", "2026-10")


def cells(*shares, of=200, value="men"):
    """Of each month how many of so many cases have the value."""
    for month, count in zip(MONTHS, shares, strict=True):
        yield from ((month, (value,), count), (month, ("either",), of - count))


def moved(*shares, facet="addressed", value="men", **more):
    rows = read_shift({facet: list(cells(*shares, value=value, **more))}, MONTHS)
    return next(each for each in rows if (each.facet, each.row.value) == (facet, value))


def test_a_share_that_has_clearly_risen_has_an_interval_above_nothing():
    found = moved(20, 40, 80)
    points, low, high = found.points
    assert points == pytest.approx(0.3)
    assert 0 < low < points < high
    assert [month for month, _share in found.row.published] == ["2026-08", "2026-09", "2026-10"]


def test_what_chance_would_bring_about_among_so_many_figures_is_no_change():
    _points, low, high = moved(20, 20, 33).points
    assert low < 0 < high, "alone it would be one: 10 against 16.5 of a hundred"


def test_a_month_of_fewer_than_five_cases_is_not_told_and_not_compared():
    found = moved(4, 30, 60)
    assert [month for month, _share in found.row.published] == ["2026-09", "2026-10"]
    assert moved(4, 4, 60).points is None
    assert found.row.shares["2026-08"] is None


def test_every_value_that_is_followed_has_a_row_even_where_nothing_has_it():
    rows = read_shift({}, MONTHS)
    assert [(each.facet, each.row.value) for each in rows] == [
        (facet, value) for facet, values in SHIFT.items() for value in values
    ]
    assert all(each.points is None for each in rows)


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


def test_where_no_lure_was_found_there_is_no_share_of_them():
    lawful = [Band(cases=9, decided=9, lures=0)], [AuditNight(unflagged=40, drawn=40, decided=40, lures=0)]
    for found in (estimate_recall([], []), estimate_recall(*lawful)):
        assert (found.standing, found.share) == ("no_lures", None)
