"""What stands around an ad's title: who hires, where, for how much, since when."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from crawler.extract.fields.countries import country_in_place
from crawler.extract.fields.pay import read_pay
from crawler.extract.html.document import HtmlPage, path_parts, short_text, title_elements, title_parts, tokens
from crawler.extract.raw import RawSalary
from crawler.extract.structured.json_ld import join_places
from crawler.extract.text import fold, one_line, present
from crawler.extract.visible.boilerplate import MAPS
from crawler.extract.visible.words import load_words

__all__ = ["Head", "is_employment", "lines_after_title", "read_head"]

_EMPLOYER = re.compile(
    r"(?:^|[^a-z])(?:company|employer|org|organi[sz]ation|advertiser|recruiter|hirer|hiring-company|ten-cong-ty|perusahaan)"
    r"[-_]{0,2}(?:name|title|link|info-name)(?:$|[^a-z])|(?:^|[^a-z])(?:companyname|employername|orgname|nama-perusahaan)(?:$|[^a-z])"
)
_EMPLOYER_BOX = re.compile(r"^(?:company|employer|hirer|hiring-company|job-company|company-info|employer-info)$")
"""What is named so may hold more than the name."""

_LOGO = re.compile(
    r"(?:^|[^a-z])(?:company|employer|hirer|advertiser)[-_]{0,2}(?:logo|image|img|avatar|brand)(?:$|[^a-z])"
)
_PARTS = re.compile(r"\s[·•|]\s")
"""What parts the facts on one line of a head card."""

_LOGO_WORDS = re.compile(r"\b(?:company|employer)?\s*(?:logo|logotype)\b", re.IGNORECASE)
_SHORT_NAME = 80
_PLACE = re.compile(
    r"(?:^|[^a-z])(?:location|locations|workplace|work-?location|job-?location|job-?address|address|dia-diem|lokasi|locality)"
    r"(?:$|[^a-z])(?!(?:header|footer|search|filter|input|select|menu|single|archive)(?:$|[^a-z]))"
)
_SALARY = re.compile(r"(?:^|[^a-z])(?:salary|salaries|wage|muc-luong|luong|gaji)(?:$|[^a-z])")
_TYPE = re.compile(r"(?:^|[^a-z])(?:job|work|employment|contract)-?types?(?:$|[^a-z])")
_POSTED = re.compile(
    r"(?:^|[^a-z])(?:posted|date-posted|posted-on|post-date|posting-date|publish(?:ed)?-date|publication-date|listdate"
    r"|posted-time-ago|creation-(?:time|date))(?:$|[^a-z])"
)
_HIRING = re.compile(r"^(.{2,80}?)\s+(?:is hiring|hiring|tuyển dụng|tuyển|mencari|รับสมัคร|诚聘|招聘)\s*$", re.IGNORECASE)
_AT = re.compile(r"^\s*(?:at|@|tại|di|ที่|bei|chez)\s+(.{2,80}?)\s*(?:[|–—·]|\s-\s|$)", re.IGNORECASE)
_LEADING = re.compile(r"^(?:at|by|bởi|oleh)\s+(?=\S)")
_BRACKETS = re.compile(r"[(（\[【]([^()（）\[\]【】]{3,80})[)）\]】]")
_BEFORE = "preceding::text()[normalize-space() and not(ancestor::a)][position()<=2]"
"""What stands before the title and is no step of the way to it."""

_WAYS = re.compile("[,/・、&]")
_MONEY = re.compile("[$€£¥₱₫₩₹₽元圆円]")
_STAMP = re.compile(r"^\d{4}-\d\d-\d\d(?:$|[T ])")
_NO_NAME = re.compile(r"[:：?!！？]|[.。]$")
_LONGEST = 200
_LINES = 25
_NEAR = 4
_LONGEST_DATE = 60
_LONGEST_AGO = 30
_LONGEST_SUM = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The facts around the title, as written."""

    employer: str | None
    place: str | None
    salary: str | None
    employment: str | None
    posted: str | None


