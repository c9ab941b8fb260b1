"""What the words of many texts are worth, by their hashed n-grams: a kernel that counts and weighs them in one go.

It reads the same n-grams as ``model.grams`` and does the same arithmetic as ``Classifier.weigh`` and its heads.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from model.compiled import Kernel, Lasting
from model.folding import SPACE, as_letter
from model.grams import BUCKETS, CHAR_BUCKETS, CHAR_SIZES, LONGEST_WORD, MIX, PRIME, WORD_BUCKETS
from model.letters import Codes, Places

__all__ = ["Doubles", "Floats", "Worth"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

_ALL: Final = 0xFFFFFFFF
_NINE, _ZERO = 0x39, 0x30
_LONGEST: Final = max(CHAR_SIZES)
_SIZES: Final = sum(1 << size for size in CHAR_SIZES)
"""A bit for each size that counts."""

_A_LETTER: Final = len(CHAR_SIZES) + 2
"""N-grams that begin at one place at most, words among them."""


class Known(NamedTuple):
    """What is known of each bucket, one after another, and of each count."""

    rows: Floats
    """For each bucket its rarity and then a weight for each head, side by side: one way to memory leads to all."""

    of_times: Doubles
    """What an n-gram that occurs so often counts for: ``1 + log(times)``, nothing where it does not occur."""


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


class Worth:
    """Weighs the n-grams of texts for some heads; one to a thread."""

    def __init__(self, rarity: Floats, heads: Floats) -> None:
        """``heads`` has a row for each bucket, a column for each head."""
        self._rows = np.column_stack([rarity, heads]).astype(np.float32).ravel()
        self._heads = heads.shape[1]
        self._times, self._one = np.zeros(BUCKETS, dtype=np.int32), np.zeros(BUCKETS, dtype=np.float64)
        self._most = 0

    def of(self, text: Codes, edges: Places, parts: int) -> Doubles:
        """A row for each ad with a number for each head. ``text`` is several folded ones one after another, ``edges``
        says where each begins, and where another would; an ad has so many ``parts``, which no pair of words crosses."""
        ads = (len(edges) - 1) // parts
        found = np.zeros(ads * self._heads, dtype=np.float64)
        self._make_room(int(np.diff(edges[::parts]).max(initial=0)) * _A_LETTER)
        _weigh(self._known, self._board, Texts(text, edges, len(text), ads, parts), found, self._heads)
        return found.reshape(ads, self._heads)

    def by_letter(self, text: Codes, edges: Places, head: int) -> Doubles:
        """What each letter of one folded ad adds to a head: what an n-gram adds, in equal parts over its letters.
        ``edges`` says where each of the ad's parts begins, and where another would."""
        letters = np.zeros(len(text) + 1, dtype=np.float64)
        self._make_room((len(text) + 1) * _A_LETTER)
        texts = Texts(text, edges, len(text), 1, len(edges) - 1)
        _share(self._known, self._board, texts, letters, head, self._heads)
        return letters[:-1]

    def _make_room(self, most: int) -> None:
        if most >= self._most:
            self._most = most + 1
            with np.errstate(divide="ignore"):
                of_times = 1.0 + np.log(np.arange(self._most))
            of_times[0] = 0.0
            self._known = Lasting(Known(self._rows, of_times))
            self._board = Lasting(Board(self._times, np.empty(self._most, dtype=np.int32), self._one))


def _weigh_texts(known: Known, board: Board, texts: Texts, found: Doubles, heads: int) -> int:
    """Adds up what each ad is worth in ``found``; how many buckets were filled."""
    filled = 0
    for ad in range(texts.ads):
        count = _count(board, texts, ad)
        square = 0.0
        for at in range(count):
            bucket = board.filled[at]
            row = bucket * (heads + 1)
            worth = known.of_times[board.times[bucket]] * known.rows[row]
            board.times[bucket] = 0
            square += worth * worth
            for head in range(heads):
                found[ad * heads + head] += worth * known.rows[row + 1 + head]
        if square > 0.0:
            for head in range(heads):
                found[ad * heads + head] /= square**0.5
        filled += count
    return filled


def _share_out(known: Known, board: Board, texts: Texts, letters: Doubles, head: int, heads: int) -> int:
    """Adds up in ``letters`` what each letter of the one ad in ``texts`` adds to a head; how many buckets it fills."""
    count = _count(board, texts, 0)
    square = 0.0
    for at in range(count):
        bucket = board.filled[at]
        row = bucket * (heads + 1)
        worth = known.of_times[board.times[bucket]] * known.rows[row]
        square += worth * worth
        board.worth[bucket] = worth * known.rows[row + 1 + head] / board.times[bucket]
        board.times[bucket] = 0
    if square > 0.0:
        _walk_letters(board, texts, texts.edges[0], texts.edges[texts.parts], 0, letters, True)
        for part in range(texts.parts):
            _walk_words(board, texts, texts.edges[part], texts.edges[part + 1], 0, letters, True)
        so_far = 0.0
        for at in range(texts.length):
            so_far += letters[at]
            letters[at] = so_far / square**0.5 if as_letter(texts.codes[at]) != SPACE else 0.0
    return count


def _count(board: Board, texts: Texts, ad: int) -> int:
    """Notes on the board how often each bucket is met in an ad; how many are."""
    first, after = ad * texts.parts, (ad + 1) * texts.parts
    count = _walk_letters(board, texts, texts.edges[first], texts.edges[after], 0, board.worth, False)
    for part in range(first, after):
        count = _walk_words(board, texts, texts.edges[part], texts.edges[part + 1], count, board.worth, False)
    return count


def _walk_letters(
    board: Board, texts: Texts, start: int, end: int, count: int, letters: Doubles, shares: bool
) -> int:  # fmt: skip
    """N-grams of characters inside one word and the separators around it, by how many buckets they are in."""
    for at in range(start, end):
        first = _letter(texts.codes[at])
        parts = first == SPACE
        hashed = (first * PRIME) & _ALL
        for size in range(2, _LONGEST + 1):
            if at + size > texts.length:
                break
            code = _letter(texts.codes[at + size - 1])
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


def _walk_words(
    board: Board, texts: Texts, start: int, end: int, count: int, letters: Doubles, shares: bool
) -> int:  # fmt: skip
    """Words, and pairs of neighbouring ones, none of them long."""
    before, begun_before, over, at = -1, -1, -1, start
    while at < end:
        if _letter(texts.codes[at]) == SPACE:
            at += 1
            continue
        word, place, begun = 0, 0, at
        while at < texts.length and _letter(texts.codes[at]) != SPACE:
            word = (word + _mixed(((_letter(texts.codes[at]) + place * MIX) * PRIME) & _ALL)) & _ALL
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
            count = _note(board, bucket, begun_before, at, at - begun_before - 1, count, letters, shares)
        before, begun_before, over = word, begun, at
    return count


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
_share = Kernel(_share_out)
