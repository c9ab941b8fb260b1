"""A parsed page: titles, language, names of elements and short texts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from urllib.parse import urldefrag, urljoin, urlsplit

from lxml import etree

from crawler.extract.text import clean_text, fold, one_line, present

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# Spaces are read from their first on, so that a long run of them is read once.
_SEPARATORS = re.compile(r"(?<!\s)\s+(?:[|–—·»:-]|::)\s+|(?:(?<!\s)\s+)?(?:[|｜_：]|--+)\s*")
_NO_TITLES = frozenset({"title", "option", "script", "style"})
_HOME = frozenset({"index.php", "index.html", "index.htm", "index.asp", "index.aspx", "default.aspx", "home"})
_GREAT = frozenset({"h1", "h2", "h3"})
_FEW = 5
_LONGEST = 300
"""Characters of a label or a title."""

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")

_NAMED = frozenset(
    {"class", "id", "data-test", "data-testid", "data-test-id", "data-automation", "data-qa", "data-cy", "data-jobad"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HtmlPage:
    """One page as parsed. Whoever drops parts of the tree does so for all that follow."""

    root: etree._Element
    url: str
    headings: tuple[str, ...]
    title: str | None
    og_title: str | None
    og_type: str | None
    og_description: str
    """With its line breaks; empty where the page has none."""

    site_name: str | None
    language: str | None

    def titles(self) -> tuple[str, ...]:
        """All that the page calls itself."""
        return tuple(title for title in (*self.headings, self.og_title, self.title) if title)


def open_page(root: etree._Element, url: str) -> HtmlPage:
    """The page with its titles."""
    metas = {
        (meta.get("property") or meta.get("name") or "").lower(): meta.get("content", "") for meta in root.iter("meta")
    }
    headings = (present(short_text(heading, 1_000)) for heading in root.iter("h1") if not is_logo(heading))
    title = next(root.iter("title"), None)
    return HtmlPage(
        root=root,
        url=url,
        headings=tuple(dict.fromkeys(heading for heading in headings if heading)),
        title=present(title.text) if title is not None else None,
        og_title=present(metas.get("og:title")),
        og_type=present(metas.get("og:type")),
        og_description=clean_text(metas.get("og:description", "")).strip(),
        site_name=present(metas.get("og:site_name")),
        language=present(root.get("lang")),
    )


def is_logo(heading: etree._Element) -> bool:
    """Whether the heading is the site's name: a link that shows a logo or leads home, or nowhere without a script."""
    # What is only named is a place on the page, open to its end in old pages.
    near = chain(islice(heading.iter(), _MOST_READ), heading.iterancestors("a"))
    link = next((item for item in near if item.tag == "a" and (item.get("href") or not item.get("name"))), None)
    if link is None:
        return False
    if short_text(link) == short_text(heading) and any(
        "logo" in img.get("src", "").lower() for img in link.iter("img")
    ):
        return True
    address = link.get("href") or "javascript:"
    if address.lower().startswith("javascript:"):
        return True
    parts = path_parts(address)
    return "#" not in address and "?" not in address and (not parts or (len(parts) == 1 and parts[0] in _HOME))


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


_MOST_READ = 300
"""Beginnings and ends of elements that one text is read from: thousands of empty ones within each other come to an
end, too."""


def short_text(element: etree._Element, longest: int = _LONGEST) -> str:
    """The element's text on one line, read only as far as a label or a title can be long."""
    if not len(element):
        return one_line((element.text or "")[: 4 * longest].strip())[:longest]
    # The same as itertext, of the first elements alone.
    steps = islice(etree.iterwalk(element, events=("start", "end")), 1, _MOST_READ)
    texts = (inner.text if event == "start" else inner.tail if inner is not element else None for event, inner in steps)
    pieces: list[str] = []
    size = 0
    for piece in filter(None, chain((element.text,), texts)):
        pieces.append(piece[: 4 * longest].strip())
        # What indents the page's source is no text; a piece counts at least one, so that many of them come to an end.
        size += len(pieces[-1]) or 1
        if size > 4 * longest:
            break
    return one_line(" ".join(pieces))[:longest]


def title_elements(root: etree._Element, title: str | None) -> Iterator[etree._Element]:
    """The headings that hold the title and nothing more; on a page that has none, whatever small element does."""
    # Elements inside a heading part its words anew.
    letters = "".join(fold(title or "").split())
    if not letters:
        return
    headings = [item for item in root.iter(*_HEADINGS) if item.tag in _GREAT or is_small(item)]
    titles = [item for item in headings if "".join(fold(short_text(item, 1_000)).split()) == letters]
    named = (item for item in root.iter() if isinstance(item.tag, str) and item.tag not in _NO_TITLES)
    small = (item for item in named if is_small(item))
    found = titles or (item for item in small if "".join(fold(short_text(item)).split()) == letters)
    yield from islice(found, 50)


def title_holders(root: etree._Element, title: str | None) -> set[etree._Element]:
    """What the title stands in, itself included."""
    return {above for item in title_elements(root, title) for above in (item, *item.iterancestors())}


def is_small(element: etree._Element) -> bool:
    """Whether few elements stand in it, and none deeper than two levels: whoever reads such ones reads each page once,
    however deep it is nested."""
    children = list(islice(element, _FEW + 1))  # its length would count all of them
    inner = [grandchild for child in children for grandchild in islice(child, _FEW + 1)]
    return len(children) <= _FEW and len(inner) <= _FEW and all(next(iter(item), None) is None for item in inner)


def tokens(element: etree._Element) -> str:
    """What the page's author named the element, for machines: classes and the like, in lower case."""
    names = [value for name, value in element.items() if name in _NAMED]
    return _CAMEL.sub("-", " ".join(names)[:500]).lower()


_SCRIPTED = ("hx-get", "data-href", "data-url", "data-link")
"""Attributes that a page's script reads an address from."""

_OPENED = re.compile(
    r"""\(\s*["']((?:https?://|\.{0,2}/|[\w-]+/|[\w-]+\.[a-z]{2,5}\?)[^"'\s<>]{2,500})["']|href\s*=\s*["']([^"'\s]{2,500})["']"""
)
"""An address in the text of a script: ``open('/job?id=7')``, ``location.href='/job/7'``."""

LEADS_OUT = ("http://", "https://", "tg://", "mailto:", "tel:", "viber:", "whatsapp:")
"""Beginnings of addresses by which somebody can be reached."""

NO_PAGES = ("#", "tel:", "mailto:", "javascript:", "data:", "sms:")


def base_of(root: etree._Element, url: str) -> str:
    """What the page's links are relative to: its own address, unless it says otherwise."""
    given = next((base.get("href") for base in root.iter("base") if base.get("href")), None)
    return join(url, given) or url


def written_address(element: etree._Element) -> str | None:
    """Where a click on the element leads, as written: its link, or what its script opens."""
    href = (element.get("href") or "").strip()
    if href and not href.lower().startswith("javascript:") and href != "#":
        return href
    if scripted := next(filter(None, map(element.get, _SCRIPTED)), None):
        return scripted
    opened = _OPENED.search(f"{href}{element.get('onclick') or ''}"[:1_000])
    return opened[1] or opened[2] if opened else None


def join(base: str, written: str | None) -> str | None:
    """The address of the page that a link leads to, without a fragment; None where it leads to none."""
    text = (written or "").strip()
    if not text or text.lower().startswith(NO_PAGES):
        return None
    try:
        address = urldefrag(urljoin(base, text)).url
        return address if urlsplit(address).scheme in {"http", "https"} and urlsplit(address).hostname else None
    except ValueError:
        return None
