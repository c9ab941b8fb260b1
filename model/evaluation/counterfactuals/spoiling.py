"""What happens to a text on its way that is nobody's disguise: cut short, framed by a board, typed in a hurry."""

from random import Random
from typing import Final

from model.evaluation.counterfactuals.disguises import DISGUISES, Disguise

__all__ = ["PERTURBATIONS"]

_FRAME: Final = "Home | Jobs | Sign in\n{}\nShare  Save  Report\n© All rights reserved. Cookies. Terms of use. Privacy."


def cut_short(text: str, chance: Random) -> str:
    """The first half, as a listing shows it."""
    return text[: max(40, len(text) // 2)]


def framed_by_a_board(text: str, chance: Random) -> str:
    """With what a page carries around an ad."""
    return _FRAME.format(text)


def slips_of_the_finger(text: str, chance: Random) -> str:
    """Two neighbouring letters changed places in one word of seven."""
    words = text.split(" ")
    for place, word in enumerate(words):
        if len(word) > 4 and word.isalpha() and chance.random() < 1 / 7:
            at = chance.randrange(1, len(word) - 2)
            words[place] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return " ".join(words)


PERTURBATIONS: Final[dict[str, Disguise]] = {
    **{
        name: DISGUISES[name]
        for name in (
            "marks_dropped", "capitals", "zero_width", "cyrillic_twins", "split_by_dots", "emoji_between_words",
            "digits_for_letters", "letters_repeated",
        )
    },
    **{change.__name__: change for change in (cut_short, framed_by_a_board, slips_of_the_finger)},
}  # fmt: skip
"""What a model is measured under, by name: those of the disguises that differ most, and the accidents."""
