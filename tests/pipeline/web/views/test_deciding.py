"""Deciding, taking back, putting off and deciding many, as a browser's requests meet it."""

import html
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from builders import NOON, make_ad
from pipeline.accounts.audit_log import follow_chain
from pipeline.review.decisions import MOST_AT_ONCE, read_tags
from pipeline.store.cases import DEFERRED_FOR, LEASE
from pipeline.store.store import Store
from store_builders import look, open_case_for
from web_acts import decide, post, sign_in_as, token_in


@pytest.fixture
def kitchens(store):
    """Five more cases of one source, most pressing first from number 3 on."""
    for number in range(5):
        ad = make_ad(ad_id=f"k:{number}", source="kitchens", title=f"Cook {number}")
        look(store, ad)
        open_case_for(store, ad, priority=0.3 - number / 100)
    return store


def place(answer):
    return answer.headers["Location"].split("?")[0]


def test_a_decision_carries_tags_that_can_be_filtered_by(signed_in, store):
    decide(signed_in, 1, tags=" Known group, to-report,,to-report, <b>, " + "x" * 40)
    (decision,) = store.decisions.of_case(1)
    assert decision.tags == ("known-group", "to-report")
    assert "Helper for chat work" in signed_in.get("/?state=decided&tag=known-group").text
    assert '<span class="tag">known-group</span>' in signed_in.get("/case/1").text


def test_a_closed_case_says_at_its_head_how_it_was_decided(signed_in, store):
    assert "Lawful offer</strong>" not in signed_in.get("/case/1").text
    decide(signed_in, 1)
    assert "closed: <strong>Lawful offer</strong>" in signed_in.get("/case/1").text


@pytest.mark.parametrize(
    ("typed", "tags"), [("", ()), ("a, A ,b", ("a", "b")), ("ưu tiên", ("ưu-tiên",)), ("-x, _y, z!", ()),
                        (",".join(map(str, range(30))), tuple(map(str, range(10))))]
)  # fmt: skip
def test_tags_are_plain_words(typed, tags):
    assert read_tags(typed) == tags


def test_one_takes_ones_own_decision_back_and_the_case_waits_again(app, signed_in, store):
    decide(signed_in, 1)
    page = signed_in.get("/case/2?decided=1")
    assert "Undo the decision on case 1" in page.text
    answer = post(signed_in, "/case/1/undo")
    assert place(answer) == "/case/1"
    assert store.cases.get(1).state == "open"
    page = signed_in.get("/case/1").text
    assert "undone</span>" in page
    assert "mai undid a decision" in page
    assert post(signed_in, "/case/1/undo").status_code == 409
    assert len(store.decisions.of_case(1)) == 2


def test_nobody_takes_anothers_decision_back(app, signed_in, store):
    decide(signed_in, 1)
    answer = post(sign_in_as(app, "putu"), "/case/1/undo")
    assert (answer.status_code, "not yours" in answer.text) == (409, True)
    assert store.cases.get(1).state == "decided"


def test_two_analysts_do_not_meet_over_a_case(app, store, kitchens, clock):
    mai, putu = sign_in_as(app, "mai"), sign_in_as(app, "putu")
    page = mai.get("/case/1").text
    assert "is reviewing this case" not in page
    theirs = putu.get("/case/1").text
    assert "mai is reviewing this case until 2 Nov 2026 12:15 UTC" in theirs
    assert 'type="radio"' not in theirs, "what nobody can send is not asked"
    assert 'name="verdict"' not in theirs.replace('name="verdict" value=""', "")
    answer = putu.post(
        "/case/1",
        data={"csrf_token": token_in(putu.get("/account")), "verdict": "legitimate",
              "fingerprint": store.cases.get(1).fingerprint},
    )  # fmt: skip
    assert answer.status_code == 409
    assert "Nothing was saved" in answer.text
    assert store.decisions.of_case(1) == ()
    clock.append(NOON + LEASE)
    assert decide(putu, 1).status_code == 302, "a lease runs out"


def test_a_case_that_was_decided_while_one_read_it_is_shown_again(app, store, clock):
    mai, putu = sign_in_as(app, "mai"), sign_in_as(app, "putu")
    form = {"fingerprint": store.cases.get(1).fingerprint, "decisions": "0", "verdict": "job_fraud"}
    decide(putu, 1)
    answer = post(mai, "/case/1", **form)
    assert (answer.status_code, "This case was decided meanwhile" in answer.text) == (409, True)
    assert [each.analyst for each in store.decisions.of_case(1)] == ["putu"]
    assert decide(mai, 1, verdict="job_fraud").status_code == 302, "knowing of it, one may say otherwise"


