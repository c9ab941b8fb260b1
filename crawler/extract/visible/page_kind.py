"""Kind of a page: ad, listing, empty result, company's page or wall."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast

from lxml import etree

from crawler.extract.fields.pay import find_offers
from crawler.extract.html_document import HtmlPage, title_elements, title_holders, title_parts
from crawler.extract.text import fold, weight
from crawler.extract.visible.cards import LinkGroup
from crawler.extract.visible.words import any_of, beginning_with, load_words
from crawler.extract.vocabulary import plain
from crawler.files import read_word_list

_SENTENCE = 25
"""Weight of a piece of text from which it is prose, and no label, option or fact."""

_TEXT_OF_AN_AD = 200
_SHORT_POST = 1_000
"""Weight up to which a text is a post of a few lines: it has no sections, and no words to spare."""

_MOST_SIGNS = 3

_MANY = 5
_FEWEST = 3
_RELATED = 20
"""Links to other ads beside one ad are fewer; then many facts of its own say more."""
_HEADS_LIST = 4
"""What it counts that a page's own title heads a list."""

_LONGEST_LABEL = 60
_COUNT = r"(?!0(?!\d))\d[\d., ]{0,11}"
"""None of what is there heads no list: an ad's page says that nobody has applied yet."""

_RANGE = re.compile(r"(?<!\d)\d{1,5} ?[-–] ?\d{1,5} [^\W\d]{1,5} \d[\d.,]{0,8}(?!\d)")
"""``1 - 10 of 33``, in elements of their own or not."""

_SHORT_TEXTS = etree.XPath(
    f"//body//text()[normalize-space() and string-length() <= {_LONGEST_LABEL} and not(parent::a)]",
    smart_strings=False,
)
"""A link that counts or sorts may lead to a list elsewhere."""

_NOT_SHOWN = ("nav", "select", "datalist", "head", "footer", "textarea")
_ELEMENTS_AND_PROSE = etree.XPath(
    f"//* | //text()[string-length() >= {_SENTENCE // 3} and not(parent::a)"
    f" and not({' or '.join(f'ancestor::{tag}' for tag in _NOT_SHOWN)})]",
    smart_strings=False,
)
"""In the page's order; a character of a dense script weighs three times another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageKind:
    """What a page was taken for, and why."""

    name: Literal["ad", "listing", "empty", "company", "wall"]
    reason: str


@dataclass(frozen=True, slots=True)
class Prose:
    """How much prose stands with the page's heading, and how much elsewhere, in the gaps between links to ads."""

    with_heading: int
    most_elsewhere: int
    has_heading: bool
    is_cut_up: bool
    """Whether several stretches are nearly as long as the longest."""

    in_card: bool
    """Whether the heading stands in one of the group's cards."""


class _Words:
    """What pages call themselves."""

    def __init__(self) -> None:
        table = read_word_list("page_kinds")
        listing = table["listing"]
        counted, sorting = ("|".join(re.escape(fold(word)) for word in listing[key]) for key in ("counted", "sorting"))
        self.listing = any_of(listing["titles"])
        self.sorting = re.compile(rf"\0 (?:{sorting})")
        self.counted = re.compile(rf"\0 {_COUNT}\+?\s?(?:{counted}) \0")
        self.empty = any_of(table["empty"]["phrases"])
        self.company = any_of(table["company"]["titles"])
        self.company_labels = frozenset(map(fold, table["company"]["labels"]))
        self.wall = any_of(table["wall"]["titles"])
        self.ad = frozenset(map(fold, table["ad"]["titles"]))
        self.ad_texts = any_of(table["ad"]["words"])
        self.offer = beginning_with(table["offer"]["starts"])


_words = cache(_Words)


