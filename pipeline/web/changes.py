"""What changed between two versions of a text, word by word. Pure."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

__all__ = ["Change", "changes"]

WORDS = re.compile(r"\s+|\w+|[^\w\s]")
LONGEST = 4_000
"""Words compared in detail; difflib's time grows with the square, and an ad of this length is rare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A stretch of text that was kept, added or removed."""

    act: Literal["kept", "added", "removed"]
    text: str


def changes(before: str, after: str) -> tuple[Change, ...]:
    """The way from one text to the other; the kept and removed parts make ``before``, the kept and added ``after``."""
    old, new = WORDS.findall(before), WORDS.findall(after)
    if max(len(old), len(new)) > LONGEST:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    found: list[Change] = []
    for act, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if act == "equal":
            found.append(Change(act="kept", text="".join(old[i1:i2])))
            continue
        if i2 > i1:
            found.append(Change(act="removed", text="".join(old[i1:i2])))
        if j2 > j1:
            found.append(Change(act="added", text="".join(new[j1:j2])))
    return tuple(found)
