"""Figures of a monthly prevention brief, and phrases that lures share. Pure.

A brief is read by people who warn the public. Every value in it comes from a list that is ours: indicators of the
taxonomy, sectors, countries and languages by their codes, services by which one is reached, kinds of sources by their
cards. An ad's own text is never a value, and figures of fewer than five cases are left out. Of an ad's sentence, which
can hold a name, a number or a place, only the taxonomy's words stay, in their order, with a gap for all else.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from statistics import NormalDist
from typing import Final, Literal, get_args

from babel import Locale

from crawler.files import read_word_list
from crawler.sources.card import KINDS
from crawler.sources.loader import read_cards
from model.evaluation.facets import sector_names
from model.taxonomy.patterns import Literal as PatternLiteral
from model.taxonomy.patterns import Slot
from model.taxonomy.records import Indicator, Signs
from model.text.folding import Folded, fold
from pipeline.review.figures import FEWEST, Share, month_before, newcombe, share_of
from pipeline.store.statistics import ConfirmedCase, MonthCounts, Statistics


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Words of one indicator that several confirmed cases have in common."""

    indicator: str
    language: str
    words: str
    cases: int


Group = Literal["promise", "work", "approach", "bind"]
"""What an indicator speaks of: what is promised, the work itself, how people are approached and what they are asked
for, and what holds whoever goes."""

_CODES: Final = {str(code) for code in (*Locale("en").territories, *Locale("en").languages)}
COUNTRIES: Final = {code for code in _CODES if re.fullmatch("[A-Z]{2}", code)} - {"ZZ"}
LANGUAGES: Final = {code for code in _CODES if re.fullmatch("[a-z]{2,3}", code)} - {"und", "mul", "zxx"}
_TABLE: Final = read_word_list("brief_groups")
_GROUPS: Final[dict[str, Group]] = {key: group for group, keys in _TABLE["indicators"].items() for key in keys}


def group_of(indicator: Indicator) -> Group | None:
    """Where a brief tells of it: one that nobody has placed, by its family. None for what speaks against a lure, for
    hints, which say nothing alone, for what only takes other signs away, and for places, which a brief tells as
    countries alone: a town's name can be one advertiser's."""
    if indicator.polarity == "mitigating" or indicator.family in {"place", "hint"} or indicator.key in _TABLE["untold"]:
        return None
    of_family: Group = _TABLE["families"].get(indicator.family, "approach")
    return _GROUPS.get(indicator.key, of_family)


MONTH: Final = re.compile(r"20\d\d-(?:0[1-9]|1[0-2])")

Topic = Literal[
    "verdict", "promise", "work", "sector", "country", "addressed", "schooling", "language", "approach", "contact",
    "source", "bind",
]  # fmt: skip

