"""Facts around an ad's title: employer, employment, pay and dates."""

import re
from collections.abc import Iterator, Mapping
from itertools import chain, islice, pairwise
from typing import Literal, cast
from urllib.parse import urlsplit

from lxml import etree

from crawler.extract.fields.countries import country_in_place
from crawler.extract.fields.pay import find_offers
from crawler.extract.html_document import HtmlPage, path_parts, short_text, title_parts, tokens
from crawler.extract.raw import RawAd, RawSalary
from crawler.extract.text import fold, present
from crawler.extract.visible.facts import (
    LONGEST_NAME,
    NO_NAME,
    SHORT_NAME,
    can_be_employment,
    can_be_name,
    can_be_pay,
    is_cased,
    is_company,
    is_date,
    is_day,
    is_employment,
    is_moment,
    is_pay,
    is_place,
    is_unlabelled,
    says_pay,
)
from crawler.extract.visible.surroundings import (
    MOST_LINKS,
    Surroundings,
    find_place,
    text_after_label,
    text_before,
    texts_at,
    without_sign,
    written_pair,
)
from crawler.extract.visible.words import load_names, load_words
from crawler.extract.vocabulary import plain

_WEEKDAY = re.compile(r"^[^\W\d]{2,14}\.?,\s*(?=\d)")
_MODIFIED = "dateModified"
"""When the page was last changed, in whatever markup."""

_NEAR = 4
_LONGEST_DATE = 60
_LONGEST_AGO = 30


_SIGNED = etree.XPath("//text()[contains(., '©') or contains(., 'opyright') or contains(., '(c)')]/..")
_SIGN = re.compile(r"©|\(c\)|copyright", re.IGNORECASE)
_ENDS = re.compile(r"[|.]")


def find_owners(page: HtmlPage, title: str | None) -> list[str]:
    """Whose page this may be, as its foot, its name for machines and the ends of its title say it."""
    words, found = load_words(), list[str]()
    for element in cast(list[etree._Element], _SIGNED(page.root))[-3:]:
        behind = _SIGN.split(short_text(element, _LONGEST))[-1].lstrip("0123456789 :,.|–—-").removeprefix("by ")
        name = _ENDS.split(behind)[0]
        rights = words.rights.search(fold(name))
        found.append(name[: rights.start() if rights else None].strip(" ,-–—"))
    parts = [part for part in title_parts(page.title or "") if fold(part) not in fold(title or "")]
    # The first one is what an ad is filed under more often than not: "Sales - Account manager".
    is_site = any(fold(part) in words.generic_titles for part in parts)
    found += [page.site_name or "", *parts[-1:], *(parts[:1] if is_site else ())]
    names = (name for name in found if len(name) > 3 and can_be_name(name) and not country_in_place(name))
    return [name for name in names if not words.vacancy.search(fold(name))]


def read_head(page: HtmlPage, title: str | None, following: list[str], rows: Mapping[str, str]) -> RawAd:
    """Who, where, how much, since when: by the names of elements first, by label next, by position last.

    ``following`` are the lines of text behind the title.
    """
    around = Surroundings(page, title, following)
    place = find_place(around, rows)
    named = around.all_named(load_names().employment, can_be_employment)
    employment = next(chain(named, filter(is_employment, following)), None)
    own = {fold(title or ""), fold(place or "")}
    found = filter(None, _employers(around, rows, place, employment))
    # A logo or a link may say the ad's title with the name.
    parts = ((name, title_parts(name)) for name in found)
    names = (
        " - ".join(part for part in parted if part != title) if title in parted else name for name, parted in parts
    )
    employer = next((name for name in names if name and can_be_name(name) and fold(name) not in own), None)
    # What is named pay, a line behind the title that can be nothing else, or the one amount that the title says.
    pay = (text for text in _outermost_pay(around) if says_pay(text) and not is_moment(text) and can_be_pay(text))
    salary = next(chain(pay, (line for line in filter(is_pay, following) if is_unlabelled(line))), None)
    if not salary and title and any(map(str.isdigit, title)):
        offers = [offer for offer in find_offers(plain(title), None) if offer.signs]
        salary = present(title[offers[0].start : offers[0].end]) if len(offers) == 1 else None
    # A short line behind the title that says until when, without a mark between the word and the day, or a day behind
    # such a word in an element of its own.
    words = load_words()
    dated = (line for line in _short_parts(following) if any(map(str.isdigit, line)))
    begun = (line for line in dated if words.until_start.match(fold(line)))
    labels = ((fold(before).strip(" :：-–—•·"), line) for before, line in pairwise(following))
    days = (line for label, line in labels if words.labels.get(label) == "valid_through" and is_day(line))
    until = next(chain(begun, days), None)
    return RawAd(
        hiring_organization=employer,
        job_location=None if place and fold(place) == fold(employer or "") else without_sign(place),
        base_salary=RawSalary(raw=salary) if salary else None,
        employment_type=employment,
        date_posted=_posted(around),
        valid_through=until,
        reader="page",
    )


