import math
from dataclasses import replace

import numpy as np
import pytest

from builders import make_ad
from model.classifier.calibration import calibration_lines
from model.classifier.heads import HEADS, LIMIT, kind_probabilities, sigmoid
from model.datasets.catalogue import find_dataset, read_catalogue, read_dataset
from model.classifier.features import SignReader
from model.first_look import FirstLook
from model.classifier.fitting import Recipe, build_design, fit_classifier, read_logits
from model.reading.components import EvidenceReader
from model.taxonomy.loader import load_taxonomy
from small_model import write_taxonomy


@pytest.fixture(scope="module")
def design(small_project):
    taxonomy = load_taxonomy(small_project.taxonomy)
    rows = [
        row
        for card in read_catalogue(small_project.catalogue)
        if find_dataset(card, small_project.root)
        for row in read_dataset(card, small_project.root, seed=1)
    ]
    return build_design(rows, EvidenceReader(taxonomy).read, SignReader(taxonomy))


@pytest.fixture(scope="module")
def classifier(design):
    return fit_classifier(design, np.arange(len(design.rows)), Recipe(), {}, seed=1)


def test_training_and_scoring_do_the_same_arithmetic(design, classifier):
    together = read_logits(classifier, design, np.arange(len(design.rows)))
    scored = classifier.logits(FirstLook(classifier).words([row.ad for row in design.rows]), design.signs)
    for name in HEADS:
        assert scored[name] == pytest.approx(together[name], abs=1e-5)


def test_it_learns_what_it_was_shown(design, classifier):
    logits = read_logits(classifier, design, np.arange(len(design.rows)))
    truth = np.array([row.kind in {"trafficking_recruitment", "job_fraud"} for row in design.rows])
    assert logits["act"][truth].min() > logits["act"][~truth].max()


def test_fitting_twice_gives_the_same_numbers(design, classifier):
    again = fit_classifier(design, np.arange(len(design.rows)), Recipe(), {}, seed=1)
    for name in HEADS:
        assert np.array_equal(again.heads[name].grams, classifier.heads[name].grams)
        assert np.array_equal(again.heads[name].signs, classifier.heads[name].signs)


def test_kinds_sum_to_one_and_the_first_two_to_the_score():
    logits = {name: np.array([-50.0, -1.0, 0.0, 3.0, 50.0]) for name in HEADS}
    kinds = kind_probabilities(logits)
    assert np.allclose(kinds.sum(axis=1), 1)
    assert np.allclose(kinds[:, 0] + kinds[:, 1], sigmoid(logits["act"]))
    assert sigmoid(np.array([99.0]))[0] == sigmoid(np.array([LIMIT]))[0] < 1


def test_calibration_makes_doubled_logits_half_as_sure(design):
    generator = np.random.default_rng(3)
    honest = generator.normal(0, 2, len(design.rows) * 40)
    truth = generator.random(len(honest)) < sigmoid(honest)
    acted = next(row for row in design.rows if row.kind == "job_fraud")
    other = next(row for row in design.rows if row.kind == "legitimate")
    lines = calibration_lines(dict.fromkeys(HEADS, 2 * honest), [acted if one else other for one in truth])
    slope, offset = lines["act"]
    assert slope == pytest.approx(0.5, abs=0.06)
    assert offset == pytest.approx(0, abs=0.15)
    assert lines["trafficking"] == (1.0, 0.0), "one class alone teaches no line"


def test_a_head_that_orders_unseen_rows_the_wrong_way_round_says_how_many_there_are_and_no_more(design):
    truth = np.array([row.kind in {"trafficking_recruitment", "job_fraud"} for row in design.rows])
    wrong = dict.fromkeys(HEADS, np.where(truth, -1.0, 1.0))
    share = truth.mean()
    assert calibration_lines(wrong, design.rows)["act"] == (0.0, pytest.approx(math.log(share / (1 - share))))


def test_an_unseen_empty_ad_gets_the_base(classifier, tmp_path):
    reader = SignReader(load_taxonomy(write_taxonomy(tmp_path / "taxonomy")))
    words = FirstLook(classifier).words([make_ad(title="", description="")])
    (logit,) = classifier.logits(words, reader.read(())[None])["act"]
    assert logit == pytest.approx(classifier.heads["act"].base)


def test_no_sign_moves_the_score_the_wrong_way(design, classifier):
    turned = replace(design, directions=-design.directions)
    stubborn = fit_classifier(turned, np.arange(len(design.rows)), Recipe(), {}, seed=1)
    assert (classifier.heads["act"].signs * design.directions >= 0).all()
    assert classifier.heads["act"].signs.any()
    assert (stubborn.heads["act"].signs * turned.directions >= 0).all()
