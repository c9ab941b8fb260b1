"""The cheap pass over every ad: which patterns could be in a text, judged by its outline.

It may let through too much, never too little: where a pattern is found, its anchor is in the outline and the words of
its other places are in the same sentence.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

import hyperscan
import numpy as np

from model.outline import BREAK, LETTERS, Outline, outline
from model.searches import Expected, Wanted, Words, choose_anchor
from model.sieve import Sieve, first_letters, make_sieve

__all__ = ["Glancer", "Glimpse", "Noticed", "Plan", "plan_glances"]

_IN_A_ROW: Final = rb" %b (?:\n )?%b (?:\n )?%b " % (LETTERS, LETTERS, LETTERS)
"""Letters that stand alone side by side may be a word in disguise."""

_BREAK: Final = BREAK.decode()
_MUCH: Final = 300_000
"""More bytes than that are not sifted: the arrays would be large."""

_LONG: Final = 2_000
"""Of a sentence longer than this it is remembered which words it has: it may be hostile, and be asked again and again.
For others that would take longer than to look again."""


class Glimpse(NamedTuple):
    """What the cheap pass saw."""

    candidate: Wanted | None
    """The first pattern that the text may hold."""

    suspect: bool
    """Whether letters may be in disguise, so that there may be more once they are put right; of no meaning where there
    is a candidate."""


class Noticed(NamedTuple):
    """What a full reading has to look at."""

    candidates: list[tuple[int, int]]
    """What could be there: the place of a pattern among those asked for, and the number of a sentence, from 0; in
    order."""

    in_a_row: list[int]
    """The numbers of sentences with letters that stand alone side by side."""


class _Notice(NamedTuple):
    """What an anchor's word is a notice of."""

    place: int
    """The pattern's, among those asked for."""

    words: tuple[str, ...]
    """One of them must be in the sentence too; nothing, which is in every sentence, where the anchor is all. As text,
    which Python searches three times as fast as bytes."""

    others: tuple[tuple[str, ...], ...]
    """What must be there besides."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to look for first, and how. It takes a second to make, and can be kept."""

    words: list[bytes]
    """The anchors' words."""

    noticed: list[tuple[_Notice, ...]]
    """What each of them is a notice of."""

    sieve: Sieve
    """For the full reading, which looks at many texts at once."""

    scanner: bytes
    """Hyperscan's database: tells where each of the words ends, by its place, and last letters in a row."""


def plan_glances(wanted: Iterable[Wanted], sample: Iterable[str]) -> Plan:
    """How to look for patterns; texts of the ``sample`` say which words are common."""
    sample = list(sample)
    expected = Expected(sample)
    noticed: dict[bytes, list[_Notice]] = defaultdict(list)
    needed: list[Words] = []
    for place, one in enumerate(wanted):
        anchor = choose_anchor(one, expected)
        others = anchor.others or ((b"",),)
        needed.append(others[0])
        words, *rest = map(_as_text, others)
        notice = _Notice(place, words, tuple(rest))
        for word in anchor.words:
            noticed[word].append(notice)
    in_order = sorted(noticed)
    quickest_first = [tuple(sorted(noticed[word], key=lambda one: len(one.words))) for word in in_order]
    common = first_letters(b"".join(outline(text).line for text in sample))
    sieve = make_sieve([[one.place for one in its] for its in quickest_first], needed, common)
    return Plan(in_order, quickest_first, sieve, hyperscan.dumpb(_scanner(in_order)))


