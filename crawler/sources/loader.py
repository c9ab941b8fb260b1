"""Loader of source cards, checked: source, permission and politeness."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler.ad import JobAd
from crawler.errors import BadSourceCard, SwitchedOff, UnreviewedSource
from crawler.extract.css import BadSelector, compile_selector
from crawler.extract.records.ats import load_systems
from crawler.extract.urls import is_loopback, normal_address, site_of, why_foreign
from crawler.files import load_toml
from crawler.sources.card import KINDS, Budget, Card, Expect, Key, Revisit, Source, keys_of

LARGEST_CARD = 64 * 1024
"""Bytes; the longest card that is shipped has a fortieth of it."""

TOP_KEYS = keys_of(Source) | {"politeness": Key("table"), "channel": Key("table")}
OWN_KEYS = {"channel", "render", "system", "select", "columns"}
"""Keys that only some kinds have."""

CONCURRENT_KINDS = ("feed", "sitemap")
"""Their pages do not depend on each other; in the pages of a list, an ad is the first one's that shows it."""

POLITENESS_KEYS = {"delay": Key("number", least=0, most=3600), "concurrency": Key("whole number", least=1, most=8)}
BUDGET_KEYS, EXPECT_KEYS, REVISIT_KEYS = keys_of(Budget), keys_of(Expect), keys_of(Revisit)
AD_FIELDS = tuple(
    field.name for field in fields(JobAd) if field.name not in {"ad_id", "source", "seen_at", "page", "contacts"}
)
LISTING_KEYS = ("ads", "ad_links", "next_page")
"""Selectors that only a listing needs."""

SELECT_KEYS = {name: Key("texts or text") for name in (*LISTING_KEYS, "contact", *AD_FIELDS)}
CHANNEL_KEYS = {"days": Key("number", least=0, most=3650)}
COLUMN_KEYS = {name: Key("texts or text") for name in ("identifier", "contact", *AD_FIELDS)}
SHARE_KEYS = {name: Key("number", least=0, most=1) for name in ("contacts", *AD_FIELDS)}
REVIEW_KEYS = ("reviewed_on", "reviewed_by", "permission")


def read_source(path: str | Path, *, reviewed: bool = True) -> Source:
    """The source that a card describes, checked key by key.

    Raises ``SwitchedOff`` or ``UnreviewedSource`` where it may not be read; ``reviewed=False`` is for listing cards
    that are still switched off.
    """
    card = Path(path)
    try:
        with card.open("rb") as file:
            content = file.read(LARGEST_CARD + 1)
        if len(content) > LARGEST_CARD:  # one hostile line would take gigabytes to parse
            raise BadSourceCard(f"{card}: expected {LARGEST_CARD:,} bytes at most, found more")
        values = load_toml(content.decode("utf-8-sig"))
    except OSError as err:
        raise BadSourceCard(f"{card}: cannot be read ({err.strerror or err})") from err
    except UnicodeDecodeError as err:
        raise BadSourceCard(f"{card}: not UTF-8 (byte {err.start + 1})") from err
    except tomllib.TOMLDecodeError as err:
        raise BadSourceCard(f"{card}: not a TOML file ({err})") from err
    source = source_from_card(values, where=str(card))
    if source.reads_files:
        source = replace(source, start=tuple(str(card.absolute().parent / place) for place in source.start))
    if source.name != card.stem:
        raise BadSourceCard(f'{card}: key "name": expected the file\'s name, "{card.stem}", found "{source.name}"')
    if reviewed:
        check_switched_on(source, where=str(card))
    return source


def read_cards(folder: Path) -> tuple[list[Source], list[BadSourceCard]]:
    """The sources of a folder's cards by name, switched on or not, and what is wrong with the cards that have none."""
    if not folder.is_dir():
        raise BadSourceCard(f"{folder}: expected a folder of source cards, found none")
    sources, faults = [], []
    for card in sorted(folder.glob("[!.]*.toml")):
        try:
            sources.append(read_source(card, reviewed=False))
        except BadSourceCard as err:
            faults.append(err)
    return sources, faults


