"""Where a listing goes on: its next page, or the pages that it numbers."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class _Labels:
    """What stands for the next page."""

    words: frozenset[str]
    arrows: frozenset[str]
    number: re.Pattern[str]
    """The end of a path that says which page of a list it is."""


@cache
def _labels() -> _Labels:
    table = tomllib.loads(files("crawler.extract").joinpath("pager.toml").read_text("utf-8"))
    steps = "|".join(table["steps"])
    number = re.compile(rf"(?:[/_.-](?:{steps}))?(?:[/_.-]?\d{{1,6}})?(?:\.[a-z]{{3,5}})?$")
    return _Labels(frozenset(map(fold, table["words"])), frozenset(map(fold, table["arrows"])), number)


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
    said = _labels()
    labels = [fold(label) for label in (short_text(link, 60), link.get("aria-label", ""), link.get("title", ""))]
    if any(label in said.arrows or label.strip(_EDGES) in said.words for label in labels if label):
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
        if address and _list_of(address) == _list_of(url):
            count += 1
            yield int(label), address


def _list_of(address: str) -> str:
    """The address without what tells one page of a list from another. A calendar's days are not pages of a list."""
    path = urlsplit(address).path.rstrip("/")
    return _labels().number.sub("", path) or "/"


def _elsewhere(link: etree._Element, url: str, base: str) -> str | None:
    """Where the link leads, if that is another page of the same host."""
    address = join(base, link.get("href"))
    if address is None or address == url.partition("#")[0] or urlsplit(address).netloc != urlsplit(url).netloc:
        return None
    return address
