"""Facts around an ad's title: employer, place, pay and dates."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Literal

from lxml import etree

from crawler.extract.fields.amounts import find_offers
from crawler.extract.fields.countries import country_in_place
from crawler.extract.fields.dates import read_date
from crawler.extract.html.document import HtmlPage, path_parts, short_text, title_elements, title_parts, tokens
from crawler.extract.structured.json_ld import join_places
from crawler.extract.text import first_present, fold, one_line, present
from crawler.extract.visible.boilerplate import MAPS
from crawler.extract.visible.facts import (
    can_be_employment,
    can_be_name,
    can_be_pay,
    can_be_place,
    is_cased,
    is_company,
    is_date,
    is_employment,
    is_moment,
    is_pay,
    is_place,
    says_pay,
)
from crawler.extract.visible.words import load_names, load_words
from crawler.extract.vocabulary import plain

__all__ = ["Head", "are_facts", "lines_after_title", "read_head"]

_PARTS = re.compile(r"\s[·•|]\s")
"""What parts the facts on one line of a head card."""

_DASHES = re.compile(r"\s[-–—]\s")
_APP_STORE = re.compile(r"google[-_. ]?play|play\.google|app[-_. ]?store|apps\.apple|app[-_. ]?gallery", re.IGNORECASE)
"""Where a badge leads, or what it shows: no employer, whatever ad it stands beside."""

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_STRIP = 60
_HIGHEST_STRIP = 4
_SHORT_NAME = 80
_LONGEST_NAME = 100
_BRACKETS = re.compile(r"[(（\[【]([^()（）\[\]【】]{3,80})[)）\]】]")
_BEFORE = "preceding::text()[normalize-space() and not(ancestor::a)][position()<=2]"
"""What stands before the title and is no step of the way to it."""

_STROKES = "/@|–—-"
_STAMP = re.compile(r"^\d{4}-\d\d-\d\d(?:$|[T ])")
_NO_NAME = re.compile(r"[:：?!！？]|[.。]$")
_LONGEST = 200
_LINES = 25
_NEAR = 4
_MOST_PLACES = 6
_MOST_PIECES = 12
_MOST_LINKS = 2
"""What holds more of them is a menu, whatever it is named."""

_LONGEST_DATE = 60
_LONGEST_AGO = 30
_LONGEST_PAY = 100
_MOST_ENTRIES = 3
"""Fields from which on a form is one to fill in, not a page that is wrapped in one."""

_LOOKED_AT = 400
"""Elements around the title among which a logo is the employer's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The facts around the title, as written."""

    employer: str | None
    place: str | None
    salary: str | None
    employment: str | None
    posted: str | None
    until: str | None


@dataclass(slots=True)
class _Surroundings:
    """The page's parts that may say something of the ad, the nearest to its title first."""

    page: HtmlPage
    title: str | None
    following: list[str]
    heading: etree._Element | None = None
    named: list[tuple[etree._Element, str]] = field(default_factory=list)
    """What the page's author named, and how."""

    images: list[etree._Element] = field(default_factory=list)
    times: list[etree._Element] = field(default_factory=list)


def read_head(page: HtmlPage, title: str | None, following: list[str], rows: Mapping[str, str]) -> Head:
    """Who, where, how much, since when: by the names of elements first, by label next, by position last.

    ``following`` are the lines of text behind the title.
    """
    around = _surroundings(page, title, following)
    place = _place(around, rows)
    employment = first_present(
        next((text for text in _all_named(around, load_names().employment, can_be_employment)), None),
        next((line for line in following if is_employment(line)), None),
    )
    employer = _employer(around, rows, place, employment)
    return Head(
        employer=employer,
        place=None if place and fold(place) == fold(employer or "") else _without_sign(place),
        salary=_salary(around),
        employment=employment,
        posted=_posted(around) or _posted_line(following) or _day_above(around),
        until=_until_line(following),
    )


def are_facts(texts: Iterable[str]) -> bool:
    """Whether these short texts beside each other are an ad's place, kind and pay, not other ads."""
    found = list(texts)
    return all(len(text) <= _SHORT_NAME for text in found) and any(
        is_employment(text) or is_place(text) or is_pay(text) for text in found
    )