def check_switched_on(source: Source, *, where: str = "") -> None:
    """Raise ``SwitchedOff`` where the card says that the source is not to be read, ``UnreviewedSource`` where nobody
    answers for reading it."""
    if source.switched_off:
        raise SwitchedOff(f"{where or source.name}: switched off: expected a card without switched_off = true")
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
    if card["kind"] not in KINDS:
        raise card.bad("kind", f"one of {', '.join(sorted(KINDS))}", card["kind"])
    expect = card.table("expect", EXPECT_KEYS)
    given: dict[str, Any] = {key: value for key, value in card.items() if TOP_KEYS[key].kind != "table"}
    given |= card.table("politeness", POLITENESS_KEYS)
    given |= {f"channel_{key}": value for key, value in card.table("channel", CHANNEL_KEYS).items()}
    # On this machine there is nobody to spare: every run looks again, unless the card says otherwise.
    revisit: dict[str, Any] = {"days": 0.0} if card.get("local") else {}
    source = Source(
        **given,
        reads_files=KINDS[card["kind"]].reads_files,
        budget=Budget(**card.table("budget", BUDGET_KEYS)),
        expect=Expect(**{**expect, "fields": dict(expect.table("fields", SHARE_KEYS))}),
        revisit=Revisit(**revisit | card.table("revisit", REVISIT_KEYS)),
        select=_in_turn(card.table("select", SELECT_KEYS)),
        columns=_in_turn(card.table("columns", COLUMN_KEYS)),
    )

    # What a value means beside the others.
    for key in sorted(OWN_KEYS.intersection(card) - KINDS[source.kind].keys):
        theirs = [name for name, kind in KINDS.items() if key in kind.keys]
        raise card.bad(key, f"this key only where kind is {' or '.join(theirs)}", card[key])
    if source.kind == "ats" and source.system not in load_systems():
        raise card.bad("system", f"one of {', '.join(sorted(load_systems()))}", source.system)
    _check_selectors(source, card.table("select", SELECT_KEYS))
    _check_sites(source, card)
    if source.delay == 0 and not source.local:
        raise card.bad("politeness.delay", "more than 0; only a card with local = true may ask without a pause", 0)
    if source.concurrency > 1 and (source.delay or source.kind not in CONCURRENT_KINDS):
        expected = f"1; only a {' or '.join(CONCURRENT_KINDS)} with delay = 0 may have more"
        raise card.bad("politeness.concurrency", expected, source.concurrency)
    return source


def _in_turn(table: Card) -> dict[str, tuple[str, ...]]:
    """What is tried in turn under each key, also where the card names only one."""
    return {name: (value,) if isinstance(value, str) else value for name, value in table.items()}


def _check_sites(source: Source, card: Card) -> None:
    for address in source.start:
        if not address.isprintable():
            raise card.bad("start", "an address or a path in one line", address)
        if not source.reads_files:
            _check_start(address, source, card)
        elif re.match(r"\w+://", address):
            raise card.bad("start", f"a file or folder, since kind is {source.kind}", address)
    for site in source.hosts:
        if not re.fullmatch(r"[a-z0-9.-]+(:[0-9]{1,5})?", site):
            raise card.bad("hosts", 'host names such as "www.example.com", without scheme or path', site)
        if not source.reads_files and is_loopback(site.partition(":")[0]) != source.local:
            raise card.bad("hosts", "this machine" if source.local else "a host that is not this machine", site)


def _check_selectors(source: Source, table: Card) -> None:
    for name, tried in source.select.items():
        if name in LISTING_KEYS and source.kind != "board":
            raise table.bad(name, "this key only where kind is board", table[name])
        for css in tried:
            try:
                compile_selector(css)
            except BadSelector as err:
                raise table.bad(name, f"a CSS selector ({err})", css) from err


def _check_start(address: str, source: Source, card: Card) -> None:
    try:
        normal = normal_address(address)
        foreign = why_foreign(normal, {site_of(normal)})
        host = urlsplit(normal).hostname or ""
    except ValueError:
        raise card.bad("start", "an http or https address", address) from None
    if foreign or not host:
        raise card.bad("start", f"an http or https address ({foreign or 'it names no host'})", address)
    kind = KINDS[source.kind]
    if kind.start_path and not re.fullmatch(kind.start_path, urlsplit(normal).path):
        raise card.bad("start", kind.start_like, address)
    if source.local and not is_loopback(host):
        raise card.bad("local", f"false, since {host} is not this machine (127.0.0.0/8, ::1 or localhost)", True)
    if not source.local and is_loopback(host):
        raise card.bad("local", f"true, since {host} is this machine", source.local)
