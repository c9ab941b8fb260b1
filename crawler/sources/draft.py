"""Draft of a source card from some pages of a board, for a person to review."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from lxml import etree

from crawler.errors import BadSourceCard
from crawler.extract.css import select_ad, select_links
from crawler.extract.html_document import base_of, join, open_page
from crawler.extract.raw import SavedPage
from crawler.extract.text import fold, one_line
from crawler.extract.urls import is_loopback
from crawler.sources.card import FILE_NAME, Source, keys_of
from crawler.sources.trial import VISIBLE, Trial, locate, shared_selectors, shown_value, tree_of, try_page

_FIELDS = (
    "title", "hiring_organization", "job_location", "base_salary", "employment_type", "date_posted", "valid_through",
    "contact", "description",
)  # fmt: skip
_MAKE_AN_AD = frozenset({"title", "description"})
"""What these find makes any page an ad, so their selectors must be at home on pages of ads alone."""

_TAG = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A card that nobody has looked at yet."""

    select: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...]
    """What has no selector, and why."""

    text: str
    """The card as TOML, switched off."""

    trials: tuple[Trial, ...]
    """What was seen on each page, without the selectors."""


@dataclass(slots=True)
class _Found:
    """Selectors and remarks as they come together."""

    select: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    structured: dict[str, dict[str, None]] = field(default_factory=dict)
    """By kind of structured data, the fields that it has."""


def name_of(address: str) -> str:
    """A source's name made of the host's."""
    host = re.sub(r"^www\.", "", urlsplit(address).hostname or "")
    name = re.sub(r"[^a-z0-9]+", "-", host.lower()).strip("-")[:60]
    return name if re.fullmatch(FILE_NAME, name) else "new-board"


def draft_card(
    pages: Sequence[SavedPage], *, name: str, title: str, review: Mapping[str, object], at: datetime
) -> Draft:
    """A card for the board that these pages are of: listings, ads or both.

    ``review`` has the card's keys that say who has read the source's terms, if anybody has. Fields that structured data
    says get no selector, since it is read first and without one. Raises ``BadSourceCard`` where no page is a listing or
    an ad.
    """
    trials = [try_page(page, {}, at=at) for page in pages]
    listings = [trial for trial in trials if trial.outcome == "listing"]
    ads = [trial for trial in trials if trial.outcome == "ad"]
    if not (listings or ads):
        seen = "; ".join(f"{trial.page.url}: {trial.reason or 'neither'}" for trial in trials)
        raise BadSourceCard(f"expected the page of a listing or of an ad, found none ({seen})")
    found = _Found()
    for trial in listings:
        _add_links(trial, found)
    for key in _FIELDS:
        _add_field(key, ads, listings, found)
    found.notes += [f"read from the page's {kind}: {', '.join(keys)}" for kind, keys in found.structured.items()]
    if not listings:
        found.notes.append("no listing was among the pages: name the board's listing pages in start")
    if not ads:
        found.notes.append("no ad was among the pages: its fields are read as on any other page")
    select = {key: tuple(tried) for key, tried in found.select.items()}
    card = _card(name, title, [trial.page for trial in listings or ads], pages, review)
    return Draft(select=select, notes=tuple(found.notes), text=_text(card, select, found.notes), trials=tuple(trials))


def _add_links(trial: Trial, found: _Found) -> None:
    root = tree_of(trial.page)
    for key, wanted in (("ad_links", trial.listing.links), ("next_page", trial.listing.next_pages)):
        if not wanted or _leads_to(root, trial.page, found.select.get(key, ()), wanted):
            continue
        fitting = (
            css for css in _link_selectors(root, trial.page, wanted) if _leads_to(root, trial.page, [css], wanted)
        )
        if css := next(fitting, None):
            found.select.setdefault(key, []).append(css)
        else:
            what = f"{len(wanted)} links to ads" if key == "ad_links" else "the next page"
            found.notes.append(
                f"{key}: no selector finds just the {what} of {trial.page.url}; the crawl finds them itself"
            )


def _link_selectors(root: etree._Element, page: SavedPage, wanted: Sequence[str]) -> Iterator[str]:
    base = base_of(root, page.url)
    links = [link for link in root.iter("a", "link") if join(base, link.get("href")) in wanted]
    if len(wanted) == 1 and any("next" in (link.get("rel") or "").split() for link in links):
        yield '[rel="next"]'
    links = [link for link in links if link.tag == "a"]
    titles: dict[str | None, etree._Element] = {}  # of several links to one ad, the first: a picture or the title
    for link in links:
        titles.setdefault(link.get("href"), link)
    for group in (links, list(titles.values())):
        if group:
            yield from shared_selectors(group)


