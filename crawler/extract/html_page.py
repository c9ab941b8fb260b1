"""A parsed page with what every reader asks of it: its titles, its language, its parts worth reading."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from urllib.parse import urlsplit

from lxml import etree

from crawler.extract.beginnings import Beginnings
from crawler.extract.plain_text import first_present, fold, one_line, present, weight

__all__ = ["HtmlPage", "is_small", "open_page", "path_parts", "short_text", "title_elements", "title_parts", "tokens"]

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SEPARATORS = re.compile(r"\s+[|–—·»:-]\s+|\s*[|｜_：]\s*|\s*--+\s*|\s+::\s+")
_TELLING = 8
"""Characters of a heading that says more than a title could repeat by chance."""

_BEFORE = (": ", "] ", "】 ", "】", ") ")
"""What parts a heading from what its page's title puts before it."""

_BOLD = ("b", "strong", "big", "font")
_HOME = frozenset({"index.php", "index.html", "index.htm", "index.asp", "index.aspx", "default.aspx", "home"})
_GREAT = frozenset({"h1", "h2", "h3"})
_FEW = 5
_LONGEST = 300
"""Characters of a label or a title."""

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")

_NAMED = frozenset(
    (
        "class",
        "id",
        "data-test",
        "data-testid",
        "data-test-id",
        "data-automation",
        "data-qa",
        "data-cy",
        "data-jobad",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HtmlPage:
    """One page as parsed. Whoever drops parts of the tree does so for all that follow."""

    root: etree._Element
    url: str
    headings: tuple[str, ...]
    """The first-level headings."""

    title: str | None
    """``<title>``."""

    og_title: str | None
    og_type: str | None
    site_name: str | None
    language: str | None

    def titles(self) -> tuple[str, ...]:
        """All that the page calls itself."""
        return tuple(title for title in (*self.headings, self.og_title, self.title) if title)

    def own_title(self) -> str | None:
        """The title without the site's name: the heading that the page's other titles agree with, if one does."""
        named = [fold(title) for title in (self.og_title, self.title) if title]
        agreed = [one for one in self.headings if len(one) > 2 and any(fold(one) in title for title in named)]
        if agreed:
            return max(agreed, key=len)
        if self.headings:
            return self.headings[0]
        return first_present(
            self._minor_heading(),
            without_site(self.og_title, self.site_name),
            self._bold_title(),
            self._only_heading(),
        )

    def _minor_heading(self) -> str | None:
        """A lesser heading that is one part of the page's title: ``River Mart - Baker``."""
        parts = {fold(part) for title in (self.og_title, self.title) if title for part in (title, *title_parts(title))}
        for heading in _read_as_titles(self.root, "h2", "h3", "h4", "h5", "h6"):
            text = short_text(heading)
            ends = tuple(f"{sign}{fold(text)}" for sign in _BEFORE)
            if (
                len(text) > 2
                and self._is_here(heading)
                and (fold(text) in parts or (weight(text) >= _TELLING and any(part.endswith(ends) for part in parts)))
            ):
                return text
        return None

    def _bold_title(self) -> str | None:
        """On a page without headings, the longest part of its title that stands on the page by itself."""
        parts = {fold(part) for part in title_parts(self.title or "") if weight(part) >= _TELLING}
        texts = (short_text(element) for element in _read_as_titles(self.root, *_BOLD) if self._is_here(element))
        found = [text for text in texts if fold(text) in parts]
        return max(found, key=len, default=None)

    def _only_heading(self) -> str | None:
        """The page's one heading of the second level, if it has no more of them."""
        headings = list(islice(self.root.iter("h2"), 2))
        text = short_text(headings[0]) if len(headings) == 1 and self._is_here(headings[0]) else ""
        return text if len(text) > 2 else None

    def _is_here(self, heading: etree._Element) -> bool:
        """Whether the heading is no link to another page."""
        link = next(heading.iter("a"), None)
        address = link.get("href", "") if link is not None else ""
        return address.startswith("#") or not address or path_parts(address) == path_parts(self.url)


def open_page(root: etree._Element, url: str) -> HtmlPage:
    """The page with its titles."""
    metas = {
        (meta.get("property") or meta.get("name") or "").lower(): meta.get("content", "") for meta in root.iter("meta")
    }
    headings = (present(short_text(heading, 1_000)) for heading in root.iter("h1") if not _is_logo(heading))
    title = next(root.iter("title"), None)
    return HtmlPage(
        root=root,
        url=url,
        headings=tuple(dict.fromkeys(heading for heading in headings if heading)),
        title=present(title.text) if title is not None else None,
        og_title=present(metas.get("og:title")),
        og_type=present(metas.get("og:type")),
        site_name=present(metas.get("og:site_name")),
        language=present(root.get("lang")),
    )


def _is_logo(heading: etree._Element) -> bool:
    """Whether the heading is the site's name: a link that leads home."""
    links = [*heading.iter("a"), *(above for above in heading.iterancestors("a"))]
    return any((address := link.get("href")) and _leads_home(address) for link in links[:1])


def _leads_home(address: str) -> bool:
    parts = path_parts(address)
    return not ("#" in address or "?" in address) and (not parts or (len(parts) == 1 and parts[0] in _HOME))


def without_site(title: str | None, site_name: str | None) -> str | None:
    """The title without the site's name at either end, where the page says what that is."""
    if not title or not site_name:
        return title
    parts = title_parts(title)
    if len(parts) > 1 and fold(parts[-1]) == fold(site_name):
        return title[: title.rindex(parts[-1])].rstrip(" |–—·»:-_｜")
    return title


def title_parts(title: str) -> list[str]:
    """The parts of a title between bars and dashes."""
    return [part.strip() for part in _SEPARATORS.split(title) if part.strip()]


def path_parts(url: str) -> list[str]:
    """The steps of an address's path in lower case."""
    try:
        return [part for part in urlsplit(url).path.lower().split("/") if part]
    except ValueError:
        return []


def short_text(element: etree._Element, longest: int = _LONGEST) -> str:
    """The element's text on one line, read only as far as a label or a title can be long."""
    pieces: list[str] = []
    size = 0
    for piece in element.itertext():
        pieces.append(piece[: 4 * longest])
        size += len(piece)
        if size > 4 * longest:
            break
    return one_line(" ".join(pieces))[:longest]


def title_elements(root: etree._Element, title: str | None) -> Iterator[etree._Element]:
    """The headings that hold the title and nothing more; on a page that has none, what is printed bold and does."""
    wanted = fold(title or "")
    if not wanted:
        return
    beginnings = Beginnings([wanted])
    found = False
    for heading in _read_as_titles(root, *_HEADINGS):
        if beginnings.may_head(heading, 1_000) and fold(short_text(heading, 1_000)) == wanted:
            found = True
            yield heading
    if not found:
        for bold in _read_as_titles(root, *_BOLD):
            if beginnings.may_head(bold, _LONGEST) and fold(short_text(bold, _LONGEST)) == wanted:
                yield bold


def is_small(element: etree._Element) -> bool:
    """Whether few elements stand in it, and none deeper than two levels: whoever reads such ones reads each page once,
    however deep it is nested."""
    children = list(islice(element, _FEW + 1))  # its length would count all of them
    inner = [grandchild for child in children for grandchild in islice(child, _FEW + 1)]
    return len(children) <= _FEW and len(inner) <= _FEW and all(next(iter(one), None) is None for one in inner)


def _read_as_titles(root: etree._Element, *tags: str) -> Iterator[etree._Element]:
    return (element for element in root.iter(*tags) if element.tag in _GREAT or is_small(element))


def tokens(element: etree._Element) -> str:
    """What the page's author named the element, for machines: classes and the like, in lower case."""
    names = [value for name, value in element.items() if name in _NAMED]
    return _plain(" ".join(names)[:500]) if names else ""


@lru_cache(maxsize=4096)
def _plain(names: str) -> str:
    return _CAMEL.sub("-", names).lower()