def test_the_next_case_is_none_that_others_read(app, store, kitchens):
    mai, putu = sign_in_as(app, "mai"), sign_in_as(app, "putu")
    putu.get("/case/2")
    assert place(decide(mai, 1)) == "/case/3"
    assert place(decide(putu, 2)) == "/case/4", "mai was led to 3"


def test_one_resumes_where_one_left(signed_in, store):
    assert "Continue" not in signed_in.get("/").text
    signed_in.get("/case/2")
    assert re.search(r'Continue <a href="/case/2">case 2</a>', signed_in.get("/").text)
    decide(signed_in, 2)
    assert '<a href="/case/1">case 1</a>' in signed_in.get("/").text, "the next one is kept for whoever was led to it"
    decide(signed_in, 1)
    assert "Continue" not in signed_in.get("/").text


def test_a_case_that_was_put_off_comes_again_later(app, signed_in, kitchens, clock):
    store = kitchens
    answer = post(signed_in, "/case/1/aside", aside="later")
    assert place(answer) == "/case/2"
    assert place(decide(signed_in, 7)) == "/case/2", "not 1, which is the first of the queue"
    clock.append(NOON + DEFERRED_FOR)
    client = sign_in_as(app, "mai")
    assert place(decide(client, 6)) == "/case/1"
    assert store.decisions.of_case(1) == ()


def test_a_case_one_is_unsure_of_is_somebody_elses(app, signed_in, store):
    post(signed_in, "/case/1/aside", aside="unsure")
    assert "mai asked a colleague." in sign_in_as(app, "putu").get("/case/1").text
    assert post(signed_in, "/case/1/aside", aside="never").status_code == 400
    assert post(signed_in, "/case/99/aside", aside="later").status_code == 404


def test_all_of_a_filter_are_decided_after_their_number_was_confirmed(signed_in, kitchens):
    page = signed_in.get("/bulk?source=kitchens").text
    assert "Apply one decision to 5 cases" in page
    digest = re.search(r'name="digest" value="(\w+)"', page)[1]
    fields = {"digest": digest, "verdict": "not_an_ad", "note": "all alike", "tags": "menu", "chosen": [*range(3, 8)]}
    address = "/bulk?source=kitchens"
    assert post(signed_in, address, **fields).status_code == 400, "the number was not confirmed"
    answer = post(signed_in, address, **fields, number_confirmed="yes")
    assert answer.status_code == 302
    for case_id in range(3, 8):
        (decision,) = kitchens.decisions.of_case(case_id)
        assert (decision.verdict, decision.note, decision.tags) == ("not_an_ad", "all alike", ("menu",))
    assert kitchens.decisions.of_case(1) == ()
    assert list(kitchens.decisions.unlogged()) == []


def test_what_came_after_the_count_is_not_decided_unseen(signed_in, kitchens):
    digest = re.search(r'name="digest" value="(\w+)"', signed_in.get("/bulk?source=kitchens").text)[1]
    ad = make_ad(ad_id="k:9", source="kitchens", title="Cook 9")
    look(kitchens, ad)
    open_case_for(kitchens, ad)
    fields = {"digest": digest, "verdict": "not_an_ad", "number_confirmed": "yes", "chosen": [*range(3, 8)]}
    answer = post(signed_in, "/bulk?source=kitchens", **fields)
    assert answer.status_code == 409
    assert "Apply one decision to 6 cases" in answer.text
    assert kitchens.statistics.totals()["decisions"] == 0


def test_what_others_read_is_left_out_of_the_number(app, signed_in, kitchens):
    sign_in_as(app, "putu").get("/case/4")
    page = signed_in.get("/bulk?source=kitchens").text
    assert "Apply one decision to 4 cases" in page
    assert "1 case is left out, because somebody is reviewing it" in page


def test_what_is_unticked_is_not_decided_and_all_of_it_can_be_undone(signed_in, kitchens):
    signed_in.get("/case/3")
    page = signed_in.get("/bulk?case=3&case=4&case=5").text
    assert "You have not opened 2 of these cases." in page
    digest = re.search(r'name="digest" value="(\w+)"', page)[1]
    fields = {"digest": digest, "verdict": "not_an_ad", "number_confirmed": "yes", "chosen": [3, 5]}
    post(signed_in, "/bulk?case=3&case=4&case=5", **fields)
    assert [kitchens.cases.get(case_id).state for case_id in (3, 4, 5)] == ["decided", "open", "decided"]
    assert kitchens.cases.claim_of(3, at=NOON) is None, "the lock ends with the decision"
    post(signed_in, "/bulk/undo")
    assert [kitchens.cases.get(case_id).state for case_id in (3, 4, 5)] == ["open", "open", "open"]


