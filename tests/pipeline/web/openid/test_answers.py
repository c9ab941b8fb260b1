"""Answers that come back from a provider: another's, twice, too late, or none."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from builders import NOON
from openid_acts import AWAY, DENIED, LOST, REFUSED, go_round, leave, pass_by_provider, said_on_form
from web_acts import post


def test_a_state_is_good_for_one_answer(desk, provider):
    client = desk.test_client()
    back = pass_by_provider(leave(client))
    assert client.get(back).headers["Location"] == "/"
    post(client, "/sign-out")
    assert LOST in said_on_form(client, client.get(back))


def test_a_code_is_good_for_one_answer_even_with_the_cookie_of_before(desk):
    client = desk.test_client()
    back, before = pass_by_provider(leave(client)), client.get_cookie("lurewatch").value
    client.get(back)
    thief = desk.test_client()
    thief.set_cookie("lurewatch", before)
    assert REFUSED in said_on_form(thief, thief.get(back))


@pytest.mark.parametrize("state", [None, "", "x", "é"])
def test_an_answer_that_this_browser_did_not_ask_for_is_lost(desk, state):
    """Whoever sends somebody a link with an answer of their own would else have them work under another's name."""
    attacker, victim = desk.test_client(), desk.test_client()
    back = pass_by_provider(leave(attacker))
    assert LOST in said_on_form(victim, victim.get(back))
    own = leave(victim)
    code = parse_qs(urlsplit(back).query)["code"][0]
    planted = victim.get("/sign-in/openid/callback", query_string={"code": code} | ({"state": state} if state else {}))
    assert LOST in said_on_form(victim, planted)
    assert victim.get(pass_by_provider(own)).headers["Location"] == "/", "what one began oneself goes on"


def test_a_code_of_another_sign_in_is_refused(desk):
    """Its challenge is another one: PKCE."""
    attacker, victim = desk.test_client(), desk.test_client()
    stolen = parse_qs(urlsplit(pass_by_provider(leave(victim))).query)["code"][0]
    back = pass_by_provider(leave(attacker))
    assert REFUSED in said_on_form(attacker, attacker.get(re.sub("code=[^&]+", f"code={stolen}", back)))


def test_whoever_stays_away_for_too_long_begins_again(desk, clock):
    client = desk.test_client()
    back = pass_by_provider(leave(client, next="/case/1"))
    clock.append(NOON + timedelta(minutes=16))
    answer = client.get(back)
    assert answer.headers["Location"] == "/sign-in?next=/case/1"
    assert LOST in said_on_form(client, answer)


def test_what_comes_back_in_place_of_a_code_is_told_calmly(desk, provider):
    client = desk.test_client()
    for answers, said in (
        ({"error": "access_denied"}, DENIED),
        ({"error": "login_required", "error_description": "<script>alert(1)</script>"}, DENIED),
        ({"error": "server_error"}, AWAY),
        ({"error": "<script>alert(1)</script>"}, AWAY),
        ({"code": ""}, REFUSED),
        ({"code": "made-up"}, REFUSED),
        ({"code": "\0\r\n"}, REFUSED),
        ({"code": "x" * 20_000}, REFUSED),
        ({"iss": "https://evil.example"}, REFUSED),
        ({"iss": ""}, REFUSED),
    ):
        provider.answers = answers
        assert said in said_on_form(client, go_round(client)), answers


def test_a_provider_that_names_itself_must_do_so_each_time(desk, provider):
    provider.discovery = {"authorization_response_iss_parameter_supported": True}
    client = desk.test_client()
    assert REFUSED in said_on_form(client, go_round(client))
    provider.answers = {"iss": provider.address}
    assert go_round(client).headers["Location"] == "/"
