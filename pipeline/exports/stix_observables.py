"""What was observed of an ad, as STIX's cyber-observable objects: its page, and contacts where those may go."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from stix2 import v21

from crawler.ad import Contact
from pipeline.exports.referral import Referral

__all__ = ["observe"]


def observe(referral: Referral, marked: list[str]) -> Iterator[Any]:
    """Each object once; their ids are those that everybody gives to the same address."""
    made = {each["id"]: each for each in _observed(referral, marked)}
    yield from made.values()


def _observed(referral: Referral, marked: list[str]) -> Iterator[Any]:
    ad = referral.ad
    if ad.page:
        yield v21.File(name="archived page", hashes={"SHA-256": ad.page.sha256}, object_marking_refs=marked)
    for address in filter(None, (ad.url, ad.apply_url)):
        if _is_web(address):
            yield v21.URL(value=address, object_marking_refs=marked)
    yield from (_contact(each, marked) for each in ad.contacts)


def _contact(contact: Contact, marked: list[str]) -> Any:
    if contact.kind == "email":
        return v21.EmailAddress(value=contact.value, object_marking_refs=marked)
    if _is_web(contact.value):
        return v21.URL(value=contact.value, object_marking_refs=marked)
    return v21.UserAccount(account_type=contact.kind, account_login=contact.value, object_marking_refs=marked)


def _is_web(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)
