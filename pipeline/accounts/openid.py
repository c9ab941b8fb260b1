"""OpenID client of one provider: discovery, redirect, token exchange, ID token.

The authorization code flow with PKCE, by Authlib's OAuth session and claims. Its Flask client is left out: see
docs/decisions/0057-openid-by-parts.md. A request that takes longer than some seconds fails, whatever the provider does.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import BoundedSemaphore, Thread
from typing import Any, Final, TypeVar

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from pipeline.accounts.analysts import check_name
from pipeline.errors import BadAnalyst, NotSignedIn, SignInFault
from pipeline.settings.loader import EMAIL, is_local, is_safe
from pipeline.settings.records import OpenIDSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody whom the provider knows."""

    subject: str
    """Who they are at the provider, whatever they are called there."""

    name: str
    """What they are called there, by the claim that names accounts."""


Result = TypeVar("Result")

SECONDS: Final = 5.0
AT_ONCE: Final = 4
"""Calls under way at a time, of the sixteen answers that the page gives at a time."""


_WAYS: Final = ("client_secret_basic", "client_secret_post")
"""How this installation can show its secret, the better way first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFacts:
    """Where a provider is asked for what, and how."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    secret_by: str
    names_itself: bool
    """Whether each of its answers names the issuer (RFC 9207)."""


def read_facts(document: object, issuer: str) -> ProviderFacts:
    """The facts, if this issuer and no other says them, and every address is as safe as its own."""
    if not isinstance(document, Mapping):
        raise NotSignedIn("away", "discovery: expected an object")
    if document.get("issuer") != issuer:
        found = str(document.get("issuer"))[:200]
        raise NotSignedIn("away", f"discovery: expected the issuer of lurewatch.toml to the letter, found {found!r}")
    needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    for key in needed:
        if not is_safe(document.get(key), local=is_local(issuer)):
            raise NotSignedIn("away", f"discovery: {key}: expected an https address")
    userinfo = document.get("userinfo_endpoint")
    ways = document.get("token_endpoint_auth_methods_supported") or _WAYS
    secret_by = next((way for way in _WAYS if isinstance(ways, list | tuple) and way in ways), None)
    if secret_by is None:
        raise NotSignedIn("away", f"discovery: the desk shows its secret by {' or '.join(_WAYS)}; neither is supported")
    return ProviderFacts(
        **{key: document[key] for key in needed},
        userinfo_endpoint=userinfo if is_safe(userinfo, local=is_local(issuer)) else None,
        secret_by=secret_by,
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
    )


_NO: Final = frozenset({"access_denied", "login_required", "consent_required", "interaction_required"})
"""Answers by which the provider, or the person there, says no."""


class Provider:
    """Whoever vouches for people. Shared by the page's threads; it holds nothing of any one sign-in."""

    def __init__(self, settings: OpenIDSettings, secret: str, *, seconds: float = SECONDS) -> None:
        assert settings.issuer is not None  # without one there is no provider
        self.issuer = settings.issuer
        self._settings = settings
        self._secret = secret
        self._seconds, self._places = seconds, BoundedSemaphore(AT_ONCE)
        self._known: tuple[ProviderFacts, datetime] | None = None

    def begin(self, callback: str, *, now: datetime) -> tuple[str, dict[str, str]]:
        """Where the browser goes, which is the provider's own page, and what stays with the browser.

        The ``state`` comes back with the answer, to the ``callback`` address: the same browser began and ends this. The
        ``nonce`` comes back inside the token, which was then made for this sign-in. The ``verifier`` shows the provider
        that whoever brings the code is whoever began (PKCE).
        """
        facts = self._facts(now)
        state, nonce, verifier = (generate_token(48) for _ in range(3))  # letters and digits: 285 bits each
        with self._session(facts, callback) as session:
            address, _ = session.create_authorization_url(
                facts.authorization_endpoint, state=state, nonce=nonce, code_verifier=verifier
            )
        return address, {"state": state, "nonce": nonce, "verifier": verifier}

    def finish(self, answer: Mapping[str, str], *, nonce: str, verifier: str, callback: str, now: datetime) -> Person:
        """Who came back with this answer, of which the state was found right. One code is good for one answer."""
        facts = self._facts(now)
        named, error, code = (answer.get(key) for key in ("iss", "error", "code"))
        if named != self.issuer and (named is not None or facts.names_itself):
            raise NotSignedIn("refused", "the answer is another issuer's, or names none where it should")
        if error:
            raise NotSignedIn("denied" if error in _NO else "away", f"the provider answers {error[:60]!r}")
        if not code:
            raise NotSignedIn("refused", "the answer holds no code")
        with self._session(facts, callback) as session:
            token = self._ask(
                lambda seconds: session.fetch_token(
                    facts.token_endpoint, code=code, code_verifier=verifier, grant_type="authorization_code",
                    redirect_uri=callback, timeout=seconds, allow_redirects=False,
                )
            )  # fmt: skip
            claims = read_id_token(token, self._get(facts.jwks_uri), self._settings, nonce=nonce, now=now)
            claim = self._settings.claim
            is_named = claim in claims and (claim != EMAIL or "email_verified" in claims)
            if not is_named and facts.userinfo_endpoint:
                # Where the ID token says too little the standard lets the provider say more of the same person.
                endpoint = facts.userinfo_endpoint
                more = self._ask(lambda seconds: _json(session.get(endpoint, timeout=seconds, allow_redirects=False)))
                if not isinstance(more, Mapping) or more.get("sub") != claims["sub"]:
                    raise NotSignedIn("refused", "userinfo: it is about somebody else")
                claims = more
        return Person(subject=claims["sub"], name=read_name(claims, claim))

    def _facts(self, now: datetime) -> ProviderFacts:
        known = self._known  # believed for an hour without asking again; its keys are asked for each time
        if known is None or not known[1] <= now < known[1] + timedelta(hours=1):
            document = self._get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            known = self._known = read_facts(document, self.issuer), now
        return known[0]

    def _get(self, address: str) -> object:
        return self._ask(lambda seconds: _json(requests.get(address, timeout=seconds, allow_redirects=False)))

    def _session(self, facts: ProviderFacts, callback: str) -> Any:
        return OAuth2Session(
            client_id=self._settings.client_id, client_secret=self._secret, token_endpoint_auth_method=facts.secret_by,
            scope=self._settings.scopes, redirect_uri=callback, code_challenge_method="S256",
        )  # fmt: skip

    def _ask(self, call: Callable[[float], Result]) -> Result:
        """What the call gives, which is told how many seconds it has, or ``NotSignedIn`` once they are up.

        The limit of a socket begins anew with every byte: a provider that sends one now and then could hold whoever
        waits for hours. So each call has a thread of its own, which is left behind when its time is up; and since it
        counts until it ends, a provider that hangs can take neither threads nor the page's answers from those who work.
        """
        if not self._places.acquire(blocking=False):
            raise NotSignedIn("away", f"{AT_ONCE} calls to the provider are under way already")
        answer: Future[Result] = Future()
        # A daemon: one that was left behind must not keep the server from ending.
        Thread(target=self._run, args=(call, answer), daemon=True).start()
        try:
            return answer.result(timeout=self._seconds)
        except TimeoutError as err:
            raise NotSignedIn("away", f"the provider took more than {self._seconds:g} seconds") from err
        except AuthlibBaseError as err:
            # The code was used, is too old or another's: that lies with whoever brings it. All else lies with us.
            why: SignInFault = "refused" if err.error == "invalid_grant" else "away"
            raise NotSignedIn(why, f"the provider answers {str(err.error)[:60]!r}") from err
        except (OSError, ValueError) as err:  # whatever requests raises is one of these
            raise NotSignedIn("away", f"the provider cannot be asked: {type(err).__name__}") from err

    def _run(self, call: Callable[[float], Result], answer: Future[Result]) -> None:
        try:
            answer.set_result(call(self._seconds))
        except Exception as err:  # noqa: BLE001 - raised again by whoever waits
            answer.set_exception(err)
        finally:
            self._places.release()


