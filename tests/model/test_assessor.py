"""The one public door: load a model folder, give it ads, get assessments."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.pipeline import Pipeline
from small_model import LAWFUL, LURES, MESSAGES, write_taxonomy

from builders import NOON, make_ad
from crawler.ad import fingerprint
from model import assessor as door
from model.assessment import KINDS
from model.assessor import Assessor
from model.classifier.artefact import load_model
from model.classifier.vectorisers import AdText
from model.errors import UnreadableModel
from model.taxonomy.loader import load_taxonomy

ROOT = Path(__file__).parents[2]
HOSTILE = st.text(alphabet=st.characters(codec=None), max_size=300)


@pytest.fixture(scope="module")
def assessor(small_project):
    return Assessor.load(small_project.model, small_project.taxonomy)


def assess(assessor, *texts):
    ads = [make_ad(ad_id=f"test:{n}", title="", description=text) for n, text in enumerate(texts)]
    return list(assessor.assess(ads, assessed_at=NOON))


def test_a_lure_scores_above_lawful_work_and_above_a_message(assessor):
    lure, lawful, message = assess(assessor, LURES[0], LAWFUL[0], MESSAGES[0])
    assert lure.score > 0.5 > lawful.score
    assert message.score < 0.5
    assert max(lure.kinds, key=lure.kinds.get) == "trafficking_recruitment"
    assert max(lawful.kinds, key=lawful.kinds.get) == "legitimate"


def test_a_pipeline_of_other_steps_is_refused_with_the_steps_that_it_should_have(small_project):
    saved = load_model(small_project.model)
    other = Pipeline([("text", AdText()), *saved.classifier.steps[-1:]])
    with pytest.raises(UnreadableModel, match="its steps are text, kinds; expected features and kinds"):
        Assessor(replace(saved, classifier=other), load_taxonomy(small_project.taxonomy))


def test_an_assessment_says_what_made_it(assessor, small_project):
    ad = make_ad(description=LURES[0])
    (assessment,) = assessor.assess([ad], assessed_at=NOON + timedelta(hours=1))
    assert assessment.ad_id == ad.ad_id
    assert assessment.fingerprint == fingerprint(ad)
    assert assessment.model_version == assessor.model_version == small_project.model.name
    assert assessment.taxonomy_version == assessor.taxonomy_version
    assert assessment.assessed_at == NOON + timedelta(hours=1)
    assert (assessment.rule.rule, assessment.rule.title) == ("two_signs", "Two signs")
    assert assessment.rule.source == "An invented handbook, https://handbook.example/"
    assert set(assessment.rule.indicators) == {"control.papers", "control.debt"}
    assert assessment.exploitation == ("debt_bondage",)
    assert {piece.indicator for piece in assessment.evidence} == {"control.papers", "control.debt"}


def test_the_thresholds_are_those_that_were_measured(assessor, small_project):
    points = json.loads((small_project.model / "metrics.json").read_text())["operating_points"]
    assert assessor.thresholds == {point["ordinary_flagged"]: point["threshold"] for point in points}


@pytest.mark.parametrize("chunk", [1, 7, 256])
def test_an_ad_is_assessed_the_same_whatever_stands_beside_it_and_in_its_place(assessor, monkeypatch, chunk):
    texts = [f"{LURES[n % 4] if n % 3 else LAWFUL[n % 4]} {'İ' * (n % 2)}{n}" for n in range(60)]
    alone = [replace(assess(assessor, text)[0], ad_id=f"test:{n}") for n, text in enumerate(texts)]
    monkeypatch.setattr(door, "_CHUNK", chunk)
    assert assess(assessor, *texts) == alone


def test_order_is_kept_over_many_chunks(assessor):
    texts = [f"{LURES[n % 4] if n % 3 else LAWFUL[n % 4]} {n}" for n in range(600)]
    assert [assessment.ad_id for assessment in assess(assessor, *texts)] == [f"test:{n}" for n in range(600)]


def test_ads_are_read_as_they_come(assessor):
    taken = []

    def stream():
        for number in range(500):
            taken.append(number)
            yield make_ad(ad_id=f"test:{number}")

    assert next(assessor.assess(stream(), assessed_at=NOON)).ad_id == "test:0"
    assert len(taken) < 500


def test_no_ads_give_no_assessments(assessor):
    assert assess(assessor) == []


@settings(max_examples=80, deadline=None)
@given(title=HOSTILE, description=HOSTILE)
@example(title="\ud800", description=LURES[0])
def test_no_text_whatever_makes_it_fail(assessor, title, description):
    ad = make_ad(title=title, description=description)
    (assessment,) = assessor.assess([ad], assessed_at=NOON)
    assert 0 < assessment.score < 1
    assert tuple(assessment.kinds) == KINDS
    assert sum(assessment.kinds.values()) == pytest.approx(1)
    assert assessment.score == assessment.kinds["trafficking_recruitment"] + assessment.kinds["job_fraud"]
    for piece in assessment.evidence:
        assert piece.quote == getattr(ad, piece.field)[piece.start : piece.end]


@pytest.mark.parametrize("text", ["", " ", "\x00", "\ud800 job", "x" * 300_000, "\u200b" * 50, "👩‍💻" * 200])
def test_odd_texts_are_assessed_like_any_other(assessor, text):
    (assessment,) = assess(assessor, text)
    assert 0 < assessment.score < 1


def test_nothing_but_the_offer_is_read_unless_its_wording_shows_a_risk(assessor):
    """Neither who posted an ad nor where it stands moves a score by itself."""
    bare = make_ad(description=LAWFUL[0])
    dressed = replace(
        bare, source="another-board", url="https://board.example/1", company_profile="Since 1901", language="tl",
        country="KH", hiring_organization="A firm of another country", job_location="Abroad",
    )  # fmt: skip
    first, second = assessor.assess([bare, dressed], assessed_at=NOON)
    assert (first.score, first.evidence, first.rule) == (second.score, second.evidence, second.rule)


def edited(small_project, tmp_path, *changes):
    """An assessor of the model with a taxonomy in which some words stand in place of others."""
    folder = write_taxonomy(tmp_path / "taxonomy")
    control = folder / "control.toml"
    text = control.read_text()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    control.write_text(text)
    return Assessor.load(small_project.model, folder)


def test_the_taxonomy_that_was_learnt_from_is_not_edited(assessor, small_project, tmp_path):
    assert not assessor.is_taxonomy_edited
    assert not edited(small_project, tmp_path).is_taxonomy_edited, "another folder of the same content"


def test_an_edited_taxonomy_scores_at_once_and_what_is_known_keeps_its_weight(assessor, small_project, tmp_path):
    changed = edited(small_project, tmp_path, ('phrases = ["keep your passport"]', 'phrases = ["store your passport"]'),
                     ("Here keep your passport today.", "Here we store your passport today."))  # fmt: skip
    assert changed.is_taxonomy_edited
    assert changed.taxonomy_version != assessor.taxonomy_version
    said = LURES[0].replace("keep your", "store your")
    before, after = assess(assessor, said)[0], assess(changed, said)[0]
    assert (before.rule, after.rule and after.rule.rule) == (None, "two_signs")
    assert after.score > before.score
    worth = {reason.indicator: reason.value for reason in assess(assessor, LURES[0])[0].contributions}
    found = {reason.indicator: reason.value for reason in after.contributions}
    # The shares of the two heads hang on the whole text, of which one word is another.
    assert found["control.papers"] == pytest.approx(worth["control.papers"], rel=0.01)


def test_a_new_indicator_counts_in_a_rule_and_moves_no_score_by_itself(assessor, small_project, tmp_path):
    """It is a reason without weight until a model has learnt it."""
    gate = """
