"""The cheap pass over every ad: which patterns could be in a text, judged by its outline.

It may let through too much, never too little: where a pattern is found, its anchor is in the outline and the words of
its other places are in the same sentence.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from model.lists import Numbers
from model.ordering import Ordering, make_ordering
from model.searches import Expected, Wanted, choose_anchor
from model.sieve import Sieve, make_sieve
from model.vocabulary import Vocabulary

__all__ = ["Glancer", "Noticed", "Plan", "plan_glances"]


class Noticed(NamedTuple):
    """What a full reading has to look at."""

    patterns: Numbers
    """What could be there: places of patterns among those asked for, in order, each once a sentence."""

    sentences: Numbers
    """And where, for each of them: numbers of sentences, from 0."""

    in_a_row: list[int]
    """The numbers of sentences with letters that stand alone side by side: they may be a word in disguise."""

    def candidates(self) -> list[tuple[int, int]]:
        """Each pattern with its sentence."""
        return list(zip(self.patterns.tolist(), self.sentences.tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Plan:
    """What to look for, and how. It takes seconds to make, and can be kept."""

    vocabulary: Vocabulary
    """The words of all patterns."""

    sieve: Sieve
    ordering: Ordering


def plan_glances(wanted: Iterable[Wanted], sample: Iterable[str]) -> Plan:
    """How to look for patterns; texts of the ``sample`` say which words are common."""
    wanted, expected = list(wanted), Expected(sample)
    anchors = [choose_anchor(one, expected) for one in wanted]
    words = {word for anchor in anchors for place in (anchor.words, *anchor.others, *anchor.order) for word in place}
    vocabulary = Vocabulary(words)
    ordering = make_ordering(vocabulary.words, anchors, [one.language for one in wanted])
    return Plan(vocabulary, make_sieve(vocabulary.words, anchors), ordering)


class Glancer:
    """Says which patterns a text could hold."""

    def __init__(self, plan: Plan) -> None:
        self._vocabulary, self._sieve, self._ordering = plan.vocabulary, plan.sieve, plan.ordering

    def notice(self, line: bytes) -> Noticed:
        """All that the texts of an outline could hold."""
        found = self._vocabulary.find(line)
        patterns, sentences = self._sieve.sift(found)
        stays = self._ordering.sift(found, patterns, sentences)
        return Noticed(patterns[stays], sentences[stays], found.line.letters_in_a_row())
