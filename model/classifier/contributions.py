"""Contributions to a score: exact log-odds of words and indicators."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from operator import mul
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import entr
from sklearn.pipeline import Pipeline

from crawler.ad import JobAd
from model.ad_facts import FACT_SIGNS
from model.assessment import Contribution
from model.classifier.kinds import LIMIT, SCORING, Doubles, KindClassifier
from model.classifier.vectorisers import ATTRIBUTED, DENIED, LONG, QUOTED, RULE, SILENT, WARNING
from model.reading.reader import ReadAd
from model.taxonomy.records import Taxonomy
from model.text.folding import field_span

MOST_WORDS: Final = 20
"""Words named one by one; what the others add is one contribution, ``rest of the text``."""

NAMED_FROM: Final = -1.0
"""The log-odds from which on an ad's words are named: a score of 0.27, well below the lower threshold in use."""

_WORD: Final = re.compile(r"[^\W_]+")
_UNSPACED: Final = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_LONGEST_UNSPACED, _LONGEST_NAME = 6, 60

_NAMES: Final[Mapping[str, str]] = {
    RULE: "combination of indicators",
    WARNING: "reads as a warning or as news",
    DENIED: "denies what looks like an indicator",
    ATTRIBUTED: "speaks of what others offer",
    QUOTED: "quotes much of its text",
    SILENT: "shows no sign and does not speak of work",
}
"""Features that rest on no single indicator, in words for people."""


