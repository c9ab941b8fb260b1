"""What a classifier sees of a read ad: its text, and numbers for indicators, a rule, denials and facts."""

from dataclasses import replace
from math import log
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from builders import make_ad
from model.ad_facts import AdFacts
from model.assessment import Evidence, RuleMet
from model.classifier.pipeline import strengths_of, unless_of
from model.classifier.vectorisers import NO_WORD_OF_WORK, AdText, IndicatorVectoriser
from model.reading.reader import AdReader, ReadAd
from model.taxonomy.loader import load_taxonomy

ROOT = Path(__file__).parents[3]
LURE = "We keep your passport. Stay until the debt is paid. We keep your passport, we said."
STRENGTHS = {"control.papers": "strong", "control.debt": "medium", "control.locked": "strong", "fair.pay": "mitigating"}


def read_ad(*indicators, **fields):
    """An ad in which some reading found these indicators."""
    evidence = (Evidence(indicator=key, field="title", start=0, end=5, quote="Night") for key in indicators)
    return ReadAd(ad=make_ad(), evidence=tuple(evidence), **fields)


def numbers(vectoriser, read):
    """The features that are not 0, by name."""
    row = vectoriser.transform([read])
    assert row.shape == (1, len(vectoriser.feature_names_))
    names = vectoriser.get_feature_names_out()[row.indices]
    return dict(zip(names.tolist(), row.data.tolist(), strict=True))


@pytest.fixture
def vectoriser():
    return IndicatorVectoriser(STRENGTHS).fit([read_ad("control.papers", "control.debt"), read_ad("fair.pay")])


def test_an_indicator_counts_once_however_often_it_is_shown(small_project):
    taxonomy = load_taxonomy(small_project.taxonomy)
    (read,) = AdReader.from_taxonomy(taxonomy).read([make_ad(title="", description=LURE)])
    assert [piece.indicator for piece in read.evidence].count("control.papers") == 2
    assert numbers(IndicatorVectoriser(strengths_of(taxonomy)).fit([read]), read) == pytest.approx(
        {"indicator:control.papers": 1, "indicator:control.debt": 1, "strength:strong": log(2),
         "strength:medium": log(2), "rule": 1}
    )  # fmt: skip


def test_an_ad_that_shows_nothing_is_a_row_of_zeros(vectoriser):
    assert numbers(vectoriser, ReadAd(ad=make_ad())) == {}


def test_an_indicator_that_no_training_text_showed_passes_without_weight_in_strengths_too(vectoriser):
    known = numbers(vectoriser, read_ad("control.papers"))
    assert numbers(vectoriser, read_ad("control.papers", "control.locked")) == known
    assert numbers(vectoriser, read_ad("control.locked", "of_an_edited.taxonomy")) == {}


def test_context_is_a_feature_where_it_speaks_for_an_offer_and_no_strength_counts_it(small_project):
    taxonomy = load_taxonomy(small_project.taxonomy)
    as_context = {key: replace(indicator, polarity="context") for key, indicator in taxonomy.indicators.items()}
    told = replace(taxonomy, indicators=as_context)
    assert strengths_of(told) == {"protective.warning": "context"}
    fitted = IndicatorVectoriser(strengths_of(told)).fit([read_ad("control.papers", "protective.warning")])
    assert fitted.feature_names_ == ["indicator:protective.warning"]


def test_a_text_without_sign_or_word_of_work_is_silent():
    strengths = {"offer.hurry": "weak", "control.debt": "strong"}
    vectoriser = IndicatorVectoriser(strengths, {"control.debt": [NO_WORD_OF_WORK]})
    fitted = vectoriser.fit([read_ad("offer.hurry", "control.debt")])
    assert fitted.amounts(read_ad(NO_WORD_OF_WORK)) == {"silent": 1}
    assert fitted.amounts(read_ad()) == {}
    assert "silent" not in fitted.amounts(read_ad("offer.hurry", NO_WORD_OF_WORK))
    taken_away = read_ad("control.debt", NO_WORD_OF_WORK)
    assert fitted.amounts(taken_away) == {}, "a sign that counts for nothing is no silence"


def test_whether_it_speaks_of_work_is_asked_of_every_text():
    reader = AdReader.from_taxonomy(load_taxonomy(ROOT / "data" / "taxonomy"))
    chat, work = (make_ad(title="", description=said, hiring_organization=None) for said in ("Nice weather!", "Hiring"))
    found = [[piece.indicator for piece in read.evidence] for read in reader.read([chat, work])]
    assert found == [[NO_WORD_OF_WORK], []]


