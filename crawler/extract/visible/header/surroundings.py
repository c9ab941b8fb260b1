"""Parts of a page around an ad's title, and the texts that its author named."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from lxml import etree

from crawler.extract.fields.countries import country_in_place
from crawler.extract.html.document import HtmlPage, short_text, title_elements, tokens
from crawler.extract.text import fold, one_line, present
from crawler.extract.visible.facts import is_employment
from crawler.extract.visible.words import load_words

__all__ = [
    "DASHES",
    "MOST_LINKS",
    "Surroundings",
    "find_surroundings",
    "lines_after_title",
    "text_after_label",
    "texts_at",
    "without_label",
]

DASHES = re.compile(r"\s[-–—]\s")
MOST_LINKS = 2
"""What holds more of them is a menu, whatever it is named."""

_PARTS = re.compile(r"\s[·•|]\s")
"""What parts the facts on one line of a head card."""

_LONGEST = 200
_LONGEST_NAME = 100
_LINES = 25
_MOST_PIECES = 12
_MOST_ENTRIES = 3
"""Fields from which on a form is one to fill in, not a page that is wrapped in one."""

_LOOKED_AT = 400
"""Elements around the title among which a logo is the employer's."""


@dataclass(slots=True)
class Surroundings:
    """The page's parts that may say something of the ad, the nearest to its title first."""

    page: HtmlPage
    title: str | None
    following: list[str]
    """The lines of text behind the title."""

    heading: etree._Element | None = None
    named: list[tuple[etree._Element, str]] = field(default_factory=list)
    """What the page's author named, and how."""

    images: list[etree._Element] = field(default_factory=list)
    times: list[etree._Element] = field(default_factory=list)

    def innermost(self, wanted: re.Pattern[str]) -> list[tuple[etree._Element, str]]:
        """Those so named that hold no other one so named."""
        found = [(element, name) for element, name in self.named if wanted.search(name)]
        holders: set[etree._Element] = set()
        for element, _ in found:
            for above in element.iterancestors():
                if above in holders:
                    break
                holders.add(above)
        return [(element, name) for element, name in found if element not in holders]

    def all_named(self, wanted: re.Pattern[str], fits: Callable[[str], bool]) -> Iterator[str]:
        """The fitting texts of the innermost elements so named; all that are named just like the first of them."""
        like: str | None = None
        for element, name in self.innermost(wanted):
            is_menu = sum(1 for _ in islice(element.iter("a"), MOST_LINKS + 1)) > MOST_LINKS
            text = text_after_label(element) if like in (None, name) and not is_menu else None
            if text and len(text) <= _LONGEST and fits(text):
                like = name
                yield text

    def sides_of_title(self) -> Iterator[tuple[str, str]]:
        """What each of the page's own titles says before the ad's title and behind it."""
        for whole in (self.page.title, self.page.og_title):
            if whole and self.title and self.title in whole and whole != self.title:
                before, _, behind = whole.partition(self.title)
                yield before, behind


def find_surroundings(page: HtmlPage, title: str | None, following: list[str]) -> Surroundings:
    """The page's parts by their distance from the title, without what readers are to fill in."""
    heading = next(title_elements(page.root, title), None)
    around = Surroundings(page, title, following, heading)
    above = set(heading.iterancestors()) if heading is not None else set()
    found: list[tuple[int, etree._Element, str]] = []
    waiting = [page.root]
    count, at = 0, 0
    while waiting:
        element = waiting.pop()
        if not isinstance(element.tag, str) or (element not in above and _is_filled_in(element)):
            continue
        count += 1
        at = count if element is heading else at
        found.append((count, element, tokens(element)))
        waiting += reversed(element)
    # What stands before the title is the site's more often than the ad's.
    found.sort(key=lambda entry: entry[0] - at if entry[0] >= at else 3 * (at - entry[0]))
    for number, element, name in found:
        if name:
            around.named.append((element, name))
        if element.tag == "img" and abs(number - at) <= _LOOKED_AT:
            around.images.append(element)
        if element.tag == "time":
            around.times.append(element)
    return around


def _is_filled_in(element: etree._Element) -> bool:
    """Whether readers are to write something there: what a form asks for is no fact."""
    if element.tag in {"select", "textarea", "option", "script", "style"}:
        return True
    if element.tag == "label":
        return element.get("for") is not None or next(element.iter("input"), None) is not None
    if element.tag != "form":
        return False
    fields = (
        asked for asked in element.iter("input", "textarea", "select") if asked.get("type") not in {"hidden", "submit"}
    )
    return len(list(islice(fields, _MOST_ENTRIES))) == _MOST_ENTRIES or element.get("role") == "search"


def text_after_label(element: etree._Element) -> str | None:
    """The element's text without a label before it, in an element of its own or with a colon."""
    text = short_text(element, _LONGEST + 1)
    pieces = (one_line(str(piece)) for piece in islice(element.itertext(), _MOST_PIECES)) if len(element) else ()
    label = next((piece for piece in pieces if piece), "")
    is_label = label and label != text and fold(label.rstrip(" :：")) in load_words().labels
    return without_label(text[len(label) :] if is_label and text.startswith(label) else text)


def without_label(text: str) -> str | None:
    """The text without a label that a colon ends, and without signs around it."""
    for mark in (":", "："):
        label, separator, value = text.partition(mark)
        if separator and fold(label) in load_words().labels:
            text = value
            break
    line = present(text.strip(" :：•·|-–—"))
    return None if line and fold(line) in load_words().labels else line


def texts_at(element: etree._Element | None, path: str) -> list[str]:
    """The texts at this XPath from an element, each on one line."""
    found = element.xpath(path) if element is not None else []
    return [one_line(str(text)) for text in found] if isinstance(found, list) else []


def lines_after_title(root: etree._Element, title: str | None) -> list[str]:
    """The first lines of text behind the title, as a head card has them."""
    heading = next(title_elements(root, title), None)
    lines = texts_at(heading, f"following::text()[normalize-space()][position()<={_LINES}]")
    parts = [part for line in lines for part in _facts_in(line)]
    return [part for part in parts if any(map(str.isalnum, part)) and fold(part) != fold(title or "")]


def _facts_in(line: str) -> list[str]:
    """The facts on one line; a dash parts them where one of them is plainly a place or a way to be employed."""
    parts = [part for part in _PARTS.split(line) if part]
    if len(parts) > 1 or len(line) > _LONGEST_NAME:
        return parts
    dashed = DASHES.split(line)
    is_list = any(map(is_employment, dashed)) or (len(dashed) > 2 and any(map(country_in_place, dashed)))
    return [part for part in dashed if part] if is_list else parts
