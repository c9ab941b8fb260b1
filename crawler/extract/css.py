"""CSS selectors of a card, for pages without structured data."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from cssselect import SelectorError
from lxml import etree
from parsel.csstranslator import HTMLTranslator

from crawler.extract.html_document import short_text
from crawler.extract.html_tree import element_to_text, outermost
from crawler.extract.raw import RawAd, RawSalary
from crawler.extract.text import clean_text, join_places, one_line, present
from crawler.extract.urls import joined

Select = Mapping[str, tuple[str, ...]]
"""For a field of an ad, or for a kind of link, the selectors that are tried in turn."""

Found = etree._Element | str
"""An element, or the text that ``::attr(...)`` and ``::text`` give."""

LINES = ("title", "hiring_organization", "country", "employment_type", "date_posted", "valid_through", "language")
TEXTS = ("description", "company_profile")
LINKS = ("url", "apply_url")

MOST = 200
"""Elements that one selector may name a value with."""

MOST_LINKS = 5_000


class BadSelector(ValueError):
    """Raised when a text is no CSS selector, from ``compile_selector``; says what is wrong with it."""


@lru_cache(maxsize=500)
def compile_selector(css: str) -> etree.XPath:
    """The selector, ready to be used; ``::attr(name)`` and ``::text`` are understood. Raises ``BadSelector``."""
    try:
        return etree.XPath(HTMLTranslator().css_to_xpath(css))
    except (SelectorError, etree.XPathError) as err:
        raise BadSelector(f"{err}") from err


def select_ad(root: etree._Element, select: Select, base: str) -> RawAd:
    """The fields of an ad that the selectors find below ``root``; links are made absolute from ``base``."""
    lines = {name: next(iter(_first(root, select.get(name, ()), _line)), None) for name in (*LINES, "base_salary")}
    pay = lines.pop("base_salary")
    return RawAd(
        **lines,
        **{name: "\n\n".join(_first(root, select.get(name, ()), _text)) or None for name in TEXTS},
        **{name: next(iter(_links(root, select.get(name, ()), base)), None) for name in LINKS},
        job_location=join_places(_first(root, select.get("job_location", ()), _line)),
        base_salary=RawSalary(raw=pay) if pay else None,
        contact="; ".join(dict.fromkeys(_first(root, select.get("contact", ()), _contact))) or None,
        reader="select",
    )


def select_links(root: etree._Element, tried: Iterable[str], base: str) -> tuple[str, ...]:
    """Where the elements lead that the first selector to find any names, each address once."""
    return tuple(dict.fromkeys(_links(root, tried, base)))


def _first(
    root: etree._Element, tried: Iterable[str], read: Callable[[Found], str | None], most: int = MOST
) -> list[str]:
    """The texts that the first selector to find any gives."""
    for css in tried:
        found = compile_selector(css)(root)
        listed = found[:most] if isinstance(found, list) else []
        strings = [item for item in listed if isinstance(item, str)]
        elements = outermost(item for item in listed if isinstance(item, etree._Element))
        texts = [text for item in (strings or elements) if (text := read(item))]
        if texts:
            return texts
    return []


def _line(found: Found) -> str | None:
    if isinstance(found, str):
        return present(found)
    for attribute in ("content", "datetime"):
        if found.get(attribute):
            return present(found.get(attribute))
    return present(element_to_text(found)) or present(short_text(found, 1_000)) or present(found.get("value"))


def _text(found: Found) -> str | None:
    if isinstance(found, str):
        return clean_text(found).strip() or None
    return element_to_text(found) or found.get("content")


def _contact(found: Found) -> str | None:
    """What is to be read there, and where it leads: a button that says only "Chat" has its number in the address."""
    address = "" if isinstance(found, str) else found.get("href", "")
    leads_to = one_line(address.removeprefix("tel:").removeprefix("mailto:"))
    return "; ".join(dict.fromkeys(part for part in (_line(found), leads_to) if part)) or None


def _links(root: etree._Element, tried: Iterable[str], base: str) -> list[str]:
    def address(found: Found) -> str | None:
        if isinstance(found, str):
            written = found.strip()
        else:
            written = next((href for link in (found, *found.iter("a")) if (href := link.get("href"))), "").strip()
        return joined(base, written) if written and not written.startswith("#") else None

    return _first(root, tried, address, MOST_LINKS)
