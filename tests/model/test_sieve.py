"""The sieve and the ordering let through whatever is there, and little else."""

import random
from itertools import pairwise

from model.ordering import make_ordering
from model.searches import Anchor
from model.sieve import make_sieve
from model.vocabulary import Vocabulary

WORDS = (b" passport ", b" a ", b" id ", b" kep", b" be", b" R\x81 L\x82 ", b" no day of ", b"port ", b"epar", b"t ")


def test_a_sentence_with_a_word_for_each_place_is_let_through() -> None:
    chance = random.Random(1)
    for _ in range(200):
        places = [tuple(chance.sample(WORDS, chance.randint(1, 3))) for _ in range(chance.randint(1, 3))]
        vocabulary = Vocabulary(WORDS)
        sieve = make_sieve(vocabulary.words, [Anchor(places[0], tuple(places[1:]))])
        sentences = [b" x " + b"".join(b"y" + chance.choice(WORDS) + b"s " for _ in range(4)) for _ in range(5)]
        patterns, numbers = sieve.sift(vocabulary.find(b"\n".join(sentences)))
        full = [n for n, said in enumerate(sentences) if all(any(word in said for word in its) for its in places)]
        assert numbers.tolist() == full
        assert patterns.tolist() == [0] * len(full)


def test_places_in_another_order_or_too_far_apart_are_not_let_through() -> None:
    order = ((b" papers ", b" passport "), (b" held ",), (b" by ",))
    vocabulary = Vocabulary(word for its in order for word in its)
    ordering = make_ordering(vocabulary.words, [Anchor(order[0], order[1:], order, (3, 2))], ["en"])
    sieve = make_sieve(vocabulary.words, [Anchor(order[0], order[1:])])
    said = {b" passport held by ": True, b" held papers by ": False, b" papers x y held x by ": True,
            b" papers x y z held by ": False, b" by papers x held ": False}  # fmt: skip
    for line, is_there in said.items():
        found = vocabulary.find(line)
        assert ordering.sift(found, *sieve.sift(found)).tolist() == [is_there], line
    found = vocabulary.find(b"\n".join(said))
    assert ordering.sift(found, *sieve.sift(found)).tolist() == list(said.values())


def test_the_words_of_a_line_are_found_where_they_are() -> None:
    chance = random.Random(2)
    vocabulary = Vocabulary(WORDS)
    for _ in range(200):
        line = (
            b" " + b"".join(chance.choice(WORDS).strip() + chance.choice([b" ", b"", b" \n "]) for _ in range(9)) + b" "
        )
        line = line.replace(b"  ", b" ")
        found = vocabulary.find(line)
        starts = [at for at, letter in enumerate(line) if letter == 0x20]
        for word, token in zip(found.words.tolist(), found.tokens.tolist(), strict=True):
            assert vocabulary.words[word] in line[starts[token] :]
        there = [(word, line.count(word)) for word in vocabulary.words if word in line]
        assert all(found.words.tolist().count(vocabulary.words.index(word)) >= times for word, times in there)
        assert len(found.words) == len(found.sentences)
        assert all(one <= other for one, other in pairwise(found.line.sentences.tolist()))
