"""Vocabulary of job boards' pages, ready to compare."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from crawler.extract.text import fold
from crawler.extract.vocabulary import tree_patterns
from crawler.files import read_word_list

_NUMBER = r"\d[\d.,\s]{0,20}\+?"


class Words:
    """Everything folded and ready to compare."""

    def __init__(self) -> None:
        table = read_word_list("words")
        headings = table["employer_titles"]
        self.labels: dict[str, str] = {fold(word): name for name, words in table["labels"].items() for word in words}
        """Label to the RawAd field it names, or ``other``."""

        self.signs: dict[str, str] = {sign: name for name, signs in table["signs"].items() for sign in signs}
        """A picture to the RawAd field that it stands for."""

        self.icons: dict[str, str] = {icon: name for name, icons in table["icons"].items() for icon in icons}
        """An icon's name to the RawAd field that it stands for."""

        self.per = re.compile(rf"^(.{{2,30}}?)\s+({_spaced(table['per']['words'])}\s*[^\s:]{{1,12}})$")
        """A label and the unit it adds: ``salary per month``."""

        self.company_forms = any_of(table["company_forms"]["words"])
        self.company_starts = tuple(table["company_forms"]["starts"])
        """In capitals, as written."""

        self.posted_start = _beginning(table["posted"]["starts"])
        ends = map(fold, table["posted"]["ends"])
        self.posted_ends = tuple(f" {word}" if _is_spaced(word) else word for word in ends)
        self.posted_today = frozenset(map(fold, table["posted"]["today"]))
        self.until_start = _beginning(table["labels"]["valid_through"])
        self.vague = frozenset(map(fold, table["vague"]["labels"]))
        """Labels that name a place only where no better one does."""

        self.head_office = any_of(table["head_office"]["words"])
        self.remote = frozenset(map(fold, table["remote"]["lines"]))
        self.years = any_of(table["years"]["words"])
        self.logo = any_of(table["logo"]["words"])
        logo = "|".join(sorted(map(re.escape, table["logo"]["words"]), key=len, reverse=True))
        logo = rf"\(?(?:{logo})\)?"
        self.logo_ends = re.compile(rf"^(?:{logo}(?:\s|$)){{1,3}}|(?:['’]s)?(?:\s?{logo}){{1,3}}$", re.IGNORECASE)
        """The words for a logo at either end of a picture's text."""

        self.hires = re.compile(rf"^(.{{2,80}}?)\s?{_spaced(headings['hires'], behind=False)}\s?$", re.IGNORECASE)
        """An employer's name and what says that it hires: group 1."""

        rest = r"\s?(.{2,80}?)\s?(?:[|–—·]|\s-\s|$)"
        self.at = re.compile(rf"^\s?{_spaced(headings['at'])}{rest}", re.IGNORECASE)
        """What stands before an employer's name, and that: group 1."""

        self.within = re.compile(rf"^\s?{_spaced(headings['within'])}{rest}", re.IGNORECASE)
        """What stands before a place, and that: group 1."""

        self.by = re.compile(rf"^{_spaced(headings['by'])}\s?(?=\S)", re.IGNORECASE)
        self.by_words = frozenset(fold(word.rstrip(":")) for word in headings["by"])
        before, additions = _spaced(headings["before"]), _spaced(headings["additions"], behind=False)
        self.own_site = re.compile(rf"^(?:{before}\s?(.{{2,60}})|(.{{2,60}}?)\s?{additions})$", re.IGNORECASE)
        """What an employer's own site calls itself: the name is group 1 or 2."""

        self.site_additions = frozenset(map(fold, headings["additions"]))
        """What it adds to its name."""

        about = (re.escape(heading).replace(r"\{name\}", "(.{2,60})") for heading in table["about"]["headings"])
        self.about = re.compile("|".join(f"^{heading}$" for heading in about), re.IGNORECASE)
        """The heading over what an employer says of itself, with the name in one of its groups."""

        self.no_names = frozenset(map(fold, table["about"]["no_names"]))
        self._take_words_of_pages(table)

    def _take_words_of_pages(self, table: Mapping[str, Any]) -> None:
        """What stands over an ad and its parts, and what tells pages of other kinds."""
        titles, paths = table["titles"], table["address"]
        self.related = any_of(table["related"]["headings"])
        self.rights = any_of(table["rights"]["words"])
        self.employment = frozenset(map(fold, table["employment"]["lines"]))
        self.headings = frozenset(map(fold, table["sections"]["headings"]))
        self.apply = tuple(map(fold, table["apply"]["starts"]))
        self.sale = _beginning(table["sale"]["starts"])
        self.vacancy = any_of(table["vacancy"]["words"])
        self.title_labels = frozenset(map(fold, titles["labels"]))
        """What stands before an ad's title."""

        self.generic_titles = frozenset(map(fold, titles["generic"]))
        """Headings that name the kind of page or a part of every page, and no ad."""

        self.generic_words = frozenset(frozenset(title.split()) for title in self.generic_titles)
        """The words of each, whatever their order."""

        self.search = any_of(titles["search"])
        """What the headings of search forms say."""

        self.not_ad_titles = frozenset(map(fold, titles["not_an_ad"]))
        self.no_values = self.employment.union(self.labels, self.headings, self.generic_titles, self.not_ad_titles)
        """What is neither a title nor a name of anybody or any place."""

        self.listing_titles = any_of(titles["listing"])
        self.advice_titles = any_of(titles["advice"])
        self.closed = any_of(table["closed"]["phrases"])
        self.no_job = any_of(table["posts"]["no_job"])
        """What tells apart what is paid for one job."""

        pager = read_word_list("pager")
        self.next_labels = frozenset(map(fold, pager["words"]))
        self.next_arrows = frozenset(map(fold, pager["arrows"]))
        self.page_number = re.compile(
            rf"(?:[/_.-](?:{'|'.join(pager['steps'])}))?(?:[/_.-]?\d{{1,6}})?(?:\.[a-z]{{3,5}})?$"
        )
        """The end of a path that says which page of a list it is."""

        self.ad_paths = frozenset[str](paths["ad"])
        self.career_paths = frozenset[str](paths["careers"])
        """Parts of the address of an employer's own site."""

        self.company_paths = frozenset[str](paths["company"])
        self.other_paths = frozenset[str](paths["not_an_ad"])
        self.threads, self.further = re.compile(paths["threads"]), re.compile(paths["further"])
        """In addresses of forums' threads, and in those of their further pages and posts."""

        self.maps = re.compile(paths["maps"])
        self.app_stores = re.compile(paths["app_stores"], re.IGNORECASE)
        """Where a badge leads, or what it shows: no employer, whatever ad it stands beside."""

        self.other_types = frozenset[str](table["other_types"]["markup"])
        self.article_types = frozenset[str](table["other_types"]["open_graph"])
        self.posted_types = frozenset[str](table["other_types"]["posted"])
        self.acts = frozenset[str](paths["acts"])
        """Last steps of addresses where one does something with an ad."""


