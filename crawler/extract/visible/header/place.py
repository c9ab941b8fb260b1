"""Place of work of an ad, from what stands around its title."""

from collections.abc import Collection, Iterator, Mapping
from itertools import islice

from lxml import etree

from crawler.extract.html.document import short_text
from crawler.extract.structured.json_ld import join_places
from crawler.extract.text import fold, present
from crawler.extract.visible.boilerplate import MAPS
from crawler.extract.visible.facts import (
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
from crawler.extract.visible.header.surroundings import DASHES, Surroundings, texts_at, without_label
from crawler.extract.visible.words import load_names, load_words

__all__ = ["find_place", "without_sign", "written_pair"]

_STRIP = 60
_HIGHEST_STRIP = 4
_LONGEST_NAME = 100
_LONGEST = 200
_NEAR = 4
_MOST_PLACES = 6
_MOST_PIECES = 12
_BEHIND = f"following::text()[normalize-space()][position()<={_NEAR}]"


def find_place(around: Surroundings, rows: Mapping[str, str]) -> str | None:
    """Where the work is: named so, labelled so, linked to a map, or a line that only a place reads like."""
    return next(filter(None, _places(around, rows)), None)


def _places(around: Surroundings, rows: Mapping[str, str]) -> Iterator[str | None]:
    """What may name the place, the surest first."""

    def fits(text: str) -> bool:
        return can_be_place(text) and fold(text) != fold(around.title or "")

    yield join_places(list(islice(around.all_named(load_names().place, fits), _MOST_PLACES)))
    labelled = rows.get("job_location")
    yield labelled if labelled and can_be_place(labelled) else None
    yield join_places([text for text in _map_links(around.page.root) if can_be_place(text)])
    firms = set(map(fold, around.all_named(load_names().employer, can_be_name)))
    for line in map(without_label, around.following):
        if line and is_place(line) and fold(line) not in firms:
            yield line
    yield written_pair(around)[1]
    yield _in_strip(around, firms)
    yield _in_titles(around)
    remote = load_words().remote
    yield next((line for line in around.following if fold(line).strip(" .()[]") in remote), None)


def without_sign(place: str | None) -> str | None:
    """The place without the picture that introduces it."""
    return present(place[1:].strip("\ufe0f :")) if place and place[0] in load_words().signs else place


def _map_links(root: etree._Element) -> list[str]:
    return [short_text(link, _LONGEST) for link in root.iter("a") if MAPS.search(link.get("href") or "")]


def written_pair(around: Surroundings) -> tuple[str | None, str | None]:
    """``Acme - Hue, Vietnam`` on one line under the title: who hires, and where; or the place and its department."""
    for line in texts_at(around.heading, _BEHIND)[:2]:
        parts = [part for part in DASHES.split(line) if part]
        if len(line) > _LONGEST_NAME or len(parts) != 2:
            continue
        if can_be_name(parts[0]) and _is_written_place(parts[1]):
            return parts[0], parts[1]
        if "," in parts[0] and is_place(parts[0]):
            return None, parts[0]
    return None, None


def _is_written_place(text: str) -> bool:
    """Whether a text is a known place, or names cased and parted by commas as a place in its region is."""
    pieces = [piece.strip() for piece in text.split(",")]
    is_region = 2 <= len(pieces) <= _NEAR and not any(map(str.isdigit, text)) and all(map(is_cased, pieces))
    return is_place(text) or (is_region and can_be_place(text) and not is_company(text) and not is_employment(text))


def _in_strip(around: Surroundings, firms: Collection[str]) -> str | None:
    """The one name in a strip of facts beside the title, where another of them is known by what it says."""
    found = around.heading.xpath(f"{_BEHIND}/..") if around.heading is not None else []
    for element in found if isinstance(found, list) else []:
        for item in (element, *islice(element.iterancestors(), _HIGHEST_STRIP)):
            beside = item.getparent()
            if beside is None or around.heading in beside.iter():
                break
            alike = [other for other in beside if (other.tag, other.get("class")) == (item.tag, item.get("class"))]
            texts = [short_text(other, _STRIP + 1) for other in alike[:_MOST_PIECES]]
            if len(texts) > 1 and all(0 < len(text) <= _STRIP for text in texts):
                if place := _one_place(texts, firms):
                    return place
                break
    return None


def _one_place(texts: list[str], firms: Collection[str]) -> str | None:
    """The one name among facts, if it can be a place and one of the others is pay or a day."""
    names = [text for text in texts if not any(map(str.isdigit, text)) and fold(text) not in firms]
    if len(names) != 1 or not any(is_pay(text) or is_moment(text) or is_day(text) for text in texts):
        return None
    name = names[0]
    return name if is_cased(name) and can_be_place(name) and can_be_name(name) and not is_company(name) else None


def _in_titles(around: Surroundings) -> str | None:
    """``Baker in Hue | Board``."""
    for _, behind in around.sides_of_title():
        found = load_words().within.match(behind)
        if found and can_be_place(found[1]) and not any(map(str.isdigit, found[1])):
            return present(found[1])
    return None