def _json(answer: requests.Response) -> object:
    if answer.status_code != requests.codes.ok:
        raise NotSignedIn("away", f"the provider answers with status {answer.status_code}")
    content: object = answer.json()
    return content


ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures that only the holder of a private key can make. Ours and not the provider's to choose: ``none`` proves
nothing, and under HS256 a public key that anybody can read would do for a secret."""


def read_id_token(
    token: Mapping[str, Any], key_set: object, settings: OpenIDSettings, *, nonce: str, now: datetime
) -> Mapping[str, Any]:
    """The claims of the ID token in the answer, once every one that guards a sign-in holds.

    A token proves whose signature it bears, for whom, for which sign-in, and when. What it does not prove is refused.
    """
    text, client_id = token.get("id_token"), settings.client_id
    if not isinstance(text, str):
        raise NotSignedIn("refused", "the answer holds no ID token")
    listed = key_set.get("keys") if isinstance(key_set, Mapping) else None
    if not isinstance(listed, list):
        raise NotSignedIn("refused", "ID token: expected a set of keys")
    # Whatever else lies beside the public keys for signatures signs nothing here.
    dicts = (key for key in listed if isinstance(key, dict))
    public = [key for key in dicts if key.get("kty") in ("RSA", "EC") and key.get("use", "sig") == "sig"]
    try:
        registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        signed = jwt.decode(text, KeySet.import_key_set({"keys": public}), registry=registry)
        claims = CodeIDToken(
            signed.claims,
            signed.header,
            # Asked for by name: left to itself the library compares neither audience nor issuer with ours.
            {"iss": {"essential": True, "value": settings.issuer}, "aud": {"essential": True, "value": client_id}},
            {"nonce": nonce, "client_id": client_id, "access_token": token.get("access_token")},
        )
        claims.validate(now=int(now.timestamp()), leeway=60)  # seconds by which two clocks may differ
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as err:
        # What the library says of it; an unforeseen error could quote the token.
        cause = str(err) if isinstance(err, JoseError) else type(err).__name__
        raise NotSignedIn("refused", f"ID token: {cause}") from err
    if not claims["sub"]:
        raise NotSignedIn("refused", "ID token: it names nobody")
    return dict(claims)


def read_name(claims: Mapping[str, Any], claim: str) -> str:
    """The name as the provider writes it: nothing is folded, so that no likeness of letters makes two names one.

    An e-mail address counts only where the provider has verified it: elsewhere people type in whatever they like.
    """
    name = claims.get(claim)
    if not isinstance(name, str):
        raise NotSignedIn("refused", f"the claim {claim!r}, which names the account, is not there")
    if claim == EMAIL and claims.get("email_verified") is not True:
        raise NotSignedIn("refused", "the provider has not verified the e-mail address")
    try:
        return check_name(name)
    except BadAnalyst as err:
        raise NotSignedIn("refused", f"the claim {claim!r} is nothing that an account could be called") from err
