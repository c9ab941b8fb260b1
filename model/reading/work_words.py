"""Whether a text speaks of work at all: an offer of work does, and what asks for money without a word of it is rent, a
parcel, a lottery or a loan."""

import unicodedata
from collections.abc import Iterable
from typing import Final

from model.beginnings import Beginnings
from model.text.disguise import PASSED_OVER, undisguise

__all__ = ["WorkWords"]

_D: Final = str.maketrans("đ", "d")


class WorkWords:
    """Finds words of work in the languages of a taxonomy; made once a taxonomy."""

    def __init__(self, words: Iterable[str]) -> None:
        """``words`` in small letters, as they begin: any ending may follow. Those with marks are found without, too."""
        forms = [form for word in words for form in (word, _unmarked(word))]
        self._beginnings = Beginnings(forms) if forms else None

    def are_in(self, text: str) -> bool:
        """Whether one is in a text, in disguise or out of it; of every text where no words are known."""
        return self._are_written_in(text) or self._are_written_in(_out_of_disguise(text))

    def _are_written_in(self, text: str) -> bool:
        return self._beginnings is None or any(_begins_a_word(text, at) for at in self._beginnings.places(text))


def _out_of_disguise(text: str) -> str:
    return undisguise(unicodedata.normalize("NFC", text)).replace(PASSED_OVER, "")


def _begins_a_word(text: str, at: int) -> bool:
    """Whether no letter stands before a place, in scripts with capitals; others join words, or prefixes to them."""
    has_case = text[at].upper() != text[at].lower()
    return not (has_case and at and text[at - 1].isalpha())


def _unmarked(word: str) -> str:
    """A word of Latin letters without their marks; another as it is."""
    apart = unicodedata.normalize("NFD", word)
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter)).translate(_D)
    return bare if bare.replace(" ", "").isascii() else word
