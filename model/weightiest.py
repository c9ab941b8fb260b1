"""Which words of an ad add most to a head: a kernel that shares out n-grams over letters and adds letters up to words.

In scripts that do not part words, pieces of a few letters stand for them, none beginning with a vowel sign.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from model.text import characters as letters
from model.compiled import Kernel
from model.folding import SIGNED, is_separator
from model.hashing import hashed_on, is_same, place_of
from model.text.characters import Codes, Places, Tables
from model.worth import Board, Doubles, Known, Texts, Worth, share_out

__all__ = ["Weightiest", "weigh_words"]

_PIECE: Final = 4
"""Letters in a piece of a script that does not part words."""

_BEHIND: Final = 2
"""What n-grams reach past an ad's end."""


class Weightiest(NamedTuple):
    """Of each of some ads the words that add most, in as many places as were asked for."""

    start: Places
    over: Places
    value: Doubles
    """What a word adds wherever it stands; the largest first, of equals the one that stands first."""

    many: Places
    """How many words an ad has; there may be more than places."""

    rest: Doubles
    """What all other words of an ad add together."""


class _Words(NamedTuple):
    """The words of an ad, each once, and where they are looked up: by a hash, all places empty between two ads."""

    first: Places
    over: Places
    value: Doubles
    place: Places
    """Where in ``number`` each is looked up."""

    number: Places
    """For each place the number of the word there, counted from one."""


def weigh_words(worth: Worth, texts: Texts, ads: Sequence[int], head: int, most: int) -> Weightiest:
    """The weightiest words of some ads among ``texts``, by their numbers."""
    chosen, many = np.array(ads, dtype=np.int32), len(ads)
    room = int(np.diff(texts.edges[:: texts.parts]).max(initial=0)) + 1
    places = 1 << (2 * room).bit_length()
    words = _Words(
        np.empty(room, dtype=np.int32),
        np.empty(room, dtype=np.int32),
        np.empty(room, dtype=np.float64),
        np.empty(room, dtype=np.int32),
        np.zeros(places, dtype=np.int32),
    )
    found = Weightiest(
        np.zeros(many * most, dtype=np.int32),
        np.zeros(many * most, dtype=np.int32),
        np.zeros(many * most, dtype=np.float64),
        np.zeros(many, dtype=np.int32),
        np.zeros(many, dtype=np.float64),
    )
    by_letter = np.zeros(room + _BEHIND, dtype=np.float64)
    known, board = worth.known_and_board(room)
    _weigh(known, board, letters.lasting_tables(), texts, chosen, many, by_letter, words, places, found, most, head)
    return found


def _weigh_words(
    known: Known, board: Board, tables: Tables, texts: Texts, chosen: Places, many: int, by_letter: Doubles,
    words: _Words, places: int, found: Weightiest, most: int, head: int,
) -> int:  # fmt: skip
    """Fills ``found`` with the words of each of the ``chosen`` ads; how many words they have."""
    every = 0
    for number in range(many):
        ad = chosen[number]
        start, end = texts.edges[ad * texts.parts], texts.edges[(ad + 1) * texts.parts]
        share_out(known, board, texts, ad, by_letter, head)
        count = _add_up(tables, texts.codes, by_letter, words, places, start, end)
        found.many[number] = count
        found.rest[number] = _take_largest(words, count, found, number * most, most)
        by_letter[end - start] = by_letter[end - start + 1] = 0.0
        every += count
    return every


def _add_up(
    tables: Tables, codes: Codes, by_letter: Doubles, words: _Words, places: int, start: int, end: int
) -> int:  # fmt: skip
    """Notes each word of an ad with what it adds wherever it stands; how many there are."""
    count, at = 0, start
    while at < end:
        if is_separator(codes[at]):
            at += 1
            continue
        over = at + 1
        while over < end and not is_separator(codes[over]):
            over += 1
        while at < over:
            piece = _end_of_piece(tables, codes, at, over)
            count = _note(codes, by_letter, start, words, places, count, at, piece)
            at = piece
    for number in range(count):
        words.number[words.place[number]] = 0
    return count


def _end_of_piece(tables: Tables, codes: Codes, at: int, over: int) -> int:
    """Where a piece of a word is over: the word itself in scripts that part them."""
    if tables.kind[codes[at]] != letters.UNSPACED:
        return over
    piece = at + _PIECE
    while piece < over - 1 and tables.traits[codes[piece]] & letters.MARK:
        piece += _PIECE
    return piece if piece < over - 1 else over


def _note(
    codes: Codes, by_letter: Doubles, begin: int, words: _Words, places: int, count: int, start: int, over: int
) -> int:  # fmt: skip
    """Adds a word, or what it adds to what is noted of it, and empties its letters for the next ad; how many words are
    noted."""
    value, hashed = 0.0, 0
    for at in range(start, over):
        value += by_letter[at - begin]
        by_letter[at - begin] = 0.0
        hashed = hashed_on(hashed, codes[at] + SIGNED)
    place = place_of(hashed, places)
    while words.number[place]:
        number = words.number[place] - 1
        first = words.first[number]
        if words.over[number] - first == over - start and is_same(codes, first, codes, start, over - start):
            words.value[number] += value
            return count
        place = (place + 1) & (places - 1)
    words.number[place] = count + 1
    words.place[count] = place
    words.first[count] = start
    words.over[count] = over
    words.value[count] = value
    return count + 1


def _take_largest(words: _Words, count: int, found: Weightiest, begin: int, most: int) -> float:
    """Moves the weightiest words to where they are asked for; what the others add."""
    for place in range(min(most, count)):
        largest, size = 0, -1.0
        for number in range(count):
            if words.over[number] >= 0 and abs(words.value[number]) > size:
                largest, size = number, abs(words.value[number])
        found.start[begin + place] = words.first[largest]
        found.over[begin + place] = words.over[largest]
        found.value[begin + place] = words.value[largest]
        words.over[largest] = -1
    rest = 0.0
    for number in range(count):
        if words.over[number] >= 0:
            rest += words.value[number]
    return rest


_weigh = Kernel(_weigh_words)
