from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import NOON, make_ad
from crawler.ad import fingerprint
from model.assessment import KINDS
from model.assessor import Assessor
from model.errors import StaleTaxonomy
from small_model import LAWFUL, LURES, MESSAGES, write_taxonomy

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


def test_an_assessment_says_what_made_it(assessor, small_project):
    ad = make_ad(description=LURES[0])
    (one,) = assessor.assess([ad], assessed_at=NOON + timedelta(hours=1))
    assert one.ad_id == ad.ad_id
    assert one.fingerprint == fingerprint(ad)
    assert one.model_version == assessor.model_version == small_project.model.name
    assert one.taxonomy_version == assessor.taxonomy_version
    assert one.assessed_at == NOON + timedelta(hours=1)
    assert one.rule is not None
    assert one.exploitation == ("debt_bondage",)
    assert {piece.indicator for piece in one.evidence} == {"control.papers", "control.debt"}


def test_order_is_kept_over_many_chunks(assessor):
    texts = [f"{LURES[n % 4] if n % 3 else LAWFUL[n % 4]} {n}" for n in range(150)]
    assert [one.ad_id for one in assess(assessor, *texts)] == [f"test:{n}" for n in range(150)]


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


@given(title=HOSTILE, description=HOSTILE)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_whatever_makes_it_fail(assessor, title, description):
    ad = make_ad(title=title, description=description)
    (one,) = assessor.assess([ad], assessed_at=NOON)
    assert 0 < one.score < 1
    assert tuple(one.kinds) == KINDS
    assert sum(one.kinds.values()) == pytest.approx(1)
    assert one.score == one.kinds["trafficking_recruitment"] + one.kinds["job_fraud"]
    for piece in one.evidence:
        assert piece.quote == getattr(ad, piece.field)[piece.start : piece.end]


@pytest.mark.parametrize("text", ["", " ", "\x00", "\ud800 job", "x" * 300_000, "\u200b" * 50, "👩‍💻" * 200])
def test_odd_texts_are_assessed_like_any_other(assessor, text):
    (one,) = assess(assessor, text)
    assert 0 < one.score < 1


def test_a_model_of_another_taxonomy_is_refused(small_project, tmp_path):
    folder = write_taxonomy(tmp_path / "taxonomy")
    control = folder / "control.toml"
    control.write_text(control.read_text().replace("keep your passport", "hold your passport"))
    with pytest.raises(StaleTaxonomy, match="was trained on taxonomy"):
        Assessor.load(small_project.model, folder)