def read_head(page: HtmlPage, title: str | None, following: list[str], rows: Mapping[str, str]) -> Head:
    """Who, where, how much, since when: by the names of elements first, by label next, by position last.

    ``following`` are the lines of text behind the title.
    """
    named = _named_elements(page.root)
    place = first(
        join_places(_all_named(named, _PLACE)), rows.get("job_location"), join_places(_map_links(page.root)),
        next((line for line in map(_without_label, following) if country_in_place(line)), None),
    )  # fmt: skip
    employment = first(
        next((text for text in _all_named(named, _TYPE) if len(text) <= 60), None),
        next((line for line in following if is_employment(line)), None),
    )
    employer = first(
        _LEADING.sub("", next(_all_named(named, _EMPLOYER), "")), rows.get("hiring_organization"),
        _company_link(page.root, title), _boxed(named), _logo(page.root),
        _employer_in_titles(page, title), _company_near(page, title, following, place),
        _between(following, place, employment),
    )  # fmt: skip
    return Head(
        employer=employer,
        place=None if place and fold(place) == fold(employer or "") else _without_sign(place),
        salary=_salary(named, following),
        employment=employment,
        posted=_posted(page.root, named) or _posted_line(following),
    )


def _without_sign(place: str | None) -> str | None:
    """The place without the picture that introduces it."""
    return present(place[1:].strip("\ufe0f :")) if place and place[0] in load_words().signs else place


def first(*texts: str | None) -> str | None:
    """The first that says something."""
    return next((text for text in texts if text), None)


def _named_elements(root: etree._Element) -> list[tuple[etree._Element, str]]:
    """What the page's author named, and how."""
    return [(element, name) for element in root.iter() if (name := tokens(element))]


def _all_named(elements: list[tuple[etree._Element, str]], wanted: re.Pattern[str]) -> Iterator[str]:
    """The texts of the innermost elements so named; all that are named just like the first of them."""
    like: str | None = None
    for element, name in _innermost(elements, wanted):
        text = _without_label(_behind_label(element)) if like in (None, name) else None
        if text and len(text) <= _LONGEST:
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
    label = short_text(element[0], _LONGEST) if len(element) > 1 else ""
    return text[len(label) :] if label and fold(label.rstrip(" :：")) in load_words().labels else text


def _without_label(text: str) -> str | None:
    label, separator, value = text.partition(":")
    if separator and fold(label) in load_words().labels:
        text = value
    line = present(text.strip(" :：•·|-–—"))
    return None if line and fold(line) in load_words().labels else line


def _salary(named: list[tuple[etree._Element, str]], following: list[str]) -> str | None:
    """What is named pay, or a line behind the title that can be nothing else."""
    told = next((text for text in _all_named(named, _SALARY) if any(map(str.isdigit, text))), None)
    return told or next((line for line in following if _is_pay(line)), None)


def _is_pay(line: str) -> bool:
    pay = read_pay(RawSalary(raw=line), None) if len(line) <= 60 else None
    has_sign = bool(pay and pay.currency) or (len(line) <= _LONGEST_SUM and bool(_MONEY.search(line)))
    return has_sign and pay is not None and (pay.min or pay.max) is not None


def _company_link(root: etree._Element, title: str | None) -> str | None:
    """The text of the first link behind the title that leads to an employer's page."""
    heading = next(title_elements(root, title), None)
    links = heading.xpath(f"following::a[@href][position()<={_LINES}]") if heading is not None else []
    companies = load_words().company_paths
    for link in links if isinstance(links, list) else []:
        parts = path_parts(link.get("href", ""))
        text = short_text(link, _LONGEST)
        if 2 < len(text) <= 100 and any(part in companies for part in parts[:-1]):
            return text
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
    parts = [part for line in lines for part in _PARTS.split(line) if part]
    return [part for part in parts if fold(part) != fold(title or "")]


def _employer_in_titles(page: HtmlPage, title: str | None) -> str | None:
    """``Acme hiring Baker in Hue | Board`` and ``Baker at Acme - Board``."""
    for whole in (page.title, page.og_title):
        if not whole or not title or title not in whole or whole == title:
            continue
        before, _, after = whole.partition(title)
        found = _HIRING.match(before.rstrip(" :-–—|")) or _AT.match(after)
        if found:
            return present(found[1])
    return None


