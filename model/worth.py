"""What the words of many texts are worth, by their hashed n-grams: a kernel that counts and weighs them in one go.

It reads the same n-grams as ``model.classifier.grams`` and does the same arithmetic as ``Classifier.weigh`` and its heads.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from model.compiled import Kernel, Lasting, put_in
from model.folding import SPACE, as_letter
from model.classifier.grams import BUCKETS, CHAR_BUCKETS, CHAR_SIZES, LONGEST_WORD, MIX, PRIME, WORD_BUCKETS
from model.large_pages import in_large_pages
from model.text.characters import Codes, Places
from model.steps import RARITY_STEPS, WEIGHT_STEPS, Floats, Steps, in_steps

__all__ = ["Board", "Doubles", "Known", "Texts", "Worth", "share_out"]

Doubles = npt.NDArray[np.float64]

_ALL: Final = 0xFFFFFFFF
_NINE, _ZERO = 0x39, 0x30
_LONGEST: Final = max(CHAR_SIZES)
_SIZES: Final = sum(1 << size for size in CHAR_SIZES)
"""A bit for each size that counts."""

_A_LETTER: Final = len(CHAR_SIZES) + 2
"""N-grams that begin at one place at most, words among them."""


_HEADS: Final = 3
_WIDE: Final = _HEADS + 1
"""Numbers of a bucket: its rarity, and a weight for each head. These are as many as ``HEADS``; sums for any number of
them a kernel would keep in memory."""


class Known(NamedTuple):
    """What is known of each bucket, one after another, and of each count."""

    rows: Steps
    """For each bucket its rarity and then a weight for each head, side by side: one way to memory leads to all."""

    of_times: Doubles
    """What an n-gram that occurs so often counts for: ``1 + log(times)``, nothing where it does not occur."""


class _Buckets(NamedTuple):
    """What is looked up for every n-gram: ``Known.rows`` and ``Board.times``."""

    rows: Steps
    times: Places


class Texts(NamedTuple):
    """Folded texts one after another."""

    codes: Codes
    edges: Places
    """Where each begins, and where another would."""

    length: int
    ads: int
    parts: int
    """Texts of an ad."""


class Board(NamedTuple):
    """A square for each bucket, all empty between two texts, and room for the buckets that are not."""

    times: Places
    filled: Places
    worth: Doubles
    """For each bucket, what one n-gram of it adds while a text is explained."""

    letters: npt.NDArray[np.int64]
    """Room for the letters of the ad that is read, as n-grams see them, and of some behind it."""


class Worth:
    """Weighs the n-grams of texts for some heads; one to a thread."""

    def __init__(self, rarity: Floats, heads: Floats) -> None:
        """``heads`` has a row for each bucket, a column for each head."""
        if heads.shape[1] != _HEADS:
            raise ValueError(f"expected weights for {_HEADS} heads, found them for {heads.shape[1]}")
        rows = np.column_stack([in_steps(rarity, RARITY_STEPS), in_steps(heads, WEIGHT_STEPS)]).ravel()
        self._buckets = in_large_pages(_Buckets(rows, np.zeros(BUCKETS, dtype=np.int32)))
        self._one = np.zeros(BUCKETS, dtype=np.float64)
        self._most = 0

    def of(self, text: Codes, edges: Places, parts: int) -> Doubles:
        """A row for each ad with a number for each head. ``text`` is several folded ones one after another, ``edges``
        says where each begins, and where another would; an ad has so many ``parts``, which no pair of words crosses."""
        ads = (len(edges) - 1) // parts
        found = np.zeros(ads * _HEADS, dtype=np.float64)
        self._make_room(int(np.diff(edges[::parts]).max(initial=0)) * _A_LETTER)
        _weigh(self._known, self._board, Texts(text, edges, len(text), ads, parts), found)
        return found.reshape(ads, _HEADS)

    def known_and_board(self, letters: int) -> tuple[Lasting, Lasting]:
        """What kernels read and write, for ads of so many letters at most."""
        self._make_room(letters * _A_LETTER)
        return self._known, self._board

    def _make_room(self, most: int) -> None:
        if most >= self._most:
            self._most = most + 1
            with np.errstate(divide="ignore"):
                of_times = 1.0 + np.log(np.arange(self._most))
            of_times[0] = 0.0
            self._known = Lasting(Known(self._buckets.rows, of_times))
            filled, letters = np.empty(self._most, dtype=np.int32), np.empty(self._most + _LONGEST, dtype=np.int64)
            self._board = Lasting(Board(self._buckets.times, filled, self._one, letters))


def _weigh_texts(known: Known, board: Board, texts: Texts, found: Doubles) -> int:
    """Adds up what each ad is worth in ``found``; how many buckets were filled."""
    filled = 0
    for ad in range(texts.ads):
        count = _count(board, texts, ad)
        square, first, second, third = 0.0, 0.0, 0.0, 0.0
        for at in range(count):
            bucket = board.filled[at]
            row = bucket * _WIDE
            worth = known.of_times[board.times[bucket]] * known.rows[row]
            board.times[bucket] = 0
            square += worth * worth
            first += worth * known.rows[row + 1]
            second += worth * known.rows[row + 2]
            third += worth * known.rows[row + 3]
        if square > 0.0:
            length = square**0.5 * WEIGHT_STEPS
            found[ad * _HEADS], found[ad * _HEADS + 1] = first / length, second / length
            found[ad * _HEADS + 2] = third / length
        filled += count
    return filled


def share_out(known: Known, board: Board, texts: Texts, ad: int, letters: Doubles, head: int) -> int:
    """Adds up in ``letters`` what each letter of an ad adds to a head: what an n-gram adds, in equal parts over its
    letters; how many buckets it fills. They are those of the ad and two more, and must be nothing before."""
    count = _count(board, texts, ad)
    square = 0.0
    for at in range(count):
        bucket = board.filled[at]
        row = bucket * _WIDE
        worth = known.of_times[board.times[bucket]] * known.rows[row]
        square += worth * worth
        board.worth[bucket] = worth * known.rows[row + 1 + head] / board.times[bucket]
        board.times[bucket] = 0
    if square > 0.0:
        _walk(board, texts, ad, letters, True)
        begin, so_far, length = texts.edges[ad * texts.parts], 0.0, square**0.5 * WEIGHT_STEPS
        for at in range(texts.edges[(ad + 1) * texts.parts] - begin):
            so_far += letters[at]
            letters[at] = so_far / length if as_letter(texts.codes[begin + at]) != SPACE else 0.0
    return count


def _count(board: Board, texts: Texts, ad: int) -> int:
    """Notes on the board how often each bucket is met in an ad; how many are."""
    start, end = texts.edges[ad * texts.parts], min(texts.edges[(ad + 1) * texts.parts] + _LONGEST, texts.length)
    for at in range(start, end):
        board.letters[at - start] = _letter(texts.codes[at])
    return _walk(board, texts, ad, board.worth, False)


@put_in
def _walk(board: Board, texts: Texts, ad: int, letters: Doubles, shares: bool) -> int:
    """Goes over the n-grams of an ad whose letters are on the board; how many buckets they are in."""
    first, after = ad * texts.parts, (ad + 1) * texts.parts
    begin, length = texts.edges[first], texts.length - texts.edges[first]
    count = _walk_letters(board, texts.edges[after] - begin, length, letters, shares)
    for part in range(first, after):
        start, end = texts.edges[part] - begin, texts.edges[part + 1] - begin
        count = _walk_words(board, start, end, length, count, letters, shares)
    return count


@put_in
def _walk_letters(board: Board, end: int, length: int, letters: Doubles, shares: bool) -> int:
    """N-grams of characters inside one word and the separators around it, by how many buckets they are in."""
    count = 0
    for at in range(end):
        first = int(board.letters[at])
        parts = first == SPACE
        hashed = (first * PRIME) & _ALL
        for size in range(2, _LONGEST + 1):
            if at + size > length:
                break
            code = int(board.letters[at + size - 1])
            hashed = ((hashed ^ code) * PRIME) & _ALL
            if size == 2 and parts and code == SPACE:
                break
            if _SIZES >> size & 1:
                bucket = _mixed(hashed) & (CHAR_BUCKETS - 1)
                solid = size - (1 if parts else 0) - (1 if code == SPACE else 0)
                count = _note(board, bucket, at, at + size, solid, count, letters, shares)
            if code == SPACE:
                break
    return count


@put_in
def _walk_words(
    board: Board, start: int, end: int, length: int, count: int, letters: Doubles, shares: bool
) -> int:  # fmt: skip
    """Words, and pairs of neighbouring ones, none of them long."""
    before, begun_before, over, at = -1, -1, -1, start
    while at < end:
        if board.letters[at] == SPACE:
            at += 1
            continue
        word, place, begun = 0, 0, at
        while at < length and board.letters[at] != SPACE:
            word = (word + _mixed(((int(board.letters[at]) + place * MIX) * PRIME) & _ALL)) & _ALL
            place += 1
            at += 1
        if at - begun > LONGEST_WORD:
            before = -1
            continue
        bucket = (_mixed(word) & (WORD_BUCKETS - 1)) + CHAR_BUCKETS
        count = _note(board, bucket, begun, at, at - begun, count, letters, shares)
        if before >= 0 and begun - over == 1:
            pair = (before * PRIME + word) & _ALL
            bucket = (_mixed(pair) & (WORD_BUCKETS - 1)) + CHAR_BUCKETS
            solid = at - begun_before - 1
            count = _note(board, bucket, begun_before, at, solid, count, letters, shares)
        before, begun_before, over = word, begun, at
    return count


@put_in
def _note(
    board: Board, bucket: int, start: int, end: int, solid: int, count: int, letters: Doubles, shares: bool
) -> int:  # fmt: skip
    """Counts one n-gram more, or ``shares`` out over its ``solid`` letters what it adds, noted where it begins and is
    over; how many buckets are noted."""
    if shares:
        part = board.worth[bucket] / solid
        letters[start] += part
        letters[end] -= part
        return count
    # Noted whether it is the first or not: a branch that goes either way as often costs more than a number written.
    board.filled[count] = bucket
    count += 1 if board.times[bucket] == 0 else 0
    board.times[bucket] += 1
    return count


def _letter(code: int) -> int:
    """A digit as 0, since how long a number is tells more than which it is; what parts words as a space."""
    code = int(code)
    return _ZERO if _ZERO <= code <= _NINE else as_letter(code)


def _mixed(hashed: int) -> int:
    hashed = ((hashed ^ (hashed >> 16)) * MIX) & _ALL
    return hashed ^ (hashed >> 13)


_weigh = Kernel(_weigh_texts)
