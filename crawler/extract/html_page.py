"""A parsed page with what every reader asks of it: its titles, its language, its parts worth reading."""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from lxml import etree

from crawler.extract.html_tree import drop_elements
from crawler.extract.plain_text import fold, one_line, present

__all__ = ["HtmlPage", "drop_clutter", "open_page", "short_text", "tokens"]

_CLUTTER_TAGS = {
    "nav",
    "footer",
    "dialog",
    "script",
    "style",
    "noscript",
    "template",
    "svg",
    "iframe",
    "select",
    "datalist",
}
_CLUTTER = re.compile(
    r"(?:^|[^a-z])(?:cookies?|consent|gdpr|modal|popup|popover|dialog|navbar|navigation|breadcrumbs?|newsletter|share|sharing|"
    r"related|similar|recommend(?:ed|ations?)?|suggest(?:ed|ions?)?|footer|login|signin|signup|sign-in|subscribe|advert|"
    r"banner|toast|tooltip|megamenu|offcanvas|skip|skip-link)(?:$|[^a-z])"
)
_NEVER_CLUTTER = {"html", "body", "main", "article", "h1"}
_ROLES = {"navigation", "dialog", "alertdialog", "banner", "search", "contentinfo", "tooltip"}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SEPARATORS = re.compile(r"\s+[|–—·»:-]\s+|\s*[|｜_]\s*|\s+::\s+")
_TELLING = 8
"""Characters of a heading that says more than a title could repeat by chance."""

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
        return self._minor_heading() or without_site(self.og_title, self.site_name)

    def _minor_heading(self) -> str | None:
        """A lesser heading that is one part of the page's title: ``River Mart - Baker``."""
        parts = {fold(part) for title in (self.og_title, self.title) if title for part in (title, *title_parts(title))}
        for heading in self.root.iter("h2", "h3"):
            text = short_text(heading)
            folded = fold(text)
            if (
                len(text) > 2
                and self._is_here(heading)
                and (folded in parts or (len(text) >= _TELLING and any(part.endswith(f": {folded}") for part in parts)))
            ):
                return text
        return None

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
    return any((address := link.get("href")) and "#" not in address and not path_parts(address) for link in links[:1])


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


def short_text(element: etree._Element, longest: int = 300) -> str:
    """The element's text on one line, read only as far as a label or a title can be long."""
    pieces: list[str] = []
    size = 0
    for piece in element.itertext():
        pieces.append(piece[: 4 * longest])
        size += len(piece)
        if size > 4 * longest:
            break
    return one_line(" ".join(pieces))[:longest]


def tokens(element: etree._Element) -> str:
    """What the page's author named the element, for machines: classes and the like, in lower case."""
    names = [value for name, value in element.items() if name in _NAMED]
    return _plain(" ".join(names)[:500]) if names else ""


@lru_cache(maxsize=4096)
def _plain(names: str) -> str:
    return _CAMEL.sub("-", names).lower()


def drop_clutter(page: HtmlPage) -> None:
    """Takes out what is on every page of a site: navigation, footers, dialogs, cookie notices, related ads.

    Never what holds the title: some sites wrap the whole page in a form, a banner or a modal.
    """
    title = fold(page.own_title() or "")
    holders = {
        above
        for heading in page.root.iter("h1", "h2", "h3")
        if title and fold(short_text(heading)) == title
        for above in (heading, *heading.iterancestors())
    }
    waiting = [page.root]
    clutter: list[etree._Element] = []
    while waiting:
        element = waiting.pop()
        if not isinstance(element.tag, str):
            continue
        if element not in holders and element.tag not in _NEVER_CLUTTER and _is_clutter(element):
            clutter.append(element)
        else:
            waiting += element
    drop_elements(page.root, clutter)


def _is_clutter(element: etree._Element) -> bool:
    if element.tag == "footer":
        # The foot of a card or an article says who hires and where.
        return not any(above.tag in {"article", "section", "li"} for above in element.iterancestors())
    if element.tag in _CLUTTER_TAGS or element.get("role") in _ROLES or element.get("aria-modal") == "true":
        return True
    return bool(_CLUTTER.search(tokens(element)))
