"""Written numbers: which mark parts thousands and which begins the fraction."""

import re

__all__ = ["NUMBER", "read_number"]

NUMBER = r"\d{1,3}(?:[ '’]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d{1,15}(?:[.,٬٫]\d{1,15}){0,5}"
"""A number in plain digits, for a pattern."""

_INDIAN = re.compile(r"\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d{1,2})?")
_SPACES = re.compile(r"[ '’]")
_MARK = re.compile(r"[.,]")


def read_number(text: str, factor: int = 1) -> float | None:
    """``10.000.000``, ``10,000.50``, ``1,5`` or ``1,50,000``; None where a mark can be read in two ways.

    ``factor`` is what the number will be multiplied by: before it, three digits behind a lone mark may be a fraction.
    """
    text = _SPACES.sub("", text).replace("٬", ",").replace("٫", ".")
    if _INDIAN.fullmatch(text):
        return float(text.replace(",", ""))
    marks, groups = _MARK.findall(text), _MARK.split(text)
    if not marks:
        return float(text)
    if len(set(marks)) == 1 and 0 < len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:]):
        return None if len(marks) == 1 and _may_be_fraction(groups[0], marks[0], factor) else float("".join(groups))
    if len(marks) == 1 or (marks[-1] not in marks[:-1] and all(len(group) == 3 for group in groups[1:-1])):
        return float("".join(groups[:-1]) + "." + groups[-1])
    return None


def _may_be_fraction(whole: str, mark: str, factor: int) -> bool:
    if factor in (10_000, 100_000) and mark == ",":
        # 3,000만: where people count in ten thousands, the comma parts thousands.
        return whole == "0"
    return whole == "0" or factor > 1000 or (factor > 1 and len(whole) == 1)
