"""Vocabulary of job boards' pages, ready to compare."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from crawler.extract.text import fold
from crawler.extract.vocabulary import tree_patterns
from crawler.files import read_word_list

__all__ = ["Names", "Words", "any_of", "load_names", "load_words"]

_SHORT = 5
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

    per: re.Pattern[str]
    """A label and the unit it adds: ``salary per month``."""

    company_forms: re.Pattern[str]
    company_starts: tuple[str, ...]
    """In capitals, as written."""

    posted_start: re.Pattern[str]
    posted_ends: tuple[str, ...]
    posted_today: frozenset[str]
    until_start: re.Pattern[str]
    vague: frozenset[str]
    """Labels that name a place only where no better one does."""

    remote: frozenset[str]
    years: re.Pattern[str]
    logo: re.Pattern[str]
    logo_words: tuple[str, ...]
    """The longest first."""

    hires: re.Pattern[str]
    """An employer's name and what says that it hires: group 1."""

    at: re.Pattern[str]
    """What stands before an employer's name, and that: group 1."""

    within: re.Pattern[str]
    """What stands before a place, and that: group 1."""

    by: re.Pattern[str]
    by_words: frozenset[str]
    own_site: re.Pattern[str]
    """What an employer's own site calls itself: the name is group 1 or 2."""

    site_additions: frozenset[str]
    """What it adds to its name."""

    about: re.Pattern[str]
    """The heading over what an employer says of itself, with the name in one of its groups."""

    no_names: frozenset[str]
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
    no_job: re.Pattern[str]
    """What tells apart what is paid for one job."""

    ad_paths: frozenset[str]
    career_paths: frozenset[str]
    """Parts of the address of an employer's own site."""

    company_paths: frozenset[str]
    other_paths: frozenset[str]


