"""Puts cases into a package, and says which may not go and why."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from model.taxonomy.loader import Taxonomy
from pipeline.errors import CannotExport
from pipeline.exports.building import build_referral
from pipeline.exports.eligibility import REFUSAL_WORDS, Refusal, why_not
from pipeline.exports.handling import Handling
from pipeline.exports.identifiers import Namer
from pipeline.exports.kit import ExportKit
from pipeline.exports.referral import Package
from pipeline.review_queue import ReviewQueue

__all__ = ["Maker", "Refused", "Sorted", "make_package", "sort_cases"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A case that may not be referred."""

    case_id: int
    why: Refusal

    def __str__(self) -> str:
        return f"case {self.case_id}: {REFUSAL_WORDS[self.why]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """Chosen cases: those that may go, and those that may not."""

    ready: tuple[int, ...]
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """What an installation makes packages with."""

    taxonomy: Taxonomy
    kit: ExportKit
    software: str
    handling: Callable[[bool], Handling]
    """The terms with contacts, and without."""


def sort_cases(queue: ReviewQueue, case_ids: Iterable[int]) -> Sorted:
    """The chosen cases, each once, in their order."""
    ready: list[int] = []
    refused: list[Refused] = []
    for case_id in dict.fromkeys(case_ids):
        why = why_not(queue, case_id)
        if why is None:
            ready.append(case_id)
        else:
            refused.append(Refused(case_id=case_id, why=why))
    return Sorted(ready=tuple(ready), refused=tuple(refused))


def make_package(queue: ReviewQueue, chosen: Sorted, maker: Maker, *, contacts: bool, at: datetime) -> Package:
    """The package of the cases that may go. Raises ``CannotExport`` where none may, naming each and why."""
    if not chosen.ready:
        reasons = "; ".join(map(str, chosen.refused)) or "no case was chosen"
        raise CannotExport(f"nothing may leave the house: {reasons}")
    namer = Namer(queue.installation())
    return Package(
        reference=namer.package(chosen.ready),
        made_at=at,
        software=maker.software,
        handling=maker.handling(contacts),
        namer=namer,
        referrals=tuple(
            build_referral(queue, case_id, taxonomy=maker.taxonomy, kit=maker.kit, namer=namer, contacts=contacts)
            for case_id in chosen.ready
        ),
    )
