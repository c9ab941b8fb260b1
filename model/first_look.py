"""The first look at many ads at once: the same n-grams and the same arithmetic as ad by ad, at a fraction of the cost.

Texts are folded and weighed together, those with letters in disguise once more with the letters put right.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from crawler.ad import JobAd
from model.classifier import HEADS, Classifier, Doubles, HeadName
from model.disguise import undisguise
from model.features import LONGEST_TEXT
from model.folding import Lines
from model.together import Together
from model.worth import Worth

__all__ = ["FirstLook", "Words", "WordsOf"]

_TOGETHER: Final = 64
"""Ads read together: more would not be faster, and would take more memory than stays close to the processor."""

_PARTS: Final = 2
"""Texts of an ad: its title and its description."""


@dataclass(frozen=True, slots=True)
class WordsOf:
    """The words of one ad, folded, title and description one after the other."""

    lines: Lines
    parted: int
    """Where the description begins."""

    starts: tuple[int, int]
    """Where title and description begin in what ``lines.origin`` leads to."""


class Words:
    """What several ads say, and what it is worth."""

    def __init__(self, worth: Worth, lines: Lines, starts: Sequence[int]) -> None:
        """``starts`` is where titles and descriptions, in turn, begin in what was folded."""
        self._worth, self._lines, self._starts = worth, lines, starts
        edges = lines.origin.searchsorted(np.array(starts, dtype=np.int32))
        self._edges = np.append(edges, len(lines.text)).astype(np.int32)
        self.values = worth.of(lines.text, self._edges, _PARTS)
        """A row for each ad with a number for each head, in the order of ``HEADS``, before signs and calibration."""
        self.again: dict[int, tuple[Words, int]] = {}
        """The ads that say something else with their letters put right: where they are read so, and their number
        there."""

    def of(self, ad: int) -> WordsOf:
        """The words of one ad, by its number."""
        if ad in self.again:
            words, number = self.again[ad]
            return words.of(number)
        first, parted, after = self._edges[_PARTS * ad : _PARTS * ad + 3].tolist()
        lines, its = self._lines, slice(first, after + 1)  # with what parts its last word from the next ad
        return WordsOf(
            lines._replace(text=lines.text[its], accented=lines.accented[its], origin=lines.origin[its]),
            parted - first,
            (self._starts[_PARTS * ad], self._starts[_PARTS * ad + 1]),
        )

    def by_letter(self, its: WordsOf, head: HeadName) -> Doubles:
        """What each letter of an ad's words adds to a head."""
        edges = np.array([0, its.parted, len(its.lines.text) - 1], dtype=np.int32)
        return self._worth.by_letter(np.ascontiguousarray(its.lines.text), edges, HEADS.index(head))


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
        texts = [text for ad in ads for text in (ad.title, ad.description[:LONGEST_TEXT])]
        if its is None:
            its = Together(texts)
            words, suspects = Words(self._worth, its.lines, its.starts[:-1]), _flagged(its)
        else:
            begins = zip(ads, its.starts[:-1], strict=True)
            starts = [at for ad, start in begins for at in (start, start + len(ad.title) + 1)]
            words, suspects = Words(self._worth, its.lines, starts), _flagged_parts(texts, _flagged(its))
        self._put_right(words, texts, suspects)
        return words

    def _put_right(self, words: Words, texts: Sequence[str], suspects: Iterable[int]) -> None:
        """Read the ads again that are in disguise."""
        cleared = {number: undisguise(texts[number]) for number in suspects}
        cleared = {number: text for number, text in cleared.items() if text != texts[number]}
        again = sorted({number // _PARTS for number in cleared})
        if again:
            said = [cleared.get(number, texts[number]) for ad in again for number in (_PARTS * ad, _PARTS * ad + 1)]
            its = Together(said)
            put_right = Words(self._worth, its.lines, its.starts[:-1])
            words.values[again] = put_right.values
            words.again.update((ad, (put_right, number)) for number, ad in enumerate(again))

    def _lots(self, ads: Sequence[JobAd]) -> Iterator[Words]:
        for start in range(0, len(ads), _TOGETHER):
            yield self.read(ads[start : start + _TOGETHER])


def _flagged_parts(texts: Sequence[str], ads: Sequence[int]) -> list[int]:
    """The texts that may be in disguise by themselves, of ads that may be as a whole."""
    if not ads:
        return []
    parts = [_PARTS * ad + part for ad in ads for part in range(_PARTS)]
    return [parts[number] for number in _flagged(Together([texts[part] for part in parts]))]


def _flagged(its: Together) -> list[int]:
    """The numbers of the texts that may be in disguise."""
    flagged: list[int] = its.lines.suspect.nonzero()[0].tolist()
    return flagged
