"""Ten practice cases in each language of the page, each explained after it was answered."""

import json
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, cast

from flask import Blueprint, abort, flash, render_template, request, session

from pipeline.case import VERDICTS, Verdict
from pipeline.web.access import needs
from pipeline.web.checker import ad_of
from pipeline.web.i18n import gettext as _
from pipeline.web.i18n import page_language
from pipeline.web.presenters import present_ad
from pipeline.web.setup import page_setup, page_taxonomy, request_time

__all__ = ["FOLDER", "PracticeCase", "blueprint", "read_cases"]

FOLDER: Final = "practice"
_SESSION: Final = "practice"

blueprint = Blueprint("practice", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeCase:
    """One invented text and its known answer."""

    title: str
    text: str
    verdict: Verdict
    others: tuple[Verdict, ...]
    """Verdicts that one may also argue for."""

    explanation: str


@blueprint.get("/practice")
@needs("decide")
def show() -> str:
    """The list, with one's own answers of this session. Nobody else learns them."""
    return render_template("practice.html", cases=_cases(), answers=_answers())


@blueprint.get("/practice/<int:number>")
@needs("decide")
def show_case(number: int) -> str:
    """One case: its text and the verdicts; with the explanation once it was answered."""
    return _case_page(number)


@blueprint.post("/practice/<int:number>")
@needs("decide")
def answer(number: int) -> str | tuple[str, int]:
    """The known answer beside one's own, and why."""
    verdict = request.form.get("verdict", "")
    if verdict not in VERDICTS:
        flash(_("Choose a verdict."))
        return _case_page(number), 400
    _case(number)
    session[_SESSION] = session.get(_SESSION, {}) | {page_language(): _answers() | {str(number): verdict}}
    return _case_page(number)


def read_cases(folder: Path, language: str) -> tuple[PracticeCase, ...]:
    """The cases of a language below this folder; ``KeyError`` where one names a text that is not there."""
    table = tomllib.loads((folder / FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    cases = []
    for entry in table["case"]:
        text = entry
        if "file" in entry:
            with (folder / entry["file"]).open(encoding="utf-8") as file:
                text = {record["id"]: record for record in map(json.loads, file)}[entry["id"]]
        cases.append(
            PracticeCase(
                title=text["title"], text=text["text"], verdict=entry["verdict"],
                others=tuple(entry.get("others", ())), explanation=entry["explanation"],
            )
        )  # fmt: skip
    return tuple(cases)


_read_once = cache(read_cases)


def _cases() -> tuple[PracticeCase, ...]:
    return _read_once(page_setup().samples or abort(404), page_language())


def _case(number: int) -> PracticeCase:
    cases = _cases()
    if not 1 <= number <= len(cases):
        abort(404)
    return cases[number - 1]


def _answers() -> dict[str, Verdict]:
    """Those to the cases of the page's language, by number."""
    return cast(dict[str, dict[str, Verdict]], session.get(_SESSION, {})).get(page_language(), {})


def _case_page(number: int) -> str:
    case, own = _case(number), _answers().get(str(number))
    checker, assessment = page_setup().checker, None
    ad = ad_of({"title": case.title, "description": case.text}, at=request_time())
    if checker is not None and own is not None:  # first one reads without marks
        (checked,) = checker.check([ad], at=ad.seen_at)
        assessment = checked.assessment
    return render_template(
        "practice_case.html", number=number, count=len(_cases()), case=case, own=own, verdicts=VERDICTS,
        view=present_ad(ad, assessment, page_taxonomy(), page_language()),
    )  # fmt: skip