load_words = cache(Words)
"""The words; read once, because they are part of the program."""


class Names:
    """What authors name the parts of a page for machines, as patterns for ``tokens``."""

    def __init__(self) -> None:
        table = read_word_list("element_names")
        title, employer, place, icon = table["title"], table["employer"], table["job_location"], table["icon"]
        self.title = _named(title["names"])
        self.weak_title = _named(title["weak"], r"(?![a-z0-9])")
        self.other_title = re.compile("|".join(map(re.escape, title["others"])))
        self.title_aside = _named(title["asides"])
        self.site_head = re.compile(rf"(?:^|\s)(?:{'|'.join(map(re.escape, title['site_heads']))})(?:$|\s)")
        self.trail = _named(title["trails"])
        self.employer = _named(employer["names"])
        self.employer_box = re.compile(rf"^(?:{'|'.join(map(re.escape, employer['boxes']))})$")
        self.logo = _named(employer["logos"])
        self.place = _named(place["names"], rf"(?![a-z])(?![^a-z\s]*(?:{'|'.join(place['others'])}))")
        self.reached = _named(table["contact"]["names"])
        self.board = _named(table["contact"]["others"])
        """What holds the number of whoever placed the ad, and what holds the board's own."""

        post = table["post"]
        numbered = _named(post["numbered"], r"[-_]?\d").pattern
        self.post = re.compile(f"{_named(post['names']).pattern}|{numbered}")
        self.other_post = re.compile("|".join(map(re.escape, post["others"])))
        self.post_inside = frozenset[str](post["inside"])
        self.post_author = _named(post["authors"], r"(?![a-z]|-content)")
        self.clutter = _named(table["clutter"]["names"])
        text = table["description"]
        self.text, self.ad_text = (re.compile("|".join(text[name])) for name in ("patterns", "of_an_ad"))
        self.other_text = re.compile(text["others"])
        self.salary = _named(table["base_salary"]["names"])
        self.employment = _named(table["employment_type"]["names"])
        self.posted = _named(table["date_posted"]["names"])
        sets = "|".join(sorted(icon["sets"], key=len, reverse=True))
        self.icon = re.compile(rf"(?:^|[\s_-])(?:{sets})(?:$|[\s_-])")
        self.icon_set = re.compile(rf"^(?:(?:{sets})[-_])+|(?:[-_](?:{'|'.join(icon['drawn'])}|\d)){{1,4}}$")
        """What names the set that an icon is from, and how it is drawn."""


load_names = cache(Names)
"""The names; read once, because they are part of the program."""


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
        "|".join(re.escape(word) + (r"(?!\w)" if len(word) < 5 and _is_spaced(word) else "") for word in folded)
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


def beginning_with(starts: Iterable[str]) -> re.Pattern[str]:
    """Any of the beginnings of words, or the whole where the script has no spaces between them."""
    folded = dict.fromkeys(map(fold, starts))
    parts = tree_patterns(
        folded,
        begins=lambda char: rf"(?<!\w{re.escape(char)})" if _is_spaced(char) and char.isalpha() else "",
        ends=lambda _: "",
    )
    return re.compile("|".join(parts))


def _is_spaced(word: str) -> bool:
    return word.isascii() or (word[0].isalpha() and ord(word[0]) < 0x0E00)
