"""The policy, as pure functions."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.nightly.triage import (
    TriagePolicy,
    audit_size,
    draw_audit,
    drawn_priorities,
    nearest_to_threshold,
    priority_of,
    reason_to_open,
    uncertain_size,
)

POLICY = TriagePolicy(threshold=0.4, uncertain_share=0.0, blind_share=0.0)
SCORES = st.floats(0, 1)


def test_the_threshold_itself_opens_a_case():
    assert reason_to_open(0.4, None, POLICY) == "score"
    assert reason_to_open(0.39, None, POLICY) is None
    assert reason_to_open(0.01, "a_rule", POLICY) == "indicator_rule"


@given(SCORES, SCORES, st.integers(1, 10_000))
def test_a_higher_score_is_never_read_later(low, high, copies):
    low, high = sorted((low, high))
    assert priority_of(low, None, copies, POLICY) <= priority_of(high, None, copies, POLICY)


@given(SCORES, st.integers(1, 10_000))
def test_a_rule_and_more_copies_never_push_a_case_back(score, copies):
    plain = priority_of(score, None, copies, POLICY)
    assert priority_of(score, "a_rule", copies, POLICY) > plain
    assert priority_of(score, None, copies + 1, POLICY) >= plain
    assert priority_of(score, "a_rule", copies, POLICY) >= POLICY.threshold


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_audit_is_its_share_of_the_new_cases_where_there_are_ads_for_it(flagged, unflagged):
    size = audit_size(flagged, unflagged, POLICY)
    assert size <= unflagged
    if size < unflagged:
        assert size >= POLICY.audit_least
        assert size / (size + flagged) >= POLICY.audit_share - 1e-9


def test_no_audit_is_drawn_where_its_share_is_zero():
    assert audit_size(100, 100, TriagePolicy(threshold=0.4, audit_share=0.0, uncertain_share=0.0)) == 0


@given(st.sets(st.text("0123456789abcdef", min_size=4, max_size=4)), st.integers(0, 20), st.text(max_size=12))
def test_the_draw_is_the_same_whenever_it_is_drawn_again(texts, size, night):
    drawn = draw_audit(night, sorted(texts), size)
    assert drawn == draw_audit(night, sorted(texts, reverse=True), size)
    assert len(set(drawn)) == len(drawn) == min(size, len(texts))


def test_each_text_is_drawn_as_often_as_any_other():
    texts = [f"text {number}" for number in range(20)]
    times = dict.fromkeys(texts, 0)
    for night in range(2000):
        for text in draw_audit(f"night {night}", texts, 5):
            times[text] += 1
    assert all(400 < count < 600 for count in times.values()), "500 of 2000 nights are expected"


def test_a_drawn_case_lies_as_often_in_one_part_of_the_queue_as_in_another():
    flagged = [0.41, 0.97, 0.98, 0.99]
    places = [drawn_priorities(f"night {number}", ["text"], flagged, POLICY)["text"] for number in range(2000)]
    assert all(400 < places.count(place) < 600 for place in flagged), "500 of 2000 are expected at each"
    assert drawn_priorities("2026-11-02", ["text"], [], POLICY) == {"text": POLICY.threshold}


def test_each_drawn_text_comes_first_as_often_as_any_other():
    texts, flagged = [f"text {number}" for number in range(4)], [number / 100 for number in range(100)]
    first = [
        max(places, key=places.get)
        for night in range(2000)
        if (places := drawn_priorities(f"night {night}", texts, flagged, POLICY))
    ]
    assert all(400 < first.count(text) < 600 for text in texts), "500 of 2000 are expected for each"


@given(st.integers(1, 300), st.integers(1, 40), st.text(max_size=4))
def test_nobody_reads_far_along_the_queue_without_a_drawn_case(flagged, drawn, night):
    places = drawn_priorities(night, [f"text {number}" for number in range(drawn)], list(range(flagged)), POLICY)
    assert len(places) == drawn
    ends = [-1, *sorted(places.values()), flagged]
    longest = 2 * -(-flagged // drawn)
    assert all(two - one <= longest + 1 for one, two in pairwise(ends))


@given(st.integers(0, 500), st.integers(0, 500), st.floats(0, 0.45), st.floats(0, 0.45))
def test_both_shares_are_kept_of_all_new_cases(flagged, unflagged, audit_share, uncertain_share):
    policy = TriagePolicy(threshold=0.4, audit_share=audit_share, audit_least=0, uncertain_share=uncertain_share)
    audit, uncertain = audit_size(flagged, unflagged, policy), uncertain_size(flagged, unflagged, policy)
    if audit + uncertain < unflagged:
        everything = flagged + audit + uncertain
        assert audit == pytest.approx(audit_share * everything, abs=1), "as near as whole cases allow"
        assert uncertain == pytest.approx(uncertain_share * everything, abs=1)


@given(
    st.dictionaries(st.text("abcd", min_size=2, max_size=4), SCORES),
    st.integers(0, 9),
    st.sets(st.sampled_from("abcd")),
)
def test_what_is_nearest_to_the_threshold_is_read_once_of_each_near_duplicate(scores, size, known):
    chosen = nearest_to_threshold("n1", scores, size, key_of=lambda text: text[0], known=known)
    keys = [text[0] for text in chosen]
    assert len(set(keys)) == len(keys) <= size
    assert not known & set(keys)
    left = {text: score for text, score in scores.items() if text[0] not in known | set(keys)}
    assert len(keys) == size or not left
    best = {
        key: max(score for text, score in scores.items() if text[0] == key)
        for key in "abcd"
        if any(text[0] == key for text in scores)
    }
    assert [scores[text] for text in chosen] == sorted((best[key] for key in keys), reverse=True)
    assert not chosen or all(best[text[0]] <= scores[chosen[-1]] for text in left)
