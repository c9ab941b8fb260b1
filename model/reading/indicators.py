"""Indicator finder: matches of a taxonomy's patterns, in disguise or not."""

from collections.abc import Iterator
from importlib.metadata import version
from operator import itemgetter
from pathlib import Path
from typing import Final, NamedTuple

import model.taxonomy
import model.text
from crawler.language.disk_cache import cached
from model.reading.matcher import Compiled, Matcher, Sentence, Wanted, compile_patterns, joined
from model.taxonomy.records import Taxonomy
from model.text.folding import SPACE, Folded, views

MOST_READ: Final = 100_000
"""Characters looked at, many times those of the longest ad: no text, however long, holds up the others."""

CUES: Final = ("before", "after", "stops", "attributed")

_CODE: Final = (
    Path(model.taxonomy.__path__[0]), Path(model.text.__path__[0]), Path(__file__).with_name("matcher.py"),
    Path(__file__),
)  # fmt: skip
"""What the cached tables depend on, beside the taxonomy."""


class Found(NamedTuple):
    """A piece of a text that a pattern matches."""

    start: int
    end: int
    indicator: str
    language: str
    """The language of the pattern, which may not be the text's."""

    pattern: int
    """Number of the pattern: indicators, their languages and patterns in the order of the taxonomy."""

    sentence: Sentence
    at: int
    to: int
    """Where the piece stands in the sentence's folded text."""


class _Tables(NamedTuple):
    """What the finder looks for, cached on disk."""

    compiled: Compiled
    indicators: list[str]
    unless: dict[tuple[str, str], int]
    """Indicator and language -> the cues that take it away, a pattern's number."""

    cues: dict[tuple[str, str], int]
    """Language and a name in ``CUES`` -> a pattern's number."""

    denials: dict[str, frozenset[str]]
    """Language -> words that a gap must not end with."""


class IndicatorFinder:
    """Finds indicators in texts, whether denied or not; made once a taxonomy."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        tables = _tables(taxonomy)
        self._indicators = tables.indicators
        self._patterns = tables.compiled.patterns
        self._matcher = Matcher(tables.compiled, tables.denials)
        self.unless = tables.unless
        self.cues = tables.cues

    def find(self, text: str) -> list[Found]:
        """Each piece that seems to show an indicator, in reading order; pieces of different patterns may overlap. A
        piece that several patterns of an indicator match is given once for each of their languages."""
        pieces: dict[tuple[int, int, str, str], Found] = {}
        for piece in self.find_each(text):
            known = pieces.setdefault(piece[:4], piece)
            if piece.pattern < known.pattern:
                pieces[piece[:4]] = piece
        return sorted(pieces.values(), key=itemgetter(0, 1, 2, 4))

    def find_each(self, text: str) -> Iterator[Found]:
        """The same for every pattern, in any order."""
        plain, *cleared = views(text[:MOST_READ])
        if not cleared:
            yield from self._in(plain)
            return
        found = {(piece.start, piece.end, piece.pattern): piece for view in cleared for piece in self._in(view)}
        yield from found.values()
        sentences: dict[tuple[int, int, int], Sentence] = {}
        for piece in self._in(plain):
            if (piece.start, piece.end, piece.pattern) not in found:
                view = next((view for view in cleared if view.begin <= piece.start < view.end), None)
                yield self._moved(piece, view, sentences) if view else piece

    def _in(self, folded: Folded) -> Iterator[Found]:
        for pattern, at, to, sentence in self._matcher.find(folded):
            start, end = folded.span(at, to)
            language = self._patterns[pattern][0]
            yield Found(start, end, self._indicators[pattern], language, pattern, sentence, at, to)

    def _moved(self, found: Found, view: Folded, sentences: dict[tuple[int, int, int], Sentence]) -> Found:
        """The same piece in a line without its disguise: what denies it may be in disguise."""
        at, to = view.place(found.start), view.place(found.end)
        at += view.line[at] == SPACE and at < to
        bounds = (view.begin, *self._matcher.sentence_bounds(view, at, to))
        if bounds not in sentences:
            sentences[bounds] = self._matcher.sentence(view, *bounds[1:])
        return found._replace(sentence=sentences[bounds], at=at, to=to)


def _tables(taxonomy: Taxonomy) -> _Tables:
    if not taxonomy.files:
        return _make_tables(taxonomy)
    content = [part.encode() for name, text in sorted(taxonomy.files.items()) for part in (name, text)]
    return cached("matcher", [*content, version("pyahocorasick").encode()], lambda: _make_tables(taxonomy), code=_CODE)


def _make_tables(taxonomy: Taxonomy) -> _Tables:
    wanted: list[Wanted] = []
    indicators: list[str] = []
    spares: list[str] = []
    lists: dict[tuple[str, str], Wanted] = {}
    for key, indicator in taxonomy.indicators.items():
        for language, signs in indicator.languages.items():
            wanted += [Wanted(language, pattern.sequences) for pattern in signs.patterns]
            indicators += [key] * len(signs.patterns)
            spares += signs.spares
            if signs.unless:
                lists[key, language] = joined(language, signs.unless)
    takes_away = len(lists)
    for language, negation in taxonomy.negation.items():
        for kind in CUES:
            if cues := getattr(negation, kind):
                lists[language, kind] = joined(language, cues)
    numbers = {key: len(wanted) + number for number, key in enumerate(lists)}
    return _Tables(
        compiled=compile_patterns(wanted, lists.values(), spares),
        indicators=indicators,
        unless=dict(list(numbers.items())[:takes_away]),
        cues=dict(list(numbers.items())[takes_away:]),
        denials={language: negation.words for language, negation in taxonomy.negation.items()},
    )
