"""Which ads a listing shows: by language, sector and words, a page at a time."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from nights import Edition, PublishedAd

PAGE_LENGTH = 20
FILTERS = ("language", "sector", "q")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of a listing."""

    ads: tuple[PublishedAd, ...]
    total: int
    page: int
    last_page: int
    filters: Mapping[str, str]

    def address(self, *, page: int = 1, **changed: str) -> str:
        """The listing's address at that page, or with a filter set otherwise; ``""`` takes a filter away."""
        wanted = {**self.filters, **changed}
        query = {key: wanted[key] for key in FILTERS if wanted.get(key)}
        if page > 1:
            query["page"] = str(page)
        return f"/jobs?{urlencode(query)}" if query else "/jobs"


def find_listing(edition: Edition, asked: Mapping[str, str]) -> Listing | None:
    """The page asked for, or None where the listing has no such page."""
    filters = {key: asked[key].strip() for key in FILTERS if asked.get(key, "").strip()}
    found = tuple(one for one in edition.ads if _is_wanted(one, filters))
    last_page = max(1, -(-len(found) // PAGE_LENGTH))
    number = asked.get("page", "1")
    page = int(number) if number.isdecimal() else 0
    if not 1 <= page <= last_page:
        return None
    ads = found[(page - 1) * PAGE_LENGTH : page * PAGE_LENGTH]
    return Listing(ads=ads, total=len(found), page=page, last_page=last_page, filters=filters)


def _is_wanted(one: PublishedAd, filters: Mapping[str, str]) -> bool:
    ad = one.ad
    text = f"{ad.title} {ad.employer or ''} {ad.place}".casefold()
    return (
        filters.get("language", ad.language) == ad.language
        and filters.get("sector", ad.sector) == ad.sector
        and all(word in text for word in filters.get("q", "").casefold().split())
    )


def count_by(edition: Edition, field: str) -> dict[str, int]:
    """How many ads stand under each language or sector, the commonest first."""
    return dict(Counter(getattr(one.ad, field) for one in edition.ads).most_common())


def find_similar(edition: Edition, shown: PublishedAd, most: int = 4) -> tuple[PublishedAd, ...]:
    """Ads of the same language, those of the same sector first."""
    others = [
        one
        for one in edition.ads
        if one.ad.language == shown.ad.language and one.ad.id != shown.ad.id and one.ad.id not in edition.moving
    ]
    return tuple(sorted(others, key=lambda one: one.ad.sector != shown.ad.sector)[:most])