def _without_sign(place: str | None) -> str | None:
    """The place without the picture that introduces it."""
    return present(place[1:].strip("\ufe0f :")) if place and place[0] in load_words().signs else place


def _surroundings(page: HtmlPage, title: str | None, following: list[str]) -> _Surroundings:
    heading = next(title_elements(page.root, title), None)
    around = _Surroundings(page, title, following, heading)
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


def _all_named(around: _Surroundings, wanted: re.Pattern[str], fits: Callable[[str], bool]) -> Iterator[str]:
    """The fitting texts of the innermost elements so named; all that are named just like the first of them."""
    like: str | None = None
    for element, name in _innermost(around.named, wanted):
        is_menu = sum(1 for _ in islice(element.iter("a"), _MOST_LINKS + 1)) > _MOST_LINKS
        text = _without_label(_behind_label(element)) if like in (None, name) and not is_menu else None
        if text and len(text) <= _LONGEST and fits(text):
            like = name
            yield text


def _innermost(elements: list[tuple[etree._Element, str]], wanted: re.Pattern[str]) -> list[tuple[etree._Element, str]]:
    """Those so named that hold no other one so named."""
    found = [(element, name) for element, name in elements if wanted.search(name)]
    holders: set[etree._Element] = set()
    for element, _ in found:
        for above in element.iterancestors():
            if above in holders:
                break
            holders.add(above)
    return [(element, name) for element, name in found if element not in holders]


def _behind_label(element: etree._Element) -> str:
    """The element's text without a label that stands first in it, in an element of its own."""
    text = short_text(element, _LONGEST + 1)
    pieces = (one_line(str(piece)) for piece in islice(element.itertext(), _MOST_PIECES)) if len(element) else ()
    label = next((piece for piece in pieces if piece), "")
    is_label = label and label != text and fold(label.rstrip(" :：")) in load_words().labels
    return text[len(label) :] if is_label and text.startswith(label) else text


def _without_label(text: str) -> str | None:
    for mark in (":", "："):
        label, separator, value = text.partition(mark)
        if separator and fold(label) in load_words().labels:
            text = value
            break
    line = present(text.strip(" :：•·|-–—"))
    return None if line and fold(line) in load_words().labels else line


def _place(around: _Surroundings, rows: Mapping[str, str]) -> str | None:
    """Where the work is: named so, labelled so, linked to a map, or a line that only a place reads like."""
    words = load_words()

    def fits(text: str) -> bool:
        return can_be_place(text) and fold(text) != fold(around.title or "")

    labelled = rows.get("job_location")
    firms = set(map(fold, _all_named(around, load_names().employer, can_be_name)))
    named = islice(_all_named(around, load_names().place, fits), _MOST_PLACES)
    return first_present(
        join_places(list(named)),
        labelled if labelled and can_be_place(labelled) else None,
        join_places([text for text in _map_links(around.page.root) if can_be_place(text)]),
        next(
            (
                line
                for line in map(_without_label, around.following)
                if line and is_place(line) and fold(line) not in firms
            ),
            None,
        ),
        _pair_of_facts(around)[1],
        _place_in_strip(around, firms),
        _place_in_titles(around.page, around.title),
        next((line for line in around.following if fold(line).strip(" .()[]") in words.remote), None),
    )


def _pair_of_facts(around: _Surroundings) -> tuple[str | None, str | None]:
    """``Acme - Hue, Vietnam`` on one line under the title: who hires, and where; or the place and its department."""
    for line in _texts_behind(around.heading)[:2]:
        parts = [part for part in _DASHES.split(line) if part]
        if len(line) <= _LONGEST_NAME and len(parts) == 2 and can_be_name(parts[0]) and _is_written_place(parts[1]):
            return parts[0], parts[1]
        if len(line) <= _LONGEST_NAME and len(parts) == 2 and "," in parts[0] and is_place(parts[0]):
            return None, parts[0]
    return None, None


def _texts_behind(heading: etree._Element | None) -> list[str]:
    found = heading.xpath(f"following::text()[normalize-space()][position()<={_NEAR}]") if heading is not None else []
    return [one_line(str(text)) for text in found] if isinstance(found, list) else []


