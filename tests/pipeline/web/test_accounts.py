"""Signing in and looking after accounts, as a browser's requests meet it."""

import re
from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from builders import NOON
from pipeline.accounts.analysts import FREE_TRIES, LONGEST_PAUSE, Analyst, pause_after
from pipeline.accounts.credentials import verify_password
from pipeline.settings.records import ReviewSettings
from pipeline.store.accounts import MAX_ATTEMPTS
from web_acts import PASSWORD, make_app, post, sign_in, sign_in_as, token_in

OTHER = "lamp-river-stone-24"


def test_a_wrong_password_an_unknown_and_a_disabled_name_read_the_same(client, store):
    store.accounts.disable("putu")
    answers = [sign_in(client, password="wrong"), sign_in(client, name="nobody"), sign_in(client, name="putu")]
    assert {answer.status_code for answer in answers} == {401}
    assert len({re.sub(r'value="[^"]*"', "", answer.text) for answer in answers}) == 1
    assert 'role="alert"' in answers[0].text
    assert 'value="mai"' in answers[0].text, "the name need not be typed again"


def test_a_disabled_analyst_is_out_at_once(signed_in, store):
    assert signed_in.get("/").status_code == 200
    store.accounts.disable("mai")
    assert signed_in.get("/").status_code == 302
    assert sign_in(signed_in).status_code == 401


@pytest.mark.parametrize("name", ["mai", "nobody", "MAI"])
def test_after_too_many_failed_tries_even_the_right_password_waits(app, client, clock, name):
    for _ in range(FREE_TRIES):
        assert sign_in(client, name, password="wrong").status_code == 401
    assert sign_in(client, name).status_code == 429
    assert sign_in(client, "putu").status_code == 302, "nobody else waits"
    clock.append(NOON + pause_after(FREE_TRIES))
    assert sign_in(app.test_client(), name).status_code == (401 if name == "nobody" else 302)


def test_the_pause_grows_to_its_longest_and_a_success_ends_it(client, clock):
    pauses = [pause_after(failed) for failed in range(30)]
    assert pauses == sorted(pauses)
    assert (pauses[FREE_TRIES - 1], pauses[-1]) == (timedelta(), LONGEST_PAUSE)
    for _ in range(FREE_TRIES + 1):
        clock.append(clock[-1] + LONGEST_PAUSE)
        sign_in(client, password="wrong")
    assert sign_in(client).status_code == 429
    clock.append(clock[-1] + pause_after(FREE_TRIES + 1))
    assert sign_in(client).status_code == 302
    assert sign_in(client, password="wrong").status_code == 401


def test_failed_tries_outlive_a_restart_and_hold_no_name(client, store):
    for _ in range(FREE_TRIES):
        sign_in(client, "typed-my-password-here", password="x")
    rows = store.db.rows("SELECT * FROM sign_in_attempts")
    assert [row["failed"] for row in rows] == [FREE_TRIES]
    assert "typed" not in str(rows)


def test_a_flood_of_names_neither_fills_the_store_nor_frees_one_that_waits(store):
    for _ in range(FREE_TRIES):
        assert store.accounts.reserve_attempt("victim", at=NOON)
    with store.atomic():
        store.db.run_many(
            "INSERT INTO sign_in_attempts VALUES (?, 1, ?)",
            [(f"name-{number}", (NOON + timedelta(seconds=1)).isoformat()) for number in range(MAX_ATTEMPTS + 500)],
        )
    store.accounts.reserve_attempt("one more", at=NOON + timedelta(seconds=2))
    assert store.db.row("SELECT count(*) AS n FROM sign_in_attempts")["n"] == MAX_ATTEMPTS
    assert not store.accounts.reserve_attempt("victim", at=NOON + timedelta(seconds=3))


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example", "///evil.example", "https://evil.example", "https:evil.example", "/\\evil.example",
        "evil.example", "\\\\evil.example",
        "javascript:alert(1)", "data:text/html,x", "/\t/evil.example", "\t//evil.example",
        "/\r\nSet-Cookie: a=b", "\u2028//evil.example", "\uff0f\uff0fevil.example", "@evil.example",
        "?next=//evil.example", " //evil.example", "/\u202e//evil.example",
    ],
)  # fmt: skip
def test_neither_signing_in_nor_another_language_leads_elsewhere(app, client, wanted):
    chosen = post(client, "/language", page="/sign-in", language="vi", next=wanted).headers["Location"]
    entered = sign_in(client, next=wanted).headers["Location"]
    for place in (chosen, entered, post(client, "/language", language="en", next=wanted).headers["Location"]):
        assert place == "/"


