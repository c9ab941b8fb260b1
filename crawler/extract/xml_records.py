"""XML as records: RSS and Atom entries, and the repeated element of any other job feed."""

from collections import Counter
from dataclasses import dataclass

from lxml import etree

from crawler.extract.ad_records import find_records
from crawler.extract.html_text import element_to_text
from crawler.extract.lenient_json import Json
from crawler.extract.record_values import Record

__all__ = ["UnreadableXml", "XmlFeed", "read_xml", "xml_value"]

_DEEPEST = 12
_MOST_ENTRIES = 50_000
_XHTML = "{http://www.w3.org/1999/xhtml}"
_FEED_ROOTS = {"rss", "feed", "RDF"}
_FOREIGN = ("search.yahoo.com/mrss", "itunes.com/dtds", "georss.org", "purl.org/rss/1.0/modules/slash")
"""Namespaces whose title and description are those of a picture or a recording."""


class UnreadableXml(ValueError):
    """Raised when a body holds no XML element at all, from ``read_xml``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class XmlFeed:
    """The entries of an XML feed as records."""

    title: str | None
    language: str | None
    records: tuple[Record, ...]
    problems: tuple[str, ...]


def read_xml(body: bytes) -> XmlFeed:
    """The feed's entries, read as far as they can be; entities are never expanded and nothing is fetched."""
    root, problems = _parse(body)
    channel = next((child for child in root if _local(child) == "channel"), root)
    is_feed = _local(root) in _FEED_ROOTS
    records = _feed_entries(root) if is_feed else tuple(find_records(_to_json(root, 0)))
    return XmlFeed(
        title=_child_text(channel, "title") if is_feed else None,
        language=_child_text(channel, "language") or root.get("{http://www.w3.org/XML/1998/namespace}lang"),
        records=records,
        problems=problems,
    )


def xml_value(body: bytes) -> tuple[Json, tuple[str, ...]]:
    """What an XML document says, as JSON would, and what was broken; raises ``UnreadableXml`` as ``read_xml`` does."""
    root, problems = _parse(body)
    return _to_json(root, 0), problems


def _parse(body: bytes) -> tuple[etree._Element, tuple[str, ...]]:
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True
    )
    try:
        root: etree._Element | None = etree.fromstring(body.strip(b" \t\r\n\0"), parser)
    except (etree.XMLSyntaxError, ValueError) as err:
        raise UnreadableXml(f"neither XML nor JSON: {err}") from None
    if root is None or _local(root) in {"html", "HTML"}:
        raise UnreadableXml("neither XML nor JSON")
    return root, ("the XML was broken and has been read as far as it goes",) if parser.error_log else ()


def _feed_entries(root: etree._Element) -> tuple[Record, ...]:
    found = [element for element in root.iter() if _local(element) in {"item", "entry"}]
    records = []
    for element in found[:_MOST_ENTRIES]:
        value = _to_json(element, 0)
        if isinstance(value, dict):
            records.append(value)
    return tuple(records)


def _to_json(element: etree._Element, depth: int) -> Json:
    """A leaf is its text, anything else its children by name; a name that repeats holds a list."""
    children = [child for child in element if isinstance(child.tag, str) and not _is_foreign(child)]
    if depth > _DEEPEST or not children:
        return _leaf(element)
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
    return members


def _leaf(element: etree._Element) -> str:
    text = "".join(element.itertext()).strip()
    return text or element.get("href") or element.get("term") or ""


def _child_text(element: etree._Element, name: str) -> str | None:
    return next((_leaf(child) for child in element if _local(child) == name), None)


def _is_foreign(element: etree._Element) -> bool:
    return any(namespace in str(element.tag) for namespace in _FOREIGN)


def _local(element: etree._Element) -> str:
    return element.tag.rsplit("}", 1)[-1] if isinstance(element.tag, str) else ""