def _is_written_place(text: str) -> bool:
    """Whether a text is a known place, or names cased and parted by commas as a place in its region is."""
    pieces = [piece.strip() for piece in text.split(",")]
    is_region = 2 <= len(pieces) <= _NEAR and not any(map(str.isdigit, text)) and all(map(is_cased, pieces))
    return is_place(text) or (is_region and can_be_place(text) and not is_company(text) and not is_employment(text))


def _place_in_strip(around: _Surroundings, firms: Collection[str]) -> str | None:
    """The one name in a strip of facts beside the title, where another of them is known by what it says."""
    found = (
        around.heading.xpath(f"following::text()[normalize-space()][position()<={_NEAR}]/..")
        if (around.heading is not None)
        else []
    )
    for element in found if isinstance(found, list) else []:
        for item in (element, *islice(element.iterancestors(), _HIGHEST_STRIP)):
            beside = item.getparent()
            if beside is None or around.heading in beside.iter():
                break
            alike = [other for other in beside if (other.tag, other.get("class")) == (item.tag, item.get("class"))]
            texts = [short_text(other, _STRIP + 1) for other in alike[:_MOST_PIECES]]
            if len(texts) > 1 and all(0 < len(text) <= _STRIP for text in texts):
                known = [text for text in texts if _is_known_fact(text)]
                names = [text for text in texts if not any(map(str.isdigit, text)) and fold(text) not in firms]
                if (
                    known
                    and len(names) == 1
                    and is_cased(names[0])
                    and can_be_place(names[0])
                    and can_be_name(names[0])
                    and not is_company(names[0])
                ):
                    return names[0]
                break
    return None


def _is_known_fact(text: str) -> bool:
    is_day = _YEAR.search(text) is not None and read_date(text, seen_at=_LATEST) is not None
    return is_pay(text) or is_moment(text) or is_day


def _salary(around: _Surroundings) -> str | None:
    """What is named pay, a line behind the title that can be nothing else, or what the title says of it."""
    named = (text for text in _outermost_pay(around) if says_pay(text) and not is_moment(text) and can_be_pay(text))
    return first_present(
        next(named, None), next((line for line in around.following if is_pay(line)), None), _pay_in(around.title)
    )


def _outermost_pay(around: _Surroundings) -> Iterator[str]:
    """The short texts named pay, with what stands around them under the same name: per month, after tax."""
    wanted = load_names().salary
    for element, name in _innermost(around.named, wanted):
        texts = [_without_label(_behind_label(element))]
        for above in islice(element.iterancestors(), 2):
            if not wanted.search(tokens(above)):
                break
            texts.append(_without_label(_behind_label(above)))
        fitting = [text for text in texts if text and len(text) <= _LONGEST_PAY]
        if name and fitting:
            yield fitting[-1] if is_pay(fitting[-1]) else fitting[0]


def _pay_in(title: str | None) -> str | None:
    """The one amount of money in a title, with its sign."""
    if not title or not any(map(str.isdigit, title)):
        return None
    offers = [offer for offer in find_offers(plain(title), None) if offer.signs]
    return present(title[offers[0].start : offers[0].end]) if len(offers) == 1 else None


def _employer(around: _Surroundings, rows: Mapping[str, str], place: str | None, employment: str | None) -> str | None:
    """Who hires, from the first that names somebody."""
    names = load_names()
    found: Iterable[str | None] = (
        *(load_words().by.sub("", text) for text in _all_named(around, names.employer, can_be_name)),
        rows.get("hiring_organization"),
        _company_link(around, "following"), _boxed(around), _logo(around),
        _employer_in_titles(around.page, around.title), _pair_of_facts(around)[0], _bracketed(around.page),
        _company_link(around, "preceding"),
        _behind_sign(around.following), _company_near(around, place), _between(around.following, place, employment),
        _employer_site(around.page), _introduced(around.page.root), _beside(around),
    )  # fmt: skip
    own = {fold(around.title or ""), fold(place or "")}
    return next((name for name in found if name and can_be_name(name) and fold(name) not in own), None)


