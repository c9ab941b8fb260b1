"""Whether what an ad seems to say is denied ("we never ask for a fee") or said of others ("beware of offers that ...").

What stands between quotation marks is said by others too, unless most of the text does: warnings quote lures, and
a recruiter does not quote himself.

Cues are data, a set for each language; a cue counts only for evidence found in its own language, because one
language's "no" is another's "my".
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from model.patterns import Pattern, Sequence, Slot
from model.searches import Wanted
from model.spotting import Occurrence, Sentence, Spotter, is_near
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

_BEFORE, _AFTER, _STOPS, _ATTRIBUTED, _UNLESS = "before", "after", "stops", "attributed", "unless"


class CueFinder:
    """Finds the cues in a text; made once a taxonomy."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self._wanted: dict[tuple[str, str], list[Wanted]] = {}
        for language, negation in taxonomy.negation.items():
            self._wanted[_BEFORE, language] = _wanted(language, negation.before)
            self._wanted[_AFTER, language] = _wanted(language, negation.after)
            self._wanted[_STOPS, language] = _wanted(language, negation.stops)
            self._wanted[_ATTRIBUTED, language] = _wanted(language, negation.attributed)
        for key, indicator in taxonomy.indicators.items():
            for language, signs in indicator.languages.items():
                self._wanted[f"{_UNLESS} {key}", language] = _wanted(language, signs.unless)

    def find(self, folded: Folded) -> "Cues":
        """The cues of one text."""
        return Cues(self._taxonomy, folded, self._wanted)


class Cues:
    """The cues of one text, to be asked about each piece of evidence in it; those of a language are looked for in
    a sentence when it is first asked about."""

    def __init__(self, taxonomy: Taxonomy, folded: Folded, wanted: Mapping[tuple[str, str], list[Wanted]]) -> None:
        self._taxonomy, self._folded, self._wanted = taxonomy, folded, wanted
        self._spotter = Spotter(folded)
        self._parts: dict[Occurrence, Sentence] = {}
        self._known: dict[tuple[str, str, Occurrence], list[Occurrence]] = {}
        quoted = [where.span() for where in _QUOTED.finditer(folded.original)]
        most = sum(end - start for start, end in quoted) > _MOSTLY * len(folded.original)
        self._quoted = [] if most else quoted

    def deny(self, key: str, language: str, start: int, end: int) -> bool:
        """Whether the indicator shown at ``start:end`` of the original text is denied, or said of others."""
        indicator = self._taxonomy.indicators[key]
        if indicator.polarity == "risk" and any(left < start and end < right for left, right in self._quoted):
            return True
        text, at = self._folded.text, self._folded.position(start)
        to = self._folded.position(end - 1) + 1
        sentence = Occurrence(text.rfind(BREAK, 0, at) + 1, _or_end(text.find(BREAK, to), text))
        if self._inside(f"{_UNLESS} {key}", language, sentence, Occurrence(at, at)):
            return True
        if not indicator.negatable:
            return False
        here = Occurrence(at, to)
        # A text that reads as a warning is recognised by these very words; they do not take it away.
        if key != self._taxonomy.not_an_ad and self._inside(_ATTRIBUTED, language, sentence, here):
            return True
        return self._beside(language, here, sentence)

    def _found(self, kind: str, language: str, sentence: Occurrence) -> list[Occurrence]:
        found = self._known.get((kind, language, sentence))
        if found is None:
            part = self._part(sentence)
            wanted = self._wanted.get((kind, language), ())
            found = [where for one in wanted for where in self._spotter.find(one, part)]
            self._known[kind, language, sentence] = found
        return found

    def _part(self, sentence: Occurrence) -> Sentence:
        part = self._parts.get(sentence)
        if part is None:
            part = self._parts[sentence] = self._spotter.part(max(0, sentence.start - 1), sentence.end + 1)
        return part

    def _inside(self, kind: str, language: str, sentence: Occurrence, but: Occurrence) -> bool:
        return any(
            sentence.start <= cue.start and cue.end <= sentence.end and (cue.end <= but.start or cue.start >= but.end)
            for cue in self._found(kind, language, sentence)
        )

    def _beside(self, language: str, here: Occurrence, sentence: Occurrence) -> bool:
        negation = self._taxonomy.negation.get(language)
        if negation is None:
            return False
        pairs = [(cue.end, here.start) for cue in self._found(_BEFORE, language, sentence) if cue.end <= here.start]
        pairs += [(here.end, cue.start) for cue in self._found(_AFTER, language, sentence) if cue.start >= here.end]
        if not pairs:
            return False
        text, stops = self._folded.text, self._found(_STOPS, language, sentence)
        return any(
            text.find(CLAUSE, end, start) < 0
            and is_near(text, end, start, negation.reach, language)
            and not any(end <= stop.start and stop.end <= start for stop in stops)
            for end, start in pairs
        )


def _wanted(language: str, patterns: Iterable[Pattern]) -> list[Wanted]:
    """What to look for; all cues that are plain words are one place with many words, which is looked for at once."""
    sequences = [sequence for pattern in patterns for sequence in pattern.sequences]
    slots = [one.places[0] for one in sequences if len(one.places) == 1]
    plain = frozenset(literal for slot in slots if isinstance(slot, Slot) for literal in slot.literals)
    forms = [one for one in sequences if len(one.places) > 1]
    forms += [Sequence((Slot(plain),), ())] if plain else []
    return [Wanted(language, language, (form,)) for form in forms]


def _or_end(at: int, text: str) -> int:
    return at if at >= 0 else len(text)
