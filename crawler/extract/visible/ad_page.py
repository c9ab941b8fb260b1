"""An ad on a page without structured data, if the page is one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from lxml import etree

from crawler.extract.html_document import (
    HtmlPage,
    is_logo,
    path_parts,
    short_text,
    title_elements,
    title_holders,
    title_parts,
    tokens,
)
from crawler.extract.html_tree import drop_elements
from crawler.extract.raw import RawAd, completed
from crawler.extract.text import fold, weight
from crawler.extract.visible.cards import CardList, LinkGroup, find_cards, find_group
from crawler.extract.visible.facts import (
    are_facts,
    bare_heading,
    can_be_name,
    is_pay,
    opens_section,
    read_icon_rows,
    read_label_rows,
    read_labelled_lines,
    stated_by,
)
from crawler.extract.visible.head import find_owners, read_head
from crawler.extract.visible.main_text import (
    Post,
    drop_clutter,
    drop_unseen,
    find_forms,
    find_related,
    main_text,
    take_post,
)
from crawler.extract.visible.page_kind import (
    PageKind,
    PageSigns,
    count_ad_signs,
    count_offer_signs,
    judge_page,
    list_controls,
    measure_prose,
)
from crawler.extract.visible.surroundings import is_filled_in, lines_after_title, linked_numbers
from crawler.extract.visible.title import find_title
from crawler.extract.visible.words import load_names, load_words

_SHORTEST_AD = 150
_SHORTEST_POST = 40
"""Of a post that offers work, or a page that a list leads to."""

_LONGEST_AD = 12_000
"""Characters; of 1,200 ads with their employers' profiles none has 10,000."""

_LISTED = 2
"""Signs of an ad that a list of ads is worth which leads to a page."""

_SOLD = 3
"""Signs against an ad that a button to buy is worth; boards of small ads sell things beside work."""

_OFFERS = 3
"""Signs of it from which a post offers work whatever it is called."""

_CUT_OFF = ("...", "…")
_LONGEST_CONTROL = 40
_LONGEST_CARD = 700
_BEGINNING = 1_500
"""Characters of a text; at its end stands what a board says to all that read it."""

_DISTINCTIVE = {"hiring_organization", "base_salary", "employment_type", "valid_through", "identifier"}
_AS_STATED = ("base_salary", "country", "employment_type", "date_posted", "valid_through", "identifier")
_ANY_GENDER = re.compile(r"\(\s?[mwfhdxkž](?:\s?/\s?[mwfhdxkžn]){1,2}\s?\)")
"""``(m/f/d)`` at the end of a title says that anybody may apply."""

_WHOLE = r"(?<![\w@.]){}(?![\w@]|\.\w)"
"""A name by itself, and not in an address."""

_FRAME = re.compile(r"^[/|·•»›]+\s+|(?<!\s)\s+[/|·•»›]+$")
"""Strokes that a heading is set between."""

_CONTACT = re.compile(
    r"(?<![\d.-])(?!\d{1,4}[.-]\d{1,2}[.-]\d{2,4}(?!\d))\+?\d[\d .()-]{7,}\d"  # no date
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}\.\w|(?:t\.me|wa\.me|zalo\.me|line\.me)/"
    r"|(?:(?<![a-z])(?:telegram|zalo|wechat|whatsapp)|微信)\W{0,4}(?:id\W{0,3})?@?\w{4}|(?<![\w.])@\w{4}"
    r"|(?<![a-z])line(?: ?id\b|\s?[:：]|\s(?=\w*\d))\W{0,3}\w{4}"  # no hotline that takes calls
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """A page as a person sees it."""

    ad: RawAd
    """What would be the ad, whether or not the page is one."""

    signs: int
    """How much speaks for one ad, less what speaks against."""

    is_ad: bool
    is_listing: bool
    is_closed: bool
    """Whether the page says that the ad is over."""

    kind: PageKind
    has_title_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What of a page is read whatever it is."""

    title: str | None
    lists: tuple[CardList, ...]
    controls: int
    """What one applies with outside of cards,"""

    offers: int
    """and in them."""

    asked: str
    """What the page's forms ask for."""

    is_sale: bool
    """Whether one buys what the page is about."""

    following: list[str]
    rows: Mapping[str, str]
    is_closed: bool


