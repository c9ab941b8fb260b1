import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import NOON, make_ad
from model.classifier.artefact import load_model
from model.assessor import Assessor
from model.embedding.encoder import NONE, open_embedder
from model.classifier.fitting import Recipe
from model.embedding.choice import looks_of
from model.embedding.reranker import PIECES, ad_pieces
from model.taxonomy.loader import load_taxonomy
from model.training.train import train
from onnx_encoder import write_encoder
from small_model import LAWFUL, LURES

UNRULED = LURES[3]
"""One sign alone, so that no rule is met."""


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return write_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def twice(small_project, tmp_path_factory, encoder):
    """A model that looks at everything twice, in its folder."""
    recipe = Recipe()
    recipe = replace(recipe, second=replace(recipe.second, looked_at=1.0, learnt_from=1.0))
    return train(
        small_project.root / "data/datasets.toml", small_project.taxonomy, tmp_path_factory.mktemp("models"),
        seed=1, root=small_project.root, embedder=open_embedder(str(encoder)), recipe=recipe,
    )  # fmt: skip


@pytest.fixture(scope="module")
def assessor(small_project, twice, encoder):
    return Assessor.load(twice, small_project.taxonomy, str(encoder))


def assess(assessor, *ads):
    return list(assessor.assess(ads, assessed_at=NOON))


def logit(score):
    return math.log(score / (1 - score))


@given(title=st.text(max_size=30), description=st.text(max_size=200))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_contributions_of_both_looks_sum_to_the_scores_logit_for_any_text(assessor, title, description):
    (one,) = assess(assessor, make_ad(title=title, description=description))
    assert sum(each.value for each in one.contributions) == pytest.approx(logit(one.score), abs=1e-6)


def test_the_sense_of_each_piece_is_a_reason_tied_to_its_words(assessor):
    ad = make_ad(title="Night work", description=f"{UNRULED} " * 6 + "bread baker debt")
    (one,) = assess(assessor, ad)
    sense = [each for each in one.contributions if each.name.startswith("sense: ")]
    assert len(sense) == len(ad_pieces(ad)) == 2
    for each in sense:
        assert getattr(ad, each.field)[each.start : each.end].strip()


def test_pieces_are_the_first_of_title_and_description():
    ad = make_ad(title="Baker", description="We bake bread. " * 200)
    pieces = ad_pieces(ad)
    assert len(pieces) == PIECES
    assert pieces[0].text.startswith("Baker\nWe bake")
    assert ad.description[pieces[0].start : pieces[0].end] == pieces[0].text.removeprefix("Baker\n")
    (alone,) = ad_pieces(make_ad(title="Baker", description=""))
    assert (alone.field, alone.text) == ("title", "Baker")
    assert ad_pieces(make_ad(title="", description="  ")) == []


def test_what_one_look_sees_the_other_may_correct(assessor, small_project, twice):
    once = Assessor.load(twice, small_project.taxonomy, NONE)
    ads = [make_ad(ad_id=f"a:{n}", title="", description=text) for n, text in enumerate((UNRULED, LAWFUL[0]))]
    lure, lawful = assess(assessor, *ads)
    assert lure.score > 0.5 > lawful.score
    # Its few texts are told apart so plainly that both looks are at the limit: what makes the score differs.
    assert [one.contributions for one in assess(once, *ads)] != [lure.contributions, lawful.contributions]
    assert any(one.name.startswith("sense: ") for one in lure.contributions)
    assert assessor.looks.twice
    assert not once.looks.twice
    assert once.thresholds != {}


def test_only_what_the_first_look_passes_on_is_looked_at_again(assessor, small_project, twice, encoder):
    model = load_model(twice)
    embedder = open_embedder(str(encoder))
    never = Assessor(
        replace(model, second=replace(model.second, looks_from=1e9)), load_taxonomy(small_project.taxonomy), embedder
    )
    (one,) = assess(never, make_ad(description=UNRULED))
    assert not any(each.name.startswith("sense: ") for each in one.contributions)


def test_an_ad_that_meets_a_rule_is_left_to_the_first_look(assessor, small_project, twice):
    ad = make_ad(description=LURES[0])
    (one,), (once,) = (assess(each, ad) for each in (assessor, Assessor.load(twice, small_project.taxonomy, NONE)))
    assert one.rule is not None
    assert one == once


def test_an_ad_scores_the_same_alone_and_among_others(assessor):
    ads = [make_ad(ad_id=f"a:{n}", description=text) for n, text in enumerate((*LURES, *LAWFUL))]
    together = assess(assessor, *ads)
    assert together == [one for ad in ads for one in assess(assessor, ad)]


def test_a_report_says_why_there_is_no_second_look(small_project, twice, encoder, tmp_path):
    model, first_only = load_model(twice), load_model(small_project.model)
    other = open_embedder(str(write_encoder(tmp_path / "other", seed=2)))
    assert looks_of(model, open_embedder(str(encoder))).words == f"second look by {model.second.embedder}"
    assert looks_of(model, None).words.endswith("is not installed or is switched off")
    assert f"learnt on {model.second.embedder}, found {other.name}" in looks_of(model, other).words
    assert looks_of(first_only, other).words.endswith("trained without embeddings")


def test_a_saved_second_look_is_the_one_that_was_learnt(small_project, twice, encoder, tmp_path):
    again = train(
        small_project.root / "data/datasets.toml", small_project.taxonomy, tmp_path, seed=1, root=small_project.root,
        embedder=open_embedder(str(encoder)),
        recipe=replace(Recipe(), second=replace(Recipe().second, looked_at=1.0, learnt_from=1.0)),
    )  # fmt: skip
    assert again.name == twice.name
    first, second = load_model(twice).second, load_model(again).second
    for name, head in first.heads.items():
        assert (head.trust, head.offset) == (second.heads[name].trust, second.heads[name].offset)
        assert np.array_equal(head.meaning, second.heads[name].meaning)