class Glancer:
    """Says which patterns a text could hold."""

    def __init__(self, wanted: Sequence[Wanted], plan: "Plan") -> None:
        """``plan`` must have been made for the same patterns."""
        self._wanted = wanted
        self._noticed = plan.noticed
        self._sieve = plan.sieve
        self._notices = {one.place: one for its in plan.noticed for one in its}
        try:
            self._scanner = hyperscan.loadb(plan.scanner, hyperscan.HS_MODE_BLOCK)
            self._scanner.scratch = hyperscan.Scratch(self._scanner)
        except hyperscan.HyperscanError:  # kept by a machine of another kind
            self._scanner = _scanner(plan.words)

    def glimpse(self, seen: Outline) -> Glimpse:
        """The first thing that the text could hold, if any; where there is one, nothing more is looked for."""
        found, has_letters_in_a_row = self._look(seen.line, first_only=True)
        if found:
            return Glimpse(self._wanted[next(iter(found))], False)
        return Glimpse(None, has_letters_in_a_row or seen.is_suspect())

    def notice(self, line: bytes) -> Noticed:
        """All that the texts of an outline could hold."""
        if len(line) > _MUCH:
            return self._notice_in_one(line)
        words: list[int] = []
        ends: list[int] = []
        rows: list[int] = []
        add_word, add_end, in_a_row = words.append, ends.append, len(self._noticed)

        def notice(word: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if word == in_a_row:
                rows.append(end)
            else:
                add_word(word)
                add_end(end)

        self._scanner.scan(line, match_event_handler=notice)
        sentences = line.decode("latin-1").split(_BREAK)
        found: list[tuple[int, int]] = []
        for place, number in self._sieve.sift(line, words, ends):
            _, ones, others = self._notices[place]
            sentence = sentences[number]
            for one in ones:
                if one in sentence:
                    break
            else:
                continue
            if not others or _has_all(sentence, others):
                found.append((place, number))
        return Noticed(found, _sentences_of(rows, line) if rows else rows)

    def _notice_in_one(self, line: bytes) -> Noticed:
        found, has_letters_in_a_row = self._look(line, first_only=False)
        candidates = [(place, number) for place in sorted(found) for number in dict.fromkeys(found[place])]
        return Noticed(candidates, [0] if has_letters_in_a_row else [])

    def glance(self, line: bytes) -> list[tuple[Wanted, list[int]]]:
        """The patterns that the text of a line could hold, each with the numbers of the sentences where."""
        found: dict[int, list[int]] = {}
        for place, number in self.notice(line).candidates:
            found.setdefault(place, []).append(number)
        return [(self._wanted[place], numbers) for place, numbers in found.items()]

    def _look(  # noqa: C901 -- functions would take longer than what they do
        self, outline: bytes, *, first_only: bool
    ) -> tuple[dict[int, list[int]], bool]:
        """Which patterns may be in which sentences; and whether there are single letters in a row."""
        noticed, in_a_row = self._noticed, len(self._noticed)
        line = outline.decode("latin-1")
        sentence: str | _LongSentence = ""
        number, until = 0, 0
        found: dict[int, list[int]] = {}
        has_letters_in_a_row = False

        def notice(word: int, _start: int, end: int, _flags: int, _context: object) -> bool:
            """Called for each anchor's word, some forty times an ad: hence the plain loops and the local names."""
            nonlocal sentence, number, until, has_letters_in_a_row
            if word == in_a_row:
                has_letters_in_a_row = True
                return False
            if end > until:
                start = line.rfind(_BREAK, until, end) + 1
                number += line.count(_BREAK, until, start)
                until = line.find(_BREAK, end)
                if until < 0:
                    until = len(line)
                sentence = line[start:until]
                if until - start > _LONG:
                    sentence = _LongSentence(sentence)
            for place, words, others in noticed[word]:
                for one in words:
                    if one in sentence:
                        break
                else:
                    continue
                if not others or _has_all(sentence, others):
                    found.setdefault(place, []).append(number)
                    if first_only:
                        return True
            return False

        try:  # noqa: SIM105 -- suppress() would take longer
            self._scanner.scan(outline, match_event_handler=notice)
        except hyperscan.ScanTerminated:
            pass
        return found, has_letters_in_a_row


def _sentences_of(ends: list[int], line: bytes) -> list[int]:
    breaks = np.flatnonzero(np.frombuffer(line, dtype=np.uint8) == BREAK[0])
    return np.unique(breaks.searchsorted(ends)).tolist()  # type: ignore[no-any-return]


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


def _has_all(sentence: str | _LongSentence, places: tuple[tuple[str, ...], ...]) -> bool:
    return all(any(word in sentence for word in words) for words in places)


@cache
def _as_text(words: Words) -> tuple[str, ...]:
    """Made once, and kept once: what lies close together is sooner at hand."""
    return tuple(sys.intern(word.decode("latin-1")) for word in words)


def _scanner(words: Sequence[bytes]) -> hyperscan.Database:
    expressions = [b"".join(b"\\x%02x" % byte for byte in word) for word in words]
    scanner = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    scanner.compile(
        expressions=[*expressions, _IN_A_ROW],
        ids=range(len(words) + 1),
        elements=len(words) + 1,
    )
    return scanner