def _company_link(around: _Surroundings, side: Literal["following", "preceding"]) -> str | None:
    """The text of the link nearest to the title on this side of it that leads to an employer's page."""
    if around.heading is None:
        return None
    links = around.heading.xpath(f"{side}::a[@href][position()<={_LINES if side == 'following' else 2 * _NEAR}]")
    companies = load_words().company_paths
    for link in (links if side == "following" else reversed(links)) if isinstance(links, list) else []:
        parts = path_parts(link.get("href", ""))
        text = short_text(link, _LONGEST)
        steps = parts[:-1] if side == "following" else parts[-2:-1]  # before the title there are menus
        if 2 < len(text) <= _LONGEST_NAME and any(part in companies for part in steps) and can_be_name(text):
            return text
    return None


def _bracketed(page: HtmlPage) -> str | None:
    """The name in brackets in one of the page's titles that the other says as well."""
    for one, other in ((page.og_title or "", page.title or ""), (page.title or "", page.og_title or "")):
        parts = set(map(fold, title_parts(other)))
        if one.strip()[:1] in {"[", "【"} and (found := _BRACKETS.match(one.strip())) and fold(found[1]) in parts:
            return present(found[1])
    return None


def _map_links(root: etree._Element) -> list[str]:
    return [short_text(link, _LONGEST) for link in root.iter("a") if MAPS.search(link.get("href") or "")]


def lines_after_title(root: etree._Element, title: str | None) -> list[str]:
    """The first lines of text behind the title, as a head card has them."""
    heading = next(title_elements(root, title), None)
    if heading is None:
        return []
    found = heading.xpath(f"following::text()[normalize-space()][position()<={_LINES}]")
    lines = [one_line(str(text)) for text in found] if isinstance(found, list) else []
    parts = [part for line in lines for part in _facts_in(line)]
    return [part for part in parts if any(map(str.isalnum, part)) and fold(part) != fold(title or "")]


def _facts_in(line: str) -> list[str]:
    """The facts on one line; a dash parts them where one of them is plainly a place or a way to be employed."""
    parts = [part for part in _PARTS.split(line) if part]
    if len(parts) > 1 or len(line) > _LONGEST_NAME:
        return parts
    dashed = _DASHES.split(line)
    is_list = any(map(is_employment, dashed)) or (len(dashed) > 2 and any(map(country_in_place, dashed)))
    return [part for part in dashed if part] if is_list else parts


def _employer_in_titles(page: HtmlPage, title: str | None) -> str | None:
    """``Acme hiring Baker in Hue | Board`` and ``Baker at Acme - Board``."""
    words = load_words()
    for whole in (page.title, page.og_title):
        if not whole or not title or title not in whole or whole == title:
            continue
        before, _, after = whole.partition(title)
        found = words.hires.match(before.rstrip(" :-–—|")) or words.at.match(after)
        if found:
            return present(found[1])
    return None


def _place_in_titles(page: HtmlPage, title: str | None) -> str | None:
    """``Baker in Hue | Board``."""
    for whole in (page.title, page.og_title):
        if whole and title and title in whole and whole != title:
            found = load_words().within.match(whole.partition(title)[2])
            if found and can_be_place(found[1]) and not any(map(str.isdigit, found[1])):
                return present(found[1])
    return None


def _beside(around: _Surroundings) -> str | None:
    """A short name in the element before the title or behind it, where nothing else tells who hires."""
    words = load_words()
    ends = {fold(title_parts(whole)[-1]) for whole in (around.page.title, around.page.og_title) if whole}
    for element in (around.heading.getnext(), around.heading.getprevious()) if around.heading is not None else ():
        if element is None or not isinstance(element.tag, str) or len(element) > 1:
            continue
        text = short_text(element, _SHORT_NAME + 1)
        folded = fold(text)
        is_fact = is_employment(text) or is_place(text) or any(map(str.isdigit, text)) or bool(_NO_NAME.search(text))
        is_other = bool(words.vacancy.search(folded) or words.search.search(folded)) or folded in ends
        is_linked = element.tag == "a" or next(element.iter("a"), None) is not None
        if 2 < len(text) <= _SHORT_NAME and is_cased(text) and not (is_fact or is_other or is_linked):
            return text
    return None


