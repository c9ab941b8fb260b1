"""Title of the one ad that a page is about, wherever it stands."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from lxml import etree

from crawler.extract.fields.countries import country_in_place
from crawler.extract.fields.pay import read_pay
from crawler.extract.html_document import (
    HtmlPage,
    is_logo,
    is_small,
    join,
    path_parts,
    short_text,
    title_parts,
    tokens,
    without_site,
)
from crawler.extract.raw import RawSalary
from crawler.extract.text import fold, present, weight
from crawler.extract.visible.words import load_names, load_words

_HEADINGS = {"h1": 5.0, "h2": 3.0, "h3": 2.0, "h4": 1.5, "h5": 1.0, "h6": 1.0}
_GREAT = frozenset({"h1", "h2", "h3"})
_BOLD = {"b": 0.5, "strong": 0.5, "big": 0.5, "font": 0.5}
_ENOUGH = 3.5
_STATED, _INSIDE, _AT_THE_END = 4.0, 3.0, 3.0
_MOST_FACTS = 4
_LONGEST = 200
_MOST_LINES = 4_000
_PROSE = 40
_STEPS = frozenset("/›»>→|")
_DISTINCTIVE = 8
"""Characters of a text that stands in the page's title by more than chance."""

_SENTENCE = re.compile(r"[.!?。！？]$")
_QUOTED = re.compile(r'["«“„]([^"«»“”„]{2,60})["»”“]')
_NOTHING = re.compile(r"[\W\d_]*")
_EDGES = re.compile(r"^[\W_の]+|[\W_]+$")
_ASIDE_TAGS = frozenset({"nav", "footer", "dialog", "template", "iframe"})
_ASIDE_ROLES = frozenset({"navigation", "dialog", "alertdialog", "search", "contentinfo", "tooltip"})
_UNREAD = frozenset({"script", "style", "noscript", "select", "head", "svg", "title"})


@dataclass(slots=True)
class _Candidate:
    text: str
    element: etree._Element
    score: float
    line: int
    kind: tuple[str, str]
    """How it is set: tag and names."""


def find_title(page: HtmlPage) -> str | None:
    """The ad's title without the site's name; None where nothing on the page can be one.

    Every short text that is printed as a heading, named as one for machines, said in the page's own title or introduced
    by a label is weighed: a board's banner and a slogan are headings too, but nothing of an ad follows them.
    """
    found = _candidates(page)
    best = max(found, key=lambda candidate: candidate.score, default=None)
    # The page's two titles for machines name one thing, and more than that.
    og, whole, site = fold(page.og_title or ""), fold(page.title or ""), fold(page.site_name or "")
    is_more = weight(og) >= _DISTINCTIVE and og in whole and (og != whole or len(title_parts(page.og_title or "")) > 1)
    # What begins with the site's name is a slogan, or the page's heading says the rest as well.
    is_site = fold(title_parts(page.og_title or "-")[0]) == site
    agree = is_more and not is_site and _can_be_title(page.og_title or "", site)
    # A text needs more against a title that the page says twice to machines.
    if best is None or best.score < (7.5 if agree else _ENOUGH):
        # The page calls itself by what its whole site is: "Board | Jobs".
        parts = title_parts(page.og_title or page.title or "")
        names_no_ad = not parts or any(_is_generic(fold(part)) for part in parts)
        # It is better than the title of a whole site.
        if best is not None and best.score >= 2.0 and names_no_ad:
            return best.text
        # The ad's part of what the page calls itself.
        wholes = (without_site(stated, page.site_name) for stated in (page.og_title, page.title))
        called = next((stated for stated in wholes if stated and fold(stated) != site), None)
        parts = title_parts(called or "")
        part = next((part for part in parts if _can_be_title(part, site)), None)
        # The page's one great heading, though it stands in a head: "Baker - Acme" over "Baker".
        if part and best is not None and best.kind[0] == "h1" and fold(best.text) == fold(part) and best.score >= 2.0:
            return best.text
        return called if part in (None, *parts[:1]) else part

    longer = fold(best.text)
    rest = (
        candidate
        for candidate in found
        if longer != fold(candidate.text)
        and longer.startswith(fold(candidate.text))
        # The best one is all that the page calls itself, with what it is filed under and the site, and this the ad's
        # part of it; or it is this and what kind of page it heads: "Baker - job details".
        and (
            (longer == whole and fold(title_parts(whole)[0]) == fold(candidate.text) and len(title_parts(whole)) > 2)
            or (candidate.score >= _ENOUGH and _is_generic(_EDGES.sub("", longer[len(fold(candidate.text)) :])))
        )
    )
    text = next(rest, best).text

    # With the spaces that it has in the page's own title: elements inside a heading part its words anew.
    squeezed = _squeezed(text)
    for stated in (page.og_title, page.title):
        if not stated or text in stated or squeezed not in _squeezed(stated):
            continue
        at = _squeezed(stated).index(squeezed)
        places = [place for place, char in enumerate(stated) if not char.isspace() for _ in fold(char).replace(" ", "")]
        if at + len(squeezed) <= len(places):
            return stated[places[at] : places[at + len(squeezed) - 1] + 1]
    return without_site(text, page.site_name) or text


