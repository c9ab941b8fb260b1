"""One organisation's OpenID provider: sends people there, and learns from it who came back.

The authorization code flow with PKCE, by Authlib's OAuth session and claims. Its Flask client is left out: see
docs/decisions/0057-openid-by-parts.md.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session

from pipeline.openid.account_name import names_account, read_name
from pipeline.openid.discovery import ProviderFacts, discovery_address, read_facts
from pipeline.openid.id_token import read_id_token
from pipeline.openid.patience import SECONDS, Patience
from pipeline.openid.round_trip import Begun, NotSignedIn, Person, Why
from pipeline.settings import OpenIDSettings

__all__ = ["Provider"]

FACTS_LAST: Final = timedelta(hours=1)
"""How long what the provider says of itself is believed without asking again. Its keys are asked for each time."""

SECRET_LENGTH: Final = 48
"""Letters and digits of state, nonce and verifier: 285 bits."""

_NO: Final = frozenset({"access_denied", "login_required", "consent_required", "interaction_required"})
"""Answers by which the provider, or the person there, says no."""

Result = TypeVar("Result")


class Provider:
    """Whoever vouches for people. Shared by the desk's threads; it holds nothing of any one sign-in."""

    def __init__(self, settings: OpenIDSettings, secret: str, *, seconds: float = SECONDS) -> None:
        assert settings.issuer is not None  # without one there is no provider
        assert settings.client_id is not None
        self.issuer = settings.issuer
        self._client_id = settings.client_id
        self._claim = settings.claim
        self._scopes = settings.scopes
        self._secret = secret
        self._patience = Patience(seconds)
        self._known: tuple[ProviderFacts, datetime] | None = None

    def begin(self, callback: str, *, now: datetime) -> Begun:
        """The way to the provider, and what to hold against its answer, which comes to the ``callback`` address."""
        facts = self._facts(now)
        state, nonce, verifier = (generate_token(SECRET_LENGTH) for _ in range(3))
        with self._session(facts, callback) as session:
            address, _ = session.create_authorization_url(
                facts.authorization_endpoint, state=state, nonce=nonce, code_verifier=verifier
            )
        return Begun(address=address, state=state, nonce=nonce, verifier=verifier)

    def finish(self, answer: Mapping[str, str], *, nonce: str, verifier: str, callback: str, now: datetime) -> Person:
        """Who came back with this answer, of which the state was found right. One code is good for one answer."""
        facts = self._facts(now)
        code = self._code_in(answer, facts)
        with self._session(facts, callback) as session:
            token = self._ask(
                lambda seconds: session.fetch_token(
                    facts.token_endpoint, code=code, code_verifier=verifier, grant_type="authorization_code",
                    redirect_uri=callback, timeout=seconds, allow_redirects=False,
                )
            )  # fmt: skip
            claims = read_id_token(
                token.get("id_token"), self._get(facts.jwks_uri), issuer=self.issuer, client_id=self._client_id,
                nonce=nonce, access_token=token.get("access_token"), now=now,
            )  # fmt: skip
            if not names_account(claims, self._claim) and facts.userinfo_endpoint:
                claims = self._more_of(claims, facts.userinfo_endpoint, session)
        return Person(subject=claims["sub"], name=read_name(claims, self._claim))

    def _code_in(self, answer: Mapping[str, str], facts: ProviderFacts) -> str:
        named = answer.get("iss")
        if named != self.issuer and (named is not None or facts.names_itself):
            raise NotSignedIn("refused", "the answer is another issuer's, or names none where it should")
        if error := answer.get("error"):
            raise NotSignedIn("denied" if error in _NO else "away", f"the provider answers {error[:60]!r}")
        if not answer.get("code"):
            raise NotSignedIn("refused", "the answer holds no code")
        return answer["code"]

    def _more_of(self, claims: Mapping[str, Any], endpoint: str, session: Any) -> Mapping[str, Any]:
        """What the provider says of the same person where the ID token says too little, as the standard lets it."""
        said = self._ask(lambda seconds: _json(session.get(endpoint, timeout=seconds, allow_redirects=False)))
        if not isinstance(said, Mapping) or said.get("sub") != claims["sub"]:
            raise NotSignedIn("refused", "userinfo: it is about somebody else")
        return said

    def _facts(self, now: datetime) -> ProviderFacts:
        known = self._known
        if known is None or not known[1] <= now < known[1] + FACTS_LAST:
            known = self._known = read_facts(self._get(discovery_address(self.issuer)), self.issuer), now
        return known[0]

    def _get(self, address: str) -> object:
        return self._ask(lambda seconds: _json(requests.get(address, timeout=seconds, allow_redirects=False)))

    def _session(self, facts: ProviderFacts, callback: str) -> Any:
        return OAuth2Session(
            client_id=self._client_id, client_secret=self._secret, token_endpoint_auth_method=facts.secret_by,
            scope=self._scopes, redirect_uri=callback, code_challenge_method="S256",
        )  # fmt: skip

    def _ask(self, call: Callable[[float], Result]) -> Result:
        try:
            return self._patience.wait_for(call)
        except AuthlibBaseError as err:
            # The code was used, is too old or another's: that lies with whoever brings it. All else lies with us.
            why: Why = "refused" if err.error == "invalid_grant" else "away"
            raise NotSignedIn(why, f"the provider answers {str(err.error)[:60]!r}") from err
        except (OSError, ValueError) as err:  # whatever requests raises is one of these
            raise NotSignedIn("away", f"the provider cannot be asked: {type(err).__name__}") from err


def _json(answer: requests.Response) -> object:
    if answer.status_code != requests.codes.ok:
        raise NotSignedIn("away", f"the provider answers with status {answer.status_code}")
    said: object = answer.json()
    return said