@cache
def load_words() -> Words:
    """The words; read once, because they are part of the program."""
    table = read_word_list("words")
    titles = table["employer_titles"]
    return Words(
        labels={fold(word): name for name, words in table["labels"].items() for word in words},
        signs={sign: name for name, signs in table["signs"].items() for sign in signs},
        icons={icon: name for name, icons in table["icons"].items() for icon in icons},
        per=re.compile(rf"^(.{{2,30}}?)\s+({_spaced(table['per']['words'])}\s*[^\s:]{{1,12}})$"),
        company_forms=any_of(table["company_forms"]["words"]),
        company_starts=tuple(table["company_forms"]["starts"]),
        posted_start=_beginning(table["posted"]["starts"]),
        posted_ends=tuple(f" {word}" if _is_spaced(word) else word for word in map(fold, table["posted"]["ends"])),
        until_start=_beginning(table["labels"]["valid_through"]),
        posted_today=frozenset(map(fold, table["posted"]["today"])),
        vague=frozenset(map(fold, table["vague"]["labels"])),
        remote=frozenset(map(fold, table["remote"]["lines"])),
        years=any_of(table["years"]["words"]),
        logo=any_of(table["logo"]["words"]),
        logo_words=tuple(sorted(map(fold, table["logo"]["words"]), key=len, reverse=True)),
        hires=re.compile(rf"^(.{{2,80}}?)\s?{_spaced(titles['hires'], behind=False)}\s?$", re.IGNORECASE),
        at=re.compile(rf"^\s?{_spaced(titles['at'])}\s?(.{{2,80}}?)\s?(?:[|–—·]|\s-\s|$)", re.IGNORECASE),
        within=re.compile(rf"^\s?{_spaced(titles['within'])}\s?(.{{2,80}}?)\s?(?:[|–—·]|\s-\s|$)", re.IGNORECASE),
        by=re.compile(rf"^{_spaced(titles['by'])}\s?(?=\S)", re.IGNORECASE),
        by_words=frozenset(fold(word.rstrip(":")) for word in titles["by"]),
        own_site=re.compile(
            rf"^(?:{_spaced(titles['before'])}\s?(.{{2,60}})"
            rf"|(.{{2,60}}?)\s?{_spaced(titles['additions'], behind=False)})$",
            re.IGNORECASE,
        ),
        site_additions=frozenset(map(fold, titles["additions"])),
        about=re.compile(
            "|".join(
                "^" + re.escape(heading).replace(r"\{name\}", "(.{2,60})") + "$"
                for heading in table["about"]["headings"]
            ),
            re.IGNORECASE,
        ),
        no_names=frozenset(map(fold, table["about"]["no_names"])),
        related=any_of(table["related"]["headings"]),
        rights=any_of(table["rights"]["words"]),
        employment=frozenset(map(fold, table["employment"]["lines"])),
        headings=frozenset(map(fold, table["sections"]["headings"])),
        apply=tuple(map(fold, table["apply"]["starts"])),
        vacancy=any_of(table["vacancy"]["words"]),
        title_labels=frozenset(map(fold, table["titles"]["labels"])),
        generic_titles=frozenset(map(fold, table["titles"]["generic"])),
        search=any_of(table["titles"]["search"]),
        not_ad_titles=frozenset(map(fold, table["titles"]["not_an_ad"])),
        listing_titles=any_of(table["titles"]["listing"]),
        advice_titles=any_of(table["titles"]["advice"]),
        closed=any_of(table["closed"]["phrases"]),
        no_job=any_of(table["posts"]["no_job"]),
        ad_paths=frozenset(table["address"]["ad"]),
        career_paths=frozenset(table["address"]["careers"]),
        company_paths=frozenset(table["address"]["company"]),
        other_paths=frozenset(table["address"]["not_an_ad"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What authors name the parts of a page for machines, as patterns for ``tokens``."""

    title: re.Pattern[str]
    weak_title: re.Pattern[str]
    other_title: re.Pattern[str]
    title_aside: re.Pattern[str]
    site_head: re.Pattern[str]
    trail: re.Pattern[str]
    employer: re.Pattern[str]
    employer_box: re.Pattern[str]
    logo: re.Pattern[str]
    place: re.Pattern[str]
    salary: re.Pattern[str]
    employment: re.Pattern[str]
    posted: re.Pattern[str]
    stamped: re.Pattern[str]
    icon: re.Pattern[str]
    icon_set: re.Pattern[str]
    """What names the set that an icon is from, and how it is drawn."""


@cache
def load_names() -> Names:
    """The names; read once, because they are part of the program."""
    table = read_word_list("element_names")
    title, employer, place = table["title"], table["employer"], table["job_location"]
    sets = "|".join(sorted(table["icon"]["sets"], key=len, reverse=True))
    return Names(
        title=_named(title["names"]),
        weak_title=_named(title["weak"], r"(?![a-z0-9])"),
        other_title=re.compile("|".join(map(re.escape, title["others"]))),
        title_aside=_named(title["asides"]),
        site_head=re.compile(rf"(?:^|\s)(?:{'|'.join(map(re.escape, title['site_heads']))})(?:$|\s)"),
        trail=_named(title["trails"]),
        employer=_named(employer["names"]),
        employer_box=re.compile(rf"^(?:{'|'.join(map(re.escape, employer['boxes']))})$"),
        logo=_named(employer["logos"]),
        place=_named(place["names"], rf"(?![a-z])(?![^a-z\s]*(?:{'|'.join(place['others'])}))"),
        salary=_named(table["base_salary"]["names"]),
        employment=_named(table["employment_type"]["names"]),
        posted=_named(table["date_posted"]["names"]),
        icon=re.compile(rf"(?:^|[\s_-])(?:{sets})(?:$|[\s_-])"),
        icon_set=re.compile(rf"^(?:{sets})[-_]|[-_](?:{'|'.join(table['icon']['drawn'])}|\d)$"),
        stamped=re.compile("|".join(map(re.escape, table["date_posted"]["stamped"]))),
    )


def _named(names: Iterable[str], end: str = r"(?![a-z])") -> re.Pattern[str]:
    """Any of the names between characters that are no letters; a hyphen in one stands for up to two of - and _."""
    longest = sorted(names, key=len, reverse=True)
    return re.compile(
        rf"(?<![a-z])(?:{'|'.join(re.escape(item).replace(chr(92) + '-', '[-_]{0,2}') for item in longest)}){end}"
    )


def _beginning(words: Iterable[str]) -> re.Pattern[str]:
    """Any of the words at the beginning of a folded text; a short one as a whole word."""
    folded = sorted(map(fold, words), key=len, reverse=True)
    return re.compile(
        "|".join(re.escape(word) + (r"(?!\w)" if len(word) < _SHORT and _is_spaced(word) else "") for word in folded)
    )


def _spaced(words: Iterable[str], *, behind: bool = True) -> str:
    """Any of the words as written; one of a script with spaces with one before or behind it."""
    longest = sorted(words, key=len, reverse=True)
    apart = [re.escape(word) for word in longest if _is_spaced(word) and word[-1 if behind else 0].isalnum()]
    others = [re.escape(word) for word in longest if re.escape(word) not in apart]
    # One look at the space for all words: a search then skips nearly all places in a text.
    spaced = [rf"(?:{'|'.join(apart)})(?=\s)" if behind else rf"(?<=\s)(?:{'|'.join(apart)})"] if apart else []
    return f"(?:{'|'.join([*spaced, *others])})"


def any_of(words: list[str]) -> re.Pattern[str]:
    """Any of the words, the longest first; whole where the script has spaces between words."""
    folded = dict.fromkeys(map(fold, words))
    numbered = [re.escape(word).replace(r"\{n\}", _NUMBER) for word in folded if "{n}" in word]
    counted = sorted((word.removeprefix(_NUMBER) for word in numbered if word.startswith(_NUMBER)), key=len)
    plain = [word for word in folded if "{n}" not in word]
    led = sorted((word for word in numbered if not word.startswith(_NUMBER)), key=len, reverse=True)
    parts = [rf"(?<!\w){pattern}(?!\w)" for pattern in led]
    parts += [rf"(?<!\w){_NUMBER}(?:{'|'.join(reversed(counted))})(?!\w)"] if counted else []
    spaced = filter(_is_spaced, plain)
    parts += tree_patterns(spaced, begins=lambda char: rf"(?<!\w{re.escape(char)})", ends=lambda _: r"(?!\w)")
    others = (word for word in plain if not _is_spaced(word))
    parts += tree_patterns(others, begins=lambda _: "", ends=lambda _: "")
    return re.compile("|".join(parts))


def _is_spaced(word: str) -> bool:
    return word.isascii() or (word[0].isalpha() and ord(word[0]) < 0x0E00)