def _outermost_pay(around: Surroundings) -> Iterator[str]:
    """The short texts named pay, with what stands around them under the same name: per month, after tax."""
    wanted = load_names().salary
    for element, name in around.innermost(wanted):
        texts = [text_after_label(element)]
        for above in islice(element.iterancestors(), 2):
            if not wanted.search(tokens(above)):
                break
            texts.append(text_after_label(above))
        fitting = [text for text in texts if text and len(text) <= 100]
        if name and fitting:
            yield fitting[-1] if is_pay(fitting[-1]) else fitting[0]


def _posted(around: Surroundings) -> str | None:
    """Since when: as said to machines, as a short line behind the title says it, as a day beside it."""
    words = load_words()
    for element in around.times:
        stamp = element.get("datetime") or short_text(element, _LONGEST_DATE)
        before = text_before(element) if stamp else ""
        is_deadline = words.labels.get(fold(before.strip(" :："))) == "valid_through"
        if stamp and not (is_deadline or _MODIFIED in (element.get("itemprop"), element.get("property"))):
            return present(stamp)

    # "Posted 3 days ago"
    short = _short_parts(around.following)
    dated = [line for line in short if any(map(str.isdigit, line))]
    started = (line for line in dated if words.posted_start.match(fold(line)))
    ended = (line for line in dated[:_NEAR] if len(line) <= _LONGEST_AGO and fold(line).endswith(words.posted_ends))
    today = (line for line in short if fold(line) in words.posted_today)

    # The line right before the title, in the same box, or one soon behind it that no label introduces, where it is a
    # day with its year and nothing more.
    above = around.heading.getprevious() if around.heading is not None else None
    beside = [short_text(above, _LONGEST_AGO + 1) if above is not None and isinstance(above.tag, str) else ""]
    for before, line in pairwise(["", *around.following[:_NEAR]]):
        day = _WEEKDAY.sub("", line)
        if day[:1].isdigit() and fold(before).strip(" :：") not in words.labels:
            beside.append(day)
    alone = (line for line in beside if len(line) <= _LONGEST_AGO and len(line.split()) <= 5)
    days = (line for line in alone if is_day(line, around.page.language))
    return next(chain(around.all_named(load_names().posted, is_date), started, ended, today, days), None)


def _short_parts(lines: list[str]) -> list[str]:
    """The short lines, and the parts of those in which commas part several numbers."""
    found = [line for line in lines if len(line) <= _LONGEST_DATE]
    for line in lines:
        parts = line.split(",") if len(line) <= 2 * _LONGEST_DATE else []
        if sum(any(map(str.isdigit, part)) for part in parts) > 1:
            found += [part.strip() for part in parts if part.strip()]
    return found


_BRACKETS = re.compile(r"[(（\[【]([^()（）\[\]【】]{3,80})[)）\]】]")
_BEFORE = "preceding::text()[normalize-space() and not(ancestor::a)][position()<=2]"
"""What stands before the title and is no step of the way to it."""

_NUMBERED = re.compile(r"\?[^?#]*=\d{2}")
_STROKES = "/@|–—-"
_LONGEST = 200


