"""Kernels that find patterns, exactly: a walk over the places of each pattern that has all of its words in a sentence.

A walk goes forward over the places' occurrences once; there is nothing to backtrack over, so no text can make it slow.
"""

from model.amounts import fill_with_numbers
from model.desk import COUNT, FULL, LATEST, WIDE, Marks, Room, Said
from model.gaps import may_follow
from model.text.characters import Places
from model.marking import is_full, is_there
from model.sought import Patterns, Tongues

__all__ = ["occurrences_of"]


def occurrences_of(
    patterns: Patterns, tongues: Tongues, marks: Marks, room: Room, said: Said, pattern: int, start: int, end: int,
    denies: bool, most: int,
) -> int:  # fmt: skip
    """Notes where in the sentence whose words were found last a pattern stands, in each of its forms; how many times,
    or ``FULL``. Where a gap ``denies``, it is not found."""
    count = 0
    for sequence in range(patterns.sequences_from[pattern], patterns.sequences_from[pattern + 1]):
        first, after = patterns.slots_from[sequence], patterns.slots_from[sequence + 1]
        if not _is_filled(patterns, marks, room, first, after):
            continue
        its = _walk(patterns, tongues, marks, room, said, pattern, first, after, start, end, denies, most)
        if its == FULL or count + its > most:
            return FULL
        for found in range(its):
            room.found_start[count] = room.start_so_far[found]
            room.found_end[count] = room.end_so_far[found]
            count += 1
    return count


def _is_filled(patterns: Patterns, marks: Marks, room: Room, first: int, after: int) -> bool:
    """Whether each place has a word in the sentence."""
    for slot in range(first, after):
        if patterns.slots[slot] >= 0 and not is_full(patterns, marks, room, patterns.slots[slot]):
            return False
    return True


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
            if near >= 0 and may_follow(
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
        return fill_with_numbers(patterns.low[-1 - slot], patterns.high[-1 - slot], room, said, start, end, most)
    count = 0
    for its in range(patterns.words_from[slot], patterns.words_from[slot + 1]):
        word = patterns.words[its]
        at = WIDE * word
        if is_there(marks, room, word):
            if count + marks.words[at + COUNT] > most:
                return FULL
            _merge(room, marks.words[at + LATEST], count, marks.words[at + COUNT])
            count += marks.words[at + COUNT]
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