def test_the_host_that_a_request_names_is_never_led_to(client):
    answer = client.get("/", headers={"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"})
    assert answer.headers["Location"].startswith("/sign-in")


@pytest.mark.parametrize("is_secure", [False, True])
def test_a_cookie_is_for_the_server_alone(database, taxonomy, is_secure):
    app = make_app(database, taxonomy, secure_cookie=is_secure)
    client = app.test_client()
    client.get("/sign-in", base_url="https://localhost")
    cookie = client.get_cookie("__Host-lurewatch" if is_secure else "lurewatch")
    assert (cookie.http_only, cookie.same_site, cookie.secure, cookie.domain) == (True, "Lax", is_secure, "localhost")


def test_one_signs_in_again_from_a_page_whose_address_is_long(client):
    asked = "/bulk?" + "&".join(f"case={number}" for number in range(100))
    form = client.get(client.get(asked).headers["Location"])
    assert form.status_code == 200
    assert post(client, asked, page="/sign-in", note="seen twice").status_code == 401
    assert sign_in(client, next=asked).headers["Location"] == "/"
    assert post(client, "/language", language="vi", next=asked).headers["Location"] == "/"


def test_signing_in_leads_back_to_the_page_one_asked_for(client):
    asked = client.get("/case/2?x=1").headers["Location"]
    assert asked == "/sign-in?next=/case/2?x%3D1"
    assert 'name="next" value="/case/2?x=1"' in client.get(asked).text
    assert sign_in(client, next="/case/2").headers["Location"] == "/case/2"


def test_a_session_that_was_planted_before_sign_in_is_worth_nothing_after(app):
    attacker = app.test_client()
    attacker.get("/sign-in")
    planted = attacker.get_cookie("lurewatch").value
    victim = app.test_client()
    victim.set_cookie("lurewatch", planted)
    assert sign_in(victim).status_code == 302
    assert victim.get_cookie("lurewatch").value != planted
    assert victim.get("/").status_code == 200
    assert attacker.get("/").status_code == 302


def test_signing_out_ends_the_session_wherever_its_cookie_has_gone(app, signed_in):
    thief = app.test_client()
    thief.set_cookie("lurewatch", signed_in.get_cookie("lurewatch").value)
    assert thief.get("/").status_code == 200
    post(signed_in, "/sign-out")
    assert thief.get("/").status_code == 302


def test_a_session_ends_when_it_is_not_used_and_when_it_is_old(app, signed_in, clock):
    idle, longest = timedelta(minutes=ReviewSettings().idle_minutes), app.config["PERMANENT_SESSION_LIFETIME"]
    step = idle - timedelta(seconds=1)
    while clock[-1] + step < NOON + longest:
        clock.append(clock[-1] + step)
        assert signed_in.get("/").status_code == 200, "used, it goes on"
    clock.append(NOON + longest)
    assert signed_in.get("/").status_code == 302, "but not for ever"
    later = sign_in_as(app, "mai")
    clock.append(clock[-1] + idle)
    assert later.get("/").status_code == 302


def test_what_is_sent_once_the_session_is_over_says_that_nothing_was_saved(app, signed_in, store, clock):
    page = signed_in.get("/case/1")
    clock.append(clock[-1] + timedelta(minutes=ReviewSettings().idle_minutes))
    sent = {"csrf_token": token_in(page), "verdict": "job_fraud", "fingerprint": store.cases.get(1).fingerprint}
    form = signed_in.post("/case/1?language=en", data=sent | {"note": "<Asks> for money"}).text
    assert "You are signed out by now. Nothing was saved." in form
    assert "&lt;Asks&gt; for money</textarea>" in form, "to be copied"
    assert 'name="next" value="/case/1?language=en"' in form
    comment = signed_in.post("/case/1/comments", data=sent | {"text": "Seen before."}).text
    assert 'name="next" value="/case/1"' in comment
    assert "Seen before.</textarea>" in comment
    assert store.decisions.of_case(1) == ()


