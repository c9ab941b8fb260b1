"""Checks of the taxonomy against its own examples; coverage by language."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Final

from crawler.ad import JobAd
from crawler.language.cues import LANGUAGES
from model.taxonomy.records import Indicator, Strength, Taxonomy
from model.text.folding import ad_text

MOST_SHARE: Final[Mapping[Strength, float]] = {"strong": 0.001, "medium": 0.01, "weak": 0.05}
"""The largest share of ordinary ads that a pattern of each strength may be found in (docs/analysts/indicators.md)."""

_LEAST_ADS: Final = 3
"""A pattern found in fewer ordinary ads than this is not reported, however small the corpus: it may be chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to look at, with the place in the files."""

    file: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


@dataclass(frozen=True, slots=True)
class PatternPlace:
    """A pattern of the taxonomy: its indicator, language and number there."""

    indicator: str
    language: str
    number: int


ReadPatterns = Callable[[str], Mapping[PatternPlace, Collection[tuple[int, int]]]]
"""Where in a text each pattern is found and neither denied nor said of others; patterns found nowhere are left out."""


class TaxonomyCheck:
    """Tries a taxonomy's patterns on its own sentences and on ordinary ads."""

    def __init__(self, taxonomy: Taxonomy, folder: Path, read: ReadPatterns) -> None:
        """``read`` is ``model.reading.negation.PatternReader(taxonomy).read``: what production finds, pattern by
        pattern."""
        self._taxonomy = taxonomy
        self._folder = folder
        self._read = read
        self._known: dict[str, Mapping[PatternPlace, Collection[tuple[int, int]]]] = {}

    def _patterns_in(self, sentence: str) -> Mapping[PatternPlace, Collection[tuple[int, int]]]:
        """The same of a sentence of the taxonomy, read once for all checks."""
        if sentence not in self._known:
            self._known[sentence] = self._read(sentence)
        return self._known[sentence]

    def sentences(self) -> Iterator[Finding]:
        """Patterns that none of their own sentences show, sentences that show nothing, near-misses not spared."""
        for indicator in self._taxonomy.indicators.values():
            for language, signs in indicator.languages.items():
                key = indicator.key
                shown = [self._patterns_in(sentence).keys() for sentence in signs.shows]
                lines: dict[str, set[PatternPlace]] = defaultdict(set)
                for number, pattern in enumerate(signs.patterns):
                    lines[pattern.written].add(PatternPlace(key, language, number))
                wrong = [
                    (written, f"no sentence shows {written!r}")
                    for written, places in lines.items()
                    if not any(places & found for found in shown)
                ]
                wrong += [
                    (sentence, f"{sentence!r} does not show it")
                    for sentence, found in zip(signs.shows, shown, strict=True)
                    if not _shows(key, found)
                ]
                wrong += [
                    (sentence, f"{sentence!r} is not spared")
                    for sentence in signs.spares
                    if _shows(key, self._patterns_in(sentence))
                ]
                for text, message in wrong:
                    yield self._finding(indicator, language, text, f"{key}.languages.{language}: {message}")

    def overlaps(self) -> Iterator[Finding]:
        """Patterns of two risk indicators that find exactly the same words in a sentence: the words count once."""
        reported = set()
        for indicator in self._taxonomy.indicators.values():
            for sentence in (text for signs in indicator.languages.values() for text in signs.shows):
                where: dict[tuple[int, int], list[PatternPlace]] = defaultdict(list)
                for place, pieces in self._patterns_in(sentence).items():
                    for piece in pieces:
                        where[piece].append(place)
                for pair in (pair for places in where.values() for pair in combinations(places, 2)):
                    is_known = pair[0].indicator == pair[1].indicator or frozenset(pair) in reported
                    if is_known or not all(self._is_risk(place) for place in pair):
                        continue
                    reported.add(frozenset(pair))
                    left, right = (f"{place.indicator} {self._written(place)!r}" for place in pair)
                    first = self._taxonomy.indicators[pair[0].indicator]
                    message = f"{left} and {right} find the same words"
                    yield self._finding(first, pair[0].language, self._written(pair[0]), message)

    def corpus(
        self,
        ads: Iterable[JobAd],
        most: Mapping[Strength, float] = MOST_SHARE,
        seen: Callable[[int], None] = lambda _ads: None,
    ) -> tuple[int, list[Finding]]:
        """How many ads there are, and the patterns of risk indicators found in a larger share of them than their
        strength allows, the worst first; ``seen`` is called for each ad."""
        times: Counter[PatternPlace] = Counter()
        total = 0
        for ad in ads:
            times.update(self._read(ad_text(ad)).keys())
            total += 1
            seen(1)
        found = []
        for place, count in times.most_common():
            indicator = self._taxonomy.indicators[place.indicator]
            if self._is_risk(place) and count >= _LEAST_ADS and count > most[indicator.strength] * total:
                message = (
                    f"{place.indicator}.languages.{place.language}: {self._written(place)!r} is found in {count} of "
                    f"{total} ads, {count / total:.2%}; a {indicator.strength} one may be in "
                    f"{most[indicator.strength]:.1%}"
                )
                found.append(self._finding(indicator, place.language, self._written(place), message))
        return total, found

    def _is_risk(self, place: PatternPlace) -> bool:
        return self._taxonomy.indicators[place.indicator].polarity == "risk"

    def _written(self, place: PatternPlace) -> str:
        return self._taxonomy.indicators[place.indicator].languages[place.language].patterns[place.number].written

    def _finding(self, indicator: Indicator, language: str, text: str, message: str) -> Finding:
        """The line of the pattern or sentence, or its table's where it is not found."""
        file = self._folder / f"{indicator.family}.toml"
        lines = file.read_text("utf-8").splitlines()
        header = f"[{indicator.key.partition('.')[2]}.languages.{language}]"
        begins = next((n for n, line in enumerate(lines) if line.strip() == header), 0)
        quoted = json.dumps(text, ensure_ascii=False)
        line = next((n for n in range(begins, len(lines)) if quoted in lines[n]), begins) + 1
        return Finding(file=file, line=line, text=message)


