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
from model.assessment import Contribution, Evidence
from model.classifier import LIMIT, Classifier, Doubles
from model.features import RULE, WARNING, SignReader, Signs
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
    signs: Signs,
    evidence: Sequence[Evidence],
    facts: AdFacts | None = None,
) -> tuple[Contribution, ...]:
    """The base, and what indicators, a rule met, a warning's wording and facts about the ad add."""
    head = classifier.heads["act"]

    def worth(name: str) -> float:
        place = reader.place[name]
        return head.slope * float(signs.numbers[place]) * float(head.signs[place])

    first = {one.indicator: one for one in reversed(evidence)}
    share = dict.fromkeys(first, 0.0)
    for name, keys in signs.rest_on.items():
        each = worth(name) / len(keys)
        for key in keys:
            share[key] += each
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
        RULE: f"combination: {signs.rule.title}" if signs.rule else "combination of indicators",
        WARNING: "reads as a warning or as news",
    } | reader.facts_shown(facts)
    found += [Contribution(name=said, value=value) for name, said in others.items() if (value := worth(name))]
    return tuple(found)


def explain_words(classifier: Classifier, ad: JobAd, its: WordsOf, letters: Doubles) -> tuple[Contribution, ...]:
    """What each word of the ad adds, the weightiest first, the rest in one; ``letters`` is what each of its letters
    adds before calibration."""
    edges = _edges(its.lines.text)
    if not len(edges):
        return ()
    sums = np.add.reduceat(letters, edges)[::2]
    return _words(ad, its, edges.tolist(), (classifier.heads["act"].slope * sums).tolist())


def sum_words(classifier: Classifier, words: float) -> Contribution:
    """What all words of an ad add, ``words`` before calibration, as one reason."""
    return Contribution(name="words of the text", value=float(classifier.heads["act"].slope * words))


def _words(ad: JobAd, its: WordsOf, edges: list[int], sums: list[float]) -> tuple[Contribution, ...]:
    whole = its.lines.text.tobytes().decode("utf-32-le", "surrogatepass")
    worth: dict[str, float] = {}
    first: dict[str, tuple[int, int]] = {}
    for start, end, added in zip(edges[::2], edges[1::2], sums, strict=True):
        word = whole[start:end]
        if word in worth:
            worth[word] += added
        else:
            worth[word], first[word] = added, (start, end)
    size = {word: abs(added) for word, added in worth.items()}
    ranked = sorted(worth, key=size.__getitem__, reverse=True)  # of equals the one that stands first
    origin = its.lines.origin.data  # an array's single numbers take three times as long
    named = [_word(ad, its, origin, first[word], worth[word]) for word in ranked[:MOST_WORDS]]
    if rest := ranked[MOST_WORDS:]:
        named.append(Contribution(name="rest of the text", value=sum(worth[word] for word in rest)))
    return tuple(named)


def _edges(codes: Codes) -> _Places:
    """Where words begin and are over, in turn; in scripts that do not part them, pieces of a few letters, none
    beginning with a vowel sign. The text begins and ends with what parts words."""
    solid = (codes != folding.BREAK) & (codes != folding.SPACE) & (codes != folding.CLAUSE)
    edges = np.flatnonzero(solid[1:] != solid[:-1]) + 1
    starts, ends = edges[::2], edges[1::2]
    long = tables().kind.take(codes.take(starts)) == UNSPACED
    if not long.any():
        return edges
    long &= ends - starts > _PIECE
    cuts = [
        cut
        for start, end in zip(starts[long].tolist(), ends[long].tolist(), strict=True)
        for cut in range(start + _PIECE, end - 1, _PIECE)
        if not unicodedata.category(chr(int(codes[cut]))).startswith("M")
    ]
    return np.sort(np.concatenate([edges, np.repeat(np.array(cuts, dtype=np.int64), 2)]))


def _word(ad: JobAd, its: WordsOf, origin: "memoryview[int]", span: tuple[int, int], value: float) -> Contribution:
    start, end = span
    if start < its.parted:
        field, text, begins = "title", ad.title, its.starts[0]
    else:
        field, text, begins = "description", ad.description, its.starts[1]
    begin, last = origin[start] - begins, origin[end - 1] + 1 - begins
    stop = end_of(text, last, min(origin[end] - begins, len(text)))
    quote = " ".join(text[begin:stop].split())
    shown = quote if len(quote) <= _LONGEST_NAME else quote[: _LONGEST_NAME - 1] + "…"
    return Contribution(name=f"words: {shown}", value=value, field=field, start=begin, end=stop)
