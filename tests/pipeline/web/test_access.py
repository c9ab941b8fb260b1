"""Every route of the page, with every role and without one, against a table that a person wrote."""

import re

import pytest
from flask import Flask

from pipeline.web.access import guard
from web_acts import PASSWORD, make_app, post, sign_in_as, token_in

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
    "POST /case/<int:case_id>/aside/undo": DECIDERS,
    "GET /case/<int:case_id>/previous": EVERYONE,
    "GET /case/<int:case_id>/following": EVERYONE,
    "GET /queue.csv": EVERYONE,
    "POST /search": EVERYONE,
    "POST /languages-read": EVERYONE,
    "GET /campaign/<campaign_id>": DECIDERS,
    "GET /contact/<digest>": DECIDERS,
    "GET /bulk": DECIDERS,
    "POST /bulk": DECIDERS,
    "POST /bulk/undo": DECIDERS,
    "POST /filters": EVERYONE,
    "POST /filters/<int:filter_id>/forget": EVERYONE,
    "GET /account": EVERYONE,
    "POST /account/password": EVERYONE,
    "POST /account/care": EVERYONE,
    "POST /account/keys": EVERYONE,
    "POST /account/second-factor": EVERYONE,
    "POST /account/second-factor/confirm": EVERYONE,
    "POST /account/second-factor/codes": EVERYONE,
    "POST /account/second-factor/off": EVERYONE,
    "POST /account/sign-out-everywhere": EVERYONE,
    "GET /check": EVERYONE,
    "GET /ad": DECIDERS,
    "GET /mine": DECIDERS,
    "GET /practice": DECIDERS,
    "GET /practice/<int:number>": DECIDERS,
    "POST /practice/<int:number>": DECIDERS,
    "GET /feedback": DECIDERS,
    "POST /mine/mentions/<int:comment_id>/read": DECIDERS,
    "POST /case/<int:case_id>/assign": DECIDERS,
    "POST /case/<int:case_id>/comments": DECIDERS,
    "POST /case/<int:case_id>/appeal": DECIDERS,
    "POST /case/<int:case_id>/hold": {SUPERVISOR, ADMINISTRATOR},
    "POST /check": EVERYONE,
    "POST /check/open": DECIDERS,
    "POST /account/tokens": EVERYONE,
    "POST /account/tokens/<int:token_id>/end": EVERYONE,
    "GET /criteria": EVERYONE,
    "GET /overview": EVERYONE,
    "GET /overview/<key>.<any(csv,svg,png):ending>": EVERYONE,
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
    "POST /analysts/<name>/<any('provider','unlink','second-factor','role','disable'):what>": {ADMINISTRATOR},
    "POST /analysts/<name>/sign-out": {ADMINISTRATOR},
}
OPEN = {
    "GET /sign-in", "POST /sign-in", "GET /sign-in/openid", "GET /sign-in/openid/callback", "POST /sign-out",
    "GET /sign-in/code", "POST /sign-in/code",
    "POST /language", "GET /static/<path:filename>", "GET /healthz",
}  # fmt: skip
FOR_PROGRAMS = {"POST /api/check", "GET /metrics"}
"""Opened by a token of their own, and by no session."""
VALUES = {
    "<int:case_id>": "1", "<name>": "putu", "<path:filename>": "style.css", "<int:filter_id>": "1",
    "<int:token_id>": "1",
    "<int:comment_id>": "1",
    "<campaign_id>": "none", "<digest>": "0" * 32, "<key>": "queue", "<any(csv,svg,png):ending>": "csv",
    "<ending>": "md",
    "<int:number>": "1", "<any('provider','unlink','second-factor','role','disable'):what>": "disable",
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


def everything(store):
    """All that an act could change."""
    tables = "analysts decisions cases case_ads ad_versions sign_in_attempts provider_links"
    tables += " second_factors recovery_codes"
    return [store.db.rows(f"SELECT * FROM {table}") for table in tables.split()]


def test_the_table_names_every_route(app):
    assert routes(app) == ALLOWED.keys() | OPEN | FOR_PROGRAMS


@pytest.mark.parametrize("name", sorted(EVERYONE))
def test_a_role_reaches_its_own_routes_and_no_other(app, store, name):
    client = sign_in_as(app, name)
    before = everything(store)
    token = token_in(client.get("/account"))
    for route, allowed in sorted(ALLOWED.items()):
        if name not in allowed:
            assert ask(client, route, token).status_code == 403, route
    assert everything(store) == before, "what was refused changed something"
    for route, allowed in sorted(ALLOWED.items()):
        if name in allowed:
            client = sign_in_as(app, name)  # the last act may have signed it out
            assert ask(client, route, token_in(client.get("/account"))).status_code in REACHED, route


def test_without_an_account_every_route_leads_to_the_sign_in(app, client, store):
    before, token = everything(store), token_in(client.get("/sign-in"))
    for route in sorted(ALLOWED):
        answer = ask(client, route, token)
        if route.startswith("POST"):
            assert (answer.status_code, "Nothing was saved" in answer.text) == (401, True), route
        else:
            assert answer.headers["Location"].startswith("/sign-in"), route
    assert everything(store) == before


def test_no_act_is_done_without_the_token_of_its_form(app, store):
    for name in sorted(EVERYONE):
        client = sign_in_as(app, name)
        before = everything(store)
        for route in sorted(routes(app)):
            if route.startswith("POST"):
                refused = 401 if route in FOR_PROGRAMS else 400
                assert ask(client, route).status_code == refused, route
                assert ask(client, route, "ImFiYyI.YQ.forged").status_code == refused, route
        assert everything(store) == before
        assert client.get("/account").status_code == 200, "nor is anyone signed out"


HARD = {
    "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
}  # fmt: skip


@pytest.mark.parametrize("name", [None, ADMINISTRATOR])
def test_every_answer_of_every_route_is_hardened(app, name):
    client = sign_in_as(app, name) if name else app.test_client()
    answers = [ask(client, route) for route in sorted(routes(app) - {"POST /sign-out"})]
    answers += [client.get("/no/such/page"), client.put("/"), client.post("/sign-in", data={"name": "x" * 100_000})]
    assert {answer.status_code for answer in answers} >= {302 if name is None else 200, 400, 404, 405, 413}
    for answer in answers:
        assert HARD.items() <= dict(answer.headers).items()
        policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
        if answer.mimetype == "text/html":
            assert answer.headers["Cache-Control"] == "no-store"
        answer.close()


def test_no_method_gets_round_the_gate(app):
    """HEAD runs what GET runs; what no route names is refused for everyone."""
    client, nobody = sign_in_as(app, RESEARCHER), app.test_client()
    for route, allowed in ALLOWED.items():
        path = route.split(" ")[1]
        if route.startswith("GET"):
            assert ask(client, f"HEAD {path}").status_code in ({403} if RESEARCHER not in allowed else REACHED), route
            assert ask(nobody, f"HEAD {path}").status_code == 302, route
        for method in ("PUT", "PATCH", "DELETE", "TRACE"):
            assert ask(client, f"{method} {path}").status_code == 405, route
        told = client.post("/", data={"_method": "DELETE"}, headers={"X-HTTP-Method-Override": "GET"})
        assert told.status_code in {400, 405}


@pytest.mark.parametrize(
    ("name", "there", "missing"),
    [
        (RESEARCHER, "/contact/{contact}", "/contact/" + "0" * 32),
        (RESEARCHER, "/campaign/{campaign}", "/campaign/none"),
        (RESEARCHER, "/bulk?source=test", "/bulk?source=none"),
        (ANALYST, "/audit?analyst=mai", "/audit?analyst=nobody"),
        (None, "/case/1", "/case/99"),
        (None, "/analysts/mai/role", "/analysts/nobody/role"),
    ],
)
def test_whoever_may_not_see_a_thing_cannot_tell_whether_it_is_there(own_desk, taxonomy, name, there, missing):
    app = make_app(own_desk.database, taxonomy)
    client = sign_in_as(app, name) if name else app.test_client()
    first, second = (
        client.get(path.format(contact=own_desk.contact, campaign=own_desk.campaign)) for path in (there, missing)
    )
    assert first.status_code == second.status_code
    assert first.status_code in {302, 403, 405}
    if first.status_code == 403:
        plain = [re.sub(r'value="[^"]*"', "", answer.text) for answer in (first, second)]
        assert plain[0] == plain[1]


def test_an_analyst_cannot_tell_which_accounts_there_are(app):
    client = sign_in_as(app, ANALYST)
    answers = [post(client, f"/analysts/{name}/role", role="analyst", own_password=PASSWORD) for name in ("putu", "xx")]
    assert [answer.status_code for answer in answers] == [403, 403]
    known, unknown = (re.sub(r'value="[^"]+"', "", answer.text) for answer in answers)  # a token tells its second
    assert known == unknown


def test_an_app_with_a_view_that_asks_for_nothing_in_particular_is_not_made():
    app = Flask("test")
    app.add_url_rule("/open", view_func=lambda: "", endpoint="open")
    with pytest.raises(RuntimeError, match="'open' says not what it needs"):
        guard(app)


def test_a_role_that_changes_counts_from_the_next_page_on(app, store):
    client = sign_in_as(app, ADMINISTRATOR)
    assert client.get("/analysts").status_code == 200
    store.accounts.set_role(ADMINISTRATOR, "researcher")
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
    assert "does not have permission" in answer.text


BEYOND = "9223372036854775808"
"""One more than the largest number that SQLite takes."""


@pytest.mark.parametrize(
    "path",
    [
        f"/?after=1,{BEYOND}", f"/?after=-inf,{BEYOND[:-1]}", "/?after=nan,1", f"/audit?before={BEYOND}",
        f"/audit?before=-{BEYOND}9", f"/audit?before={'9' * 5_000}", f"/export?case={BEYOND}", f"/?decided={BEYOND}",
        f"/case/{BEYOND}", f"/case/{'9' * 4_000}", f"/case/1/page/{BEYOND}", f"/overview?days={BEYOND}",
    ],
)  # fmt: skip
def test_no_number_is_too_large_for_a_page(app, path):
    assert sign_in_as(app, "a-administrator").get(path).status_code in {200, 302, 400, 404, 414}


@pytest.mark.parametrize(
    ("site", "claimed"), [("cross-site", False), ("same-site", False), ("same-origin", True), (None, True)]
)
def test_a_link_elsewhere_claims_no_case(app, store, clock, site, claimed):
    client = sign_in_as(app, "mai")
    assert client.get("/case/1", headers={"Sec-Fetch-Site": site} if site else {}).status_code == 200
    assert (store.cases.claim_of(1, at=clock[-1]) is not None) is claimed
