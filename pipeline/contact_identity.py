"""Which contacts of ads are the same, and which are too common to connect ads. Pure."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from crawler.ad import Contact, JobAd

__all__ = ["MOST_CAMPAIGNS", "Identity", "connects", "find_identities", "identities_of"]

MOST_CAMPAIGNS: Final = 30
"""A contact of several employers' ads that say more different things than this is a board's or an agency's switchboard.

Measured: of 676 contacts in ads and messages of eight collections, none was in more than 33 unlike texts, and none of
the ads' contacts stood under more than one employer, however many texts it was in (27 at most).
"""

_NUMBER: Final = re.compile(r"\+\d{7,15}")
_WALLET: Final = re.compile(
    r"(?<![A-Za-z0-9])(T[1-9A-HJ-NP-Za-km-z]{33}|0x[0-9a-fA-F]{40}|bc1[0-9a-z]{39,59})(?![A-Za-z0-9])"
)
_IBAN: Final = re.compile(r"(?<![A-Z0-9])([A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?)(?![A-Z0-9])")


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """One way to reach or to pay somebody, as it is compared."""

    kind: str
    """``phone``, whichever service it is used with; ``email``, ``domain``, ``account``, or a service's name."""

    value: str


def find_identities(ad: JobAd) -> tuple[Identity, ...]:
    """What connects this ad with others, sorted, each once. The source's own address does not."""
    own = _host(ad.url)
    found = {one for contact in ad.contacts for one in identities_of(contact)}
    found |= set(_domain(_host(ad.apply_url)))
    found |= {Identity("account", account) for account in _accounts(ad.description)}
    return tuple(sorted(one for one in found if one.kind != "domain" or one.value != own))


def connects(*, campaigns: int, employers: int, all_named: bool = True) -> bool:
    """Whether a contact says that the ads it is in belong together: it is in few that are unlike, or all name one and
    the same employer."""
    return campaigns <= MOST_CAMPAIGNS or (employers == 1 and all_named)


def identities_of(contact: Contact) -> Iterator[Identity]:
    """What one contact is compared as: itself, and the domain that it names."""
    kind, plain = contact.kind, contact.value.strip().casefold()
    if _NUMBER.fullmatch(plain):
        yield Identity("phone", plain)
    elif kind == "email":
        yield Identity("email", plain)
        yield from _domain(plain.rpartition("@")[2])
    elif kind in {"web", "url", "website"}:
        yield from _domain(_host(plain if "://" in plain else f"//{plain}"))
    elif plain:
        yield Identity(kind, plain.removeprefix("@"))


def _domain(host: str) -> Iterator[Identity]:
    if "." in host and not any(host == each or host.endswith(f".{each}") for each in _public()):
        yield Identity("domain", host)


def _host(address: str | None) -> str:
    try:
        host = urlsplit(address or "").hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")


def _accounts(text: str) -> Iterator[str]:
    for found in _WALLET.finditer(text):
        yield found[1] if found[1].startswith("T") else found[1].lower()
    for found in _IBAN.finditer(text):
        account = found[1].replace(" ", "")
        turned = "".join(str(int(sign, 36)) for sign in account[4:] + account[:4])
        if int(turned) % 97 == 1:
            yield account


@cache
def _public() -> frozenset[str]:
    table = tomllib.loads((Path(__file__).parent / "public_domains.toml").read_text(encoding="utf-8"))
    return frozenset(domain for domains in table.values() for domain in domains)
