"""Why an ad scored as it did: exact contributions in log-odds, each tied to the words it comes from.

The score's logit is a sum, so nothing is approximated: the weight of each n-gram is shared out over the letters it
covers, letters are added up to words, and what indicators of one strength add together goes to those shown.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from crawler.ad import JobAd
from model.ad_facts import AdFacts
from model.assessment import Contribution, Evidence
from model.classifier.heads import LIMIT, Classifier
from model.classifier.features import REMEMBERED, RULE, WARNING, SignReader, Signs
from model.first_look import WordsOf, WordWorth
from model.taxonomy.loader import Taxonomy
from model.text.folding import end_of

__all__ = ["MOST_WORDS", "NAMED_FROM", "SignExplainer", "explain_words", "gathered", "sum_words"]

MOST_WORDS: Final = 20
"""Words named one by one; what the others add is one contribution, ``rest of the text``."""

NAMED_FROM: Final = -1.0
"""The logit from which on an ad's words are named: a score of 0.27, well below the lower threshold in use."""

_LONGEST_NAME: Final = 60


def gathered(signs: Iterable[Contribution], words: Iterable[Contribution]) -> tuple[float, tuple[Contribution, ...]]:
    """The score's logit, and all that makes it, largest first; a sum past the limit is held there, and says so."""
    found = [one for one in (*signs, *words) if one.value or one.name == "base"]
    logit = sum(one.value for one in found)
    if abs(logit) > LIMIT:
        held = LIMIT if logit > 0 else -LIMIT
        found.append(Contribution(name="held at the limit", value=held - logit))
        logit = held
    return logit, tuple(sorted(found, key=lambda one: -abs(one.value)))


class SignExplainer:
    """Says what the signs of ads add. What the same indicators add in every ad is worked out once."""

    def __init__(self, classifier: Classifier, reader: SignReader, taxonomy: Taxonomy) -> None:
        self._head, self._reader, self._taxonomy = classifier.heads["act"], reader, taxonomy
        self._base = Contribution(name="base", value=self._head.base)
        self._shares_of = lru_cache(REMEMBERED)(self._shares)

    def explain(
        self, signs: Signs, evidence: Sequence[Evidence], facts: AdFacts | None = None
    ) -> tuple[Contribution, ...]:
        """The base, and what indicators, a rule met, a warning's wording and facts about the ad add."""
        if not signs.amounts:
            return (self._base,)
        first = {one.indicator: one for one in reversed(evidence)}
        found = [self._base]
        for key, title, added in self._shares_of(signs.keys):
            one = first[key]
            found.append(
                Contribution(
                    name=title, value=added, indicator=key, field=one.field, start=one.start, end=one.end
                )
            )  # fmt: skip
        if len(signs.amounts) > len(signs.rest_on):
            names = self._names_of_others(signs, facts)
            others = [(name, self._worth(name, amount)) for name, amount in signs.amounts.items() if name in names]
            found += [Contribution(name=names[name], value=value) for name, value in others if value]
        return tuple(found)

    def _shares(self, keys: tuple[str, ...]) -> list[tuple[str, str, float]]:
        """What each of some indicators adds, with its title: its own, and its share of what its kin add together."""
        shown = self._reader.shown_by(keys)
        share = dict.fromkeys(keys, 0.0)
        for name, its in shown.rest_on.items():
            each = self._worth(name, shown.amounts[name]) / len(its)
            for key in its:
                share[key] += each
        return [(key, self._taxonomy.indicators[key].title, added) for key, added in share.items() if added]

    def _worth(self, name: str, amount: float) -> float:
        return self._head.slope * amount * float(self._head.signs[self._reader.place[name]])

    def _names_of_others(self, signs: Signs, facts: AdFacts | None) -> dict[str, str]:
        """The signs that rest on no indicator, each in words for people."""
        return {
            RULE: f"combination: {signs.rule.title}" if signs.rule else "combination of indicators",
            WARNING: "reads as a warning or as news",
        } | self._reader.facts_shown(facts)


def explain_words(classifier: Classifier, ad: JobAd, its: WordsOf) -> tuple[Contribution, ...]:
    """What each word of the ad adds, the weightiest first, the rest in one."""
    slope = classifier.heads["act"].slope
    named = [_word(ad, one, slope * one.value) for one in its.words]
    if its.rest is not None:
        named.append(Contribution(name="rest of the text", value=slope * its.rest))
    return tuple(named)


def sum_words(value: float) -> tuple[Contribution, ...]:
    """What all words of an ad add, calibrated, as one reason."""
    return (Contribution(name="words of the text", value=value),)


def _word(ad: JobAd, one: WordWorth, value: float) -> Contribution:
    field, text = ("title", ad.title) if one.in_title else ("description", ad.description)
    stop = end_of(text, one.last, min(one.limit, len(text)))
    quote = text[one.begin : stop]
    if not quote.isalnum():
        quote = " ".join(quote.split())
    if len(quote) > _LONGEST_NAME:
        quote = quote[: _LONGEST_NAME - 1] + "…"
    return Contribution(name=f"words: {quote}", value=value, field=field, start=one.begin, end=stop)