class _PageTitles:
    """What the page calls itself, folded."""

    def __init__(self, page: HtmlPage) -> None:
        self.url = page.url
        self.site = fold(page.site_name or "")
        self.wholes = [fold(whole) for whole in (page.og_title, page.title) if whole]
        self.quoted = {name for whole in self.wholes for name in _QUOTED.findall(whole)}
        self.parts: dict[str, float] = {}
        """Each part of its titles and how far it agrees: the last one is the site's name more often than not."""

        for whole in filter(None, (page.og_title, page.title)):
            folded = [fold(part) for part in title_parts(whole)]
            for number, part in enumerate([fold(whole), *folded]):
                is_last = 1 < number == len(folded)
                self.parts[part] = max(self.parts.get(part, 0), _AT_THE_END if is_last else _STATED)
        self.parts.pop("", None)
        self.parts.pop(self.site, None)

    def agreement(self, text: str) -> float:
        """How far a text is what the page calls itself."""
        folded, squeezed = fold(text), _squeezed(text)
        # What a name is called stands between quotation marks.
        if folded in self.quoted:
            return -_INSIDE
        parts = ((_squeezed(part), agrees) for part, agrees in self.parts.items())
        # A title for machines is often cut short.
        begun = (
            agrees
            for part, agrees in parts
            if squeezed.startswith(part)
            and (part == squeezed or (3 * len(part) >= 2 * len(squeezed) and weight(part) >= _DISTINCTIVE))
        )
        as_part = max(begun, default=0.0)
        is_inside = weight(folded) >= _DISTINCTIVE and any(squeezed in _squeezed(whole) for whole in self.wholes)
        return max(as_part, _INSIDE * is_inside)

    def is_most(self, text: str) -> bool:
        """Whether a folded text is a part of it, or most of it or its beginning, and not a word of it."""
        return text in self.parts or (
            weight(text) >= _DISTINCTIVE
            and any(text in whole and (2 * len(text) >= len(whole) or whole.startswith(text)) for whole in self.wholes)
        )


