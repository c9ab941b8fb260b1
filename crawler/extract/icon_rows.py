"""What a page says in lines that an icon introduces: a pin before the place, coins before the pay."""

import re
from collections.abc import Mapping

from lxml import etree

from crawler.extract.head_card import is_employment
from crawler.extract.html_page import is_small, short_text, tokens
from crawler.extract.plain_text import fold, present
from crawler.extract.words import load_words

__all__ = ["read_icon_rows"]

_ICON = re.compile(
    r"(?:^|[\s_-])(?:fa[srlbd]?|bi|bx|glyphicons?|icons?|ico|ti|la|las|mdi|ri|lucide|lnr|flaticon|icofont|uil|ph|svg)(?:$|[\s_-])"
)
_SETS = re.compile(
    r"^(?:fa[srlbd]?|bi|bxs?|glyphicons?|icons?|ico|ti|las?|mdi|ri|lucide|lnr|flaticon|icofont|uil|ph|svg)[-_]"
    r"|[-_](?:icons?|ico|svg|fill|line|outline|alt|solid|regular|o|\d)$"
)
_LONGEST = 100


def read_icon_rows(root: etree._Element) -> Mapping[str, str]:
    """Field to the first line that an icon of that meaning introduces."""
    found: dict[str, str] = {}
    for icon in root.iter("i", "span", "img", "em"):
        field = _meaning(icon)
        if field and field not in found:
            line = _line(icon)
            if line and _can_be(field, line):
                found[field] = line
    return found


def _meaning(icon: etree._Element) -> str | None:
    if len(icon) or (icon.text or "").strip():
        return None
    name = tokens(icon)
    if not name or not (icon.tag == "i" or _ICON.search(name)):
        return None
    icons = load_words().icons
    return next((icons[bare] for one in name.split() if (bare := _bare(one)) in icons), None)


def _bare(name: str) -> str:
    """The icon's name without the name of its set and without how it is drawn."""
    last = None
    while name != last:
        last, name = name, _SETS.sub("", name)
    return name


def _line(icon: etree._Element) -> str | None:
    """The text behind the icon: its tail, the next element, or what else is in its box."""
    following = icon.getnext()
    boxed = icon.getparent()
    beside = (element for element in (following, boxed) if element is not None and is_small(element))
    texts = (icon.tail or "", *(short_text(element, _LONGEST + 1) for element in beside))
    line = next((line for text in texts if (line := present(text.strip(" \t\n:：|·•-")))), None)
    return line if line and len(line) <= _LONGEST else None


def _can_be(field: str, line: str) -> bool:
    words = load_words()
    if fold(line) in words.labels:
        return False
    if field == "base_salary":
        return any(map(str.isdigit, line))
    if field == "employment_type":
        return is_employment(line)
    return any(map(str.isalpha, line)) and not any(map(str.isdigit, line[:1]))
