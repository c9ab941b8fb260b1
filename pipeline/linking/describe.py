"""Campaigns and contacts for readers: growth, template with slots, picture."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate, groupby
from typing import Final, Literal, NamedTuple

from rapidfuzz.distance import Indel

from crawler.ad import JobAd
from model.text.folding import ad_text
from pipeline.linking.changes import pay_text


@dataclass(frozen=True, slots=True, order=True)
class CampaignName:
    """A campaign's id, sorted by its age."""

    since: datetime
    campaign_id: str


class SignedText(NamedTuple):
    """All that is stored of one text."""

    key: int
    size: int
    signature: bytes
    """As ``near_duplicates.pack`` gives it."""

    words: str


NamedTexts = Sequence[tuple[SignedText, CampaignName]]
"""Texts, each with its campaign."""


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
    compared = min(len(copies), MOST_COPIES)
    spread = (copies[at * len(copies) // compared] for at in range(compared))
    others = [copy for copy in spread if copy.ad_id != ad.ad_id]
    if not base or not others:
        return (Part(text="".join(base)),) if base else ()
    rows = [_words(copy) for copy in others]
    aligned = [_aligned(base, row) for row in rows]
    agreeing = [sum(row[at] == word for row in aligned) for at, word in enumerate(base)]
    common = [count >= COMMON * len(rows) for count in agreeing]
    # A space or a sign between two slots is part of one slot.
    islands = {
        at
        for at in range(1, len(base) - 1)
        if not common[at - 1] and not common[at + 1] and not base[at].strip("\n").strip(" .,:+-/()")
    }
    ads = [ad, *others]
    contacts = {_bare(contact.value) for each in ads for contact in each.contacts}
    places = {(each.job_location or "").casefold() for each in ads} - {""}
    employers = {(each.hiring_organization or "").casefold() for each in ads} - {""}
    parts = []
    for is_common, run in groupby(range(len(base)), key=lambda at: common[at] and at not in islands):
        start, *rest = run
        span = slice(start, start + 1 + len(rest))
        text = "".join(base[span])
        variants = Counter(" ".join("".join(row[span]).split()) for row in aligned)
        if is_common or variants.keys() == {" ".join(text.split())}:  # other white space is no variation
            parts.append(Part(text=text))
            continue
        ranked = sorted(variants.items(), key=lambda each: (-each[1], each[0]))
        slot = _slot_name([text, *variants], contacts, places, employers)
        parts.append(Part(text=text, slot=slot, variants=tuple(ranked[:SHOWN])))
    return tuple(parts)


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


def _slot_name(fillings: Iterable[str], contacts: set[str], places: set[str], employers: set[str]) -> SlotName:
    """What the slot holds, judged by what the copies' fields say of contacts, places and employers."""
    words = [word.strip() for word in fillings if word.strip()]
    long = [word.casefold() for word in words if len(word) > 2]
    held = [any(bare[-8:] in value for value in contacts) for word in words if len(bare := _bare(word)) > 3]
    if sum(held) * 2 > len(held):  # an amount of pay stands in a number by chance
        return "contact"
    if any(word in place for word in long for place in places):
        return "place"
    if any(word in employer for word in long for employer in employers):
        return "employer"
    return "number" if words and all(_NUMBER.search(word) for word in words) else "words"


def _bare(value: str) -> str:
    return re.sub(r"\W", "", value).casefold()


def _words(ad: JobAd) -> list[str]:
    return _WORD.findall(ad_text(ad))[:LONGEST]


Kind = Literal["contact", "campaign", "other", "name"]
Around = tuple[Literal["other", "name"], str, str, str]
"""Kind, key, words and campaign of what stands beside a campaign."""

MOST_DRAWN: Final = 12
MOST_AROUND: Final = 24

_WIDE: Final = 230
"""Of a box."""

_GAP: Final = 95
_HIGH, _STEP, _EDGE = 26, 36, 10
_LETTERS: Final = 29
"""Of a label; a letter of 12 pixels is 7 wide on average, and a Chinese one stands for two."""

WIDTH: Final = 3 * _WIDE + 2 * _GAP + 2 * _EDGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One thing in the picture, by the upper left corner of its box."""

    kind: Kind
    key: str
    words: str
    """As much of its name as fits inside."""

    x: int
    y: int
    width: int = _WIDE
    height: int = _HIGH


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """That two things belong together: from the right side of one box to the left side of another."""

    x1: int
    y1: int
    x2: int
    y2: int

    @property
    def path(self) -> str:
        """As an SVG path that leaves and arrives level."""
        middle = (self.x1 + self.x2) // 2
        return f"M{self.x1} {self.y1}C{middle} {self.y1} {middle} {self.y2} {self.x2} {self.y2}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """All of it; what did not fit is counted."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    left_out: int
    height: int


def draw_neighbourhood(contact: str, campaigns: Sequence[tuple[str, str]], around: Iterable[Around]) -> Picture:
    """The picture of a contact. ``campaigns`` are ids and titles; what is around those that do not fit is left out with
    them."""
    shown = campaigns[:MOST_DRAWN]
    rows = {key: row for row, (key, _title) in enumerate(shown)}
    beside: dict[tuple[Literal["other", "name"], str], tuple[str, set[int]]] = {}
    left_out = len(campaigns) - len(shown)
    passed_over: set[tuple[str, str]] = set()
    for kind, key, words, campaign in around:
        if campaign not in rows:
            continue
        if (kind, key) in beside or len(beside) < MOST_AROUND:
            beside.setdefault((kind, key), (words, set()))[1].add(rows[campaign])
        else:
            passed_over.add((kind, key))
    # What stands at the height of its campaigns needs the fewest crossings.
    ordered = sorted(beside.items(), key=lambda each: (sum(each[1][1]) / len(each[1][1]), each[0]))
    height = 2 * _EDGE + _STEP * max(1, len(shown), len(ordered))
    (centre,) = _column(0, height, [("contact", "", contact)])
    middle = _column(1, height, [("campaign", key, title) for key, title in shown])
    right = _column(2, height, [(kind, key, words) for (kind, key), (words, _) in ordered])
    lines = [_line(centre, box) for box in middle]
    lines += [_line(middle[row], box) for box, (_, (_, of)) in zip(right, ordered, strict=True) for row in sorted(of)]
    return Picture(
        boxes=(centre, *middle, *right), lines=tuple(lines), left_out=left_out + len(passed_over), height=height
    )


def _column(column: int, height: int, entries: Sequence[tuple[Kind, str, str]]) -> list[Box]:
    """Boxes of kinds, keys and words, spread evenly over the height."""
    room, boxes = (height - 2 * _EDGE) / max(1, len(entries)), []
    for row, (kind, key, words) in enumerate(entries):
        fitting = plain = " ".join(words.split())
        wide = list(accumulate(2 if ord(letter) > 0x2E7F else 1 for letter in plain))
        if wide and wide[-1] > _LETTERS:
            fitting = plain[: bisect_right(wide, _LETTERS) - 1] + "…"
        top = round(_EDGE + room * (row + 0.5) - _HIGH / 2)
        boxes.append(Box(kind=kind, key=key, words=fitting, x=_EDGE + column * (_WIDE + _GAP), y=top))
    return boxes


def _line(left: Box, right: Box) -> Line:
    return Line(x1=left.x + left.width, y1=left.y + left.height // 2, x2=right.x, y2=right.y + right.height // 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From when to when something was seen, in a strip from 0 to 100."""

    key: str
    words: str
    first: date
    last: date
    start: float
    length: float
    """At least as much as can be seen."""


def draw_lifetimes(seen: Iterable[tuple[str, str, date, date]]) -> tuple[Span, ...]:
    """A span each of key, words, first and last day, those seen first on top."""
    rows = sorted(seen, key=lambda row: (row[2], row[3], row[0]))
    if not rows:
        return ()
    begin = rows[0][2]
    days = max(1, (max(row[3] for row in rows) - begin).days)
    spans = []
    for key, words, first, last in rows:
        length = max(1.5, 100 * (last - first).days / days)
        start = min(100 * (first - begin).days / days, 100 - length)
        spans.append(Span(key=key, words=words, first=first, last=last, start=round(start, 2), length=round(length, 2)))
    return tuple(spans)
