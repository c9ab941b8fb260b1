"""Where a listing goes on: its next page, or the pages that it numbers."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from urllib.parse import urlsplit

from lxml import etree

from crawler.extract.addresses import join
from crawler.extract.html_page import short_text, tokens
from crawler.extract.plain_text import fold

__all__ = ["next_pages"]

_EDGES = " \t\n<>›»→⟩❯▶＞()[]|…."
_NAMED = re.compile(r"(?:^|[\s_-])(?:next|nextpage|next-page|page-next|pagination-next|pager-next)(?:$|\s)")
_OFF = re.compile(r"(?:^|[\s_-])disabled(?:$|\s)")
_MOST_NUMBERS = 200
_MOST_LINKS = 5_000


def next_pages(root: etree._Element, url: str, base: str) -> tuple[str, ...]:
    """The address that the page itself names as the next one, else those of the pages that it numbers, in order.

    Expects the whole tree: pagers often stand in what is dropped as navigation elsewhere.
    """
    named = [link for link in _links(root) if _is_next(link)]
    found = dict.fromkeys(address for link in named if (address := _elsewhere(link, url, base)))
    if found:
        return tuple(found)[:1]
    numbers = sorted(_numbered(root, url, base))
    return tuple(dict.fromkeys(address for _, address in numbers))


@cache
def _labels() -> tuple[frozenset[str], frozenset[str]]:
    """The words and the arrows that stand for the next page."""
    table = tomllib.loads(files("crawler.extract").joinpath("pager.toml").read_text("utf-8"))
    return frozenset(map(fold, table["words"])), frozenset(map(fold, table["arrows"]))


def _links(root: etree._Element) -> Iterator[etree._Element]:
    """Links that say outright that they lead on come first."""
    links = [link for number, link in enumerate(root.iter("a", "link")) if number < _MOST_LINKS and link.get("href")]
    yield from (link for link in links if "next" in link.get("rel", "").lower().split())
    yield from (link for link in links if link.tag == "a")


def _is_next(link: etree._Element) -> bool:
    if "next" in link.get("rel", "").lower().split():
        return True
    parent = link.getparent()
    names = [tokens(link), tokens(parent) if parent is not None and parent.tag == "li" else ""]
    if link.get("aria-disabled") == "true" or any(_OFF.search(name) for name in names):
        return False
    words, arrows = _labels()
    labels = [fold(label) for label in (short_text(link, 60), link.get("aria-label", ""), link.get("title", ""))]
    if any(label in arrows or label.strip(_EDGES) in words for label in labels if label):
        return True
    return any(_NAMED.search(name) for name in names)


def _numbered(root: etree._Element, url: str, base: str) -> Iterator[tuple[int, str]]:
    """The links that are nothing but a number, each with its address, from the second page on."""
    count = 0
    for link in root.iter("a"):
        label = fold(short_text(link, 8))
        if not label.isdecimal() or int(label) < 2 or count >= _MOST_NUMBERS:
            continue
        address = _elsewhere(link, url, base)
        if address and (_says(address, int(label)) or urlsplit(address).path == urlsplit(url).path):
            count += 1
            yield int(label), address


def _says(address: str, number: int) -> bool:
    parts = urlsplit(address)
    return re.search(rf"(?<!\d)0*{number}(?!\d)", f"{parts.path}?{parts.query}") is not None


def _elsewhere(link: etree._Element, url: str, base: str) -> str | None:
    """Where the link leads, if that is another page of the same host."""
    address = join(base, link.get("href"))
    if address is None or address == url.partition("#")[0] or urlsplit(address).netloc != urlsplit(url).netloc:
        return None
    return address
