"""The cheap pass over every ad: which patterns could be in a text, judged by its outline.

It may let through too much, never too little: where a pattern is found, its anchor is in the outline and the words of
its other places are in the same sentence.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import hyperscan

from model.outline import BREAK, LETTERS, Outline
from model.searches import Expected, Wanted, Words, choose_anchor

__all__ = ["Glance", "Glancer"]

_IN_A_ROW: Final = rb" %b (?:\n )?%b (?:\n )?%b " % (LETTERS, LETTERS, LETTERS)
"""Letters that stand alone side by side may be a word in disguise."""

_BREAK: Final = BREAK.decode()
_LONG: Final = 2_000
"""Of a sentence longer than this it is remembered which words it has: it may be hostile, and be asked again and again.
For others that would take longer than to look again."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What the cheap pass saw."""

    candidates: list[Wanted]
    """The patterns that the text may hold, in the order in which they were asked for."""

    suspect: bool
    """Whether letters may be in disguise, so that there may be more once they are put right."""


class _Notice(NamedTuple):
    """What an anchor's word is a notice of."""

    place: int
    """The pattern's, among those asked for."""

    words: tuple[str, ...]
    """One of them must be in the sentence too; nothing, which is in every sentence, where the anchor is all. As text,
    which Python searches three times as fast as bytes."""

    others: tuple[tuple[str, ...], ...]
    """What must be there besides."""


class Glancer:
    """Says which patterns a text could hold."""

    def __init__(self, wanted: Iterable[Wanted], sample: Iterable[str]) -> None:
        """Texts of the ``sample`` say which words are common."""
        expected = Expected(sample)
        self._wanted: list[Wanted] = []
        noticed: dict[bytes, list[_Notice]] = defaultdict(list)
        for place, one in enumerate(wanted):
            anchor = choose_anchor(one, expected)
            self._wanted.append(replace(one, rarest=anchor.rarest))
            words, *others = (_as_text(words) for words in anchor.others or ((b"",),))
            for word in anchor.words:
                noticed[word].append(_Notice(place, words, tuple(others)))
        words_in_order = sorted(noticed)
        self._noticed = [tuple(sorted(noticed[word], key=lambda one: len(one.words))) for word in words_in_order]
        self._scanner = _scanner(words_in_order)

    def glance(self, seen: Outline) -> Glance:
        """All that the text could hold."""
        return self._glance(seen, first_only=False)

    def glimpse(self, seen: Outline) -> Glance:
        """No more than the first thing that the text could hold; where there is one, nothing more is looked for."""
        return self._glance(seen, first_only=True)

    def _glance(self, seen: Outline, *, first_only: bool) -> Glance:
        line, noticed, in_a_row = seen.line.decode("latin-1"), self._noticed, len(self._noticed)
        sentence: str | _LongSentence = ""
        until, suspect = -1, False
        found: set[int] = set()

        def notice(number: int, _start: int, end: int, _flags: int, _context: object) -> bool:
            # Run some forty times an ad, so what it does is written out here.
            nonlocal sentence, until, suspect
            if number == in_a_row:
                suspect = True
                return False
            if end > until:
                until = line.find(_BREAK, end)
                if until < 0:
                    until = len(line)
                sentence = _sentence(line[line.rfind(_BREAK, 0, end) + 1 : until])
            for place, words, others in noticed[number]:
                for word in words:
                    if word in sentence:
                        break
                else:
                    continue
                if place not in found and all(any(word in sentence for word in other) for other in others):
                    found.add(place)
                    if first_only:
                        return True
            return False

        try:
            self._scanner.scan(seen.line, match_event_handler=notice)
        except hyperscan.ScanTerminated:
            return Glance([self._wanted[place] for place in found], suspect)
        return Glance([self._wanted[place] for place in sorted(found)], suspect or seen.is_suspect())


class _LongSentence:
    """Remembers which words it has."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._known: dict[str, bool] = {}

    def __contains__(self, word: str) -> bool:
        has = self._known.get(word)
        if has is None:
            has = self._known[word] = word in self._text
        return has


def _sentence(text: str) -> str | _LongSentence:
    return text if len(text) < _LONG else _LongSentence(text)


def _as_text(words: Words) -> tuple[str, ...]:
    return tuple(word.decode("latin-1") for word in words)


def _scanner(words: Sequence[bytes]) -> hyperscan.Database:
    """Tells where each of the words ends, by its place among them, and last, once, letters in a row."""
    expressions = [b"".join(b"\\x%02x" % byte for byte in word) for word in words]
    scanner = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    scanner.compile(
        expressions=[*expressions, _IN_A_ROW],
        ids=range(len(words) + 1),
        elements=len(words) + 1,
        flags=[0] * len(words) + [hyperscan.HS_FLAG_SINGLEMATCH],
    )
    return scanner
