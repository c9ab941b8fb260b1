import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import NOON, make_ad
from model.assessment import Contribution
from model.assessor import Assessor
from model.classifier.heads import LIMIT
from model.classifier.explain import MOST_WORDS, NAMED_FROM, gathered

LURE = "Chat all night at the campus. We keep your passport until the debt is paid. Chat, chat!"


@pytest.fixture(scope="module")
def assess(small_project):
    assessor = Assessor.load(small_project.model, small_project.taxonomy)
    return lambda ad: next(assessor.assess([ad], assessed_at=NOON, in_full=True))


def logit(score):
    return math.log(score / (1 - score))


def explains_exactly(assessment):
    return abs(sum(one.value for one in assessment.contributions) - logit(assessment.score)) < 1e-6


@given(title=st.text(max_size=30), description=st.text(max_size=200))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_contributions_sum_to_the_scores_logit_for_any_text(assess, title, description):
    assert explains_exactly(assess(make_ad(title=title, description=description)))


@pytest.mark.parametrize(
    "text",
    [
        LURE,
        "招聘客服，月薪八千，包吃包住，护照由公司统一保管，合同期满前不得离开。",
        "รับสมัครแอดมินตอบแชท เงินเดือนสูง มีที่พักฟรี บริษัทจะเก็บพาสปอร์ตไว้ให้",
        "Ứng trước 20 triệu, giữ hộ chiếu đến khi trả hết nợ 😀 We kееp yоur pаssport",
        "a" * 500 + " " + "ก" * 300,
    ],
)
def test_contributions_are_exact_in_every_script_and_tied_to_words(assess, text):
    ad = make_ad(title="Night work", description=text)
    assessment = assess(ad)
    assert explains_exactly(assessment)
    for one in assessment.contributions:
        if one.field is not None:
            shown = getattr(ad, one.field)[one.start : one.end]
            assert shown.strip()
            if one.name.startswith("words: ") and "…" not in one.name:
                assert one.name == "words: " + " ".join(shown.split())


def test_the_largest_stand_first_and_the_rest_in_one(assess):
    ad = make_ad(description=" ".join(f"word{chr(97 + n)}{chr(97 + n * 7 % 26)}" for n in range(26)) + LURE)
    contributions = assess(ad).contributions
    sizes = [abs(one.value) for one in contributions]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(one.name.startswith("words: ") for one in contributions) == MOST_WORDS
    assert [one.name for one in contributions].count("rest of the text") == 1


def test_an_indicator_is_named_once_with_its_first_evidence(assess):
    assessment = assess(make_ad(description=LURE))
    papers = [one for one in assessment.contributions if one.indicator == "control.papers"]
    assert [one.name for one in papers] == ["Someone keeps the papers"]
    assert LURE[papers[0].start : papers[0].end] == "keep your passport"
    assert papers[0].value > 0
    assert any(one.name == "combination: Two signs" for one in assessment.contributions)


def test_a_word_that_is_repeated_is_named_once(assess):
    names = [one.name for one in assess(make_ad(title="", description="Chat, chat! Chat.")).contributions]
    assert names.count("words: Chat") == 1


def test_a_sum_past_the_limit_is_held_and_says_so():
    logit, found = gathered([Contribution(name="base", value=0.0)], [Contribution(name="words: x", value=-99.0)])
    assert logit == -LIMIT
    assert sum(one.value for one in found) == pytest.approx(-LIMIT)
    assert "held at the limit" in {one.name for one in found}


def test_taking_away_what_spoke_for_it_lowers_the_score(assess):
    full = assess(make_ad(description=LURE))
    without = assess(make_ad(description=LURE.replace("We keep your passport until the debt is paid.", "")))
    assert without.score < full.score


def test_a_reason_is_the_same_whichever_ads_stand_beside(small_project):
    assessor = Assessor.load(small_project.model, small_project.taxonomy)
    ads = [make_ad(ad_id=f"test:{n}", description=f"{LURE} {n} {'bread ' * n}") for n in range(5)]
    together = list(assessor.assess(ads, assessed_at=NOON))
    for ad, one in zip(ads, together, strict=True):
        alone = next(assessor.assess([ad], assessed_at=NOON, in_full=True))
        assert np.isclose(alone.score, one.score)
        assert replace(alone, score=one.score, kinds=one.kinds, contributions=()) == replace(one, contributions=())
        assert [c.name for c in alone.contributions] == [c.name for c in one.contributions]


def test_of_an_ad_far_below_every_threshold_the_words_are_one_reason_unless_all_are_asked_for(small_project):
    assessor = Assessor.load(small_project.model, small_project.taxonomy)
    ads = [make_ad(description=text) for text in ("Gardener for two schools. Written contract, tools are ours.", LURE)]
    dull, telling = assessor.assess(ads, assessed_at=NOON)
    (in_full, _) = assessor.assess(ads, assessed_at=NOON, in_full=True)
    assert logit(dull.score) < NAMED_FROM < logit(telling.score)
    assert {one.name for one in dull.contributions} == {"base", "words of the text"}
    assert any(one.name == "words: contract" for one in in_full.contributions)
    assert any(one.name.startswith("words: ") for one in telling.contributions)
    assert explains_exactly(dull)
    assert dull.score == pytest.approx(in_full.score)
