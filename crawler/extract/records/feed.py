"""Feeds and API answers: RSS, Atom, JSON Feed, boards' own XML and JSON."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from lxml import etree

from crawler.extract.html_tree import element_to_text
from crawler.extract.raw import FeedReading, RawAd, Reader, completed, identified
from crawler.extract.records.mapping import find_records, record_to_raw
from crawler.extract.records.values import Record, by_plain_key, first_line, load_keys, plain_key
from crawler.extract.structured.json_repair import Json, Unreadable, loads
from crawler.extract.text import decode, to_utf8
from crawler.extract.urls import joined
from crawler.extract.visible.facts import read_labelled_lines, stated_by

_XHTML = "{http://www.w3.org/1999/xhtml}"
_FEED_ROOTS = {"rss", "feed", "RDF"}
_FOREIGN = ("search.yahoo.com/mrss", "itunes.com/dtds", "georss.org", "purl.org/rss/1.0/modules/slash")
"""Namespaces whose title and description are those of a picture or a recording."""


def xml_value(body: bytes) -> tuple[Json, tuple[str, ...]]:
    """What an XML document says, as JSON would, and what was broken; raises ``Unreadable``."""
    root, problems = _parse(body)
    return _to_json(root, 0), problems


_UNREAD = "\ufffd".encode()
_AMPERSAND = re.compile(rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|&(?!#?[0-9A-Za-z]{1,31};)", re.DOTALL)


def escape_ampersands(xml: bytes) -> bytes:
    """The XML with its bare ampersands escaped: a parser that recovers leaves them out with the word behind them, of an
    address (``?id=1&lang=vi``) as of a title (``R&D``)."""
    return _AMPERSAND.sub(lambda found: b"&amp;" if found[0] == b"&" else found[0], xml) if b"&" in xml else xml


def _parse(body: bytes, encoding: str | None = None) -> tuple[etree._Element, tuple[str, ...]]:
    # Decoded as pages are: what declares its charset wrongly is no rarer here.
    parser = etree.XMLParser(
        encoding="utf-8", recover=True, resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True
    )
    try:
        wide = {b"<\0": "utf-16-le", b"\0<": "utf-16-be"}.get(body[:2])  # without a byte order mark
        text = escape_ampersands(body.decode(wide, "replace").encode() if wide else to_utf8(body, encoding))
        root: etree._Element | None = etree.fromstring(text.strip(), parser)
    except (etree.XMLSyntaxError, ValueError) as err:
        raise Unreadable(f"neither XML nor JSON: {err}") from None
    if root is None or _local(root) in {"html", "HTML"}:
        raise Unreadable("neither XML nor JSON")
    is_broken = parser.error_log or (_UNREAD in text and _UNREAD not in body)
    return root, ("the XML was broken and has been read as far as it goes",) if is_broken else ()


def _to_json(element: etree._Element, depth: int) -> Json:
    """A leaf is its text, anything else its children and its identifier by name; a name that repeats holds a list."""
    children = [
        child for child in element if isinstance(child.tag, str) and not any(map(child.tag.__contains__, _FOREIGN))
    ]
    if depth > 12 or not children:
        # A leaf with the currency and the period that its attributes name.
        text, names = _leaf(element), load_keys().values
        units = _attributes(element, (*names["salary_currency"], *names["salary_period"])) if text else {}
        return {"value": text, **units} if units else text
    if any(str(child.tag).startswith(_XHTML) for child in children):
        return element_to_text(element)
    counts = Counter(_local(child) for child in children)
    members: dict[str, Json] = {}
    for child in children:
        name = _local(child)
        value = _to_json(child, depth + 1)
        if counts[name] == 1:
            members[name] = value
        elif name == "link" and child.get("rel", "alternate") != "alternate":
            continue
        else:
            known = members.setdefault(name, [])
            if isinstance(known, list):
                known.append(value)
    for name, value in _attributes(element, load_keys().fields["identifier"]).items():
        members.setdefault(name, value)
    return members


def _attributes(element: etree._Element, keys: tuple[str, ...]) -> dict[str, Json]:
    """Those of the element's attributes that are called so; none where it has more than any real one."""
    if not 0 < len(element.attrib) <= 20:
        return {}
    return {name: value for name, value in element.items() if plain_key(name) in keys}


def _leaf(element: etree._Element) -> str:
    text = "".join(element.itertext()).strip()
    return text or element.get("href") or element.get("term") or ""


def _child_text(element: etree._Element, name: str) -> str | None:
    return next((_leaf(child) for child in element if _local(child) == name), None)


def _local(element: etree._Element) -> str:
    return element.tag.rsplit("}", 1)[-1] if isinstance(element.tag, str) else ""


_HEAD, _HEAD_LINES = 2_000, 15
"""How much of an entry's text is read for lines of label and value: what follows is prose."""

