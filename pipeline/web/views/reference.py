"""Reference pages: saved copies, criteria, agreement of analysts, audit log.

Nothing that an author of an archived page wrote is anything but text here, and the browser is told to trust none of it:
that page is served alone, in a sandbox, and may load nothing.
"""

import base64
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import chain, groupby
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from flask import Blueprint, Response, abort, current_app, make_response, render_template, request
from markupsafe import Markup

from crawler.ad import JobAd
from crawler.errors import BadEvidence
from crawler.evidence.gather import SeenAd
from crawler.evidence.stored_page import read_stored_page
from crawler.extract.vocabulary import plain
from model.taxonomy.loader import Taxonomy
from model.taxonomy.records import Indicator, Source
from pipeline.accounts.audit_log import ACTS
from pipeline.case import VERDICTS
from pipeline.review.recall import cohens_kappa, krippendorffs_alpha
from pipeline.review.trends import FEWEST, Share, share_of
from pipeline.store.decisions import OpinionPair
from pipeline.web.access import is_allowed, needs, open_store, page_taxonomy, record, small_number
from pipeline.web.i18n import gettext as _
from pipeline.web.i18n import page_language, written_moment
from pipeline.web.views.work.limits import dose_now, enough_page

__all__ = [
    "POLICY",
    "AgreementRow",
    "Criterion",
    "Family",
    "audit_blueprint",
    "blueprint",
    "by_indicator",
    "by_pair",
    "criteria_blueprint",
    "opinion_blueprint",
    "present_criteria",
]

STYLE: Final = (
    "html{color-scheme:light dark}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:48rem;margin:0 auto;padding:1rem}"
    "pre{font:inherit;white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:isolate}"
    "header{border:1px solid #7f8f9c;border-radius:6px;padding:.2rem 1rem;margin-bottom:1rem}"
    "li,dd{overflow-wrap:anywhere}"
)
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'; "
    "sandbox; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
"""No script, no picture, no link to follow, no origin, no form; one style sheet, which is ours to the letter."""

_MOST: Final = 10
"""Looks that a case offers, the newest ones."""

blueprint = Blueprint("archived", __name__)


@blueprint.app_context_processor
def provide_looks() -> dict[str, Any]:
    """What the case's page asks for: when its ad's page was archived, newest first, by number."""
    return {"archived_looks": lambda ad: [(number, seen.ad.seen_at) for number, seen in _versions(ad)]}


@blueprint.get("/case/<int:case_id>/page/<int:number>")
@needs("see_contacts")
def show_page(case_id: int, number: int) -> Response:
    """One archived page; contacts stand on it, so it is for those who may see them."""
    store, now = open_store(), current_app.config["CLOCK"]()
    ad = store.cases.ads(case_id)[0]
    dose = dose_now(store, now)
    if dose.is_enough_for(case_id):
        return make_response(enough_page(dose), 429)
    seen = dict(_versions(ad)).get(number)
    if seen is None:
        abort(404)
    record("saw", f"case {case_id}", page=seen.ad.seen_at.isoformat())
    try:
        page = read_stored_page(seen)
    except BadEvidence:  # its words name places on this machine
        text = _("The saved copy is gone, or was changed after it was written.")
        return make_response(render_template("error.html", title=_("No saved copy"), text=text), 404)
    style = Markup(STYLE)  # noqa: S704 - ours
    answer = make_response(render_template(
        "archived.html", page=page, case_id=case_id, style=style, fetched_at=_minute(page.fetched_at)
    ))  # fmt: skip
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


def _minute(written: str) -> str:
    """The moment of an archive's record as the page writes it; as it stands there where it is none."""
    try:
        return written_moment(datetime.fromisoformat(written))
    except ValueError:
        return written


def _versions(ad: JobAd) -> list[tuple[int, SeenAd]]:
    batches: Path | None = current_app.config["BATCHES"]
    if batches is None or not is_allowed("see_contacts"):
        return []
    versions = enumerate(open_store().ads.version_batches(ad.ad_id), start=1)
    found = [
        (number, SeenAd(ad=seen, batch=batches / source / run)) for number, (seen, source, run) in versions if seen.page
    ]
    return found[: -_MOST - 1 : -1]


_LONGEST_SEARCH: Final = 100
SHOWN: Final = 4
"""Sentences of each kind and language."""

