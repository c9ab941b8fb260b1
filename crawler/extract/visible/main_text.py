"""Main text of an ad's page, without navigation, notices and links to other ads."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice, takewhile

from lxml import etree

from crawler.extract.html_document import (
    LEADS_OUT,
    HtmlPage,
    is_small,
    short_text,
    title_elements,
    title_holders,
    tokens,
)
from crawler.extract.html_tree import drop_elements, element_to_text, outermost, tree_depth_and_size
from crawler.extract.text import fold, one_line, weight
from crawler.extract.visible.facts import without_facts
from crawler.extract.visible.words import load_names, load_words

_UNSEEN = etree.XPath("//script | //style | //noscript | //template | //svg | //iframe | //object")
_WINDOWS = etree.XPath("//div[contains(@class, 'modal') and contains(@class, 'fade')]")
_SHUT, _OPEN = {"modal", "fade"}, {"show", "in"}
"""What Bootstrap, on many a site, names a window that opens on a click, and one that is open."""

_CLUTTER_TAGS = {"nav", "dialog", "option", "optgroup", "datalist"}
"""A choice stays without what is to choose from: what stands before it is a label of a form."""

_NEVER_CLUTTER = {"html", "body", "main", "article", "h1"}
_ROLES = {"navigation", "dialog", "alertdialog", "banner", "search", "contentinfo", "tooltip"}
_MENU_TAGS = frozenset({"ul", "ol", "table", "div", "td", "nav", "aside", "p"})
_LONGEST_HEADING = 60
_MOST_POSTS = 500
_MOST_LINKS = 10
_SHORTEST_POST = 25
"""A shorter one is a label over the posts, or a picture."""

_BESIDE_POST = 4
"""Levels above the only post of a thread in which whoever wrote it is named."""

_NOT_ASKED = {"hidden", "submit", "button", "image", "reset"}
_SHORT_FORM, _LONG_FORM = 3, 10
"""Fields that a form asks for."""

_PER_FIELD = 60
"""What a form says beside each field that it asks for; twice as much in a long one, which is explained."""

_HEADING_TAGS = ("h1", "h2", "h3", "h4", "h5", "h6", "b", "strong", "p", "div", "span", "th", "td", "dt", "legend")


def drop_unseen(root: etree._Element) -> None:
    """Takes out what nobody reads on the page."""
    shut = (
        element
        for element in _WINDOWS(root)
        if (names := {*element.get("class").split()}) >= _SHUT and not names & _OPEN
    )
    # What is shown without scripts is the page where a script draws nearly all of it.
    without_scripts = list(root.iter("noscript"))
    shown = weight(element_to_text(root)) if without_scripts else 0
    for element in without_scripts:
        element.tag = "div"
        element.tag = "div" if weight(element_to_text(element)) > max(shown, _SURE) else "noscript"
    drop_elements(root, [*_UNSEEN(root), *shut])


@dataclass(frozen=True, slots=True)
class Post:
    """The first post of a thread."""

    text: str
    leads_to: tuple[str, ...]
    """Addresses elsewhere behind its words, which do not spell them out."""


def take_post(page: HtmlPage) -> Post | None:
    """The first post of a thread, whose other posts go out of the tree; None where the page is no thread.

    A thread is what holds texts named as posts beside those who wrote them.
    """
    names = load_names()
    boxes = page.root.iter("div", "td", "article", "section", "blockquote")
    named = (
        item
        for item in boxes
        if item.get("itemprop") == "text"
        or (names.post.search(tokens(item)) and not names.other_post.search(tokens(item)))
    )
    posts = [item for item in islice(outermost(named), _MOST_POSTS) if weight(short_text(item)) >= _SHORTEST_POST]
    if not posts:
        return None
    above = set(posts[0].iterancestors())
    rows = [[item for item in (post, *post.iterancestors()) if item not in above][-1] for post in posts[1:]]
    beside = [posts[0], *islice(posts[0].iterancestors(), _BESIDE_POST)]
    written = (item for row in rows or beside for item in row.iter() if isinstance(item.tag, str))
    if not any(names.post_author.search(tokens(item)) for item in written):
        return None
    drop_elements(page.root, rows)
    inner = next((item for item in posts[0].iterdescendants() if item.get("class") in names.post_inside), posts[0])
    text, host = element_to_text(inner), page.url.partition("://")[2].partition("/")[0]
    links = (one_line(link.get("href") or "") for link in inner.iter("a"))
    behind = (link for link in links if link.startswith(LEADS_OUT) and link.split("/")[2:3] != [host])
    unsaid = dict.fromkeys(link for link in behind if link.partition(":")[2].strip("/") not in text)
    return Post(text, tuple(islice(unsaid, _MOST_LINKS)))


def drop_clutter(page: HtmlPage, title: str | None) -> None:
    """Takes out what is on every page of a site: navigation, footers, dialogs, cookie notices, related ads.

    Never what holds the title: some sites wrap the whole page in a form, a banner or a modal.
    """
    holders, clutter_names = title_holders(page.root, title), load_names().clutter
    waiting = [page.root]
    clutter: list[etree._Element] = []
    while waiting:
        element = waiting.pop()
        if not isinstance(element.tag, str):
            continue
        is_clutter = element.tag in _CLUTTER_TAGS or element.get("role") in _ROLES
        if element.tag == "footer":
            # The foot of a card or an article says who hires and where.
            is_clutter = not any(above.tag in {"article", "section", "li"} for above in element.iterancestors())
        elif not is_clutter:
            is_clutter = element.get("aria-modal") == "true" or bool(clutter_names.search(tokens(element)))
        if is_clutter and element not in holders and element.tag not in _NEVER_CLUTTER:
            clutter.append(element)
        else:
            waiting += element
    drop_elements(page.root, clutter)


def find_related(root: etree._Element, title: str | None) -> tuple[etree._Element, ...]:
    """The parts of a page that a heading such as ``Similar jobs`` stands over. Never what holds the title."""
    holders, related = title_holders(root, title), load_words().related
    found: list[etree._Element] = []
    for element in filter(is_small, root.iter(*_HEADING_TAGS)):
        text = short_text(element, _LONGEST_HEADING + 1)
        if not 0 < len(text) <= _LONGEST_HEADING or element in holders or not related.search(fold(text)):
            continue
        if next(element.iterancestors("a"), None) is not None or _has_link(element):
            continue
        node, parent = element, element.getparent()
        for _ in range(5):
            if parent is None or parent in holders or short_text(parent, _LONGEST_HEADING + 1) != text:
                break
            node, parent = parent, parent.getparent()
        if parent is None:
            continue
        # The box that the heading opens, or else the elements with links that follow it.
        if parent.tag != "body" and parent not in holders and short_text(parent, _LONGEST_HEADING).startswith(text):
            found += [parent] if _has_link(parent) else []
        else:
            following = (item for item in node.itersiblings() if item.tag not in {"br", "hr"})
            linked = list(takewhile(lambda item: item not in holders and _has_link(item), following))
            found += [node, *linked] if linked else []
    return tuple(found)


def _has_link(element: etree._Element) -> bool:
    return next(element.iter("a"), None) is not None


def find_forms(root: etree._Element, title: str | None) -> tuple[etree._Element, ...]:
    """The forms of which each holds little more than the names of what it asks. Never what holds the title: some sites
    wrap the whole page in a form."""
    found: list[etree._Element] = []
    for form in root.iter("form"):
        asked = sum(field.get("type") not in _NOT_ASKED for field in form.iter("input", "textarea", "select"))
        most = _PER_FIELD * (2 if asked >= _LONG_FORM else 1)
        if asked >= _SHORT_FORM and weight(element_to_text(form)) <= most * asked:
            found.append(form)
    holders = title_holders(root, title) if found else set()
    return tuple(form for form in found if form not in holders)


def drop_menus(root: etree._Element, title: str | None) -> None:
    """Takes out what consists of links and little else. A list of tags in an ad looks no different."""
    holders = title_holders(root, title)
    menus = [
        element
        for element, mine in _measured(root, len).items()
        if element.tag in _MENU_TAGS
        and mine.links >= 3
        and mine.text < 1_000
        and mine.in_links >= 0.6 * mine.text
        and element not in holders
    ]
    drop_elements(root, menus)


@dataclass(slots=True)
class _Measure:
    """How much text an element has, in how many links, and how much of it there."""

    text: int = 0
    links: int = 0
    in_links: int = 0


def _measured(root: etree._Element, size_of: Callable[[str], int]) -> dict[etree._Element, _Measure]:
    """Each element with its measure, in the page's order. One pass for all: they may be nested a thousand deep."""
    found: dict[etree._Element, _Measure] = {}
    opened = [_Measure()]
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            found[element] = _Measure(size_of((element.text or "").strip()))
            opened.append(found[element])
            continue
        mine, above = opened.pop(), opened[-1]
        if element.tag == "a":
            mine.links, mine.in_links = mine.links + 1, mine.text
        above.text += mine.text + size_of((element.tail or "").strip())
        above.links += mine.links
        above.in_links += mine.in_links
    return found


