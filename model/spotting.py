"""Finds patterns in folded texts, exactly: the words of a sentence, then a walk over the places of each pattern that has
all of its words there.

A walk goes forward over the places' occurrences once; there is nothing to backtrack over, so no text can make it slow.
All of it is kernels (``model.compiled``).
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from model import letters
from model.folding import BREAK, CLAUSE, SPACE, Flags, as_letter, is_separator
from model.letters import Codes, Places, Tables
from model.lexicon import Lexicon, first_word, next_word

__all__ = [
    "BINS",
    "FULL",
    "Marks",
    "Original",
    "Patterns",
    "Room",
    "Said",
    "Tongues",
    "Words",
    "find_words",
    "is_full",
    "is_near",
    "is_worth_a_look",
    "occurrences_of",
    "sentence_end",
    "text_of",
]  # fmt: skip

_POINT, _ZERO, _NINE = 0x2E, 0x30, 0x39
_UNSPACED: Final = 0x0E00
_HANGUL: Final = (0xAC00, 0xD7A3)
_FIRST_HANGUL, _LAST_HANGUL = _HANGUL
_FARTHEST: Final = 400
"""Characters that a gap may have at most."""

_DIGITS: Final = 30
"""Characters of a number that are read."""

_MARKED_SHARE: Final = 0.04
"""From this share of accented letters on, a text counts as written with accents (Vietnamese has a quarter)."""

_SAMPLED: Final = 500
BINS: Final = 4096
"""For words; two that share one are told apart by looking closely."""

_NOTED, _COUNT, _LATEST, _WIDE = 0, 1, 2, 3
_SHAPE, _NOTICES, _FORMS = 0, 1, 2
FULL: Final = -1
"""Says that arrays are too short for what is there."""

# What a word is like, a bit each.
BEGINS: Final = 1
"""The key begins with a space, which is not a part of it."""

ENDS: Final = 2
"""And ends with one."""

SEVERAL: Final = 4
GOES_ON: Final = 8
"""Its last word may go on."""

OPEN: Final = 16
"""Its first word may begin before it."""

ACCENTED: Final = 32
"""Accents count."""

SAME: Final = 64
"""The next word has the same key."""

Amounts = npt.NDArray[np.float64]


class Words(NamedTuple):
    """All words of patterns, in the order of their keys."""

    about: Places
    """Three numbers each: what it is like, and where its notices and its forms begin; they go up to those of the next."""

    notices: Places
    """The patterns that are looked for where a word is, two numbers each: its own, and that of a place that must be
    filled too, -1 where there is none."""

    form_at: Places
    forms: Codes
    """For a word whose accents count, the ways in which it is written with them."""


class Patterns(NamedTuple):
    """What is looked for: runs of places. Lists of cues are patterns too, numbered after the others."""

    sequences_from: Places
    """For each pattern the first of its sequences, which are its forms."""

    language: Places
    slots_from: Places
    """For each sequence the first of its slots."""

    slots: Places
    """The number of a place; or, of a place for a number, one below zero: -1 for the first range, -2 for the second."""

    gaps: Places
    """For each slot how many words may stand before it."""

    low: Amounts
    high: Amounts
    words_from: Places
    words: Places
    """The words that may fill each place."""


class Tongues(NamedTuple):
    """What is particular to the languages of patterns."""

    unit: Places
    """How many characters count as a word in a gap; 0 where there are spaces."""

    denials_from: Places
    denial_at: Places
    denials: Codes
    """The words that a gap must not end with: "the company *never* keeps ..."."""


class Said(NamedTuple):
    """A folded text; see ``model.folding.Lines``."""

    text: Codes
    accented: Codes
    origin: Places


class Original(NamedTuple):
    """The texts as collected."""

    codes: Codes
    starts: Places
    accents: npt.NDArray[np.int8]
    """For each, whether it is written with accents; -1 where nobody asked yet."""


class Marks(NamedTuple):
    """Where kernels note what is in a sentence. What was noted of another one counts for nothing: it has an older time."""

    clock: Places
    words: Places
    """Three numbers each: when it was met last, how many times since, and its last occurrence, each of which leads to
    the one before."""

    there: Flags
    """Whether any of some words may be there: it is small enough to lie close to the processor."""

    places: Places
    """Two numbers each: when it was asked about last, and whether any of its words was there."""

    patterns: Places
    """When each was looked for last."""

    noticed: Places
    """The notices of the words that are there."""


class Room(NamedTuple):
    """Room for occurrences: from where to where, and what orders them."""

    start: Places
    end: Places
    key_end: Places
    length: Places
    before: Places
    """Of a word, in the order of the text; ``before`` is the one before of the same word."""

    fill_start: Places
    fill_end: Places
    fill_key_end: Places
    fill_length: Places
    """Of a place, by the end of their keys, the longest first."""

    start_so_far: Places
    end_so_far: Places
    start_longer: Places
    end_longer: Places
    """Of a sequence up to a place, by their ends."""

    found_start: Places
    found_end: Places
    """Of a pattern."""


def sentence_end(said: Said, start: int, last: int) -> int:
    """Where the sentence ends that goes on from a place: at a break, or at the last character."""
    end = start
    while end < last and said.text[end] != BREAK:
        end += 1
    return end


def find_words(
    tables: Tables, lexicon: Lexicon, words: Words, marks: Marks, room: Room, said: Said, original: Original, texts: int,
    start: int, end: int, most: int,
) -> int:  # fmt: skip
    """Notes every word between two separators, and the notices that they give; how many these are, or ``FULL``."""
    marks.clock[0] += 1
    found, noticed = 0, 0
    for at in range(start, end):
        node, after = first_word(lexicon, said.text, at, end, is_separator(said.text[at]))
        while node >= 0:
            word = lexicon.words[node]
            while word >= 0:
                if found == most:
                    return FULL
                if _is_there(tables, words, word, said, original, texts, at, after):
                    _put(words, word, room, found, said, at, after)
                    noticed = _note(words, marks, room, word, found, noticed)
                    found += 1
                word = word + 1 if words.about[_WIDE * word + _SHAPE] & SAME else -1
            node, after = next_word(lexicon, said.text, node, after, end)
    return noticed


def _note(words: Words, marks: Marks, room: Room, word: int, found: int, noticed: int) -> int:
    """Notes an occurrence of a word, and at its first one the notices that it gives."""
    now, its = marks.clock[0], _WIDE * word
    if marks.words[its + _NOTED] == now:
        room.before[found] = marks.words[its + _LATEST]
        marks.words[its + _COUNT] += 1
    else:
        marks.words[its + _NOTED] = now
        marks.words[its + _COUNT] = 1
        marks.there[word & (BINS - 1)] = now & 0xFF
        room.before[found] = -1
        for notice in range(words.about[its + _NOTICES], words.about[its + _WIDE + _NOTICES]):
            marks.noticed[noticed] = notice
            noticed += 1
    marks.words[its + _LATEST] = found
    return noticed


def is_worth_a_look(words: Words, patterns: Patterns, marks: Marks, notice: int) -> bool:
    """Whether the pattern of a notice could be there, and was not looked for yet."""
    pattern, place = words.notices[2 * notice], words.notices[2 * notice + 1]
    if (place >= 0 and not is_full(patterns, marks, place)) or marks.patterns[pattern] == marks.clock[0]:
        return False
    marks.patterns[pattern] = marks.clock[0]
    return True


def _is_there(
    tables: Tables, words: Words, word: int, said: Said, original: Original, texts: int, at: int, after: int
) -> bool:
    """Whether the word whose key is in the text from a place to another is really there."""
    shape = words.about[_WIDE * word + _SHAPE]
    start, end = at + (shape & BEGINS), after - ((shape & ENDS) >> 1)
    # Thai ``หนี`` (flee) is not in ``หนี้`` (debt): a vowel sign or tone mark follows.
    if not shape & ENDS and tables.traits[said.text[end]] & letters.MARK:
        return False
    if shape & SEVERAL:
        for place in range(start, end):
            if said.text[place] == BREAK:
                return False
    return not shape & ACCENTED or _is_as_written(tables, words, word, said, original, texts, start, end)


def _is_as_written(
    tables: Tables, words: Words, word: int, said: Said, original: Original, texts: int, start: int, end: int
) -> bool:
    """Whether the accents agree. Words typed without any agree with all, but a single bare word in a text that has
    accents elsewhere is another word."""
    bare = True
    for place in range(start, end):
        bare = bare and said.accented[place] == said.text[place]
    if bare:
        return words.about[_WIDE * word + _SHAPE] & SEVERAL != 0 or not _has_accents(
            tables, original, texts, said.origin[start]
        )
    for form in range(words.about[_WIDE * word + _FORMS], words.about[_WIDE * word + _WIDE + _FORMS]):
        at = words.form_at[form]
        same = words.form_at[form + 1] - at == end - start
        place = start
        while same and place < end:
            code = said.accented[place]
            same = words.forms[at + place - start] == (as_letter(code))
            place += 1
        if same:
            return True
    return False


def _has_accents(tables: Tables, original: Original, texts: int, at: int) -> bool:
    """Whether the text is written with accents that holds a place, judged by some hundred of its characters."""
    text = text_of(original.starts, texts, at)
    if original.accents[text] < 0:
        start, end = original.starts[text], original.starts[text + 1]
        looked_at, marked = 0, 0
        for place in range(start, end, max(1, (end - start) // _SAMPLED)):
            code = original.codes[place]
            looked_at += 1
            marked += 1 if tables.plain[code] != tables.marked[code] else 0
        original.accents[text] = 1 if marked > _MARKED_SHARE * looked_at else 0
    return bool(original.accents[text] == 1)


def text_of(starts: Places, texts: int, at: int) -> int:
    """The number of the text that holds a place."""
    low, high = 0, texts - 1
    while low < high:
        middle = (low + high + 1) >> 1
        if starts[middle] <= at:
            low = middle
        else:
            high = middle - 1
    return low


def _put(words: Words, word: int, room: Room, found: int, said: Said, at: int, after: int) -> None:
    """Notes where a word stands: as far as it goes, where it may go on."""
    shape = words.about[_WIDE * word + _SHAPE]
    start, end = at + (shape & BEGINS), after - ((shape & ENDS) >> 1)
    if shape & OPEN and said.text[start] < _UNSPACED:
        while start > 0 and not is_separator(said.text[start - 1]):
            start -= 1
    last = said.text[end - 1]
    if shape & GOES_ON and (last < _UNSPACED or _FIRST_HANGUL <= last <= _LAST_HANGUL):
        while not is_separator(said.text[end]):
            end += 1
    room.start[found] = start
    room.end[found] = end
    room.key_end[found] = after
    room.length[found] = after - at


def occurrences_of(
    patterns: Patterns, tongues: Tongues, marks: Marks, room: Room, said: Said, pattern: int, start: int, end: int,
    denies: bool, most: int,
) -> int:  # fmt: skip
    """Notes where in the sentence whose words were found last a pattern stands, in each of its forms; how many times, or
    ``FULL``. Where a gap ``denies``, it is not found."""
    count = 0
    for sequence in range(patterns.sequences_from[pattern], patterns.sequences_from[pattern + 1]):
        first, after = patterns.slots_from[sequence], patterns.slots_from[sequence + 1]
        if not _is_filled(patterns, marks, first, after):
            continue
        its = _walk(patterns, tongues, marks, room, said, pattern, first, after, start, end, denies, most)
        if its == FULL or count + its > most:
            return FULL
        for found in range(its):
            room.found_start[count] = room.start_so_far[found]
            room.found_end[count] = room.end_so_far[found]
            count += 1
    return count


def _is_filled(patterns: Patterns, marks: Marks, first: int, after: int) -> bool:
    """Whether each place has a word in the sentence."""
    for slot in range(first, after):
        if patterns.slots[slot] >= 0 and not is_full(patterns, marks, patterns.slots[slot]):
            return False
    return True


def is_full(patterns: Patterns, marks: Marks, place: int) -> bool:
    """Whether a place has a word in the sentence whose words were found last."""
    now, its = marks.clock[0], 2 * place
    if marks.places[its] != now:
        marks.places[its] = now
        marks.places[its + 1] = 0
        for at in range(patterns.words_from[place], patterns.words_from[place + 1]):
            word = patterns.words[at]
            if marks.there[word & (BINS - 1)] == now & 0xFF and marks.words[_WIDE * word + _NOTED] == now:
                marks.places[its + 1] = 1
                break
    return bool(marks.places[its + 1] == 1)


def _walk(
    patterns: Patterns, tongues: Tongues, marks: Marks, room: Room, said: Said, pattern: int, first: int, after: int,
    start: int, end: int, denies: bool, most: int,
) -> int:  # fmt: skip
    """Occurrences of the whole sequence. For each place only the nearest partial find before it can count: any other is
    farther away and has more in between."""
    count = _fill(patterns, marks, room, said, patterns.slots[first], start, end, most)
    for at in range(max(0, count)):
        room.start_so_far[at] = room.fill_start[at]
        room.end_so_far[at] = room.fill_end[at]
    _sort_by_end(room.start_so_far, room.end_so_far, count)
    for slot in range(first + 1, after):
        if count <= 0:
            return count
        fills = _fill(patterns, marks, room, said, patterns.slots[slot], start, end, most)
        if fills == FULL:
            return FULL
        longer = 0
        for fill in range(fills):
            begins = room.fill_start[fill]
            near = _last_before(room.end_so_far, count, begins)
            if near >= 0 and _may_follow(
                tongues, said, patterns.language[pattern], room.end_so_far[near], begins, patterns.gaps[slot], denies
            ):
                room.start_longer[longer] = room.start_so_far[near]
                room.end_longer[longer] = room.fill_end[fill]
                longer += 1
        count = longer
        for at in range(count):
            room.start_so_far[at] = room.start_longer[at]
            room.end_so_far[at] = room.end_longer[at]
        _sort_by_end(room.start_so_far, room.end_so_far, count)
    return count


def _last_before(ends: Places, count: int, begins: int) -> int:
    """The last of some ends, which are in order, that is not after a place; -1 if none."""
    low, high = 0, count
    while low < high:
        middle = (low + high) >> 1
        if ends[middle] <= begins:
            low = middle + 1
        else:
            high = middle
    return low - 1


def _sort_by_end(starts: Places, ends: Places, count: int) -> None:
    """They nearly are, so each moves a little."""
    for at in range(1, count):
        start, end, to = starts[at], ends[at], at
        while to > 0 and ends[to - 1] > end:
            starts[to], ends[to] = starts[to - 1], ends[to - 1]
            to -= 1
        starts[to], ends[to] = start, end


def _fill(patterns: Patterns, marks: Marks, room: Room, said: Said, slot: int, start: int, end: int, most: int) -> int:
    """Notes what fills a slot; how many times, or ``FULL``."""
    if slot < 0:
        return _fill_with_numbers(patterns.low[-1 - slot], patterns.high[-1 - slot], room, said, start, end, most)
    count = 0
    for its in range(patterns.words_from[slot], patterns.words_from[slot + 1]):
        word = patterns.words[its]
        at = _WIDE * word
        if marks.there[word & (BINS - 1)] == marks.clock[0] & 0xFF and marks.words[at + _NOTED] == marks.clock[0]:
            if count + marks.words[at + _COUNT] > most:
                return FULL
            _merge(room, marks.words[at + _LATEST], count, marks.words[at + _COUNT])
            count += marks.words[at + _COUNT]
    return count


def _merge(room: Room, last: int, count: int, more: int) -> None:
    """Puts the occurrences of a word among those of others, each in its order, from the back."""
    here, to = count - 1, count + more - 1
    while last >= 0:
        if here >= 0 and (
            room.fill_key_end[here] > room.key_end[last]
            or (room.fill_key_end[here] == room.key_end[last] and room.fill_length[here] < room.length[last])
        ):
            room.fill_start[to], room.fill_end[to] = room.fill_start[here], room.fill_end[here]
            room.fill_key_end[to], room.fill_length[to] = room.fill_key_end[here], room.fill_length[here]
            here -= 1
        else:
            room.fill_start[to], room.fill_end[to] = room.start[last], room.end[last]
            room.fill_key_end[to], room.fill_length[to] = room.key_end[last], room.length[last]
            last = room.before[last]
        to -= 1


def _fill_with_numbers(low: float, high: float, room: Room, said: Said, start: int, end: int, most: int) -> int:
    count, at = 0, start
    while at <= end:
        if not _is_digit(said.text[at]):
            at += 1
            continue
        begins = at
        while at <= end and _is_digit(said.text[at]):
            at += 1
            if at < end and _is_mark(said.text[at]) and _is_digit(said.text[at + 1]):
                at += 1
        if low <= _amount(said, begins, min(at, begins + _DIGITS)) <= high:
            if count == most:
                return FULL
            room.fill_start[count], room.fill_end[count] = begins, at
            count += 1
    return count


def _is_digit(code: int) -> bool:
    return _ZERO <= code <= _NINE


def _is_mark(code: int) -> bool:
    return code == _POINT or code == CLAUSE  # noqa: PLR1714 -- kernels know no sets


def _amount(said: Said, start: int, end: int) -> float:
    """``1.500``, ``1,500`` and ``1500`` are one number; ``1,5`` and ``1.5`` another."""
    points = 0
    for at in range(start, end):
        points += 1 if _is_mark(said.text[at]) and not _groups(said, at, end) else 0
    amount, below, after_point = 0.0, 1.0, False
    for at in range(start, end):
        code = said.text[at]
        if _is_digit(code):
            amount = amount * 10.0 + (code - _ZERO)
            below = below * 10.0 if after_point else below
        elif points == 1 and not _groups(said, at, end):
            after_point = True
    return amount / below


def _groups(said: Said, at: int, end: int) -> bool:
    """Whether exactly three digits follow."""
    if at + 3 >= end:
        return False
    for place in range(at + 1, at + 4):
        if not _is_digit(said.text[place]):
            return False
    return at + 4 == end or not _is_digit(said.text[at + 4])


def _may_follow(tongues: Tongues, said: Said, language: int, end: int, begins: int, gap: int, denies: bool) -> bool:
    """Whether one place of a pattern that ends somewhere may be followed by the next that begins somewhere."""
    if not is_near(said, end, begins, gap, tongues.unit[language]):
        return False
    return not (denies and gap) or not _denies(tongues, said, language, end, begins)


def is_near(said: Said, start: int, end: int, gap: int, unit: int) -> bool:
    """Whether at most ``gap`` words and no end of a sentence lie between two places of a folded text. In languages
    written without spaces some characters count as a word."""
    if end - start > _FARTHEST or (unit and end - start > max(1, gap * unit)):
        return False
    separators = 0
    for at in range(start, end):
        code = said.text[at]
        if code == BREAK:
            return False
        separators += 1 if is_separator(code) else 0
    return unit > 0 or separators - 1 <= gap


def _denies(tongues: Tongues, said: Said, language: int, start: int, end: int) -> bool:
    """Whether a gap ends with a denial, in languages with spaces with one word more in between at most."""
    if tongues.unit[language]:
        return _ends_with_denial(tongues, said, language, start, end, spaced=False)
    if end - 1 < start or said.text[end - 1] != SPACE:
        return False
    if _ends_with_denial(tongues, said, language, start, end - 1, spaced=True):
        return True
    at = end - 1
    while at > start and not is_separator(said.text[at - 1]):
        at -= 1
    if at == end - 1 or at <= start or said.text[at - 1] != SPACE:
        return False
    return _ends_with_denial(tongues, said, language, start, at - 1, spaced=True)


def _ends_with_denial(tongues: Tongues, said: Said, language: int, start: int, end: int, spaced: bool) -> bool:
    """Whether a denial ends at a place; where there are spaces, it is a word of its own."""
    for denial in range(tongues.denials_from[language], tongues.denials_from[language + 1]):
        first, after = tongues.denial_at[denial], tongues.denial_at[denial + 1]
        begins = end - (after - first)
        if begins < start or (spaced and begins > start and not is_separator(said.text[begins - 1])):
            continue
        same, at = True, first
        while same and at < after:
            same = said.text[begins + at - first] == tongues.denials[at]
            at += 1
        if same:
            return True
    return False