_LONGEST = 64_000_000
_MOST_ENTRIES = 50_000


def read_feed(body: bytes, *, url: str, encoding: str | None = None) -> FeedReading:
    """The feed's entries in its order; never raises: what cannot be read is a problem. ``encoding`` is HTTP's.

    Entries that carry neither title nor text are given as links.
    """
    if len(body) > _LONGEST:
        return FeedReading(entries=(), problems=(f"a feed of {len(body):,} bytes; at most {_LONGEST:,} are read",))
    start = body[:200].lstrip(b"\xef\xbb\xbf \t\r\n\0\xff\xfe")[:1]
    try:
        if start in (b"{", b"["):
            return _read_json(decode(body, encoding), url)
        return _read_xml(body, url, encoding)
    except Unreadable as err:
        return FeedReading(entries=(), problems=(str(err),))


def _read_json(text: str, url: str) -> FeedReading:
    value, repaired = loads(text)
    problems: tuple[str, ...] = ("the JSON was broken and has been repaired",) if repaired else ()
    reader: Reader = "api"
    ads = value
    if isinstance(value, dict) and "jsonfeed.org" in str(value.get("version", "")):
        reader = "feed"
        items = value.get("items")
        listed = items if isinstance(items, list) else []
        # An entry of a feed is an ad whatever it says.
        ads = [{"hiringorganization": None, **item} for item in listed if isinstance(item, dict)]
    entries = tuple(record_to_raw(record, reader) for record in islice(find_records(ads), _MOST_ENTRIES))
    if not entries and isinstance(value, dict):
        elsewhere = load_keys().elsewhere
        lists = (below for key, below in value.items() if isinstance(below, list) and plain_key(key) not in elsewhere)
        value = next(lists, None)
    # Addresses of entries that hold nothing but an address.
    bare = value if not entries and isinstance(value, list) else []
    written = (first_line(by_plain_key(entry).get("url")) for entry in bare if isinstance(entry, dict))
    links = dict.fromkeys(address for link in written if link and (address := joined(url, link)))
    if not entries and not links:
        problems += ("no entry of the JSON reads like an ad",)
    return FeedReading(entries=_absolute(entries, url), problems=problems, links=tuple(links))


def _read_xml(body: bytes, url: str, encoding: str | None) -> FeedReading:
    """The feed's entries, read as far as they can be; entities are never expanded and nothing is fetched."""
    root, problems = _parse(body, encoding)
    channel = next((child for child in root if _local(child) == "channel"), root)
    language = _child_text(channel, "language") or root.get("{http://www.w3.org/XML/1998/namespace}lang")
    if _local(root) in _FEED_ROOTS:
        title = _child_text(channel, "title") or ""
        items = [*islice((element for element in root.iter() if _local(element) in {"item", "entry"}), _MOST_ENTRIES)]
        for item in items:
            # A guid is the link of an item without one, where it does not say otherwise (RSS 2.0).
            guid = next((child for child in item if _local(child) == "guid"), None)
            if guid is not None and guid.get("isPermaLink", "true") == "true" and not _child_text(item, "link"):
                etree.SubElement(item, "link").text = guid.text
        values = (_to_json(item, 0) for item in items)
        records: Iterable[Record] = (value for value in values if isinstance(value, dict))
    else:
        title, records = "", find_records(_to_json(root, 0))
    titled = next((pattern for name, pattern in load_keys().titled if name in title), None)
    entries: list[RawAd] = []
    links: list[str] = []
    for record in records:
        raw = record_to_raw(record, "feed", language=language)
        found = titled.match(raw.title) if titled and raw.title else None
        if found:
            raw = replace(raw, hiring_organization=raw.hiring_organization or found["employer"], title=found["title"])
        if raw.title or raw.description:
            entries.append(raw)
        elif raw.url and (link := joined(url, raw.url)):
            links.append(link)
    problems = problems if entries or links else (*problems, "no entry of the XML reads like an ad")
    return FeedReading(entries=_absolute(tuple(entries), url), problems=problems, links=tuple(links))


def _absolute(entries: tuple[RawAd, ...], url: str) -> tuple[RawAd, ...]:
    """The entries with absolute addresses and with what their texts say in lines of label and value."""
    shared = len({raw.url for raw in entries}) == 1 < len(entries)  # the address of the source, not of an ad
    own = [replace(raw, url=joined(url, raw.url) if raw.url and not shared else None) for raw in entries]
    for number, raw in enumerate(own):
        if raw.hiring_organization and raw.job_location:
            continue
        rows = read_labelled_lines("\n".join((raw.description or "")[:_HEAD].splitlines()[:_HEAD_LINES]))
        shown = stated_by(rows, "hiring_organization", "job_location", "base_salary", "employment_type")
        own[number] = completed(raw, shown)
    return identified(own)
