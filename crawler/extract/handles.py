"""Names of applications in a text, and the identifiers and numbers that stand beside them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crawler.extract.contact_words import load_contact_words
from crawler.extract.phones import Phone

__all__ = ["Handle", "find_handles", "find_names", "of_numbers"]

_HAS_SIGN = re.compile(r"[\d_.]")
_SHORT = 2
"""A name of so few letters is also a word, "wa" in Swahili: only a mark may stand between it and its number."""

_ONLY_MARKS = re.compile(r"[\s:：=./()\-–—]{0,5}(?:(?:no|nomor|id|number)\.?[\s:.]{1,3})?")
_REACH = 45
_BESIDE = 12
_TAKEN = "\x00"
"""Stands in a line for what was read already: a name before it belongs to that."""

_BEHIND = re.compile(r"[ \t]?[(\[/,\-–|&+]?[ \t]?")


@dataclass(frozen=True, slots=True)
class Handle:
    """One identifier in an application, and where it stands; also a name alone, with no value."""

    kind: str
    value: str
    start: int
    end: int


def find_names(line: str) -> list[Handle]:
    """Every place where a plain text names an application, in reading order."""
    words = load_contact_words()
    names = [
        Handle(words.kinds[found[0]], found[0], *found.span())
        for found in words.name.finditer(line)
        if found[0] in words.kinds
    ]
    names += [
        Handle(kind, found[0], *found.span()) for kind, pattern in words.scattered for found in pattern.finditer(line)
    ]
    return sorted(names, key=lambda name: name.start)


def find_handles(line: str, names: Sequence[Handle]) -> Iterator[Handle]:
    """The identifiers that stand right behind an application's name, and say by their form or place what they are."""
    words = load_contact_words()
    for name in names:
        pattern = words.handles.get(name.kind)
        between = words.before_handle.match(line, name.end)
        if pattern is None or between is None:
            continue
        found = pattern.match(line, between.end())
        if found is None:
            continue
        handle = found["handle"].rstrip("._-")
        if handle in words.not_a_handle or handle in words.kinds or len(handle) < 3:
            continue
        if _is_sure(name, between, found):
            start = found.start("at") if found["at"] else found.start("handle")
            yield Handle(name.kind, handle, start, found.start("handle") + len(handle))


def _is_sure(name: Handle, between: re.Match[str], found: re.Match[str]) -> bool:
    """An identifier is one behind "@", behind a word for it, or where a mark leads to what is no plain word."""
    words = load_contact_words()
    if found["at"]:
        return True
    if name.value in words.id_words and (
        between["mark"] or not name.value.isascii() or _HAS_SIGN.search(found["handle"])
    ):
        return True
    if not name.value.isascii() and any(map(str.isdigit, found["handle"])):
        return True
    is_id = (between["said"] or "").strip() in words.identifies
    return bool((between["mark"] or is_id) and (is_id or _HAS_SIGN.search(found["handle"].rstrip("._-"))))


def of_numbers(line: str, names: Sequence[Handle], phones: Sequence[Phone]) -> Iterator[Handle]:
    """The phones that are contacts in an application too, because its name stands before or right behind them."""
    for place, phone in enumerate(phones):
        following = phones[place + 1].start if place + 1 < len(phones) else len(line) + _REACH
        previous = phones[place - 1].end if place else 0
        for name in (*_before(line, names, phone, previous), *_behind(line, names, phone, following)):
            yield Handle(name.kind, phone.value, phone.start, phone.end)


def _before(line: str, names: Sequence[Handle], phone: Phone, previous: int) -> Iterator[Handle]:
    """Zalo/Viber: 0900..., from the nearest name back to the first that it is joined to."""
    words = load_contact_words()
    start, is_first = phone.start, True
    if line[max(0, start - 1) : start] in ("+", "("):
        start -= 1
    for name in reversed(
        [name for name in names if previous <= name.start and name.end <= start and start - name.end <= _REACH]
    ):
        between = line[name.end : start]
        joins = words.before_number if is_first else words.joined
        if "\n" in between.strip() or not joins.fullmatch(between):
            return
        if is_first and name.value.isascii() and len(name.value) <= _SHORT and not _ONLY_MARKS.fullmatch(between):
            return
        if name.kind in words.numbered:
            yield name
        start, is_first = name.start, False


def _behind(line: str, names: Sequence[Handle], phone: Phone, following: int) -> Iterator[Handle]:
    """0900... (zalo, viber), as long as the name does not introduce the next number."""
    words = load_contact_words()
    end = phone.end
    for name in names:
        if name.start < end or name.start - end > _REACH:
            continue
        between = line[end : name.start]
        if "\n" in between or not (_BEHIND.fullmatch(between) or words.joined.fullmatch(between)):
            return
        if _TAKEN in line[name.end : name.end + _BESIDE]:
            return
        if words.before_number.fullmatch(line, name.end, following) and following - name.end < _REACH:
            return
        if name.kind in words.numbered:
            yield name
        end = name.end