def test_what_speaks_for_an_offer_has_a_strength_of_its_own(vectoriser):
    assert numbers(vectoriser, read_ad("fair.pay")) == pytest.approx(
        {"indicator:fair.pay": 1, "strength:mitigating": log(2)}
    )


def test_a_rule_a_warning_denials_quotations_and_facts_are_features():
    denied = (Evidence(indicator="control.papers", field="title", start=0, end=5, quote="Night"),) * 2
    rule = RuleMet(rule="two_signs", title="Two signs", source="A handbook", indicators=())
    read = ReadAd(
        ad=make_ad(), denied=denied, attributed=1, quoted=0.25, rule=rule, is_warning=True,
        facts=AdFacts(reposted=3, contact_employers=1),
    )  # fmt: skip
    vectoriser = IndicatorVectoriser(STRENGTHS).fit([read])
    assert numbers(vectoriser, read) == pytest.approx(
        {"rule": 1, "warning": 1, "denied": log(3), "attributed": log(2), "quoted": 0.25, "fact:reposted": log(4)}
    )
    assert numbers(vectoriser, replace(read, facts=AdFacts(contact_days=4))).keys() == {
        "rule", "warning", "denied", "attributed", "quoted",
    }, "a fact that nothing was learnt of has no column"  # fmt: skip


def test_a_long_text_has_its_features_a_second_time(vectoriser):
    short = read_ad("control.papers")
    long, counted = replace(short, ad=make_ad(description="word " * 300)), replace(
        short, ad=make_ad(title="", description=""), ngrams=np.zeros(4_400, dtype=np.int32)
    )  # fmt: skip
    once = {"indicator:control.papers": 1, "strength:strong": pytest.approx(log(2))}
    fitted = IndicatorVectoriser(STRENGTHS).fit([short, long])
    assert numbers(fitted, short) == once
    assert numbers(fitted, long) == numbers(fitted, counted) == once | {f"long:{name}": once[name] for name in once}
    assert numbers(vectoriser, long) == once, "where no long text was learnt from"


def test_many_ads_are_read_as_each_is_alone(vectoriser):
    reads = [read_ad("control.papers"), ReadAd(ad=make_ad()), read_ad("fair.pay", "control.debt")]
    together = vectoriser.transform(reads).toarray()
    assert np.array_equal(together, np.vstack([vectoriser.transform([read]).toarray() for read in reads]))
    assert vectoriser.transform([]).shape == (0, len(vectoriser.feature_names_))


def test_an_indicator_counts_for_nothing_beside_one_that_takes_it_away(small_project):
    unless = {"control.debt": ["fair.pay"]}
    vectoriser = IndicatorVectoriser(STRENGTHS, unless).fit([read_ad("control.debt"), read_ad("fair.pay")])
    assert numbers(vectoriser, read_ad("control.debt")).keys() == {"indicator:control.debt", "strength:medium"}
    assert numbers(vectoriser, read_ad("control.debt", "fair.pay")) == numbers(vectoriser, read_ad("fair.pay"))
    taxonomy = load_taxonomy(small_project.taxonomy)
    debt = replace(taxonomy.indicators["control.debt"], counts_unless=frozenset({"control.papers"}))
    told = replace(taxonomy, indicators=taxonomy.indicators | {"control.debt": debt})
    assert unless_of(taxonomy) == {}
    assert unless_of(told) == {"control.debt": ["control.papers"]}


def test_fitting_again_forgets_what_was_learnt_before(vectoriser):
    numbers(vectoriser, read_ad("control.papers"))
    vectoriser.fit([read_ad("control.locked")])
    assert vectoriser.feature_names_ == ["indicator:control.locked", "strength:strong"]
    assert numbers(vectoriser, read_ad("control.papers")) == {}


def test_vectorisers_are_estimators_like_any_other(vectoriser):
    assert clone(vectoriser).get_params() == {"strengths": STRENGTHS, "unless": None}
    with pytest.raises(NotFittedError):
        clone(vectoriser).transform([])
    assert AdText(longest=9).set_params(longest=12).get_params() == {"longest": 12}


def test_an_ads_text_is_title_and_description_to_a_limit_and_nothing_else():
    bare = make_ad(title="Night work", description="Chat all night.")
    dressed = make_ad(
        title="Night work", description="Chat all night.", source="another-board", ad_id="x:1",
        url="https://board.example/1", hiring_organization="A firm", company_profile="Since 1901", language="en",
        employment_type="FULL_TIME",
    )  # fmt: skip
    assert AdText().fit([]).transform([ReadAd(ad=bare), ReadAd(ad=dressed)]) == ["Night work\nChat all night."] * 2
    assert AdText(longest=12).transform([ReadAd(ad=bare)]) == ["Night work\nC"]