def measure_prose(root: etree._Element, title: str | None, group: LinkGroup | None) -> Prose:
    """The prose in each stretch between two links of the group; a listing's is cut into many, an ad's is one.

    On a page without its heading the longest stretch counts as elsewhere.
    """
    links = {link.element for link in group.links} if group else set()
    headings = set(title_elements(root, title))
    gap, at_heading = 0, None
    prose: Counter[int] = Counter()
    for item in cast("list[etree._Element | str]", _ELEMENTS_AND_PROSE(root)):
        if isinstance(item, str):
            if (size := weight(item.strip())) >= _SENTENCE:
                prose[gap] += size
            continue
        gap += item in links
        if at_heading is None and item in headings:
            at_heading = gap
    elsewhere = max((size for place, size in prose.items() if place != at_heading), default=0)
    longest = max(prose.values(), default=0)
    is_cut_up = sum(3 * size >= longest for size in prose.values()) > _FEWEST
    with_heading = prose[at_heading] if at_heading is not None else 0
    in_card = bool(group and title_holders(root, title).intersection(link.card for link in group.links))
    return Prose(with_heading, elsewhere, at_heading is not None, is_cut_up, in_card)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSigns:
    """What of a page tells one ad from a list."""

    prose: Prose
    to_apply: int
    """Controls to apply with outside of cards,"""

    to_apply_in_cards: int
    is_closed: bool
    """Whether the page says that one cannot apply any more."""

    rows: Collection[str]
    """The labels that only ads have."""

    controls: Sequence[str]
    """What only heads a list."""

    can_be_answered: bool
    """Whether whom to write to or call stands below the heading."""


def judge_page(page: HtmlPage, title: str | None, group: LinkGroup | None, signs: PageSigns) -> PageKind:
    """The page's kind; ``group`` is its own list of ads."""
    prose = signs.prose
    names, words = f"{_names(page)} | {fold(title or '')}", _words()
    stated: tuple[tuple[Literal["wall", "company", "empty"], re.Pattern[str]], ...] = (
        ("wall", words.wall), ("company", words.company), ("empty", words.empty)
    )  # fmt: skip
    for name, pattern in stated:
        if found := pattern.search(names):
            return PageKind(name=name, reason=f"its title says {found[0]!r}")
    if not (signs.to_apply or signs.rows):
        elements = page.root.iter("dt", "th", "td", "div", "span", "p", "h3", "h4", "li", "strong", "b")
        texts = (text for element in elements if 1 < len(text := element.text or "") <= _LONGEST_LABEL)
        labels = len(words.company_labels.intersection(fold(text.strip(" \t\n:：")) for text in texts))
        if labels > 1:
            return PageKind(name="company", reason=f"{labels} facts that employers' pages state")
    if len(signs.controls) > 1:
        return PageKind(name="listing", reason=f"it is headed by {' and '.join(signs.controls)} of a list")
    listed = words.listing.search(names) or load_words().listing_titles.search(fold(title or ""))
    if group and len(group.links) >= _FEWEST:
        # What a page calls itself besides its heading may be the site's slogan.
        named = _HEADS_LIST if heads_list(title or "") else 2 * bool(listed)
        is_titled = prose.has_heading and not prose.in_card and fold(title or " ") in _names(page)
        if _is_list(group, signs, named=named, is_titled=is_titled):
            own = f"{prose.with_heading} characters of text with its heading"
            return PageKind(name="listing", reason=f"{len(group.links)} links of one shape, {own}")
    elif listed and not signs.rows and not signs.can_be_answered and prose.with_heading < 2 * _TEXT_OF_AN_AD:
        return PageKind(name="listing", reason=f"its title says {listed[0]!r}")
    return PageKind(name="ad", reason=f"{prose.with_heading} characters of text with its heading")


