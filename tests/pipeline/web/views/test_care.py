"""What the desk does for whoever reads: a day's limit, a word about a break, something benign in between."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from builders import NOON, make_ad
from pipeline.settings.records import CareSettings
from store_builders import assess, look
from web_acts import decide, make_app, post, sign_in_as

WEB = Path(__file__).parents[4] / "pipeline" / "web"


@pytest.fixture
def desk(database, taxonomy, clock):
    """The desk with these limits."""

    def make(**limits):
        return make_app(database, taxonomy, clock=lambda: clock[-1], care=CareSettings(**limits))

    return make


def add_cases(store, count, *, reason="score", priority=0.5, language="en"):
    ids = []
    for number in range(count):
        ad = make_ad(ad_id=f"{reason}:{language}:{number}", title=f"{reason} {number}", language=language)
        look(store, ad)
        (pending,) = [
            each for chunk in store.assessments.pending("m1", "t1", chunk=50) for each in chunk if each.ad == ad
        ]
        made = assess(ad, 0.6)
        store.assessments.add(pending.version_id, made)
        ids.append(store.cases.open(made.fingerprint, reason=reason, priority=priority - number / 1000, at=NOON))
    return ids


def test_no_further_case_is_shown_once_the_limit_is_reached(desk, store):
    more = add_cases(store, 2)
    client = sign_in_as(desk(daily_most=2), "mai")
    assert [client.get(f"/case/{case_id}").status_code for case_id in (1, 2)] == [200, 200]
    page = client.get(f"/case/{more[0]}")
    assert page.status_code == 429
    assert "Enough for today" in page.text
    assert "You have opened 2 cases in the last 14 hours. Your daily limit is 2." in page.text
    assert "score 0" not in page.text, "nothing of the case is shown"
    assert store.cases.claim_of(more[0], at=NOON) is None
    assert client.get("/case/1").status_code == 200, "what was opened can be opened again"
    following = decide(client, 1).headers["Location"]
    assert following.startswith(f"/case/{more[0]}"), "and decided"
    assert client.get(following).status_code == 429
    assert store.cases.claim_of(more[0], at=NOON) is None, "a case that one may not read is free for others"


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [("", {"verdict": ""}, 400), ("", {"verdict": "legitimate", "fingerprint": "another"}, 409),
     ("/aside", {"aside": "never"}, 400), ("/undo", {}, 409)],
)  # fmt: skip
def test_a_form_that_is_refused_shows_no_case_unrecorded_or_beyond_the_limit(desk, store, path, fields, status):
    client = sign_in_as(desk(daily_most=1), "mai")
    answer = post(client, f"/case/1{path}", **fields)
    assert (answer.status_code, "Helper for chat work" in answer.text) == (status, True)
    assert [each.subject for each in store.audit.entries(act="saw")] == ["case 1"]
    beyond = post(client, f"/case/2{path}", **fields)
    assert beyond.status_code == 429
    assert [each.subject for each in store.audit.entries(act="saw")] == ["case 1"]


def test_the_limit_is_each_persons_own(desk, store):
    app = desk(daily_most=1)
    sign_in_as(app, "mai").get("/case/1")
    assert sign_in_as(app, "putu").get("/case/2").status_code == 200


def test_the_next_day_one_reads_on(desk, clock):
    app = desk(daily_most=1)
    client = sign_in_as(app, "mai")
    client.get("/case/1")
    assert client.get("/case/2").status_code == 429
    clock.append(NOON + timedelta(hours=15))
    assert sign_in_as(app, "mai").get("/case/2").status_code == 200


def test_a_person_may_set_less_and_not_more_than_the_desk_allows(desk, store):
    client = sign_in_as(desk(daily_most=5, break_minutes=40), "mai")
    post(client, "/account/care", most="1", break_minutes="20")
    client.get("/case/1")
    assert client.get("/case/2").status_code == 429
    post(client, "/account/care", most="6", break_minutes="20")
    assert "Not changed" in client.get("/account").text
    assert store.accounts.chosen_limits("mai").most == 1
    post(client, "/account/care", most="", break_minutes="")
    assert client.get("/case/2").status_code == 200, "as the desk has it again"


@pytest.mark.parametrize("typed", ["0", "-1", "x", "１", "9" * 40, "1.5"])
def test_what_is_no_limit_changes_nothing(desk, store, typed):
    client = sign_in_as(desk(daily_most=5), "mai")
    post(client, "/account/care", most=typed)
    assert store.accounts.chosen_limits("mai").most is None


def test_a_limit_that_the_desk_has_lowered_holds_for_all(desk, store):
    post(sign_in_as(desk(daily_most=5), "mai"), "/account/care", most="4")
    client = sign_in_as(desk(daily_most=1), "mai")
    client.get("/case/1")
    assert client.get("/case/2").status_code == 429


def test_a_break_is_suggested_after_a_while_and_not_after_a_pause(desk, clock):
    client = sign_in_as(desk(break_minutes=20), "mai")
    said = []
    for minutes in (0, 8, 16, 24, 34):
        clock.append(NOON + timedelta(minutes=minutes))
        said.append("without a pause" in client.get("/case/1").text)
    assert said == [False, False, False, True, False]


def walk(client, steps):
    """The cases that one is led to, deciding each."""
    led, at = [], 1
    client.get("/case/1")
    for _step in range(steps):
        page = client.get(f"/case/{at}?lane=trafficking_recruitment").text
        form = dict(re.findall(r'name="(csrf_token|fingerprint|decisions)" value="([^"]+)"', page))
        answer = client.post(f"/case/{at}?lane=trafficking_recruitment", data=form | {"verdict": "legitimate"})
        found = re.search(r"/case/(\d+)", answer.headers["Location"])
        led.append(at := int(found[1]))
    return led


def test_after_so_many_likely_lures_in_a_row_the_next_case_is_one_of_the_audit(desk, store):
    add_cases(store, 8)
    drawn = add_cases(store, 2, reason="audit", priority=0.01)
    led = walk(sign_in_as(desk(audit_every=3), "mai"), 8)
    assert [case_id in drawn for case_id in led] == [False, False, True, False, False, False, True, False]


def test_nothing_comes_in_between_where_the_desk_wants_none(desk, store):
    add_cases(store, 6)
    drawn = add_cases(store, 2, reason="audit", priority=0.01)
    assert not set(walk(sign_in_as(desk(audit_every=0), "mai"), 5)) & set(drawn)


def test_where_no_audit_case_waits_one_goes_on(desk, store):
    add_cases(store, 6)
    assert len(set(walk(sign_in_as(desk(audit_every=2), "mai"), 5))) == 5


@pytest.mark.parametrize("narrowed", ["language=en", "languages=en,vi"])
def test_what_comes_in_between_is_in_the_language_that_one_works_along(desk, store, narrowed):
    add_cases(store, 3)
    drawn = add_cases(store, 1, reason="audit", priority=0.01, language="km")
    client = sign_in_as(desk(audit_every=1), "mai")
    page = client.get(f"/case/1?{narrowed}").text
    form = dict(re.findall(r'name="(csrf_token|fingerprint|decisions)" value="([^"]+)"', page))
    answer = client.post(f"/case/1?{narrowed}", data=form | {"verdict": "legitimate"})
    assert f"/case/{drawn[0]}" not in answer.headers["Location"]


def test_no_page_shows_a_picture_that_is_not_a_drawing_of_our_own(app):
    """Text first: an ad's pictures are neither fetched nor shown, and no template could show one."""
    templates = "".join(path.read_text() for path in (WEB / "templates").iterdir())
    assert not re.search(r"<(?:img|picture|video|object|embed|iframe|image)\b", templates)
    assert "img-src 'self'" in app.test_client().get("/sign-in").headers["Content-Security-Policy"]
