"""The first look at many ads at once: the same n-grams and the same arithmetic as ad by ad, at a fraction of the cost.

Texts are folded and weighed together, those with letters in disguise once more with the letters put right.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from crawler.ad import JobAd
from model.classifier import HEADS, Classifier, Doubles
from model.disguise import undisguise
from model.features import LONGEST_TEXT
from model.together import Together
from model.worth import Worth

__all__ = ["FirstLook"]

_TOGETHER: Final = 64
"""Ads read together: more would not be faster, and would take more memory than stays close to the processor."""

_PARTS: Final = 2
"""Texts of an ad: its title and its description."""


class FirstLook:
    """What the n-grams of ads are worth to each head, before signs and calibration."""

    def __init__(self, classifier: Classifier) -> None:
        grams = [classifier.heads[name].grams for name in HEADS]
        self._worth = Worth(classifier.rarity, np.stack(grams, axis=1).astype(np.float32))

    def words(self, ads: Sequence[JobAd]) -> Doubles:
        """A row for each ad with a number for each head, in the order of ``HEADS``."""
        some = [self._words(ads[start : start + _TOGETHER]) for start in range(0, len(ads), _TOGETHER)]
        return np.concatenate([np.zeros((0, len(HEADS))), *some])

    def _words(self, ads: Sequence[JobAd]) -> Doubles:
        texts = [text for ad in ads for text in (ad.title, ad.description[:LONGEST_TEXT])]
        found, suspects = self._read(texts)
        cleared = {number: clear for number in suspects if (clear := undisguise(texts[number])) != texts[number]}
        again = sorted({number // _PARTS for number in cleared})
        if again:
            said = [cleared.get(number, texts[number]) for ad in again for number in (2 * ad, 2 * ad + 1)]
            found[again], _ = self._read(said)
        return found

    def _read(self, texts: Sequence[str]) -> tuple[Doubles, list[int]]:
        """What titles and descriptions, in turn, say as they are written; and which of the texts may be in disguise."""
        lines = Together(texts).lines
        edges = np.append(lines.edges, len(lines.text)).astype(np.int32)
        return self._worth.of(lines.text, edges, _PARTS), np.flatnonzero(lines.suspect).tolist()