def _employer_site(page: HtmlPage) -> str | None:
    """The employer whose own site this is: ``Acme Careers``, ``Jobs at Acme``."""
    for name in (page.site_name, *title_parts(page.title or "")[-1:], *title_parts(page.og_title or "")[-1:]):
        found = load_words().own_site.match(name) if name else None
        if (
            found
            and (employer := (found[1] or found[2]).strip())
            and employer[-1].isalnum()
            and not load_words().vacancy.search(fold(employer))
        ):
            return present(employer)
    return None


def _introduced(root: etree._Element) -> str | None:
    """The name in a heading over what an employer says of itself: ``About Acme``."""
    words = load_words()
    for element in root.iter("h1", "h2", "h3", "h4", "h5", "b", "strong"):
        text = short_text(element, _SHORT_NAME + 1)
        found = words.about.match(text.strip(" :：")) if len(text) <= _SHORT_NAME else None
        name = next((part for part in found.groups() if part), None) if found else None
        if name and fold(name) not in words.no_names and name[0].upper() == name[0]:
            return present(name)
    return None


def _boxed(around: _Surroundings) -> str | None:
    """What is named after the employer and nothing more: the one thing printed bold in it, else its short text."""
    for element, _ in _innermost(around.named, load_names().employer_box):
        bold = list(islice(element.iter("strong", "b", "h2", "h3", "h4"), 2))
        text = _without_label(_behind_label(bold[0] if len(bold) == 1 else element))
        if text and 1 < len(text) <= _SHORT_NAME and can_be_name(text):
            return text
    return None


def _company_near(around: _Surroundings, place: str | None) -> str | None:
    """A line beside the title that only names of companies read like, or that the page's title names as well."""
    found = around.heading.xpath(_BEFORE) if around.heading is not None else []
    before = [one_line(str(text)) for text in found] if isinstance(found, list) else []
    near = [*around.following[:_NEAR], *before]
    named = _other_parts(around.page, around.title) - {fold(place or "")}
    return first_present(
        next((line for line in near if is_company(line)), None),
        next((line for line in near if fold(line) in named and not country_in_place(line)), None),
        next((line for line in around.following if is_company(line)), None),
    )


def _other_parts(page: HtmlPage, title: str | None) -> set[str]:
    """What the page's title says besides the ad's title and, in its last part, the site's name."""
    parts = [fold(part) for part in title_parts(page.title or "")][:-1]
    inside = {fold(part) for part in _BRACKETS.findall(page.title or "")}
    return {part for part in (*parts, *inside) if len(part) > 2} - {fold(title or ""), fold(page.site_name or "")}


def _logo(around: _Surroundings) -> str | None:
    """What stands for the employer's logo: in a picture named so, or in a link to an employer's page."""
    words, names = load_words(), load_names()
    for image in around.images:
        link = next(image.iterancestors("a"), None)
        parts = path_parts(link.get("href", "")) if link is not None else []
        alt = image.get("alt", "")[: 2 * _LONGEST]
        if link is not None and _is_one_of_many(link):
            continue
        if _APP_STORE.search(
            f"{alt} {image.get('src', '')[:_LONGEST]} {link.get('href', '') if link is not None else ''}"
        ):
            continue
        is_called = words.logo.search(fold(alt)) is not None and fold(around.page.site_name or " ") not in fold(alt)
        is_named = names.logo.search(tokens(image)) or any(part in words.company_paths for part in parts[:-1])
        if is_named or (is_called and parts) or is_company(alt):
            name = present(words.logo.sub(" ", alt) if alt.islower() else _without_logo(alt))
            if name and 1 < len(name) <= _SHORT_NAME and can_be_name(name):
                return name
    return None


def _is_one_of_many(link: etree._Element) -> bool:
    """Whether the linked picture is one of a row of them: networks, partners, other employers."""
    for above in islice(link.iterancestors(), 2):
        pictured = (item for item in above.iter("a") if next(item.iter("img"), None) is not None)
        if len(list(islice(pictured, _MOST_LINKS + 1))) > _MOST_LINKS:
            return True
    return False


