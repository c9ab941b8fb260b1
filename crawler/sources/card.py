"""Source cards: the source that a card describes, its keys, kind and schedule.

docs/reference/source-card.md has every key. A fault names the card, the key, what was found and what was expected.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from typing import Annotated, Any, Final, get_origin, get_type_hints

from crawler.errors import BadSourceCard
from crawler.extract.urls import normal_address, site_of


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_text, value))


def _is_range(value: Any) -> bool:
    whole = isinstance(value, list) and len(value) == 2 and all(type(v) is int and v >= 0 for v in value)
    return whole and value[0] <= value[1]


# A bool is an int to Python, a moment a date; and TOML knows inf and nan.
VALUES: Final[Mapping[str, tuple[str, Callable[[Any], bool]]]] = {
    "text": ("a text that is not empty", _is_text),
    "texts": ("a list of texts that is not empty", _are_texts),
    "texts or text": ("a text, or a list of texts that are tried in turn", lambda v: _is_text(v) or _are_texts(v)),
    "yes or no": ("true or false", lambda v: isinstance(v, bool)),
    "date": ("a date such as 2026-11-01, without quotes", lambda v: type(v) is date),
    "number": ("a number", lambda v: type(v) in {int, float} and abs(v) < math.inf),
    "whole number": ("a whole number", lambda v: type(v) is int),
    "range": ("two whole numbers, least and most, such as [1, 1000]", _is_range),
    "table": ("a table", lambda v: isinstance(v, dict)),
}
"""What a key of each kind may hold, for people and as a test."""


@dataclass(frozen=True, slots=True)
class Key:
    """What one key may hold."""

    kind: str
    needed: bool = False
    pattern: str | None = None
    like: str = ""
    """The pattern, for people."""

    least: float | None = None
    most: float | None = None
    is_secret: bool = False
    """What is found there is not repeated."""

    def expected(self) -> str:
        """What belongs here, in words."""
        words = self.like or VALUES[self.kind][0]
        if self.least is not None and self.most is not None:
            return f"{words} from {self.least:.16g} to {self.most:.16g}"
        return words if self.least is None else f"{words}, {self.least:.16g} or more"

    def accepts(self, value: Any) -> bool:
        """True where the value has this key's type, form and size."""
        if not VALUES[self.kind][1](value) or (self.pattern and not re.fullmatch(self.pattern, value)):
            return False
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


def keys_of(record: type) -> dict[str, Key]:
    """What the fields of a record may hold, where it stands beside their types."""
    hints = get_type_hints(record, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items() if get_origin(hint) is Annotated}


class Card(dict[str, Any]):
    """The checked keys of a card, or of one of its tables. An unknown or missing key, or a wrong value, raises."""

    def __init__(self, where: str, values: Mapping[str, object], keys: Mapping[str, Key], table: str = "") -> None:
        super().__init__()
        self._where, self._table = where, table
        for name in values:
            if name not in keys:
                near = get_close_matches(name, keys, n=1)
                hint = f'did you mean "{near[0]}"?' if near else f"expected one of {', '.join(keys)}"
                raise BadSourceCard(f'{where}: unknown key "{table}{name}": {hint}')
        for name, key in keys.items():
            if name not in values and key.needed:
                raise BadSourceCard(f'{where}: key "{table}{name}" is missing: expected {key.expected()}')
            if name in values and not key.accepts(values[name]):
                raise self.bad(name, key.expected(), "…" if key.is_secret else values[name])
        for name, value in values.items():
            self[name] = tuple(value) if isinstance(value, list) else value.strip() if isinstance(value, str) else value

    def table(self, name: str, keys: Mapping[str, Key]) -> "Card":
        """A table of the card, checked in turn; empty where the card has none."""
        return Card(self._where, self.get(name, {}), keys, table=f"{name}.")

    def bad(self, name: str, expected: str, found: object) -> BadSourceCard:
        """What to raise for a value that does not do."""
        shown = str(found).lower() if isinstance(found, bool) else repr(found)
        shown = shown if len(shown) <= 100 else shown[:100] + "…"
        return BadSourceCard(f'{self._where}: key "{self._table}{name}": expected {expected}, found {shown}')


_TEXT: Final = Key("text")
_YES_OR_NO: Final = Key("yes or no")
_TABLE: Final = Key("table")

FILE_NAME: Final = r"[a-z0-9][a-z0-9-]{0,62}"

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

