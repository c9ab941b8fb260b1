"""An OpenID provider on this machine, which keeps to the standard until a test has it do otherwise. Everybody in it is
invented."""

import hashlib
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from urllib.parse import urlencode

from flask import Flask, Response, abort, redirect, request
from joserfc import jwt
from joserfc.jwk import RSAKey

from browsing import serve
from builders import NOON

CLIENT, SECRET = "desk", "shown-to-the-provider-alone"
SUBJECT = "248289761001"
ASKING = """<!doctype html><title>Example organisation</title><form method="post"><button>It is me</button></form>"""


@cache
def private_key(number: int = 0) -> RSAKey:
    """One key a number; making one takes longer than a test."""
    return RSAKey.generate_key(2048, {"kid": f"key-{number}", "use": "sig", "alg": "RS256"})


def signed(claims: dict, key: RSAKey | None = None, **header: object) -> str:
    """The claims as a token of this key, the provider's own unless another is given."""
    key = key or private_key()
    return jwt.encode({"alg": "RS256", "kid": key.kid, **header}, claims, key)


class LoopbackProvider:
    """What it says and does can be changed at any time; ``serve_provider`` gives it an address."""

    def __init__(self) -> None:
        self.address = ""
        self.now = NOON
        self.person = {"sub": SUBJECT, "preferred_username": "mai", "email": "mai@example.org", "email_verified": True}
        """What it knows of whoever is signed in there."""

        self.in_token = {"preferred_username", "email", "email_verified"}
        """What of it stands in the ID token; the rest is at the userinfo endpoint."""

        self.claims: dict[str, object] = {}
        """Claims of the ID token that are other ones than they should be; None for missing."""

        self.sign: Callable[[dict], str] = signed
        self.discovery: dict[str, object] = {}
        self.userinfo: dict[str, object] = {}
        self.keys: list[dict] = [private_key().as_dict(private=False)]
        self.answers: dict[str, str] = {}
        """What comes back with the code, where it is something else than it should be."""

        self.faults: dict[str, str] = {}
        """By path: a status, ``page``, ``slow``, ``drip`` or ``elsewhere``."""

        self.asks = False
        """Whether the person has to press a button there."""

        self.asked: list[str] = []
        self.released = threading.Event()
        self._codes: dict[str, dict[str, str]] = {}

    def app(self) -> Flask:
        """Its pages."""
        app = Flask("provider")
        app.before_request(self._go_wrong)
        app.get("/.well-known/openid-configuration")(self._tell)
        app.route("/authorize", methods=["GET", "POST"], endpoint="authorize")(self._authorize)
        app.post("/token")(self._give_token)
        app.get("/keys")(lambda: {"keys": self.keys})
        app.get("/userinfo")(self._say_more)
        return app

    def _go_wrong(self) -> Response | None:
        self.asked.append(request.path)
        fault = self.faults.get(request.path)
        if fault == "page":
            return Response("<!doctype html><p>All is well.</p>", mimetype="text/html")
        if fault == "elsewhere":
            return redirect("/keys")
        if fault == "slow":
            self.released.wait(20)
        if fault == "drip":
            return Response(self._drip(), mimetype="application/json")
        if fault and fault.isdigit():
            abort(int(fault))
        return None

    def _drip(self) -> Iterator[bytes]:
        """A byte now and then: each of them begins a socket's time anew."""
        while not self.released.is_set():
            yield b" "
            time.sleep(0.05)

    def _tell(self) -> dict:
        said = {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "id_token_signing_alg_values_supported": ["RS256"],
        }
        return {key: value for key, value in (said | self.discovery).items() if value is not None}

    def _authorize(self) -> Response | str:
        asked = request.args
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        if self.asks and request.method == "GET":
            return ASKING
        code = secrets.token_urlsafe(16)
        self._codes[code] = {key: asked[key] for key in ("nonce", "code_challenge", "redirect_uri")}
        return redirect(asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"]} | self.answers))

    def _give_token(self) -> tuple[dict, int]:
        asked = self._codes.pop(request.form["code"], None)  # one code, one token
        shown = request.authorization
        in_form = (request.form.get("client_id"), request.form.get("client_secret"))
        if (CLIENT, SECRET) not in {in_form, (shown.username, shown.password) if shown else None}:
            return {"error": "invalid_client"}, 401
        fits = asked and asked["redirect_uri"] == request.form["redirect_uri"]
        if not fits or challenge(request.form["code_verifier"]) != asked["code_challenge"]:
            return {"error": "invalid_grant", "error_description": "mai's code is not good"}, 400
        token = {"access_token": "opens-userinfo", "token_type": "Bearer", "expires_in": 300}
        return token | {"id_token": self.sign(self._claims(asked["nonce"]))}, 200

    def _claims(self, nonce: str) -> dict:
        now = int(self.now.timestamp())
        said = {"iss": self.address, "sub": self.person["sub"], "aud": CLIENT, "iat": now, "exp": now + 300}
        said |= {key: value for key, value in self.person.items() if key in self.in_token}
        said |= {"nonce": nonce} | self.claims
        return {key: value for key, value in said.items() if value is not None}

    def _say_more(self) -> dict:
        if request.headers.get("Authorization") != "Bearer opens-userinfo":
            abort(401)
        return self.person | self.userinfo


def challenge(verifier: str) -> str:
    """What a verifier must have been announced by (PKCE, S256)."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@contextmanager
def serve_provider() -> Iterator[LoopbackProvider]:
    """A provider with an address."""
    provider = LoopbackProvider()
    with serve(provider.app()) as address:
        provider.address = address
        try:
            yield provider
        finally:
            provider.released.set()