def _leads_to(root: etree._Element, page: SavedPage, tried: Sequence[str], wanted: Sequence[str]) -> bool:
    base = base_of(root, page.url)
    found = {join(base, link) for link in select_links(root, tried, base)}
    return bool(tried) and found == set(wanted)


def _add_field(key: str, ads: Sequence[Trial], listings: Sequence[Trial], found: _Found) -> None:
    missed: set[str] = set()
    for trial in ads:
        trace = next((each for each in trial.ads[0] if each.name == key), None)
        if trace is None:
            continue
        if trace.kind not in VISIBLE:
            found.structured.setdefault(trace.kind, {})[key] = None
            continue
        if _value(trial, key, *found.select.get(key, ())) == " ".join(trace.value.split()):
            continue
        if css := locate(tree_of(trial.page), key, trace.value, accepts=partial(_fits, key, trial, ads, listings)):
            found.select.setdefault(key, []).append(css)
        else:
            missed.add(f"{key}: no element of a name holds it alone; it is read from the page's text")
    found.notes += sorted(missed) if key not in found.select else []


def _fits(key: str, own: Trial, ads: Sequence[Trial], listings: Sequence[Trial], css: str) -> bool:
    """Whether a selector says nothing wrong of the other pages."""
    if key in _MAKE_AN_AD and (_TAG.fullmatch(css) or any(_value(trial, key, css) for trial in listings)):
        return False
    if key != "description":
        others = (trial for trial in ads if trial is not own)
        return all(_value(trial, key, css) in (None, one_line(_read(trial, key) or "")) for trial in others)
    # A block must not begin above the ad's text, at its title.
    text = select_ad(tree_of(own.page), {key: (css,)}, own.page.url).description
    lines = {fold(line) for line in (text or "").splitlines()}
    lines -= {fold(line) for line in (_read(own, key) or "").splitlines()}
    return fold(_read(own, "title") or "") not in lines


def _value(trial: Trial, key: str, *tried: str) -> str | None:
    value = getattr(select_ad(tree_of(trial.page), {key: tried}, trial.page.url), key)
    return " ".join(shown_value(value).split()) if value else None


def _read(trial: Trial, key: str) -> str | None:
    return next((trace.value for trace in trial.ads[0] if trace.name == key), None)


def _card(
    name: str, title: str, starts: Sequence[SavedPage], pages: Sequence[SavedPage], review: Mapping[str, object]
) -> dict[str, object]:
    """The card's keys, in the order in which cards have them."""
    hosts = {urlsplit(page.url).netloc for page in pages} - {urlsplit(page.url).netloc for page in starts}
    languages = {open_page(tree_of(page), "").language or "" for page in pages}
    language = languages.pop() if len(languages) == 1 else ""
    card: dict[str, object] = {
        "name": name,
        "title": title,
        "kind": "board",
        "start": [page.url for page in starts],
        "hosts": sorted(hosts),
        "language": language if keys_of(Source)["language"].accepts(language) else "",
        "local": all(is_loopback(urlsplit(page.url).hostname or "") for page in pages),
        **review,
    }
    return {key: value for key, value in card.items() if value}


def _text(card: Mapping[str, object], select: Mapping[str, tuple[str, ...]], notes: Sequence[str]) -> str:
    lines = [
        "# Drafted by `lurewatch sources new`. To review it, try it on further pages with `lurewatch sources try`,",
        "# and then take out switched_off.",
        *(f"{key} = {_toml(value)}" for key, value in card.items()),
        "switched_off = true",
    ]
    if not {"local", "reviewed_on"} & set(card):
        lines += ["# reviewed_on, reviewed_by, permission: nobody has read the source's terms yet."]
    if select:
        lines += ["", "[select]"]
        lines += [f"{key} = {_toml(tried[0] if len(tried) == 1 else list(tried))}" for key, tried in select.items()]
    if notes:
        lines += ["", *(f"# {one_line(note)}" for note in notes)]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if not isinstance(value, str):  # true, or a day
        return str(value).lower()
    if '"' in value and value.isprintable() and "'" not in value:
        return f"'{value}'"
    # JSON writes texts as TOML does, but for one character that TOML forbids bare.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
