"""Records and description of campaigns: copies, growth, template with slots. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Final, Literal

from rapidfuzz.distance import Indel

from crawler.ad import JobAd
from model.text.ad_text import ad_text
from pipeline.linking.changes import pay_text

__all__ = [
    "CampaignEvent", "CampaignName", "CampaignView", "Copy", "Part", "SignedTexts", "SlotName", "describe_campaign",
    "find_template",
]  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class CampaignName:
    """A campaign's id, sorted by its age."""

    since: datetime
    campaign_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedTexts:
    """Texts with all that is stored of them, one after another."""

    keys: Sequence[int]
    sizes: Sequence[int]
    signatures: bytes
    """As ``near_duplicates.pack`` gives them."""

    words: Sequence[str]
    names: Sequence[CampaignName]
    """The campaign of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One ad of a campaign as it was last seen."""

    ad: JobAd
    first_seen: datetime
    last_seen: datetime
    gone_at: datetime | None = None
    """When its source was found to show it no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignEvent:
    """Campaigns that turned out to be one, or not to be."""

    at: datetime
    act: Literal["merged", "split"]
    campaign_id: str
    """What stayed."""

    other_id: str
    """What it took over, or what was split off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignView:
    """What a campaign's copies say together; each value with how many of them have it, most first."""

    copies: int
    running: int
    """Copies that their source still shows."""

    first_seen: datetime
    last_seen: datetime
    sources: tuple[tuple[str, int], ...]
    languages: tuple[tuple[str, int], ...]
    employers: tuple[tuple[str, int], ...]
    places: tuple[tuple[str, int], ...]
    countries: tuple[tuple[str, int], ...]
    pays: tuple[tuple[str, int], ...]
    contacts: tuple[tuple[str, int], ...]
    growth: tuple[tuple[date, int], ...]
    """Days on which copies were first seen, and how many; oldest first."""


def describe_campaign(copies: Sequence[Copy]) -> CampaignView:
    """The view of a campaign of at least one copy."""
    ads = [copy.ad for copy in copies]
    return CampaignView(
        copies=len(copies),
        running=sum(copy.gone_at is None for copy in copies),
        first_seen=min(copy.first_seen for copy in copies),
        last_seen=max(copy.last_seen for copy in copies),
        sources=_counted(ad.source for ad in ads),
        languages=_counted(ad.language for ad in ads),
        employers=_counted(ad.hiring_organization for ad in ads),
        places=_counted(ad.job_location for ad in ads),
        countries=_counted(ad.country for ad in ads),
        pays=_counted(pay_text(ad.base_salary) for ad in ads),
        contacts=_counted(f"{contact.kind}: {contact.value}" for ad in ads for contact in dict.fromkeys(ad.contacts)),
        growth=tuple(sorted(Counter(copy.first_seen.date() for copy in copies).items())),
    )


def _counted(values: Iterable[str | None]) -> tuple[tuple[str, int], ...]:
    found = Counter(value for value in values if value)
    return tuple(sorted(found.items(), key=lambda each: (-each[1], each[0])))


SlotName = Literal["contact", "place", "employer", "number", "words"]

COMMON: Final = 0.8
"""What so many of the copies have is common."""

MOST_COPIES: Final = 60
"""Copies compared; the template of more is that of these, spread over all."""

LONGEST: Final = 3_000
"""Words compared of each copy."""

SHOWN: Final = 12
"""Most variants listed of a slot."""