def view_page(
    page: HtmlPage, kinds: frozenset[str], group: LinkGroup | None, *, is_marked: bool = False, is_listed: bool = False
) -> PageView:
    """The page's kind, and of an ad the title, text and rows, and what they amount to.

    Takes clutter and lists out of the page's tree. ``kinds`` are the types that the page's structured data declares,
    ``group`` is its own list of ads. Where it ``is_marked`` as an ad, the fields are read whatever it looks like. That
    a list of ads leads to a page (``is_listed``) speaks for it.
    """
    drop_unseen(page.root)
    post = take_post(page)
    parts, kind, owners = _survey(page, group, post)
    title = parts.title
    is_listing = kind.name in {"listing", "empty"} or (kind.name != "wall" and _leads_to_ads(page, parts.lists))
    ad = RawAd(title=title, language=page.language, reader="page")
    view = PageView(ad=ad, signs=0, is_ad=False, is_listing=is_listing, is_closed=parts.is_closed, kind=kind)
    if kind.name != "ad" and not is_marked:
        return view
    head = read_head(page, title, parts.following, parts.rows)
    if post:  # its text says all but the day, and whoever wrote it is no employer
        text, stated = post.text, read_labelled_lines(post.text)
        ad = _read_ad(page, title, text, RawAd(date_posted=head.date_posted, reader="page"), stated)
        ad = replace(ad, contact="; ".join(filter(None, (ad.contact, *post.leads_to))) or None)
    else:
        text = main_text(page, title)
        if weight(text) < _SHORTEST_AD and not page.og_description.endswith(_CUT_OFF):
            text = max(text, page.og_description, key=weight)  # a post that a script shows, told whole to machines
        ad, stated = _read_fields(page, parts, head, text, owners)
    applies, is_site = bool(parts.controls), _is_site(page, title)
    names_contact = bool(_CONTACT.search(fold(f"{text} {ad.contact} {parts.asked}")))
    # A post in a forum or among small ads has no button for those who apply.
    is_post = not applies and not is_site and load_words().not_ad_titles.isdisjoint(map(fold, page.titles()))
    can_be_offer = names_contact or is_listed
    offered = count_offer_signs(f"{title}\n{text}", can_be_answered=can_be_offer) if post or is_post else 0
    heads_other = 3 * is_site + 3 * (offered < _OFFERS and bool(load_words().listing_titles.search(fold(title or ""))))
    signs = _for(page, ad, stated, applies=applies, offered=offered) + names_contact + 2 * parts.is_closed
    signs += count_ad_signs(page, text) + _LISTED * is_listed - heads_other
    is_offer = bool(post) or (offered >= _OFFERS and can_be_offer)
    # Whatever stands below a thread, and whatever the forum calls it. A site gives one type to all its pages: beside a
    # way to apply it says nothing.
    lists, types = ((), frozenset[str]()) if post else (parts.lists, kinds)
    types |= frozenset() if applies or is_offer else {(page.og_type or "").lower()}
    signs -= _against(page, ad, lists, types, is_offer=is_offer) + _SOLD * (parts.is_sale and not is_offer)
    has_head = sum(map(bool, (ad.hiring_organization, ad.job_location, ad.base_salary, ad.employment_type))) >= 2
    can_be_answered = names_contact or applies or parts.is_closed or has_head or is_listed
    # From here on a page is an ad though it names no way to answer: a script may draw the button, a forum has its own.
    can_be_answered = can_be_answered or len(_distinctive(stated)) >= 2 or signs >= 5 or offered >= _OFFERS
    enough = weight(text) >= (_SHORTEST_POST if offered > 1 or is_listed else _SHORTEST_AD) and bool(title)
    is_ad = kind.name == "ad" and enough and can_be_answered and signs >= 4
    return replace(view, ad=ad, signs=signs, is_ad=is_ad, has_title_only=bool(title) and not enough)


def _survey(page: HtmlPage, group: LinkGroup | None, post: Post | None) -> tuple[_Parts, PageKind, Sequence[str]]:
    """The page's parts and kind, and who may own its site. Around the first post of a thread is no list and no fact."""
    group = None if post else group
    heading = find_title(page)
    # All from the whole tree, before parts of it are taken out.
    prose, heads = measure_prose(page.root, heading, group), list_controls(page, heading)
    owners = find_owners(page, heading)
    parts = _read_parts(page, heading, group)
    parts = replace(parts, rows={}) if post else parts
    signs = PageSigns(
        prose=prose,
        to_apply=parts.controls,
        to_apply_in_cards=parts.offers,
        is_closed=parts.is_closed,
        rows=[*_distinctive(parts.rows), *(["base_salary"] * any(map(is_pay, parts.following[:3])))],
        controls=() if post else heads,
        can_be_answered=bool(_CONTACT.search(fold("\n".join(parts.following)))),
    )
    return parts, judge_page(page, parts.title, group, signs), owners