def _employers(
    around: Surroundings, rows: Mapping[str, str], place: str | None, employment: str | None
) -> Iterator[str | None]:
    """What may name the employer, the surest first."""
    words, names = load_words(), load_names()
    for text in around.all_named(names.employer, can_be_name):
        yield words.by.sub("", text)
    yield _company_link(around, "following")
    yield rows.get("hiring_organization")
    # What is named after the employer and nothing more: the one thing printed bold in it, else its short text.
    boxes = [element for element, _ in around.innermost(names.employer_box)]
    bold = [list(islice(box.iter("strong", "b", "h2", "h3", "h4"), 2)) for box in boxes]
    texts = (text_after_label(inner[0] if len(inner) == 1 else box) for box, inner in zip(boxes, bold, strict=True))
    yield next((text for text in texts if text and 1 < len(text) <= SHORT_NAME and can_be_name(text)), None)
    yield _logo(around)
    # "Acme hiring Baker in Hue | Board" and "Baker at Acme - Board"
    for before, behind in around.sides_of_title():
        if found := words.hires.match(before.rstrip(" :-–—|")) or words.at.match(behind):
            yield present(found[1])
            break
    yield written_pair(around)[0]
    # The name in brackets in one of the page's titles that the other says as well.
    titles = (around.page.og_title or "").strip(), (around.page.title or "").strip()
    for title, other in (titles, titles[::-1]):
        found = _BRACKETS.match(title) if title[:1] in {"[", "【"} else None
        if found and fold(found[1]) in set(map(fold, title_parts(other))):
            yield present(found[1])
            break
    yield _company_link(around, "preceding")
    yield from _in_lines(around, place)
    yield _over_place(around, place, employment)
    yield from _of_site(around)
    yield from _by_position(around)


def _company_link(around: Surroundings, side: Literal["following", "preceding"]) -> str | None:
    """The text of the link nearest to the title on this side of it that leads to an employer's page."""
    if around.heading is None:
        return None
    links = around.heading.xpath(f"{side}::a[@href][position()<={25 if side == 'following' else 2 * _NEAR}]")
    companies = load_words().company_paths
    for link in (links if side == "following" else reversed(links)) if isinstance(links, list) else []:
        address = link.get("href", "")
        parts = path_parts(address)
        text = short_text(link, _LONGEST)
        # Before the title there are menus; company?id=12 names its page in the query.
        steps = parts if _NUMBERED.search(address) else parts[:-1] if side == "following" else parts[-2:-1]
        if 2 < len(text) <= LONGEST_NAME and any(part in companies for part in steps) and can_be_name(text):
            return text
    return None


def _logo(around: Surroundings) -> str | None:
    """What stands for the employer's logo: in a picture named so, or in a link to an employer's page."""
    words, names = load_words(), load_names()
    for image in around.images:
        link = next(image.iterancestors("a"), None)
        address = link.get("href", "") if link is not None else ""
        parts = path_parts(address)
        alt = image.get("alt", "")[: 2 * _LONGEST]
        # One of a row of linked pictures is a network, a partner or another employer.
        boxes = islice(link.iterancestors(), 2) if link is not None else ()
        beside = ((item for item in box.iter("a") if next(item.iter("img"), None) is not None) for box in boxes)
        if any(len(list(islice(pictured, MOST_LINKS + 1))) > MOST_LINKS for pictured in beside):
            continue
        if words.app_stores.search(f"{alt} {image.get('src', '')[:_LONGEST]} {address}"):
            continue
        is_called = words.logo.search(fold(alt)) is not None and fold(around.page.site_name or " ") not in fold(alt)
        is_named = names.logo.search(tokens(image)) or any(part in words.company_paths for part in parts[:-1])
        if is_named or (is_called and parts) or is_company(alt):
            name = present((words.logo if alt.islower() else words.logo_ends).sub(" ", alt.strip()).strip(" :-–—|"))
            if name and 1 < len(name) <= SHORT_NAME and can_be_name(name):
                return name
    return None


def _in_lines(around: Surroundings, place: str | None) -> Iterator[str | None]:
    """What the lines beside the title name: behind a sign, or as a company is called, or as the page's title does."""
    words, following = load_words(), around.following

    # Behind a stroke, or a word such as "by" that stands alone.
    first = following[0] if following else " "
    by = next((at for at, line in enumerate(following[: 2 * _NEAR]) if fold(line) in words.by_words), len(following))
    named = next((line for line in following[by + 1 : by + 2] if can_be_name(line) and is_cased(line)), None)
    yield present(first[1:].strip()) if first[0] in _STROKES and len(first) <= LONGEST_NAME else named

    # What the page's title says besides the ad's title and, in its last part, the site's name.
    near = [*following[:_NEAR], *texts_at(around.heading, _BEFORE)]
    page = around.page
    in_title = {fold(part) for part in (*title_parts(page.title or "")[:-1], *_BRACKETS.findall(page.title or ""))}
    in_title -= {fold(around.title or ""), fold(page.site_name or ""), fold(place or "")}
    again = (line for line in near if len(fold(line)) > 2 and fold(line) in in_title and not country_in_place(line))
    yield next(chain(filter(is_company, near), again, filter(is_company, following)), None)


