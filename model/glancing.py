"""The cheap pass over every ad: which patterns could be in a text, judged by its outline.

It may let through too much, never too little: where a pattern is found, its anchor is in the outline and the words of
its other places are in the same sentence.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NamedTuple

import hyperscan

from model.outline import BREAK, LETTERS, Outline
from model.searches import Expected, Wanted, Words, choose_anchor

__all__ = ["Glancer", "Glimpse", "Plan", "plan_glances"]

_IN_A_ROW: Final = rb" %b (?:\n )?%b (?:\n )?%b " % (LETTERS, LETTERS, LETTERS)
"""Letters that stand alone side by side may be a word in disguise."""

_BREAK: Final = BREAK.decode()
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

    scanner: bytes
    """Hyperscan's database: tells where each of the words ends, by its place, and last, once, letters in a row."""


def plan_glances(wanted: Iterable[Wanted], sample: Iterable[str]) -> Plan:
    """How to look for patterns; texts of the ``sample`` say which words are common."""
    expected = Expected(sample)
    noticed: dict[bytes, list[_Notice]] = defaultdict(list)
    for place, one in enumerate(wanted):
        anchor = choose_anchor(one, expected)
        words, *others = (_as_text(words) for words in anchor.others or ((b"",),))
        for word in anchor.words:
            noticed[word].append(_Notice(place, words, tuple(others)))
    in_order = sorted(noticed)
    quickest_first = [tuple(sorted(noticed[word], key=lambda one: len(one.words))) for word in in_order]
    return Plan(in_order, quickest_first, hyperscan.dumpb(_scanner(in_order)))


class Glancer:
    """Says which patterns a text could hold."""

    def __init__(self, wanted: Sequence[Wanted], plan: "Plan") -> None:
        """``plan`` must have been made for the same patterns."""
        self._wanted = wanted
        self._noticed = plan.noticed
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

    def glance(self, line: bytes) -> list[tuple[Wanted, list[int]]]:
        """All that the text of an outline could hold, each with the numbers of the sentences where; in the order in
        which it was asked for."""
        found, _ = self._look(line, first_only=False)
        return [(self._wanted[place], sentences) for place, sentences in sorted(found.items())]

    def _look(  # noqa: C901 -- functions would take longer than what they do
        self, outline: bytes, *, first_only: bool
    ) -> tuple[dict[int, list[int]], bool]:
        """Which patterns may be in which sentences; and whether there are single letters in a row."""
        noticed, in_a_row = self._noticed, len(self._noticed)
        sentences = outline.decode("latin-1").split(_BREAK)
        sentence: str | _LongSentence = ""
        number, until = -1, -1
        found: dict[int, list[int]] = {}
        has_letters_in_a_row = False

        def notice(word: int, _start: int, end: int, _flags: int, _context: object) -> bool:
            """Called for each anchor's word, some forty times an ad: hence the plain loops and the local names."""
            nonlocal sentence, number, until, has_letters_in_a_row
            if word == in_a_row:
                has_letters_in_a_row = True
                return False
            if end > until:
                while end > until:
                    number += 1
                    until += len(sentences[number]) + 1
                sentence = sentences[number]
                if len(sentence) > _LONG:
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

        with suppress(hyperscan.ScanTerminated):
            self._scanner.scan(outline, match_event_handler=notice)
        return found, has_letters_in_a_row


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


def _as_text(words: Words) -> tuple[str, ...]:
    return tuple(word.decode("latin-1") for word in words)


def _scanner(words: Sequence[bytes]) -> hyperscan.Database:
    expressions = [b"".join(b"\\x%02x" % byte for byte in word) for word in words]
    scanner = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    scanner.compile(
        expressions=[*expressions, _IN_A_ROW],
        ids=range(len(words) + 1),
        elements=len(words) + 1,
        flags=[0] * len(words) + [hyperscan.HS_FLAG_SINGLEMATCH],
    )
    return scanner
