"""Triage carried out on real SQLite."""

from dataclasses import replace
from datetime import timedelta

import pytest

from builders import NOON, make_ad
from pipeline.nightly.queueing import fill_queue
from pipeline.nightly.triage import TriagePolicy
from pipeline.store.queue.case_filter import CaseFilter
from store_builders import POLICY, assess, decide, look, on_night, open_store

AUDIT = TriagePolicy(threshold=0.5, audit_share=0.2, audit_least=1, uncertain_share=0.0, blind_share=0.0)


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path) as opened:
        yield opened


def assess_all(store, scores, *, rules=(), model="m1"):
    for chunk in store.assessments.pending(model, "t1", chunk=7):
        for pending in chunk:
            rule = "a_rule" if pending.ad.title in rules else None
            score = scores.get(pending.ad.title, 0.05)
            store.assessments.add(pending.version_id, assess(pending.ad, score, rule=rule, model=model))


def many(count):
    return [make_ad(ad_id=f"a:{number}", title=f"Cook {number}") for number in range(count)]


def guards(count):
    return [make_ad(ad_id=f"g:{number}", title=f"Guard {number}") for number in range(count)]


def test_a_case_is_opened_by_score_or_by_rule(store):
    look(store, *many(5))
    assess_all(store, {"Cook 1": 0.8, "Cook 2": 0.7}, rules={"Cook 3"})
    queued = fill_queue(store, POLICY, night="n1", now=NOON)
    assert (queued.by_score, queued.by_rule, queued.audit, queued.unflagged) == (2, 1, 0, 2)
    assert [(case.title, case.reason) for case in store.queue.cases()] == [
        ("Cook 1", "score"), ("Cook 2", "score"), ("Cook 3", "indicator_rule"),
    ]  # fmt: skip


def test_triage_twice_opens_nothing_twice(store):
    look(store, *many(3))
    assess_all(store, {"Cook 1": 0.8})
    assert fill_queue(store, AUDIT, night="n1", now=NOON).opened == 2
    assert fill_queue(store, AUDIT, night="n1", now=NOON).opened == 0
    assert store.queue.page(CaseFilter()).total == 2


def test_copies_make_one_case_and_the_most_telling_copy_decides(store):
    look(store, make_ad(ad_id="a:1"), make_ad(ad_id="a:2", job_location="Harbour street"))
    (first, second), *_ = store.assessments.pending("m1", "t1", chunk=9)
    store.assessments.add(first.version_id, assess(first.ad, 0.2))
    store.assessments.add(second.version_id, assess(second.ad, 0.9))
    assert fill_queue(store, POLICY, night="n1", now=NOON).opened == 1
    assert store.queue.cases()[0].copies == 2


def test_the_audit_draw_does_not_hang_on_the_order_of_the_ads(tmp_path):
    drawn = {}
    for order in (1, -1):
        with open_store(tmp_path / str(order)) as store:
            look(store, *many(60)[::order])
            assess_all(store, {f"Cook {number}": 0.9 for number in range(8)})
            queued = fill_queue(store, AUDIT, night="2026-11-02", now=NOON)
            drawn[order] = sorted((case.title, case.priority) for case in store.queue.cases(reason="audit"))
        assert (queued.audit, queued.unflagged) == (2, 52), "a fifth of ten new cases"
    assert drawn[1] == drawn[-1]