def _shows(indicator: str, found: Iterable[PatternPlace]) -> bool:
    return any(place.indicator == indicator for place in found)


ORDER: Final = tuple(language for language in LANGUAGES if language != "hi-Latn")

_LETTERS: Final = {"attested": "A", "reported": "R", "native_usage": "n", "uncertain": "u"}


def share_of_strong(taxonomy: Taxonomy, language: str, *, surely: bool) -> float:
    """The share, 0 to 1, of strong risk indicators read from wordings that the language covers, or covers surely."""
    strong = [
        indicator for indicator in taxonomy.indicators.values()
        if indicator.strength == "strong" and indicator.polarity == "risk" and not indicator.fact
    ]  # fmt: skip
    covered = [indicator.languages[language] for indicator in strong if language in indicator.languages]
    return sum(signs.is_sure or not surely for signs in covered) / len(strong) if strong else 1.0


def coverage_page(taxonomy: Taxonomy) -> str:
    """Which indicators are read in which language, and how surely, as a page in Markdown."""
    lines = [
        "# What the taxonomy reads in which language",
        "",
        "Written by `lurewatch taxonomy coverage`; a test compares it with the taxonomy. **A**: at least one of the",
        "patterns finds a phrase that stands in a quoted ad. **R**: one that a source reports. **N**: usage of the",
        "language whose first patterns someone else went through; **n**: nobody did. **u**: a lead, unsure. Nobody who",
        "grew up with the language has read the patterns of km, my, lo, bn, ne, sw, ar, ur, ta, si and am.",
        "",
        "| Strong indicators | " + " | ".join(ORDER) + " |",
        "| --- |" + " --- |" * len(ORDER),
    ]
    for name, surely in (("covered", False), ("surely: A, R or N", True)):
        shares = (share_of_strong(taxonomy, language, surely=surely) for language in ORDER)
        lines.append(f"| {name} | " + " | ".join(f"{share:.0%}" for share in shares) + " |")
    lines += ["", "| Indicator | Strength | " + " | ".join(ORDER) + " |", "| --- | --- |" + " --- |" * len(ORDER)]
    for key, indicator in sorted(taxonomy.indicators.items()):
        if indicator.fact:
            continue
        strength = indicator.strength if indicator.polarity == "risk" else indicator.polarity
        signs = [indicator.languages.get(language) for language in ORDER]
        cells = [
            ("N" if each.reviewed and each.confidence == "native_usage" else _LETTERS[each.confidence]) if each else ""
            for each in signs
        ]
        lines.append(f"| `{key}` | {strength} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
