"""Whether what an ad seems to say is denied ("we never ask for a fee") or said of others ("beware of offers that ...").

What stands between quotation marks is said by others too, unless most of the text does: warnings quote lures, and
a recruiter does not quote himself.

Cues are data, a set for each language; a cue counts only for evidence found in its own language, because one
language's "no" is another's "my".
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from model.patterns import Pattern, Slot
from model.patterns import Sequence as Form
from model.searches import Wanted
from model.spotting import Occurrence, Sentence, Shown, Spotter, is_near
from model.taxonomy import Taxonomy
from model.text import BREAK, CLAUSE, Folded

__all__ = ["CueFinder", "Cues"]

_QUOTED: Final = re.compile(
    "[“„«「『‘\"'](?:(?<=“)[^“”\n]{8,400}”|(?<=„)[^„“”\n]{8,400}[“”]|(?<=«)[^«»\n]{8,400}»|(?<=「)[^「」\n]{4,200}」"
    "|(?<=『)[^『』\n]{4,200}』|(?<=‘)[^‘’\n]{8,400}’(?!\\w)"
    "|(?<=\")(?<!\\w\")[^\"\n]{8,400}\"(?!\\w)|(?<=')(?<!\\w')[^'\n]{8,400}'(?!\\w))"
)
"""All of it begins with one of a few characters: they are found fast, and each alternative looks back at its own."""

_MOSTLY: Final = 0.5
"""From this share of quoted text on the quotation marks mean nothing."""


class Wants(NamedTuple):
    """The cues of a language."""

    reach: int
    any_denial: list[Wanted]
    """All of ``before``, ``after`` and ``attributed``: mostly a sentence has none."""

    before: list[Wanted]
    after: list[Wanted]
    stops: list[Wanted]
    attributed: list[Wanted]


class CueFinder:
    """Finds the cues in a text; made once a taxonomy."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self._wants = {
            language: Wants(
                its.reach,
                _wanted(language, (*its.before, *its.after, *its.attributed)),
                *(_wanted(language, cues) for cues in (its.before, its.after, its.stops, its.attributed)),
            )
            for language, its in taxonomy.negation.items()
        }
        self._unless = {
            (key, language): _wanted(language, signs.unless)
            for key, indicator in taxonomy.indicators.items()
            for language, signs in indicator.languages.items()
            if signs.unless
        }

    def find(self, folded: Folded) -> "Cues":
        """The cues of a text, or of the pieces of texts that were folded."""
        return Cues(self._taxonomy, folded, self._wants, self._unless)


class Cues:
    """The cues of a folded text, to be asked about each piece of evidence in it; those of a language are looked for in
    a sentence when it is first asked about."""

    def __init__(
        self,
        taxonomy: Taxonomy,
        folded: Folded,
        wants: Mapping[str, Wants],
        unless: Mapping[tuple[str, str], list[Wanted]],
    ) -> None:
        self._taxonomy, self._folded, self._wants, self._unless = taxonomy, folded, wants, unless
        self._spotter = Spotter(folded)
        self._parts: dict[Occurrence, Sentence] = {}
        self._quotes: dict[Occurrence, list[Occurrence]] = {}

    def denied(self, shown: Sequence[Shown]) -> list[Shown]:
        """Which of the indicators that the original text shows are denied, or said of others."""
        places = self._folded.positions([at for one in shown for at in (one.start, one.end - 1)])
        ends = zip(places[::2], places[1::2], strict=True)
        return [one for one, (at, to) in zip(shown, ends, strict=True) if self._denies(one, at, to + 1)]

    def _denies(self, one: Shown, at: int, to: int) -> bool:
        indicator = self._taxonomy.indicators[one.indicator]
        if indicator.polarity == "risk" and self._is_quoted(one):
            return True
        sentence = self._sentence(at, to)
        unless = self._unless.get((one.indicator, one.language))
        if unless and self._has_any(unless, sentence, (at, at)):
            return True
        wants = self._wants.get(one.language) if indicator.negatable else None
        if wants is None or not self._find(wants.any_denial, sentence):
            return False
        # A text that reads as a warning is recognised by these very words; they do not take it away.
        if indicator.key != self._taxonomy.not_an_ad and self._has_any(wants.attributed, sentence, (at, to)):
            return True
        return self._is_beside(wants, one.language, (at, to), sentence)

    def _is_quoted(self, one: Shown) -> bool:
        start, end = holder = self._folded.holder(one.start)
        if holder not in self._quotes:
            self._quotes[holder] = _quoted(self._folded.original, start, end)
        return any(left < one.start and one.end < right for left, right in self._quotes[holder])

    def _sentence(self, at: int, to: int) -> Sentence:
        text = self._folded.text
        end = text.find(BREAK, to)
        where = text.rfind(BREAK, 0, at) + 1, end if end >= 0 else len(text)
        if where not in self._parts:
            self._parts[where] = self._spotter.part(max(0, where[0] - 1), where[1] + 1)
        return self._parts[where]

    def _find(self, wanted: list[Wanted], sentence: Sentence) -> list[Occurrence]:
        return [where for one in wanted for where in self._spotter.find(one, sentence)]

    def _has_any(self, wanted: list[Wanted], sentence: Sentence, but: Occurrence) -> bool:
        """Whether a cue is in the sentence that does not overlap a place."""
        first, last = sentence.start, sentence.start + len(sentence.line)
        return any(
            first <= start and end <= last and (end <= but[0] or start >= but[1])
            for start, end in self._find(wanted, sentence)
        )

    def _is_beside(self, wants: Wants, language: str, here: Occurrence, sentence: Sentence) -> bool:
        at, to = here
        pairs = [(end, at) for _, end in self._find(wants.before, sentence) if end <= at]
        pairs += [(to, start) for start, _ in self._find(wants.after, sentence) if start >= to]
        if not pairs:
            return False
        text, stops = self._folded.text, self._find(wants.stops, sentence)
        return any(
            text.find(CLAUSE, end, start) < 0
            and is_near(text, end, start, wants.reach, language)
            and not any(end <= first and last <= start for first, last in stops)
            for end, start in pairs
        )


def _quoted(text: str, start: int, end: int) -> list[Occurrence]:
    """What stands between quotation marks in a part of a text, from where to where; nothing if most of it does."""
    found = [where.span() for where in _QUOTED.finditer(text, start, end)]
    return [] if sum(last - first for first, last in found) > _MOSTLY * (end - start) else found


def _wanted(language: str, patterns: Iterable[Pattern]) -> list[Wanted]:
    """What to look for; all cues that are plain words are one place with many words, which is looked for at once."""
    sequences = [sequence for pattern in patterns for sequence in pattern.sequences]
    slots = [one.places[0] for one in sequences if len(one.places) == 1]
    plain = frozenset(literal for slot in slots if isinstance(slot, Slot) for literal in slot.literals)
    forms = [one for one in sequences if len(one.places) > 1]
    forms += [Form((Slot(plain),), ())] if plain else []
    return [Wanted(language, language, (form,)) for form in forms]
