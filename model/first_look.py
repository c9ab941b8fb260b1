"""The first look at many ads at once: the same n-grams and the same arithmetic as ad by ad, at a fraction of the cost.

Texts are folded and hashed together, those with letters in disguise once more with the letters put right.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from crawler.ad import JobAd
from model.classifier import HEADS, Classifier, Doubles
from model.disguise import undisguise
from model.features import LONGEST_TEXT, GramCounter
from model.grams import gram_pieces
from model.text import fold, fold_together

__all__ = ["FirstLook"]

_TOGETHER: Final = 64
"""Ads read together: more would not be faster, and would take more memory than stays close to the processor."""

_Places = npt.NDArray[np.int64]
_NONE: Final = np.zeros(0, dtype=np.int64)
_LAST: Final = np.zeros(1, dtype=np.int64)
_OFTEN: Final = 1_000
"""An n-gram that occurs more often in one ad is met in hostile texts alone."""


class FirstLook:
    """What the n-grams of ads are worth to each head, before signs and calibration."""

    def __init__(self, classifier: Classifier) -> None:
        self._counter = GramCounter()
        known = [classifier.rarity, *(classifier.heads[name].grams for name in HEADS)]
        # Side by side and taken as one number: most of the time goes into waiting for memory.
        self._known = np.stack(known, axis=1).astype(np.float32).view(np.complex128).ravel()

    def words(self, ads: Sequence[JobAd]) -> Doubles:
        """A row for each ad with a number for each head, in the order of ``HEADS``."""
        some = [self._words(ads[start : start + _TOGETHER]) for start in range(0, len(ads), _TOGETHER)]
        return np.concatenate([np.zeros((0, len(HEADS))), *some])

    def _words(self, ads: Sequence[JobAd]) -> Doubles:
        texts = [text for ad in ads for text in (ad.title, ad.description[:LONGEST_TEXT])]
        found, suspects = self._read(texts)
        cleared = {number: clear for number in suspects if (clear := _cleared(texts[number])) is not None}
        again = sorted({number // 2 for number in cleared})
        if again:
            said = [cleared.get(number, texts[number]) for ad in again for number in (2 * ad, 2 * ad + 1)]
            found[again], _ = self._read(said)
        return found

    def _read(self, texts: Sequence[str]) -> tuple[Doubles, set[int]]:
        """What titles and descriptions, in turn, say as they are written; and which of the texts may be in disguise."""
        folded = fold_together(texts)
        return self._weigh(folded.text, np.append(folded.edges, len(folded.text))), set(folded.suspects)

    def _weigh(self, text: str, edges: _Places) -> Doubles:
        """As ``Classifier.weigh`` and its heads do, for each occurrence of an n-gram its share."""
        by_ad = _by_ad([(bucket, start) for bucket, start, _ in gram_pieces(text, edges)], edges[::2])
        bucket = np.concatenate([*by_ad, _LAST])
        times = np.concatenate([*map(self._counter.count, by_ad), _LAST])
        ends = np.cumsum([0, *(len(its) for its in by_ad)])
        known = self._known.take(bucket).view(np.float32).reshape(-1, len(HEADS) + 1)
        share = _shares(max(int(times.max()), _OFTEN)).take(times) * known[:, 0]
        length = np.sqrt(_sums(share * share * times, ends))
        words = [_sums(np.asarray(share * known[:, 1 + head], dtype=np.float64), ends) for head in range(len(HEADS))]
        return np.stack(words, axis=1) / np.where(length > 0, length, 1.0)[:, None]


@lru_cache(maxsize=2)
def _shares(most: int) -> Doubles:
    """What one of so many occurrences of an n-gram is worth, before its rarity; nothing of none."""
    times = np.arange(1, most + 1)
    return np.concatenate(([0.0], (1.0 + np.log(times)) / times))


def _sums(values: Doubles, ends: _Places) -> Doubles:
    """The sum of each ad's values, which is nothing where it has none."""
    sums = np.add.reduceat(values, ends[:-1])
    sums[ends[1:] == ends[:-1]] = 0.0
    return np.asarray(sums)


def _by_ad(pieces: Sequence[tuple[_Places, _Places]], edges: _Places) -> list[_Places]:
    """The buckets of each ad; ``edges`` say where each begins, and where another would."""
    cuts = [(bucket, np.searchsorted(start, edges).tolist()) for bucket, start in pieces]
    return [
        np.concatenate([_NONE, *(bucket[cut[ad] : cut[ad + 1]] for bucket, cut in cuts)])
        for ad in range(len(edges) - 1)
    ]


def _cleared(text: str) -> str | None:
    """The text with its letters put right, where ``views`` would read it so."""
    cleared = undisguise(text)
    return cleared if cleared != text and fold(text).suspect else None