def _candidates(page: HtmlPage) -> list[_Candidate]:
    """The texts that can be titles, each with what speaks for it."""
    title_labels = load_words().title_labels
    titles = _PageTitles(page)
    lines: list[str] = []
    found: list[_Candidate] = []
    trail, last = "", None
    asked: Counter[str] = Counter()
    for element, name, place in _walk(page.root):
        if isinstance(element, str):
            line = present(element)
            if line and len(lines) < _MOST_LINES:
                lines.append(line)
            continue
        text = element.text
        own = present(text[: 4 * _LONGEST]) if text and not text.isspace() else None
        # ``Home / Jobs /``: signs of their own part the steps of a way that nobody has named.
        is_step = len(lines) > 2 and lines[-1] == lines[-3] and lines[-1] in _STEPS
        if own and (place.in_trail or is_step):
            trail, last = fold(own), _Candidate(own, element, 1.0, len(lines), ("", "trail"))
        is_asked = bool(lines) and asked[lines[-1]] > 0
        candidate = _weighed(element, name, place, own, titles) if own or element.tag in _HEADINGS else None
        if candidate is None and is_asked and own:
            whole = present(short_text(element, 1_000)) if is_small(element) else own
            if whole and _can_be_title(whole, ""):
                candidate = _Candidate(whole, element, 1.0, 0, (str(element.tag), ""))
        is_again = candidate is not None and found and found[-1].text == candidate.text
        if is_again and found[-1].element in islice(element.iterancestors(), 5):
            candidate = None
        if candidate is not None:
            candidate.score += 3 * (is_asked and asked[lines[-1]] == 1)
            candidate.line = len(lines)
            found.append(candidate)
        if own and len(lines) < _MOST_LINES:
            lines.append(own)
            asked[own] += fold(own).strip(" :：*") in title_labels
    named = {fold(candidate.text) for candidate in found}
    found += [last] if last and trail not in named and _can_be_title(last.text, titles.site) else []
    _weigh_all(found, lines, titles, trail)
    return found


def _weigh_all(found: list[_Candidate], lines: list[str], titles: _PageTitles, trail: str) -> None:
    """Adds what one candidate alone does not say: the facts behind it, its likes, the way that leads to the page."""
    ends = (fold(line[:60]).partition(":")[0].partition("：")[0].strip(" *•·-–—|") for line in lines)
    labels = load_words().labels
    facts = [label in labels for label in ends]
    # Behind a title stands what the ad says.
    last_prose = max((at for at, line in enumerate(lines) if weight(line) >= _PROSE), default=0)
    kinds = Counter(candidate.kind for candidate in found)
    texts = Counter(fold(candidate.text) for candidate in found)
    for candidate in found:
        folded = fold(candidate.text)
        candidate.score += min(sum(facts[candidate.line + 1 : candidate.line + 24]), _MOST_FACTS) + 2 * (
            folded == trail
        )
        candidate.score += candidate.kind[0] == "h2" and kinds[candidate.kind] == 1
        # The last step of the way that leads here, whatever that is named.
        before = fold(lines[candidate.line - 1]) if candidate.line else ""
        candidate.score += _STATED * (folded == before != trail and weight(folded) < _PROSE)
        candidate.score -= _MOST_FACTS * (last_prose > 0 and candidate.line >= last_prose)
        candidate.score += 1.5 * (texts[folded] > 1)
        candidate.score -= 2 * (kinds[candidate.kind] > 2 and folded not in titles.parts)
        # A label whose colon stands in an element of its own.
        candidate.score -= _MOST_FACTS * (lines[candidate.line + 1 : candidate.line + 2] in ([":"], ["："]))


@dataclass(slots=True)
class _Place:
    """What an element stands in, as far as it says that no title does."""

    in_aside: bool = False
    in_head: bool = False
    """In the head that all pages of a site share."""

    in_trail: bool = False
    link: str = ""
    depth: int = 0


def _walk(root: etree._Element) -> Iterator[tuple[etree._Element | str, str, _Place]]:
    """The elements and the texts behind them in reading order, what each is named for machines, what it stands in."""
    waiting: list[tuple[etree._Element | str, _Place]] = [(root, _Place())]
    while waiting:
        element, above = waiting.pop()
        if isinstance(element, str):
            yield element, "", above
            continue
        if not isinstance(element.tag, str) or element.tag in _UNREAD:
            continue
        name = tokens(element)
        place = above
        if element.tag not in {"html", "body", "h1"}:
            named = _named(name)
            is_aside = "aside" in named or element.tag in _ASIDE_TAGS or element.get("role") in _ASIDE_ROLES
            place = _Place(
                in_aside=above.in_aside or is_aside,
                # The head of a site begins at the highest levels of a page.
                in_head=above.in_head or (above.depth < 6 and "head" in named),
                in_trail=above.in_trail or "trail" in named,
                link=(element.get("href") or "") if element.tag == "a" else above.link,
                depth=above.depth + 1,
            )
        yield element, name, place
        for child in reversed(element):
            if child.tail and not child.tail.isspace():
                waiting.append((child.tail[: 4 * _LONGEST], place))
            waiting.append((child, place))


