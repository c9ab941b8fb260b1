"""Parts of a page around an ad's title, and the place of work that they name."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice

from lxml import etree

from crawler.extract.fields.countries import country_in_place
from crawler.extract.html_document import HtmlPage, short_text, title_elements, tokens
from crawler.extract.text import fold, join_places, one_line, present
from crawler.extract.visible.facts import (
    LONGEST_NAME,
    can_be_name,
    can_be_place,
    is_cased,
    is_company,
    is_day,
    is_employment,
    is_moment,
    is_pay,
    is_place,
)
from crawler.extract.visible.words import load_names, load_words

_DASHES = re.compile(r"\s[-–—]\s")
MOST_LINKS = 2
"""What holds more of them is a menu, whatever it is named."""

_PARTS = re.compile(r"\s[·•|]\s")
"""What parts the facts on one line of a head card."""

_LONGEST = 200
_MOST_PIECES = 12
_MOST_ENTRIES = 3
"""Fields from which on a form is one to fill in, not a page that is wrapped in one."""

_BLANKS = " \t\r\n"
_MOST_STEPS = 300
"""Texts, most of them blank, among which the one before an element is looked for."""


class Surroundings:
    """The page's parts that may say something of the ad, the nearest to its title first; none that readers fill in."""

    def __init__(self, page: HtmlPage, title: str | None, following: list[str]) -> None:
        """``following`` are the lines of text behind the title."""
        self.page, self.title, self.following = page, title, following
        self.heading = next(title_elements(page.root, title), None)
        above = set(self.heading.iterancestors()) if self.heading is not None else set()
        found: list[tuple[int, etree._Element]] = []
        waiting, at = [page.root], 0
        while waiting:
            element = waiting.pop()
            if isinstance(element.tag, str) and (element in above or not is_filled_in(element)):
                found.append((len(found) + 1, element))
                at = len(found) if element is self.heading else at
                waiting += reversed(element)
        # What stands before the title is the site's more often than the ad's.
        found.sort(key=lambda entry: entry[0] - at if entry[0] >= at else 3 * (at - entry[0]))
        self.named = [(element, name) for _, element in found if (name := tokens(element))]
        """What the page's author named, and how."""

        # A logo further from the title is not the employer's.
        self.images = [item for number, item in found if item.tag == "img" and abs(number - at) <= 400]
        self.times = [element for _, element in found if element.tag == "time"]

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


def is_filled_in(element: etree._Element) -> bool:
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
    return _without_label(text[len(label) :] if is_label and text.startswith(label) else text)


def _without_label(text: str) -> str | None:
    """The text without a label that a colon ends, and without signs around it."""
    line = present(text.strip(" :：•·|-–—"))
    return None if line and fold(line) in load_words().labels else line


def texts_at(element: etree._Element | None, path: str) -> list[str]:
    """The texts at this XPath from an element, each on one line."""
    found = element.xpath(path) if element is not None else []
    return [one_line(str(text)) for text in found] if isinstance(found, list) else []


def text_before(element: etree._Element) -> str:
    """The nearest text before the element, on one line. An XPath would go through all that stands before, each time."""
    near = islice(_texts_backwards(element), _MOST_STEPS)
    return next((one_line(text) for text in near if text and text.strip(_BLANKS)), "")


def _texts_backwards(element: etree._Element) -> Iterator[str | None]:
    """The texts before an element, the nearest first."""
    at: etree._Element | None = element
    while at is not None:
        before = at.getprevious()
        if before is None:
            at = at.getparent()
            yield at.text if at is not None else None
            continue
        yield before.tail
        while len(before):
            before = before[-1]
            yield before.tail
        yield before.text if isinstance(before.tag, str) else None
        at = before


def lines_after_title(root: etree._Element, title: str | None) -> list[str]:
    """The first lines of text behind the title, as a head card has them, each fact on a line of its own."""
    heading = next(title_elements(root, title), None)
    found: list[str] = []
    for line in texts_at(heading, "following::text()[normalize-space()][position()<=25]"):
        parts = _PARTS.split(line)
        dashed = _DASHES.split(line) if len(list(filter(None, parts))) < 2 and len(line) <= LONGEST_NAME else []
        # A dash parts facts where one of them is plainly a place or a way to be employed.
        is_list = any(map(is_employment, dashed)) or (len(dashed) > 2 and any(map(country_in_place, dashed)))
        found += dashed if is_list else parts
    return [part for part in found if any(map(str.isalnum, part)) and fold(part) != fold(title or "")]


_STRIP = 60
_NEAR = 4
_BEHIND = f"following::text()[normalize-space()][position()<={_NEAR}]"


def find_place(around: Surroundings, rows: Mapping[str, str]) -> str | None:
    """Where the work is: named so, labelled so, linked to a map, or a line that only a place reads like."""
    place = next(filter(None, _places(around, rows)), None)
    if place is None or is_place(place):
        return place
    # What is only named so gives way to a known place that is labelled or stands right behind the title.
    known = (line for line in (rows.get("job_location"), *around.following[:2]) if line and is_place(line))
    return next(known, place)


