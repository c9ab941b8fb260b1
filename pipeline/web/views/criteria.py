"""Criteria: the codebook of indicators, and practice cases in each language."""

import json
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Final, cast

from flask import abort, flash, render_template, request, session

from crawler.extract.vocabulary import plain
from model.taxonomy.records import Indicator, Source, Taxonomy
from pipeline.case import VERDICTS, Verdict
from pipeline.review.figures import Share, published_share
from pipeline.web.access import GuardedBlueprint
from pipeline.web.checker import ad_of
from pipeline.web.i18n import _, page_language
from pipeline.web.presenters import present_ad
from pipeline.web.setup import open_store, page_setup, page_taxonomy, request_time

EXAMPLES_SHOWN: Final = 4
"""Sentences of each kind and language."""

blueprint = GuardedBlueprint("criteria", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One indicator with what it rests on."""

    indicator: Indicator
    sources: tuple[Source, ...]
    examples: Mapping[str, tuple[Sequence[str], Sequence[str]]]
    """By language, sentences that show it and near-misses that do not."""

    answers: Share | None = None
    """Of analysts' answers the share that found it correct; None where fewer than five answered."""

    def holds(self, words: Iterable[str]) -> bool:
        """Whether its text holds all words of a search."""
        sentences = chain.from_iterable((*shows, *spares) for shows, spares in self.examples.values())
        named = self.indicator
        text = plain(" ".join((named.key, named.title, named.definition, named.why, named.caveats, *sentences)))
        return all(word in text for word in words)


@blueprint.get("/criteria", needs="read")
def show_criteria() -> str:
    """The codebook, or what a search leaves of it. It holds nothing of any ad, so reading it is not in the record."""
    taxonomy, searched = page_taxonomy(), request.args.get("search", "").strip()[:100]
    answers = open_store().statistics.indicator_answers()
    families = present_criteria(taxonomy, languages=(page_language(), "en"), answers=answers)
    words = plain(searched).split()
    found = {name: [each for each in criteria if each.holds(words)] for name, criteria in families.items()}
    return render_template(
        "criteria.html", families={name: criteria for name, criteria in found.items() if criteria},
        version=taxonomy.version, searched=searched, total=sum(map(len, found.values())),
    )  # fmt: skip


def present_criteria(
    taxonomy: Taxonomy, *, languages: tuple[str, ...], answers: Mapping[str, tuple[int, int]]
) -> Mapping[str, Sequence[Criterion]]:
    """All indicators by family, in the taxonomy's order, with examples in these languages where it has any."""
    families: defaultdict[str, list[Criterion]] = defaultdict(list)
    for indicator in sorted(taxonomy.indicators.values(), key=lambda each: each.family):
        examples = {
            language: (signs.shows[:EXAMPLES_SHOWN], signs.spares[:EXAMPLES_SHOWN])
            for language in languages
            if (signs := indicator.languages.get(language)) and (signs.shows or signs.spares)
        }
        correct, incorrect = answers.get(indicator.key, (0, 0))
        criterion = Criterion(
            indicator=indicator,
            sources=tuple(taxonomy.sources[key] for key in indicator.cite if key in taxonomy.sources),
            examples=examples,
            answers=published_share(correct, correct + incorrect),
        )
        families[indicator.family].append(criterion)
    return families


FOLDER: Final = "practice"
_SESSION: Final = "practice"

practice_blueprint = GuardedBlueprint("practice", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeCase:
    """One invented text and its known answer."""

    title: str
    text: str
    verdict: Verdict
    others: tuple[Verdict, ...]
    """Verdicts that one may also argue for."""

    explanation: str


@practice_blueprint.get("/practice", needs="decide")
def show() -> str:
    """The list, with one's own answers of this session. Nobody else learns them."""
    return render_template("practice.html", cases=_cases(), answers=_answers())


@practice_blueprint.get("/practice/<int:number>", needs="decide")
def show_case(number: int) -> str:
    """One case: its text and the verdicts; with the explanation once it was answered."""
    case, own = _case(number), _answers().get(str(number))
    checker, assessment = page_setup().checker, None
    ad = ad_of({"title": case.title, "description": case.text}, at=request_time())
    if checker is not None and own is not None:  # first one reads without marks
        (checked,) = checker.check([ad], at=ad.seen_at)
        assessment = checked.assessment
    return render_template(
        "practice_case.html", number=number, count=len(_cases()), case=case, own=own,
        view=present_ad(ad, assessment),
    )  # fmt: skip


@practice_blueprint.post("/practice/<int:number>", needs="decide")
def answer(number: int) -> str | tuple[str, int]:
    """The known answer beside one's own, and why."""
    verdict = request.form.get("verdict", "")
    if verdict not in VERDICTS:
        flash(_("Choose a verdict."))
        return show_case(number), 400
    _case(number)
    session[_SESSION] = session.get(_SESSION, {}) | {page_language(): _answers() | {str(number): verdict}}
    return show_case(number)


@cache
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


def _cases() -> tuple[PracticeCase, ...]:
    return read_cases(page_setup().samples or abort(404), page_language())


def _case(number: int) -> PracticeCase:
    cases = _cases()
    if not 1 <= number <= len(cases):
        abort(404)
    return cases[number - 1]


def _answers() -> dict[str, Verdict]:
    """Those to the cases of the page's language, by number."""
    return cast(dict[str, dict[str, Verdict]], session.get(_SESSION, {})).get(page_language(), {})
