"""What every package says of itself: how far it may go, what it must not be used for, under what terms."""

from dataclasses import dataclass
from typing import Final

from pipeline.messages import mark
from pipeline.settings import TLP_LEVELS, ExportSettings

__all__ = ["CAVEAT", "CLAIM", "NON_PUNISHMENT", "Handling", "handling_of"]

NON_PUNISHMENT: Final = mark(
    "Non-punishment: people who answered this offer may have been deceived or coerced, and those who placed or passed "
    "it on may act under coercion. Whoever was trafficked must not be punished, detained or refused entry for what "
    "they were made to do. Do not use this to act against jobseekers."
)
CLAIM: Final = mark(
    "This describes an offer, not a person. Two people judged it; a score is a model's claim. Nothing here says that "
    "the offer is trafficking, and no victim is recorded."
)
CAVEAT: Final = mark(
    "For the recipient's own enquiry. No automatic blocking, take-down or listing; do not contact the advertiser or "
    "applicants on this ground alone. Texts are as published and may name people who have no part in it."
)

_WITH_CONTACTS: Final = TLP_LEVELS.index("amber")


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """The terms of one package."""

    organisation: str
    tlp: str
    licence: str
    with_contacts: bool


def handling_of(settings: ExportSettings, *, contacts: bool) -> Handling:
    """The terms that an installation has set; with contacts a package never goes further than TLP:AMBER."""
    level = TLP_LEVELS.index(settings.tlp)
    return Handling(
        organisation=settings.organisation,
        tlp=TLP_LEVELS[max(level, _WITH_CONTACTS) if contacts else level],
        licence=settings.licence,
        with_contacts=contacts,
    )
