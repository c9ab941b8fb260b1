"""Selection of cases for a package, by number, filter, campaign, verdict or day.

A case may leave the house only if a second person confirmed it, as its text stands now; each refusal has its reason.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from model.taxonomy.loader import Taxonomy
from pipeline.case import VERDICTS, Verdict
from pipeline.errors import CannotExport
from pipeline.exports.build import build_referral
from pipeline.exports.kit import ExportKit
from pipeline.exports.referral import Handling, Namer, Package
from pipeline.nightly.queueing import HARMFUL
from pipeline.settings.messages import mark
from pipeline.store.decisions import OpinionState
from pipeline.store.queue.case_filter import CaseFilter
from pipeline.store.store import Store

__all__ = [
    "MOST_CASES", "REFUSAL_WORDS", "Choice", "Maker", "Refusal", "Refused", "Sorted", "choose_cases", "make_package",
    "read_filter", "sort_cases", "why_not",
]  # fmt: skip

MOST_CASES: Final = 2_000
"""Cases of one package. One takes some 10 ms to gather, hide and write."""

_GROUNDS: Final = tuple(verdict for verdict in VERDICTS if verdict in HARMFUL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Cases by number, and those of which all the rest holds."""

    numbers: tuple[int, ...] = ()
    wanted: CaseFilter | None = None
    campaign_id: str | None = None
    verdicts: tuple[Verdict, ...] = ()
    since: datetime | None = None
    """Decided then or later."""

    most: int = MOST_CASES
    """How many may be chosen at once."""

    @property
    def by_what_holds(self) -> bool:
        """Whether anything but numbers is asked for."""
        return bool(self.wanted or self.campaign_id or self.verdicts or self.since)


def choose_cases(store: Store, choice: Choice) -> tuple[int, ...]:
    """The numbers, each once: those that were named first. Raises ``CannotExport`` where they are more than one
    package takes."""
    found = dict.fromkeys((*choice.numbers, *(_held(store, choice) if choice.by_what_holds else ())))
    if len(found) > choice.most:
        raise CannotExport(f"more than {choice.most} cases were chosen; expected fewer: narrow the choice")
    return tuple(found)


def read_filter(given: Mapping[str, str]) -> CaseFilter:
    """The filter of a query string of the queue; of decided cases, where it does not say which."""
    return CaseFilter.of({"state": "decided"} | dict(given))


def _held(store: Store, choice: Choice) -> tuple[int, ...]:
    # Of a campaign all are named: which are left out for their verdict must not tell a second analyst the first one's.
    verdicts = choice.verdicts or (VERDICTS if choice.campaign_id else _GROUNDS)
    decided = store.decisions.decided_cases(verdicts=verdicts, since=choice.since, campaign_id=choice.campaign_id)
    if choice.wanted is None:
        return decided
    of_filter = store.queue.case_ids(choice.wanted, limit=choice.most + 1)
    if not (choice.verdicts or choice.since or choice.campaign_id):
        return of_filter
    others = set(decided)
    return tuple(number for number in of_filter if number in others)


Refusal = Literal["unknown", "not_decided", "changed", "removed", "no_ground", "not_asked", "awaited", "disagreed"]

REFUSAL_WORDS: Final[dict[Refusal, str]] = {
    "unknown": mark("there is no case of that number"),
    "not_decided": mark("nobody has decided it"),
    "changed": mark("its text changed, or a copy came back, since it was decided"),
    "removed": mark("its text is kept no longer"),
    "no_ground": mark("its verdict is no ground for a referral"),
    "not_asked": mark("no second analyst has looked at it"),
    "awaited": mark("the second opinion is still awaited"),
    "disagreed": mark("two analysts see it differently and nobody has settled it"),
}


def why_not(store: Store, case_id: int) -> Refusal | None:
    """Why the case may not be referred now; None where it may."""
    found = store.cases.get_many([case_id])
    if not found:
        return "unknown"
    standing = store.decisions.standing(case_id)
    if standing is None:
        return "not_decided"
    if found[0].state != "decided":
        return "changed"
    if store.cases.is_text_removed(case_id):
        return "removed"
    return _unconfirmed(store.decisions.opinion_state(case_id), standing.verdict)


def _unconfirmed(opinion: OpinionState | None, verdict: Verdict) -> Refusal | None:
    # The opinion before the verdict: whoever is to give the second one must not learn the first one here.
    if opinion is not None and opinion.standing in {"awaited", "disagreed"}:
        return "awaited" if opinion.standing == "awaited" else "disagreed"
    if verdict not in HARMFUL:
        return "no_ground"
    return None if opinion else "not_asked"


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


def sort_cases(store: Store, case_ids: Iterable[int]) -> Sorted:
    """The chosen cases, each once, in their order."""
    ready: list[int] = []
    refused: list[Refused] = []
    for case_id in dict.fromkeys(case_ids):
        why = why_not(store, case_id)
        if why is None:
            ready.append(case_id)
        else:
            refused.append(Refused(case_id=case_id, why=why))
    return Sorted(ready=tuple(ready), refused=tuple(refused))


def make_package(store: Store, chosen: Sorted, maker: Maker, *, contacts: bool, at: datetime) -> Package:
    """The package of the cases that may go. Raises ``CannotExport`` where none may, naming each and why."""
    if not chosen.ready:
        reasons = "; ".join(map(str, chosen.refused)) or "no case was chosen"
        raise CannotExport(f"nothing may leave the house: {reasons}")
    namer = Namer(store.audit.installation())
    return Package(
        reference=namer.package(chosen.ready),
        made_at=at,
        software=maker.software,
        handling=maker.handling(contacts),
        namer=namer,
        referrals=tuple(
            build_referral(store, case_id, taxonomy=maker.taxonomy, kit=maker.kit, namer=namer, contacts=contacts)
            for case_id in chosen.ready
        ),
    )
