"""Contributions add up to the score, for any text, and each is tied to the words that it names."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import RidgeClassifier
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier
from training_texts import ROOT, ROWS, whole

from builders import NOON, make_ad, make_assessment
from crawler.ad import Contact
from model.ad_facts import NAMES, AdFacts
from model.assessment import KINDS
from model.assessor import Assessor
from model.classifier.artefact import load_model
from model.classifier.contributions import MOST_WORDS, NAMED_FROM, Explainer
from model.classifier.kinds import LIMIT, SCORING, shares_of
from model.classifier.pipeline import build_classifier
from model.classifier.vectorisers import IndicatorVectoriser
from model.reading.reader import AdReader
from model.taxonomy.loader import load_taxonomy

LURE = "Chat all night at the campus. We keep your passport until the debt is paid. Chat, chat!"
LAWFUL = "Gardener for two schools. Written contract, tools are ours."
SCRIPTS = (
    LURE,
    "招聘客服，月薪八千，包吃包住，护照由公司统一保管，合同期满前不得离开。",
    "รับสมัครแอดมินตอบแชท เงินเดือนสูง มีที่พักฟรี บริษัทจะเก็บพาสปอร์ตไว้ให้",
    "Ứng trước 20 triệu, giữ hộ chiếu đến khi trả hết nợ 😀 We kееp yоur pаssport",
    "Работа чат-оператором, ночные смены, билет за наш счёт",
    "مطلوب موظف محادثات، سكن مجاني، الرسوم أولا",
    "ကုမ္ပဏီက နိုင်ငံကူးလက်မှတ် သိမ်းထားမည်",
    "チャットの返信、寮完備、未経験歓迎",
    "İSTANBUL'da ΟΔΟΣ ﬁ ½ \ud800 \0 \u200b",
    "a" * 500 + " " + "ก" * 300,
    "We keep your passport. The debt is paid. " * 200,
    "Beware of such offers. They keep your passport. Beware of such offers!",
)
TEXTS = st.one_of(
    st.text(max_size=120),
    st.lists(st.sampled_from(SCRIPTS) | st.text(max_size=12), max_size=4).map(" ".join),
)


@pytest.fixture(scope="module")
def assessor(small_project):
    return Assessor.load(small_project.model, small_project.taxonomy)


@pytest.fixture(scope="module")
def assess(assessor):
    return lambda ad, **more: next(assessor.assess([ad], assessed_at=NOON, in_full=True, **more))


def explained(explainer, read, row, score, *, in_words=True):
    shares = shares_of(explainer.kinds.head_logits(row))
    (value,) = explainer.words_values(row, shares)
    return explainer.explain(read, score, shares[0], row if in_words else value)


class WithLength(IndicatorVectoriser):
    """As a researcher adds a feature, without words for people."""

    def amounts(self, read):
        return super().amounts(read) | {"length": len(read.ad.description) / 1000}


def test_a_feature_that_has_no_words_yet_is_a_reason_under_its_own_name(small_project, small_reads, small_rows):
    taxonomy = load_taxonomy(small_project.taxonomy)
    classifier = build_classifier(taxonomy)
    parts = dict(classifier["features"].transformer_list)
    longer = WithLength(**parts["indicators"].get_params())
    classifier.set_params(features__transformer_list=[("ngrams", parts["ngrams"]), ("indicators", longer)])
    classifier.fit(small_reads, [row.kind for row in small_rows])
    row = classifier["features"].transform(small_reads[:1]).tocsr()
    (score,) = classifier["kinds"].decision_function(row)
    reasons = explained(Explainer(classifier, taxonomy), small_reads[0], row, score)
    assert "length" in [reason.name for reason in reasons]
    assert total(reasons) == pytest.approx(score, abs=1e-4)


def logit(score):
    return math.log(score / (1 - score))


def total(contributions):
    return sum(reason.value for reason in contributions)


def is_tied(ad, assessment):
    """Whether every reason with a place names, or rests on, the words at that place."""
    for reason in assessment.contributions:
        if reason.field is None:
            continue
        shown = getattr(ad, reason.field)[reason.start : reason.end]
        if reason.indicator:
            pieces = [piece for piece in assessment.evidence if piece.indicator == reason.indicator]
            assert (reason.field, reason.start, reason.end) == (pieces[0].field, pieces[0].start, pieces[0].end)
            assert shown == pieces[0].quote
        else:
            name = reason.name.removeprefix("words: ")
            assert shown.strip()
            assert name == shown or (name[-1] == "…" and shown.startswith(name[:-1]))
    return True


@settings(max_examples=120, deadline=None)
@given(title=TEXTS, description=TEXTS)
@example(title="", description="")
@example(title="İ", description="ΟΔΟΣ İ")
def test_contributions_add_up_to_the_scores_log_odds_for_any_ad(assess, title, description):
    ad = make_ad(title=title, description=description)
    assessment = assess(ad)
    assert total(assessment.contributions) == pytest.approx(logit(assessment.score), abs=1e-4)
    assert is_tied(ad, assessment)


@pytest.mark.parametrize("text", SCRIPTS)
@pytest.mark.parametrize("field", ["title", "description"])
def test_words_are_named_in_every_script_in_the_field_that_holds_them(assess, text, field):
    ad = make_ad(**{"title": "", "description": "", field: text})
    found = [reason for reason in assess(ad).contributions if reason.name.startswith("words: ")]
    assert {reason.field for reason in found} <= {field}
    assert len(found) <= MOST_WORDS


@pytest.fixture(scope="module")
def shipped():
    """The shipped taxonomy, and a classifier that learnt from some of the training texts with it."""
    taxonomy = load_taxonomy(ROOT / "data/taxonomy")
    rows = [row for rows in ROWS.values() for row in rows]
    rows = rows[:: len(rows) // 400]
    reads = [*AdReader.from_taxonomy(taxonomy).read(ad_of(row["id"], whole(row)) for row in rows)]
    return taxonomy, build_classifier(taxonomy).fit(reads, np.array([row["truth"] for row in rows])), reads


def ad_of(name, text):
    contacts = (Contact(kind="telegram", value="good_job_now"),)
    return make_ad(ad_id=name, title="", description=text, hiring_organization=None, contacts=contacts)


def test_with_the_shipped_taxonomy_they_add_up_and_are_tied_too(shipped):
    taxonomy, pipeline, learnt = shipped
    shows = [
        sentence
        for indicator in taxonomy.indicators.values()
        for said in indicator.languages.values()
        for sentence in said.shows[:1]
    ]
    told = [ad_of(f"s:{at}", " ".join(shows[at : at + 3])) for at in range(0, len(shows), len(shows) // 100)]
    reads = [*learnt[::4], *AdReader.from_taxonomy(taxonomy).read(told)]
    explainer = Explainer(pipeline, taxonomy)
    rows, scores = pipeline.named_steps["features"].transform(reads).tocsr(), pipeline.decision_function(reads)
    named = set()
    for at, read in enumerate(reads):
        for in_words in (False, True):
            found = explained(explainer, read, rows[at], scores[at], in_words=in_words)
            assert total(found) == pytest.approx(scores[at], abs=1e-4)
            named |= {reason.indicator for reason in found if reason.indicator}
        assert is_tied(read.ad, make_assessment(evidence=read.evidence, contributions=found))
    assert len(named) > 50


def test_what_a_sum_of_facts_adds_is_named_too(small_project, small_reads, small_rows):
    reads = [replace(read, facts=AdFacts(reposted=at % 3)) for at, read in enumerate(small_reads)]
    taxonomy = load_taxonomy(small_project.taxonomy)
    pipeline = build_classifier(taxonomy).fit(reads, np.array([row.kind for row in small_rows]))
    explainer = Explainer(pipeline, taxonomy)
    known = replace(reads[0], facts=AdFacts(**dict.fromkeys(NAMES, 9)))
    row, (score,) = pipeline.named_steps["features"].transform([known]), pipeline.decision_function([known])
    found = explained(explainer, known, row, score)
    assert total(found) == pytest.approx(score, abs=1e-4)
    assert [reason.name for reason in found if "posted" in reason.name] == ["removed, then posted again 9 times"]


def test_the_largest_stand_first_and_the_rest_in_one(assess):
    ad = make_ad(description=" ".join(f"word{chr(97 + n)}{chr(97 + n * 7 % 26)}" for n in range(26)) + LURE)
    contributions = assess(ad).contributions
    sizes = [abs(reason.value) for reason in contributions]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(reason.name.startswith("words: ") for reason in contributions) == MOST_WORDS
    assert [reason.name for reason in contributions].count("rest of the text") == 1


def test_an_indicator_is_named_once_with_its_first_evidence(assess):
    assessment = assess(make_ad(description=LURE + LURE))
    papers = [reason for reason in assessment.contributions if reason.indicator == "control.papers"]
    assert [reason.name for reason in papers] == ["Someone keeps the papers"]
    assert LURE[papers[0].start : papers[0].end] == "keep your passport"
    assert papers[0].value > 0
    assert any(reason.name == "combination: Two signs" for reason in assessment.contributions)


def test_what_indicators_of_one_strength_add_together_goes_to_each_in_equal_parts(
    small_project, small_reads, small_rows
):
    taxonomy = load_taxonomy(small_project.taxonomy)
    debt = replace(taxonomy.indicators["control.debt"], strength="strong")
    taxonomy = replace(taxonomy, indicators=taxonomy.indicators | {"control.debt": debt})
    pipeline = build_classifier(taxonomy).fit(small_reads, np.array([row.kind for row in small_rows]))
    (both,) = AdReader.from_taxonomy(taxonomy).read([make_ad(title="", description=LURE)])
    row, (score,) = pipeline.named_steps["features"].transform([both]), pipeline.decision_function([both])
    found = {reason.indicator: reason.value for reason in explained(Explainer(pipeline, taxonomy), both, row, score)}
    union = pipeline.named_steps["features"]
    names = dict(union.transformer_list)["indicators"].feature_names_
    kinds = pipeline.named_steps["kinds"]
    weights = np.array([kinds.heads_[head].coef_[0, -len(names) :] for head in SCORING])
    weights = (shares_of(kinds.head_logits(row)) @ weights)[0]
    worth = dict(zip(names, weights * union.transformer_weights["indicators"], strict=True))
    for key in ("control.papers", "control.debt"):
        expected = worth[f"indicator:{key}"] + worth["strength:strong"] * math.log(3) / 2
        assert found[key] == pytest.approx(expected, rel=1e-4)


def test_what_an_indicator_adds_in_a_long_text_is_one_contribution(small_project, small_reads, small_rows):
    taxonomy = load_taxonomy(small_project.taxonomy)
    reader = AdReader.from_taxonomy(taxonomy)
    (read,) = reader.read([make_ad(title="", description=LURE + " A clean hall." * 80)])
    pipeline = build_classifier(taxonomy).fit(
        [*small_reads, read], np.array([*(row.kind for row in small_rows), KINDS[0]])
    )
    row, (score,) = pipeline.named_steps["features"].transform([read]), pipeline.decision_function([read])
    found = explained(Explainer(pipeline, taxonomy), read, row, score)
    assert [reason.indicator for reason in found].count("control.papers") == 1
    assert not any("long:" in reason.name for reason in found)
    assert sum(reason.value for reason in found) == pytest.approx(score, abs=1e-4)


@pytest.mark.parametrize("slope", [1e3, -1e3])
def test_a_sum_past_the_limit_is_held_and_says_so(small_project, slope):
    taxonomy = load_taxonomy(small_project.taxonomy)
    pipeline = load_model(small_project.model).classifier.set_params(kinds__lines={"act": (slope, 0.0)})
    (read,) = AdReader.from_taxonomy(taxonomy).read([make_ad(title="", description=LURE)])
    row, (score,) = pipeline.named_steps["features"].transform([read]), pipeline.decision_function([read])
    found = explained(Explainer(pipeline, taxonomy), read, row, score, in_words=False)
    assert abs(score) == LIMIT
    assert total(found) == pytest.approx(score, abs=1e-4)
    assert "held at the limit" in {reason.name for reason in found}


@pytest.mark.parametrize("estimator", [RidgeClassifier(), LinearSVC(fit_intercept=False)])
def test_linear_heads_are_exact_whatever_the_shape_of_their_weights(small_project, small_reads, small_rows, estimator):
    taxonomy = load_taxonomy(small_project.taxonomy)
    pipeline = build_classifier(taxonomy, estimator).fit(small_reads, np.array([row.kind for row in small_rows]))
    (read,) = AdReader.from_taxonomy(taxonomy).read([make_ad(title="", description=LURE)])
    row, (score,) = pipeline.named_steps["features"].transform([read]), pipeline.decision_function([read])
    assert total(explained(Explainer(pipeline, taxonomy), read, row, score)) == pytest.approx(score, abs=1e-4)


def test_without_a_linear_head_there_is_one_reason_beside_the_base(small_project, small_reads, small_rows):
    taxonomy = load_taxonomy(small_project.taxonomy)
    pipeline = build_classifier(taxonomy, DecisionTreeClassifier(max_depth=2, random_state=0))
    pipeline.set_params(kinds__lines={"act": (0.5, 0.25)}).fit(small_reads, np.array([row.kind for row in small_rows]))
    explainer = Explainer(pipeline, taxonomy)
    row, (score,) = (
        pipeline.named_steps["features"].transform(small_reads[:1]),
        pipeline.decision_function(small_reads[:1]),
    )
    found = explained(explainer, small_reads[0], row, score)
    assert not explainer.is_exact
    assert {reason.name for reason in found} == {"base", "text and indicators"}
    assert total(found) == pytest.approx(score)


def test_taking_away_what_spoke_for_it_lowers_the_score(assess):
    full = assess(make_ad(description=LURE))
    without = assess(make_ad(description=LURE.replace("We keep your passport until the debt is paid.", "")))
    assert without.score < full.score


def test_of_an_ad_far_below_every_threshold_the_words_are_one_reason_unless_all_are_asked_for(assessor):
    ads = [make_ad(description=text) for text in (LAWFUL, LURE)]
    dull, telling = assessor.assess(ads, assessed_at=NOON)
    (in_full, _) = assessor.assess(ads, assessed_at=NOON, in_full=True)
    assert logit(dull.score) < NAMED_FROM < logit(telling.score)
    assert {reason.name for reason in dull.contributions} == {"base", "words of the text"}
    assert any(reason.name == "words: contract" for reason in in_full.contributions)
    assert any(reason.name.startswith("words: ") for reason in telling.contributions)
    assert total(dull.contributions) == pytest.approx(logit(dull.score), abs=1e-4)
    assert dull.score == in_full.score
