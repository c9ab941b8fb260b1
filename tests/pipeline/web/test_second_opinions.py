"""A second analyst decides without knowing of the first, and disagreements are settled."""

import re

import pytest

from builders import NOON, make_ad
from crawler.ad import fingerprint
from pipeline.accounts.analysts import Analyst
from pipeline.review.decisions import Decider, Judgement, Seen
from pipeline.review.decisions import decide as decide_case
from pipeline.settings.records import ReviewSettings
from store_builders import look, open_case_for, open_store
from web_acts import decide, make_app, post, sign_in_as

LURE = "trafficking_recruitment"


@pytest.fixture
def people(app):
    return {name: sign_in_as(app, name) for name in ("mai", "putu", "a-supervisor", "a-researcher")}


def lane(client, name):
    return re.findall(r'<a class="title"[^>]*>([^<]*)</a>', client.get(f"/?lane={name}").text)


def test_a_referral_waits_for_a_second_analyst_who_does_not_see_the_first(people, store):
    decide(people["mai"], 1, verdict=LURE, note="a telling note", tags="telling-tag")
    assert lane(people["putu"], "second_opinion") == ["Helper for chat work"]
    assert "1 to review · 1 awaits a second opinion" in people["putu"].get("/").text
    heads = {name: people[name].get("/?reason=score").text for name in ("mai", "putu")}
    assert "2 cases match · 1 to review" in heads["putu"]
    assert "1 case matches · 1 to review" in heads["mai"], "not one's own"
    for name in ("putu", "a-supervisor", "a-researcher"):
        for path in ("/case/1", "/?state=all", "/?lane=second_opinion"):
            page = people[name].get(path).text
            assert "Likely recruitment for trafficking</strong>" not in page
            assert "telling" not in page
    assert "verdict" not in people["a-supervisor"].get("/audit?act=decided").text.split("<tbody>")[1]
    assert "Helper" not in people["putu"].get("/?state=all&tag=telling-tag").text, "nor is it found by the first's tags"
    own = people["mai"].get("/case/1").text
    assert "A second analyst will review it without seeing your answer" in own
    assert "a telling note" in own


def test_two_who_agree_close_the_case(people, store):
    decide(people["mai"], 1, verdict=LURE)
    decide(people["putu"], 1, verdict=LURE)
    assert store.decisions.opinion_state(1).standing == "agreed"
    pages = {name: people[name].get("/case/1").text for name in ("mai", "putu", "a-supervisor")}
    assert [name for name, page in pages.items() if "Undo my decision" in page] == ["putu"], "whose decision stands"
    assert lane(people["mai"], "second_opinion") == lane(people["mai"], "disagreement") == []
    page = people["putu"].get("/case/1").text
    assert page.count("Likely recruitment for trafficking</strong>") == 3, "at its head, and both in the timeline"


def test_no_one_is_led_to_the_case_they_decided_first(people, store):
    decide(people["mai"], 1, verdict=LURE)
    assert decide(people["mai"], 2).headers["Location"].startswith("/?"), "nothing is left for mai"
    assert decide(people["putu"], 2).headers["Location"].startswith("/case/1")


def test_a_disagreement_is_settled_by_a_supervisor_and_is_no_label_before(people, store):
    decide(people["mai"], 1, verdict=LURE)
    decide(people["putu"], 1, verdict="legitimate")
    assert lane(people["mai"], "disagreement") == ["Helper for chat work"]
    assert list(store.decisions.decided_texts()) == []
    page = people["a-supervisor"].get("/case/1").text
    assert "mai and putu disagree. As supervisor you settle it." in page
    decide(people["a-supervisor"], 1, verdict="irregular_recruitment")
    assert store.decisions.opinion_state(1).standing == "settled"
    ((label, _, _),) = store.decisions.decided_texts()
    assert (label.verdict, label.settles) == ("irregular_recruitment", True)
    assert lane(people["mai"], "disagreement") == []
    assert list(store.decisions.unlogged()) == []


def test_what_a_supervisor_settled_is_theirs_to_settle_otherwise(app, people, store):
    third = Analyst(name="third", role="analyst", password_hash=store.accounts.get("mai").password_hash)
    store.accounts.add(third, at=NOON)
    decide(people["mai"], 1, verdict=LURE)
    decide(people["putu"], 1, verdict="legitimate")
    decide(people["a-supervisor"], 1, verdict="legitimate")
    client = sign_in_as(app, "third")
    assert 'name="note"' not in client.get("/case/1").text
    seen = {"fingerprint": store.cases.get(1).fingerprint, "decisions": "3"}
    assert post(client, "/case/1", verdict=LURE, **seen).status_code == 409, "one more analyst does not overrule it"
    decide(people["a-supervisor"], 1, verdict="irregular_recruitment")
    assert store.decisions.opinion_state(1).standing == "settled", "and no disagreement with the first analyst"
    assert store.cases.get(1).verdict == "irregular_recruitment"
    post(people["a-supervisor"], "/case/1/undo")
    assert store.cases.get(1).verdict == "legitimate"
    post(people["mai"], "/case/1/appeal", text="It is a real inn.")
    assert 'name="note"' in client.get("/case/1").text, "once it is opened again anybody reads it"


def test_only_the_two_and_a_supervisor_have_a_say_in_a_disagreement(app, people, store):
    store.accounts.add(
        Analyst(name="third", role="analyst", password_hash=store.accounts.get("mai").password_hash), at=NOON
    )
    decide(people["mai"], 1, verdict=LURE)
    decide(people["putu"], 1, verdict="legitimate")
    third = sign_in_as(app, "third")
    page = third.get("/case/1").text
    assert "A supervisor settles it." in page
    assert 'name="note"' not in page
    seen = {"fingerprint": store.cases.get(1).fingerprint, "decisions": "2"}
    answer = post(third, "/case/1", verdict=LURE, **seen)
    assert answer.status_code == 409
    decide(people["putu"], 1, verdict=LURE)
    assert store.decisions.opinion_state(1).standing == "agreed", "a second thought is another decision"


