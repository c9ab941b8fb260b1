"""Which patterns could be in a sentence in the order of their places, and near enough to each other.

What the sieve lets through has a word for each place somewhere in the sentence; most of it in no order that counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from model.lists import Flags, Lists, Numbers, as_lists
from model.searches import CHARACTERS_A_WORD, Anchor, Words
from model.sieve import BINS, bins_for
from model.vocabulary import Found

__all__ = ["Ordering", "make_ordering"]

_MOST: Final = 1 << 21
"""Bins in all; where a text has more sentences with something in them, their order is left open."""

Places = npt.NDArray[np.int32]
_NEVER: Final = np.int32(1 << 30)


@dataclass(frozen=True, slots=True)
class Ordering:
    """Made once for some patterns."""

    written: Lists
    """For each word, the bins that say where it is."""

    first_place: Numbers
    """For each pattern, the number of its first place; its others follow, to that of the next pattern. One whose places
    come in any order, or that has one alone, has none."""

    bins: Lists
    """For each place, the bins of its words."""

    reach: Numbers
    """For each place, from where it begins, how far the next one may; of no meaning for a pattern's last."""

    steps: Numbers
    """For each place, how many words on the next one is at least: 1, or 0 where one word may hold both."""

    is_spaced: Flags
    """For each pattern, whether its reach is in words; else in letters."""

    def sift(self, found: Found, patterns: Numbers, sentences: Numbers) -> Flags:
        """Which of the patterns that could be in sentences could be there in order."""
        stays = np.ones(len(patterns), dtype=np.bool_)
        counts = self.first_place.take(patterns + 1) - self.first_place.take(patterns)
        rows = np.flatnonzero(counts)
        patterns, counts = patterns.take(rows), counts.take(rows)
        is_there = np.zeros(found.line.sentence_count, dtype=np.bool_)
        is_there[sentences.take(rows)] = True
        there, numbers = np.flatnonzero(is_there), (np.cumsum(is_there) - 1).take(sentences.take(rows))
        if not len(rows) or len(there) * BINS > _MOST:
            return stays
        first, last = self._places(found, there)
        ends = np.cumsum(counts)
        places = np.arange(ends[-1]) + np.repeat(self.first_place.take(patterns) - ends + counts, counts)
        asked, bins = self.bins.of(places)
        bins += np.repeat(numbers, counts).take(asked) * BINS
        starts = np.flatnonzero(np.diff(asked, prepend=-1))
        first, last = np.minimum.reduceat(first.take(bins), starts), np.maximum.reduceat(last.take(bins), starts)
        spaced = np.repeat(self.is_spaced.take(patterns), counts)
        follows = self._follow(found, places, first, last, spaced)
        follows[ends[:-1] - 1] = True  # from one pattern's last place to the next one's first
        stays[rows] = np.logical_and.reduceat(np.append(follows, True), ends - counts)
        return stays

    def _follow(self, found: Found, places: Numbers, first: Places, last: Places, spaced: Flags) -> Flags:
        """Whether each place could be followed by the next."""
        words = found.line.folded_words
        most = len(words) - 1
        begin, then = np.clip(last[:-1], 0, most), np.minimum(first[1:], most)
        far = np.where(spaced[:-1], words.take(then) - words.take(begin), then - begin)
        follows: Flags = (first[:-1] + self.steps.take(places[:-1]) <= last[1:]) & (far <= self.reach.take(places[:-1]))
        return follows

    def _places(self, found: Found, sentences: Numbers) -> tuple[Places, Places]:
        """For each bin of some sentences, the first and the last place of what fills it."""
        numbers = np.full(found.line.sentence_count, -1)
        numbers[sentences] = np.arange(len(sentences))
        line = numbers.take(found.sentences)
        kept = np.flatnonzero(line >= 0)
        hits, bins = self.written.of(found.words.take(kept))
        bins += line.take(kept).take(hits) * BINS
        tokens = found.tokens.take(kept).take(hits).astype(np.int32)
        first = np.full(len(sentences) * BINS, _NEVER, dtype=np.int32)
        last = np.full(len(sentences) * BINS, -1, dtype=np.int32)
        np.minimum.at(first, bins, tokens)
        np.maximum.at(last, bins, tokens)
        return first, last


def make_ordering(words: Sequence[bytes], anchors: Iterable[Anchor], languages: Iterable[str]) -> Ordering:
    """For patterns with these anchors, in these languages; ``words`` are all of their words, by number."""
    numbers = {word: number for number, word in enumerate(words)}
    bins_of: dict[Words, list[int]] = {}
    written: list[set[int]] = [set() for _ in words]
    counts, bins, reach, steps = [0], [], [], []
    for anchor in anchors:
        for its in anchor.order:
            if its not in bins_of:
                bins_of[its] = bins_for(its, numbers, len(bins_of), written)
            bins.append(bins_of[its])
        reach += [*anchor.reach, 0] if anchor.order else []
        steps += [*map(_steps, anchor.order, anchor.order[1:]), 0] if anchor.order else []
        counts.append(len(bins))
    spaced = [language.partition("-")[0] not in CHARACTERS_A_WORD for language in languages]
    kept = as_lists([sorted(its) for its in written])
    far, near = np.array(reach, dtype=np.intp), np.array(steps, dtype=np.intp)
    return Ordering(kept, np.array(counts), as_lists(bins), far, near, np.array(spaced))


def _steps(place: Words, after: Words) -> int:
    """None where a word of the place may end inside a word of the text, and one of the next may begin there."""
    return int(all(word[-1:] == b" " for word in place) or all(word[:1] == b" " for word in after))