def _read_fields(
    page: HtmlPage, parts: _Parts, head: RawAd, text: str, owners: Sequence[str] = ()
) -> tuple[RawAd, Mapping[str, str]]:
    """The ad that the page would be, and what its rows state."""
    stated = {**read_labelled_lines(text), **parts.rows}
    # A site whose owner the ad speaks of is that employer's own, and no board's.
    spoken = f"{parts.title}\n{text[:_BEGINNING]}"
    owner = next((name for name in owners if re.search(_WHOLE.format(re.escape(name)), spoken)), None)
    head = replace(head, hiring_organization=head.hiring_organization or owner)
    return _read_ad(page, parts.title, text, head, stated), stated


def read_shown(page: HtmlPage, marked: RawAd, *, is_teaser: bool) -> tuple[RawAd, bool]:
    """What the page shows of an ad that it marks up, and whether it says that the ad is closed.

    The text is read only where the marked-up one ``is_teaser``.
    """
    drop_unseen(page.root)
    group = find_group(page)
    is_titled = next(title_elements(page.root, marked.title), None) is not None
    parts = _read_parts(page, marked.title if is_titled else find_title(page), group)
    head = read_head(page, parts.title, parts.following, parts.rows)
    text = main_text(page, parts.title) if is_teaser else marked.description or ""
    return _read_fields(page, parts, head, text)[0], parts.is_closed


def _read_parts(page: HtmlPage, heading: str | None, group: LinkGroup | None) -> _Parts:
    """The page's parts; its tree is then without clutter, controls and lists of other ads."""
    controls = _apply_controls(page.root)
    # The cards of the page's list of ads that do not hold its title; one alone is no list.
    cards = {link.card for link in group.links} - title_holders(page.root, heading) if group else set()
    cards = cards if len(cards) > 1 else set()
    teasers = {card for card in cards if len(short_text(card, _LONGEST_CARD + 1)) <= _LONGEST_CARD}
    drop_clutter(page, heading)
    lists = find_cards(page.root, heading)
    title = heading or page.title
    if not title and not page.og_title:
        # A fragment without titles is headed by its first heading, unless that is the label of a row.
        headings = map(short_text, page.root.iter("h1", "h2", "h3"))
        title = next(filter(None, headings), None)
        title = None if title and fold(title) in load_words().labels else title
    shown = map(_control_text, page.root.iter("a", "button", "input"))
    is_sale = any(load_words().sale.match(fold(text)) for text in shown if len(text) <= _LONGEST_CONTROL)
    related = find_related(page.root, title)
    in_lists = (card for cards_alike in lists if not are_facts(cards_alike.values()) for card in cards_alike)
    outside = [control for control in controls if cards.isdisjoint((control, *control.iterancestors()))]
    # A control is only there to be clicked, but a link that says where to apply is a part of the text.
    stated = ((control, short_text(control, _LONGEST_CONTROL + 1)) for control in controls)
    bare = [
        control
        for control, text in stated
        if len(text) <= _LONGEST_CONTROL and "@" not in text and not any(map(str.isdigit, text))
    ]
    forms = find_forms(page.root, title)
    asked = " ".join(short_text(form, _LONGEST_CARD) for form in forms)
    drop_elements(page.root, [*bare, *related, *forms, *in_lists, *teasers])
    following = lines_after_title(page.root, title)
    lines = read_labelled_lines("\n".join(following))
    return _Parts(
        title=title,
        lists=lists,
        # The same act again stands in a head that stays when one scrolls.
        controls=len({fold(short_text(control, _LONGEST_CONTROL)) for control in outside}),
        offers=len(controls) - len(outside),
        asked=asked,
        is_sale=is_sale,
        following=following,
        rows={**read_icon_rows(page.root), **lines, **read_label_rows(page.root)},
        # A page that says that an ad is closed is that ad's, if its text is still there.
        is_closed=bool(load_words().closed.search(fold(short_text(page.root, 20_000)))),
    )


def _read_ad(page: HtmlPage, title: str | None, text: str, head: RawAd, stated: Mapping[str, str]) -> RawAd:
    """The ad of a page: what its rows state, and what else stands around its title."""
    place = stated.get("job_location") or stated.get("country")
    # What begins like the row of the place holds a button as well.
    place = place if place and (head.job_location or "").startswith(place) else head.job_location or place
    named = stated.get("hiring_organization", "")
    ad = RawAd(
        title=title and _FRAME.sub("", title),
        description=text or None,
        hiring_organization=head.hiring_organization or (named if can_be_name(named) else None),
        job_location=place,
        contact="; ".join(filter(None, (stated.get("contact"), linked_numbers(page.root)))) or None,
        language=page.language,
        reader="page",
    )
    return completed(completed(ad, stated_by(stated, *_AS_STATED)), head)


