"""Raw ads before normalisation: record, ids without an address, equality."""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from crawler.extract.text import distinct, fold

Reader = Literal["json-ld", "microdata", "select", "page", "feed", "api", "channel"]
"""Which reader found the ad: RDFa counts as microdata, the card's selectors as select, an application's embedded state
as api."""

Outcome = Literal["ad", "listing", "not_an_ad"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawSalary:
    """Pay as found; ``raw`` holds all of it in one line, the rest what the source told apart."""

    min: str | None = None
    max: str | None = None
    currency: str | None = None
    period: str | None = None
    """``MONTH``, ``HUR``, ``per month``, ...: in the source's own words."""

    raw: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RawAd:
    """One ad in the source's own words: text is NFC and free of markup, nothing is converted."""

    title: str | None = None
    description: str | None = None
    """Plain text with line breaks."""

    url: str | None = None
    """The ad's own address; None where only the address it was fetched from is known."""

    identifier: str | None = None
    date_posted: str | None = None
    valid_through: str | None = None
    hiring_organization: str | None = None
    company_profile: str | None = None
    job_location: str | None = None
    """Several places are joined by ``; ``."""

    country: str | None = None
    base_salary: RawSalary | None = None
    employment_type: str | None = None
    apply_url: str | None = None
    contact: str | None = None
    """Phone and mail given in fields of their own."""

    language: str | None = None
    """As the source declares it; a page's template often says something else than its ad."""

    forwarded_from: str | None = None
    """For a message in a channel: the channel that it was first posted in, and where. Only here, not in the JobAd."""

    doubted: str | None = None
    """What the markup says where the page shows something else, ``name: value``. Only here, not in the JobAd."""

    reader: Reader


def raw_to_dict(raw: RawAd) -> dict[str, Any]:
    """What the raw ad says, as plain values by the names of its fields."""
    stated = {name: value for name in _FIELDS if (value := getattr(raw, name)) is not None}
    if raw.base_salary:  # not ``asdict`` for all: it copies each text, of every page
        stated["base_salary"] = asdict(raw.base_salary)
    return stated


_FIELDS = tuple(RawAd.__dataclass_fields__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPage:
    """One page as it was served."""

    url: str
    body: bytes
    encoding: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReading:
    """What one page holds. Without ads, ``outcome`` says whether it leads to some."""

    ads: tuple[RawAd, ...]
    outcome: Outcome
    problems: tuple[str, ...] = ()
    """What was broken or left out, for the ledger."""

    kind: str = ""
    """What the page was taken for instead of an ad, and why, for the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedReading:
    """The entries of one feed or API answer, in its order."""

    entries: tuple[RawAd, ...]
    problems: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    """Addresses of entries that carry neither title nor text: the ad is behind the link."""


def completed(first: RawAd, then: RawAd) -> RawAd:
    """The first ad with what only the second says."""
    return replace(first, **{name: getattr(then, name) for name in _FIELDS if getattr(first, name) is None})


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
    """The entries of a feed; those with neither an identifier nor an address of their own have one made of what they
    say."""
    titles = Counter(url for url, _ in {(entry.url, fold(entry.title or "")) for entry in entries})
    is_known = [bool(entry.identifier or (entry.url and titles[entry.url] == 1)) for entry in entries]
    names = iter(_names([entry for entry, known in zip(entries, is_known, strict=True) if not known]))
    return tuple(
        entry if known else replace(entry, identifier=next(names))
        for entry, known in zip(entries, is_known, strict=True)
    )


def _names(ads: Sequence[RawAd]) -> tuple[str, ...]:
    same = Counter(ad.identifier for ad in ads)
    plain = [
        digest_of(ad.identifier)
        if ad.identifier and same[ad.identifier] == 1
        else digest_of(ad.title, ad.hiring_organization, ad.job_location)
        for ad in ads
    ]
    read = [fold(f"{ad.title or ''}\n{ad.description or ''}") for ad in ads]
    texts = Counter(name for name, _ in set(zip(plain, read, strict=True)))
    shared = {name for name, count in texts.items() if count > 1}
    return tuple(
        digest_of(ad.title, ad.hiring_organization, ad.job_location, ad.description) if name in shared else name
        for ad, name in zip(ads, plain, strict=True)
    )


def digest_of(*parts: str | None) -> str:
    """A short name made of the texts, the same for texts that read the same."""
    stated = "\x1f".join(fold(part or "") for part in parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(stated, digest_size=8).hexdigest()


def group_openings(ads: Sequence[RawAd]) -> list[list[int]]:
    """The positions of the ads that are one, in the order of each first one.

    Ads are one where title, text, employer and pay are the same; where the system gives them one identifier, the names
    of their own places do not count either. Anything else that differs is an offer of its own.
    """
    groups: list[list[int]] = []
    known: dict[tuple[object, ...], list[int]] = {}
    for number, ad in enumerate(ads):
        pay = ad.base_salary.raw if ad.base_salary else None
        title, text, employer = fold(ad.title or ""), fold(ad.description or ""), fold(ad.hiring_organization or "")
        keys: list[tuple[object, ...]] = []
        if ad.identifier:
            location = ad.job_location or ""
            names = {fold(location), *(fold(name).strip() for name in re.split(r"[;,|/()]", location))}
            # A shorter name of a place stands in a text by chance.
            longest_first = sorted((name for name in names if len(name) >= 3), key=len, reverse=True)
            places = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
            keys.append((ad.identifier, places.sub("", title).strip(" -–|,()"), places.sub("", text), employer, pay))
        if text:
            keys.append((title, text, employer, pay))
        group = next((known[key] for key in keys if key in known), None)
        if group is None:
            group = []
            groups.append(group)
        group.append(number)
        for key in keys:
            known.setdefault(key, group)
    return groups


def join_openings(ads: Sequence[RawAd]) -> tuple[int, RawAd]:
    """The position of the ad that stands for all, and that ad with the places of all.

    It is the oldest, so that the ad stays the same one when a place is added.
    """
    ages = [(ad.date_posted or "~", len(ad.identifier or ""), ad.identifier or "", ad.url or "") for ad in ads]
    first = ages.index(min(ages))
    ad = ads[first]
    countries = {item.country for item in ads}
    shown = [place for item in ads for place in (item.job_location or "").split("; ")]
    return first, replace(
        ad,
        job_location="; ".join(distinct(shown)) or None,
        country=ad.country or (countries.pop() if len(countries) == 1 else None),
        valid_through=max((item.valid_through for item in ads if item.valid_through), default=None),
    )