def without_foot(text: str) -> str:
    """The text without the last lines from where they say whose page it is."""
    lines = text.splitlines(keepends=True)
    left = len(text)
    for number, line in enumerate(lines):
        if left <= 600 and number and _is_foot(line):
            return "".join(lines[:number]).rstrip()
        left -= len(line)
    return text


def _is_foot(line: str) -> bool:
    """Whether a line says whose page it is."""
    return fold(line[:40]).startswith(("©", "copyright", "(c) 2")) or bool(load_words().rights.search(fold(line)))


_LEAST_PROSE = 80
"""Prose from which more is told beside a title than an ad's head."""

_MOST = 0.95
"""The share of a part's text from which a part of it is the ad."""


def _find_main_block(root: etree._Element, title: str | None) -> str:
    """The text of the tightest part that holds nearly all of the page's text, with the sections beside it."""
    depth, size = tree_depth_and_size(root)
    if depth > 150 or size > 15_000:
        return ""
    heading = next(title_elements(root, title), None)
    body = root.find("body")
    block = root if body is None else body
    held = _weigh(block, heading)
    while (tighter := next((child for child in block if held[child] > _MOST * held[block]), None)) is not None:
        block = tighter
    if not held[block]:
        return ""
    # As wide as it can be without taking in the title or the rest of the page.
    above = set(heading.iterancestors()) if heading is not None else set()
    while block not in above:
        parent = block.getparent()
        if parent is None or parent in above or parent.tag in {"body", "html"}:
            break
        # A parent with three times the text holds other things than the ad.
        if len(element_to_text(parent)) > 3 * max(1, len(element_to_text(block))):
            break
        block = parent
    if heading is None or block not in above:
        return element_to_text(block)

    # The block's children behind the one that holds the title.
    path = {heading, *above}
    children = [child for child in block if isinstance(child.tag, str)]
    at = next((number for number, child in enumerate(children) if child in path), -1)
    parts = children[at + 1 :]
    while parts and not held[parts[-1]]:
        parts.pop()
    inside = takewhile(lambda node: node is not block, (heading, *heading.iterancestors()))
    behind = [item for node in inside for item in node.itersiblings() if isinstance(item.tag, str)]
    beside = "\n".join(map(element_to_text, takewhile(lambda item: item not in parts, behind)))
    # What shares a box with the title is its head only if nothing is told there, however much stands below the box.
    if sum(held[part] for part in parts) > held[children[at]] and _prose(without_facts(beside)) < _LEAST_PROSE:
        return "\n".join(map(element_to_text, parts)).strip()
    # The text stands beside its title, in one of several columns: all behind the title, what is next to it first.
    return "\n".join(map(element_to_text, behind)).strip()


