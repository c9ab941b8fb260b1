"""Whether a text names a firm, by words that only the name of a firm has.

The expression that says so is slow to search with. How these words begin is found by a kernel, and the expression asked
there alone.
"""

import re
from functools import cache
from typing import Final

import numpy as np

from model.compiled import Kernel, Lasting
from model.folding import code_points
from model.letters import Codes, Places
from model.lexicon import Lexicon, Symbols, first_word
from model.lexicon_tree import make_lexicon

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
    symbols = np.empty(len(text) + 1, dtype=np.uint16)
    places = np.empty(len(text), dtype=np.int32)
    count = _find(_beginnings(), code_points(text), symbols, places, len(text))
    return any(_FIRM.match(text, at) for at in places[:count].tolist())


@cache
def _beginnings() -> Lasting:
    """The beginnings, with all letters that are the same to the expression numbered as one."""
    lexicon = make_lexicon(sorted(_BEGINNINGS))
    for letter in set("".join(_BEGINNINGS)):
        for form in (letter.upper(), *_OTHER_FORMS.get(letter, "")):
            lexicon.symbols[ord(form)] = lexicon.symbols[ord(letter)]
    return Lasting(lexicon)


def _find_beginnings(lexicon: Lexicon, codes: Codes, symbols: Symbols, places: Places, length: int) -> int:
    """Fills ``places`` with where in a text a word of the lexicon begins; how many."""
    for at in range(length):
        symbols[at] = lexicon.symbols[codes[at]]
    count = 0
    for at in range(length):
        node, _ = first_word(lexicon, symbols, at, length - 1, False)
        if node >= 0:
            places[count] = at
            count += 1
    return count


_find = Kernel(_find_beginnings)