_WORD: Final = re.compile(r"\s+|[^\W\d_]+|\d(?:[.,]*\d)*|[^\w\s]|_")
_NUMBER: Final = re.compile(r"\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A span of the text of the template: common to the copies, or a slot."""

    text: str
    slot: SlotName | None = None
    """None where it is common."""

    variants: tuple[tuple[str, int], ...] = ()
    """What other copies have in its place, and how many of them, most first; ``""`` where they have nothing."""


def find_template(ad: JobAd, copies: Sequence[JobAd]) -> tuple[Part, ...]:
    """The ad's title and text in parts, which joined are title, line break and text again."""
    base = _words(ad)
    others = [copy for copy in _spread(copies) if copy.ad_id != ad.ad_id]
    if not base or not others:
        return (Part(text="".join(base)),) if base else ()
    rows = [_words(copy) for copy in others]
    aligned = [_aligned(base, row) for row in rows]
    agreeing = [sum(row[at] == word for row in aligned) for at, word in enumerate(base)]
    common = _without_islands([count >= COMMON * len(rows) for count in agreeing], base)
    facts = _facts([ad, *others])
    return tuple(_parts(base, common, aligned, facts))


def _parts(
    base: Sequence[str], common: Sequence[bool], aligned: Sequence[Sequence[str]], facts: "_Facts"
) -> Iterable[Part]:
    for is_common, places in groupby(range(len(base)), key=lambda at: common[at]):
        some = list(places)
        text = "".join(base[some[0] : some[-1] + 1])
        if is_common:
            yield Part(text=text)
            continue
        variants = Counter(" ".join("".join(row[some[0] : some[-1] + 1]).split()) for row in aligned)
        ranked = sorted(variants.items(), key=lambda each: (-each[1], each[0]))
        yield Part(text=text, slot=_name([text, *variants], facts), variants=tuple(ranked[:SHOWN]))


def _aligned(base: Sequence[str], row: Sequence[str]) -> list[str]:
    """What the row says at each word of the base; what it says more goes with the word before."""
    out = [""] * len(base)
    for step in Indel.opcodes(base, row):
        if step.tag == "equal":
            out[step.src_start : step.src_end] = base[step.src_start : step.src_end]
        elif step.tag == "insert":
            # Beside what it stands in place of: a deletion before it, or the word that comes.
            at = min(max(step.src_start - 1, 0), len(base) - 1)
            at = at if not out[at] else min(step.src_start, len(base) - 1)
            out[at] += "".join(row[step.dest_start : step.dest_end])
    return out


def _without_islands(common: list[bool], base: Sequence[str]) -> list[bool]:
    """A space or a sign between two slots is part of one slot."""
    out = list(common)
    for at in range(1, len(out) - 1):
        if out[at] and not base[at].strip("\n").strip(" .,:+-/()") and not common[at - 1] and not common[at + 1]:
            out[at] = False
    return out


@dataclass(frozen=True, slots=True)
class _Facts:
    contacts: tuple[str, ...]
    places: tuple[str, ...]
    employers: tuple[str, ...]


def _facts(ads: Sequence[JobAd]) -> _Facts:
    return _Facts(
        contacts=tuple({_bare(contact.value) for ad in ads for contact in ad.contacts}),
        places=tuple({(ad.job_location or "").casefold() for ad in ads} - {""}),
        employers=tuple({(ad.hiring_organization or "").casefold() for ad in ads} - {""}),
    )


def _name(fillings: Iterable[str], facts: _Facts) -> SlotName:
    """What the slot holds, judged by what the copies' fields say of contacts, places and employers."""
    words = [word for word in fillings if word.strip()]
    if any(len(_bare(word)) > 3 and any(_bare(word)[-8:] in value for value in facts.contacts) for word in words):
        return "contact"
    if any(len(word.strip()) > 2 and word.strip().casefold() in place for word in words for place in facts.places):
        return "place"
    if any(len(word.strip()) > 2 and word.strip().casefold() in name for word in words for name in facts.employers):
        return "employer"
    return "number" if words and all(_NUMBER.search(word) for word in words) else "words"


def _bare(value: str) -> str:
    return re.sub(r"\W", "", value).casefold()


def _words(ad: JobAd) -> list[str]:
    return _WORD.findall(ad_text(ad))[:LONGEST]


def _spread(copies: Sequence[JobAd]) -> list[JobAd]:
    if len(copies) <= MOST_COPIES:
        return list(copies)
    return [copies[at * len(copies) // MOST_COPIES] for at in range(MOST_COPIES)]