def test_what_the_model_is_unsure_of_is_read_once_of_each_near_duplicate(store):
    """Cooks score 0.4 and begin alike; of bakers 0.3. One of each is opened to learn from, and no second one later."""
    policy = TriagePolicy(threshold=0.5, audit_share=0.0, uncertain_share=0.25, blind_share=0.0)
    cooks = [make_ad(ad_id=f"c:{n}", title=f"Cook {n}", description="A kitchen by the sea. " * 5) for n in range(9)]
    bakers = [make_ad(ad_id=f"b:{n}", title=f"Baker {n}", description="An oven in the hills. " * 5) for n in range(9)]
    look(store, *many(9), *cooks, *bakers)
    scores = {f"Cook {n}": 0.4 for n in range(9)} | {f"Baker {n}": 0.3 for n in range(9)}
    for chunk in store.assessments.pending("m1", "t1", chunk=50):
        for pending in chunk:
            score = 0.9 if pending.ad.ad_id.startswith("a:") else scores[pending.ad.title]
            store.assessments.add(pending.version_id, assess(pending.ad, score))
    queued = fill_queue(store, policy, night="n1", now=NOON)
    assert (queued.by_score, queued.uncertain, queued.audit, queued.opened) == (9, 2, 0, 11), "a quarter of twelve"
    assert sorted(case.title.split()[0] for case in store.queue.cases(reason="uncertain")) == ["Baker", "Cook"]
    look(store, make_ad(ad_id="c:10", title="Cook 9", description="A kitchen by the sea. " * 5), *guards(9))
    assess_all(store, {"Cook 9": 0.4} | {f"Guard {n}": 0.9 for n in range(9)})
    assert fill_queue(store, policy, night="n2", now=NOON).uncertain == 0, "a cook was read before"


def test_the_audit_is_drawn_before_anything_is_taken_for_being_near_the_threshold(tmp_path):
    """Otherwise what was drawn would stand for less than all that nothing flagged."""
    drawn = {}
    for share in (0.0, 0.01):
        with open_store(tmp_path / str(share)) as store:
            look(store, *(replace(ad, description=f"A kitchen of {chr(0x4E00 + n)}") for n, ad in enumerate(many(60))))
            assess_all(store, {f"Cook {n}": 0.9 if n < 8 else 0.4 for n in range(20)})
            policy = replace(AUDIT, uncertain_share=share)
            queued = fill_queue(store, policy, night="n1", now=NOON)
            drawn[share] = {case.title for case in store.queue.cases(reason="audit")}
            assert (queued.unflagged, queued.uncertain) == (52, 1 if share else 0)
    assert drawn[0.0] <= drawn[0.01]


def test_audit_cases_lie_among_the_flagged_ones(store):
    look(store, *many(200))
    assess_all(store, {f"Cook {number}": 0.5 + number / 200 for number in range(80)})
    fill_queue(store, AUDIT, night="n1", now=NOON)
    first_half = store.queue.cases(limit=store.queue.page(CaseFilter()).total // 2)
    drawn = sum(1 for case in first_half if case.reason == "audit")
    assert 3 <= drawn <= 17, "of twenty that were drawn"


def test_a_decided_case_stays_decided_when_a_new_model_reads_its_ad(store):
    look(store, *many(2))
    assess_all(store, {"Cook 1": 0.8})
    fill_queue(store, POLICY, night="n1", now=NOON)
    (case,) = store.queue.cases()
    decide(store, case.case_id)
    assess_all(store, {"Cook 1": 0.99, "Cook 0": 0.9}, model="m2")
    assert fill_queue(store, POLICY, night="n2", now=NOON).opened == 1
    assert store.cases.get(case.case_id).state == "decided"
    assert store.cases.get(case.case_id).score == 0.99
    assert [each.title for each in store.queue.cases()] == ["Cook 0"]


def test_a_reopened_case_does_not_sink_because_its_new_text_looks_harmless(store):
    look(store, on_night(1, title="Cook 1"))
    assess_all(store, {"Cook 1": 0.8})
    fill_queue(store, POLICY, night="n1", now=NOON)
    (case,) = store.queue.cases()
    decide(store, case.case_id)
    look(store, on_night(2, title="Cook for a school"))
    assess_all(store, {})
    fill_queue(store, POLICY, night="n2", now=NOON)
    (case,) = store.queue.cases()
    assert (case.state, case.reason, case.score) == ("reopened", "resurfaced", 0.05)
    assert case.priority >= POLICY.threshold


def test_a_text_that_its_ad_no_longer_carries_opens_nothing(store):
    look(store, on_night(1, title="Cook 1"))
    assess_all(store, {"Cook 1": 0.8})
    look(store, on_night(2, title="Cook for a school"))
    assert fill_queue(store, POLICY, night="n1", now=NOON + timedelta(hours=1)).opened == 0
