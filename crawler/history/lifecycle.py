"""States of addresses and ads after a run: live, missed or gone. Pure functions.

The state after a run is this step, taken for every address of the state before or of the ledger. Messages of a channel
count as deleted where its pages leave them out between messages that they show.
"""

from collections.abc import Collection, Mapping
from dataclasses import astuple, dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson

from crawler.ad import JobAd
from crawler.batch.batch import LedgerLine
from crawler.files import dumps_line

AD_FIELDS = (
    "title", "description", "url", "date_posted", "valid_through", "hiring_organization", "company_profile",
    "job_location", "country", "base_salary", "employment_type", "apply_url", "contacts", "language",
)  # fmt: skip
"""The fields that an ad may have or lack; their places are the bits of ``AdState.has`` in files that are years old by
now, so a new one goes to the end and none is ever taken out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdState:
    """One ad, as its address showed it at the last fetch."""

    content: str
    """``content_hash``: two fetches that agree on it found the same."""

    has: int = 0
    """Which of ``AD_FIELDS`` it has, one bit each."""

    valid_through: date | None = None
    missed: int = 0
    """Runs in a row that should have shown it and did not."""

    is_past: bool = False
    """It counts as gone because its date is past, though it is still shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlState:
    """One address. Moments are the starts of runs: the schedule goes by nights, not by minutes."""

    address: str
    role: str = ""
    """How the address is read, where it is a page of its own that may be asked for; empty for a part of a listing."""

    etag: str | None = None
    modified: str | None = None
    """``Last-Modified``, as it was sent."""

    lastmod: str | None = None
    """As the sitemap had it at the last fetch."""

    digest: str | None = None
    """Of the body as it was read."""

    first: datetime
    last: datetime
    """The last run that requested it and got a response."""

    unlisted: int = 0
    """Whole runs in a row whose listings did not name it."""

    ads: Mapping[str, AdState] = field(default_factory=dict)
    """By ``ad_id``."""

    entry: Mapping[str, Any] | None = None
    """A feed's entry for the ad behind the address: without it, the page's ad would be another one."""

    @property
    def live(self) -> tuple[str, ...]:
        """The live ads at the last fetch."""
        return tuple(ad_id for ad_id, ad in self.ads.items() if not ad.is_past and not ad.missed)


def fields_of(ad: JobAd) -> int:
    """Which of ``AD_FIELDS`` the ad has, one bit each."""
    return sum(1 << place for place, name in enumerate(AD_FIELDS) if getattr(ad, name) not in (None, "", ()))


def to_line(known: UrlState) -> str:
    """The address as one line of JSON; what it lacks is left out."""
    record: dict[str, Any] = {"address": known.address, "first": known.first, "last": known.last}
    for name in ("role", "etag", "modified", "lastmod", "digest", "unlisted", "entry"):
        if value := getattr(known, name):
            record[name] = value
    record["ads"] = {ad_id: astuple(ad) for ad_id, ad in known.ads.items()}
    return dumps_line(record)


def from_line(line: bytes | str) -> UrlState:
    """The address that ``to_line`` wrote. Raises ``ValueError`` or ``TypeError`` where it is something else."""
    record: dict[str, Any] = orjson.loads(line)
    record["first"], record["last"] = (datetime.fromisoformat(record[name]) for name in ("first", "last"))
    record["ads"] = {ad_id: _ad(*values) for ad_id, values in record["ads"].items()}
    return UrlState(**record)


FURTHEST_ZONE = timedelta(hours=12)
"""A day ends last here, twelve hours behind UTC."""


def is_over(ad: AdState, *, now: datetime) -> bool:
    """True where the ad's own last day has ended everywhere on earth."""
    return ad.valid_through is not None and ad.valid_through < (now.astimezone(UTC) - FURTHEST_ZONE).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOfMessages:
    """What one page of a channel's preview says of its messages' numbers. They are posted in their order."""

    prefix: str
    """Of the messages' addresses, up to the number."""

    numbers: tuple[int, ...]
    """Every message that the page shows, whether it is an ad or not, oldest first."""

    before: int | None = None
    """The page was asked for as the one with the newest messages before this number."""


