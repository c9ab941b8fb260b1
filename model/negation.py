"""Whether what an ad seems to say is denied ("we never ask for a fee") or said of others ("beware of offers that ...").

Cues are data, a set for each language; a cue counts only for evidence found in its own language, because one
language's "no" is another's "my".
"""

from collections.abc import Iterable, Mapping

from model.patterns import Pattern
from model.spotting import Occurrence, Spotter, Wanted, is_near
from model.taxonomy import Taxonomy
from model.text import BREAK, CLAUSE, Folded

__all__ = ["CueFinder", "Cues"]

_BEFORE, _AFTER, _STOPS, _ATTRIBUTED, _UNLESS = "before", "after", "stops", "attributed", "unless"


class CueFinder:
    """Finds the cues in a text; made once a taxonomy."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        wanted = [
            one
            for language, negation in taxonomy.negation.items()
            for kind, patterns in (
                (_BEFORE, negation.before), (_AFTER, negation.after), (_STOPS, negation.stops),
                (_ATTRIBUTED, negation.attributed),
            )
            for one in _wanted(kind, language, patterns)
        ]  # fmt: skip
        wanted += [
            one
            for key, indicator in taxonomy.indicators.items()
            for language, signs in indicator.languages.items()
            for one in _wanted(f"{_UNLESS} {key}", language, signs.unless)
        ]
        self._spotter = Spotter(wanted)

    def find(self, folded: Folded) -> "Cues":
        """The cues of one text."""
        found: dict[tuple[str, str], list[Occurrence]] = {}
        for one, spans in self._spotter.matches(folded, self._spotter.glance(folded)):
            found.setdefault((one.name, one.language), []).extend(spans)
        return Cues(self._taxonomy, folded, found)


class Cues:
    """The cues of one text, to be asked about each piece of evidence in it."""

    def __init__(self, taxonomy: Taxonomy, folded: Folded, found: Mapping[tuple[str, str], list[Occurrence]]) -> None:
        self._taxonomy, self._folded, self._found = taxonomy, folded, found

    def deny(self, key: str, language: str, start: int, end: int) -> bool:
        """Whether the indicator shown at ``start:end`` of the original text is denied, or said of others."""
        if not self._found:
            return False
        text, at = self._folded.text, self._folded.position(start)
        to = self._folded.position(end - 1) + 1
        sentence = Occurrence(text.rfind(BREAK, 0, at) + 1, _or_end(text.find(BREAK, to), text))
        if self._inside(f"{_UNLESS} {key}", language, sentence, Occurrence(at, at)):
            return True
        indicator = self._taxonomy.indicators[key]
        if not indicator.negatable:
            return False
        here = Occurrence(at, to)
        # A text that reads as a warning is recognised by these very words; they do not take it away.
        if key != self._taxonomy.not_an_ad and self._inside(_ATTRIBUTED, language, sentence, here):
            return True
        return self._beside(language, here)

    def _inside(self, kind: str, language: str, sentence: Occurrence, but: Occurrence) -> bool:
        return any(
            sentence.start <= cue.start and cue.end <= sentence.end and (cue.end <= but.start or cue.start >= but.end)
            for cue in self._found.get((kind, language), ())
        )

    def _beside(self, language: str, here: Occurrence) -> bool:
        negation = self._taxonomy.negation.get(language)
        if negation is None:
            return False
        pairs = [(cue.end, here.start) for cue in self._found.get((_BEFORE, language), ()) if cue.end <= here.start]
        pairs += [(here.end, cue.start) for cue in self._found.get((_AFTER, language), ()) if cue.start >= here.end]
        text, stops = self._folded.text, self._found.get((_STOPS, language), ())
        return any(
            text.find(CLAUSE, end, start) < 0
            and is_near(text, end, start, negation.reach, language)
            and not any(end <= stop.start and stop.end <= start for stop in stops)
            for end, start in pairs
        )


def _wanted(name: str, language: str, patterns: Iterable[Pattern]) -> list[Wanted]:
    return [Wanted(name, language, sequence) for pattern in patterns for sequence in pattern.sequences]


def _or_end(at: int, text: str) -> int:
    return at if at >= 0 else len(text)
