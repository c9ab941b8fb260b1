"""The sieve lets through whatever is there, and little else."""

import random

from model.sieve import first_letters, make_sieve

WORDS = [b" passport ", b" a ", b" id ", b" kep", b" be", b" R\x81 L\x82 ", b" no day of ", b"port ", b""]
SAMPLE = b" no passport a id kept R\x81 L\x82 \n bed "


def test_a_sentence_with_one_of_the_words_is_let_through() -> None:
    chance = random.Random(1)
    sieve = make_sieve([range(len(WORDS))], [[word] for word in WORDS], first_letters(SAMPLE))
    for _ in range(200):
        sentences = [chance.choice([b" x ", *(b" y" + word + b"s t " for word in WORDS)]) for _ in range(5)]
        line = b"\n".join(sentences)
        for number, sentence in enumerate(sentences):
            end = sum(map(len, sentences[:number])) + number + 1
            let_through = sieve.sift(line, [0], [end])
            assert {(at, number) for at, word in enumerate(WORDS) if word in sentence} <= set(let_through)
            assert {where for _, where in let_through} <= {number}


def test_a_sentence_without_them_mostly_is_not() -> None:
    sieve = make_sieve([[0], [1, 0]], [[b" passport ", b" papers "], [b" kept "]], first_letters(SAMPLE))
    line = b" we pas the papr \n the papers are kept \n kept "
    assert sieve.sift(line, [0, 1, 1], [5, 30, 45]) == [(0, 1), (1, 1), (1, 2)]
    assert sieve.sift(line, [], []) == []


def test_the_rarest_first_letters_of_several_words_count() -> None:
    sieve = make_sieve([[0]], [[b" no day of "]], first_letters(SAMPLE))
    assert sieve.sift(b" no day ", [0], [3]) == [(0, 0)]
    assert sieve.sift(b" no pay ", [0], [3]) == []
