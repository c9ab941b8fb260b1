"""Whether a text names a firm, by words that only the name of a firm has.

The expression that says so is slow to search with. How these words begin is found by a kernel, and the expression asked
there alone.
"""

import re
from functools import cache
from typing import Final

from model.beginnings import Beginnings

__all__ = ["names_firm"]

_FIRM: Final = re.compile(
    r"[cgilpstCGILPST\u0130\u0131\u017fบจ有股集株주㈜(ОЗТ](?:(?<=\b.)(?:"
    r"(?<=(?i:c))(?i:o\.,? ?ltd|orp|orporation|ông ty (?:cổ phần|cp))|(?<=(?i:l))(?i:td|imited|lc|lp|tda)|"
    r"(?<=(?i:i))(?i:nc)|(?<=(?i:p))(?i:lc|te|vt)|(?<=(?i:g))(?i:mbh)|(?<=(?i:s))(?i:\.a\.|arl|dn\.? bhd)|"
    r"(?<=(?i:t))(?i:nhh)|"
    r"(?<=О)(?:ОО|АО)|(?<=З)АО|(?<=Т)ОВ)\b|(?:(?<=\bP)T|(?<=\bC)V)\.? [A-Z]|(?<=บ)ริษัท|(?<=จ)ำกัด|"
    r"(?<=有)限(?:公司|会社)|(?<=股)份|(?<=集)[团團]|(?<=株)式会社|(?<=\()주\)|(?<=㈜)|(?<=주)식회사)"
)
"""Words that only the name of a firm has. Each alternative looks back at its own first letter."""

_BEGINNINGS: Final = (
    "ltd|limited|inc|corp|llc|llp|plc|pte|pvt|gmbh|s.a.|sarl|sdn|tnhh|công ty|pt|cv|"
    "บริษัท|จำกัด|有限|股份|集团|集團|株式会社|(주)|㈜|주식회사|ооо|оао|зао|тов"
).split("|")
"""How these words begin, or another that stands in them (``Ltd`` in ``Co., Ltd``), in small letters."""

_OTHER_FORMS: Final = {"i": "\u0130\u0131", "s": "\u017f"}
"""Letters that are others where capitals and small ones are the same, beside the capitals."""


def names_firm(text: str) -> bool:
    """Whether a word is in a text that only the name of a firm has."""
    return any(_FIRM.match(text, at) for at in _beginnings().places(text))


@cache
def _beginnings() -> Beginnings:
    return Beginnings(_BEGINNINGS, _OTHER_FORMS)