TOPICS: Final[tuple[Topic, ...]] = get_args(Topic)
OTHER: Final = "other"
UNSTATED: Final = "not_said"


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefRow:
    """One value of a topic in this month and the one before."""

    value: str
    now: Share | None
    """None where fewer than five cases have it."""

    before: Share | None
    """None too where that month has no brief."""

    points: tuple[float, float, float] | None
    """How much the share has risen, with its interval (Newcombe); None where either is."""

    change: Literal["more", "fewer"] | None
    """Where the two months differ by more than chance would bring about among so many figures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    month: str
    before: str
    counts: MonthCounts
    counts_before: MonthCounts
    topics: Mapping[Topic, tuple[BriefRow, ...]]
    """Empty where fewer than five cases are confirmed."""

    phrases: tuple[Phrase, ...]

    @property
    def is_publishable(self) -> bool:
        """Whether there are cases enough to say anything without pointing at somebody."""
        return self.counts.confirmed >= FEWEST


def read_brief(
    statistics: Statistics, month: str, *, indicators: Mapping[str, Indicator], source_kinds: Mapping[str, str]
) -> Brief:
    """The brief of a month such as ``2026-10``. ``source_kinds`` are the kinds of sources, by their names."""
    before = month_before(month)
    now, then = statistics.confirmed_cases(month), statistics.confirmed_cases(before)
    is_publishable = len(now) >= FEWEST
    # Each value that five cases have in either month, with how many have it in each; the commonest first.
    topics: dict[Topic, list[tuple[str, int, int]]] = {}
    for topic, read in _readers(indicators, source_kinds).items() if is_publishable else ():
        counted, earlier = (Counter(chain.from_iterable(map(read, cases))) for cases in (now, then))
        rows = ((value, counted[value], earlier[value]) for value in counted | earlier)
        published = [row for row in rows if max(row[1:]) >= FEWEST]
        topics[topic] = sorted(published, key=lambda row: (-row[1], -row[2], row[0]))[:12]
    compared = sum(map(len, topics.values())) if len(then) >= FEWEST else 0
    # Any of a brief's changes, all taken together, comes about by chance in 5 of 100 briefs at most (Bonferroni).
    errors = NormalDist().inv_cdf(1 - 0.05 / (2 * max(compared, 1)))
    return Brief(
        month=month, before=before, counts=statistics.month_counts(month),
        counts_before=statistics.month_counts(before),
        topics={
            topic: tuple(_row(value, (count, len(now)), (past, len(then)), errors) for value, count, past in rows)
            for topic, rows in topics.items()
        },
        phrases=find_phrases(now, indicators) if is_publishable else (),
    )  # fmt: skip


_Read = Callable[[ConfirmedCase], Collection[str]]


def _readers(indicators: Mapping[str, Indicator], source_kinds: Mapping[str, str]) -> dict[Topic, _Read]:
    """What each topic reads of a case: values of a list of ours, whatever the case holds."""

    def shown(group: Group) -> _Read:
        return lambda case: [key for key in case.shown if key in indicators and group_of(indicators[key]) == group]

    return {
        "verdict": lambda case: [case.verdict],
        "promise": shown("promise"),
        "work": shown("work"),
        "sector": lambda case: [_known(case.sector, sector_names())],
        "country": lambda case: [_known(case.country, COUNTRIES)],
        "addressed": lambda case: [_known(case.addressed, {"women", "men", "either"})],
        "schooling": lambda case: [_known(case.schooling, {"higher", "secondary", "none_needed"})],
        "language": lambda case: [_known((case.language or "").partition("-")[0], LANGUAGES)],
        "approach": shown("approach"),
        "contact": lambda case: (
            {kind if kind in _TABLE["contact_kinds"] else OTHER for kind in case.contact_kinds} or [UNSTATED]
        ),
        "source": lambda case: [kind if (kind := source_kinds.get(case.source, OTHER)) in KINDS else OTHER],
        "bind": shown("bind"),
    }


def _known(value: str | None, known: Collection[str]) -> str:
    return value if value is not None and value in known else UNSTATED


def _row(value: str, now: tuple[int, int], then: tuple[int, int], errors: float) -> BriefRow:
    """A row of so many out of so many, in this month and in the one before."""
    share, before = (share_of(*each) if each[0] >= FEWEST else None for each in (now, then))
    shares = (now[0] / now[1], now[1], then[0] / then[1], then[1]) if then[1] >= FEWEST else None
    low, high = newcombe(*shares, errors=errors) if shares else (0.0, 0.0)
    return BriefRow(
        value=value, now=share, before=before,
        points=(share.share - before.share, *newcombe(*shares)) if share and before and shares else None,
        change="more" if low > 0 else "fewer" if high < 0 else None,
    )  # fmt: skip


def read_source_kinds(folder: Path) -> dict[str, str]:
    """The kind of each source by its name; a card that cannot be read has none here, and says so when it is crawled."""
    return {source.name: source.kind for source in read_cards(folder)[0]} if folder.is_dir() else {}


def find_phrases(cases: Iterable[ConfirmedCase], indicators: Mapping[str, Indicator]) -> tuple[Phrase, ...]:
    """The commonest phrases, each in five cases at least."""
    spoken = [((case.language or "").partition("-")[0], case.shown) for case in cases]
    finders = {
        (key, language): _Finder(indicators[key].languages[language])
        for (key, language), count in Counter((key, language) for language, shown in spoken for key in shown).items()
        if count >= FEWEST
        and (known := indicators.get(key)) is not None
        and known.polarity == "risk"
        and language in known.languages
    }
    found = Counter[tuple[str, str, str]]()
    for language, shown in spoken:
        found.update(
            {
                (key, language, part)
                for key, quotes in shown.items()
                if (find := finders.get((key, language)))
                for quote in quotes
                for part in matched_parts(quote, find)
            }
        )
    taken = Counter[str]()
    phrases: list[Phrase] = []
    for (indicator, language, words), count in sorted(found.items(), key=lambda item: (-item[1], item[0])):
        # Three of an indicator, and thirty in all.
        if count < FEWEST or taken[indicator] == 3 or len(phrases) == 30:
            continue
        taken[indicator] += 1
        phrases.append(Phrase(indicator=indicator, language=language, words=words, cases=count))
    return tuple(phrases)


def matched_parts(quote: str, find: Callable[[Folded], Iterable[tuple[int, int]]]) -> Iterator[str]:
    """The parts of the quote that ``find`` tells, in small letters; those that touch each other, or have one space
    between them, are one. Of a word of few letters nothing is kept."""
    folded, last = fold(quote), 0
    parts: list[str] = []
    for start, end in find(folded):
        at, to = folded.span(start, end)
        words = quote[at:to].casefold()
        if parts and (at <= last or quote[last:at] == " "):
            parts[-1] += (" " if at > last else "") + words
        else:
            parts.append(words)
        last = to
    # From this sign on come scripts that write without spaces: their words have few signs.
    return (part for part in parts if len(part) >= 4 or (part >= "\u0900" and len(part) > 1))


class _Finder:
    def __init__(self, signs: Signs) -> None:
        self._literals: dict[str, list[PatternLiteral]] = {}
        for place in chain.from_iterable(each.places for pattern in signs.patterns for each in pattern.sequences):
            for literal in place.literals if isinstance(place, Slot) else ():
                self._literals.setdefault(literal.key.strip(), []).append(literal)
        longest_first = sorted(self._literals, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def __call__(self, folded: Folded) -> Iterator[tuple[int, int]]:
        """Where the words stand in the folded text, whole where they must be, with their own accents or with none."""
        text, at = folded.text, 0
        while found := self._pattern.search(text, at):
            start, end = found.span()
            begins, ends = text[start - 1] in " ,\n", text[end] in " ,\n"
            written = folded.marked[start:end]
            is_word = any(
                (literal.open_left or begins)
                and (literal.open_right or ends)
                and (not literal.marked or written in literal.marked or written == found[0])
                for literal in self._literals[found[0]]
            )
            if is_word:
                yield start, end
            at = end if is_word else start + 1