def _boxed(named: list[tuple[etree._Element, str]]) -> str | None:
    """What is named after the employer and nothing more: the one thing printed bold in it, else its short text."""
    for element, _ in _innermost(named, _EMPLOYER_BOX):
        bold = list(element.iter("strong", "b", "h2", "h3", "h4"))
        text = _without_label(_behind_label(bold[0] if len(bold) == 1 else element))
        if text and 1 < len(text) <= _SHORT_NAME:
            return text
    return None


def _company_near(page: HtmlPage, title: str | None, following: list[str], place: str | None) -> str | None:
    """A line beside the title that only names of companies read like, or that the page's title names as well."""
    heading = next(title_elements(page.root, title), None)
    found = heading.xpath(_BEFORE) if heading is not None else []
    before = [one_line(str(text)) for text in found] if isinstance(found, list) else []
    near = [*following[:_NEAR], *before]
    named = _other_parts(page, title) - {fold(place or "")}
    return first(
        next((line for line in near if _is_company(line)), None),
        next((line for line in near if fold(line) in named and not country_in_place(line)), None),
    )


def _other_parts(page: HtmlPage, title: str | None) -> set[str]:
    """What the page's title says besides the ad's title and, in its last part, the site's name."""
    parts = [fold(part) for part in title_parts(page.title or "")][:-1]
    inside = {fold(part) for part in _BRACKETS.findall(page.title or "")}
    return {part for part in (*parts, *inside) if len(part) > 2} - {fold(title or ""), fold(page.site_name or "")}


def is_employment(line: str) -> bool:
    """Whether the line can only say how one is employed; it may name several ways."""
    ways = load_words().employment
    return fold(line) in ways or (len(line) <= _LONGEST_DATE and all(fold(one) in ways for one in _WAYS.split(line)))


def _is_company(line: str) -> bool:
    words = load_words()
    if not 3 < len(line) <= _SHORT_NAME or _NO_NAME.search(line.removesuffix(".")) or fold(line) in words.labels:
        return False
    if line.split()[0].rstrip(".") in words.company_starts or words.company_forms.search(fold(line)):
        cased = [word[0] for word in line.split() if word[0].isupper() or word[0].islower()]
        return 2 * sum(map(str.isupper, cased)) >= len(cased)  # else a sentence about the company
    return False


def _logo(root: etree._Element) -> str | None:
    """What stands for the employer's logo: in a picture named so, or in a link to an employer's page."""
    companies = load_words().company_paths
    for image in root.iter("img"):
        link = next(image.iterancestors("a"), None)
        parts = path_parts(link.get("href", "")) if link is not None else []
        if _LOGO.search(tokens(image)) or any(part in companies for part in parts[:-1]):
            name = present(_LOGO_WORDS.sub("", image.get("alt", "")[: 2 * _LONGEST]))
            if name and 1 < len(name) <= _SHORT_NAME:
                return name
    return None


def _between(following: list[str], place: str | None, employment: str | None) -> str | None:
    """The one line between the title and the place: who hires, on every board that has such a head."""
    if not place or place not in following[:3] or following.index(place) != 1:
        return None
    line = following[0].strip(" ·•|-–—")
    if not 1 < len(line) <= 100 or fold(line) in load_words().labels or fold(line) == fold(employment or ""):
        return None
    hiring = _HIRING.match(line)
    return present(hiring[1]) if hiring else line


def _posted(root: etree._Element, named: list[tuple[etree._Element, str]]) -> str | None:
    for element in root.iter("time"):
        stamp = element.get("datetime") or short_text(element, 60)
        if stamp:
            return present(stamp)
    for element, name in named:
        stamp = element.get("title") or element.get("content") or ""
        if "published" in name and _STAMP.match(stamp):  # as the hAtom microformat has it
            return present(stamp)
    return next((text for text in _all_named(named, _POSTED) if len(text) <= _LONGEST_DATE), None)


def _posted_line(following: list[str]) -> str | None:
    """A short line behind the title that says since when: ``Posted 3 days ago``."""
    words = load_words()
    short = [line for line in following if len(line) <= _LONGEST_DATE and any(map(str.isdigit, line))]
    started = (line for line in short if fold(line).startswith(words.posted))
    ended = (line for line in short[:_NEAR] if len(line) <= _LONGEST_AGO and fold(line).endswith(words.posted_ends))
    return first(next(started, None), next(ended, None))
