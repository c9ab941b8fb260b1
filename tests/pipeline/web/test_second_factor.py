"""The second factor, from the picture on the account page to a code at the sign-in."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from pyotp import TOTP

from builders import NOON
from pipeline.accounts.analysts import FREE_TRIES, Analyst, pause_after
from pipeline.accounts.credentials import FactorKey
from pipeline.settings.records import ReviewSettings
from pipeline.store.store import Store
from web_acts import PASSWORD, make_app, post, sign_in, sign_in_as, token_in

STEP = timedelta(seconds=30)
ADMINISTRATOR = "a-administrator"


@pytest.fixture
def strict_app(database, taxonomy, clock):
    """As `lurewatch review` makes it, unless it is set otherwise."""
    return make_app(database, taxonomy, clock=lambda: clock[-1], review=ReviewSettings())


def set_up(client, clock):
    """The secret and the recovery codes, both as the pages show them."""
    page = post(client, "/account/second-factor", password=PASSWORD)
    secret = re.search(r'class="password">([A-Z2-7]{32})<', page.text)[1]
    answer = client.post(
        "/account/second-factor/confirm", data={"csrf_token": token_in(page), "code": TOTP(secret).at(clock[-1])}
    )
    codes = re.findall(r'class="password">([a-z2-9-]{14})<', answer.text)
    assert (answer.status_code, len(set(codes))) == (200, 10)
    return secret, codes


def enter_code(client, code):
    return client.post("/sign-in/code", data={"csrf_token": token_in(client.get("/sign-in/code")), "code": code})


def later(clock, by=STEP):
    clock.append(clock[-1] + by)
    return clock[-1]


def test_an_administrator_sees_nothing_before_a_second_factor_is_set_up(strict_app, clock):
    client = sign_in_as(strict_app, ADMINISTRATOR)
    for path in ("/", "/case/1", "/analysts", "/audit", "/labels.jsonl"):
        assert client.get(path).headers["Location"] == "/account", path
    page = client.get("/account").text
    assert "needs a second factor" in page
    assert "Keyboard shortcuts" not in page
    assert 'href="/audit"' not in page, "no link of the menu leads back here"
    assert post(client, "/account/tokens", title="a way round").headers["Location"] == "/account"
    set_up(client, clock)
    assert client.get("/analysts").status_code == 200


@pytest.mark.parametrize(
    ("policy", "name", "must"),
    [
        ("administrators", "a-supervisor", False),
        ("administrators", ADMINISTRATOR, True),
        ("everyone", "mai", True),
        ("optional", ADMINISTRATOR, False),
    ],
)
def test_who_must_have_one_is_set(database, taxonomy, clock, policy, name, must):
    app = make_app(database, taxonomy, clock=lambda: clock[-1], review=ReviewSettings(second_factor=policy))
    assert sign_in_as(app, name).get("/").status_code == (302 if must else 200)


def test_the_demos_account_is_not_asked_and_is_told_so(strict_app, store, password_hash):
    store.accounts.add(Analyst(name="demo", role="administrator", password_hash=password_hash, is_demo=True), at=NOON)
    client = sign_in_as(strict_app, "demo")
    assert client.get("/analysts").status_code == 200
    assert "The demo made this account" in client.get("/account").text


def test_the_picture_is_drawn_without_style_or_script(signed_in):
    page = post(signed_in, "/account/second-factor", password=PASSWORD)
    drawn = re.search(r"<svg.*?</svg>", page.text, re.DOTALL)[0]
    assert "<path" in drawn
    assert not re.search(r"style|script|href|\son\w+=", drawn)
    assert page.headers["Cache-Control"] == "no-store"


def test_with_one_the_password_alone_opens_nothing(app, clock, signed_in):
    secret, _ = set_up(signed_in, clock)
    later(clock)
    client = app.test_client()
    answer = sign_in(client, next="/case/2")
    assert answer.headers["Location"] == "/sign-in/code"
    assert client.get("/").headers["Location"].startswith("/sign-in?")
    assert enter_code(client, "000000").status_code == 401
    assert enter_code(client, "").status_code == 401
    assert client.get("/").status_code == 302
    assert enter_code(client, TOTP(secret).at(clock[-1])).headers["Location"] == "/case/2"
    assert client.get("/").status_code == 200


def test_a_code_is_good_once_and_for_a_minute_around_its_own(app, clock, signed_in):
    secret, _ = set_up(signed_in, clock)
    assert enter_code(half_in(app), TOTP(secret).at(clock[-1])).status_code == 401, "it confirmed the secret"
    now = later(clock, timedelta(minutes=10))
    assert enter_code(half_in(app), TOTP(secret).at(now - 2 * STEP)).status_code == 401
    assert enter_code(half_in(app), TOTP(secret).at(now + 2 * STEP)).status_code == 401
    code = TOTP(secret).at(now)
    assert enter_code(half_in(app), f" {code[:3]} {code[3:]} ").status_code == 302
    assert enter_code(half_in(app), code).status_code == 401, "whoever saw it typed comes too late"
    assert enter_code(half_in(app), TOTP(secret).at(now - STEP)).status_code == 401, "nor one of before"
    assert enter_code(half_in(app), TOTP(secret).at(now + STEP)).status_code == 302, "a clock that is ahead"


def half_in(app):
    client = app.test_client()
    sign_in(client)
    return client


def test_of_many_that_bring_one_code_at_once_one_is_let_in(database, store, clock):
    key, secret = FactorKey(b"k" * 32), "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    store.second_factors.begin("mai", key.seal(secret))
    store.second_factors.confirm("mai", 1, [], at=NOON)

    def bring(_):
        with Store.open(database) as own:
            return own.second_factors.accept("mai", TOTP(secret).at(NOON), key, at=NOON)

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(bring, range(16)), key=str) == [*[None] * 15, "code"]


def test_wrong_codes_have_a_counter_of_their_own(app, clock, signed_in):
    secret, _ = set_up(signed_in, clock)
    later(clock)
    client = half_in(app)
    for _ in range(FREE_TRIES):
        assert enter_code(client, "123123").status_code == 401
    assert enter_code(client, TOTP(secret).at(clock[-1])).status_code == 429, "the right one waits, too"
    other = half_in(app)  # a password that is right clears nothing here
    assert enter_code(other, TOTP(secret).at(clock[-1])).status_code == 429
    later(clock, pause_after(FREE_TRIES))
    assert enter_code(half_in(app), TOTP(secret).at(clock[-1])).status_code == 302


def test_a_day_of_guessing_comes_to_some_thirty_codes(app, clock, signed_in, store):
    set_up(signed_in, clock)
    tried, end = 0, clock[-1] + timedelta(days=1)
    while clock[-1] < end:
        status = enter_code(half_in(app), "123123").status_code
        tried += status == 401
        if status == 429:
            later(clock, timedelta(minutes=20))
    assert 20 < tried < 40


def test_a_recovery_code_is_good_once_and_is_kept_as_a_hash(app, clock, signed_in, store):
    secret, codes = set_up(signed_in, clock)
    kept = str(store.db.rows("SELECT * FROM recovery_codes") + store.db.rows("SELECT * FROM second_factors"))
    assert secret not in kept
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)
    client = half_in(app)
    assert enter_code(client, codes[3].upper().replace("-", " ")).status_code == 302
    assert "9 recovery codes are left" in client.get("/account").text
    assert enter_code(half_in(app), codes[3]).status_code == 401
    (entry,) = store.audit.entries(act="signed_in", analyst="mai", limit=1)
    assert entry.details["second"] == "recovery code"


def test_a_password_that_changed_meanwhile_or_a_long_wait_begins_again(app, clock, signed_in, store, password_hash):
    _, codes = set_up(signed_in, clock)
    client = half_in(app)
    later(clock, timedelta(minutes=6))
    late = client.post("/sign-in/code", data={"csrf_token": token_in(client.get("/sign-in")), "code": codes[0]})
    assert late.headers["Location"] == "/sign-in"
    client = half_in(app)
    page = client.get("/sign-in/code")
    store.accounts.set_password_hash("mai", password_hash)
    form = {"csrf_token": token_in(page), "code": codes[0]}
    assert client.post("/sign-in/code", data=form).headers["Location"] == "/sign-in"
    assert app.test_client().get("/sign-in/code").headers["Location"] == "/sign-in", "nobody began there"
    assert store.second_factors.codes_left("mai") == 10


def test_off_and_new_codes_ask_for_password_and_code(app, clock, signed_in, store):
    secret, codes = set_up(signed_in, clock)
    later(clock)
    for path in ("/account/second-factor/off", "/account/second-factor/codes"):
        post(signed_in, path, password="wrong", code=codes[0])
        post(signed_in, path, password=PASSWORD, code="000000")
    assert store.second_factors.codes_left("mai") == 10
    page = post(signed_in, "/account/second-factor/codes", password=PASSWORD, code=TOTP(secret).at(clock[-1]))
    renewed = re.findall(r'class="password">([a-z2-9-]{14})<', page.text)
    assert len(set(renewed) - set(codes)) == 10
    elsewhere = half_in(app)
    assert enter_code(elsewhere, renewed[0]).status_code == 302
    post(signed_in, "/account/second-factor/off", password=PASSWORD, code=renewed[1])
    assert not store.accounts.get("mai").has_second_factor
    assert signed_in.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302, "other sessions end"
    assert sign_in(app.test_client()).headers["Location"] == "/"


def test_setting_up_asks_for_the_password_and_a_right_first_code(signed_in, store, clock):
    assert post(signed_in, "/account/second-factor", password="wrong").status_code == 302
    assert store.second_factors.begun("mai") is None
    page = post(signed_in, "/account/second-factor", password=PASSWORD)
    wrong = signed_in.post("/account/second-factor/confirm", data={"csrf_token": token_in(page), "code": "000000"})
    assert wrong.status_code == 400
    assert not store.accounts.get("mai").has_second_factor
    secret, _ = set_up(signed_in, clock)
    assert post(signed_in, "/account/second-factor", password=PASSWORD).status_code == 200
    later(clock)
    assert (
        store.second_factors.accept("mai", TOTP(secret).at(clock[-1]), FactorKey(b"k" * 32), at=clock[-1]) == "code"
    ), "what is in force is not replaced by what was only begun"


def test_an_administrator_removes_somebody_elses_and_not_their_own(app, clock, signed_in, store):
    set_up(signed_in, clock)
    administrator = sign_in_as(app, ADMINISTRATOR)
    set_up(administrator, clock)
    own = post(administrator, f"/analysts/{ADMINISTRATOR}/second-factor", own_password=PASSWORD)
    assert own.status_code == 400
    assert post(administrator, "/analysts/MAI/second-factor", own_password="wrong").status_code == 400
    assert store.accounts.get("mai").has_second_factor
    assert post(administrator, "/analysts/MAI/second-factor", own_password=PASSWORD).status_code == 302
    assert not store.accounts.get("mai").has_second_factor
    assert store.db.rows("SELECT * FROM recovery_codes WHERE analyst = 'mai'") == []
    assert signed_in.get("/").status_code == 302
    (entry,) = store.audit.entries(act="removed_second_factor", limit=1)
    assert (entry.analyst, entry.subject) == (ADMINISTRATOR, "analyst MAI")


def test_without_the_pages_key_a_copy_of_the_database_opens_nothing(store, clock, app, signed_in):
    secret, codes = set_up(signed_in, clock)
    later(clock)
    other = FactorKey(b"x" * 32)
    for typed in (TOTP(secret).at(clock[-1]), *codes):
        assert store.second_factors.accept("mai", typed, other, at=clock[-1]) is None