criteria_blueprint = Blueprint("criteria", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Sentences of one language that show an indicator, and near-misses that do not."""

    language: str
    shows: tuple[str, ...]
    spares: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One indicator with what it rests on."""

    indicator: Indicator
    sources: tuple[Source, ...]
    examples: tuple[Example, ...]
    answers: Share | None = None
    """Of analysts' answers the share that found it correct; None where fewer than five answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Indicators that stand in one file."""

    name: str
    criteria: tuple[Criterion, ...]


@criteria_blueprint.get("/criteria")
@needs("read")
def show_criteria() -> str:
    """The codebook, or what a search leaves of it. It holds nothing of any ad, so reading it is not in the record."""
    taxonomy, searched = page_taxonomy(), request.args.get("search", "").strip()[:_LONGEST_SEARCH]
    answers = open_store().statistics.indicator_answers()
    families = present_criteria(taxonomy, languages=(page_language(), "en"), answers=answers)
    found = tuple(filter(None, (_matching(family, searched) for family in families)))
    return render_template(
        "criteria.html", families=found, version=taxonomy.version, searched=searched, verdicts=VERDICTS,
        total=sum(len(family.criteria) for family in found),
    )  # fmt: skip


def _matching(family: Family, searched: str) -> Family | None:
    """The family with the criteria that hold all words of the search; None without any."""
    words = plain(searched).split()
    found = tuple(each for each in family.criteria if all(word in plain(_text_of(each)) for word in words))
    return replace(family, criteria=found) if found else None


def _text_of(each: Criterion) -> str:
    """All that the page says of it."""
    indicator = each.indicator
    sentences = chain.from_iterable((*example.shows, *example.spares) for example in each.examples)
    return " ".join(
        (indicator.key, indicator.title, indicator.definition, indicator.why, indicator.caveats, *sentences)
    )


def present_criteria(
    taxonomy: Taxonomy, *, languages: tuple[str, ...], answers: Mapping[str, tuple[int, int]] = MappingProxyType({})
) -> tuple[Family, ...]:
    """All indicators by family, in the taxonomy's order, with examples in these languages where it has any."""
    rows = sorted(taxonomy.indicators.values(), key=lambda each: each.family)
    return tuple(
        Family(
            name=name,
            criteria=tuple(_criterion(each, taxonomy, languages, answers.get(each.key, (0, 0))) for each in family),
        )
        for name, family in groupby(rows, key=lambda each: each.family)
    )


def _criterion(
    indicator: Indicator, taxonomy: Taxonomy, languages: tuple[str, ...], answers: tuple[int, int]
) -> Criterion:
    correct, incorrect = answers
    return Criterion(
        answers=share_of(correct, correct + incorrect) if correct + incorrect >= FEWEST else None,
        indicator=indicator,
        sources=tuple(taxonomy.sources[key] for key in indicator.cite if key in taxonomy.sources),
        examples=tuple(_examples(indicator, languages)),
    )


def _examples(indicator: Indicator, languages: tuple[str, ...]) -> Iterator[Example]:
    for language in dict.fromkeys(languages):
        signs = indicator.languages.get(language)
        if signs and (signs.shows or signs.spares):
            yield Example(language=language, shows=signs.shows[:SHOWN], spares=signs.spares[:SHOWN])


opinion_blueprint = Blueprint("opinions", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementRow:
    """Agreement over some cases: of one pair of analysts, or on one indicator."""

    name: str
    cases: int
    agreed: int
    measure: float | None
    """Kappa of a pair, alpha of an indicator."""


@opinion_blueprint.get("/agreement")
@needs("adjudicate")
def show_agreement() -> str:
    """Kappa of each pair of analysts, alpha of all and of each indicator; drawn cases apart from referrals."""
    pairs = tuple(open_store().decisions.opinion_pairs())
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


PAGE = 100

audit_blueprint = Blueprint("audit", __name__)


@audit_blueprint.get("/audit")
@needs("read_audit")
def show_audit() -> str:
    """Who saw, decided and exported what, newest first. Reading it is an act as well."""
    before = request.args.get("before", type=small_number)
    analyst, act = request.args.get("analyst") or None, request.args.get("act") or None
    store, until = open_store(), request.args.get("until", type=_day)
    entries = store.audit.entries(before=before, analyst=analyst, act=act, until=until, limit=PAGE + 1)
    record("read_audit", who=analyst, what=act)
    return render_template(
        "audit.html", entries=entries[:PAGE], older=entries[PAGE - 1].entry_id if len(entries) > PAGE else None,
        analyst=analyst, act=act, until=until, acts=ACTS, head=store.audit.head(),
    )  # fmt: skip


def _day(text: str) -> date:
    """The day, or a ``ValueError``; before the last of all days, which has no next one."""
    return min(date.fromisoformat(text), date.max - timedelta(days=1))
