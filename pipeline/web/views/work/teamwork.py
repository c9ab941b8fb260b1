"""Assignments, comments, mentions, and what waits for an analyst."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, abort, current_app, flash, g, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from pipeline.accounts.analysts import Analyst, may
from pipeline.case import Decision
from pipeline.store.decisions import OpinionState
from pipeline.store.queue.casework import Assignment, Comment, WaitingFor
from pipeline.store.store import Store
from pipeline.web.access import is_allowed, needs, open_store, record
from pipeline.web.i18n import gettext as _

__all__ = ["Disagreement", "Talk", "blueprint", "present_disagreement", "present_talk"]

LONGEST_COMMENT: Final = 2_000
_MENTION: Final = re.compile(r"@([\w.@-]{1,64})")

blueprint = Blueprint("teamwork", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What is said beside a case, and who is to decide it."""

    comments: tuple[Comment, ...]
    withheld: int
    """Comments of others that this reader sees after their own decision."""

    assignment: Assignment | None
    people: tuple[str, ...]
    """Who may be assigned or mentioned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """Two analysts' answers side by side."""

    first: Decision
    second: Decision
    indicators: tuple[tuple[str, str, str], ...]
    """Key and both answers: ``yes``, ``no`` or nothing; those that differ first."""


@blueprint.app_context_processor
def provide_count() -> dict[str, Any]:
    """What the menu asks for: how much waits."""
    return {"waits_for_me": lambda: _waiting().count}


@blueprint.get("/mine")
@needs("decide")
def show_mine() -> str:
    """Mentions, assigned cases, second opinions that one may give, and what one may settle."""
    return render_template("mine.html", waiting=_waiting())


@blueprint.post("/mine/mentions/<int:comment_id>/read")
@needs("decide")
def mark_read(comment_id: int) -> Response:
    """The mention waits no longer."""
    open_store().teamwork.mark_read(comment_id, current_user.name, at=current_app.config["CLOCK"]())
    return redirect(url_for("teamwork.show_mine"))


@blueprint.post("/case/<int:case_id>/assign")
@needs("decide")
def assign(case_id: int) -> Response:
    """Leave the case to somebody, or to everybody again."""
    store, name = open_store(), request.form.get("analyst", "").strip()
    store.cases.get(case_id)
    chosen = next((each.name for each in _people(store) if each.name.casefold() == name.casefold()), None)
    if name and chosen is None:
        abort(400)
    with store.atomic():
        if chosen:
            store.teamwork.assign(case_id, chosen, by=current_user.name, at=current_app.config["CLOCK"]())
        else:
            store.teamwork.unassign(case_id)
        record("assigned", f"case {case_id}", to=chosen or "")
    flash(
        _("Case %(number)s is assigned to %(analyst)s.", number=case_id, analyst=chosen) if chosen
        else _("Case %(number)s is assigned to nobody.", number=case_id)
    )  # fmt: skip
    return redirect(url_for("case.show_case", case_id=case_id, _anchor="talk"))


@blueprint.post("/case/<int:case_id>/comments")
@needs("decide")
def comment(case_id: int) -> Response:
    """Say something beside the case; whom it mentions finds it under what waits for them."""
    store, text = open_store(), request.form.get("text", "").strip()[:LONGEST_COMMENT]
    store.cases.get(case_id)
    if not text:
        flash(_("A comment needs words."))
        return redirect(url_for("case.show_case", case_id=case_id, _anchor="talk"))
    mentioned = sorted(_mentioned(text, _people(store)) - {current_user.name})
    with store.atomic():
        number = store.teamwork.comment(
            case_id, text, by=current_user.name, mentions=mentioned, at=current_app.config["CLOCK"]()
        )
        record("commented", f"case {case_id}", comment=number, mentions=mentioned)
    flash(
        _("Comment saved; it waits for %(people)s.", people=", ".join(mentioned)) if mentioned else _("Comment saved.")
    )
    return redirect(url_for("case.show_case", case_id=case_id, _anchor="talk"))


def present_talk(store: Store, case_id: int, opinion: OpinionState | None) -> Talk | None:
    """None for readers who decide nothing. While a second opinion is awaited, each sees their own comments alone: what
    another one says could tell the first verdict."""
    if not is_allowed("decide"):
        return None
    comments = store.teamwork.comments(case_id)
    shown = comments
    if opinion is not None and opinion.standing == "awaited":
        shown = tuple(each for each in comments if each.analyst.casefold() == current_user.name.casefold())
    return Talk(
        comments=shown,
        withheld=len(comments) - len(shown),
        assignment=store.teamwork.assignment(case_id),
        people=tuple(each.name for each in _people(store)),
    )


def present_disagreement(opinion: OpinionState | None, decisions: Sequence[Decision]) -> Disagreement | None:
    """Both answers where two analysts disagree, for those who may settle it."""
    if opinion is None or opinion.standing != "disagreed" or not is_allowed("adjudicate"):
        return None
    first, second = (_last_of(name, decisions) for name in (opinion.first, opinion.second))
    if first is None or second is None:
        return None
    keys = dict.fromkeys((*first.confirmed, *first.rejected, *second.confirmed, *second.rejected))
    rows = [(key, _answer(key, first), _answer(key, second)) for key in keys]
    return Disagreement(
        first=first, second=second, indicators=tuple(sorted(rows, key=lambda row: (row[1] == row[2], row[0])))
    )


def _last_of(name: str | None, decisions: Sequence[Decision]) -> Decision | None:
    withdrawn = {each.withdraws for each in decisions}
    own = [
        each
        for each in decisions
        if each.analyst == name and each.withdraws is None and each.decision_id not in withdrawn and not each.settles
    ]
    return own[-1] if own else None


def _answer(key: str, decision: Decision) -> str:
    return "yes" if key in decision.confirmed else "no" if key in decision.rejected else ""


def _people(store: Store) -> Iterator[Analyst]:
    return (each for each in store.accounts.all() if each.active and may(each.role, "decide"))


def _mentioned(text: str, people: Iterable[Analyst]) -> set[str]:
    """The people whom a text names with an @; a full stop behind a name is no part of it."""
    named = {found[1].casefold() for found in _MENTION.finditer(text)}
    named |= {name.rstrip(".-@") for name in named}
    return {each.name for each in people if each.name.casefold() in named}


def _waiting() -> WaitingFor:
    if "lurewatch_waiting" not in g:
        g.lurewatch_waiting = open_store().teamwork.waiting_for(
            current_user.name, may_settle=is_allowed("adjudicate")
        )  # fmt: skip
    waiting: WaitingFor = g.lurewatch_waiting
    return waiting
