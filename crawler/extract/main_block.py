"""The part of a page that holds its main text, where nothing names it."""

from lxml import etree

from crawler.extract.html_page import title_elements
from crawler.extract.html_text import element_to_text
from crawler.extract.html_tree import tree_depth_and_size
from crawler.extract.plain_text import fold

__all__ = ["find_main_block"]

_DEEPEST = 150
_LARGEST = 15_000
_PREFIX = 60
_SHORTEST_LINE = 12
_LONGEST_TEXT = 50_000
_TOO_WIDE = 3
"""A parent with so many times the text holds other things than the ad."""


def find_main_block(root: etree._Element, title: str | None) -> str:
    """The text of the part that trafilatura finds to be the main one, with the sections beside it.

    The library knows which text matters, but leaves out headings and short list entries, of which an ad mostly
    consists. So its lines only point to the place, and the place is read as a whole.
    """
    import trafilatura  # a third of a second to load, for pages that few sources have

    depth, size = tree_depth_and_size(root)
    if depth > _DEEPEST or size > _LARGEST:
        return ""
    html = etree.tostring(root, encoding="unicode", method="html")
    found = trafilatura.extract(html, include_comments=False, include_tables=True, favor_recall=True) or ""
    wanted = fold(found[:_LONGEST_TEXT])
    heading = next(title_elements(root, title), None)
    body = root.find("body")
    inside = (root if body is None else body).iter()
    holders = [element for element in inside if element is not heading and _says(element, wanted)]
    if not holders:
        return ""
    block = _widened(_common(holders), heading)
    if heading is None or block not in heading.iterancestors():
        return element_to_text(block)
    beside = "\n".join(element_to_text(child) for child in _behind(block, heading)).strip()
    longest = max(found.splitlines(), key=len, default="").strip("| ")
    if fold(longest[:_PREFIX]) not in fold(beside):
        # The text stands beside its title, in one of several columns.
        return "\n".join(element_to_text(part) for part in _following(block, heading)).strip()
    return beside


def _says(element: etree._Element, wanted: str) -> bool:
    if not isinstance(element.tag, str):
        return False
    texts = (element.text, *(child.tail for child in element))
    return any(text and len(text.strip()) >= _SHORTEST_LINE and fold(text[:200])[:_PREFIX] in wanted for text in texts)


def _common(elements: list[etree._Element]) -> etree._Element:
    """The tightest element that holds them all."""
    shared = [*reversed(list(elements[0].iterancestors())), elements[0]]
    for element in elements[1:]:
        path = {*element.iterancestors(), element}
        shared = [one for one in shared if one in path]
    return shared[-1]


def _widened(block: etree._Element, heading: etree._Element | None) -> etree._Element:
    """As wide as it can be without taking in the title or the rest of the page."""
    above = set(heading.iterancestors()) if heading is not None else set()
    while block not in above:
        parent = block.getparent()
        if parent is None or parent in above or parent.tag in {"body", "html"}:
            break
        if len(element_to_text(parent)) > _TOO_WIDE * max(1, len(element_to_text(block))):
            break
        block = parent
    return block


def _following(block: etree._Element, heading: etree._Element) -> list[etree._Element]:
    """All parts of the block behind the heading, those beside it first."""
    parts: list[etree._Element] = []
    node: etree._Element | None = heading
    while node is not None and node is not block:
        parts += [one for one in node.itersiblings() if isinstance(one.tag, str)]
        node = node.getparent()
    return parts


def _behind(block: etree._Element, heading: etree._Element) -> list[etree._Element]:
    """The block's children behind the one that holds the title."""
    path = {heading, *heading.iterancestors()}
    children = [child for child in block if isinstance(child.tag, str)]
    at = next((number for number, child in enumerate(children) if child in path), -1)
    return children[at + 1 :]
