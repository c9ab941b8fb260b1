"""A page as a tree, parsed within bounds."""

from lxml import etree

from crawler.extract.attribute_flood import without_floods
from crawler.extract.plain_text import drop_unencodable

__all__ = ["LARGEST_PAGE", "parse_html", "tree_depth_and_size"]

LARGEST_PAGE = 5_000_000
"""Bytes of a page that are parsed; without the addresses of pictures no real one comes near."""


def parse_html(page: str | bytes) -> etree._Element | None:
    """The root of the page, a text or valid UTF-8, or None where there is nothing to parse; never raises.

    Comments and processing instructions are dropped, so that a commented-out ad is not read.
    """
    page = page[:LARGEST_PAGE]
    if isinstance(page, str):
        page = drop_unencodable(page).encode("utf-8")
    if not page or page.isspace():
        return None
    # libxml2 stops at a depth of 256 by default, and real pages built from components do get there.
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = etree.fromstring(without_floods(page), parser)
    except etree.XMLSyntaxError:
        return None
    if root is not None:
        _take_in_what_follows(root)
    return root


def tree_depth_and_size(root: etree._Element) -> tuple[int, int]:
    """How deep the tree goes and how many elements it has: what decides whether a library may have it."""
    depth = deepest = size = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
        size += 1
    return deepest, size // 2


def _take_in_what_follows(root: etree._Element) -> None:
    """What stands behind ``</html>`` belongs to the body, as in a browser; libxml2 puts it beside the root."""
    while (behind := root.getnext()) is not None:
        if not isinstance(behind.tag, str):
            return
        body = root.find("body")
        home = root if body is None else body
        if behind.tag != "html":
            home.append(behind)
            continue
        if behind.text and len(home):
            home[-1].tail = (home[-1].tail or "") + behind.text
        elif behind.text:
            home.text = (home.text or "") + behind.text
        for child in list(behind):
            home.append(child)
        _drop_root(behind)


def _drop_root(element: etree._Element) -> None:
    # A second root can only be taken out of the document by giving it a parent.
    etree.Element("outside").append(element)
