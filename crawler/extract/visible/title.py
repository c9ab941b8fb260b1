"""The title of the one ad that a page is about, wherever it stands on the page."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from lxml import etree

from crawler.extract.fields.countries import country_in_place
from crawler.extract.fields.pay import read_pay
from crawler.extract.html.document import (
    HtmlPage,
    is_logo,
    is_small,
    path_parts,
    short_text,
    title_parts,
    tokens,
    without_site,
)
from crawler.extract.raw import RawSalary
from crawler.extract.text import fold, present, weight
from crawler.extract.visible.words import load_names, load_words

__all__ = ["find_title", "lines_behind"]

_HEADINGS = {"h1": 5.0, "h2": 3.0, "h3": 2.0, "h4": 1.5, "h5": 1.0, "h6": 1.0}
_GREAT = frozenset({"h1", "h2", "h3"})
_BOLD = frozenset({"b", "strong", "big", "font"})
_ENOUGH = 3.5
_SURE = 7.5
"""What a text needs against a title that the page says twice to machines."""

_LONGEST = 200
_MOST_LINES = 4_000
_NEAR = 24
_TELLING = 8
"""Characters of a text that stands in the page's title by more than chance."""

_SENTENCE = re.compile(r"[.!?。！？]$")
_LETTERS_OF_PAY = 12
_NOTHING = re.compile(r"[\W\d_]*")
_EDGES = re.compile(r"^[\W_の]+|[\W_]+$")
_ASIDE_TAGS = frozenset({"nav", "footer", "dialog", "template", "iframe"})
_ASIDE_ROLES = frozenset({"navigation", "dialog", "alertdialog", "search", "contentinfo", "tooltip"})
_UNREAD = frozenset({"script", "style", "noscript", "select", "head", "svg", "title"})
_HIGH = 6
"""Levels of a page at which the head of its site begins."""

_MOST_BELOW = 50
_FEW_ABOVE = 5


@dataclass(slots=True)
class _Candidate:
    text: str
    element: etree._Element
    score: float
    line: int
    kind: tuple[str, str]
    is_named: bool = False


def find_title(page: HtmlPage) -> str | None:
    """The ad's title without the site's name; None where nothing on the page can be one.

    Every short text that is printed as a heading, named as one for machines, said in the page's own title or introduced
    by a label is weighed: a board's banner and a slogan are headings too, but nothing of an ad follows them.
    """
    found = _candidates(page)
    best = max(found, key=lambda one: one.score, default=None)
    if best is None or best.score < (_SURE if _agrees(page) else _ENOUGH):
        return _from_titles(page)
    rest = (one for one in found if one.score >= _ENOUGH and _says_kind(best.text, one.text))
    return _as_written(next(rest, best).text, page)


def lines_behind(element: etree._Element, most: int) -> list[str]:
    """The first lines of text behind an element, whatever they stand in."""
    found = element.xpath(f"following::text()[normalize-space()][position()<={most}]")
    return [line for text in found if (line := present(str(text)))] if isinstance(found, list) else []


def _agrees(page: HtmlPage) -> bool:
    """Whether the page's two titles for machines name one thing, and one of them more than that."""
    og, whole = fold(page.og_title or ""), fold(page.title or "")
    return (
        weight(og) >= _TELLING
        and og in whole
        and og != whole
        and _can_be_title(page.og_title or "", fold(page.site_name or ""))
    )


def _says_kind(longer: str, title: str) -> bool:
    """Whether the longer text is the title and what kind of page it heads: ``Baker - job details``."""
    longer, title = fold(longer), fold(title)
    return (
        longer != title
        and longer.startswith(title)
        and _EDGES.sub("", longer[len(title) :]) in load_words().generic_titles
    )


