"""Kernels that note the words of a sentence, and which patterns could be there."""

from typing import Final

from model.text import characters as letters
from model.compiled import put_in
from model.desk import (
    BINS,
    COUNT,
    FULL,
    LATEST,
    MET,
    NOTED,
    UNKNOWN,
    WIDE,
    Kept,
    Marks,
    Original,
    Room,
    Said,
    text_of,
)  # fmt: skip
from model.folding import BREAK, SPACE, as_letter, is_separator
from model.text.characters import Tables
from model.lexicon import LATIN, Lexicon, first_word, may_begin, next_word, word_at
from model.sought import (
    ACCENTED,
    BEGINS,
    ENDS,
    GOES_ON,
    NOTICES,
    OPEN,
    SAME,
    SEVERAL,
    Patterns,
    Words,
    bit_of,
)  # fmt: skip

__all__ = ["find_words", "is_full", "is_there", "is_worth_a_look", "keep_words", "recall_words"]


CLITICS, PREFIXES = 2, 4
"""Letters at most before a word that stands inside another, in Latin letters (``l'agence``, ``qu'on``) and in those of
other scripts with spaces (``والجواز``)."""

_ASCII, _UNSPACED = 0x80, 0x0E00
_FIRST_HANGUL, _LAST_HANGUL = 0xAC00, 0xD7A3
_MARKED_SHARE: Final = 0.04
"""From this share of accented letters on, a text counts as written with accents (Vietnamese has a quarter)."""
_SAMPLED: Final = 500


def find_words(
    tables: Tables, lexicon: Lexicon, words: Words, marks: Marks, room: Room, said: Said, original: Original,
    texts: int, start: int, end: int, most: int, passed: int,
) -> int:  # fmt: skip
    """Notes every word between two separators, and the notices that they give; how many these are, or ``FULL``. Words
    of the shapes that are ``passed`` over are not noted."""
    marks.clock[0] += 1
    now, differs = marks.clock[0], 0
    for at in range(start, end + 1):
        code = said.text[at]
        differs |= code ^ said.accented[at]
        said.symbols[at] = lexicon.symbols[code]
    space, accents = lexicon.symbols[SPACE], UNKNOWN
    found, noticed, begun, present, at = 0, 0, start, 0, start - 1
    while at < end - 1:
        at += 1
        spaced = said.symbols[at] == space
        if spaced:
            begun = at
        elif said.text[at] < LATIN and at - begun > 1 + CLITICS:
            while said.text[at + 1] < LATIN and said.symbols[at + 1] != space:  # the sentence ends with a separator
                at += 1
            continue
        elif not _may_be_inside(lexicon, said, at, at - begun, end):
            continue
        node, after = first_word(lexicon, said.symbols, at, end, spaced)
        while node >= 0:
            word = word_at(lexicon, node)
            while word >= 0:
                if found == most:
                    return FULL
                shape = words.shape[word]
                if shape & ACCENTED and accents == UNKNOWN:
                    accents = _accents_of(tables, original, texts, said.origin[at + (shape & BEGINS)])
                if not shape & passed and _is_there(tables, words, word, said, at, after, differs != 0, accents):
                    _put(words, word, room, found, said, at, after)
                    found += 1
                    present |= bit_of(word)
                    marks.there[word & (BINS - 1)] = now & 0xFF
                    if shape & NOTICES:
                        noticed = _notice(words, marks, word, noticed)
                word = word + 1 if shape & SAME else -1
            node, after = next_word(lexicon, said.symbols, node, after, end)
    marks.clock[1], marks.clock[2], marks.present[0] = found, 0, present
    return noticed


@put_in
def _may_be_inside(lexicon: Lexicon, said: Said, at: int, letters_before: int, end: int) -> bool:
    """Whether a word may begin at a letter within another, near its beginning; ``letters_before`` counts the separator
    too."""
    code = said.text[at]
    if code < LATIN:
        return may_begin(lexicon, said.symbols, at, end)
    return code >= _UNSPACED or letters_before <= 1 + PREFIXES


@put_in
def _notice(words: Words, marks: Marks, word: int, noticed: int) -> int:
    """Adds the notices that a word gives where it is met first in its sentence; how many there are now."""
    now, its = marks.clock[0], WIDE * word + MET
    if marks.words[its] == now:
        return noticed
    marks.words[its] = now
    for notice in range(words.notices_from[word], words.notices_from[word + 1]):
        marks.noticed[noticed] = notice
        noticed += 1
    return noticed


def note_words(marks: Marks, room: Room) -> int:
    """Notes each occurrence of each word that was found in the sentence, as they are only where somebody asks for them;
    how many."""
    now, count = marks.clock[0], marks.clock[1]
    for found in range(count):
        its = WIDE * room.word[found]
        if marks.words[its + NOTED] != now:
            marks.words[its + NOTED] = now
            marks.words[its + COUNT] = 0
            marks.words[its + LATEST] = -1
        room.before[found] = marks.words[its + LATEST]
        marks.words[its + COUNT] += 1
        marks.words[its + LATEST] = found
    marks.clock[2] = 1
    return int(count)


