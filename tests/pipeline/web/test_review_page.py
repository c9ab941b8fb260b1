"""The review page as a browser's requests meet it: real store, real sessions, hostile ads."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from builders import NOON, make_ad, make_assessment
from crawler.ad import fingerprint
from model.assessment import Contribution
from store_builders import look
from web_acts import HOSTILE, PASSWORD, decide, sign_in, token_in


def test_signing_in_leads_to_the_queue_and_out_again(client):
    assert sign_in(client).headers["Location"] == "/"
    page = client.get("/")
    assert "Helper for chat work" in page.text
    assert "2 to review" in page.text
    assert not re.search(r"matches|\b0 (await|closed)", page.text), "no count that says nothing"
    client.post("/sign-out", data={"csrf_token": token_in(page)})
    assert client.get("/").status_code == 302


def test_a_form_without_its_token_changes_nothing(signed_in, store):
    answer = signed_in.post("/case/1", data={"verdict": "legitimate", "fingerprint": store.cases.get(1).fingerprint})
    assert answer.status_code == 400
    assert store.decisions.of_case(1) == ()


def test_a_foreign_host_name_gets_nothing(client):
    assert client.get("/sign-in", headers={"Host": "evil.example"}).status_code == 400


def test_every_answer_forbids_scripts_and_frames(signed_in):
    for path in ("/", "/case/1", "/sign-in", "/case/99", "/static/style.css"):
        with signed_in.get(path) as answer:
            headers = answer.headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "script-src 'self';" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert signed_in.get("/").headers["Cache-Control"] == "no-store"


def test_a_case_shows_marks_reasons_sources_and_weights(signed_in):
    page = signed_in.get("/case/1").text
    assert re.search(
        r'<mark class="for"[^>]*><a href="#reason-debt.advance">an advance of 500</a><span class="unseen"', page
    )
    assert re.search(r'<mark class="against"[^>]*><a [^>]*>A contract</a><span', page)
    for part in ("Money before the work", "A reason.", "A caveat.", 'href="https://source.example/page"', "+2.00",
                 "One strong and another", "Blue Crane Services"):  # fmt: skip
        assert part in page
    assert "is trafficking" not in page.replace("<em>is</em> trafficking", "")


def test_a_score_without_any_indicator_of_risk_names_the_words_that_made_it(signed_in, store):
    ad = make_ad(ad_id="test:words", description="We would like to offer you a position by the lake.")
    named = {"position": 1.5, "offer": 0.5, "lake": -0.4}
    look(store, ad)
    words = tuple(
        Contribution(name=f"words: {word}", value=value, field="description",
                     start=ad.description.index(word), end=ad.description.index(word) + len(word))
        for word, value in named.items()
    )  # fmt: skip
    (pending,) = [each for part in store.assessments.pending("m1", "t1", chunk=9) for each in part if each.ad == ad]
    made = make_assessment(ad_id=ad.ad_id, fingerprint=fingerprint(ad), score=0.9, evidence=(), contributions=words)
    store.assessments.add(pending.version_id, made)
    case_id = store.cases.open(fingerprint(ad), reason="score", priority=0.9, at=NOON)
    page = signed_in.get(f"/case/{case_id}").text
    assert re.search(r'most of all: <q dir="auto">position</q>, <q dir="auto">offer</q></p>', page)
    assert "most of all" not in signed_in.get("/case/1").text


def test_a_hostile_ad_is_text_and_nothing_else(signed_in):
    for path in ("/", "/case/2"):
        page = signed_in.get(path).text
        assert page.count("<script") == 1, "our own"
        assert "<img" not in page
        assert "<style>" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert "{{ 7 * 7 }}" in page
        assert not re.search(r'(href|src|action)="(javascript|data):', page)
    assert HOSTILE.startswith("<script")


def test_an_ads_own_addresses_are_never_live(signed_in):
    page = signed_in.get("/case/2").text
    assert "javascript:alert(2)" in page
    links = re.findall(r'href="([^"]+)"', page)
    assert all(link.startswith(("/", "#", "https://source.example/")) for link in links)


def test_a_decision_is_added_with_what_was_seen(signed_in, store):
    answer = decide(
        signed_in,
        verdict="trafficking_recruitment",
        note="  Asks for an advance. ",
        **{
            "indicator:debt.advance": "confirm",
            "indicator:protective.contract": "reject",
            "indicator:no.such": "confirm",
        },
    )
    assert answer.headers["Location"] == "/case/2?decided=1"
    (decision,) = store.decisions.of_case(1)
    assert (decision.analyst, decision.verdict, decision.note) == (
        "mai", "trafficking_recruitment", "Asks for an advance.",
    )  # fmt: skip
    assert (decision.confirmed, decision.rejected) == (("debt.advance",), ("protective.contract",))
    assert (decision.model_version, decision.score, decision.decided_at) == ("m1", 0.9, NOON)
    assert store.cases.get(1).state == "decided"


def test_a_change_of_mind_is_another_decision(signed_in, store):
    decide(signed_in)
    decide(signed_in, verdict="job_fraud")
    assert [each.verdict for each in store.decisions.of_case(1)] == ["legitimate", "job_fraud"]
    page = signed_in.get("/case/1").text
    assert page.index("Likely job fraud</strong>") < page.index("Lawful offer</strong>"), "newest first"


def test_the_last_decision_leads_back_to_the_queue(signed_in):
    decide(signed_in, 1)
    assert decide(signed_in, 2).headers["Location"] == "/?decided=2"
    assert "No cases match" in signed_in.get("/").text
    assert "Helper for chat work" in signed_in.get("/?state=decided").text


@pytest.mark.parametrize("verdict", ["", "trafficking", "LEGITIMATE"])
def test_an_unknown_verdict_is_refused_and_the_note_kept(signed_in, store, verdict):
    answer = decide(signed_in, verdict=verdict, note="half a thought")
    assert answer.status_code == 400
    assert "half a thought" in answer.text
    assert store.decisions.of_case(1) == ()


def test_a_text_that_changed_meanwhile_is_shown_again_not_judged_unseen(signed_in, store):
    page = signed_in.get("/case/1").text
    fields = {
        "csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', page)[1],
        "fingerprint": store.cases.get(1).fingerprint,
        "verdict": "legitimate",
    }
    look(store, make_ad(title="Helper for chat work", description="Now in another town, advance of 900."))
    answer = signed_in.post("/case/1", data=fields)
    assert answer.status_code == 409
    assert "<ins>" in answer.text
    assert "advance of 900" in answer.text
    assert store.decisions.of_case(1) == ()


def test_filters_narrow_the_queue_and_unknown_values_are_ignored(signed_in):
    assert "No cases match" in signed_in.get("/?source=elsewhere").text
    assert "Helper for chat work" in signed_in.get("/?kind=nonsense&reason=x&state=y&page=-3").text
    assert "No cases match" in signed_in.get("/?reason=audit").text


def test_a_case_that_is_not_there_is_a_plain_page(signed_in):
    answer = signed_in.get("/case/99")
    assert answer.status_code == 404
    assert "no case of that number" in answer.text


def test_the_password_is_nowhere_in_a_page(signed_in):
    assert PASSWORD not in signed_in.get("/").text


def test_what_an_ad_changed_while_it_ran_stands_on_its_case(signed_in, store):
    (lure,) = store.cases.ads(1)
    assert "Destination" not in signed_in.get("/case/1").text
    look(store, replace(lure, country="KH", seen_at=lure.seen_at + timedelta(days=1)))
    look(store, replace(lure, country="MM", job_location=HOSTILE, seen_at=lure.seen_at + timedelta(days=2)))
    page = signed_in.get("/case/1").text
    rows = re.findall(r"<strong>(\w+)</strong>: <bdi>(.*?)</bdi> → <bdi>(.*?)</bdi>", page)
    assert {("Destination", "Cambodia", "Myanmar (Burma)"), ("Destination", "not said", "Cambodia")} <= set(rows)
    assert HOSTILE not in page
    look(store, replace(lure, job_location="LA", seen_at=lure.seen_at + timedelta(days=3)))
    look(store, replace(lure, job_location="BN", hiring_organization="SM", seen_at=lure.seen_at + timedelta(days=4)))
    rows = re.findall(r"<strong>\w+</strong>: <bdi>(.*?)</bdi> → <bdi>(.*?)</bdi>", signed_in.get("/case/1").text)
    assert {("LA", "BN"), ("Blue Crane Services", "SM")} <= set(rows), "names and places are as the ad writes them"