def _of_site(around: Surroundings) -> Iterator[str | None]:
    """The employer whose own site this is."""
    words, page = load_words(), around.page

    # "Acme Careers", "Jobs at Acme" or "Acme Ltd", at an end of the page's titles.
    wholes = [whole for whole in (page.title, page.og_title) if whole]
    ends = [part for whole in wholes for part in title_parts(whole)[-1:]]
    yield from filter(is_company, (page.site_name or "", *ends))
    before = [part for whole, _ in around.sides_of_title() for part in title_parts(whole)[:1]]
    called = filter(None, (page.site_name, *ends, *before))
    no_names = words.site_additions | words.generic_titles
    matches = (words.own_site.match(name) for name in called if fold(name) not in no_names)
    found = ((match[1] or match[2]).strip() for match in matches if match)
    employers = (name for name in found if name[-1:].isalnum() and not words.vacancy.search(fold(name)))
    yield present(next(employers, None))

    # The part of the titles that the address is named after: acme.system.example, careers.acme.example.
    steps = (urlsplit(page.url).hostname or "").removeprefix("www.").split(".")
    # The last step but one of a host under a country has three letters at most: example.com.vn.
    registered = -3 if len(steps) > 2 and len(steps[-1]) == 2 and len(steps[-2]) <= 3 else -2
    names = {step for step in steps[:registered] if len(step) > 2}  # shorter are countries and languages
    if not words.career_paths.isdisjoint((*names, *path_parts(page.url))):
        names.update(steps[registered:][:1])
    for part in (part for whole in filter(None, (page.site_name, *wholes)) for part in title_parts(whole)):
        name, dot, _ = part.partition(".")
        spelled = (fold(name).replace(" ", "-"), fold(name).replace(" ", ""))
        if names.intersection(spelled) and not country_in_place(name):
            yield present(name if dot else part)
            break

    # What ends every title of an employer's own site: no board keeps other employers' ads under its careers.
    if not words.career_paths.isdisjoint(path_parts(page.url)):
        own = (end for end in ends if fold(end) not in no_names and fold(end) not in fold(around.title or ""))
        yield next((end for end in own if can_be_name(end) and not words.vacancy.search(fold(end))), None)


def _over_place(around: Surroundings, place: str | None, employment: str | None) -> str | None:
    """The one line between the title and the place, on every board that has such a head."""
    words, following = load_words(), around.following
    if place and following[1:2] == [place] != following[:1]:
        line = following[0].strip(" ·•|-–—")
        is_fact = fold(line) == fold(employment or "") or words.years.search(fold(line)) or NO_NAME.search(line)
        hiring = words.hires.match(line)
        if 1 < len(line) <= LONGEST_NAME and not is_fact:
            return present(hiring[1]) if hiring else line
    return None


def _by_position(around: Surroundings) -> Iterator[str | None]:
    """Where an employer commonly stands, where nothing else tells who hires."""
    words = load_words()

    # A heading over what an employer says of itself: "About Acme".
    for element in around.page.root.iter("h1", "h2", "h3", "h4", "h5", "b", "strong"):
        text = short_text(element, SHORT_NAME + 1)
        found = words.about.match(text.strip(" :：")) if len(text) <= SHORT_NAME else None
        name = next((part.rstrip("?!. ") for part in found.groups() if part), None) if found else None
        # "Why you'd want this"
        called = {fold(name), fold(name).replace("’", "'").partition("'")[0]} if name else set()
        if name and called.isdisjoint(words.no_names) and name[0].upper() == name[0]:
            yield present(name)
            break

    # A short name in the element before the title or behind it.
    ends = {fold(title_parts(whole)[-1]) for whole in (around.page.title, around.page.og_title) if whole}
    for beside in (around.heading.getnext(), around.heading.getprevious()) if around.heading is not None else ():
        if beside is None or not isinstance(beside.tag, str) or len(beside) > 1:
            continue
        text = short_text(beside, SHORT_NAME + 1)
        folded = fold(text)
        says_more = is_employment(text) or is_place(text) or any(map(str.isdigit, text)) or bool(NO_NAME.search(text))
        is_other = bool(words.vacancy.search(folded) or words.search.search(folded)) or folded in ends
        # What a link or an icon stands in is another fact.
        is_marked = next(beside.iter("a", "i", "svg"), None) is not None
        if 2 < len(text) <= SHORT_NAME and is_cased(text) and not (says_more or is_other or is_marked):
            yield text
            break
