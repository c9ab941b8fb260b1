"""Messages of the page: English in the code, other languages in catalogues."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from pipeline.case import Verdict

__all__ = ["ENGLISH", "VERDICT_WORDS", "Translator", "mark"]


def mark(message: str) -> str:
    """The message as it is: one for the catalogues that is looked up where it is shown."""
    return message


@dataclass(frozen=True, slots=True, kw_only=True)
class Translator:
    """How a message with its values, and a day, are said to whoever reads."""

    say: Callable[..., str]
    day: Callable[[date], str]


ENGLISH: Final = Translator(say=lambda message, **values: message % values if values else message, day=date.isoformat)
"""As on the command line and in reports."""


VERDICT_WORDS: dict[Verdict, str] = {
    "trafficking_recruitment": mark("Likely recruitment for trafficking"),
    "job_fraud": mark("Likely job fraud"),
    "irregular_recruitment": mark("Irregular recruitment"),
    "legitimate": mark("Lawful offer"),
    "not_an_ad": mark("Not a job ad"),
    "cannot_tell": mark("Not enough information"),
}
