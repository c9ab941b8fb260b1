"""What tests of signing in by an OpenID provider do, as a browser would, and what they are told."""

import re

import requests

from openid_provider import CLIENT, SECRET
from pipeline.accounts.openid import Provider
from pipeline.settings.records import OpenIDSettings

AWAY, DENIED = "does not answer as it should", "did not let you in"
LOST, REFUSED = "took too long, or was begun elsewhere", "You could not be signed in"


def vouched_by(provider, *, claim="preferred_username", seconds=5.0):
    scopes = "openid email" if claim == "email" else "openid profile"
    settings = OpenIDSettings(issuer=provider.address, client_id=CLIENT, claim=claim, scopes=scopes)
    return Provider(settings, SECRET, seconds=seconds)


def leave(client, **asked):
    """The address at the provider that the desk sends the browser to."""
    answer = client.get("/sign-in/openid", query_string=asked)
    assert answer.status_code == 302
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.headers["Location"]


def pass_by_provider(address):
    """The path at the desk that the provider sends the browser back to."""
    back = requests.get(address, allow_redirects=False, timeout=10).headers["Location"]
    return back.removeprefix("http://localhost")


def go_round(client, **asked):
    """The desk's answer to somebody who comes back from the provider."""
    return client.get(pass_by_provider(leave(client, **asked)))


def said_on_form(client, answer):
    """The notice on the form that the answer leads to; nobody is in."""
    assert answer.headers["Location"].startswith("/sign-in")
    assert "openid" not in answer.headers["Location"]
    assert client.get("/account").status_code == 302
    page = client.get(answer.headers["Location"]).text
    return re.search(r'role="(?:status|alert)">([^<]+)<', page)[1]
