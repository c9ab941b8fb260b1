"""Which patterns could be in which sentences of an outline, judged by the words found in it: with arrays, for many
texts at once, and letting through a little too much.

Where a word of a pattern's anchor is, one word of each of its other places must be in the same sentence. What is in
a sentence is written into bins: a small place's words each have a bin, a large place has one for all of its words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from model.lists import Flags, Lists, Numbers, as_lists
from model.searches import Anchor, Words
from model.vocabulary import Found

__all__ = ["BINS", "Sieve", "bins_for", "make_sieve"]

BINS: Final = 1_024
"""For each sentence; a prime number of steps from one place's bin to the next one's spreads them."""

_STEP: Final = 397
_MOST: Final = 1 << 22
"""Bins in all: in a text of more sentences some share theirs."""

_SMALL: Final = 8
"""A place of so few words is looked for word by word; with more, each word found is written down for its places."""


@dataclass(frozen=True, slots=True)
class Sieve:
    """Made once for some patterns."""

    noticed: Lists
    """For each word, the patterns that it is a notice of."""

    written: Lists
    """For each word, the bins that say it is there."""

    first_place: Numbers
    """For each pattern, the number of the first of its places besides the anchor; they follow each other, to the first
    of the next pattern."""

    bins: Lists
    """For each of these places, the bins of its words."""

    def sift(self, found: Found) -> tuple[Numbers, Numbers]:
        """Which patterns could be in which sentences, counted from 0; in order, each once."""
        hits, patterns = self.noticed.of(found.words)
        sentences = found.sentences.take(hits)
        count = found.line.sentence_count
        there = self._there(found, count)
        places = self.first_place.take(patterns)
        while len(more := np.flatnonzero(places < self.first_place.take(patterns + 1))):
            asked, bins = self.bins.of(places.take(more))
            numbers = _bin(sentences.take(more).take(asked), bins, len(there))
            stays = np.ones(len(patterns), dtype=np.bool_)
            stays[more] = self.bins.any_of(there.take(numbers), places.take(more))
            patterns, sentences, places = patterns[stays], sentences[stays], places[stays] + 1
            places = np.minimum(places, self.first_place.take(patterns + 1))
        both = np.sort(patterns * count + sentences)  # np.unique would take ten times as long
        both = both[np.diff(both, prepend=-1) > 0]
        return both // count, both % count

    def _there(self, found: Found, sentences: int) -> Flags:
        """Which bins are full."""
        hits, bins = self.written.of(found.words)
        there = np.zeros(min(sentences * BINS, _MOST), dtype=np.bool_)
        there[_bin(found.sentences.take(hits), bins, len(there))] = True
        return there


def _bin(sentences: Numbers, bins: Numbers, count: int) -> Numbers:
    numbers = sentences * BINS
    numbers += bins
    return numbers if count < _MOST else numbers & (_MOST - 1)


def make_sieve(words: Sequence[bytes], anchors: Iterable[Anchor]) -> Sieve:
    """The sieve for patterns with these anchors; ``words`` are all of their words, by number."""
    numbers = {word: number for number, word in enumerate(words)}
    bins_of: dict[Words, list[int]] = {}
    noticed: list[list[int]] = [[] for _ in words]
    written: list[set[int]] = [set() for _ in words]
    counts, bins = [0], []
    for pattern, anchor in enumerate(anchors):
        for word in anchor.words:
            noticed[numbers[word]].append(pattern)
        for its in anchor.others:
            if its not in bins_of:
                bins_of[its] = bins_for(its, numbers, len(bins_of), written)
            bins.append(bins_of[its])
        counts.append(len(bins))
    return Sieve(as_lists(noticed), as_lists([sorted(its) for its in written]), np.array(counts), as_lists(bins))


def bins_for(words: Words, numbers: dict[bytes, int], place: int, written: list[set[int]]) -> list[int]:
    """The bins by which a place is seen; its words are made to fill them."""
    small = len(words) <= _SMALL
    bins = [(numbers[word] if small else place + len(numbers)) * _STEP % BINS for word in words]
    for word, its in zip(words, bins, strict=True):
        written[numbers[word]].add(its)
    return sorted(set(bins))