def test_what_was_typed_into_a_form_that_is_stale_is_to_be_copied(signed_in):
    answer = signed_in.post("/case/1", data={"csrf_token": "of before", "note": "Asks for money."})
    assert answer.status_code == 400
    assert "Asks for money.</textarea>" in answer.text


def test_the_store_holds_no_secret_that_opens_a_session(signed_in, store):
    with signed_in.session_transaction() as session:
        secret = session["_user_id"]
    assert secret not in str(store.db.rows("SELECT * FROM sessions"))


def test_a_changed_password_ends_every_other_session_and_opens_the_account(app, signed_in, store):
    elsewhere = sign_in_as(app, "mai")
    before = signed_in.get_cookie("lurewatch").value
    answer = post(signed_in, "/account/password", password=PASSWORD, new=OTHER, again=OTHER)
    assert answer.status_code == 302
    assert "Password changed" in signed_in.get("/account").text
    assert signed_in.get_cookie("lurewatch").value != before
    assert elsewhere.get("/").status_code == 302
    assert verify_password(store.accounts.get("mai").password_hash, OTHER)
    assert sign_in(app.test_client()).status_code == 401


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"password": "wrong", "new": OTHER, "again": OTHER}, "current password is wrong"),
        ({"password": PASSWORD, "new": OTHER, "again": PASSWORD}, "typed in two ways"),
        ({"password": PASSWORD, "new": PASSWORD, "again": PASSWORD}, "is the old one"),
        ({"password": PASSWORD, "new": "short", "again": "short"}, "expected 12 or more"),
        ({"password": PASSWORD, "new": "ab" * 8, "again": "ab" * 8}, "few different characters"),
        ({"password": PASSWORD, "new": "abcde" * 80, "again": "abcde" * 80}, "256 at most"),
    ],
)
def test_a_password_that_cannot_be_is_refused_and_the_old_one_stays(signed_in, store, fields, said):
    answer = post(signed_in, "/account/password", **fields)
    assert answer.status_code == 400
    assert said in answer.text
    assert verify_password(store.accounts.get("mai").password_hash, PASSWORD)


def test_a_borrowed_screen_cannot_guess_the_password(signed_in, store):
    for _ in range(FREE_TRIES):
        post(signed_in, "/account/password", password="wrong", new=OTHER, again=OTHER)
    assert post(signed_in, "/account/password", password=PASSWORD, new=OTHER, again=OTHER).status_code == 429
    assert verify_password(store.accounts.get("mai").password_hash, PASSWORD)


def test_single_keys_are_kept_with_the_account_and_end_no_session(app, signed_in, store):
    assert store.accounts.get("mai").single_keys, "on until somebody turns them off"
    post(signed_in, "/account/keys", single_keys="off")
    assert "<kbd>" not in signed_in.get("/case/1").text
    elsewhere = sign_in_as(app, "mai")
    assert "data-key" not in elsewhere.get("/case/1").text
    assert "data-key" in sign_in_as(app, "putu").get("/case/2").text, "for nobody else"
    helped = {name: "skip for now" in sign_in_as(app, name).get("/case/2").text for name in ("putu", "a-researcher")}
    assert helped == {"putu": True, "a-researcher": False}, "no key of an act that one may not do"
    post(elsewhere, "/account/keys", single_keys="on")
    assert "data-key" in signed_in.get("/case/1").text


@pytest.mark.parametrize("choice", ["", "ON", "1"])
def test_what_is_no_choice_of_keys_changes_nothing(signed_in, store, choice):
    assert post(signed_in, "/account/keys", single_keys=choice).status_code == 400
    assert store.accounts.get("mai").single_keys


def test_signing_out_everywhere_means_everywhere(app, signed_in):
    elsewhere = sign_in_as(app, "mai")
    assert "signed in on 2 devices" in signed_in.get("/account").text
    post(signed_in, "/account/sign-out-everywhere")
    assert signed_in.get("/").status_code == elsewhere.get("/").status_code == 302


