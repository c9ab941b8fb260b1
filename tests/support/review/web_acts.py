"""What tests of the review page do as a person would; the texts are invented."""

import re

from builders import NOON
from pipeline.web.app import create_app
from pipeline.web.setup import PageSetup

PASSWORD = "river-stone-lamp-42"

HOSTILE = (
    "<script>alert(1)</script> {{ 7 * 7 }} {% raw %} <img src=x onerror=alert(1)> "
    "</div></article><style>body{display:none}</style> javascript:alert(1) \u202egnp.exe"
)


def make_app(database, taxonomy, *, clock=lambda: NOON, **setup):
    """The page over this database, with a key of tests and whatever else of its setup is given."""
    return create_app(PageSetup(database=database, taxonomy=taxonomy, secret_key=b"k" * 32, clock=clock, **setup))


def sign_in(client, name="mai", password=PASSWORD, **fields):
    page = client.get("/sign-in")
    return client.post("/sign-in", data={"name": name, "password": password, "csrf_token": token_in(page), **fields})


def sign_in_as(app, name, **fields):
    """A browser of its own in which this person is signed in."""
    client = app.test_client()
    assert sign_in(client, name, **fields).status_code == 302
    return client


def post(client, path, page="/account", **fields):
    """The form sent with the token that a page of this browser carries."""
    return client.post(path, data={"csrf_token": token_in(client.get(page)), **fields})


def decide(client, case_id=1, **fields):
    """The form of a case sent as its page shows it."""
    page = client.get(f"/case/{case_id}").text
    fingerprint = re.search(r'name="fingerprint" value="(\w+)"', page)[1]
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    made = re.search(r'name="decisions" value="(\d+)"', page)[1]
    given = {"csrf_token": token, "fingerprint": fingerprint, "decisions": made, "verdict": "legitimate"}
    return client.post(f"/case/{case_id}", data=given | fields)


def token_in(page):
    return page.text.split('name="csrf_token" value="')[1].split('"')[0]
