"""Pages built otherwise that say the same: other names, wrappers, languages."""

import json
import random
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from crawler.extract.html_tree import parse_html
from crawler.extract.page import read_page
from crawler.extract.text import to_utf8
from crawler.extract.visible.listing import read_listing
from crawler.files import read_word_list

PAGES = Path(__file__).parents[1] / "pages"
SHARED = Path(__file__).parents[3].parent / "shared" / "boards"
MUTATIONS = 5
SAME = 0.9
"""The share of mutations that must change nothing."""

NAMES = ("class", "id")
BLOCKS = ("nav", "aside", "footer", "header")
NEUTRAL = ("row", "col", "box", "wrap", "inner", "item", "block", "cell")

Mutation = Callable[[etree._Element, random.Random], None]


def rename(root: etree._Element, say: random.Random) -> None:
    """Every name that is only for style becomes another one, the same everywhere."""
    number = say.randrange(1000)
    for element in root.iter():
        for name in NAMES:
            given = element.get(name, "").split()
            if given:
                element.set(name, " ".join(f"{one[:1]}{hash_of(one) % 9973}x{number}" for one in given))


def hash_of(text: str) -> int:
    return sum(number * ord(char) for number, char in enumerate(text, 1))


def wrap(root: etree._Element, say: random.Random) -> None:
    """Some elements stand in one more."""
    body = root.find("body")
    inside = [one for one in body.iter("div", "p", "ul", "table", "h1", "section", "dl") if one is not body]
    for element in say.sample(inside, min(len(inside), 1 + len(inside) // 5)):
        parent = element.getparent()
        if parent is None or parent.tag in {"ul", "ol", "tr", "table", "tbody", "dl"}:
            continue
        wrapper = etree.Element("div", {"class": say.choice(NEUTRAL)})
        wrapper.tail, element.tail = element.tail, None
        parent.replace(element, wrapper)
        wrapper.append(element)


def reorder(root: etree._Element, say: random.Random) -> None:
    """What is no part of the ad stands elsewhere."""
    body = root.find("body")
    for element in [one for one in body if one.tag in BLOCKS]:
        body.remove(element)
        body.insert(0 if say.random() < 0.5 else len(body), element)


def drop_ids(root: etree._Element, say: random.Random) -> None:
    """No element has an id."""
    for element in root.iter():
        element.attrib.pop("id", None)


@cache
def labels() -> dict[str, list[str]]:
    """For each label all others of the same meaning."""
    table = read_word_list("words")["labels"]
    return {word: words for name, words in table.items() if name != "other" for word in words}


def translate(root: etree._Element, say: random.Random) -> None:
    """Labels of facts stand in another language."""
    for element in root.iter("th", "dt", "td", "span", "strong", "b", "div"):
        text = (element.text or "").strip(" :：\n\t").lower()
        if text in labels() and len(element) == 0 and say.random() < 0.5:
            element.text = element.text.replace(element.text.strip(" :：\n\t"), say.choice(labels()[text]).capitalize())


KINDS: tuple[Mutation, ...] = (rename, wrap, reorder, drop_ids, translate)


def mutated(page: bytes, seed: int) -> bytes:
    """The page after one or two mutations."""
    root = parse_html(to_utf8(page))
    assert root is not None
    say = random.Random(seed)
    for mutate in say.sample(KINDS, 1 + seed % 2):
        mutate(root, say)
    return b"<!DOCTYPE html>" + etree.tostring(root, encoding="utf-8", method="html")


def reading(page: bytes, url: str) -> tuple[object, ...]:
    """What matters of a page: its kind, and the ad's title and employer, or where it leads."""
    found = read_page(page, url=url)
    if found.ads:
        return found.outcome, *((ad.title, ad.hiring_organization) for ad in found.ads)
    return found.outcome, read_listing(page, url=url, home=url, select={}).links


def invented() -> Iterator[tuple[str, Path, str]]:
    for folder in ("unseen", "held_out", "listing"):
        for path in sorted((PAGES / folder).glob("*.html")):
            yield f"{folder}/{path.stem}", path, json.loads(path.with_suffix(".json").read_text("utf-8"))["url"]


def shared() -> Iterator[tuple[str, Path, str]]:
    for path in sorted((SHARED / "files").glob("*.html")):
        if path.stat().st_size < 150_000:
            yield re.sub(r"[^\w-]", "_", path.stem)[:50], path, f"http://127.0.0.1/{path.stem}"


def share_unchanged(path: Path, url: str, count: int) -> float:
    page = path.read_bytes()
    plain = parse_html(to_utf8(page))
    assert plain is not None
    before = reading(b"<!DOCTYPE html>" + etree.tostring(plain, encoding="utf-8", method="html"), url)
    return sum(reading(mutated(page, seed), url) == before for seed in range(count)) / count


def test_pages_that_are_built_otherwise_are_read_the_same() -> None:
    shares = {name: share_unchanged(path, url, MUTATIONS) for name, path, url in invented()}
    assert len(shares) >= 70
    assert sum(shares.values()) / len(shares) >= SAME, {name: share for name, share in shares.items() if share < SAME}


@pytest.mark.shared
@pytest.mark.skipif(not (SHARED / "index.csv").is_file(), reason="needs ../shared/boards")
def test_real_pages_that_are_built_otherwise_are_read_the_same() -> None:
    shares = {name: share_unchanged(path, url, MUTATIONS) for name, path, url in shared()}
    assert len(shares) >= 20
    assert sum(shares.values()) / len(shares) >= SAME, {name: share for name, share in shares.items() if share < SAME}