def _weigh(body: etree._Element, heading: etree._Element | None) -> Counter[etree._Element]:
    """How much text stands in each element, without links and the title."""
    held: Counter[etree._Element] = Counter()
    starts = load_words().apply
    # From the end: when an element's turn comes, all that stands in it has been weighed.
    for element in reversed(list(body.iter())):
        is_read = element is not heading and element.tag != "a"
        for text in (element.text, *(child.tail for child in element)) if is_read else ():
            line = (text or "").strip()
            size = weight(line)
            if size < 8:
                continue
            # What one clicks to apply, and the page's foot, say nothing of the ad.
            is_control = len(line) <= 40 and "@" not in line and fold(line).startswith(starts)
            if not is_control and not _is_foot(line):
                held[element] += size
        parent = element.getparent()
        if parent is not None:
            held[parent] += held[element]
    return held


_CONTAINERS = frozenset({"div", "section", "article", "td", "ul", "span", "p", "dd", "main", "pre"})
_LEAST = 120
_SURE = 300
"""What is named a description and is shorter may be a note below the ad, if there is much more text elsewhere."""

_MORE_PROSE = 5
"""How much more the main block says than what is named a description, if that was only named like it."""


def main_text(page: HtmlPage, title: str | None) -> str:
    """The ad's text, or the page's main text where nothing is named as such; empty where there is none.

    Expects a tree without clutter and lists, and takes menus out of it.
    """
    containers = _named_containers(page.root, title)
    text = "\n\n".join(element_to_text(container) for container in containers)
    # The page as a whole is cheap to weigh, and most named descriptions hold nearly all of its prose.
    named = _prose(text)
    if weight(text) < _SURE or _prose(element_to_text(page.root)) > _MORE_PROSE * named:
        drop_menus(page.root, title)
        block = without_foot(_find_main_block(page.root, title))
        is_note = weight(text) < _SURE and len(block) > 4 * len(text)
        if weight(text) < _LEAST or is_note or _prose(block) > _MORE_PROSE * named:
            text = block
    first, _, rest = text.partition("\n")
    return rest.strip() if title and fold(first) == fold(title) else text.strip()


def _prose(text: str) -> int:
    # A shorter line is a label or a fact.
    return sum(size for line in text.splitlines() if (size := weight(line.strip())) >= 25)


def _named_containers(root: etree._Element, title: str | None) -> list[etree._Element]:
    """What the page's author named a description: the tightest element with most of it, and its like beside it.

    Such elements have enough text, mostly not in links, and not the title.
    """
    wanted, names = fold(title or ""), load_names()
    headings = (heading for heading in root.iter("h1") if wanted and fold(short_text(heading)) == wanted)
    titled = {above for heading in headings for above in (heading, *heading.iterancestors())}
    named: dict[etree._Element, int] = {}
    for element, mine in _measured(root, weight).items():
        if element.tag in _CONTAINERS and mine.text >= _LEAST / 3 and mine.in_links < mine.text / 2:
            name = tokens(element)
            if names.text.search(name) and not names.other_text.search(name) and element not in titled:
                named[element] = mine.text
    best = max(named, key=lambda element: named[element], default=None)
    if best is None:
        return []
    for element in islice(best.iterdescendants(), 20_000):
        if named.get(element, 0) > 0.7 * named[best]:
            best = element
    beside = {best, *islice(best.itersiblings(), 50), *islice(best.itersiblings(preceding=True), 50)}
    return [element for element in named if element in beside and tokens(element) == tokens(best)]
