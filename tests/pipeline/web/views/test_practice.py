"""Practice cases, and what became of an analyst's own answers. Every text is invented."""

import html
from pathlib import Path

import pytest

from pipeline.case import VERDICTS
from pipeline.web.i18n import LOCALES
from pipeline.web.views.criteria import read_cases
from pipeline.web.views.teamwork import feedback_of
from web_acts import decide, make_app, post, sign_in_as

SAMPLES = Path(__file__).parents[4] / "data" / "samples"


@pytest.fixture
def database(own_desk):
    return own_desk.database


@pytest.fixture
def app(own_desk, taxonomy, clock):
    return make_app(own_desk.database, taxonomy, samples=SAMPLES, clock=lambda: clock[-1])


@pytest.mark.parametrize("language", LOCALES)
def test_ten_cases_have_known_answers_of_every_verdict(language):
    cases = read_cases(SAMPLES, language)
    assert len(cases) == 10
    assert {case.verdict for case in cases} == set(VERDICTS)
    assert all(case.verdict not in case.others and set(case.others) <= set(VERDICTS) for case in cases)
    assert len({case.text for case in cases}) == 10


def test_the_answer_is_explained_after_it_was_given_and_nothing_is_stored(app, store):
    client, before = sign_in_as(app, "mai"), store.statistics.totals()
    (first, *_rest) = read_cases(SAMPLES, "en")
    start = first.explanation[:40]
    page = client.get("/practice/1").text
    assert start not in page
    assert 'data-key="6"' in page, "the keys of a case"
    assert "Known answer" not in client.get("/practice").text
    wrong = post(client, "/practice/1", verdict="legitimate").text
    assert start in wrong
    assert "Known answer: Likely recruitment for trafficking" in wrong
    right = post(client, "/practice/1", verdict=first.verdict).text
    assert "Yes: Likely recruitment for trafficking" in right
    assert start not in sign_in_as(app, "putu").get("/practice/1").text
    assert store.statistics.totals() == before


def test_whoever_reads_another_language_practises_on_ads_in_it(app):
    client = sign_in_as(app, "mai")
    post(client, "/practice/1", verdict="legitimate")
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "vi"
    (first, *_rest) = read_cases(SAMPLES, "vi")
    assert first.title in client.get("/practice").text
    assert first.explanation not in client.get("/practice/1").text, "an answer to another case"
    assert first.explanation in html.unescape(post(client, "/practice/1", verdict=first.verdict).text)


def test_no_case_lies_beyond_the_tenth(app):
    client = sign_in_as(app, "mai")
    assert {client.get(f"/practice/{number}").status_code for number in (0, 11)} == {404}
    assert post(client, "/practice/11", verdict="legitimate").status_code == 404
    assert post(client, "/practice/1", verdict="x").status_code == 400


def test_a_decision_that_another_analyst_agreed_with_is_a_label_and_not_overtaken(app, store):
    before, _indicators = feedback_of(store, "mai")
    assert before["awaiting"]
    states = {
        each.case_id: store.decisions.opinion_state(each.case_id) for each in store.decisions.latest_of("mai", most=9)
    }
    (case_id,) = (case_id for case_id, state in states.items() if state and state.standing == "awaited")
    verdict = store.decisions.standing(case_id).verdict
    decide(sign_in_as(app, "putu"), case_id, verdict=verdict)
    after, _indicators = feedback_of(store, "mai")
    assert before - after == {"awaiting": 1}
    assert not after - before


def test_feedback_counts_ones_own_answers_by_what_becomes_of_them(app, store):
    found, indicators = feedback_of(store, "mai")
    assert (found["decisions"], found["awaiting"], found["disputed"]) == (3, 1, 1)
    assert found["labels"] + found["disputed"] + found["overtaken"] == 3
    assert [(key, wrong, correct) for key, correct, wrong in indicators] == [
        ("protective.contract", 3, 0),
        ("debt.advance", 0, 3),
    ]
    labels = {(each.case_id, each.verdict) for each, *_rest in store.decisions.decided_texts()}
    own = {(each.case_id, each.verdict) for each in store.decisions.latest_of("mai", most=100)}
    assert found["labels"] == len(labels & own)
    page = sign_in_as(app, "mai").get("/feedback").text
    assert "Your last 3 decisions" in page
    assert "A contract" in page
