"""The part of a page that is the ad's text."""

import re

import trafilatura
from lxml import etree

from crawler.extract.html_page import HtmlPage, short_text, tokens
from crawler.extract.html_text import element_to_text
from crawler.extract.html_tree import tree_depth_and_size
from crawler.extract.plain_text import clean_text, fold

__all__ = ["main_text", "weight"]

_STRONG = re.compile(
    r"(?:^|[^a-z])(?:job|jobs|vacancy|position|posting|offer|jobad|job-ad|recruitment|opening)[-_ ]*"
    r"(?:detail|details|ad)?[-_ ]*(?:desc|description|body|content|text|info|information|detail|details)(?:$|[^a-z])"
    r"|(?:^|[^a-z])(?:description|jobdesc|job-desc|desc|mo-ta|mota|deskripsi|rich-?text|rich-?content)(?:$|[^a-z])"
    r"|(?:^|[^a-z])(?:content-rich-text|entry-content|post-content|article-content|article-body|post-body)(?:$|[^a-z])"
    r"|(?:^|[^a-z])(?:detail-content|ad-body|ad-description)(?:$|[^a-z])|(?:^|\s)(?:body|jd-body[a-z-]*)(?:$|\s)"
)
_OTHERS = re.compile(r"compan|employer|about|profile|meta-|category|seo|review|search")
_LEAST = 120
_TRAFILATURA_DEPTH = 150
_TRAFILATURA_SIZE = 15_000
_DENSE = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def weight(text: str) -> int:
    """The text's length as if it were in a spaced alphabet: scripts without spaces say more with a character."""
    return len(text) + 2 * len(_DENSE.findall(text))


def main_text(page: HtmlPage, title: str | None) -> str:
    """The ad's text, or the page's main text where nothing is named as such; empty where there is none.

    Expects a tree without clutter and lists.
    """
    containers = _named_containers(page.root, title)
    text = "\n\n".join(element_to_text(container) for container in containers)
    if weight(text) < _LEAST:
        text = _general(page.root)
    return _without_title(text, title)


def _named_containers(root: etree._Element, title: str | None) -> list[etree._Element]:
    """What the page's author named a description: the tightest element with most of it, and its like beside it."""
    named = {
        element: weight(element_to_text(element))
        for element in list(_named(root))[:200]
        if not _holds_title(element, title) and _link_share(element) < 0.5
    }
    named = {element: size for element, size in named.items() if size >= _LEAST / 3}
    if not named:
        return []
    best = max(named, key=lambda element: named[element])
    while True:
        inner = [element for element in named if best in element.iterancestors() and named[element] > 0.7 * named[best]]
        if not inner:
            break
        best = inner[0]
    beside = {best, *best.itersiblings(), *best.itersiblings(preceding=True)}
    return [element for element in named if element in beside and tokens(element) == tokens(best)]


def _named(root: etree._Element) -> list[etree._Element]:
    wanted = {"div", "section", "article", "td", "ul", "span", "p", "dd", "main", "pre"}
    return [
        element
        for element in root.iter()
        if isinstance(element.tag, str)
        and element.tag in wanted
        and _STRONG.search(tokens(element))
        and not _OTHERS.search(tokens(element))
    ]


def _link_share(element: etree._Element) -> float:
    """How much of the text is links."""
    links = sum(len(short_text(link)) for _, link in zip(range(300), element.iter("a"), strict=False))
    return links / max(1, len(element_to_text(element)))


def _holds_title(element: etree._Element, title: str | None) -> bool:
    wanted = fold(title or "")
    return any(fold(short_text(heading)) == wanted for heading in element.iter("h1")) if wanted else False


def _general(root: etree._Element) -> str:
    """The main text by trafilatura, where the page is sane enough to be given to it."""
    depth, size = tree_depth_and_size(root)
    if depth > _TRAFILATURA_DEPTH or size > _TRAFILATURA_SIZE:
        return ""
    html = etree.tostring(root, encoding="unicode", method="html")
    text = trafilatura.extract(html, include_comments=False, include_tables=True, favor_recall=True)
    return clean_text(text or "")


def _without_title(text: str, title: str | None) -> str:
    first, _, rest = text.partition("\n")
    return rest.strip() if title and fold(first) == fold(title) else text.strip()
