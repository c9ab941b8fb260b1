"""Counts for overview, trends, estimated recall and prevention brief.

Each is one statement over all cases.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pipeline.case import Verdict
from pipeline.store.connection import Connection, from_moment, statement

_LURE: Final = "d.verdict IN ('trafficking_recruitment', 'job_fraud')"

# A case counts once it is closed: what awaits a second opinion is not confirmed, and the counts must not tell whoever
# owes it what the first one was. A case that nobody could tell says nothing of lures.
_JUDGED: Final = "d.decision_id IS NOT NULL AND r.waiting = 0 AND d.verdict <> 'cannot_tell'"

_LAST_DECISION: Final = (
    "LEFT JOIN decisions d ON d.decision_id = (SELECT max(n.decision_id) FROM standing_decisions n "
    "WHERE n.case_id = CASE WHEN r.decided_at IS NOT NULL THEN r.case_id END)"
)

_FLAGGED_SINCE: Final = "r.waiting IN (0, 1) AND r.opened_at >= ? AND c.reason IN ('score', 'indicator_rule')"

UNKNOWN: Final = ""
"""The value of a facet of which an offer says nothing, or which no night has read yet."""

_COLUMNS: Final = {
    "kind": "r.kind", "country": "r.country", "language": "r.language", "sector": "f.sector",
    "addressed": "f.addressed", "schooling": "f.schooling", "exploitation": "f.exploitation",
    "reached": "f.reached",
}  # fmt: skip

# Each facet is counted by itself: counted by all at once there would be nearly as many rows as cases.
_FACETS: Final = ", ".join(f"{column} AS {name}" for name, column in _COLUMNS.items())

_FLAGGED: Final = (
    f"SELECT substr(r.opened_at, 1, 7) AS month, {_FACETS}, {_JUDGED} AND {_LURE} AS lure "
    f"FROM queue_rows r JOIN cases c ON c.case_id = r.case_id {_LAST_DECISION} "
    f"LEFT JOIN offer_facts f ON f.version_id = r.version_id WHERE {_FLAGGED_SINCE}"
)

_BY_FACET: Final = " UNION ALL ".join(
    f"SELECT '{name}' AS facet, {name} AS value, month, count(*) AS flagged, total(lure) AS confirmed "
    f"FROM flagged GROUP BY month, {name}"
    for name in _COLUMNS
)

_SEEN: Final = """
    WITH seen AS (
        SELECT version_id, language, record FROM ad_versions
        WHERE seen_at >= :since AND seen_at < :until AND content_hash <> ''),
    scored AS (
        SELECT version_id, a.score, a.record FROM seen JOIN assessments a USING (version_id)
        WHERE a.model_version = :model)"""

_MONTH: Final = "r.waiting IN (0, 1) AND r.opened_at >= :from AND r.opened_at < :to"

# A case that still waits is reopened, or asks for a second opinion: nothing of it is confirmed.
_CONFIRMED: Final = "r.waiting = 0 AND d.verdict IN ('trafficking_recruitment', 'job_fraud')"

_DECISION: Final = "JOIN case_states s ON s.case_id = r.case_id LEFT JOIN decisions d ON d.decision_id = s.decision_id"


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
    shown: Mapping[str, tuple[str, ...]]
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


class Statistics:
    """Counts of cases, decisions, batches and versions."""

    def __init__(self, db: Connection) -> None:
        self._db = db

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
        return self._db.records(
            JudgedCases,
            "SELECT c.reason, "
            "min(9, CAST(10 * coalesce(iif(r.waiting = 0, d.score, NULL), r.score, 0) AS INTEGER)) AS tenth, "
            f"count(*) AS cases, total({_JUDGED}) AS decided, total({_JUDGED} AND {_LURE}) AS lures "
            f"FROM queue_rows r JOIN cases c ON c.case_id = r.case_id {_LAST_DECISION} WHERE {_FLAGGED_SINCE} "
            "GROUP BY c.reason, tenth",
            [since],
        )

    def audit_nights(self, *, since: datetime) -> tuple[AuditNight, ...]:
        """What each night since then drew for audit, from how many texts, and what of it is decided."""
        return self._db.records(
            AuditNight,
            "SELECT n.unflagged, n.drawn, "
            f"total({_JUDGED}) AS decided, total({_JUDGED} AND {_LURE}) AS lures, "
            "total(r.lane = 'second_opinion') AS awaiting FROM "
            "(SELECT run_id, started_at, ended_at, json_extract(counts, '$.unflagged') AS unflagged, "
            "json_extract(counts, '$.audit') AS drawn FROM runs WHERE ended_at IS NOT NULL AND started_at >= :since) n "
            "LEFT JOIN queue_rows r ON r.waiting IN (0, 1) AND r.opened_at BETWEEN n.started_at AND n.ended_at "
            "AND (SELECT c.reason FROM cases c WHERE c.case_id = r.case_id) = 'audit' "
            f"{_LAST_DECISION} WHERE n.unflagged > 0 GROUP BY n.run_id ORDER BY n.run_id",
            {"since": since},
        )

    def trend_cells(self, *, since: datetime) -> tuple[TrendCell, ...]:
        """Flagged cases by month and by each of the facets that trends are counted by."""
        rows = self._db.rows(
            f"WITH flagged AS MATERIALIZED ({_FLAGGED}) {_BY_FACET} ORDER BY facet, month, value", [since]
        )
        for row in rows:
            stored = row["value"] or UNKNOWN
            row["value"] = ",".join(json.loads(stored)) if stored and row["facet"] == "exploitation" else stored
        return tuple(self._db.to_record(TrendCell, row) for row in rows)

    def offer_profile(self, since: datetime, until: datetime, *, model_version: str) -> OfferProfile:
        """What the texts say that were first seen between the two moments."""
        span = {"since": since, "until": until, "model": model_version}
        pays = r"instr(record, '\ud') = 0 AND json_extract(record, '$.base_salary') IS NOT NULL"
        texts, pay = self._db.run(f"{_SEEN} SELECT count(*), total({pays}) FROM seen", span).fetchone()
        scored, total = self._db.run(f"{_SEEN} SELECT count(*), total(score) FROM scored", span).fetchone()
        languages = self._db.run(f"{_SEEN} SELECT coalesce(language, 'unknown'), count(*) FROM seen GROUP BY 1", span)
        indicators = self._db.run(
            f"{_SEEN} SELECT json_extract(e.value, '$.indicator'), count(DISTINCT version_id) "
            "FROM scored, json_each(scored.record, '$.evidence') e GROUP BY 1",
            span,
        )
        return OfferProfile(
            texts=texts, with_pay=int(pay), scored=scored, mean_score=total / max(scored, 1),
            languages=dict(languages), indicators=dict(indicators),
        )  # fmt: skip

    def waiting_by_age(self, *, now: datetime, days: tuple[int, ...]) -> dict[tuple[str, int], int]:
        """How many cases wait, by lane and by the index of their age among these days; the last index is older."""
        ages = "".join(f" WHEN julianday(:now) - julianday(day) < {limit:d} THEN {n}" for n, limit in enumerate(days))
        rows = self._db.run(
            f"SELECT lane, CASE{ages} ELSE {len(days)} END AS age, sum(cases) AS cases FROM "
            "(SELECT lane, substr(opened_at, 1, 10) AS day, count(*) AS cases FROM queue_rows WHERE waiting = 1 "
            "GROUP BY lane, day) GROUP BY lane, age",
            {"now": from_moment(now)[:10]},
        )
        return {(lane, age): cases for lane, age, cases in rows}

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
        rows = self._db.run(
            "SELECT key, sum(correct) AS correct, sum(1 - correct) AS incorrect FROM ("
            "SELECT d.case_id, e.value AS key, 1 AS correct FROM standing_decisions d, json_each(d.confirmed) e "
            "UNION ALL SELECT d.case_id, e.value, 0 FROM standing_decisions d, json_each(d.rejected) e) a "
            "JOIN queue_rows r ON r.case_id = a.case_id WHERE r.waiting = 0 GROUP BY key"
        )
        return {key: (correct, incorrect) for key, correct, incorrect in rows}

    def batch_health(self, *, since: datetime) -> tuple[BatchHealth, ...]:
        """Each source that brought a batch since then."""
        rows = self._db.rows(
            "SELECT b.source, count(*) AS batches, sum(b.ads) AS ads, min(b.ads) AS fewest, max(b.started_at) "
            "AS last_at, (SELECT l.ads FROM batches l WHERE l.source = b.source ORDER BY l.started_at DESC LIMIT 1) "
            "AS last_ads "
            "FROM batches b WHERE b.started_at >= :since GROUP BY b.source ORDER BY b.source",
            {"since": since},
        )
        problems = self._db.column("SELECT problems FROM runs WHERE started_at >= ?", [since])
        named = Counter(str(line).partition(":")[0] for lines in problems for line in json.loads(lines))
        return tuple(BatchHealth(**row, problems=named[row["source"]]) for row in rows)

    def version_spans(self) -> tuple[VersionSpan, ...]:
        """Which model and taxonomy assessed from when to when, the oldest first."""
        return self._db.records(VersionSpan, statement("version_spans"))

    def month_counts(self, month: str) -> MonthCounts:
        """How many cases were opened in the month, decided and confirmed."""
        (counts,) = self._db.records(
            MonthCounts,
            f"SELECT count(*) AS opened, total(r.waiting = 0) AS decided, total({_CONFIRMED}) AS confirmed "
            f"FROM queue_rows r {_DECISION} WHERE {_MONTH}",
            _days_of(month),
        )
        return counts

    def confirmed_cases(self, month: str) -> tuple[ConfirmedCase, ...]:
        """The cases opened in that month, ``2026-10``, whose standing verdict is a lure and that do not wait again."""
        rows = self._db.rows(
            "SELECT d.verdict, d.rejected, r.source, v.record, f.sector, f.addressed, f.schooling, "
            "(SELECT json_extract(m.record, '$.evidence') FROM assessments m WHERE m.version_id = r.version_id "
            "ORDER BY m.assessment_id DESC LIMIT 1) AS evidence "
            f"FROM queue_rows r {_DECISION} JOIN ad_versions v ON v.version_id = r.version_id "
            f"LEFT JOIN offer_facts f ON f.version_id = r.version_id WHERE {_MONTH} AND {_CONFIRMED} "
            "ORDER BY r.case_id",
            _days_of(month),
        )
        found = []
        for row in rows:
            ad, wrong = self._db.read_ad(row["record"]), set(json.loads(row["rejected"]))
            shown: dict[str, list[str]] = {}
            for each in json.loads(row["evidence"] or "[]"):
                if each["indicator"] not in wrong:
                    shown.setdefault(each["indicator"], []).append(each["quote"])
            case = ConfirmedCase(
                verdict=row["verdict"], language=ad.language, country=ad.country, sector=row["sector"],
                addressed=row["addressed"], schooling=row["schooling"], source=row["source"],
                contact_kinds=frozenset(each.kind for each in ad.contacts),
                shown={indicator: tuple(quotes) for indicator, quotes in shown.items()},
            )  # fmt: skip
            found.append(case)
        return tuple(found)


def _days_of(month: str) -> dict[str, object]:
    """The bounds of a month, as moments are written."""
    year, number = map(int, month.split("-"))
    following = f"{year + number // 12:04}-{number % 12 + 1:02}"
    return {"from": month, "to": following}
