"""Facts about an ad beside its words: a model that learnt from some uses them and says so, any other does not."""

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import NOON, make_ad
from model.ad_facts import FACT_SIGNS, NAMES, AdFacts, facts_from_record, facts_to_record
from model.assessor import Assessor
from model.datasets.labels import LabelledAd
from model.datasets.readers import DECIDED_FIELDS, read_decided
from model.errors import BadDataset
from tiny_model import train_tiny_model

OFFER = "A harbour office seeks a clerk for the early boats. Call desk {number}."
FACTS = st.builds(AdFacts, **dict.fromkeys(NAMES, st.integers(0, 400)))


def labelled(number, kind, facts):
    return LabelledAd(
        ad=make_ad(ad_id=f"{kind}:{number}", title="Clerk", description=OFFER.format(number=number)), kind=kind,
        dataset="decisions", sort=kind, genre="board", group=f"{kind} {number}", facts=facts,
    )  # fmt: skip


@pytest.fixture(scope="module")
def assessor(tmp_path_factory):
    """Learnt from offers in the same words, of which the dangerous ones have a contact that was decided before."""
    home = tmp_path_factory.mktemp("facts")
    known = [labelled(at, "trafficking_recruitment", AdFacts(contact_harmful_cases=3)) for at in range(12)]
    known += [labelled(at, "legitimate", AdFacts(contact_days=9, contact_employers=1)) for at in range(12)]
    return Assessor.load(train_tiny_model(home, known), home / "data" / "taxonomy")


def assess(assessor, facts=None):
    ad = make_ad(title="Clerk", description=OFFER.format(number=77))
    known = {ad.ad_id: facts} if facts else {}
    return next(assessor.assess([ad], assessed_at=NOON, in_full=True, facts=known))


def logit(score):
    return math.log(score / (1 - score))


def test_a_model_uses_the_facts_that_it_learnt_from_and_names_them(assessor):
    plain, known = assess(assessor), assess(assessor, AdFacts(contact_harmful_cases=2))
    assert known.score > plain.score
    [reason] = [one for one in known.contributions if "contact" in one.name]
    assert reason.name == "its contact is in 2 cases that were decided as likely harmful"
    assert reason.value > 0
    for found in (plain, known):
        assert sum(one.value for one in found.contributions) == pytest.approx(logit(found.score))


def test_an_ad_of_which_nothing_is_remarkable_scores_as_one_without_facts(assessor):
    plain = assess(assessor)
    assert assess(assessor, AdFacts()) == plain
    assert assess(assessor, AdFacts(contact_employers=1, contact_countries=1)) == plain


def test_a_model_that_learnt_from_no_facts_passes_over_them(tmp_path):
    assessor = Assessor.load(train_tiny_model(tmp_path), tmp_path / "data" / "taxonomy")
    assert not assessor.reads_facts
    assert assess(assessor, AdFacts(contact_harmful_cases=9)) == assess(assessor)


def test_labels_whose_facts_say_nothing_make_the_same_model_as_labels_without(tmp_path):
    plain = [labelled(at, "legitimate", None) for at in range(3)]
    silent = [replace(row, facts=AdFacts(contact_employers=1)) for row in plain]
    assert train_tiny_model(tmp_path, plain).name == train_tiny_model(tmp_path, silent).name


@given(FACTS)
def test_facts_are_read_as_they_were_written(facts):
    assert facts_from_record(json.loads(json.dumps(facts_to_record(facts))), "here") == facts


@pytest.mark.parametrize("wrong", [[], {"contact_age": 3}, {"reposted": -1}, {"reposted": True}, {"reposted": "2"}])
def test_facts_that_nobody_could_have_counted_are_refused_by_their_place(tmp_path, wrong):
    row = dict.fromkeys(DECIDED_FIELDS, "") | {"verdict": "legitimate", "title": "Baker", "decided_at": "2026-11-02"}
    file = tmp_path / "labels.jsonl"
    file.write_text(json.dumps(row | {"facts": wrong}) + "\n")
    with pytest.raises(BadDataset, match=r"labels\.jsonl, row 1: .*fact"):
        list(read_decided(file, "decisions"))


def test_each_sign_has_words_for_once_and_for_several_times():
    for sign in FACT_SIGNS:
        assert sign.words(AdFacts(**{sign.fact: 1})) == sign.singular
        assert "3" in sign.words(AdFacts(**{sign.fact: 3}))
        assert sign.amount(AdFacts(**{sign.fact: sign.ordinary + 1}))
        assert not sign.amount(AdFacts(**{sign.fact: sign.ordinary}))
