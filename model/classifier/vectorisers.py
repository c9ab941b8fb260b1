"""Vectorisers of read ads: text, indicators and facts."""

from collections import Counter
from collections.abc import Sequence
from math import log1p
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from crawler.ad import JobAd
from model.ad_facts import FACT_SIGNS
from model.reading.reader import ReadAd
from model.text.characters import fill_masks, one_script
from model.text.folding import ad_text

RULE, WARNING, DENIED, ATTRIBUTED, QUOTED = "rule", "warning", "denied", "attributed", "quoted"
"""Features that rest on no single indicator: of the last three, how much of the text is so."""

SILENT: Final = "silent"
"""That the text shows no sign and does not speak of work."""

LONG: Final = "long:"
"""Before the name of a feature of a long text, where a sign says less than in a message (decision 0119)."""

_LONG_FROM: Final = 1_000

CONTEXT: Final = "context"
NO_WORD_OF_WORK: Final = "structure.no_word_of_work"
_RISKS: Final = ("weak", "medium", "strong")


class AdText(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """The text of read ads: title and description, the first ``longest`` characters, with digits for masks."""

    def __init__(self, longest: int = 6_000) -> None:
        self.longest = longest

    def fit(self, X: Sequence[ReadAd], y: object = None) -> Self:
        """Itself: nothing is learnt."""
        return self

    def transform(self, X: Sequence[ReadAd]) -> list[str | npt.NDArray[np.int32]]:
        """A text for each ad, with the offsets of title, line end and description; of a counted one its n-grams."""
        return [self.text_of(read.ad) if read.ngrams is None else read.ngrams for read in X]

    def text_of(self, ad: JobAd) -> str:
        """The same of one ad."""
        return fill_masks(one_script(ad_text(ad)[: self.longest]))

    def get_feature_names_out(self, input_features: object = None) -> npt.NDArray[Any]:
        """One name, ``text``."""
        return np.array(["text"], dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        return True


class IndicatorVectoriser(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Indicators, how many of each strength, a rule met, denials and facts, as a sparse matrix.

    Strengths let an indicator that is rare in training speak with the voice of others like it. An indicator that stood
    in no training text is left out, in strengths as well: it counts in rules alone until a model has learnt it.
    ``strengths`` says of each indicator ``strong``, ``medium``, ``weak``, ``mitigating`` or ``context``; context is not
    counted among others like it.
    ``unless`` says of some beside which others they count for nothing, as in rules.
    A long text has each feature a second time (``LONG``).
    """

    def __init__(self, strengths: dict[str, str] | None = None, unless: dict[str, list[str]] | None = None) -> None:
        self.strengths = strengths
        self.unless = unless

    def fit(self, X: Sequence[ReadAd], y: object = None) -> Self:
        """Learns which indicators and other features stand in these ads."""
        shown = {evidence.indicator for read in X for evidence in read.evidence}
        self.known_ = sorted(shown & (self.strengths or {}).keys())
        self.feature_names_ = sorted({name for read in X for name in self.amounts(read)})
        return self

    def transform(self, X: Sequence[ReadAd]) -> csr_matrix:
        """A row for each ad: float32, of shape (n_ads, n_features)."""
        check_is_fitted(self)
        places = {name: place for place, name in enumerate(self.feature_names_)}
        indices, data, starts = [], [], [0]
        for read in X:
            found = self.amounts(read)
            indices += [places[name] for name in found if name in places]
            data += [amount for name, amount in found.items() if name in places]
            starts.append(len(indices))
        arrays = np.array(data, np.float32), np.array(indices, np.int32), np.array(starts, np.int32)
        return csr_matrix(arrays, shape=(len(X), len(places)))

    def amounts(self, read: ReadAd) -> dict[str, float]:
        """The features of a read ad that are not 0, by name."""
        strengths, unless = self.strengths or {}, self.unless or {}
        shown = dict.fromkeys(evidence.indicator for evidence in read.evidence)
        counting = [key for key in shown if not any(other in shown for other in unless.get(key, ()))]
        known = set(self.known_) if shown else set()
        keys = [key for key in counting if key in known]
        found = {f"indicator:{key}": 1.0 for key in keys}
        for strength, count in Counter(strengths[key] for key in keys if strengths[key] != CONTEXT).items():
            found[f"strength:{strength}"] = log1p(count)
        if NO_WORD_OF_WORK in shown and not any(strengths.get(key) in _RISKS for key in shown):
            found[SILENT] = 1.0
        if read.rule:
            found[RULE] = 1.0
        if read.is_warning:
            found[WARNING] = 1.0
        if read.denied:
            found[DENIED] = log1p(len(read.denied))
        if read.attributed:
            found[ATTRIBUTED] = log1p(read.attributed)
        if read.quoted:
            found[QUOTED] = read.quoted
        if read.facts:
            found |= {sign.name: amount for sign in FACT_SIGNS if (amount := sign.amount(read.facts))}
        if _length(read) > _LONG_FROM:
            found |= {f"{LONG}{name}": amount for name, amount in found.items()}
        return found

    def get_feature_names_out(self, input_features: object = None) -> npt.NDArray[Any]:
        """The features' names, of shape (n_features,)."""
        return np.array(self.feature_names_, dtype=object)


def _length(read: ReadAd) -> int:
    """Characters of the text; of a counted one as many as a fourth of its n-grams, which are of four lengths."""
    return len(read.ad.title) + len(read.ad.description) or (0 if read.ngrams is None else len(read.ngrams) // 4)