def keep_words(kept: Kept, marks: Marks, room: Room, start: int, most: int) -> None:
    """Keeps the words of the sentence whose words were found last, which begins at a place, if there is room."""
    number = kept.how_many[0]
    at = kept.first[number]
    if at + marks.clock[1] > most:
        return
    for found in range(marks.clock[1]):
        kept.word[at], kept.start[at], kept.end[at] = room.word[found], room.start[found], room.end[found]
        kept.key_end[at], kept.length[at] = room.key_end[found], room.length[found]
        at += 1
    kept.sentence[number] = start
    kept.first[number + 1] = at
    kept.how_many[0] = number + 1


def recall_words(kept: Kept, marks: Marks, room: Room, start: int) -> bool:
    """Notes the words of the sentence that begins at a place as ``find_words`` would; False where they are not kept."""
    number = text_of(kept.sentence, kept.how_many[0], start)
    if not kept.how_many[0] or kept.sentence[number] != start:
        return False
    marks.clock[0] += 1
    now, first = marks.clock[0], kept.first[number]
    count = kept.first[number + 1] - first
    for found in range(count):
        at = first + found
        room.word[found], room.start[found], room.end[found] = kept.word[at], kept.start[at], kept.end[at]
        room.key_end[found], room.length[found] = kept.key_end[at], kept.length[at]
        marks.there[kept.word[at] & (BINS - 1)] = now & 0xFF
    marks.clock[1], marks.clock[2] = count, 0
    return True


@put_in
def is_worth_a_look(words: Words, patterns: Patterns, marks: Marks, room: Room, notice: int) -> bool:
    """Whether the pattern of a notice could be there, and was not looked for yet."""
    place = words.notices[2 * notice + 1]
    if place >= 0 and not (words.bits[notice] & marks.present[0] and is_full(patterns, marks, room, place)):
        return False
    pattern = words.notices[2 * notice]
    if marks.patterns[pattern] == marks.clock[0]:
        return False
    marks.patterns[pattern] = marks.clock[0]
    return True


@put_in
def is_full(patterns: Patterns, marks: Marks, room: Room, place: int) -> bool:
    """Whether a place has a word in the sentence whose words were found last."""
    for at in range(patterns.words_from[place], patterns.words_from[place + 1]):
        if is_there(marks, room, patterns.words[at]):
            return True
    return False


@put_in
def is_there(marks: Marks, room: Room, word: int) -> bool:
    """Whether a word is in the sentence whose words were found last."""
    now = marks.clock[0]
    if marks.there[word & (BINS - 1)] != now & 0xFF:
        return False
    if not marks.clock[2]:
        note_words(marks, room)
    return bool(marks.words[WIDE * word + NOTED] == now)


@put_in
def _is_there(
    tables: Tables, words: Words, word: int, said: Said, at: int, after: int, differs: bool, accents: int
) -> bool:
    """Whether the word whose key is in the text from a place to another is really there. ``differs``: the sentence has
    accents; ``accents``: whether its text is written with them."""
    shape = words.shape[word]
    start, end = at + (shape & BEGINS), after - ((shape & ENDS) >> 1)
    # Thai ``หนี`` (flee) is not in ``หนี้`` (debt): a vowel sign or tone mark follows.
    if not shape & ENDS and tables.traits[said.text[end]] & letters.MARK:
        return False
    if shape & SEVERAL:
        for place in range(start, end):
            if said.text[place] == BREAK:
                return False
    if not shape & ACCENTED:
        return True
    if not (differs and _has_marks(said, start, end)):
        # Words typed without accents agree with all, but a single bare word in a text that has some is another word.
        return shape & SEVERAL != 0 or not accents
    return _is_as_written(words, word, said, start, end)


@put_in
def _has_marks(said: Said, start: int, end: int) -> bool:
    for place in range(start, end):
        if said.accented[place] != said.text[place]:
            return True
    return False


def _is_as_written(words: Words, word: int, said: Said, start: int, end: int) -> bool:
    """Whether what stands from a place to another has the accents of one of the word's forms."""
    for form in range(words.forms_from[word], words.forms_from[word + 1]):
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


def _accents_of(tables: Tables, original: Original, texts: int, at: int) -> int:
    """1 if the text is written with accents that holds a place, judged by some hundred of its characters, or else 0."""
    text = text_of(original.starts, texts, at)
    if original.accents[text] == UNKNOWN:
        start, end = original.starts[text], original.starts[text + 1]
        looked_at, marked = 0, 0
        for place in range(start, end, max(1, (end - start) // _SAMPLED)):
            code = original.codes[place]
            looked_at += 1
            if code >= _ASCII:  # none before it has marks
                marked += 1 if tables.plain[code] != tables.marked[code] else 0
        original.accents[text] = 1 if marked > _MARKED_SHARE * looked_at else 0
    return int(original.accents[text])


@put_in
def _put(words: Words, word: int, room: Room, found: int, said: Said, at: int, after: int) -> None:
    """Notes where a word stands: as far as it goes, where it may go on."""
    shape = words.shape[word]
    start, end = at + (shape & BEGINS), after - ((shape & ENDS) >> 1)
    if shape & OPEN and said.text[start] < _UNSPACED:
        while start > 0 and not is_separator(said.text[start - 1]):
            start -= 1
    last = said.text[end - 1]
    if shape & GOES_ON and (last < _UNSPACED or _FIRST_HANGUL <= last <= _LAST_HANGUL):
        while not is_separator(said.text[end]):
            end += 1
    room.word[found] = word
    room.start[found] = start
    room.end[found] = end
    room.key_end[found] = after
    room.length[found] = after - at
