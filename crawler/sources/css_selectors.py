"""CSS selectors for elements of a page: by name, by label, or by container."""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from lxml import etree

from crawler.extract.css import BadSelector, compile_selector
from crawler.extract.html_document import short_text
from crawler.extract.html_tree import element_to_text
from crawler.extract.text import fold, weight

__all__ = ["find_text_blocks", "find_values", "selectors_of", "shared_selectors"]

_STABLE = re.compile(r"(?:[a-z]{3,}|[A-Z][a-z]{2,})(?:[-_]{1,2}[a-z]+|[A-Z][a-z]+){0,6}")
"""A class or id that a person chose. Those with digits are mostly made anew with each edition of a site."""

_HIGHEST = 5
"""Levels above an element that a selector may begin at."""

_LONGEST_LABEL = 40
_LONGEST_VALUE = 300
_MOST_FOUND = 10
_DEEPEST = 60
_MOST_ELEMENTS = 20_000
_NOT_SHOWN = frozenset({"head", "title", "meta", "script", "style", "noscript", "template", "option", "nav", "footer"})
_LABELS = frozenset({"dt", "th", "td", "span", "b", "strong", "label", "div", "p", "h3", "h4", "h5", "h6", "em", "i"})
_COVERED = 0.9
_TOO_WIDE = 1.3
"""A block with so many times the text holds other things than the ad."""


def selectors_of(element: etree._Element, *, by_label: bool = True) -> Iterator[str]:
    """Selectors that may name the element, the most telling first; whether one does is for the caller to try."""
    return filter(_is_selector, _selectors_of(element, by_label=by_label))


def shared_selectors(elements: Sequence[etree._Element]) -> Iterator[str]:
    """Selectors that may name all of these elements, made of what they have in common."""
    return filter(_is_selector, _shared_selectors(elements))


def _is_selector(css: str) -> bool:
    """False where a tag or a label of the page has signs that mean something else in CSS."""
    try:
        compile_selector(css)
    except BadSelector:
        return False
    return True


def _selectors_of(element: etree._Element, *, by_label: bool) -> Iterator[str]:
    own = list(_names(element))
    tag = str(element.tag)
    yield from own
    yield from (f"{tag}{name}" for name in own)
    if by_label and (label := _label_before(element)):
        before = element.getprevious()
        assert before is not None  # its label was found there
        yield f"{before.tag!s}:contains({json.dumps(label, ensure_ascii=False)}) + {tag}"
    for above in islice(element.iterancestors(), _HIGHEST):
        for name in _names(above):
            yield f"{name} {tag}"
            yield f"{name} > {tag}"


def _shared_selectors(elements: Sequence[etree._Element]) -> Iterator[str]:
    levels = [[element, *islice(element.iterancestors(), _HIGHEST)] for element in elements]
    tag = str(elements[0].tag)
    for name in _common([level[0] for level in levels]):
        yield f"{tag}{name}"
    for height in range(1, min(map(len, levels))):
        above = [level[height] for level in levels]
        for name in _common(above):
            yield f"{name} {tag}"
            yield f"{name} > {tag}"
    parents = [level[1] for level in levels if len(level) > 1]
    if len(parents) == len(levels) and len({parent.tag for parent in parents}) == 1:
        for height in range(2, min(map(len, levels))):
            for name in _common([level[height] for level in levels]):
                yield f"{name} {parents[0].tag!s} > {tag}"


def find_values(root: etree._Element, value: str) -> Iterator[etree._Element]:
    """The elements that show this value and nothing else, innermost first where they stand within each other."""
    wanted = fold(value)
    found: list[etree._Element] = []
    for element in islice(root.iter(), _MOST_ELEMENTS):
        if not isinstance(element.tag, str) or element.tag in _NOT_SHOWN or len(found) == _MOST_FOUND:
            continue
        stated = element.get("datetime") or element.get("content")
        shown = stated or short_text(element, _LONGEST_VALUE + 1)
        if fold(shown) == wanted and not any(above.tag in _NOT_SHOWN for above in element.iterancestors()):
            found.append(element)
    wide = {above for element in found for above in element.iterancestors()}
    yield from sorted(found, key=lambda element: element in wide)


def find_text_blocks(root: etree._Element, text: str) -> Iterator[etree._Element]:
    """The elements that hold nearly all of the text and little else, outermost first where several hold the same; never
    the page's body."""
    lines = {fold(line) for line in text.splitlines() if line.strip()}
    total = sum(map(weight, lines))
    body = root.find("body")
    block = root if body is None else body
    if not total:
        return
    same: list[etree._Element] = []
    shown = ""
    for _ in range(_DEEPEST):  # each level reads the text below it again
        inner = (child for child in block if isinstance(child.tag, str) and child.tag not in _NOT_SHOWN)
        fits = next((child for child in inner if _covered(child, lines) >= _COVERED * total), None)
        if fits is None:
            break
        block = fits
        before, shown = shown, element_to_text(block)
        same = [*same, block] if shown == before else [block]
    if weight(shown) <= _TOO_WIDE * weight(text):
        yield from same


def _covered(element: etree._Element, lines: set[str]) -> int:
    return sum(map(weight, lines & {fold(line) for line in element_to_text(element).splitlines()}))


def _names(element: etree._Element) -> Iterator[str]:
    if (element.get("itemprop") or "").isalpha():
        yield f'[itemprop="{element.get("itemprop")}"]'
    if _STABLE.fullmatch(element.get("id") or ""):
        yield f"#{element.get('id')}"
    yield from (f".{name}" for name in (element.get("class") or "").split() if _STABLE.fullmatch(name))


def _common(elements: Sequence[etree._Element]) -> list[str]:
    """The names that all of the elements have."""
    first, *others = ([*_names(element)] for element in dict.fromkeys(elements))
    return [name for name in first if all(name in names for names in others)]


def _label_before(element: etree._Element) -> str:
    """The short text of the element just before, where it can be a label."""
    before = element.getprevious()
    if before is None or before.tag not in _LABELS:
        return ""
    text = short_text(before, _LONGEST_LABEL + 1)
    return text if len(text) <= _LONGEST_LABEL and any(map(str.isalpha, text)) else ""
