"""Looks for what a plan describes in folded texts."""

from typing import Any, Final, NamedTuple

import numpy as np

from model.text import characters as letters
from model.compiled import Kernel, Lasting
from model.denying import Asked, deny
from model.desk import (
    BINS,
    CROWDED,
    FULL,
    UNKNOWN,
    WIDE,
    Desk,
    Kept,
    Marks,
    Original,
    Read,
    Room,
    Said,
    sentence_end,
    text_of,
)
from model.folding import Flags, Given, Lines
from model.large_pages import in_large_pages
from model.text.characters import Places, Tables
from model.marking import find_words, is_full, is_worth_a_look, keep_words
from model.plan import Plan, with_anchors
from model.sought import CUE, Sought
from model.spotting import occurrences_of

__all__ = ["NOTHING_KEPT", "Hits", "Search"]


_MOST: Final = 1 << 13
"""Occurrences of words in a sentence that there is room for; more is made where there are more."""
_LEAST: Final = 256
"""Hits that there is room for, however short the texts."""

_A_WORD: Final = 2
"""There is room to keep a word for so many characters of a folded text: half of what is needed at most."""

_LATEST: Final = 1 << 30
_OPEN: Final = -1


class Hits(NamedTuple):
    """Where patterns stand in the texts as collected."""

    start: Places
    end: Places
    limit: Places
    """How far repetitions, accents and invisible parts of the last letter may go on; -1 where nothing does."""

    pattern: Places


class Search:
    """Looks for what a plan describes; made once a plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._tables = letters.lasting_tables()
        sought = Sought(plan.lexicon, plan.words, plan.patterns, plan.tongues, plan.cues)
        self._sought = Lasting(in_large_pages(sought))
        self._take_desk(_MOST)

    def hits(self, lines: Lines, given: Given) -> tuple[Hits, Kept]:
        """Where patterns stand, and the words beside them."""
        kept = _room_for_words(len(lines.text) // _A_WORD)
        return self._hits(lines, given, kept, only_first=False), kept

    def first_hits(self, lines: Lines, given: Given) -> Hits:
        """The same, of each text one at least where there are any."""
        return self._hits(lines, given, NOTHING_KEPT, only_first=True)

    def _hits(self, lines: Lines, given: Given, kept: Kept, *, only_first: bool) -> Hits:
        most = max(_LEAST, len(lines.text))
        while True:
            hits = Hits(*np.empty((len(Hits._fields), most), dtype=np.int32))
            kept.how_many[0] = kept.first[0] = 0
            count = self._run(_find, lines, given, hits, most, kept, len(kept.word), int(only_first))
            if count >= 0:
                return Hits(*(its[:count] for its in hits))
            most = 2 * most if count == CROWDED else most

    def deny(self, lines: Lines, given: Given, asked: Asked, kept: Kept) -> Flags:
        """Which of some hits, in the order of the text, are denied or said of others. ``kept`` are words that were
        found in the same texts, or none."""
        while self._run(deny, lines, given, asked, len(asked.start), kept) == FULL:
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
        accents = np.full(len(given.starts) - 1, UNKNOWN, dtype=np.int8)
        symbols = np.empty(len(lines.text), dtype=np.uint16)
        read = Read(
            Said(lines.text, lines.accented, lines.origin, symbols), Original(given.codes, given.starts, accents)
        )
        its = len(given.starts) - 1, len(lines.text) - 1, self._most
        if self._clock[0] > _LATEST:
            self._take_desk(self._most)
        count = kernel(self._tables, self._sought, self._desk, read, *its, *arguments)
        if count == FULL:
            self._take_desk(2 * self._most)
        return count

    def _take_desk(self, most: int) -> None:
        room = Room(*np.empty((len(Room._fields), most), dtype=np.int32))
        desk = in_large_pages(Desk(_marks(self.plan), room))
        self._most, self._clock = most, desk.marks.clock
        self._desk = Lasting(desk)


def _room_for_words(most: int) -> Kept:
    columns = np.empty((len(Kept._fields) - 1, most + 1), dtype=np.int32)
    return Kept(np.zeros(1, dtype=np.int32), *columns)


NOTHING_KEPT: Final = _room_for_words(0)


def _marks(plan: Plan) -> Marks:
    def zeros(size: int) -> Places:
        return np.zeros(size, dtype=np.int32)

    return Marks(
        clock=zeros(3),
        words=zeros(WIDE * len(plan.words.shape)),
        present=np.zeros(1, dtype=np.int64),
        there=np.zeros(BINS, dtype=np.uint8),
        patterns=zeros(len(plan.name_of)),
        noticed=zeros(len(plan.words.notices)),
    )


def _find_hits(
    tables: Tables, sought: Sought, desk: Desk, read: Read, texts: int, last: int, most: int, hits: Hits,
    most_hits: int, kept: Kept, most_kept: int, only_first: int,
) -> int:  # fmt: skip
    """Fills ``hits`` and ``kept``; how many hits, ``FULL`` or ``CROWDED``."""
    count, end, over = 0, 0, -1
    while end < last:
        start, end = end, sentence_end(read.said, end + 1, last)
        if only_first and read.said.origin[start] < over:
            continue
        noticed = find_words(
            tables, sought.lexicon, sought.words, desk.marks, desk.room, read.said, read.original, texts,
            start, end, most, CUE if only_first else 0,
        )  # fmt: skip
        before = count
        for number in range(noticed):
            notice = desk.marks.noticed[number]
            if not is_worth_a_look(sought.words, sought.patterns, desk.marks, desk.room, notice):
                continue
            pattern = sought.words.notices[2 * notice]
            found = occurrences_of(
                sought.patterns, sought.tongues, desk.marks, desk.room, read.said, pattern, start, end, True, most
            )
            if found == FULL:
                return FULL
            if count + found > most_hits:
                return CROWDED
            for at in range(found):
                _write_hit(tables, read, hits, count, desk.room.found_start[at], desk.room.found_end[at], pattern)
                count += 1
            if only_first and found:
                over = read.original.starts[text_of(read.original.starts, texts, read.said.origin[start]) + 1]
                break
        if noticed == FULL:
            return FULL
        if count > before and not only_first:
            keep_words(kept, desk.marks, desk.room, start, most_kept)
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


def _tally_places(
    tables: Tables, sought: Sought, desk: Desk, read: Read, texts: int, last: int, most: int, times: Places, places: int
) -> int:
    """Counts in how many sentences each place is filled; 0, or ``FULL``."""
    end = 0
    while end < last:
        start, end = end, sentence_end(read.said, end + 1, last)
        noticed = find_words(
            tables, sought.lexicon, sought.words, desk.marks, desk.room, read.said, read.original, texts,
            start, end, most, 0,
        )  # fmt: skip
        if noticed == FULL:
            return FULL
        for place in range(places):
            times[place] += 1 if is_full(sought.patterns, desk.marks, desk.room, place) else 0
    return 0


_find = Kernel(_find_hits)
_tally = Kernel(_tally_places)