@lru_cache(maxsize=4096)
def _named(name: str) -> frozenset[str]:
    """What an element's names say of it; once for all the elements of a list that bear the same names."""
    names = load_names()
    patterns = {
        "aside": names.title_aside,  # no banner and no modal: a board may wrap its ads in one
        "head": names.site_head, "trail": names.trail,
        "title": names.title, "weak title": names.weak_title, "other title": names.other_title,
    }  # fmt: skip
    return frozenset(kind for kind, pattern in patterns.items() if name and pattern.search(name))


def _weighed(
    element: etree._Element, name: str, place: _Place, own: str | None, titles: _PageTitles
) -> _Candidate | None:
    """The element as a title, if it is set apart in any way."""
    tag, words = str(element.tag), load_words()
    above = element.getparent()
    if tag in _HEADINGS and not name and above is not None and above[0] is element:
        name = tokens(above)  # <div class="job-title"><h5>
    named = _named(name)
    is_other = "other title" in named
    is_named = "title" in named and not is_other
    is_weak = "weak title" in named and not is_named
    if not (
        tag in _HEADINGS or is_named or tag in _BOLD or (is_weak and not is_other) or titles.is_most(fold(own or ""))
    ):
        return None
    text = present(short_text(element, 1_000)) if tag in _GREAT or is_small(element) else None
    titled = present(element.get("title"))
    if text and titled and weight(titled) > 3 and fold(titled) in fold(text):
        text = titled  # some boards name the employer in the text too
    if text is None or not _can_be_title(text, titles.site):
        return None
    folded = fold(text)
    inner = next((below for below in islice(element.iterdescendants(), 50) if below.tag == "a"), None)
    address = place.link or (inner.get("href", "") if inner is not None else "")
    leads_away = address != "" and not address.startswith(("#", "javascript:"))
    leads_away = leads_away and path_parts(join(titles.url, address) or address) != path_parts(titles.url)
    # A name that leads elsewhere is who wrote or where it is filed, though the page's title says it too.
    agreement = 0.0 if leads_away and tag not in {"h1", "h2"} else titles.agreement(text)
    score = _HEADINGS.get(tag, _BOLD.get(tag, 0.0)) + 4 * is_named + 1.5 * is_weak - 2 * is_other
    score += 0 if place.in_head and agreement > _INSIDE else agreement
    score -= (2 if is_named else 4) * place.in_aside + 2 * place.in_head
    score -= 2 * leads_away + 6 * is_logo(element) + 2 * bool(_SENTENCE.search(text))
    score -= 2 * bool(words.search.search(folded)) + 4 * bool(words.company_forms.search(folded))
    score -= 4 * bool(words.own_site.match(text)) + 2 * (tag != "h1" and country_in_place(text) is not None)
    return _Candidate(text, element, score, 0, (tag, name))


def _can_be_title(text: str, site: str) -> bool:
    """Whether a text is no label, no heading of a part, no name of a kind of page and no number."""
    words = load_words()
    folded = fold(text).strip(" :：*-–—|.!")
    if weight(folded) <= 2 or len(text) > _LONGEST or folded == site or text.endswith((":", "：")):
        return False
    if _NOTHING.fullmatch(folded) or (folded.startswith(words.apply) and len(folded) < 40):
        return False
    if any(map(str.isdigit, text)) and sum(map(str.isalpha, text)) <= 12:
        pay = read_pay(RawSalary(raw=text), None)
        if pay is not None and (pay.min or pay.max) is not None:
            return False
    if folded in words.no_values or folded in words.title_labels or words.rights.search(folded):
        return False
    if frozenset(folded.split()) in words.generic_words:
        return False
    return not words.related.search(folded) or weight(folded) >= 60


def _is_generic(folded: str) -> bool:
    """Whether a title says only what kind of page it heads."""
    words = load_words()
    return folded in words.generic_titles or frozenset(folded.split()) in words.generic_words


@lru_cache(maxsize=4096)
def _squeezed(text: str) -> str:
    return "".join(fold(text).split())
