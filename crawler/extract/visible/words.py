"""The words around ads on job boards, from ``words.toml``."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from crawler.extract.text import fold
from crawler.files import read_word_list

__all__ = ["Words", "load_words"]

_Tree = dict[str, "_Tree"]
_END = ""
_NUMBER = r"\d[\d.,\s]{0,20}\+?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Everything folded and ready to compare."""

    labels: dict[str, str]
    """Label to the RawAd field it names, or ``other``."""

    signs: dict[str, str]
    """A picture to the RawAd field that it stands for."""

    icons: dict[str, str]
    """An icon's name to the RawAd field that it stands for."""

    company_forms: re.Pattern[str]
    company_starts: tuple[str, ...]
    """In capitals, as written."""

    posted: tuple[str, ...]
    posted_ends: tuple[str, ...]
    related: re.Pattern[str]
    rights: re.Pattern[str]
    employment: frozenset[str]
    headings: frozenset[str]
    apply: tuple[str, ...]
    vacancy: re.Pattern[str]
    title_labels: frozenset[str]
    """What stands before an ad's title."""

    generic_titles: frozenset[str]
    """Headings that name the kind of page or a part of every page, and no ad."""

    search: re.Pattern[str]
    """What the headings of search forms say."""

    not_ad_titles: frozenset[str]
    listing_titles: re.Pattern[str]
    advice_titles: re.Pattern[str]
    closed: re.Pattern[str]
    ad_paths: frozenset[str]
    company_paths: frozenset[str]
    other_paths: frozenset[str]


@cache
def load_words() -> Words:
    """The words; read once, because they are part of the program."""
    table = read_word_list("words")
    return Words(
        labels={fold(word): name for name, words in table["labels"].items() for word in words},
        signs={sign: name for name, signs in table["signs"].items() for sign in signs},
        icons={icon: name for name, icons in table["icons"].items() for icon in icons},
        company_forms=_any_of(table["company_forms"]["words"]),
        company_starts=tuple(table["company_forms"]["starts"]),
        posted=tuple(map(fold, table["posted"]["starts"])),
        posted_ends=tuple(map(fold, table["posted"]["ends"])),
        related=_any_of(table["related"]["headings"]),
        rights=_any_of(table["rights"]["words"]),
        employment=frozenset(map(fold, table["employment"]["lines"])),
        headings=frozenset(map(fold, table["sections"]["headings"])),
        apply=tuple(map(fold, table["apply"]["starts"])),
        vacancy=_any_of(table["vacancy"]["words"]),
        title_labels=frozenset(map(fold, table["titles"]["labels"])),
        generic_titles=frozenset(map(fold, table["titles"]["generic"])),
        search=_any_of(table["titles"]["search"]),
        not_ad_titles=frozenset(map(fold, table["titles"]["not_an_ad"])),
        listing_titles=_any_of(table["titles"]["listing"]),
        advice_titles=_any_of(table["titles"]["advice"]),
        closed=_any_of(table["closed"]["phrases"]),
        ad_paths=frozenset(table["address"]["ad"]),
        company_paths=frozenset(table["address"]["company"]),
        other_paths=frozenset(table["address"]["not_an_ad"]),
    )


def _any_of(words: list[str]) -> re.Pattern[str]:
    """Any of the words, the longest first; whole where the script has spaces between words."""
    folded = dict.fromkeys(map(fold, words))
    numbered = [re.escape(word).replace(r"\{n\}", _NUMBER) for word in folded if "{n}" in word]
    plain = [word for word in folded if "{n}" not in word]
    parts = [rf"(?<!\w){pattern}(?!\w)" for pattern in sorted(numbered, key=len, reverse=True)]
    parts += _starts(_tree(filter(_is_spaced, plain)), is_spaced=True)
    parts += _starts(_tree(word for word in plain if not _is_spaced(word)), is_spaced=False)
    return re.compile("|".join(parts))


def _is_spaced(word: str) -> bool:
    return word.isascii() or (word[0].isalpha() and ord(word[0]) < 0x0E00)


def _tree(words: Iterable[str]) -> _Tree:
    """The words by their first letter, then their second, and so on."""
    tree: _Tree = {}
    for word in words:
        node = tree
        for char in word:
            node = node.setdefault(char, {})
        node[_END] = {}
    return tree


def _starts(tree: _Tree, *, is_spaced: bool) -> list[str]:
    """A pattern for each first letter: a search tries one of them at most, where it stands."""
    parts = []
    end = r"(?!\w)" if is_spaced else ""
    for char, below in tree.items():
        first = re.escape(char)
        parts.append(first + (rf"(?<!\w{first})" if is_spaced else "") + _branches(below, end))
    return parts


def _branches(node: _Tree, end: str) -> str:
    """What may follow a beginning, the longest first."""
    parts = [re.escape(char) + _branches(below, end) for char, below in node.items() if char != _END]
    if _END in node:
        parts.append(end)
    return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"
