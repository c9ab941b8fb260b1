"""Names for ads without an address, made of their texts."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from crawler.extract.raw import RawAd
from crawler.extract.text import fold

__all__ = ["digest_of", "identified", "place_among", "places_alone"]


def place_among(ads: Sequence[RawAd], url: str) -> tuple[str, ...]:
    """For each ad of a page a place on it that no other has, ``page#name``.

    The name comes from the ad alone, so that it keeps it when others come and go: from its identifier, where no other
    on the page has the same one, else from title, employer and place. Only where these are the same as another's does
    the text count, and an edit makes another ad of it.
    """
    return tuple(f"{url.partition('#')[0]}#{name}" for name in _names(ads))


def places_alone(ad: RawAd, url: str) -> tuple[str, ...]:
    """The places that an ad which is alone on its page may have had while it stood beside others: then it had only what
    it says of itself, not what is read from the rest of the page."""
    stated = (ad.title, ad.hiring_organization, ad.job_location)
    names = [
        digest_of(*stated),
        digest_of(*stated[:2], None),
        digest_of(*stated[:1], None, None),
        digest_of(*stated, ad.description),
    ]
    if ad.identifier:
        names.insert(0, digest_of(ad.identifier))
    return tuple(f"{url.partition('#')[0]}#{name}" for name in names)


def identified(entries: Sequence[RawAd]) -> tuple[RawAd, ...]:
    """The entries of a feed; those with neither an identifier nor an address have one made of what they say."""
    names = iter(_names([entry for entry in entries if not (entry.identifier or entry.url)]))
    return tuple(
        entry if entry.identifier or entry.url else replace(entry, identifier=next(names)) for entry in entries
    )


def _names(ads: Sequence[RawAd]) -> tuple[str, ...]:
    same = Counter(ad.identifier for ad in ads)
    plain = [
        digest_of(ad.identifier)
        if ad.identifier and same[ad.identifier] == 1
        else digest_of(ad.title, ad.hiring_organization, ad.job_location)
        for ad in ads
    ]
    texts = Counter(name for name, _ in set(zip(plain, map(_text, ads), strict=True)))
    shared = {name for name, count in texts.items() if count > 1}
    return tuple(
        digest_of(ad.title, ad.hiring_organization, ad.job_location, ad.description) if name in shared else name
        for ad, name in zip(ads, plain, strict=True)
    )


def _text(ad: RawAd) -> str:
    return fold(f"{ad.title or ''}\n{ad.description or ''}")


def digest_of(*parts: str | None) -> str:
    """A short name made of the texts, the same for texts that read the same."""
    stated = "\x1f".join(fold(part or "") for part in parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(stated, digest_size=8).hexdigest()