def list_controls(page: HtmlPage, title: str | None) -> tuple[str, ...]:
    """What of a list's head a page has, from its whole tree: title, count of what was found, control to sort."""
    words = _words()
    # One text for all, each between signs that no page has: it is folded once.
    texts = fold(" \0 ".join(["", *cast(list[str], _SHORT_TEXTS(page.root)), ""]))
    found = {
        "the title": any(map(heads_list, (title or "", page.title or ""))),
        "the count": bool(words.counted.search(texts) or _RANGE.search(texts.replace("\0 ", ""))),
        "the sorting": words.sorting.search(texts) is not None,
    }
    return tuple(name for name, is_so in found.items() if is_so)


def _is_list(group: LinkGroup, signs: PageSigns, *, named: int, is_titled: bool) -> bool:
    """Whether more speaks for a list of ads than for one ad beside links to others.

    ``is_titled`` says that the page is called like its heading, and that this stands in no card.
    """
    count, prose = len(group.links), signs.prose
    can_apply = 0 < signs.to_apply <= 2
    body = prose.with_heading if prose.has_heading else prose.most_elsewhere
    # Cards of other ads may say more than the ad, which has a way to answer or facts of its own.
    is_beside = is_titled and named < _HEADS_LIST and body >= _TEXT_OF_AN_AD and bool(signs.rows) and can_apply
    is_own = (prose.has_heading and prose.with_heading >= prose.most_elsewhere) or is_beside
    if count < _MANY and group.text_size < prose.most_elsewhere and not named and signs.to_apply_in_cards < _FEWEST:
        return False
    for_list = named + 2 * (not is_own) + 2 * prose.is_cut_up + (count >= _MANY)
    for_list += 2 * (body < _TEXT_OF_AN_AD) + 3 * (signs.to_apply_in_cards >= _FEWEST)
    for_ad = 2 * can_apply + min(len(signs.rows), 4 if count < _RELATED else 2) + 2 * signs.is_closed
    for_ad += 2 * (is_own and body >= _TEXT_OF_AN_AD)
    return for_list > for_ad


def heads_list(title: str) -> bool:
    """Whether a title is one of a list of ads."""
    return bool(_words().listing.search(fold(title)) or load_words().listing_titles.search(fold(title)))


def is_plainly_list(page: HtmlPage, group: LinkGroup) -> bool:
    """Whether a page with many links of one shape calls itself a list in every way: nothing more need be weighed."""
    names = (*page.headings[:1], page.title or "")
    return len(group.links) >= 10 and all(map(heads_list, names)) and not _words().empty.search(_names(page))


def says_nothing_found(page: HtmlPage) -> bool:
    """Whether a title of the page says that nothing was found: what stands below it is only suggested."""
    return bool(_words().empty.search(_names(page)))


def count_ad_signs(page: HtmlPage, text: str) -> int:
    """Up to five signs of an ad whatever stands around it: the page calls itself one, the text speaks of work."""
    words = _words()
    names = (part for name in page.titles() for part in (name, *title_parts(name)))
    lines = (line for line in text[:300].splitlines())
    is_called_ad = any(fold(name.strip(" :：")) in words.ad for name in (*names, *lines))
    spoken = len(set(words.ad_texts.findall(fold(text[:20_000]))))
    return 2 * is_called_ad + min(spoken // 2, 3) * (weight(text) >= _TEXT_OF_AN_AD)


def count_offer_signs(text: str, *, can_be_answered: bool) -> int:
    """Up to three signs that a post of a few lines offers work: words of it, a sum of money beside them.

    None where neither a sum nor a way to answer stands with the words: pages of other kinds speak of work too.
    """
    spoken = len(set(_words().offer.findall(fold(text)))) if weight(text) <= _SHORT_POST else 0
    if not spoken or (spoken >= _MOST_SIGNS and can_be_answered):
        return min(spoken, _MOST_SIGNS)
    names_money = any(find_offers(plain(line), None) for line in text.splitlines())
    return min(spoken + names_money, _MOST_SIGNS) if names_money or can_be_answered else 0


def _names(page: HtmlPage) -> str:
    return " | ".join(map(fold, page.titles()))
