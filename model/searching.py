"""Looks for what a plan describes in folded texts: the kernels, and the room in which they note what they find."""

from typing import Any, Final, NamedTuple

import numpy as np

from model import letters
from model.compiled import Kernel, Lasting
from model.folding import BREAK, CLAUSE, Flags, Given, Lines, is_separator
from model.letters import Places, Tables
from model.lexicon import Lexicon
from model.plan import Cues, Plan, with_anchors
from model.spotting import (
    BINS,
    FULL,
    Marks,
    Original,
    Patterns,
    Room,
    Said,
    Tongues,
    Words,
    find_words,
    is_full,
    is_near,
    is_worth_a_look,
    occurrences_of,
    sentence_end,
    text_of,
)  # fmt: skip

__all__ = ["ALWAYS", "BESIDE", "NEVER", "Asked", "Hits", "Search"]

NEVER, ALWAYS, BESIDE = 0, 1, 2
"""When a denial counts."""

_MOST: Final = 1 << 13
"""Occurrences of words in a sentence that there is room for; more is made where there are more."""

_LATEST: Final = 1 << 30
_OPEN: Final = -1


class Hits(NamedTuple):
    """Where patterns stand in the texts as collected."""

    start: Places
    end: Places
    limit: Places
    """How far repetitions, accents and invisible parts of the last letter may go on; -1 where nothing does."""

    pattern: Places


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


class Sought(NamedTuple):
    """All of a plan that kernels read."""

    lexicon: Lexicon
    words: Words
    patterns: Patterns
    tongues: Tongues
    cues: Cues


class Desk(NamedTuple):
    """All that kernels write to."""

    marks: Marks
    room: Room


class Read(NamedTuple):
    """Texts, folded and as collected."""

    said: Said
    original: Original