def _without_logo(alt: str) -> str:
    """The picture's text without the words for a logo at either end of it."""
    words = load_words().logo_words
    while True:
        folded = fold(alt)
        start = next((word for word in words if folded.startswith(word + " ") or folded == word), None)
        end = next((word for word in words if folded.endswith(word)), None)
        if start is None and end is None:
            return alt
        alt = alt.strip()[len(start) :] if start else alt.rstrip()[: -len(end or "")]
        alt = alt.strip(" :-–—|'’").removesuffix("'s").removesuffix("’s")


def _between(following: list[str], place: str | None, employment: str | None) -> str | None:
    """The one line between the title and the place: who hires, on every board that has such a head."""
    if not place or place not in following[:3] or following.index(place) != 1:
        return None
    line = following[0].strip(" ·•|-–—")
    words = load_words()
    if not 1 < len(line) <= _LONGEST_NAME or fold(line) == fold(employment or "") or words.years.search(fold(line)):
        return None
    hiring = words.hires.match(line)
    return present(hiring[1]) if hiring else line


def _behind_sign(following: list[str]) -> str | None:
    """What follows the title behind a stroke, or a word such as ``by`` that stands alone."""
    words = load_words()
    if following and following[0][0] in _STROKES and len(following[0]) <= _LONGEST_NAME:
        return present(following[0][1:].strip())
    for number, line in enumerate(following[: 2 * _NEAR]):
        if fold(line) in words.by_words:
            rest = (text for text in following[number + 1 : number + _NEAR] if can_be_name(text))
            return next(rest, None)
    return None


def _posted(around: _Surroundings) -> str | None:
    for element in around.times:
        stamp = element.get("datetime") or short_text(element, _LONGEST_DATE)
        if stamp and not _is_deadline(element):
            return present(stamp)
    for element, name in around.named:
        stamp = element.get("title") or element.get("content") or ""
        if load_names().stamped.search(name) and _STAMP.match(stamp):
            return present(stamp)
    return next((text for text in _all_named(around, load_names().posted, is_date)), None)


def _is_deadline(element: etree._Element) -> bool:
    """Whether what stands before a date says that it is the last one."""
    found = element.xpath("preceding::text()[normalize-space()][1]")
    before = one_line(str(found[0])) if isinstance(found, list) and found else ""
    return load_words().labels.get(fold(before.strip(" :："))) == "valid_through"


def _day_above(around: _Surroundings) -> str | None:
    """The line right before the title, in the same box, where it is a day with its year and nothing more."""
    above = around.heading.getprevious() if around.heading is not None else None
    line = short_text(above, _LONGEST_AGO + 1) if above is not None and isinstance(above.tag, str) else ""
    is_written = len(line) <= _LONGEST_AGO and _YEAR.search(line) and len(line.split()) <= _NEAR
    return line if is_written and read_date(line, seen_at=_LATEST, language=around.page.language) else None


def _until_line(following: list[str]) -> str | None:
    """A short line behind the title that says until when, without a mark between the word and the day."""
    dated = (line for line in _short_parts(following) if any(map(str.isdigit, line)))
    return next((line for line in dated if load_words().until_start.match(fold(line))), None)


def _short_parts(lines: list[str]) -> list[str]:
    """The short lines, and the parts of those in which commas part several numbers."""
    found = [line for line in lines if len(line) <= _LONGEST_DATE]
    for line in lines:
        parts = line.split(",") if len(line) <= 2 * _LONGEST_DATE else []
        if sum(any(map(str.isdigit, part)) for part in parts) > 1:
            found += [part.strip() for part in parts if part.strip()]
    return found


def _posted_line(following: list[str]) -> str | None:
    """A short line behind the title that says since when: ``Posted 3 days ago``."""
    words = load_words()
    short = _short_parts(following)
    dated = [line for line in short if any(map(str.isdigit, line))]
    started = (line for line in dated if words.posted_start.match(fold(line)))
    ended = (line for line in dated[:_NEAR] if len(line) <= _LONGEST_AGO and fold(line).endswith(words.posted_ends))
    today = (line for line in short if fold(line) in words.posted_today)
    return first_present(next(started, None), next(ended, None), next(today, None))