[gate]
title = "A gate is locked"
definition = "A gate is locked."
why = "Whoever is locked in cannot leave."
element = ["means"]
exploitation = ["forced_labour"]
strength = "medium"
polarity = "risk"
caveats = "Some yards are locked at night."
cite = ["handbook"]
[gate.languages.en]
phrases = ["gate is locked"]
shows = ["Here the gate is locked."]
spares = ["Bring a pen."]
[debt]
"""
    changed = edited(small_project, tmp_path, ("[debt]\n", gate))
    said = "Typing at night. The gate is locked"
    for more, rule in (("", None), (", and we keep your passport.", "two_signs")):
        (before,), (after,) = assess(assessor, said + more), assess(changed, said + more)
        assert "control.gate" in {piece.indicator for piece in after.evidence}
        assert (after.rule and after.rule.rule) == rule
        assert "control.gate" not in {reason.indicator for reason in after.contributions}
        others = {reason.name for reason in after.contributions} - {reason.name for reason in before.contributions}
        assert others == ({"combination: Two signs"} if rule else set())
        assert (after.score > before.score) if rule else (after.score == before.score)


def test_an_indicator_that_is_gone_from_the_taxonomy_is_not_missed(assessor, small_project, tmp_path):
    changed = edited(small_project, tmp_path, ("[debt]", "[bill]"), ("[debt.languages.en]", "[bill.languages.en]"))
    (assessment,) = assess(changed, LURES[0])
    assert {piece.indicator for piece in assessment.evidence} == {"control.papers", "control.bill"}
    assert 0 < assessment.score < 1


def test_a_taxonomy_may_lie_beside_the_model_or_anywhere(assessor, small_project, tmp_path):
    moved = shutil.copytree(small_project.model, tmp_path / small_project.model.name)
    assert assess(Assessor.load(moved, moved / "taxonomy"), LURES[0]) == assess(assessor, LURES[0])


def test_spacy_and_scikit_learn_are_what_runs_and_skops_checks_a_model_once(small_project, tmp_path):
    code = """
import sys, pathlib, datetime
sys.path[:0] = ["tests/support/texts"]
from builders import NOON, make_ad
from model.assessor import Assessor
assessor = Assessor.load(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
(assessment,) = assessor.assess([make_ad(description=sys.argv[3])], assessed_at=NOON)
assert assessment.evidence and assessment.rule
names = ("spacy", "sklearn", "ahocorasick", "skops", "numba", "torch", "onnxruntime", "tokenizers", "scrapy", "flask")
print(assessment.score, *(name for name in names if name in sys.modules))
"""
    first, again = (
        subprocess.run(
            [sys.executable, "-W", "error", "-c", code, small_project.model, small_project.taxonomy, LURES[0]],
            env=os.environ | {"LUREWATCH_CACHE": str(tmp_path)}, capture_output=True, text=True, check=True, cwd=ROOT,
        ).stdout.split()
        for _ in range(2)
    )  # fmt: skip
    assert first[1:] == ["spacy", "sklearn", "ahocorasick", "skops"]
    assert again == first[:-1]


def test_the_classes_of_both_libraries_do_the_work(assessor):
    from sklearn.pipeline import Pipeline
    from spacy.language import Language

    from model.reading.pipeline import COMPONENTS

    assert isinstance(assessor._model.classifier, Pipeline)
    assert isinstance(assessor._reader.nlp, Language)
    assert tuple(assessor._reader.nlp.pipe_names) == COMPONENTS