def test_a_first_decision_that_is_taken_back_asks_nobody(people, store):
    decide(people["mai"], 1, verdict=LURE)
    post(people["mai"], "/case/1/undo")
    assert store.decisions.opinion_state(1) is None
    assert store.cases.get(1).state == "open"
    assert lane(people["putu"], "second_opinion") == []


def test_a_lure_is_asked_about_though_whoever_said_so_first_took_it_back(people, store):
    decide(people["mai"], 1, verdict=LURE)
    post(people["mai"], "/case/1/undo")
    decide(people["putu"], 1, verdict=LURE)
    opinion = store.decisions.opinion_state(1)
    assert opinion is not None, "no likely lure is closed on one person's word"
    assert (opinion.standing, opinion.first) == ("awaited", "putu")
    assert lane(people["mai"], "second_opinion") == ["Helper for chat work"]
    assert "You decided this case" in people["putu"].get("/case/1").text
    decide(people["mai"], 1, verdict=LURE)
    assert store.decisions.opinion_state(1).standing == "agreed"


def test_all_of_a_filter_leaves_out_what_waits_for_an_opinion(people, store):
    decide(people["mai"], 1, verdict=LURE)
    assert "No case to decide" in people["putu"].get("/bulk?lane=second_opinion").text
    assert "Decide all" not in people["putu"].get("/?lane=second_opinion").text


@pytest.mark.parametrize(("share", "asked"), [(0.0, False), (1.0, True)])
def test_a_share_of_all_cases_is_decided_twice(database, taxonomy, store, share, asked):
    app = make_app(database, taxonomy, review=ReviewSettings(double_coded=share, second_factor="optional"))
    decide(sign_in_as(app, "mai"), 1, verdict="legitimate")
    assert (store.decisions.opinion_state(1) is not None) == asked
    assert [pair.why for pair in store.decisions.opinion_pairs()] == []
    if asked:
        decide(sign_in_as(app, "putu"), 1, verdict="legitimate")
        assert [pair.why for pair in store.decisions.opinion_pairs()] == ["drawn"]


def test_half_of_the_other_verdicts_are_drawn_whatever_they_were_and_nothing_tells_them_apart(tmp_path):
    drawn = {}
    for verdict in ("legitimate", "irregular_recruitment", "cannot_tell", LURE):
        (tmp_path / verdict).mkdir()
        with open_store(tmp_path / verdict) as store:
            ads = [make_ad(ad_id=f"d:{number}", title=f"Baker {number}") for number in range(40)]
            look(store, *ads)
            for ad in ads:
                case_id = open_case_for(store, ad)
                judged = Judgement(verdict=verdict)
                seen = Seen(case_id=case_id, fingerprint=fingerprint(ad), decisions=0)
                by = Decider(name="mai", double_coded=ReviewSettings().double_coded)
                decide_case(store, seen, judged, by=by, at=NOON)
            drawn[verdict] = [number for number in range(1, 41) if store.decisions.opinion_state(number)]
    assert len(drawn[LURE]) == 40
    assert 12 <= len(drawn["legitimate"]) <= 28
    assert drawn["legitimate"] == drawn["irregular_recruitment"] == drawn["cannot_tell"]


def test_a_second_thought_after_a_disagreement_is_no_agreement_of_two_who_did_not_know(people, store):
    decide(people["mai"], 1, verdict=LURE)
    decide(people["putu"], 1, verdict="legitimate")
    decide(people["putu"], 1, verdict=LURE)
    assert store.decisions.opinion_state(1).standing == "agreed"
    assert [pair.verdicts for pair in store.decisions.opinion_pairs()] == [(LURE, "legitimate")]
    decide(people["mai"], 2, verdict="irregular_recruitment")
    decide(people["putu"], 2, verdict="job_fraud")
    assert store.decisions.opinion_state(2).standing == "disagreed"
    decide(people["mai"], 2, verdict="job_fraud")
    assert len(list(store.decisions.opinion_pairs())) == 1, "putu knew what mai had said"


def test_agreement_is_shown_by_pair_and_by_indicator(people, store):
    judged = {"indicator:debt.advance": "confirm", "indicator:protective.contract": "reject"}
    decide(people["mai"], 1, verdict=LURE, **judged)
    decide(people["mai"], 2, verdict="job_fraud")
    decide(people["putu"], 1, verdict=LURE, **judged | {"indicator:debt.advance": "reject"})
    decide(people["putu"], 2, verdict=LURE)
    page = people["a-supervisor"].get("/agreement").text
    assert re.search(r'mai, putu</th><td class="number">2</td><td class="number">1</td>', page)
    few = '<td class="number">1</td><td class="number">0</td><td class="number">–</td>'
    assert f"Money before the work</th>{few}" in page, "one case says nothing of agreement"
    assert re.search(r'A contract</th><td class="number">1</td><td class="number">1</td>', page)


def test_closed_cases_are_found_by_verdict_and_by_how_the_second_opinion_came_out(people):
    for name in ("mai", "putu"):
        decide(people[name], 1, verdict=LURE)
    decide(people["mai"], 2)
    page = people["a-supervisor"].get("/?state=decided&second=agreed").text
    assert re.findall(r'<a class="title"[^>]*>([^<]*)</a>', page) == ["Helper for chat work"]
    assert "by mai, putu, " in page
    assert "Helper" not in people["mai"].get("/?state=decided&second=none").text
    assert "Helper" in people["mai"].get(f"/?state=decided&verdict={LURE}").text
