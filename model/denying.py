"""Kernels that say which of what was found is denied by other words in its sentence."""

from typing import NamedTuple

from model.compiled import Kernel
from model.desk import FULL, Desk, Kept, Read, Room, Said, sentence_end
from model.folding import BREAK, Flags, is_separator
from model.gaps import is_in_clause, is_near
from model.text.characters import Places, Tables
from model.marking import find_words, recall_words
from model.sought import Sought
from model.spotting import occurrences_of

__all__ = ["ALWAYS", "BESIDE", "NEVER", "Asked", "deny"]


NEVER, ALWAYS, BESIDE = 0, 1, 2
"""When a denial counts."""


class Asked(NamedTuple):
    """Pieces of texts as collected that patterns of a language found."""

    start: Places
    end: Places
    language: Places
    unless: Places
    """The cues that take it away; -1 where there are none."""

    negatable: Flags
    """Whether a denial counts: ``NEVER``, ``ALWAYS``, or ``BESIDE``, where what speaks of others does not."""

    denied: Flags
    """The answer."""


def _deny_hits(
    tables: Tables, sought: Sought, desk: Desk, read: Read, texts: int, last: int, most: int, asked: Asked, count: int,
    kept: Kept,
) -> int:  # fmt: skip
    """Fills ``asked.denied``; 0, or ``FULL``."""
    said, start, end, is_one = read.said, 0, -1, False
    for number in range(count):
        at = _first_from(said.origin, last, asked.start[number])
        if at < last and is_separator(said.text[at]):
            at += 1
        to = _first_from(said.origin, last, asked.end[number])
        if not is_one or at < start or to > end:
            start, end = _sentence_start(said, at), sentence_end(said, to, last)
            is_one = sentence_end(said, start + 1, last) == end
            if not (is_one and recall_words(kept, desk.marks, desk.room, start)):
                noticed = find_words(
                    tables, sought.lexicon, sought.words, desk.marks, desk.room, said, read.original, texts,
                    start, end, most, 0,
                )  # fmt: skip
                if noticed == FULL:
                    return FULL
        denied = _is_denied(sought, desk, said, asked, number, at, to, start, end, most)
        if denied == FULL:
            return FULL
        asked.denied[number] = denied
    return 0


def _first_from(origin: Places, last: int, place: int) -> int:
    """The first character of a folded text that comes from a place of the original, or from behind it."""
    low, high = 0, last
    while low < high:
        middle = (low + high) >> 1
        if origin[middle] < place:
            low = middle + 1
        else:
            high = middle
    return low


def _sentence_start(said: Said, at: int) -> int:
    while at > 0 and said.text[at - 1] != BREAK:
        at -= 1
    return max(0, at - 1)


def _is_denied(
    sought: Sought, desk: Desk, said: Said, asked: Asked, number: int, at: int, to: int, start: int, end: int, most: int
) -> int:
    """1 where cues in the sentence deny what stands from a place to another, 0 where none does, or ``FULL``."""
    language = asked.language[number]
    found = _cues_of(sought, desk, said, asked.unless[number], start, end, most)
    if found:
        return min(found, 1)
    if asked.negatable[number] == NEVER:
        return 0
    if asked.negatable[number] == ALWAYS:
        found = _cues_of(sought, desk, said, sought.cues.attributed[language], start, end, most)
        if found == FULL or _is_around(desk.room, found, at, to):
            return min(found, 1)
    return _is_denied_beside(sought, desk, said, language, at, to, start, end, most)


def _cues_of(sought: Sought, desk: Desk, said: Said, cues: int, start: int, end: int, most: int) -> int:
    if cues < 0:
        return 0
    return occurrences_of(sought.patterns, sought.tongues, desk.marks, desk.room, said, cues, start, end, False, most)


def _is_around(room: Room, found: int, at: int, to: int) -> bool:
    """Whether one of what was found does not reach into a piece of the text."""
    for cue in range(found):
        if room.found_end[cue] <= at or room.found_start[cue] >= to:
            return True
    return False


def _is_denied_beside(
    sought: Sought, desk: Desk, said: Said, language: int, at: int, to: int, start: int, end: int, most: int
) -> int:
    """The same by cues before or after the piece, each in its reach. Only the nearest can count: any other is farther
    away and has more in between."""
    before = _cues_of(sought, desk, said, sought.cues.before[language], start, end, most)
    nearest = -1
    for cue in range(before):
        if nearest < desk.room.found_end[cue] <= at:
            nearest = desk.room.found_end[cue]
    after = _cues_of(sought, desk, said, sought.cues.after[language], start, end, most)
    next_one = end + 1
    for cue in range(after):
        if to <= desk.room.found_start[cue] < next_one:
            next_one = desk.room.found_start[cue]
    reach, unit = sought.cues.reach[language], sought.tongues.unit[language]
    is_before = nearest >= 0 and is_in_clause(said, nearest, at) and is_near(said, nearest, at, reach, unit)
    is_after = next_one <= end and is_in_clause(said, to, next_one) and is_near(said, to, next_one, reach, unit)
    if before == FULL or after == FULL:
        return FULL
    if not is_before and not is_after:
        return 0
    stops = _cues_of(sought, desk, said, sought.cues.stops[language], start, end, most)
    for stop in range(stops):
        first, last = desk.room.found_start[stop], desk.room.found_end[stop]
        is_before = is_before and not (nearest <= first and last <= at)
        is_after = is_after and not (to <= first and last <= next_one)
    return FULL if stops == FULL else 1 if is_before or is_after else 0


deny = Kernel(_deny_hits)
