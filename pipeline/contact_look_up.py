"""What somebody may have typed when they look for a contact. Pure."""

from collections.abc import Iterable, Iterator

from crawler.ad import Contact
from crawler.extract.contacts import spot_contacts
from pipeline.contact_identity import Identity, identities_of

__all__ = ["possible_identities"]


def possible_identities(typed: str, kinds: Iterable[str]) -> tuple[Identity, ...]:
    """What the words can stand for, the likeliest first: contacts that are read in them as in an ad, then the words as
    they are, as a contact of each of these kinds."""
    return tuple(dict.fromkeys(_possible(typed.strip(), kinds)))


def _possible(typed: str, kinds: Iterable[str]) -> Iterator[Identity]:
    for found in spot_contacts(typed, None):
        yield from identities_of(Contact(kind=found.kind, value=found.value))
    digits = "+" + "".join(char for char in typed if char.isdigit())
    yield from identities_of(Contact(kind="phone", value=digits))
    for kind in kinds:
        yield Identity(kind, typed.casefold().removeprefix("@"))
        yield Identity(kind, typed)  # accounts that are written in both cases
