"""Teamwork: assignments, comments, waiting work, agreement and feedback."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from pipeline.accounts.analysts import NAME, Analyst, may
from pipeline.case import Decision
from pipeline.review.decisions import cohens_kappa, krippendorffs_alpha
from pipeline.review.figures import FEWEST
from pipeline.store.decisions import OpinionPair, OpinionState
from pipeline.store.queue.casework import WaitingFor
from pipeline.store.store import Store
from pipeline.web.access import GuardedBlueprint, is_allowed, record, to_case, typed_text
from pipeline.web.i18n import _
from pipeline.web.setup import open_store, request_time

_MENTION: Final = re.compile(f"@({NAME})")

blueprint = GuardedBlueprint("teamwork", __name__)


@blueprint.app_context_processor
def provide_count() -> dict[str, Any]:
    """What the menu asks for: how much waits."""
    return {"waits_for_me": lambda: _waiting().count}


@blueprint.get("/mine", needs="decide")
def show_mine() -> str:
    """Mentions, assigned cases, second opinions that one may give, and what one may settle."""
    return render_template("mine.html", waiting=_waiting())


@blueprint.post("/mine/mentions/<int:comment_id>/read", needs="decide")
def mark_read(comment_id: int) -> Response:
    open_store().teamwork.mark_read(comment_id, current_user.name, at=request_time())
    return redirect(url_for("teamwork.show_mine"))


@blueprint.post("/case/<int:case_id>/assign", needs="decide")
def assign(case_id: int) -> Response:
    """Leave the case to somebody, or to everybody again."""
    store, name = open_store(), request.form.get("analyst", "").strip()
    store.cases.get(case_id)
    chosen = next((each.name for each in _people(store) if each.name.casefold() == name.casefold()), None)
    if name and chosen is None:
        abort(400)
    with store.atomic():
        if chosen:
            store.teamwork.assign(case_id, chosen, by=current_user.name, at=request_time())
        else:
            store.teamwork.unassign(case_id)
        record("assigned", f"case {case_id}", to=chosen or "")
    flash(
        _("Case %(number)s is assigned to %(analyst)s.", number=case_id, analyst=chosen) if chosen
        else _("Case %(number)s is assigned to nobody.", number=case_id)
    )  # fmt: skip
    return to_case(case_id, _anchor="talk")


@blueprint.post("/case/<int:case_id>/comments", needs="decide")
def comment(case_id: int) -> Response:
    """Say something beside the case; whom it mentions finds it under what waits for them."""
    store, text = open_store(), typed_text("text", most=2_000)
    store.cases.get(case_id)
    if not text:
        flash(_("A comment needs words."))
        return to_case(case_id, _anchor="talk")
    named = {found[1].casefold() for found in _MENTION.finditer(text)}
    named |= {name.rstrip(".-@") for name in named}  # a full stop behind a name is no part of it
    mentioned = sorted({each.name for each in _people(store) if each.name.casefold() in named} - {current_user.name})
    with store.atomic():
        number = store.teamwork.comment(case_id, text, by=current_user.name, mentions=mentioned, at=request_time())
        record("commented", f"case {case_id}", comment=number, mentions=mentioned)
    flash(
        _("Comment saved; it waits for %(people)s.", people=", ".join(mentioned)) if mentioned else _("Comment saved.")
    )
    return to_case(case_id, _anchor="talk")


def present_talk(store: Store, case_id: int, opinion: OpinionState | None) -> dict[str, object] | None:
    """What is said beside a case, and who is to decide it; None for readers who decide nothing. While a second opinion
    is awaited, each sees their own comments alone: what another one says could tell the first verdict."""
    if not is_allowed("decide"):
        return None
    comments = store.teamwork.comments(case_id)
    shown = comments
    if opinion is not None and opinion.standing == "awaited":
        shown = tuple(each for each in comments if each.analyst.casefold() == current_user.name.casefold())
    return {
        "comments": shown,
        "withheld": len(comments) - len(shown),
        "assignment": store.teamwork.assignment(case_id),
        "people": [each.name for each in _people(store)],  # who may be assigned
    }


def present_disagreement(opinion: OpinionState | None, decisions: Sequence[Decision]) -> dict[str, object] | None:
    """Both answers where two analysts disagree, for those who may settle it: to each indicator ``yes``, ``no`` or
    nothing, those that differ first."""
    if opinion is None or opinion.standing != "disagreed" or not is_allowed("adjudicate"):
        return None
    made = {each.decision_id: each for each in decisions}
    first, second = made.get(opinion.first_decision), made.get(opinion.second_decision)
    if first is None or second is None:
        return None
    keys = dict.fromkeys((*first.confirmed, *first.rejected, *second.confirmed, *second.rejected))
    rows = [(key, _answer(key, first), _answer(key, second)) for key in keys]
    rows.sort(key=lambda row: (row[1] == row[2], row[0]))
    return {"first": first, "second": second, "indicators": rows}


def _answer(key: str, decision: Decision) -> str:
    return "yes" if key in decision.confirmed else "no" if key in decision.rejected else ""


def _people(store: Store) -> Iterator[Analyst]:
    return (each for each in store.accounts.all() if each.active and may(each.role, "decide"))


def _waiting() -> WaitingFor:
    return open_store().teamwork.waiting_for(current_user.name, may_settle=is_allowed("adjudicate"))


opinion_blueprint = GuardedBlueprint("opinions", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementRow:
    """Agreement over some cases: of one pair of analysts, or on one indicator."""

    name: str
    cases: int
    agreed: int
    measure: float | None
    """Kappa of a pair, alpha of an indicator; None for too few cases."""


@opinion_blueprint.get("/agreement", needs="adjudicate")
def show_agreement() -> str:
    """Kappa of each pair of analysts, alpha of all and of each indicator; drawn cases apart from referrals."""
    pairs = tuple(open_store().decisions.opinion_pairs())
    drawn = tuple(pair for pair in pairs if pair.why == "drawn")
    return render_template(
        "agreement.html", alpha_drawn=krippendorffs_alpha([pair.verdicts for pair in drawn]),
        alpha_all=krippendorffs_alpha([pair.verdicts for pair in pairs]), drawn=len(drawn), all=len(pairs),
        pairs=by_pair(pairs), indicators=by_indicator(pairs),
    )  # fmt: skip


def by_pair(pairs: Iterable[OpinionPair]) -> tuple[AgreementRow, ...]:
    """A row for each two analysts, those with most cases in common first."""
    found: defaultdict[tuple[str, ...], list[tuple[str, str]]] = defaultdict(list)
    for pair in pairs:
        (first, verdict), (second, other) = sorted(zip(pair.analysts, pair.verdicts, strict=True))
        found[first, second].append((verdict, other))
    rows = (_row(", ".join(names), answers, cohens_kappa(answers)) for names, answers in found.items())
    return tuple(sorted(rows, key=lambda row: (-row.cases, row.name)))


def by_indicator(pairs: Iterable[OpinionPair]) -> tuple[AgreementRow, ...]:
    """A row for each indicator that both judged somewhere, those that are least agreed on first."""
    found: defaultdict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for pair in pairs:
        for key, (first, second) in pair.indicators.items():
            if first is not None and second is not None:
                found[key].append((first, second))
    rows = (_row(key, answers, krippendorffs_alpha(answers)) for key, answers in found.items())
    return tuple(sorted(rows, key=lambda row: (row.agreed / row.cases, row.name)))


def _row(name: str, answers: Sequence[tuple[object, object]], measure: float | None) -> AgreementRow:
    agreed = sum(first == second for first, second in answers)
    is_measured = len(answers) >= FEWEST
    return AgreementRow(name=name, cases=len(answers), agreed=agreed, measure=measure if is_measured else None)


LAST: Final = 100
"""Decisions that the page looks back on."""

feedback_blueprint = GuardedBlueprint("feedback", __name__)


@feedback_blueprint.get("/feedback", needs="decide")
def show_feedback() -> str:
    """What became of one's last hundred decisions."""
    feedback, indicators = feedback_of(open_store(), current_user.name)
    return render_template("feedback.html", feedback=feedback, indicators=indicators)