@dataclass(slots=True)
class MessageGaps:
    """The pages that one run has read. A message is missed only where a neighbour on either side was seen: what is
    older than the oldest that was read, or newer than the newest, may well stand."""

    _pages: list[PageOfMessages] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)
    _oldest: dict[str, int] = field(default_factory=dict)

    def add(self, page: PageOfMessages) -> None:
        """Take account of a page that was read."""
        if page.numbers:
            self._pages.append(page)
            self._oldest[page.prefix] = min(page.numbers[0], self._oldest.get(page.prefix, page.numbers[0]))
            self._seen.update(f"{page.prefix}{number}" for number in page.numbers)

    def leave_out(self, address: str) -> bool:
        """True for a message that would stand on one of the pages, if it stood."""
        prefix, slash, digits = address.rpartition("/")
        prefix += slash
        if not (digits.isascii() and digits.isdigit()):
            return False
        number = int(digits)
        if number <= self._oldest.get(prefix, number) or address in self._seen:
            return False
        for page in self._pages:
            # The page shows all that stands up to its newest number, or to the next page's oldest.
            newest, before = page.numbers[-1], page.before or 0
            end = before if before > newest and f"{page.prefix}{before}" in self._seen else newest
            if page.prefix == prefix and page.numbers[0] < number < end:
                return True
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """An ad that ended with this run."""

    ad_id: str
    address: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What must be known of the whole run to judge one address."""

    at: datetime
    """Its start."""

    is_whole: bool
    """Its listings were read to the end. Otherwise that an ad was not named says nothing."""

    gone_after: int
    shown: Mapping[str, AdState]
    """Every ad that some address showed, as it was found."""

    before: Mapping[str, str]
    """The content hash of every ad known before the run."""

    past: Collection[str] = ()
    """Ads that had ended by their date before the run."""

    gaps: MessageGaps = field(default_factory=MessageGaps)
    """What a channel's pages leave out."""


def advance(known: UrlState | None, line: LedgerLine | None, run: RunFacts) -> tuple[UrlState | None, tuple[Gone, ...]]:
    """The state of an address after the run, and its ads that are gone now.

    ``known`` is what the last run left, ``line`` the address's line in this run's ledger; one of them may be missing.
    None comes back for an address that need not be remembered.
    """
    note = (line.note or {}) if line else {}
    if line and "ads" in note:
        after, gone = _looked(known, line, note, run)
    elif known is None:
        return None, ()
    elif line is None and run.gaps.leave_out(known.address):
        return None, _ended(known, run, why="deleted: the messages before and after it stand")
    elif line is None:
        # A page of its own that was not asked for had told of itself lately.
        is_stated = run.is_whole and not known.role
        ads, gone = _miss(known.ads, known.address, run, counts=is_stated, how="no longer listed")
        after = replace(known, ads=ads, unlisted=known.unlisted + run.is_whole)
    elif line.outcome == "unchanged":
        missing = {ad_id: ad for ad_id, ad in known.ads.items() if ad.missed}
        was_asked = bool(note.get("asked"))
        still, gone = _miss(missing, known.address, run, counts=was_asked, how="no longer shown at its address")
        ads = {ad_id: ad for ad_id, ad in known.ads.items() if not ad.missed} | still
        unlisted = _unlisted(known, note, run)
        after = replace(known, ads=ads, unlisted=unlisted, lastmod=line.lastmod or known.lastmod)
        if was_asked:
            etag, modified = note.get("etag") or known.etag, note.get("modified") or known.modified
            after = replace(after, last=run.at, etag=etag, modified=modified)
    elif "removed" in note:
        return None, _ended(known, run, why=str(note["removed"]))
    else:
        # What its source still names and nobody could read is neither missed nor gone.
        is_stated = bool(note.get("unlisted")) and run.is_whole and line.outcome != "not_inspected"
        how = "not listed, and not readable at its own address"
        ads, gone = _miss(known.ads, known.address, run, counts=is_stated, how=how)
        after = replace(known, ads=ads, unlisted=_unlisted(known, note, run))
        if not note.get("unlisted"):
            after = replace(after, etag=None, modified=None)
    # A date says nothing of an ad that nobody looked for: a new one may stand on its page.
    is_looked_for = "ads" in note or (line.outcome == "unchanged" if line else run.is_whole)
    after, over = _judge_dates(after, run) if is_looked_for else (after, [])
    is_retained = bool(after.ads) or bool(after.role and not after.unlisted)
    return after if is_retained else None, (*gone, *over)