EVERY: Final = rf"[1-9]\d?d|({'|'.join(WEEKDAYS)})( ({'|'.join(WEEKDAYS)}))*"
EVERY_LIKE: Final = 'days between two runs such as "3d", or weekdays such as "mon thu"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one run may spend. What is left when it is spent is named ``not_inspected`` in the ledger."""

    pages: Annotated[int, Key("whole number", least=1, most=100_000_000)] = 5000
    """Addresses that one run asks for. robots.txt, redirects, retries and requests of a page's scripts do not count."""

    bytes: Annotated[int, Key("whole number", least=1, most=10**15)] = 1_000_000_000
    """Bytes that one run receives, before unpacking."""

    minutes: Annotated[float, Key("number", least=0.01, most=100_000)] = 240.0
    """Minutes that one run may take."""

    depth: Annotated[int, Key("whole number", least=1, most=10_000)] = 10
    """Steps from a start address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """The bounds of a healthy batch."""

    ads: Annotated[tuple[int, int] | None, Key("range")] = None
    """Least and most ads, unchanged ones included."""

    fields: Annotated[Mapping[str, float], _TABLE] = field(default_factory=dict, hash=False)
    """For a field of an ad, the least share of the ads (0 to 1) that have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisit:
    """When a known ad is fetched again, and when one that is no longer shown counts as gone."""

    days: Annotated[float, Key("number", least=0, most=365)] = 1.0
    """Days after which the page of a known ad is fetched again; sooner where the source says that it changed. 0 is
    every run, which is the default where `local = true`."""

    trust_lastmod_days: Annotated[float, Key("number", least=0, most=365)] = 7.0
    """Days after a fetch during which an unchanged `lastmod` of the sitemap is trusted and the page not fetched."""

    gone_after: Annotated[int, Key("whole number", least=1, most=100)] = 3
    """Runs in a row after which an ad that is no longer listed, shown or readable counts as gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One place that ads are collected from, as its card says."""

    name: Annotated[str, Key("text", needed=True, pattern=FILE_NAME, like="lower-case letters, digits and hyphens")]
    """The source's name, and the card's file name without `.toml`. It is part of every ad's id, so it never changes."""

    title: Annotated[str, Key("text", needed=True)]
    """The name for people."""

    kind: Annotated[str, Key("text", needed=True)]
    """How the source is read: `sitemap`, `board`, `feed`, `ats`, `channel`, `archive` or `drop`."""

    start: Annotated[tuple[str, ...], Key("texts", needed=True)]
    """Addresses to begin with; for `drop` and `archive` files or folders, as seen from the card's folder."""

    hosts: Annotated[tuple[str, ...], Key("texts")] = ()
    """Further hosts that belong to the source, besides those of `start`; with an unusual port, if any."""

    language: Annotated[
        str | None, Key("text", pattern=r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", like='a BCP 47 tag such as "vi"')
    ] = None
    """The language of ads that do not say."""

    country: Annotated[
        str | None, Key("text", pattern="[A-Z]{2}", like='two capital letters of ISO 3166-1 such as "VN"')
    ] = None
    """The country of ads that do not say; also how dates and telephone numbers are read."""

    local: Annotated[bool, _YES_OR_NO] = False
    """The source is on this machine: loopback alone is allowed, and neither review nor contact is needed."""

    switched_off: Annotated[bool, _YES_OR_NO] = False
    """The source is not read for now. `nightly` passes over it; `crawl` refuses it with exit code 2."""

    every: Annotated[str | None, Key("text", pattern=EVERY, like=EVERY_LIKE)] = None
    """How often `nightly` reads the source: days between two runs such as `3d`, or weekdays such as `mon thu` (UTC).
    Unless set, every night. `nightly --only` and `crawl` read it all the same."""

    reads_files: bool = False
    """Nothing is asked for over a network."""

    reviewed_on: Annotated[date | None, Key("date")] = None
    """The day on which somebody last read the source's terms."""

    reviewed_by: Annotated[str | None, _TEXT] = None
    """Who did."""

    permission: Annotated[str | None, _TEXT] = None
    """Why the source may be read: terms, licence or consent. Without these three no foreign host is crawled."""

    delay: float = 1.0
    """Seconds between two requests to one host, at least."""

    concurrency: int = 1
    """Requests at a time. More than one only for a sitemap or feed on this machine that needs no delay."""

    budget: Annotated[Budget, _TABLE] = field(default_factory=Budget)
    expect: Annotated[Expect, _TABLE] = field(default_factory=Expect)
    revisit: Annotated[Revisit, _TABLE] = field(default_factory=Revisit)

    render: Annotated[bool, _YES_OR_NO] = False
    """The pages exist only after JavaScript has run. Needs the extra `render` and a Chromium."""

    channel_days: float = 60.0
    """For `channel`: paging back ends at messages that are older than so many days."""

    system: Annotated[str | None, _TEXT] = None
    """For `ats`, and needed there: whose API it is."""

    select: Annotated[Mapping[str, tuple[str, ...]], _TABLE] = field(default_factory=dict, hash=False)
    """CSS selectors: for a field of an ad, or for ``ads``, ``ad_links`` and ``next_page``, what is tried in turn."""

    columns: Annotated[Mapping[str, tuple[str, ...]], _TABLE] = field(default_factory=dict, hash=False)
    """For ``drop``: for a field of JobAd, the partner's columns that are tried in turn."""

    @property
    def sites(self) -> frozenset[str]:
        """Every site that the source may be read from; none where it reads files."""
        if self.reads_files:
            return frozenset()
        return frozenset(self.hosts).union(site_of(normal_address(address)) for address in self.start)

    @property
    def lists_ads(self) -> bool:
        """Whether a list of ads leads to each page, where a sitemap leads to pages of every kind."""
        return self.kind in {"board", "feed"}

    @property
    def is_switched_off(self) -> bool:
        """True where the card says so, or where nobody has begun a review. A review that is half done is a mistake."""
        is_begun = self.is_reviewed or any((self.reviewed_on, self.reviewed_by, self.permission))
        return self.switched_off or not is_begun

    @property
    def is_reviewed(self) -> bool:
        """True where a person has read the source's terms, or where there is nobody else to ask."""
        return self.local or self.reads_files or None not in (self.reviewed_on, self.reviewed_by, self.permission)


def is_contact(text: str) -> bool:
    """Whether this tells a host whom to write to: an e-mail address, or that of a web page."""
    address = r"(mailto:)?[^\s@()<>]+@[^\s@()<>]+\.[^\s@()<>]+|https?://[^\s()<>]+"
    return text.isascii() and re.fullmatch(address, text) is not None


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of source."""

    spider: str
    """Only the class's name, so that cards need no Scrapy."""

    keys: frozenset[str] = frozenset()
    """Keys of a card that have a meaning for this kind, beyond those of every kind."""

    reads_files: bool = False
    """``start`` names files or folders of this machine instead of addresses; no host is asked."""

    starts_anew: bool = False
    """A run that was killed is not taken up again: what it gives is known only when all has been read."""

    start_path: str = ""
    """What the path of a start address must look like, as a pattern; anything where empty."""

    start_like: str = ""
    """The pattern, for people."""


KINDS: Mapping[str, Kind] = {
    "archive": Kind("crawler.spiders.archive.ArchiveSpider", reads_files=True, starts_anew=True),
    "ats": Kind("crawler.spiders.web.AtsSpider", frozenset({"system"})),
    "board": Kind("crawler.spiders.web.BoardSpider", frozenset({"select", "render"})),
    "channel": Kind(
        "crawler.spiders.web.ChannelSpider",
        frozenset({"channel"}),
        start_path=r"/s/\w{4,64}/?",
        start_like='a public channel\'s web preview such as "https://t.me/s/NAME"',
    ),
    "drop": Kind("crawler.spiders.drop.DropSpider", frozenset({"columns"}), reads_files=True),
    "feed": Kind("crawler.spiders.web.FeedSpider", frozenset({"select", "render"})),
    "sitemap": Kind("crawler.spiders.web.SitemapSpider", frozenset({"select", "render"})),
}


SLACK: Final = timedelta(hours=6)
"""By which a night may begin earlier than another one did."""


def is_due(every: str | None, last: datetime | None, *, at: datetime) -> bool:
    """Whether a run is due at this moment, when the last one began then.

    A weekday, in UTC, whose night did not run is made up for in the next night. A last run in the future comes of a
    clock that was ahead, and says nothing.
    """
    if every is None or last is None or last > at:
        return True
    if days := re.fullmatch(r"(\d+)d", every):
        return at - last >= timedelta(days=int(days[1])) - SLACK
    today = at.astimezone(UTC).date()
    since = (today - last.astimezone(UTC).date()).days
    return any(WEEKDAYS[(today - timedelta(days=ago)).weekday()] in every.split() for ago in range(min(since, 7)))