def _places(around: Surroundings, rows: Mapping[str, str]) -> Iterator[str | None]:
    """What may name the place, the surest first."""

    def fits(text: str) -> bool:
        is_other = text in offices or fold(text) == fold(around.title or "") or (is_company(text) and "," not in text)
        return can_be_place(text) and not is_other

    named = (element for element, _ in around.innermost(load_names().place))
    # Where the employer has its seat, as what stands before it says.
    introduced = ((element, text_before(element)) for element in named)
    is_office = load_words().head_office.search
    offices = {text_after_label(item) for item, label in introduced if len(label) <= _STRIP and is_office(fold(label))}
    yield join_places(list(islice(around.all_named(load_names().place, fits), 6)))
    labelled = rows.get("job_location")
    yield labelled if labelled and can_be_place(labelled) else None
    maps = load_words().maps
    mapped = [link for link in around.page.root.iter("a") if maps.search(link.get("href") or "")]
    yield join_places([text for link in mapped if can_be_place(text := short_text(link, _LONGEST))])
    firms = set(map(fold, around.all_named(load_names().employer, can_be_name)))
    for line in map(_without_label, around.following):
        if line and is_place(line) and fold(line) not in firms:
            yield line
    yield written_pair(around)[1]
    yield _in_strip(around, firms)
    for _, behind in around.sides_of_title():  # "Baker in Hue | Board"
        found = load_words().within.match(behind)
        if found and can_be_place(found[1]) and not any(map(str.isdigit, found[1])):
            yield present(found[1])
    title = around.title or ""
    # "Baker in Hue", where Hue is known.
    ends = (load_words().within.match(title[at:]) for at, char in enumerate(title) if char.isspace())
    known = (found[1] for found in ends if found and not any(map(str.isdigit, found[1])) and is_place(found[1]))
    yield next(known, None)
    remote = load_words().remote
    yield next((line for line in around.following if fold(line).strip(" .()[]") in remote), None)


def without_sign(place: str | None) -> str | None:
    """The place without the picture that introduces it."""
    return present(place[1:].strip("\ufe0f :")) if place and place[0] in load_words().signs else place


def written_pair(around: Surroundings) -> tuple[str | None, str | None]:
    """``Acme - Hue, Vietnam`` on one line under the title: who hires, and where; or the place and its department."""
    for line in texts_at(around.heading, _BEHIND)[:2]:
        parts = [part for part in _DASHES.split(line) if part]
        if len(line) > LONGEST_NAME or len(parts) != 2:
            continue
        name, place = parts
        pieces = [piece.strip() for piece in place.split(",")]
        # A known place, or names cased and parted by commas as a place in its region is.
        is_region = 2 <= len(pieces) <= _NEAR and not any(map(str.isdigit, place)) and all(map(is_cased, pieces))
        is_region = is_region and can_be_place(place) and not is_company(place) and not is_employment(place)
        if can_be_name(name) and (is_region or is_place(place)):
            return name, place
        if "," in parts[0] and is_place(parts[0]):
            return None, parts[0]
    return None, None


def _in_strip(around: Surroundings, firms: Collection[str]) -> str | None:
    """The one name in a strip of facts beside the title, where another of them is known by what it says."""
    found = around.heading.xpath(f"{_BEHIND}/..") if around.heading is not None else []
    for element in found if isinstance(found, list) else []:
        for item in (element, *islice(element.iterancestors(), 4)):
            beside = item.getparent()
            if beside is None or around.heading in beside.iter():
                break
            alike = [other for other in beside if (other.tag, other.get("class")) == (item.tag, item.get("class"))]
            texts = [short_text(other, _STRIP + 1) for other in alike[:_MOST_PIECES]]
            if len(texts) < 2 or not all(0 < len(text) <= _STRIP for text in texts):
                continue
            names = [text for text in texts if not any(map(str.isdigit, text)) and fold(text) not in firms]
            name = names[0] if len(names) == 1 else ""
            is_place_like = is_cased(name) and can_be_place(name) and can_be_name(name) and not is_company(name)
            if is_place_like and any(is_pay(text) or is_moment(text) or is_day(text) for text in texts):
                return name
            break
    return None


def linked_numbers(root: etree._Element) -> str | None:
    """The numbers that links call, of boxes named for whoever placed the ad; none where a board may mean its own."""
    names = load_names()
    found: dict[str, None] = {}
    for link in root.iter("a"):
        address = link.get("href") or ""
        if not address.startswith("tel:"):
            continue
        around = [tokens(above) for above in (link, *link.iterancestors()) if above.tag not in {"body", "html"}]
        if any(map(names.reached.search, around[:5])) and not any(map(names.board.search, around)):
            found.setdefault(address.removeprefix("tel:").strip())
    return "; ".join(found) if len(found) <= 3 else None
