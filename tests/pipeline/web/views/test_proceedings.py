"""Appeals and holds on the page of a case. Every text is invented."""

import html

from web_acts import decide, post, sign_in_as

SAID = "We have licence 12 of the ministry; ask for Lan on 0900 000 123."


def test_an_appeal_opens_a_closed_case_again_until_it_is_decided_anew(app, store):
    client = sign_in_as(app, "mai")
    decide(client)
    assert store.cases.get(1).state == "decided"
    answer = post(client, "/case/1/appeal", text=SAID)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/case/1#proceedings")
    assert store.cases.get(1).state == "reopened"
    assert 1 in [case.case_id for case in store.queue.cases()]
    page = html.unescape(client.get("/case/1").text)
    assert page.count(SAID) == 2  # its part, and the timeline
    assert "Appeal, recorded by mai" in page
    assert "changed, came back or appealed" in client.get("/").text
    assert "changed since" not in client.get("/case/1").text, "nothing of it has changed"
    (entry,) = store.audit.entries(act="appealed")
    assert (entry.analyst, entry.subject) == ("mai", "case 1")
    assert "0900" not in str(entry.details)
    decide(client)
    assert store.cases.get(1).state == "decided"
    assert [each.text for each in store.proceedings.appeals(1)] == [SAID]


def test_an_appeal_needs_words_and_a_case(app, store):
    client = sign_in_as(app, "mai")
    assert post(client, "/case/1/appeal", text="  ").status_code == 302
    assert post(client, "/case/99/appeal", text="x").status_code == 404
    assert store.proceedings.appeals(1) == ()
    assert store.audit.entries(act="appealed") == ()


def test_a_supervisor_holds_a_case_and_ends_it_with_a_reason(app, store):
    client = sign_in_as(app, "a-supervisor")
    post(client, "/case/1/hold", act="set", reason=" ")
    assert store.proceedings.standing_holds() == ()
    post(client, "/case/1/hold", act="set", reason="Court order 7")
    (held,) = store.proceedings.standing_holds()
    assert (held.case_id, held.set_by, held.reason) == (1, "a-supervisor", "Court order 7")
    page = client.get("/case/1").text
    assert "nothing of this case, or of its campaign, is removed" in page
    assert "End the hold" in page
    post(client, "/case/1/hold", act="end", reason="It is over")
    assert store.proceedings.standing_holds() == ()
    assert [entry.act for entry in store.audit.entries() if "hold" in entry.act] == ["ended_hold", "set_hold"]
    page = client.get("/case/1").text
    for said in ("Held by a-supervisor", "Hold ended by a-supervisor", "Court order 7", "It is over"):
        assert said in page


def test_an_analyst_sees_a_hold_and_sets_none(app, store):
    post(sign_in_as(app, "a-supervisor"), "/case/1/hold", act="set", reason="Court order 7")
    client = sign_in_as(app, "mai")
    page = client.get("/case/1").text
    assert "Court order 7" in page
    assert "hold-reason" not in page
    assert post(client, "/case/1/hold", act="end", reason="x").status_code == 403


def test_a_researcher_sees_neither(app):
    post(sign_in_as(app, "mai"), "/case/1/appeal", text=SAID)
    post(sign_in_as(app, "a-supervisor"), "/case/1/hold", act="set", reason="Court order 7")
    page = sign_in_as(app, "a-researcher").get("/case/1").text
    for hidden in ("licence 12", "ask for Lan", "Court order", "Appeal, recorded"):
        assert hidden not in page