def test_undoing_many_leaves_a_case_that_was_decided_by_itself_since(signed_in, kitchens):
    page = signed_in.get("/bulk?source=kitchens").text
    digest = re.search(r'name="digest" value="(\w+)"', page)[1]
    fields = {"digest": digest, "verdict": "not_an_ad", "number_confirmed": "yes", "chosen": [3, 4]}
    first = post(signed_in, "/bulk?source=kitchens", **fields).headers["Location"]
    assert "Undo all of them" in signed_in.get(first).text
    decide(signed_in, 4, verdict="irregular_recruitment")
    post(signed_in, "/bulk/undo")
    assert kitchens.cases.get(3).state == "open"
    assert kitchens.cases.get(4).verdict == "irregular_recruitment", "what one thought better of stands"
    page = signed_in.get("/bulk?source=kitchens").text
    digest = re.search(r'name="digest" value="(\w+)"', page)[1]
    post(signed_in, "/bulk?source=kitchens", **fields | {"digest": digest, "chosen": [5]})
    assert "Undo all of them" not in signed_in.get(first).text, "the page of an earlier act undoes no later one"


def test_all_of_a_search_among_all_cases_overturns_no_closed_one(app, signed_in, kitchens):
    decide(signed_in, 3, verdict="irregular_recruitment")
    client = sign_in_as(app, "putu")
    assert "Decide all" not in client.get("/?source=kitchens&state=all").text
    page = client.get("/bulk?source=kitchens&state=all").text
    assert "Apply one decision to 3 cases" in page, "without the one that mai was led to"
    assert 'id="chosen-3"' not in page
    page = client.get("/bulk?case=3&case=4&state=all").text
    assert page.count("closed: Irregular recruitment") == 1, "one that is ticked by hand is shown as what it is"


def test_one_decision_on_many_keeps_the_list_and_what_was_unticked(signed_in, kitchens):
    listed = signed_in.get("/?source=kitchens").text.split('action="/bulk"')[1]
    assert '<input type="hidden" name="source" value="kitchens">' in listed
    answer = signed_in.get("/bulk?source=kitchens&ticked=yes")
    assert answer.headers["Location"] == "/?source=kitchens", "nothing ticked is not all of the list"
    address = "/bulk?source=kitchens&case=3&case=4&ticked=yes"
    page = signed_in.get(address).text
    assert page.count('name="chosen"') == 2
    fields = {"digest": re.search(r'name="digest" value="(\w+)"', page)[1], "chosen": "4", "verdict": "legitimate"}
    refused = post(signed_in, address, **fields).text
    assert 'value="4" checked' in refused
    assert 'value="3" checked' not in refused
    answer = post(signed_in, address, number_confirmed="yes", **fields)
    assert answer.headers["Location"] == "/?together=1&source=kitchens"
    undo = post(signed_in, "/bulk/undo?source=kitchens")
    assert undo.headers["Location"] == "/?source=kitchens"


def test_a_lock_ends_when_one_leaves(app, signed_in, store):
    signed_in.get("/case/1")
    signed_in.get("/")
    assert "is reviewing this case" not in sign_in_as(app, "putu").get("/case/1").text


def test_one_goes_along_the_list_without_deciding(signed_in, kitchens):
    assert place(signed_in.get("/case/3/following?source=kitchens")) == "/case/4"
    assert place(signed_in.get("/case/4/previous?source=kitchens")) == "/case/3"
    assert place(signed_in.get("/case/3/previous?source=kitchens")) == "/"
    assert kitchens.statistics.totals()["decisions"] == 0


def test_skipping_can_be_undone(signed_in, kitchens):
    answer = post(signed_in, "/case/1/aside", aside="later")
    assert "back to case 1" in signed_in.get(answer.headers["Location"]).text
    post(signed_in, "/case/1/aside/undo")
    assert kitchens.cases.passed_over("mai", at=NOON) == frozenset()


def test_a_gone_ad_is_shown_as_gone(signed_in, store):
    (ad,) = store.cases.ads(1)
    assert "no longer shown" not in signed_in.get("/case/1").text
    store.ads.mark_gone(ad.source, {ad.ad_id: "missed"}, at=NOON)
    assert "no longer shown" in signed_in.get("/case/1").text
    assert "no longer shown" in signed_in.get("/").text