class Explainer:
    """Says what each part of an ad adds to the score's log-odds.

    With linear heads nothing is approximated: each head counts by its share (``shares_of``), whose entropy goes to the
    base; each n-gram's weight is shared out over the characters that it covers, characters are added up to words, what
    indicators of one strength add goes to those shown. With another estimator all is one contribution.
    """

    def __init__(self, classifier: Pipeline, taxonomy: Taxonomy) -> None:
        self.kinds: KindClassifier = classifier.named_steps["kinds"]
        union = classifier.named_steps["features"]
        steps = dict(union.transformer_list)
        self._tfidf = steps["ngrams"].named_steps["tfidf"]
        self._text_of = steps["ngrams"].named_steps["text"].text_of
        self._indicators = steps["indicators"]
        self._taxonomy = taxonomy
        self._slope, self._offset = self.kinds.line("act")
        heads = [self.kinds.heads_[name] for name in SCORING]
        self.is_exact = all(isinstance(head, float) or hasattr(head, "coef_") for head in heads)
        if not self.is_exact:
            return
        self._ngrams, names = len(self._tfidf.idf_), self._indicators.feature_names_
        fits = [_linear(head, self._ngrams + len(names)) for head in heads]
        weights, self._intercepts = (self._slope * np.array(part) for part in zip(*fits, strict=True))
        self._ngram_weights = weights[:, : self._ngrams]
        weights = weights[:, self._ngrams :] * (union.transformer_weights or {}).get("indicators", 1.0)
        self._indicator_weights = dict(zip(names, weights.T.tolist(), strict=True))

    def words_values(self, features: csr_matrix, shares: Doubles) -> list[float]:
        """What all words of each ad add together; ``features`` are what the classifier saw, ``shares`` what each head
        counts for, of shape (n_ads, 2)."""
        if not self.is_exact:
            return [0.0] * features.shape[0]
        values: list[float] = ((features[:, : self._ngrams] @ self._ngram_weights.T) * shares).sum(axis=1).tolist()
        return values

    def explain(
        self, read: ReadAd, logit: float, shares: Doubles, words: float | csr_matrix
    ) -> tuple[Contribution, ...]:
        """All that makes the log-odds of one ad, largest first; ``words`` is the row of what the classifier saw, where
        the ad is explained word by word, and else what its words add together."""
        if not self.is_exact:
            parts = {"base": self._offset, "text and indicators": logit - self._offset}
            return _sorted(Contribution(name=name, value=value) for name, value in parts.items())
        value = float(self._intercepts @ shares - self._slope * entr(shares).sum() + self._offset)
        found = [Contribution(name="base", value=value), *self._of_indicators(read, shares.tolist())]
        if isinstance(words, float):
            found.append(Contribution(name="words of the text", value=words))
        else:
            found += self._of_words(read.ad, words, shares)
        total = sum(contribution.value for contribution in found)
        if abs(total) > LIMIT:
            found.append(Contribution(name="held at the limit", value=float(np.clip(total, -LIMIT, LIMIT)) - total))
        return _sorted(found)

    def _of_indicators(self, read: ReadAd, shares: list[float]) -> list[Contribution]:
        shown = self._indicators.amounts(read)
        if not shown:
            return []
        weights = self._indicator_weights
        added: dict[str, float] = {}
        for name in (name for name in shown if name in weights):
            feature = name.removeprefix(LONG)
            added[feature] = added.get(feature, 0.0) + shown[name] * sum(map(mul, shares, weights[name]))
        first = {piece.indicator: piece for piece in reversed(read.evidence)}
        strengths = self._indicators.strengths or {}
        keys = [name.removeprefix("indicator:") for name in shown if name.startswith("indicator:")]
        alike = Counter(strengths[key] for key in keys)
        found = []
        for key in keys:
            strength = f"strength:{strengths[key]}"
            value = added.get(f"indicator:{key}", 0.0) + added.get(strength, 0.0) / alike[strengths[key]]
            place, indicator = first[key], self._taxonomy.indicators.get(key)
            found.append(
                Contribution(
                    name=indicator.title if indicator else key, value=value, indicator=key,
                    field=place.field, start=place.start, end=place.end,
                )
            )  # fmt: skip
        names = dict(_NAMES)
        if read.rule:
            names[RULE] = f"combination: {read.rule.title}"
        if read.facts:
            names |= {sign.name: sign.words(read.facts) for sign in FACT_SIGNS if sign.amount(read.facts)}
        # A feature without words for people stands under its own name: what adds up to a score is never left out.
        others = [name for name in added if not name.startswith(("indicator:", "strength:"))]
        return found + [Contribution(name=names.get(name, name), value=added[name]) for name in others]

    def _of_words(self, ad: JobAd, features: csr_matrix, shares: Doubles) -> list[Contribution]:
        text = self._text_of(ad)
        by_character = self._by_character(text, features, shares)
        total = np.concatenate([[0.0], np.cumsum(by_character)])
        words = [(start, end, total[end] - total[start]) for start, end in _words(text)]
        named = sorted(words, key=lambda word: -abs(word[2]))[:MOST_WORDS]
        found = [_named(ad, start, end, value) for start, end, value in named if value]
        rest = float(total[-1]) - sum(contribution.value for contribution in found)
        return [*found, Contribution(name="rest of the text", value=rest)] if abs(rest) > 1e-12 else found

    def _by_character(self, text: str, features: csr_matrix, shares: Doubles) -> Doubles:
        """What each character of the text adds: each n-gram's worth in equal parts on those it covers."""
        found = self._tfidf.occurrences(text)
        row = features[:, : self._ngrams].tocsr()
        value = np.zeros(self._ngrams)
        value[row.indices] = row.data * (shares @ self._ngram_weights[:, row.indices])
        times = np.bincount(found.column, minlength=self._ngrams)
        share = value[found.column] / (times[found.column] * found.length)
        steps = np.zeros(len(text) + 1)
        np.add.at(steps, found.start, share)
        np.add.at(steps, found.start + found.length, -share)
        return np.cumsum(steps)[:-1]


def _linear(head: Any, features: int) -> tuple[Doubles, float]:
    """Weights and intercept of a head, whatever their shapes; one that always says the same has no weights."""
    if isinstance(head, float):
        return np.zeros(features), head
    return np.ravel(head.coef_).astype(np.float64), float(np.ravel(head.intercept_)[0])


def _sorted(found: Iterable[Contribution]) -> tuple[Contribution, ...]:
    counted = [contribution for contribution in found if contribution.value or contribution.name == "base"]
    return tuple(sorted(counted, key=lambda contribution: -abs(contribution.value)))


def _words(text: str) -> Iterable[tuple[int, int]]:
    """The words of a text; where a script does not part them, runs of a few characters."""
    for word in _WORD.finditer(text):
        start, end = word.span()
        step = _LONGEST_UNSPACED if _UNSPACED.search(word[0]) else end - start
        for begin in range(start, end, step):
            yield begin, min(begin + step, end)


def _named(ad: JobAd, start: int, end: int, value: float) -> Contribution:
    field, start, end = field_span(ad, start, end)
    quote = getattr(ad, field)[start:end]
    name = quote if len(quote) <= _LONGEST_NAME else f"{quote[: _LONGEST_NAME - 1]}…"
    return Contribution(name=f"words: {name}", value=float(value), field=field, start=start, end=end)