class Search:
    """Looks for what a plan describes; made once a plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._tables = Lasting(letters.tables())
        self._sought = Lasting(Sought(plan.lexicon, plan.words, plan.patterns, plan.tongues, plan.cues))
        self._take_desk(_MOST)

    def hits(self, lines: Lines, given: Given, *, only_first: bool = False) -> Hits:
        """Where patterns stand; with ``only_first``, of each text one hit is enough."""
        most = len(lines.text)
        while True:
            hits = Hits(*np.empty((len(Hits._fields), most), dtype=np.int32))
            count = self._run(_find, lines, given, hits, most, int(only_first))
            if count != FULL:
                return Hits(*(its[:count] for its in hits))
            most *= 2

    def deny(self, lines: Lines, given: Given, asked: Asked) -> Flags:
        """Which of some hits, in the order of the text, are denied or said of others."""
        while self._run(_deny, lines, given, asked, len(asked.start)) == FULL:
            pass
        return asked.denied

    def anchored(self, lines: Lines, given: Given) -> Plan:
        """The plan with its patterns noticed by the places that are filled most seldom in some texts."""
        times = np.zeros(len(self.plan.patterns.words_from) - 1, dtype=np.int32)
        while self._run(_tally, lines, given, times, len(times)) == FULL:
            times[:] = 0
        return with_anchors(self.plan, times)

    def _run(self, kernel: Kernel, lines: Lines, given: Given, *arguments: Any) -> int:
        """What a kernel says of texts; there is more room the next time where it finds too little."""
        accents = np.full(len(given.starts) - 1, -1, dtype=np.int8)
        read = Read(Said(lines.text, lines.accented, lines.origin), Original(given.codes, given.starts, accents))
        its = len(given.starts) - 1, len(lines.text) - 1, self._most
        if self._clock[0] > _LATEST:
            self._take_desk(self._most)
        count = kernel(self._tables, self._sought, self._desk, read, *its, *arguments)
        if count == FULL:
            self._take_desk(2 * self._most)
        return count

    def _take_desk(self, most: int) -> None:
        marks = _marks(self.plan)
        self._most, self._clock = most, marks.clock
        self._desk = Lasting(Desk(marks, Room(*np.empty((len(Room._fields), most), dtype=np.int32))))


def _marks(plan: Plan) -> Marks:
    def zeros(size: int) -> Places:
        return np.zeros(size, dtype=np.int32)

    return Marks(
        clock=zeros(1),
        words=zeros(len(plan.words.about)),
        there=np.zeros(BINS, dtype=np.uint8),
        places=zeros(2 * len(plan.patterns.words_from)),
        patterns=zeros(len(plan.name_of)),
        noticed=zeros(len(plan.words.notices)),
    )


def _find_hits(
    tables: Tables, sought: Sought, desk: Desk, read: Read, texts: int, last: int, most: int, hits: Hits, most_hits: int,
    only_first: int,
) -> int:  # fmt: skip
    """Fills ``hits``; how many, or ``FULL``."""
    count, end, over = 0, 0, -1
    while end < last:
        start, end = end, sentence_end(read.said, end + 1, last)
        if only_first and read.said.origin[start] < over:
            continue
        noticed = find_words(
            tables, sought.lexicon, sought.words, desk.marks, desk.room, read.said, read.original, texts,
            start, end, most,
        )  # fmt: skip
        for number in range(noticed):
            notice = desk.marks.noticed[number]
            if not is_worth_a_look(sought.words, sought.patterns, desk.marks, notice):
                continue
            pattern = sought.words.notices[2 * notice]
            found = occurrences_of(
                sought.patterns, sought.tongues, desk.marks, desk.room, read.said, pattern, start, end, True, most
            )
            if found == FULL or count + found > most_hits:
                return FULL
            for at in range(found):
                _write_hit(tables, read, hits, count, desk.room.found_start[at], desk.room.found_end[at], pattern)
                count += 1
            if only_first and found:
                over = read.original.starts[text_of(read.original.starts, texts, read.said.origin[start]) + 1]
                break
        if noticed == FULL:
            return FULL
    return count


def _write_hit(tables: Tables, read: Read, hits: Hits, count: int, start: int, end: int, pattern: int) -> None:
    """Where the piece of a folded text came from."""
    last = read.said.origin[end - 1] + 1
    limit = read.said.origin[end]
    hits.start[count] = read.said.origin[start]
    hits.end[count] = last
    hits.limit[count] = limit if _may_go_on(tables, read.original, last) else _OPEN
    hits.pattern[count] = pattern


def _may_go_on(tables: Tables, original: Original, last: int) -> bool:
    """Whether the letter before a place may go on there."""
    code, after = original.codes[last - 1], original.codes[last]
    return bool(
        tables.traits[after] & letters.TAIL != 0
        or tables.plain[code] == tables.plain[after]
        or tables.kind[code] == letters.MANY
        or tables.kind[after] == letters.MANY
    )


def _deny_hits(
    tables: Tables, sought: Sought, desk: Desk, read: Read, texts: int, last: int, most: int, asked: Asked, count: int
) -> int:
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
            noticed = find_words(
                tables, sought.lexicon, sought.words, desk.marks, desk.room, said, read.original, texts,
                start, end, most,
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
    if found == FULL or _is_around(desk.room, found, at, at):
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
    is_before = nearest >= 0 and _is_in_clause(said, nearest, at) and is_near(said, nearest, at, reach, unit)
    is_after = next_one <= end and _is_in_clause(said, to, next_one) and is_near(said, to, next_one, reach, unit)
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


def _is_in_clause(said: Said, start: int, end: int) -> bool:
    for at in range(start, end):
        if said.text[at] == CLAUSE:
            return False
    return True


def _tally_places(
    tables: Tables, sought: Sought, desk: Desk, read: Read, texts: int, last: int, most: int, times: Places, places: int
) -> int:
    """Counts in how many sentences each place is filled; 0, or ``FULL``."""
    end = 0
    while end < last:
        start, end = end, sentence_end(read.said, end + 1, last)
        noticed = find_words(
            tables, sought.lexicon, sought.words, desk.marks, desk.room, read.said, read.original, texts,
            start, end, most,
        )  # fmt: skip
        if noticed == FULL:
            return FULL
        for place in range(places):
            times[place] += 1 if is_full(sought.patterns, desk.marks, place) else 0
    return 0


_find = Kernel(_find_hits)
_deny = Kernel(_deny_hits)
_tally = Kernel(_tally_places)
