"""Feeds and API answers: RSS, Atom, JSON Feed, and the XML and JSON that job boards hand out."""

from dataclasses import replace
from itertools import islice
from urllib.parse import urljoin

from crawler.extract.ad_records import find_records, record_to_raw
from crawler.extract.decode import decode
from crawler.extract.lenient_json import Json, UnreadableJson, loads
from crawler.extract.raw import FeedReading, RawAd, Reader
from crawler.extract.record_keys import load_keys, plain_key
from crawler.extract.record_values import by_plain_key, first_line
from crawler.extract.siblings import identified
from crawler.extract.xml_records import UnreadableXml, read_xml

__all__ = ["read_feed"]

_LONGEST = 64_000_000
_MOST_ENTRIES = 50_000


def read_feed(body: bytes, *, url: str) -> FeedReading:
    """The feed's entries in its order; never raises: what cannot be read is a problem.

    Entries that carry neither title nor text are given as links.
    """
    if len(body) > _LONGEST:
        return FeedReading(entries=(), problems=(f"a feed of {len(body):,} bytes; at most {_LONGEST:,} are read",))
    start = body[:200].lstrip(b"\xef\xbb\xbf \t\r\n\0\xff\xfe")[:1]
    try:
        if start in (b"{", b"["):
            return _read_json(decode(body), url)
        return _read_xml(body, url)
    except (UnreadableJson, UnreadableXml) as err:
        return FeedReading(entries=(), problems=(str(err),))


def _read_json(text: str, url: str) -> FeedReading:
    value, repaired = loads(text)
    problems: tuple[str, ...] = ("the JSON was broken and has been repaired",) if repaired else ()
    reader: Reader = "feed" if _is_json_feed(value) else "api"
    records = list(islice(find_records(_entries(value)), _MOST_ENTRIES))
    entries = tuple(record_to_raw(record, reader) for record in records)
    links = () if entries else _links(value, url)
    if not entries and not links:
        problems += ("no entry of the JSON reads like an ad",)
    return FeedReading(entries=_absolute(entries, url), problems=problems, links=links)


def _is_json_feed(value: Json) -> bool:
    return isinstance(value, dict) and "jsonfeed.org" in str(value.get("version", ""))


def _entries(value: Json) -> Json:
    """A JSON Feed's entries as ads: an entry of a feed is one whatever it says."""
    if isinstance(value, dict) and _is_json_feed(value):
        items = value.get("items")
        return (
            [{"hiringorganization": None, **item} for item in items if isinstance(item, dict)]
            if isinstance(items, list)
            else []
        )
    return value


def _read_xml(body: bytes, url: str) -> FeedReading:
    feed = read_xml(body)
    titled = next((one.pattern for one in load_keys().titled if one.channel in (feed.title or "")), None)
    entries: list[RawAd] = []
    links: list[str] = []
    for record in feed.records:
        raw = record_to_raw(record, "feed", language=feed.language)
        found = titled.match(raw.title) if titled and raw.title else None
        if found:
            raw = replace(raw, hiring_organization=raw.hiring_organization or found["employer"], title=found["title"])
        if raw.title or raw.description:
            entries.append(raw)
        elif raw.url:
            links.append(urljoin(url, raw.url))
    problems = feed.problems if entries or links else (*feed.problems, "no entry of the XML reads like an ad")
    return FeedReading(entries=_absolute(tuple(entries), url), problems=problems, links=tuple(links))


def _absolute(entries: tuple[RawAd, ...], url: str) -> tuple[RawAd, ...]:
    return identified([replace(raw, url=_join(url, raw.url)) if raw.url else raw for raw in entries])


def _join(base: str, url: str) -> str | None:
    try:
        return urljoin(base, url)
    except ValueError:
        return None


def _links(value: Json, url: str) -> tuple[str, ...]:
    """Addresses of entries that hold nothing but an address."""
    if isinstance(value, dict):
        elsewhere = load_keys().elsewhere
        lists = (below for key, below in value.items() if isinstance(below, list) and plain_key(key) not in elsewhere)
        value = next(lists, None)
    found: list[str] = []
    for entry in value if isinstance(value, list) else []:
        link = first_line(by_plain_key(entry).get("url")) if isinstance(entry, dict) else None
        joined = _join(url, link) if link else None
        if joined:
            found.append(joined)
    return tuple(dict.fromkeys(found))