def test_the_whole_queue_is_never_decided_at_once(signed_in, kitchens, monkeypatch):
    assert "Tick cases, or choose a filter first" in signed_in.get("/bulk", follow_redirects=True).text
    monkeypatch.setattr("pipeline.review.decisions.MOST_AT_ONCE", 4)
    page = signed_in.get("/bulk?source=kitchens").text
    assert f"More than {MOST_AT_ONCE} cases" in page
    assert "<textarea" not in page


def test_what_was_chosen_is_still_there_when_no_verdict_was(signed_in, store):
    answer = decide(signed_in, 1, verdict="", note="half", tags="odd", **{"indicator:debt.advance": "reject"})
    assert answer.status_code == 400
    assert 'value="odd"' in answer.text
    assert re.search(r'name="indicator:debt.advance" value="reject" checked', answer.text)
    assert store.decisions.of_case(1) == ()


@pytest.mark.parametrize(("act", "undone"), [("", "decided"), ("/aside", "skipped")])
def test_whoever_undoes_an_act_stays_in_the_list_that_they_read(signed_in, kitchens, act, undone):
    decide(signed_in, 3) if not act else post(signed_in, "/case/3/aside", aside="later")
    page = signed_in.get(f"/case/4?source=kitchens&{undone}=3").text
    undo = html.unescape(re.search(r'class="undo" method="post" action="([^"]+)"', page)[1])
    assert post(signed_in, undo).headers["Location"] == "/case/3?source=kitchens"


def test_what_changed_stands_in_the_timeline(signed_in, store):
    look(store, make_ad(title="Helper for chat work", description="Now we ask for 300.", seen_at=NOON + timedelta(1)))
    page = signed_in.get("/case/1").text
    steps = re.search(r'class="changed">(.*?)</details>', page, re.DOTALL)[1]
    assert re.search(r"<del>[^<]*advance", steps)
    assert re.search(r"<ins>[^<]*300", steps)


def test_a_long_requirement_that_changed_is_shown_by_what_changed_in_it(signed_in, store):
    (lure,) = store.cases.ads(1)
    asked = (
        "Requirements: a driving licence, two years behind the wheel of a lorry, and {} in the city of Kestwick itself."
    )
    for day, what in enumerate(("a room", "a house"), 1):
        look(store, replace(lure, description=asked.format(what), seen_at=lure.seen_at + timedelta(days=day)))
    facts = re.findall(r'<strong>Requirements</strong>: <span dir="auto">(.*?)</span>', signed_in.get("/case/1").text)
    assert len(facts) == 1
    assert re.search(r"<del>[^<]*room</del>", facts[0])
    assert re.search(r"<ins>[^<]*house</ins>", facts[0])


def test_analysts_who_decide_at_once_while_the_night_writes_lose_and_double_nothing(app, store, database, monkeypatch):
    monkeypatch.setattr("pipeline.store.store.SYNCHRONOUS", "NORMAL")  # else the night lets others in for no moment
    for number in range(60):
        ad = make_ad(ad_id=f"m:{number}", title=f"Cook {number}")
        look(store, ad)
        open_case_for(store, ad, priority=number / 100)
    names, made = ("mai", "putu", "a-supervisor", "a-administrator"), []
    clients = {name: sign_in_as(app, name) for name in names}
    is_over = threading.Event()

    def night():
        with Store.open(database) as store:
            for number in range(10_000):
                if is_over.is_set():
                    return
                with store.atomic():
                    ad = make_ad(ad_id=f"n:{number}", title=f"Baker {number}")
                    look(store, ad)
                    open_case_for(store, ad, priority=0.0)

    def work(client, case_id):
        for _ in range(8):
            answer = decide(client, case_id)
            assert answer.status_code == 302, answer.text
            made.append(case_id)
            case_id = int(place(answer).rsplit("/", 1)[1])

    with ThreadPoolExecutor(5) as pool:
        writing = pool.submit(night)
        reading = [pool.submit(work, clients[name], 10 * (at + 1)) for at, name in enumerate(names)]
        try:
            for each in reading:
                each.result()
        finally:
            is_over.set()
        writing.result()
    decided = [each["case_id"] for each in store.db.rows("SELECT case_id FROM decisions")]
    assert sorted(decided) == sorted(made)
    assert len(set(decided)) == len(decided) == 32
    assert list(store.decisions.unlogged()) == []
    assert follow_chain(store.audit.chain()) == store.audit.head()
