"""How often two analysts agree who did not know of each other."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template

from pipeline.agreement import cohens_kappa, krippendorffs_alpha
from pipeline.store_opinions import OpinionPair
from pipeline.web.gate import needs
from pipeline.web.store import open_queue

__all__ = ["AgreementRow", "blueprint", "by_indicator", "by_pair"]

blueprint = Blueprint("opinions", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementRow:
    """Agreement over some cases: of one pair of analysts, or on one indicator."""

    name: str
    cases: int
    agreed: int
    measure: float | None
    """Kappa of a pair, alpha of an indicator."""


@blueprint.get("/agreement")
@needs("adjudicate")
def show_agreement() -> str:
    """Kappa of each pair of analysts, alpha of all and of each indicator; drawn cases apart from referrals."""
    pairs = tuple(open_queue().opinion_pairs())
    drawn = tuple(pair for pair in pairs if pair.why == "drawn")
    return render_template(
        "agreement.html", alpha_drawn=_alpha(drawn), alpha_all=_alpha(pairs), drawn=len(drawn), all=len(pairs),
        pairs=by_pair(pairs), indicators=by_indicator(pairs),
    )  # fmt: skip


def by_pair(pairs: Iterable[OpinionPair]) -> tuple[AgreementRow, ...]:
    """A row for each two analysts, those with most cases in common first."""
    found: defaultdict[tuple[str, ...], list[tuple[str, str]]] = defaultdict(list)
    for pair in pairs:
        said = sorted(zip(pair.analysts, pair.verdicts, strict=True))
        found[tuple(name for name, _ in said)].append((said[0][1], said[1][1]))
    rows = (_row(", ".join(names), answers, cohens_kappa(answers)) for names, answers in found.items())
    return tuple(sorted(rows, key=lambda row: (-row.cases, row.name)))


def by_indicator(pairs: Iterable[OpinionPair]) -> tuple[AgreementRow, ...]:
    """A row for each indicator that both judged somewhere, those that are least agreed on first."""
    found: defaultdict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for pair in pairs:
        for key, (one, other) in pair.indicators.items():
            if one is not None and other is not None:
                found[key].append((one, other))
    rows = (_row(key, answers, krippendorffs_alpha(answers)) for key, answers in found.items())
    return tuple(sorted(rows, key=lambda row: (row.agreed / row.cases, row.name)))


def _row(name: str, answers: Sequence[tuple[object, object]], measure: float | None) -> AgreementRow:
    agreed = sum(one == other for one, other in answers)
    return AgreementRow(name=name, cases=len(answers), agreed=agreed, measure=measure)


def _alpha(pairs: Iterable[OpinionPair]) -> float | None:
    return krippendorffs_alpha([pair.verdicts for pair in pairs])
