"""Contacts: identities that connect ads, search by value, hashes and encryption.

A keyed hash links ads; the value is encrypted, for those who may read it.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, InvalidToken

from crawler.ad import Contact, JobAd
from crawler.extract.fields.contacts import spot_contacts
from crawler.extract.fields.phones import e164, national_form
from crawler.files import dumps_line, read_word_list, whole_file
from pipeline.accounts.credentials import derived_key, read_secret_key
from pipeline.case import Verdict
from pipeline.errors import StoreError


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownContact:
    """A contact of the store. The value itself stays sealed."""

    hash: str
    kind: str
    sealed: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactCard(KnownContact):
    """One contact and how far it reaches."""

    ads: int
    campaigns: int
    """Different things that its ads say."""

    employers: int
    """Names under which it was used."""

    places: int
    countries: int
    sources: int
    first_seen: datetime
    last_seen: datetime
    harmful_cases: int
    """Cases of its ads that were last decided to be likely trafficking recruitment, job fraud or irregular."""

    lawful_cases: int
    is_specific: bool
    """Whether it connects the ads that it is in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactLink(KnownContact):
    """Another contact that is in one of the same campaigns."""

    campaign_id: str
    ads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChoice(KnownContact):
    """A contact that the queue can be narrowed by."""

    cases: int
    """Of those that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactAd:
    """An ad that has or had the contact."""

    ad_id: str
    source: str
    title: str
    language: str | None
    employer: str | None
    place: str | None
    country: str | None
    campaign_id: str | None
    case_id: int | None
    verdict: Verdict | None
    first_seen: datetime
    last_seen: datetime
    is_gone: bool
    has_it_now: bool
    """False where the ad has dropped it since."""


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


_PUBLIC: Final = frozenset(chain.from_iterable(read_word_list("public_domains").values()))
"""Domains of free mail and of platforms, which connect nobody."""


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """One way to reach or to pay somebody, as it is compared."""

    kind: str
    """``phone``, whichever service it is used with; ``email``, ``domain``, ``account``, or a service's name."""

    value: str


def find_identities(ad: JobAd) -> tuple[Identity, ...]:
    """What connects this ad with others, sorted, each once. The source's own address does not."""
    own = f".{_host(ad.url)}"
    found = {identity for contact in ad.contacts for identity in identities_of(contact)}
    found |= set(_domain(_host(ad.apply_url)))
    for wallet in _WALLET.finditer(ad.description):
        found.add(Identity("account", wallet[1] if wallet[1].startswith("T") else wallet[1].lower()))
    for account in (match[1].replace(" ", "") for match in _IBAN.finditer(ad.description)):
        if int("".join(str(int(sign, 36)) for sign in account[4:] + account[:4])) % 97 == 1:
            found.add(Identity("account", account))
    for domain in [identity for identity in found if identity.kind == "domain"]:
        if f".{domain.value}".endswith(own) or own.endswith(f".{domain.value}"):  # the same, one within the other
            found.remove(domain)
    return tuple(sorted(found))


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
    if "." in host and not any(host == each or host.endswith(f".{each}") for each in _PUBLIC):
        yield Identity("domain", host)


def _host(address: str | None) -> str:
    try:
        host = urlsplit(address or "").hostname or ""
    except ValueError:
        return ""
    return host.rstrip(".").removeprefix("www.")


def possible_identities(typed: str, kinds: Iterable[str], *, countries: Iterable[str] = ()) -> tuple[Identity, ...]:
    """What the words can stand for, the likeliest first: contacts that are read in them as in an ad, of no country and
    of each of these, then the words as they are, as a contact of each of these kinds."""
    typed, homes = typed.strip(), tuple(dict.fromkeys(countries))
    digits = "".join(char for char in typed if char.isdigit())
    contacts = [
        Contact(kind=each.kind, value=each.value) for home in (None, *homes) for each in spot_contacts(typed, home)
    ]
    contacts.append(Contact(kind="phone", value=f"+{digits}"))
    found = [identity for contact in contacts for identity in identities_of(contact)]
    if digits:
        found += [Identity("phone", number) for home in homes if (number := e164(digits, home))]
        if homes:  # of an ad from another country the number is stored as it is dialled
            numbers = [each.value for each in found if e164(each.value, None)]
            found += [Identity("phone", national_form(number)) for number in numbers]
        found.append(Identity("phone", digits))  # one that is no valid number is stored as the ad has it
    for kind in kinds:  # accounts are written in both cases
        found += [Identity(kind, typed.casefold().removeprefix("@")), Identity(kind, typed)]
    return tuple(dict.fromkeys(found))


LEAST_PARTIAL: Final = 4
"""Characters or digits by which a contact may be looked for in part."""


def is_like(typed: str, value: str) -> bool:
    """Whether a contact's value holds what was typed, as a number ends in its national form."""
    plain = typed.strip().casefold().removeprefix("@")
    if len(plain) >= LEAST_PARTIAL and plain in value.casefold():
        return True
    digits = "".join(char for char in typed if char.isdigit()).removeprefix("0")
    own = "".join(char for char in value if char.isdigit())
    return len(digits) >= LEAST_PARTIAL and not any(map(str.isalpha, plain)) and digits in own


KEY_FILE = "contacts.key"
"""Beside the database. Without it links stay and values are lost: back it up, and elsewhere than the data."""


class ContactVault:
    """What turns contacts into what may be stored, and back."""

    def __init__(self, key: bytes) -> None:
        self._for_hashes = derived_key(key, b"lurewatch contact hash")
        self._fernet = Fernet(base64.urlsafe_b64encode(derived_key(key, b"lurewatch contact value")))

    @classmethod
    def open(cls, folder: Path) -> "ContactVault":
        """The vault whose key lies in this folder; a key is made where there is none. Of a store take ``store.vault``,
        which makes none where one is missing."""
        return cls(read_secret_key(folder / KEY_FILE))

    def hash_of(self, contact: Identity) -> str:
        """32 hex digits, equal for equal contacts; without the key nobody can try numbers out."""
        content = f"{contact.kind}\x1f{contact.value}".encode("utf-8", "surrogatepass")
        return hmac.new(self._for_hashes, content, hashlib.sha256).hexdigest()[:32]

    def seal(self, contact: Identity) -> bytes:
        """The value, encrypted."""
        return self._fernet.encrypt(contact.value.encode("utf-8", "surrogatepass"))

    def seal_text(self, text: str) -> str:
        """The text, encrypted, in ASCII."""
        return self._fernet.encrypt(text.encode("utf-8", "surrogatepass")).decode()

    def read(self, sealed: bytes | str) -> str:
        """The value or the text again. Raises ``StoreError`` where it was sealed with another key, or changed since."""
        try:
            return self._fernet.decrypt(sealed).decode("utf-8", "surrogatepass")
        except InvalidToken as err:
            raise StoreError(
                f"a contact cannot be read with this {KEY_FILE}; expected the key that it was stored with. Put it "
                "back from where you store it; where it is lost for good, `lurewatch contacts discard`"
            ) from err


def write_contacts(cards: Iterable[ContactCard], output: str | Path, vault: ContactVault | None) -> int:
    """How many were written; the contacts themselves only with the ``vault`` that can read them."""
    count = 0
    with whole_file(output) as file:
        for card in cards:
            record = {name: value for name, value in asdict(card).items() if name != "sealed"}
            record |= {name: record[name].isoformat() for name in ("first_seen", "last_seen")}
            if vault is not None:
                record["value"] = vault.read(card.sealed)
            file.write(dumps_line(record))
            count += 1
    return count