def _candidates(page: HtmlPage) -> list[_Candidate]:
    words = load_words()
    wholes = [fold(one) for one in (page.og_title, page.title) if one]
    parts = {fold(part) for one in (page.og_title, page.title) if one for part in (one, *title_parts(one))}
    site = fold(page.site_name or "")
    parts -= {site, ""}
    lines: list[str] = []
    found: list[_Candidate] = []
    trail = ""
    is_asked = False
    asked: Counter[str] = Counter()
    for element, name, place in _walk(page.root):
        own = present((element.text or "")[: 4 * _LONGEST])
        if own and place.in_trail:
            trail = fold(own)
        is_read = own or element.tag in _HEADINGS
        candidate = _weighed(page, element, name, place, own, wholes, parts, site) if is_read else None
        if candidate is None and is_asked and own and len(lines) < _MOST_LINES:
            candidate = _plain(element, own)
        if candidate is not None and found and found[-1].text == candidate.text and _holds(found[-1].element, element):
            candidate = None
        if candidate is not None:
            candidate.score += (
                3 * (is_asked and asked[lines[-1]] == 1)
                - (2 if candidate.is_named else 4) * place.in_aside
                - 2 * place.in_head
            )
            candidate.line = len(lines)
            found.append(candidate)
        if own and len(lines) < _MOST_LINES:
            lines.append(own)
            is_asked = fold(own).strip(" :：*") in words.title_labels
            asked[own] += is_asked
        elif own:
            is_asked = False
    labels = [_names_a_field(line) for line in lines]
    kinds = Counter(one.kind for one in found)
    texts = Counter(fold(one.text) for one in found)
    for one in found:
        near = sum(labels[one.line + 1 : one.line + _NEAR])
        one.score += min(near, 4) + 2 * (fold(one.text) == trail)
        one.score += one.kind[0] == "h2" and kinds[one.kind] == 1
        one.score += 1.5 * (texts[fold(one.text)] > 1)
        one.score -= 2 * (kinds[one.kind] > 2 and fold(one.text) not in parts)
    return found


@dataclass(slots=True)
class _Place:
    """What an element stands in, as far as it says that no title does."""

    in_aside: bool = False
    in_head: bool = False
    """In the head that all pages of a site share."""

    in_trail: bool = False
    link: str = ""
    depth: int = 0


def _walk(root: etree._Element) -> Iterator[tuple[etree._Element, str, _Place]]:
    """The elements in reading order, what each is named for machines, and what it stands in."""
    waiting = [(root, _Place())]
    while waiting:
        element, above = waiting.pop()
        if not isinstance(element.tag, str) or element.tag in _UNREAD:
            continue
        name = tokens(element)
        place = above
        if element.tag not in {"html", "body", "h1"}:
            place = _Place(
                in_aside=above.in_aside or _is_aside(element, name),
                in_head=above.in_head or (above.depth < _HIGH and bool(load_names().site_head.search(name))),
                in_trail=above.in_trail or bool(load_names().trail.search(name)),
                link=(element.get("href") or "") if element.tag == "a" else above.link,
                depth=above.depth + 1,
            )
        yield element, name, place
        waiting += [(child, place) for child in reversed(element)]


def _is_aside(element: etree._Element, name: str) -> bool:
    """Whether no ad's title stands in the element. A banner or a modal may be what a board wraps its ads in."""
    return element.tag in _ASIDE_TAGS or element.get("role") in _ASIDE_ROLES or bool(load_names().title_aside.search(name))


def _weighed(
    page: HtmlPage,
    element: etree._Element,
    name: str,
    place: _Place,
    own: str | None,
    wholes: list[str],
    parts: set[str],
    site: str,
) -> _Candidate | None:
    """The element as a title, if it is set apart in any way."""
    tag = str(element.tag)
    is_named = bool(name) and bool(load_names().title.search(name)) and not load_names().other_title.search(name)
    is_heading = tag in _HEADINGS
    if not is_heading and not is_named:
        folded = fold(own or "")
        is_said = folded in parts or (weight(folded) >= _TELLING and any(_fills(folded, whole) for whole in wholes))
        is_called = bool(name) and bool(load_names().weak_title.search(name)) and not load_names().other_title.search(name)
        if not (is_said or is_called or tag in _BOLD):
            return None
    if tag not in _GREAT and not is_small(element):
        return None
    text = present(short_text(element, 1_000))
    if text is None or not _can_be_title(text, site):
        return None
    folded = fold(text)
    score = _HEADINGS.get(tag, 0.5 if tag in _BOLD else 0.0)
    score += 4 * is_named + 1.5 * (not is_named and bool(name) and bool(load_names().weak_title.search(name)))
    score -= 2 * bool(name and load_names().other_title.search(name))
    squeezed = _squeezed(text)
    if folded in parts or any(squeezed == _squeezed(part) for part in parts):
        score += 0 if place.in_head else 4
    elif weight(folded) >= _TELLING and any(folded in whole or squeezed in _squeezed(whole) for whole in wholes):
        score += 3
    score -= 2 * _leads_away(element, place, page) + 6 * is_logo(element) + 2 * bool(_SENTENCE.search(text))
    score -= 2 * bool(load_words().search.search(folded))
    score -= 4 * bool(load_words().company_forms.search(folded))
    score -= 2 * (tag != "h1" and country_in_place(text) is not None)
    return _Candidate(text, element, score, 0, (tag, name), is_named)


