"""Negation and attribution of indicators.

A piece of text shows nothing where it is denied ("we never ask for a fee"), attributed to others ("beware of offers
that ...") or found by a pattern of another language. What stands between quotation marks is attributed to others too,
unless most of the text does: warnings quote lures, and a recruiter does not quote himself.

Cues are data, a set for each language; a cue counts only for a piece found in its own language, because one language's
"no" is another's "my".
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from crawler.language.identify import read_language
from model.reading.indicators import CUES, MOST_READ, Found, IndicatorFinder
from model.reading.matcher import Occurrence, in_clause, is_near
from model.taxonomy.check import PatternPlace
from model.taxonomy.records import Taxonomy

Reason = Literal["unless", "denied", "attributed", "quoted"]
"""Why a piece shows nothing: a word beside it makes it something else, a denial, said of others, in quotation marks."""

_MOST: Final = 20
"""Pieces of evidence of one indicator in one text: an analyst needs no more, and a hostile text gives no more."""

_QUOTED: Final = re.compile(
    "[“„«「『‘\"'](?:(?<=“)[^“”\n]{8,400}”|(?<=„)[^„“”\n]{8,400}[“”]|(?<=«)[^«»\n]{8,400}»|(?<=「)[^「」\n]{4,200}」"
    "|(?<=『)[^『』\n]{4,200}』|(?<=‘)[^‘’\n]{8,400}’(?!\\w)"
    "|(?<=\")(?<!\\w\")[^\"\n]{8,400}\"(?!\\w)|(?<=')(?<!\\w')[^'\n]{8,400}'(?!\\w))"
)
"""All of it begins with one of a few characters: they are found fast, and each alternative looks back at its own."""

_MOSTLY: Final = 0.8
"""From this share of quoted text on the quotation marks mean nothing."""

_LATIN: Final = frozenset({"vi", "id", "ms", "en", "tl", "es", "pt", "fr", "sw", "hi-Latn"})
_HAN: Final = frozenset({"zh", "ja"})
_SHARED: Final = _LATIN | _HAN

_KIN: Final[Mapping[str, frozenset[str]]] = {
    "id": frozenset({"id", "ms"}), "ms": frozenset({"id", "ms"}), "tl": frozenset({"tl"}), "en": frozenset({"tl"}),
    "es": frozenset({"es", "pt"}), "pt": frozenset({"es", "pt"}), "hi-Latn": frozenset({"hi-Latn"}),
    "hi": frozenset({"hi-Latn"}), "ne": frozenset({"hi-Latn"}),
}  # fmt: skip
"""Languages whose patterns count in a text of another, English apart."""

_OWN_LETTERS: Final = {
    language: re.compile(own) for language, own in {"ur": "[ء-ے]", "ta": "[அ-்]", "si": "[අ-ෟ]", "am": "[ሀ-ፚ]"}.items()
}
"""What shows that a text is in such a language at all: English words that its ads mix in are no sign without."""

_READ: Final = 1_000
_ENOUGH: Final = 80
"""Letters from which on a text is plainly in a language, whatever it is."""

_ENOUGH_LATIN: Final = 50
"""The same for Latin letters, where function words tell languages apart."""

_ENOUGH_VIETNAMESE: Final = 12
_VIETNAMESE: Final = re.compile("[ăđơư\u1ea0-\u1ef9]", re.IGNORECASE)
"""Letters that Vietnamese alone has; two of them are plain."""


class Denials:
    """Says which of the pieces that an ``IndicatorFinder`` gave show nothing; made once a taxonomy."""

    def __init__(self, taxonomy: Taxonomy, finder: IndicatorFinder) -> None:
        self._indicators = taxonomy.indicators
        self._reach = {language: negation.reach for language, negation in taxonomy.negation.items()}
        self._not_an_ad = taxonomy.not_an_ad
        self._finder = finder
        # What speaks against an offer: risks, and the hints that rules count.
        risks = (key for key, indicator in taxonomy.indicators.items() if indicator.polarity == "risk")
        self._quotable = frozenset(risks).union(*(side for rule in taxonomy.rules for side in rule.sides))

    def reasons(self, text: str, found: Sequence[Found]) -> list[Reason | None]:
        """For each piece why it shows nothing, or None where it counts."""
        reasons = [self._denied(piece) for piece in found]
        quoted: list[tuple[int, int]] | None = None
        for number, piece in enumerate(found):
            if reasons[number] is None and piece.indicator in self._quotable:
                quoted = quotations(text) if quoted is None else quoted
                if any(left < piece.start and piece.end < right for left, right in quoted):
                    reasons[number] = "quoted"
        return reasons

    def _denied(self, piece: Found) -> Reason | None:
        unless = self._finder.unless.get((piece.indicator, piece.language))
        if unless is not None and piece.sentence.find(unless, denies=False):
            return "unless"
        if not self._indicators[piece.indicator].negatable:
            return None
        # A text that reads as a warning is recognised by the very words that speak of others.
        if piece.indicator != self._not_an_ad:
            cues = self._cues(piece, "attributed")
            if any(end <= piece.at or start >= piece.to for start, end in cues):
                return "attributed"
        return "denied" if self._is_denied_beside(piece) else None

    def _is_denied_beside(self, piece: Found) -> bool:
        """By cues before or after the piece, each in its reach. Only the nearest can count: any other is farther away
        and has more in between."""
        text, language = piece.sentence.folded.text, piece.language
        reach = self._indicators[piece.indicator].reach
        reach = self._reach.get(language, 0) if reach is None else reach
        before = max((end for _, end in self._cues(piece, "before") if end <= piece.at), default=None)
        after = min((start for start, _ in self._cues(piece, "after") if start >= piece.to), default=None)
        sides = [(before, piece.at)] if before is not None else []
        sides += [(piece.to, after)] if after is not None else []
        gaps = [gap for gap in sides if in_clause(text, *gap) and is_near(text, *gap, reach, language)]
        stops = self._cues(piece, "stops") if gaps else []
        return any(not any(left <= start and end <= right for start, end in stops) for left, right in gaps)

    def _cues(self, piece: Found, kind: str) -> list[Occurrence]:
        assert kind in CUES
        pattern = self._finder.cues.get((piece.language, kind))
        return [] if pattern is None else piece.sentence.find(pattern, denies=False)


def quotations(text: str) -> list[tuple[int, int]]:
    """What stands between quotation marks, from where to where; nothing if most of the text does."""
    found = [where.span() for where in _QUOTED.finditer(text, 0, MOST_READ)]
    return [] if sum(end - start for start, end in found) > _MOSTLY * min(len(text), MOST_READ) else found


def longest_apart(found: Sequence[Found]) -> list[Found]:
    """Of pieces of one indicator that overlap the longest; in reading order, as they come."""
    if len({piece.indicator for piece in found}) == len(found):
        return list(found)
    chosen: dict[str, list[Found]] = {}
    for piece in sorted(found, key=lambda piece: (piece.start - piece.end, piece.start)):
        mine = chosen.setdefault(piece.indicator, [])
        if len(mine) < _MOST and all(piece.end <= other.start or piece.start >= other.end for other in mine):
            mine.append(piece)
    return sorted((piece for mine in chosen.values() for piece in mine), key=lambda piece: piece[:3])


def in_language(text: str, found: Sequence[Found]) -> list[Found]:
    """Pieces found by patterns that count in the text's language, each once an indicator.

    Patterns are written for one language: one language's "mission: combine" is another's. All languages are looked for
    in every text, since many ads mix them. Where a text is plainly in one, patterns of another that shares its script
    do not count, but for English, which stands everywhere, and for kin that mix in daily use.
    """
    counts = {piece[:3]: piece for piece in reversed(_spoken(text, found))}
    return [counts[key] for key in sorted(counts)]


def _spoken(text: str, found: Sequence[Found]) -> Sequence[Found]:
    asked = {piece.language for piece in found} & _OWN_LETTERS.keys()
    if absent := {language for language in asked if not _OWN_LETTERS[language].search(text)}:
        found = [piece for piece in found if piece.language not in absent]
    if not any(piece.language != "en" and _language(text, piece) in _SHARED for piece in found):
        return found
    reading = read_language(text[:_READ], guesses=False)
    enough = _ENOUGH_LATIN if reading.script == "latin" else _ENOUGH
    if reading.language == "vi" and len(_VIETNAMESE.findall(text[:_READ])) > 1:
        enough = _ENOUGH_VIETNAMESE
    if reading.language is None or reading.letters < enough:
        return found
    spoken = {reading.language, "en"} | _KIN.get(reading.language, frozenset())
    rivals = _LATIN | (_HAN if reading.language in _HAN else frozenset())
    return [piece for piece in found if (language := _language(text, piece)) in spoken or language not in rivals]


def _language(text: str, piece: Found) -> str:
    """The pattern's language; romanised Hindi has patterns beside those in Devanagari."""
    return "hi-Latn" if piece.language == "hi" and text[piece.start : piece.end].isascii() else piece.language


class PatternReader:
    """Reads texts as production does, but pattern by pattern, for ``TaxonomyCheck``."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._finder = IndicatorFinder(taxonomy)
        self._denials = Denials(taxonomy, self._finder)
        self._places = [
            PatternPlace(key, language, number)
            for key, indicator in taxonomy.indicators.items()
            for language, signs in indicator.languages.items()
            for number in range(len(signs.patterns))
        ]

    def read(self, text: str) -> dict[PatternPlace, set[tuple[int, int]]]:
        """Where in the text each pattern counts; patterns that count nowhere are left out."""
        found = _spoken(text, list(self._finder.find_each(text)))
        pieces: defaultdict[PatternPlace, set[tuple[int, int]]] = defaultdict(set)
        for piece, reason in zip(found, self._denials.reasons(text, found), strict=True):
            if reason is None:
                pieces[self._places[piece.pattern]].add((piece.start, piece.end))
        return dict(pieces)
