"""Links of a page as addresses, and the shape that addresses of one kind share.

Where a listing goes on: its next page, or the pages that it numbers.
"""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from itertools import islice
from urllib.parse import parse_qsl, urlsplit

from lxml import etree

from crawler.extract.html.document import join, short_text, tokens
from crawler.extract.text import fold
from crawler.files import read_word_list

__all__ = ["LinkShape", "next_pages"]


@dataclass(frozen=True, slots=True)
class LinkShape:
    """How the addresses of a site's ads are built: ``/jobs/<differs>.html`` or ``/view?id=<differs>``."""

    site: str
    parts: tuple[str | None, ...]
    """The steps of the path; None where they differ from ad to ad."""

    ending: str
    has_number: bool
    """Whether each address has a digit where they differ."""

    keys: frozenset[str]
    """Names in the query that all of them have."""

    @property
    def is_particular(self) -> bool:
        """Whether something in it is the same in all addresses; any page of a site may fit another."""
        return any(self.parts) or bool(self.keys) or bool(self.ending)

    @classmethod
    def of(cls, addresses: Collection[str]) -> "LinkShape | None":
        """The shape of most of them; None for fewer than two, or where they have nothing in common but the host."""
        common = Counter((urlsplit(item).netloc, len(_steps(item)), _ending(item)) for item in addresses).most_common(1)
        alike = [item for item in addresses if common and _family(item) == common[0][0]]
        if len(alike) < 2:
            return None
        steps = zip(*map(_steps, alike), strict=True)
        parts = tuple(group[0] if len(set(group)) == 1 else None for group in steps)
        keys = frozenset.intersection(*map(_keys, alike))
        if None not in parts and not keys:
            return None
        has_number = all(_has_number(item, parts) for item in alike)
        site, _, ending = common[0][0]
        return cls(site, parts, ending, has_number, keys)

    def fits(self, address: str) -> bool:
        """True for an address that is built in this way."""
        if _family(address) != (self.site, len(self.parts), self.ending) or not self.keys <= _keys(address):
            return False
        same = all(mine in (None, theirs) for mine, theirs in zip(self.parts, _steps(address), strict=True))
        return same and (not self.has_number or _has_number(address, self.parts))


def _family(address: str) -> tuple[str, int, str]:
    return urlsplit(address).netloc, len(_steps(address)), _ending(address)


def _steps(address: str) -> list[str]:
    return [step for step in urlsplit(address).path.split("/") if step]


def _ending(address: str) -> str:
    last = urlsplit(address).path.rpartition("/")[2]
    ending = last.rpartition(".")[2] if "." in last else ""
    return ending.lower() if len(ending) <= 5 else ""


def _keys(address: str) -> frozenset[str]:
    return frozenset(name for name, _ in parse_qsl(urlsplit(address).query, keep_blank_values=True))


def _has_number(address: str, parts: tuple[str | None, ...]) -> bool:
    differing = [step for step, part in zip(_steps(address), parts, strict=True) if part is None]
    stated = "".join(differing) or urlsplit(address).query
    return any(char.isdigit() for char in stated)


_EDGES = " \t\n<>›»→⟩❯▶＞()[]|…."
_NAMED = re.compile(r"(?:^|[\s_-])(?:next|nextpage|next-page|page-next|pagination-next|pager-next)(?:$|\s)")
_OFF = re.compile(r"(?:^|[\s_-])disabled(?:$|\s)")
_MOST_NUMBERS = 200
_MOST_LINKS = 5_000


def next_pages(root: etree._Element, url: str, base: str) -> tuple[str, ...]:
    """The address that the page itself names as the next one, else those of the pages that it numbers, in order.

    Expects the whole tree: pagers often stand in what is dropped as navigation elsewhere.
    """
    links = [link for link in islice(root.iter("a", "link"), _MOST_LINKS) if link.get("href")]
    # Those that say outright that they lead on come first.
    outright = (link for link in links if "next" in link.get("rel", "").lower().split())
    named = filter(_is_next, (*outright, *(link for link in links if link.tag == "a")))
    following = next((address for link in named if (address := _elsewhere(link, url, base))), None)
    if following:
        return (following,)
    numbers: list[tuple[int, str]] = []
    for link in root.iter("a"):
        label = fold(short_text(link, 8))
        if not label.isdecimal() or int(label) < 2 or len(numbers) >= _MOST_NUMBERS:
            continue
        address = _elsewhere(link, url, base)
        if address and _list_of(address) == _list_of(url):
            numbers.append((int(label), address))
    return tuple(dict.fromkeys(address for _, address in sorted(numbers)))


@dataclass(frozen=True, slots=True)
class _Labels:
    """What stands for the next page."""

    words: frozenset[str]
    arrows: frozenset[str]
    number: re.Pattern[str]
    """The end of a path that says which page of a list it is."""


@cache
def _labels() -> _Labels:
    table = read_word_list("pager")
    steps = "|".join(table["steps"])
    number = re.compile(rf"(?:[/_.-](?:{steps}))?(?:[/_.-]?\d{{1,6}})?(?:\.[a-z]{{3,5}})?$")
    return _Labels(frozenset(map(fold, table["words"])), frozenset(map(fold, table["arrows"])), number)


def _is_next(link: etree._Element) -> bool:
    if "next" in link.get("rel", "").lower().split():
        return True
    parent = link.getparent()
    names = [tokens(link), tokens(parent) if parent is not None and parent.tag == "li" else ""]
    if link.get("aria-disabled") == "true" or any(_OFF.search(name) for name in names):
        return False
    stated = _labels()
    labels = [fold(label) for label in (short_text(link, 60), link.get("aria-label", ""), link.get("title", ""))]
    if any(label in stated.arrows or label.strip(_EDGES) in stated.words for label in labels if label):
        return True
    return any(_NAMED.search(name) for name in names)


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