def _fills(text: str, whole: str) -> bool:
    """Whether the text is most of what the page calls itself, and not a word of it."""
    return text in whole and 2 * len(text) >= len(whole)


def _plain(element: etree._Element, own: str) -> _Candidate | None:
    text = present(short_text(element, 1_000)) if is_small(element) else own
    return _Candidate(text, element, 1.0, 0, (str(element.tag), "")) if text and _can_be_title(text, "") else None


def _can_be_title(text: str, site: str) -> bool:
    """Whether a text is no label, no heading of a part, no name of a kind of page and no number."""
    words = load_words()
    folded = fold(text).strip(" :：*-–—|")
    if not 2 < len(folded) * (1 if folded.isascii() else 2) or len(text) > _LONGEST or folded == site:
        return False
    if _NOTHING.fullmatch(folded) or text.endswith((":", "：")):
        return False
    if any(map(str.isdigit, text)) and sum(map(str.isalpha, text)) <= _LETTERS_OF_PAY and _is_pay(text):
        return False
    known = (
        words.labels,
        words.headings,
        words.not_ad_titles,
        words.generic_titles,
        words.employment,
        words.title_labels,
    )
    if any(folded in one for one in known) or folded.startswith(words.apply) and len(folded) < 40:
        return False
    return not (words.related.search(folded) and weight(folded) < 60) and not words.rights.search(folded)


def _is_pay(text: str) -> bool:
    pay = read_pay(RawSalary(raw=text), None)
    return pay is not None and (pay.min or pay.max) is not None


def _names_a_field(line: str) -> bool:
    label = fold(line[:60]).partition(":")[0].partition("：")[0].strip(" *•·-–—|")
    words = load_words()
    return label in words.labels


def _leads_away(element: etree._Element, place: _Place, page: HtmlPage) -> bool:
    """Whether the text is a link to another page."""
    inner = next((one for one in islice(element.iterdescendants(), _MOST_BELOW) if one.tag == "a"), None)
    address = place.link or (inner.get("href", "") if inner is not None else "")
    return (
        bool(address) and not address.startswith(("#", "javascript:")) and path_parts(address) != path_parts(page.url)
    )


def _holds(outer: etree._Element, inner: etree._Element) -> bool:
    return any(above is outer for above in islice(inner.iterancestors(), _FEW_ABOVE))


def _as_written(text: str, page: HtmlPage) -> str:
    """The title with the spaces that it has in the page's own title: elements inside a heading part its words anew."""
    squeezed = _squeezed(text)
    for whole in (page.og_title, page.title):
        if not whole or text in whole or squeezed not in _squeezed(whole):
            continue
        at = _squeezed(whole).index(squeezed)
        places = [place for place, char in enumerate(whole) if not char.isspace() for _ in fold(char).replace(" ", "")]
        if at + len(squeezed) <= len(places):
            return whole[places[at] : places[at + len(squeezed) - 1] + 1]
    return without_site(text, page.site_name) or text


@lru_cache(maxsize=4096)
def _squeezed(text: str) -> str:
    return "".join(fold(text).split())


def _from_titles(page: HtmlPage) -> str | None:
    """The ad's part of what the page calls itself, where no text of it is its title."""
    for whole in (without_site(page.og_title, page.site_name), without_site(page.title, page.site_name)):
        if not whole:
            continue
        if fold(whole) == fold(page.site_name or ""):
            continue
        found = [part for part in title_parts(whole) if _can_be_title(part, fold(page.site_name or ""))]
        if found and not _can_be_title(title_parts(whole)[0], fold(page.site_name or "")):
            return found[0]
        return whole
    return None