def ads_noted(note: Mapping[str, Any]) -> dict[str, AdState | None]:
    """The ads that a ledger line notes; None for one that another address of the run had shown already."""
    return {ad_id: _ad(*noted) if noted else None for ad_id, noted in note.get("ads", {}).items()}


def is_past(ad: AdState, *, before: str | None, at: datetime) -> bool:
    """True where an ad's last day is over and it stands as it stood before.

    One that is new, or says something new, is live whatever date it carries: people will want to read it.
    """
    return before == ad.content and is_over(ad, now=at)


def _looked(
    known: UrlState | None, line: LedgerLine, note: Mapping[str, Any], run: RunFacts
) -> tuple[UrlState, list[Gone]]:
    noted = {ad_id: ad or run.shown.get(ad_id) for ad_id, ad in ads_noted(note).items()}
    ads = {ad_id: ad for ad_id, ad in noted.items() if ad is not None}
    # A page of its own speaks for itself; what a listing leaves out may stand on another of its pages.
    is_stated = bool(note.get("page")) or run.is_whole
    missing = {} if known is None else {ad_id: ad for ad_id, ad in known.ads.items() if ad_id not in noted}
    still, gone = _miss(missing, line.address, run, counts=is_stated, how="no longer shown at its address")
    after = UrlState(
        address=line.address,
        role=note.get("page", ""),
        etag=note.get("etag"),
        modified=note.get("modified"),
        digest=note.get("digest"),
        entry=note.get("entry"),
        lastmod=line.lastmod or (known.lastmod if known and note.get("unlisted") else None),
        first=known.first if known else run.at,
        last=run.at,
        unlisted=_unlisted(known, note, run),
        ads=ads | still,
    )
    return after, gone


def _ended(known: UrlState, run: RunFacts, *, why: str) -> tuple[Gone, ...]:
    """The ads of an address that is no more, but for those that another address shows."""
    ended = [ad_id for ad_id, ad in known.ads.items() if not ad.is_past and ad_id not in run.shown]
    return tuple(Gone(ad_id=ad_id, address=known.address, why=why) for ad_id in ended)


def _miss(
    ads: Mapping[str, AdState], address: str, run: RunFacts, *, counts: bool, how: str
) -> tuple[dict[str, AdState], list[Gone]]:
    """The ads that are still waited for, and those that were missed often enough. What another address showed is not
    missed: it is remembered there."""
    still: dict[str, AdState] = {}
    gone = []
    for ad_id, ad in ads.items():
        if ad_id in run.shown:
            continue
        missed = ad.missed + counts
        if missed < run.gone_after or not counts:
            still[ad_id] = replace(ad, missed=missed)
        elif not ad.is_past:
            runs = "1 run" if missed == 1 else f"{missed} runs in a row"
            gone.append(Gone(ad_id=ad_id, address=address, why=f"{how}, {runs}"))
    return still, gone


def _judge_dates(known: UrlState, run: RunFacts) -> tuple[UrlState, list[Gone]]:
    over = {
        ad_id: ad
        for ad_id, ad in known.ads.items()
        if not ad.is_past and is_past(ad, before=run.before.get(ad_id), at=run.at)
    }
    if not over:
        return known, []
    ads = dict(known.ads) | {ad_id: replace(ad, is_past=True) for ad_id, ad in over.items()}
    gone = [
        Gone(ad_id=ad_id, address=known.address, why=f"validThrough {ad.valid_through} is past")
        for ad_id, ad in over.items()
        if ad_id not in run.past
    ]
    return replace(known, ads=ads), gone


def _unlisted(known: UrlState | None, note: Mapping[str, Any], run: RunFacts) -> int:
    return (known.unlisted if known else 0) + run.is_whole if note.get("unlisted") else 0


def _ad(content: str, has: int, valid_through: str | None, missed: int = 0, is_past: bool = False) -> AdState:
    return AdState(
        content=content,
        has=has,
        valid_through=date.fromisoformat(valid_through) if valid_through else None,
        missed=missed,
        is_past=is_past,
    )
