"""Counts for overview, trends, estimated recall and prevention brief."""

import json
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from pipeline.case import Verdict
from pipeline.store.connection import Part, end_of, statement

UNKNOWN: Final = ""
"""The value of a facet of which an offer says nothing, or which no night has read yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditNight:
    """The unflagged texts of one night, and the audit that was drawn from them."""

    unflagged: int
    drawn: int
    decided: int
    lures: int
    awaiting: int = 0
    """Drawn ones of which a second opinion is awaited, lures or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCases:
    """Flagged cases of one reason and one tenth of the score."""

    reason: str
    tenth: int
    """0 for scores below 0.1, 9 from 0.9 on."""

    cases: int
    decided: int
    lures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendCell:
    """Flagged cases of one month that are alike in one facet."""

    facet: str
    value: str
    """Several hints of exploitation with commas between."""

    month: str
    """As in ``2026-11``."""

    flagged: int
    confirmed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchHealth:
    """What one source brought in a period."""

    source: str
    batches: int
    ads: int
    fewest: int
    last_at: str
    last_ads: int
    problems: int
    """Lines of the nights' reports that name it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionSpan:
    """From when to when one model with one taxonomy assessed, and how many texts."""

    model: str
    taxonomy: str
    texts: int
    first_at: str
    last_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedCase:
    """One case that people judged to be a likely lure, as far as a brief may count it."""

    verdict: Verdict
    language: str | None
    country: str | None
    sector: str | None
    """None, as with the next two, where no night has read the offer yet."""

    addressed: str | None
    schooling: str | None
    source: str
    contact_kinds: frozenset[str]
    shown: Mapping[str, Sequence[str]]
    """The indicators that its text shows, without those that the analyst found wrongly shown, each with its quotes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthCounts:
    """Cases that were opened in a month."""

    opened: int
    decided: int
    confirmed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferProfile:
    """What the texts of some time say, in counts."""

    texts: int
    with_pay: int
    scored: int
    mean_score: float
    languages: Mapping[str, int]
    indicators: Mapping[str, int]
    """Texts that show each indicator, of those that are scored."""


class Statistics(Part):
    """Counts of cases, decisions, batches and versions."""

    def totals(self) -> dict[str, int]:
        """How many ads, versions, assessments, batches and decisions there are."""
        (row,) = self._db.rows(
            "SELECT (SELECT count(*) FROM ads) AS ads, (SELECT count(*) FROM ads WHERE gone_at IS NOT NULL) AS gone, "
            "(SELECT count(*) FROM ad_versions) AS versions, (SELECT count(*) FROM assessments) AS assessments, "
            "(SELECT count(*) FROM batches) AS batches, (SELECT count(*) FROM decisions) AS decisions"
        )
        return row

    def judged_cases(self, *, since: datetime) -> tuple[JudgedCases, ...]:
        """Cases that were opened for their score or a rule since then."""
        return self._db.records(JudgedCases, statement("judged_cases"), [since])

    def audit_nights(self, *, since: datetime) -> tuple[AuditNight, ...]:
        """What each night since then drew for audit, from how many texts, and what of it is decided."""
        return self._db.records(AuditNight, statement("audit_nights"), [since])

    def trend_cells(self, *, since: datetime) -> tuple[TrendCell, ...]:
        """Flagged cases by month and by each of the facets that trends are counted by."""
        return self._db.records(TrendCell, statement("trend_cells"), [since])

    def offer_profile(self, since: datetime, until: datetime, *, model_version: str) -> OfferProfile:
        """What the texts say that were first seen between the two moments."""
        span = {"since": since, "until": until, "model": model_version}
        (found,) = self._db.records(OfferProfile, statement("offer_profile"), span)
        return found

    def waiting_by_age(self, *, now: datetime, days: tuple[int, ...]) -> dict[tuple[str, int], int]:
        """How many cases wait, by lane and by the index of their age among these days; the last index is older."""
        sql = "SELECT lane, substr(opened_at, 1, 10) AS day, count(*) FROM queue_rows WHERE waiting = 1 GROUP BY 1, 2"
        today, found = now.astimezone(UTC).date(), Counter[tuple[str, int]]()
        for lane, day, cases in self._db.run(sql):
            found[lane, bisect_right(days, (today - date.fromisoformat(day)).days)] += cases
        return dict(found)

    def decisions_by_day(self, *, since: datetime) -> dict[str, int]:
        """How many decisions were made each day, without those that were taken back."""
        sql = (
            "SELECT substr(decided_at, 1, 10) AS day, count(*) FROM standing_decisions "
            "WHERE decided_at >= ? GROUP BY day ORDER BY day"
        )
        return dict(self._db.run(sql, [since]))

    def indicator_answers(self) -> dict[str, tuple[int, int]]:
        """How often analysts found each indicator correct, and how often incorrect, in decisions on closed cases: what
        a second opinion is still awaited on gives nothing away."""
        rows = self._db.run(statement("indicator_answers"))
        return {key: (correct, incorrect) for key, correct, incorrect in rows}

    def batch_health(self, *, since: datetime) -> tuple[BatchHealth, ...]:
        """Each source that brought a batch since then."""
        rows = self._db.rows(statement("batch_health"), [since])
        problems = self._db.column("SELECT problems FROM runs WHERE started_at >= ?", [since])
        named = Counter(str(line).partition(":")[0] for lines in problems for line in json.loads(lines))
        return tuple(BatchHealth(**row, problems=named[row["source"]]) for row in rows)

    def version_spans(self) -> tuple[VersionSpan, ...]:
        """Which model and taxonomy assessed from when to when, the oldest first."""
        return self._db.records(VersionSpan, statement("version_spans"))

    def month_counts(self, month: str) -> MonthCounts:
        """How many cases were opened in the month, decided and confirmed."""
        (counts,) = self._db.records(MonthCounts, statement("month_counts"), _days_of(month))
        return counts

    def confirmed_cases(self, month: str) -> tuple[ConfirmedCase, ...]:
        """The cases opened in that month, ``2026-10``, whose standing verdict is a lure and that do not wait again."""
        found = []
        for row in self._db.rows(statement("confirmed_cases"), _days_of(month)):
            ad, wrong = self._db.read_ad(row.pop("record")), json.loads(row.pop("rejected"))
            shown = defaultdict[str, list[str]](list)
            for each in json.loads(row.pop("evidence") or "[]"):
                if each["indicator"] not in wrong:
                    shown[each["indicator"]].append(each["quote"])
            kinds = frozenset(each.kind for each in ad.contacts)
            case = ConfirmedCase(**row, language=ad.language, country=ad.country, contact_kinds=kinds, shown=shown)
            found.append(case)
        return tuple(found)


def _days_of(month: str) -> dict[str, str]:
    """The bounds of a month, as moments are written."""
    return {"from": month, "to": end_of(month)}