def test_an_account_made_on_the_page_chooses_its_own_password_first(app):
    administrator = sign_in_as(app, "a-administrator")
    made = post(administrator, "/analysts", name="binh", role="analyst", own_password=PASSWORD)
    password = re.search(r'class="password">([^<]+)<', made.text)[1]
    assert made.headers["Cache-Control"] == "no-store"
    new = sign_in_as(app, "binh", password=password)
    for path in ("/", "/case/1"):
        assert new.get(path).headers["Location"] == "/account"
    assert post(new, "/case/1", verdict="legitimate").headers["Location"] == "/account"
    assert post(new, "/account/password", password=password, new=OTHER, again=OTHER).status_code == 302
    assert new.get("/").status_code == 200


@pytest.mark.parametrize(
    ("name", "role"), [("binh", "king"), ("binh", ""), ("mai", "analyst"), ("a b", "analyst"), ("<b>", "analyst")]
)
def test_an_account_that_cannot_be_is_not_made(app, store, name, role):
    before = store.accounts.all()
    answer = post(sign_in_as(app, "a-administrator"), "/analysts", name=name, role=role, own_password=PASSWORD)
    assert answer.status_code == 400
    assert store.accounts.all() == before


@pytest.mark.parametrize("act", ["role", "disable", "password"])
def test_an_administrators_acts_ask_for_their_own_password(app, store, act):
    before = store.accounts.all()
    answer = post(sign_in_as(app, "a-administrator"), f"/analysts/mai/{act}", role="researcher", own_password="guess")
    assert (answer.status_code, "Your password is wrong" in answer.text) == (400, True)
    assert store.accounts.all() == before


def test_an_administrator_changes_roles_passwords_and_disables(app, store):
    administrator, mai = sign_in_as(app, "a-administrator"), sign_in_as(app, "mai")
    post(administrator, "/analysts/mai/sign-out")
    assert mai.get("/").status_code == 302
    post(administrator, "/analysts/mai/role", role="supervisor", own_password=PASSWORD)
    assert store.accounts.get("mai").role == "supervisor"
    post(administrator, "/analysts/mai/disable", own_password=PASSWORD)
    assert not store.accounts.get("mai").active
    post(administrator, "/analysts/mai/password", own_password=PASSWORD)
    assert (store.accounts.get("mai").active, store.accounts.get("mai").must_change) == (True, True)
    assert post(administrator, "/analysts/nobody/disable", own_password=PASSWORD).status_code == 404


@pytest.mark.parametrize("act", ["role", "disable"])
def test_nobody_locks_themselves_out(app, store, act):
    answer = post(
        sign_in_as(app, "a-administrator"), f"/analysts/A-Administrator/{act}", role="analyst", own_password=PASSWORD
    )
    assert answer.status_code == 400
    assert (store.accounts.get("a-administrator").role, store.accounts.get("a-administrator").active) == (
        "administrator",
        True,
    )


def test_a_password_that_would_be_refused_today_still_opens_its_account(app, store):
    weaker = PasswordHasher(time_cost=1, memory_cost=32, parallelism=1).hash("password1234")
    store.accounts.set_password_hash("mai", weaker)
    assert sign_in(app.test_client(), password="password1234").status_code == 302
    assert store.accounts.get("mai").password_hash == weaker


def test_a_password_hashed_with_weaker_parameters_is_hashed_anew_at_sign_in(app, store):
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    store.accounts.add(Analyst(name="old", role="analyst", password_hash=weak), at=NOON)
    client = sign_in_as(app, "old")
    assert store.accounts.get("old").password_hash != weak
    assert client.get("/").status_code == 200


def test_the_tokens_of_two_browsers_do_not_fit_each_other(app):
    mine, theirs = sign_in_as(app, "mai"), sign_in_as(app, "putu")
    answer = mine.post("/account/sign-out-everywhere", data={"csrf_token": token_in(theirs.get("/account"))})
    assert answer.status_code == 400
    assert mine.get("/").status_code == 200


