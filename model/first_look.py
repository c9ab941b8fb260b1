"""The first look at many ads at once: the same n-grams and the same arithmetic as ad by ad, at a fraction of the cost.

Texts are folded and weighed together, those with letters in disguise once more with the letters put right.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple

import numpy as np

from crawler.ad import JobAd
from model.classifier.heads import HEADS, Classifier, Doubles, HeadName
from model.text.disguise import undisguise
from model.classifier.features import LONGEST_TEXT
from model.folding import Lines
from model.together import Together
from model.weightiest import weigh_words
from model.worth import Texts, Worth

__all__ = ["FirstLook", "WordWorth", "Words", "WordsOf"]

_TOGETHER: Final = 64
"""Ads read together: more would not be faster, and would take more memory than stays close to the processor."""

_PARTS: Final = 2
"""Texts of an ad: its title and its description."""


class WordWorth(NamedTuple):
    """What a word of an ad adds to a head, wherever it stands, and where it stands first."""

    in_title: bool
    begin: int
    last: int
    """Where it begins in the title or the description, and its last letter is over."""

    limit: int
    """How far accents, repetitions and invisible parts of this letter may go on."""

    value: float


class WordsOf(NamedTuple):
    """The weightiest words of an ad, and what the others add together; None where there are no others."""

    words: list[WordWorth]
    rest: float | None


class Words:
    """What several ads say, and what it is worth."""

    def __init__(self, worth: Worth, lines: Lines, starts: Sequence[int]) -> None:
        """``starts`` is where titles and descriptions, in turn, begin in what was folded."""
        self._worth, self._lines, self._starts = worth, lines, starts
        edges = lines.origin.searchsorted(np.array(starts, dtype=np.int32))
        self._edges = np.append(edges, len(lines.text)).astype(np.int32)
        self.values = worth.of(lines.text, self._edges, _PARTS)
        """A row for each ad with a number for each head, in the order of ``HEADS``, before signs and calibration."""
        self._put_right: Words | None = None
        self._again: dict[int, int] = {}
        """The ads that say something else with their letters put right, and their numbers where they are read so."""

    def weightiest(self, ads: Sequence[int], head: HeadName, most: int) -> list[WordsOf]:
        """The words of some ads, by their numbers, that add most to a head: so many of each at most."""
        found: dict[int, WordsOf] = {}
        own = [ad for ad in ads if ad not in self._again]
        found |= zip(own, self._of(own, head, most), strict=True)
        if self._put_right:
            others = [ad for ad in ads if ad in self._again]
            numbers = [self._again[ad] for ad in others]
            found |= zip(others, self._put_right.weightiest(numbers, head, most), strict=True)
        return [found[ad] for ad in ads]

    def _of(self, ads: Sequence[int], head: HeadName, most: int) -> Iterator[WordsOf]:
        if not ads:
            return
        text, origin = self._lines.text, self._lines.origin
        texts = Texts(text, self._edges, len(text), len(self._edges) // _PARTS, _PARTS)
        its = weigh_words(self._worth, texts, ads, HEADS.index(head), most)
        shown = np.minimum(its.many, most)
        parted, starts = self._edges[1::_PARTS], np.array(self._starts, dtype=np.int32)
        which = np.arange(len(its.start)) % most < shown.repeat(most)
        ad = np.array(ads, dtype=np.int32).repeat(most)[which]
        start, over = its.start[which], its.over[which]
        in_title = start < parted[ad]
        begins = starts[_PARTS * ad + ~in_title]
        columns = (
            in_title, origin[start] - begins, origin[over - 1] + 1 - begins, origin[over] - begins, its.value[which],
        )  # fmt: skip
        words = map(WordWorth, *(column.tolist() for column in columns))
        for many, rest in zip(its.many.tolist(), its.rest.tolist(), strict=True):
            yield WordsOf([*islice(words, min(many, most))], rest if many > most else None)

    def put_right(self, ads: Sequence[int], words: "Words") -> None:
        """What some ads, by their numbers, say with their letters put right takes the place of what they say."""
        self.values[ads] = words.values
        self._put_right = words
        self._again = {ad: number for number, ad in enumerate(ads)}


class FirstLook:
    """What the n-grams of ads are worth to each head, before signs and calibration."""

    def __init__(self, classifier: Classifier) -> None:
        grams = [classifier.heads[name].grams for name in HEADS]
        self._worth = Worth(classifier.rarity, np.stack(grams, axis=1).astype(np.float32))

    def words(self, ads: Sequence[JobAd]) -> Doubles:
        """A row for each ad with a number for each head, in the order of ``HEADS``."""
        return np.concatenate([np.zeros((0, len(HEADS))), *(words.values for words in self._lots(ads))])

    def read(self, ads: Sequence[JobAd], its: Together | None = None) -> Words:
        """What some ads say: at once, so not too many. ``its`` are the ads as they were taken together already."""
        if its is None:
            its = Together([text for ad in ads for text in (ad.title, ad.description[:LONGEST_TEXT])])
            starts, cleared = its.starts[:-1], _cleared_texts(its)
        else:
            begins = zip(ads, its.starts[:-1], strict=True)
            starts = [at for ad, start in begins for at in (start, start + len(ad.title) + 1)]
            cleared = _cleared_parts(ads, its)
        words = Words(self._worth, its.lines, starts)
        if cleared:
            self._put_right(words, ads, cleared)
        return words

    def _put_right(self, words: Words, ads: Sequence[JobAd], cleared: Mapping[int, str]) -> None:
        """Read the ads again that are in disguise; ``cleared`` are their texts without it, by their numbers."""
        again = sorted({number // _PARTS for number in cleared})
        said = [
            cleared.get(_PARTS * ad + part, text)
            for ad in again
            for part, text in enumerate((ads[ad].title, ads[ad].description[:LONGEST_TEXT]))
        ]
        its = Together(said)
        words.put_right(again, Words(self._worth, its.lines, its.starts[:-1]))

    def _lots(self, ads: Sequence[JobAd]) -> Iterator[Words]:
        for start in range(0, len(ads), _TOGETHER):
            yield self.read(ads[start : start + _TOGETHER])


def _cleared_texts(its: Together) -> dict[int, str]:
    """The texts that are others out of disguise, by their numbers."""
    if not its.changed:
        return {}
    cleared = {number: its.changed.clear(its.texts[number], its.starts[number]) for number in its.suspects}
    return {number: text for number, text in cleared.items() if text != its.texts[number]}


def _cleared_parts(ads: Sequence[JobAd], its: Together) -> dict[int, str]:
    """Titles and descriptions that are others out of disguise, by their numbers, where ``its`` are both in one."""
    changed, cleared = its.changed, {}
    for number in its.suspects:
        ad, start = ads[number], its.starts[number]
        for part, (text, begin) in enumerate(((ad.title, start), (ad.description, start + len(ad.title) + 1))):
            now = undisguise(text) if number in changed.foreign else changed.clear(text, begin)
            if now != text:
                cleared[_PARTS * number + part] = text, now
    # A part may be in no disguise that is in one beside the other.
    suspects = Together([text for text, _ in cleared.values()]).suspects if cleared else ()
    those = list(cleared)
    return {those[at]: cleared[those[at]][1] for at in suspects}
