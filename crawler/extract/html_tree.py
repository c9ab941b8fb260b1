"""A page as a tree, parsed within bounds."""

import re
from collections.abc import Iterable, Iterator

from lxml import etree

from crawler.extract.plain_text import drop_unencodable

__all__ = ["outermost", "parse_html", "tree_depth_and_size"]

_MOST_CHARACTERS = 5_000_000
"""What is parsed of a page; without the addresses of pictures no real one comes near."""
_LONG_TAG = re.compile(r"<([a-zA-Z][\w:-]{0,30})[^<>]{500,}")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_MOST_ATTRIBUTES = 60


def parse_html(text: str) -> etree._Element | None:
    """The root of the page, or None where there is nothing to parse; never raises.

    Comments and processing instructions are dropped, so that a commented-out ad is not read.
    """
    text = drop_unencodable(text[:_MOST_CHARACTERS])
    if not text.strip():
        return None
    text = _LONG_TAG.sub(_without_many_attributes, text)
    # libxml2 stops at a depth of 256 by default, and real pages built from components do get there.
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        return etree.fromstring(text.encode("utf-8"), parser)
    except etree.XMLSyntaxError:
        return None


def tree_depth_and_size(root: etree._Element) -> tuple[int, int]:
    """How deep the tree goes and how many elements it has: what decides whether a library may have it."""
    depth = deepest = size = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
        size += 1
    return deepest, size // 2


def outermost(elements: Iterable[etree._Element]) -> Iterator[etree._Element]:
    """The elements that stand in none of the others before them.

    Whoever reads each element whole would read a page of thousands within each other thousands of times.
    """
    inside: set[etree._Element] = set()
    for element in elements:
        if element not in inside:
            inside.update(element.iter())
            yield element


def _without_many_attributes(tag: re.Match[str]) -> str:
    """A tag with thousands of attributes costs libxml2 quadratic time; one long data address does not."""
    attributes = len(_QUOTED.sub("", tag[0]).split(None, _MOST_ATTRIBUTES + 1))
    return f"<{tag[1]} " if attributes > _MOST_ATTRIBUTES else tag[0]