def test_what_people_do_on_the_page_is_recorded(app, store):
    sign_in(app.test_client(), password="wrong")
    sign_in(app.test_client(), name="my-password-by-mistake")
    mai, administrator = sign_in_as(app, "mai"), sign_in_as(app, "a-administrator")
    mai.get("/case/1")
    mai.get("/case/99")
    post(mai, "/account/password", password=PASSWORD, new=OTHER, again=OTHER)
    post(mai, "/sign-out")
    post(administrator, "/analysts", name="binh", role="researcher", own_password=PASSWORD)
    post(administrator, "/analysts", name="binh", role="researcher", own_password=PASSWORD)
    post(administrator, "/analysts/binh/role", role="analyst", own_password=PASSWORD)
    post(administrator, "/analysts/binh/password", own_password=PASSWORD)
    post(administrator, "/analysts/binh/disable", own_password=PASSWORD)
    did = [(entry.analyst, entry.act, entry.subject) for entry in store.audit.chain() if entry.act != "listed"]
    assert did == [
        (None, "began", ""),
        ("mai", "failed_to_sign_in", "analyst mai"),
        ("mai", "signed_in", ""),
        ("a-administrator", "signed_in", ""),
        ("mai", "saw", "case 1"),
        ("mai", "changed_password", ""),
        ("mai", "signed_out", ""),
        ("a-administrator", "added_account", "analyst binh"),
        ("a-administrator", "changed_role", "analyst binh"),
        ("a-administrator", "reset_password", "analyst binh"),
        ("a-administrator", "disabled_account", "analyst binh"),
    ]


def test_a_supervisor_reads_the_log_page_by_page(app, store):
    for number in range(150):
        store.audit.record("saw", f"case {number}", by="mai", at=NOON)
    supervisor = sign_in_as(app, "a-supervisor")
    page = supervisor.get("/audit").text
    assert f"case {149}<" in page
    older = re.search(r'rel="next" href="([^"]+)"', page)[1].replace("&amp;", "&")
    assert f"case {0}<" in supervisor.get(older).text
    assert "case 7<" not in supervisor.get("/audit?act=signed_in").text
    assert "No entries" in supervisor.get("/audit?analyst=%3Cscript%3E").text
    assert f"case {149}<" in supervisor.get(f"/audit?until={NOON.date()}").text
    assert (
        "case"
        not in supervisor.get(f"/audit?until={NOON.date() - timedelta(days=1)}")
        .text.split("<tbody>")[1]
        .split("</tbody>")[0]
    )
    assert supervisor.get("/audit?until=9999-12-31&before=x").status_code == 200


def test_strangers_who_try_a_name_do_not_stop_whoever_is_signed_in_by_it(app):
    client, stranger = sign_in_as(app, "a-administrator"), app.test_client()
    for _ in range(FREE_TRIES + 1):
        sign_in(stranger, "a-administrator", password="wrong")
    assert sign_in(stranger, "a-administrator").status_code == 429
    assert post(client, "/analysts/putu/disable", own_password=PASSWORD).status_code == 302
    for _ in range(FREE_TRIES):
        assert post(client, "/analysts/mai/disable", own_password="wrong").status_code == 400
    assert post(client, "/analysts/mai/disable", own_password=PASSWORD).status_code == 429, (
        "a borrowed screen waits too"
    )


def test_over_https_the_cookie_is_this_hosts_alone_and_the_browser_stays_with_https(database, taxonomy):
    app = make_app(database, taxonomy, secure_cookie=True)
    answer = app.test_client().get("/sign-in", base_url="https://localhost")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-lurewatch=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"] == f"max-age={365 * 86_400}"


def test_without_https_a_browser_is_not_told_to_insist_on_it(client):
    assert "Strict-Transport-Security" not in client.get("/sign-in").headers


@pytest.mark.parametrize("host", ["localhost:8222", "127.0.0.1:8222", "localhost"])
def test_the_page_answers_to_the_names_of_this_machine(client, host):
    assert client.get("/sign-in", headers={"Host": host}).status_code == 200


def test_a_new_password_is_not_the_own_name(signed_in):
    page = post(signed_in, "/account/password", password=PASSWORD, new="maimaimaimai", again="maimaimaimai")
    assert page.status_code == 400
