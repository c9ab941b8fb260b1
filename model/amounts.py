"""Kernels that read numbers in folded texts."""

from typing import Final

from model.desk import FULL, Room, Said
from model.folding import CLAUSE

__all__ = ["fill_with_numbers"]


_POINT, _ZERO, _NINE = 0x2E, 0x30, 0x39
_DIGITS: Final = 30
"""Characters of a number that are read."""


def fill_with_numbers(low: float, high: float, room: Room, said: Said, start: int, end: int, most: int) -> int:
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
    return code == _POINT or code == CLAUSE


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
