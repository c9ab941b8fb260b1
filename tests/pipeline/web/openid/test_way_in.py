"""Signing in by an OpenID provider, there and back: over real HTTP, and in a real browser."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import structlog
from playwright.sync_api import expect

from browsing import browser_path, enter, serve
from builders import NOON
from openid_acts import go_round, leave, vouched_by
from pipeline.settings.records import ReviewSettings
from web_acts import PASSWORD, make_app, post, sign_in_as


def test_whoever_the_provider_vouches_for_is_in_and_the_log_says_by_which_way(desk, store):
    client = desk.test_client()
    answer = go_round(client, next="/case/1")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/case/1")
    assert "mai, analyst" in client.get("/account").text
    sign_in_as(desk, "putu")
    ways = [(each.analyst, each.details["way"]) for each in store.audit.entries(act="signed_in")]
    assert ways == [("putu", "password"), ("mai", "provider")]


def test_the_form_leads_to_the_provider_only_where_one_is_set(desk, client):
    assert 'href="/sign-in/openid?next=/case/2"' in desk.test_client().get("/sign-in?next=/case/2").text
    assert "/sign-in/openid" not in client.get("/sign-in").text
    for path in ("/sign-in/openid", "/sign-in/openid/callback?code=x&state=y"):
        assert client.get(path).status_code == 404


def test_neither_the_secret_nor_what_proves_the_sign_in_is_in_the_address(desk):
    client = desk.test_client()
    asked = parse_qs(urlsplit(leave(client)).query)
    assert asked.keys() == {
        "client_id", "code_challenge", "code_challenge_method", "nonce", "redirect_uri", "response_type", "scope",
        "state",
    }  # fmt: skip
    with client.session_transaction() as session:
        assert asked["state"] == [session["openid"]["state"]]
        assert session["openid"]["verifier"] not in str(asked)
    assert leave(client) != leave(client)


def test_behind_a_proxy_that_has_https_people_are_sent_back_there(database, taxonomy, provider):
    app = make_app(database, taxonomy, hosts=("desk.example",), secure_cookie=True, openid=vouched_by(provider))
    answer = app.test_client().get("/sign-in/openid", base_url="http://desk.example")  # as the proxy asks
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["redirect_uri"] == [
        "https://desk.example/sign-in/openid/callback"
    ]


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "evil.example"])
def test_coming_back_leads_nowhere_else(desk, wanted):
    assert go_round(desk.test_client(), next=wanted).headers["Location"] == "/"


def test_a_session_that_was_planted_before_is_worth_nothing_after(desk):
    attacker, victim = desk.test_client(), desk.test_client()
    attacker.get("/sign-in")
    planted = attacker.get_cookie("lurewatch").value
    victim.set_cookie("lurewatch", planted)
    go_round(victim)
    assert victim.get_cookie("lurewatch").value != planted
    assert (victim.get("/").status_code, attacker.get("/").status_code) == (200, 302)


def test_a_session_of_the_provider_ends_as_any_other(desk, clock):
    first, second = desk.test_client(), desk.test_client()
    go_round(first)
    go_round(second)
    post(first, "/account/sign-out-everywhere")
    assert first.get("/").status_code == second.get("/").status_code == 302
    go_round(first)
    clock.append(NOON + timedelta(minutes=ReviewSettings().idle_minutes))
    assert first.get("/").status_code == 302


def test_a_language_chosen_on_the_form_is_the_one_of_the_notice_and_of_the_account(desk, provider, store):
    client = desk.test_client()
    post(client, "/language", page="/sign-in", language="vi")
    provider.answers = {"error": "access_denied"}
    answer = go_round(client)
    assert '<html lang="vi">' in client.get(answer.headers["Location"]).text
    provider.answers = {}
    go_round(client)
    assert store.accounts.get("mai").language == "vi"


@pytest.mark.parametrize("way", ["client_secret_basic", "client_secret_post"])
def test_the_secret_is_shown_in_the_way_that_the_provider_takes(desk, provider, way):
    provider.discovery = {"token_endpoint_auth_methods_supported": [way]}
    assert go_round(desk.test_client()).headers["Location"] == "/"


def test_the_log_has_the_cause_and_neither_names_nor_tokens(desk, provider):
    provider.claims = {"aud": "another-client"}
    with structlog.testing.capture_logs() as logged:
        go_round(desk.test_client())
        provider.claims = {}
        provider.answers = {"code": "made-up"}
        go_round(desk.test_client())
    assert [(each["why"], each["cause"]) for each in logged] == [
        ("refused", "ID token: invalid_claim: Invalid claim: 'aud'"),
        ("refused", "the provider answers 'invalid_grant'"),
    ]
    assert "mai" not in str(logged)


def test_without_an_answer_neither_route_changes_anything_whoever_asks(desk, store):
    tables = ("analysts", "sessions", "provider_links", "sign_in_attempts", "decisions")
    inside = sign_in_as(desk, "mai")
    before = [store.db.rows(f"SELECT * FROM {table}") for table in tables]
    for client in (inside, desk.test_client()):
        for method in ("GET", "HEAD"):
            for path in ("/sign-in/openid", "/sign-in/openid/callback", "/sign-in/openid/callback?code=x&state=y"):
                answer = client.open(path, method=method)
                assert answer.status_code == 302
                assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert client.post("/sign-in/openid/callback", data={"code": "x"}).status_code in {400, 405}
    assert [store.db.rows(f"SELECT * FROM {table}") for table in tables] == before
    assert inside.get("/").status_code == 200


@pytest.mark.browser
@pytest.mark.skipif(browser_path() is None, reason="no browser here; `make test` installs one")
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_browser_goes_to_the_provider_and_comes_back(browser, make_desk, provider, scripts):
    provider.asks = True
    with serve(make_desk(provider)) as address:
        context = browser.new_context(base_url=address, java_script_enabled=scripts)
        context.set_default_timeout(
            30_000
        )  # another site is another process of the browser: on a busy machine that takes
        page = context.new_page()
        page.goto("/case/1")
        page.get_by_role("link", name="Sign in with your organisation’s account").click()
        expect(page).to_have_title("Example organisation")
        with page.expect_navigation(url=f"{address}/case/1"):
            page.get_by_role("button", name="It is me").click()
        expect(page.get_by_role("link", name="mai")).to_be_visible()
        with page.expect_navigation():
            page.get_by_role("button", name="Sign out").click()
        enter(page, "mai", PASSWORD)
        expect(page.get_by_role("link", name="mai")).to_be_visible()
        context.close()
