"""Source cards: what a source is, who allowed it and how politely it is read. See docs/sources.md for every key."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler.card_keys import Card, Key
from crawler.errors import BadSourceCard, UnreviewedSource
from crawler.scope import is_loopback, normal_address, site_of, why_foreign

__all__ = ["KINDS", "Budget", "Source", "check_reviewed", "read_source", "read_sources", "source_from_card"]

KINDS: Mapping[str, str] = {
    "feed": "crawler.spiders.feed.FeedSpider",
    "sitemap": "crawler.spiders.sitemap.SitemapSpider",
}
"""The kinds of source that can be read now, with the spider of each; only its name, so that cards need no Scrapy."""

FILE_NAME = r"[a-z0-9][a-z0-9-]{0,62}"
TOP_KEYS = {
    "name": Key("text", needed=True, pattern=FILE_NAME, like="lower-case letters, digits and hyphens"),
    "title": Key("text", needed=True),
    "kind": Key("text", needed=True),
    "start": Key("texts", needed=True),
    "hosts": Key("texts"),
    "language": Key("text", pattern=r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", like='a BCP 47 tag such as "vi"'),
    "country": Key("text", pattern=r"[A-Z]{2}", like='two capital letters of ISO 3166-1 such as "VN"'),
    "local": Key("yes or no"),
    "reviewed_on": Key("date"),
    "reviewed_by": Key("text"),
    "permission": Key("text"),
    "politeness": Key("table"),
    "budget": Key("table"),
    "expect": Key("table"),
}
POLITENESS_KEYS = {"delay": Key("number", least=0, most=3600)}
BUDGET_KEYS = {
    "pages": Key("whole number", least=1),
    "bytes": Key("whole number", least=1),
    "minutes": Key("number", least=0.01, most=100_000),
    "depth": Key("whole number", least=1),
}
EXPECT_KEYS = {"ads": Key("range")}
REVIEW_KEYS = ("reviewed_on", "reviewed_by", "permission")


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one run may spend. What is left when it is spent is named ``not_inspected`` in the ledger."""

    pages: int = 5000
    """Addresses asked for; robots.txt, redirects and second tries do not count."""

    bytes: int = 1_000_000_000
    """As sent, before unpacking."""

    minutes: float = 240.0
    depth: int = 10
    """Steps from a start address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One place that ads are collected from, as its card says."""

    name: str
    title: str
    kind: str
    start: tuple[str, ...]
    hosts: tuple[str, ...] = ()
    """Further sites that belong to the source, besides those of ``start``."""

    language: str | None = None
    """A hint, for ads that do not say."""

    country: str | None = None
    local: bool = False
    """This source is on this machine: loopback and nothing else is allowed, and no review is needed."""

    reviewed_on: date | None = None
    reviewed_by: str | None = None
    permission: str | None = None
    """Why the source may be read: terms, licence or consent, in the reviewer's words."""

    delay: float = 1.0
    """Seconds between two requests to one host, at least."""

    budget: Budget = field(default_factory=Budget)
    expect_ads: tuple[int, int] | None = None
    """Least and most ads of a healthy batch."""

    @property
    def sites(self) -> frozenset[str]:
        """Every site that the source may be read from."""
        return frozenset(self.hosts).union(site_of(address) for address in self.start)

    @property
    def is_reviewed(self) -> bool:
        """True where a person has looked at the source's terms, or where there is nobody else to ask."""
        return self.local or None not in (self.reviewed_on, self.reviewed_by, self.permission)


def read_source(path: str | Path, *, reviewed: bool = True) -> Source:
    """The source that a card describes, checked key by key.

    Raises ``UnreviewedSource`` for a foreign host that nobody has reviewed; ``reviewed=False`` is for listing cards
    that are still switched off.
    """
    card = Path(path)
    try:
        values = tomllib.loads(card.read_text(encoding="utf-8"))
    except OSError as err:
        raise BadSourceCard(f"{card}: cannot be read ({err.strerror or err})") from err
    except UnicodeDecodeError as err:
        raise BadSourceCard(f"{card}: not UTF-8 (byte {err.start + 1})") from err
    except tomllib.TOMLDecodeError as err:
        raise BadSourceCard(f"{card}: not a TOML file ({err})") from err
    source = source_from_card(values, where=str(card))
    if source.name != card.stem:
        raise BadSourceCard(f'{card}: key "name": expected the file\'s name, "{card.stem}", found "{source.name}"')
    if reviewed:
        check_reviewed(source, where=str(card))
    return source


def read_sources(folder: str | Path, *, reviewed: bool = True) -> tuple[Source, ...]:
    """The sources of every card in a folder, by name; the first card that cannot be used stops it."""
    if not Path(folder).is_dir():
        raise BadSourceCard(f"{folder}: expected a folder of source cards, found none")
    return tuple(read_source(card, reviewed=reviewed) for card in sorted(Path(folder).glob("*.toml")))


def check_reviewed(source: Source, *, where: str = "") -> None:
    """Raise ``UnreviewedSource`` unless somebody answers for reading this source."""
    if source.is_reviewed:
        return
    missing = [key for key in REVIEW_KEYS if getattr(source, key) is None]
    raise UnreviewedSource(
        f"{where or source.name}: {', '.join(sorted(source.sites))} is not this machine and its terms have not been "
        f"reviewed: expected {', '.join(REVIEW_KEYS)}, found no {', no '.join(missing)}"
    )


def source_from_card(values: Mapping[str, object], *, where: str) -> Source:
    """A source from a card's keys, whose TOML has been read; ``where`` names the card in what is raised."""
    card = Card(where, values, TOP_KEYS)
    given: dict[str, Any] = {key: value for key, value in card.items() if TOP_KEYS[key].kind != "table"}
    given |= card.table("politeness", POLITENESS_KEYS)
    given |= {f"expect_{key}": value for key, value in card.table("expect", EXPECT_KEYS).items()}
    source = Source(**given, budget=Budget(**card.table("budget", BUDGET_KEYS)))
    _check_meaning(source, card)
    return source


def _check_meaning(source: Source, card: Card) -> None:
    if source.kind not in KINDS:
        raise card.bad("kind", f"one of {', '.join(sorted(KINDS))}", source.kind)
    for address in source.start:
        _check_start(address, source, card)
    for site in source.hosts:
        if not re.fullmatch(r"[a-z0-9.-]+(:[0-9]{1,5})?", site):
            raise card.bad("hosts", 'host names such as "www.example.com", without scheme or path', site)
        if is_loopback(site.partition(":")[0]) != source.local:
            raise card.bad("hosts", "this machine" if source.local else "a host that is not this machine", site)
    if source.delay == 0 and not source.local:
        raise card.bad("politeness.delay", "more than 0; only a card with local = true may ask without a pause", 0)


def _check_start(address: str, source: Source, card: Card) -> None:
    try:
        normal = normal_address(address)
        foreign = why_foreign(normal, {site_of(normal)})
        host = urlsplit(normal).hostname or ""
    except ValueError:
        raise card.bad("start", "an http or https address", address) from None
    if foreign or not host:
        raise card.bad("start", f"an http or https address ({foreign or 'it names no host'})", address)
    if source.local and not is_loopback(host):
        raise card.bad("local", f"false, since {host} is not this machine (127.0.0.0/8, ::1 or localhost)", True)
    if not source.local and is_loopback(host):
        raise card.bad("local", f"true, since {host} is this machine", source.local)
