"""Why an ad scored as it did: exact contributions in log-odds, each tied to the words it comes from.

The score's logit is a sum, so nothing is approximated: the weight of each n-gram is shared out over the letters it
covers, letters are added up to words, and what indicators of one strength add together goes to those shown.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from crawler.ad import JobAd
from model import folding
from model.ad_facts import AdFacts
from model.assessment import Contribution, Evidence, RuleMet
from model.classifier import LIMIT, Classifier, Doubles
from model.features import RULE, WARNING, SignReader
from model.first_look import WordsOf
from model.letters import UNSPACED, Codes, tables
from model.taxonomy import Taxonomy
from model.text import end_of

__all__ = ["MOST_WORDS", "NAMED_FROM", "explain_signs", "explain_words", "gathered", "sum_words"]

MOST_WORDS: Final = 20
"""Words named one by one; what the others add is one contribution, ``rest of the text``."""

NAMED_FROM: Final = -1.0
"""The logit from which on an ad's words are named: a score of 0.27, well below the lower threshold in use."""

_PIECE: Final = 4
"""Letters in a piece of a script that does not part words."""

_LONGEST_NAME: Final = 60

_Places = npt.NDArray[np.int64]


def gathered(signs: Iterable[Contribution], words: Iterable[Contribution]) -> tuple[float, tuple[Contribution, ...]]:
    """The score's logit, and all that makes it, largest first; a sum past the limit is held there, and says so."""
    found = [one for one in (*signs, *words) if one.value or one.name == "base"]
    logit = sum(one.value for one in found)
    if abs(logit) > LIMIT:
        held = LIMIT if logit > 0 else -LIMIT
        found.append(Contribution(name="held at the limit", value=held - logit))
        logit = held
    return logit, tuple(sorted(found, key=lambda one: -abs(one.value)))


def explain_signs(
    classifier: Classifier,
    reader: SignReader,
    taxonomy: Taxonomy,
    *,
    signs: npt.NDArray[np.float32],
    evidence: Sequence[Evidence],
    rule: RuleMet | None,
    facts: AdFacts | None = None,
) -> tuple[Contribution, ...]:
    """The base, and what indicators, a rule met, a warning's wording and facts about the ad add."""
    head = classifier.heads["act"]
    value = dict(zip(reader.names, head.slope * signs.astype(np.float64) * head.signs.astype(np.float64), strict=True))
    first = {one.indicator: one for one in reversed(evidence)}
    share = dict.fromkeys(first, 0.0)
    for name, keys in reader.shown(evidence).items():
        for key in keys:
            share[key] += value[name] / len(keys)
    found = [Contribution(name="base", value=head.base)]
    for key, added in share.items():
        one = first[key]
        found.append(
            Contribution(
                name=taxonomy.indicators[key].title, value=added, indicator=key,
                field=one.field, start=one.start, end=one.end,
            )
        )  # fmt: skip
    others = {
        RULE: f"combination: {rule.title}" if rule else "combination of indicators",
        WARNING: "reads as a warning or as news",
    } | reader.facts_shown(facts)
    found += [Contribution(name=others[name], value=float(value[name])) for name in others if value[name]]
    return tuple(found)


def explain_words(classifier: Classifier, ad: JobAd, its: WordsOf, letters: Doubles) -> tuple[Contribution, ...]:
    """What each word of the ad adds, the weightiest first, the rest in one; ``letters`` is what each of its letters
    adds before calibration."""
    codes = its.lines.text
    solid = (codes != folding.BREAK) & (codes != folding.SPACE) & (codes != folding.CLAUSE)
    starts, ends = _pieces(codes, solid)
    if not len(starts):
        return ()
    sums = np.add.reduceat(letters, np.stack([starts, ends], axis=1).ravel())[::2]
    return _words(ad, its, starts.tolist(), ends.tolist(), (classifier.heads["act"].slope * sums).tolist())


def sum_words(classifier: Classifier, words: float) -> Contribution:
    """What all words of an ad add, ``words`` before calibration, as one reason."""
    return Contribution(name="words of the text", value=float(classifier.heads["act"].slope * words))


def _words(
    ad: JobAd, its: WordsOf, starts: list[int], ends: list[int], sums: list[float]
) -> tuple[Contribution, ...]:  # fmt: skip
    whole = its.lines.text.tobytes().decode("utf-32-le", "surrogatepass")
    worth: dict[str, float] = {}
    first: dict[str, tuple[int, int]] = {}
    for start, end, added in zip(starts, ends, sums, strict=True):
        word = whole[start:end]
        if word in worth:
            worth[word] += added
        else:
            worth[word], first[word] = added, (start, end)
    ranked = sorted(worth, key=lambda word: -abs(worth[word]))  # of equals the one that stands first
    named = [_word(ad, its, *first[word], worth[word]) for word in ranked[:MOST_WORDS]]
    if rest := ranked[MOST_WORDS:]:
        named.append(Contribution(name="rest of the text", value=sum(worth[word] for word in rest)))
    return tuple(named)


def _pieces(codes: Codes, solid: npt.NDArray[np.bool_]) -> tuple[_Places, _Places]:
    """Words; in scripts that do not part them, pieces of a few letters, none beginning with a vowel sign."""
    edged = np.concatenate(([False], solid, [False]))
    starts, ends = np.flatnonzero(edged[1:] & ~edged[:-1]), np.flatnonzero(~edged[1:] & edged[:-1])
    long = (ends - starts > _PIECE) & (tables().kind[codes[np.minimum(starts, len(codes) - 1)]] == UNSPACED)
    if not long.any():
        return starts, ends
    cuts = [
        cut
        for start, end in zip(starts[long].tolist(), ends[long].tolist(), strict=True)
        for cut in range(start + _PIECE, end - 1, _PIECE)
        if not unicodedata.category(chr(int(codes[cut]))).startswith("M")
    ]
    extra = np.array(cuts, dtype=np.int64)
    return np.sort(np.concatenate([starts, extra])), np.sort(np.concatenate([ends, extra]))


def _word(ad: JobAd, its: WordsOf, start: int, end: int, value: float) -> Contribution:
    field, begins = ("title", its.starts[0]) if start < its.parted else ("description", its.starts[1])
    text: str = getattr(ad, field)
    origin = its.lines.origin
    begin, last = int(origin[start]) - begins, int(origin[end - 1]) + 1 - begins
    stop = end_of(text, last, min(int(origin[end]) - begins, len(text)))
    quote = " ".join(text[begin:stop].split())
    shown = quote if len(quote) <= _LONGEST_NAME else quote[: _LONGEST_NAME - 1] + "…"
    return Contribution(name=f"words: {shown}", value=value, field=field, start=begin, end=stop)
