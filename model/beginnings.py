"""Where any of some words begins in a text as it is written, capitals and small letters alike: a kernel reads the text
once for all of them."""

from collections.abc import Iterable, Mapping

import numpy as np

from model.compiled import Kernel, Lasting
from model.folding import code_points
from model.text.characters import Codes, Places
from model.lexicon import Lexicon, Symbols, first_word
from model.lexicon_tree import make_lexicon

__all__ = ["Beginnings"]


class Beginnings:
    """Finds the places where words begin; made once a list of words."""

    def __init__(self, words: Iterable[str], other_forms: Mapping[str, str] | None = None) -> None:
        """``words`` in small letters; ``other_forms`` are letters that count as a small one beside its capital."""
        words = sorted(set(words))
        lexicon = make_lexicon(words)
        for letter in set("".join(words)):
            for form in (letter.upper(), *(other_forms or {}).get(letter, "")):
                if len(form) == 1:  # ß in capitals is two letters
                    lexicon.symbols[ord(form)] = lexicon.symbols[ord(letter)]
        self._lexicon = Lasting(lexicon)

    def places(self, text: str) -> list[int]:
        """Each place of a text where one of the words stands, from left to right; inside longer words too."""
        symbols = np.empty(len(text) + 1, dtype=np.uint16)
        places = np.empty(len(text), dtype=np.int32)
        count = _find(self._lexicon, code_points(text), symbols, places, len(text))
        found: list[int] = places[:count].tolist()
        return found


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
