"""Every route of the page, with every role and without one, against a table that a person wrote."""

import pytest
from flask import Flask

from pipeline.web.gate import guard
from web_acts import PASSWORD, post, sign_in_as, token_in

ANALYST, SUPERVISOR, RESEARCHER, ADMINISTRATOR = "mai", "a-supervisor", "a-researcher", "a-administrator"
EVERYONE = {ANALYST, SUPERVISOR, RESEARCHER, ADMINISTRATOR}
DECIDERS = EVERYONE - {RESEARCHER}

ALLOWED = {
    "GET /": EVERYONE,
    "GET /case/<int:case_id>": EVERYONE,
    "GET /case/<int:case_id>/page/<int:number>": DECIDERS,
    "POST /case/<int:case_id>": DECIDERS,
    "POST /case/<int:case_id>/undo": DECIDERS,
    "POST /case/<int:case_id>/aside": DECIDERS,
    "GET /campaign/<campaign_id>": DECIDERS,
    "GET /contact/<digest>": DECIDERS,
    "POST /contact": DECIDERS,
    "GET /bulk": DECIDERS,
    "POST /bulk": DECIDERS,
    "POST /filters": EVERYONE,
    "POST /filters/<int:filter_id>/forget": EVERYONE,
    "GET /account": EVERYONE,
    "POST /account/password": EVERYONE,
    "POST /account/care": EVERYONE,
    "POST /account/sign-out-everywhere": EVERYONE,
    "GET /criteria": EVERYONE,
    "GET /overview": EVERYONE,
    "GET /overview/<key>.csv": EVERYONE,
    "GET /overview/<key>.svg": EVERYONE,
    "GET /export": DECIDERS,
    "POST /export": DECIDERS,
    "GET /labels.jsonl": {SUPERVISOR, RESEARCHER, ADMINISTRATOR},
    "GET /brief": EVERYONE,
    "GET /brief.<ending>": EVERYONE,
    "GET /agreement": {SUPERVISOR, ADMINISTRATOR},
    "GET /audit": {SUPERVISOR, ADMINISTRATOR},
    "GET /analysts": {ADMINISTRATOR},
    "POST /analysts": {ADMINISTRATOR},
    "POST /analysts/<name>/password": {ADMINISTRATOR},
    "POST /analysts/<name>/role": {ADMINISTRATOR},
    "POST /analysts/<name>/disable": {ADMINISTRATOR},
    "POST /analysts/<name>/sign-out": {ADMINISTRATOR},
}
OPEN = {"GET /sign-in", "POST /sign-in", "POST /sign-out", "POST /language", "GET /static/<path:filename>"}
VALUES = {
    "<int:case_id>": "1", "<name>": "putu", "<path:filename>": "style.css", "<int:filter_id>": "1",
    "<campaign_id>": "none", "<digest>": "0" * 32, "<key>": "queue",
    "<ending>": "md",
    "<int:number>": "1",
}  # fmt: skip
REACHED = {200, 302, 400, 404, 409}
"""404: past the gate, and there is no such campaign or contact."""


def routes(app):
    return {
        f"{method} {rule.rule}" for rule in app.url_map.iter_rules() for method in rule.methods - {"HEAD", "OPTIONS"}
    }


def ask(client, route, token=""):
    method, path = route.split(" ")
    for name, value in VALUES.items():
        path = path.replace(name, value)
    return client.open(path, method=method, data={"csrf_token": token} if method == "POST" else None)


def everything(queue):
    """All that an act could change."""
    return [
        queue._rows(f"SELECT * FROM {table}")
        for table in ("analysts", "decisions", "cases", "case_ads", "ad_versions", "sign_in_tries")
    ]


def test_the_table_names_every_route(app):
    assert routes(app) == ALLOWED.keys() | OPEN


@pytest.mark.parametrize("name", sorted(EVERYONE))
def test_a_role_reaches_its_own_routes_and_no_other(app, queue, name):
    client = sign_in_as(app, name)
    before = everything(queue)
    token = token_in(client.get("/account"))
    for route, allowed in sorted(ALLOWED.items()):
        if name not in allowed:
            assert ask(client, route, token).status_code == 403, route
    assert everything(queue) == before, "what was refused changed something"
    for route, allowed in sorted(ALLOWED.items()):
        if name in allowed:
            client = sign_in_as(app, name)  # the last act may have signed it out
            assert ask(client, route, token_in(client.get("/account"))).status_code in REACHED, route


def test_without_an_account_every_route_leads_to_the_sign_in(app, client, queue):
    before, token = everything(queue), token_in(client.get("/sign-in"))
    for route in sorted(ALLOWED):
        answer = ask(client, route, token)
        assert answer.status_code == 302, route
        assert answer.headers["Location"].startswith("/sign-in"), route
    assert everything(queue) == before


def test_no_act_is_done_without_the_token_of_its_form(app, queue):
    for name in sorted(EVERYONE):
        client = sign_in_as(app, name)
        before = everything(queue)
        for route in sorted(routes(app)):
            if route.startswith("POST") and route != "POST /sign-in":
                assert ask(client, route).status_code == 400, route
                assert ask(client, route, "ImFiYyI.YQ.forged").status_code == 400, route
        assert everything(queue) == before
        assert client.get("/account").status_code == 200, "nor is anyone signed out"


def test_an_app_with_a_view_that_asks_for_nothing_in_particular_is_not_made():
    app = Flask("test")
    app.add_url_rule("/open", view_func=lambda: "", endpoint="open")
    with pytest.raises(RuntimeError, match="'open' says not what it needs"):
        guard(app)


def test_a_role_that_changes_counts_from_the_next_page_on(app, queue):
    client = sign_in_as(app, ADMINISTRATOR)
    assert client.get("/analysts").status_code == 200
    queue.set_role(ADMINISTRATOR, "researcher")
    assert client.get("/analysts").status_code == 302
    assert sign_in_as(app, ADMINISTRATOR).get("/analysts").status_code == 403


def test_pages_offer_no_act_that_would_be_refused(app):
    page = sign_in_as(app, RESEARCHER).get("/case/1").text
    assert "<form" in page
    assert 'name="verdict"' not in page
    assert "/analysts" not in page


def test_a_refused_act_is_a_plain_page(app):
    answer = post(sign_in_as(app, ANALYST), "/analysts", name="x", role="administrator", own_password=PASSWORD)
    assert answer.status_code == 403
    assert "may not do this" in answer.text