def _for(page: HtmlPage, ad: RawAd, stated: Mapping[str, str], *, applies: bool, offered: int) -> int:
    """What speaks for one ad: a way to apply, rows that only ads have, an ad's sections, its words, its address."""
    words = load_words()
    title = fold(ad.title or "")
    text = fold((ad.description or "")[:20_000])
    lines = (ad.description or "").splitlines()
    sections = sum(bare_heading(line) in words.headings for line in lines) or any(map(opens_section, lines))
    containers = page.root.iter("div", "section", "article")
    in_title = len(set(words.vacancy.findall(title)))
    in_text = len(set(words.vacancy.findall(f"{title}\n{text}")))
    return (
        2 * applies
        + min(len(_distinctive(stated)) + ("base_salary" in stated), 4)
        + bool(ad.employment_type)
        + min(sections, 2)
        + min(in_title, 2)
        + 2 * bool(_ANY_GENDER.search(title))
        + max(min(in_text // 2 + (in_text == 3), 2), offered)
        + any(part in words.ad_paths for part in path_parts(page.url)[:-1])
        + bool(ad.hiring_organization and ad.job_location)
        + 2 * any(load_names().ad_text.search(tokens(element)) for element in containers)
    )


def _distinctive(stated: Mapping[str, str]) -> list[str]:
    """The rows that only ads have."""
    return [name for name in stated if name in _DISTINCTIVE or name.startswith("other:")]


def _against(page: HtmlPage, ad: RawAd, lists: tuple[CardList, ...], types: frozenset[str], *, is_offer: bool) -> int:
    """What speaks against one: a title that heads an error or advice, an article, more list than text, or too much."""
    words, title, text = load_words(), fold(ad.title or ""), ad.description or ""
    in_lists = sum(len(card) for cards in lists for card in cards.values())
    names = (heading for heading in page.root.iter("h1") if is_logo(heading))
    others = (words.other_types | words.article_types) - (words.posted_types if is_offer else frozenset())
    return (
        4 * any(fold(part) in words.not_ad_titles for part in title_parts(ad.title or ""))
        + 4 * bool(words.closed.search(title))
        + 5 * bool(words.advice_titles.search(title))
        + 4 * (len(text) > _LONGEST_AD)
        + 2 * (in_lists > 3 * len(text))
        + 4 * any(fold(short_text(name)) == title for name in names)
        + 3 * (title == fold(ad.hiring_organization or " "))
        + 3 * bool(types & others)
        + 2 * (not is_offer and any(part in words.other_paths for part in path_parts(page.url)[:-1]))
    )


def _is_site(page: HtmlPage, title: str | None) -> bool:
    """Whether the page is "Acme | Careers" under no address of an ad: its title is a heading there."""
    words = load_words()
    wholes = [fold(whole) for whole in (page.title, page.og_title) if whole]
    is_called_so = any(part in words.site_additions for whole in wholes for part in title_parts(whole))
    is_called_so = is_called_so and fold(title or "") not in " ".join(wholes)
    return is_called_so and words.ad_paths.isdisjoint(path_parts(page.url)[:-1])


def _leads_to_ads(page: HtmlPage, lists: tuple[CardList, ...]) -> bool:
    """Whether this is a list of ads, an empty one included: by its title, where its lists lead, the words in them."""
    words = load_words()
    if any(words.listing_titles.search(fold(title)) for title in page.titles()):
        return True
    for cards in lists:
        links = (element if element.tag == "a" else next(element.iter("a"), element) for element in cards)
        paths = (path_parts(link.get("href") or "") for link in links)
        if 2 * sum(not words.ad_paths.isdisjoint(path) for path in paths) >= len(cards):
            return True
    text = fold(" ".join(card for cards in lists for card in islice(cards.values(), 20))[:20_000])
    return len(set(words.vacancy.findall(text))) >= 3


def _apply_controls(root: etree._Element) -> list[etree._Element]:
    """What one applies with, a form that asks for a file too. None where the first of it applies a filter."""
    starts = load_words().apply
    found: list[etree._Element] = []
    for element in root.iter("a", "button", "input"):
        if element.get("type") == "file" and any(map(is_filled_in, element.iterancestors("form"))):
            found.append(element)
        text = fold(_control_text(element))
        # Whole words, where the script puts spaces between them.
        begun = [start for start in starts if text.startswith(start)] if text.startswith(starts) else []
        if any(f"{text} "[len(start)] == " " or (len(start) >= 4 and not start.isascii()) for start in begun):
            found.append(element)
        if found and "filter" in text:
            return []
    return found


def _control_text(control: etree._Element) -> str:
    return control.get("value") or "" if control.tag == "input" else short_text(control, 60)
