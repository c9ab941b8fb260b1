"""The stretches of a text by language: many ads say the same in two languages, or change over in the middle."""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from crawler.language.identify import Reading, read_language
from crawler.language.scripts import LETTER_WEIGHTS, SCRIPTS, code_points, scripts_of
from crawler.language.words import family

__all__ = ["LanguageSpan", "spans"]

_END: Final = re.compile(r"\n\s*|(?<=[.!?;])\s+|(?<=[。！？；።។။])|(?<=\s)[-–—/|•●▪*]+\s+")
"""Where a line, a sentence or a part beside a bar or a bullet is over."""

_IN_LINE: Final = np.array([{"": np.inf, "latin": 30.0}.get(name, 6.0) for name in SCRIPTS])
"""Letters of another script in one run that part a line; shorter Latin runs are names, brands and job titles."""

_PIECES: Final = 4_000
"""Most pieces that a text is read in, however long it is: of a longer text whole paragraphs are read at once."""

_ENOUGH_LETTERS: Final = 40
"""With fewer letters, a piece whose words leave its language open is read as the pieces around it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageSpan:
    """One stretch of a text in one language."""

    start: int
    end: int
    """Offsets into the text as it was given."""

    language: str | None
    """As ``identify`` names it; None where the text has no words or nothing is known of them."""


def spans(text: str) -> tuple[LanguageSpan, ...]:
    """The text in stretches by language, in order and without gaps; neighbours differ. No stretch for an empty text."""
    if not text:
        return ()
    starts = _starts(text)
    languages = _settled([read_language(text[start:end]) for start, end in pairwise([*starts, len(text)])])
    changes = [at for at in range(len(starts)) if not at or languages[at] != languages[at - 1]]
    bounds = pairwise([*(starts[at] for at in changes), len(text)])
    return tuple(
        LanguageSpan(start=start, end=end, language=languages[at])
        for at, (start, end) in zip(changes, bounds, strict=True)
    )


def _starts(text: str) -> list[int]:
    """Where the pieces begin that are read one by one, 0 first."""
    least = max(1, -(-len(text) // _PIECES))
    starts = [0]
    for cut in sorted({match.end() for match in _END.finditer(text)} | set(_script_changes(text))):
        if least <= cut - starts[-1] and cut < len(text):
            starts.append(cut)
    return starts


def _script_changes(text: str) -> list[int]:
    """Where a run of letters in another script begins, if it is long enough to be more than a name."""
    kinds = scripts_of(code_points(text))
    letters = np.flatnonzero(kinds)
    if not len(letters):
        return []
    scripts = kinds[letters]
    scripts[scripts == SCRIPTS.index("kana")] = SCRIPTS.index("han")
    runs = np.flatnonzero(np.diff(scripts, prepend=0))
    lengths = np.diff(runs, append=len(letters)) * LETTER_WEIGHTS[scripts[runs]]
    long = runs[lengths >= _IN_LINE[scripts[runs]]]
    changes = long[np.diff(scripts[long], prepend=0) != 0]
    return [int(place) for place in letters[changes]]


def _settled(readings: list[Reading]) -> list[str | None]:
    """A language for each piece: a doubtful one goes with its neighbours, and of two kin it is in the weightier."""
    trusted = [each.language if each.is_sure or each.letters >= _ENOUGH_LETTERS else None for each in readings]
    languages = _filled(readings, trusted)
    weights: Counter[str] = Counter()
    for each, language in zip(readings, languages, strict=True):
        if language is not None:
            weights[language] += int(each.letters) + 1
    return [
        language if each.is_sure or language is None else max(family(language), key=lambda one: weights[one])
        for each, language in zip(readings, languages, strict=True)
    ]


def _filled(readings: list[Reading], trusted: list[str | None]) -> list[str | None]:
    """What is trusted; else the nearest trusted language of the same script, before or behind; else its own reading."""
    before = _carried(readings, trusted)
    behind = _carried(readings[::-1], trusted[::-1])[::-1]
    own = [
        known or former or later or each.language
        for each, known, former, later in zip(readings, trusted, before, behind, strict=True)
    ]
    forward = _without_gaps(own)
    return _without_gaps(forward[::-1])[::-1]


def _carried(readings: list[Reading], trusted: list[str | None]) -> list[str | None]:
    """For each piece the last trusted language of its script."""
    last: dict[str | None, str] = {}
    carried: list[str | None] = []
    for each, language in zip(readings, trusted, strict=True):
        carried.append(last.get(each.script) if each.script else None)
        if language is not None:
            last[each.script] = language
    return carried


def _without_gaps(languages: list[str | None]) -> list[str | None]:
    """The same with the language before it where a piece has none: numbers and marks belong to what they follow."""
    filled: list[str | None] = []
    for language in languages:
        filled.append(language or (filled[-1] if filled else None))
    return filled