def feedback_of(store: Store, analyst: str) -> tuple[Counter[str], list[tuple[str, int, int]]]:
    """One analyst's own latest ``decisions``, counted by what becomes of them, and how often they found each indicator
    right and wrong, those most often found wrong first. It tells of nobody else's.

    Of ``labels`` the next training learns, as they stand now; ``awaiting`` of them still await a second opinion.
    ``disputed`` are left out until somebody settles them, ``overtaken`` have a later decision or another text in their
    place, and ``without_label`` teach nothing.
    """
    decisions = store.decisions.latest_of(analyst, most=LAST)
    found = Counter(decisions=len(decisions))
    for decision in decisions:
        opinion, standing = store.decisions.opinion_state(decision.case_id), store.decisions.standing(decision.case_id)
        heard = {opinion.first_decision, opinion.second_decision} if opinion else set()
        is_agreed = opinion is not None and opinion.standing == "agreed" and decision.decision_id in heard
        if opinion is not None and opinion.standing == "disagreed":
            found["disputed"] += 1
        elif not is_agreed and (standing is None or standing.decision_id != decision.decision_id):
            found["overtaken"] += 1
        elif decision.verdict == "cannot_tell":
            found["without_label"] += 1
        else:
            found["labels"] += 1
            found["awaiting"] += opinion is not None and opinion.standing == "awaited"
    correct = Counter(key for each in decisions for key in each.confirmed)
    wrong = Counter(key for each in decisions for key in each.rejected)
    keys = sorted(correct.keys() | wrong.keys(), key=lambda key: (-wrong[key], -correct[key], key))
    return found, [(key, correct[key], wrong[key]) for key in keys]
