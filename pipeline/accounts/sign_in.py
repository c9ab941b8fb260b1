"""Records of a sign-in by an OpenID provider.

Apart from what reads them, which needs the extra ``openid``: the review page starts without it.
"""

from dataclasses import dataclass
from typing import Literal

from pipeline.errors import PipelineError

__all__ = ["Begun", "NotSignedIn", "Person", "Why"]

Why = Literal["away", "denied", "lost", "refused"]
"""``away``: the provider does not answer as it should; ``denied``: it, or the person there, said no; ``lost``: nobody
here has begun this, or too long ago; ``refused``: everything else, which whoever tries is not told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A sign-in that was begun. All but the address stays with the browser that began it."""

    address: str
    """Where the browser goes: the provider's own page."""

    state: str
    """Comes back with the answer: it shows that the same browser began and ends this."""

    nonce: str
    """Comes back inside the token: it shows that the token was made for this sign-in."""

    verifier: str
    """Shows the provider that whoever brings the code is whoever began (PKCE)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody whom the provider knows."""

    subject: str
    """Who they are at the provider, whatever they are called there."""

    name: str
    """What they are called there, by the claim that names accounts."""


class NotSignedIn(PipelineError):
    """Raised when a sign-in by the provider does not succeed, from ``openid``. Its message is for the log: it holds no
    secret, no token and no name."""

    def __init__(self, why: Why, cause: str) -> None:
        super().__init__(cause)
        self.why = why
