"""The queue: pages of cases, counts, facet values and saved filters.

Triggers write its tables after each change of cases, decisions or assessments (``schema.sql``).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final, Literal, get_args

from pipeline.case import Case
from pipeline.linking.redaction import ad_without_contacts
from pipeline.store.connection import Connection, Part, statement
from pipeline.store.queue.case_filter import CaseFilter, Facet, Position, searchable
from pipeline.store.queue.pagination import Pagination

_COLUMNS: Final = (
    "case_id, fingerprint, reason, priority, opened_at, state, title, source, language, copies, blind, "
    "iif(blind, NULL, score) AS score, iif(blind, NULL, kind) AS kind, max(copies, campaign_ads) AS campaign_ads, "
    "lane, employer, country, verdict, analyst, decided_at"
)

_CHUNK: Final = 25
"""Cases read together to find the next one to decide; mostly the first of them is it."""

_MAX_FILTERS: Final = 50
"""Saved filters of one analyst."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    """Some cases of a filter, in the queue's order."""

    cases: tuple[Case, ...]
    total: int | None
    """How many cases the filter has; None where that would take too long to count."""

    following: Position | None
    """The position after which the next page begins; None on the last page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetValue:
    """One value to filter by, with how many cases have it."""

    value: str
    waiting: int
    decided: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedFilter:
    """A filter that an analyst saved under a title."""

    filter_id: int
    title: str
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standings:
    """How many cases stand how; the first three are all."""

    to_review: int
    """Nobody has decided them as they stand now, or two disagree."""

    awaiting: int
    """Decided by one, with a second opinion to come."""

    closed: int
    reopened: int
    """Those to review that changed, came back or were appealed after a decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDetails:
    """What a list says of a case beside the case itself."""

    case_id: int
    evidence: str
    """JSON: the evidence of the newest assessment."""

    reach: int
    """The most ads that have a contact of this one, up to a thousand."""

    is_gone: bool
    """Whether no source shows any copy any more."""

    first: str | None
    """Who decided a closed case first, where a second opinion was asked for."""

    second: str | None
    """Who gave the second opinion on a closed case."""


Order = Literal["priority", "newest", "oldest", "score", "copies", "decided"]
"""``priority`` is the queue's own; ``decided`` begins with the last decision."""
ORDERS: Final[tuple[Order, ...]] = get_args(Order)

_ORDERS: Final[Mapping[Order, str]] = {
    "newest": "r.opened_at DESC",
    "oldest": "r.opened_at",
    "score": "iif(r.blind, NULL, r.score) DESC",
    "copies": "max(r.copies, r.campaign_ads) DESC",
    "decided": "r.decided_at DESC",
}

_MOST_REACHED: Final = 1_000


class CaseQueue(Part):
    """Cases in the order in which they should be read."""

    def page(self, filters: CaseFilter, *, after: Position | None = None, limit: int = 50) -> QueuePage:
        """The next cases of the filter after a position."""
        positions, following, total = Pagination(self._db).page(filters, after=after, limit=limit)
        cases = cases_by_number(self._db, [position.case_id for position in positions])
        return QueuePage(cases=cases, total=total, following=following)

    def cases(self, *, limit: int = 50, **given: str) -> tuple[Case, ...]:
        """The first cases of a filter, given as in a query string; of all that wait unless more is given."""
        return cases_by_number(self._db, self.case_ids(CaseFilter.of(given), limit=limit))

    def case_ids(self, filters: CaseFilter, *, limit: int | None) -> tuple[int, ...]:
        """The numbers of a filter's first cases, in the queue's order; of all, without a limit."""
        found = chain.from_iterable(self._chunks(filters, None, size=_CHUNK if limit is None else limit))
        return tuple(islice(found, limit))

    def standings(self) -> Standings:
        """How many cases there are of each standing, the same wherever it is said."""
        (found,) = self._db.records(Standings, statement("standings"))
        return found

    def details(self, case_ids: Sequence[int]) -> dict[int, RowDetails]:
        """What a list says of each of these cases beside the case itself; of one that is read blind no evidence."""
        rows = self._db.records(RowDetails, statement("row_details"), {"cases": list(case_ids), "most": _MOST_REACHED})
        return {row.case_id: row for row in rows}

    def sorted_ids(self, filters: CaseFilter, order: Order, *, limit: int) -> tuple[int, ...]:
        """The numbers of the filter's first cases in this order. Of words that many ads have, the first ``limit`` in
        the queue's own order are put in another one."""
        first = None if order == "priority" else Pagination(self._db).in_order(filters, _ORDERS[order], limit=limit)
        if first is not None:
            return first
        found = self.case_ids(filters, limit=limit)
        if order == "priority":
            return found
        sql = "SELECT r.case_id FROM json_each(?) n CROSS JOIN queue_rows r ON r.case_id = n.value ORDER BY "
        return self._db.column(f"{sql}{_ORDERS[order]}, n.key", [found])

    def facet_counts(self, case_ids: Sequence[int]) -> dict[tuple[str, str], int]:
        """How many of these cases have each value of each facet."""
        rows = self._db.run(
            "SELECT v.facet, v.value, count(*) FROM json_each(?) n "
            "CROSS JOIN facet_cases m ON m.case_id = n.value JOIN facet_values v USING (value_id) GROUP BY m.value_id",
            [list(case_ids)],
        )
        return {(facet, value): cases for facet, value, cases in rows}

    def facet_values(self, facet: Facet, *, decided: bool = False, limit: int = 100) -> tuple[FacetValue, ...]:
        """The values of a facet that waiting (or decided) cases have, those of most cases first."""
        column = "decided" if decided else "waiting"
        return self._db.records(
            FacetValue,
            f"SELECT value, waiting, decided FROM facet_values WHERE facet = ? AND {column} > 0 "
            f"ORDER BY {column} DESC, value LIMIT ?",
            [facet, limit],
        )

    def next_waiting(
        self,
        after: int | None = None,
        *,
        filters: CaseFilter | None = None,
        excluded: Callable[[Sequence[int]], Set[int]] = lambda _: frozenset(),
    ) -> int | None:
        """The case to read next: the one after ``after`` in the filter's order, or its first after the last, without
        those of some cases that ``excluded`` gives."""
        current = self._db.record(Position, "SELECT priority, case_id FROM queue_rows WHERE case_id = ?", [after])
        starts = (current, None) if current else (None,)
        for case_ids in chain.from_iterable(self._chunks(filters or CaseFilter(), at, size=_CHUNK) for at in starts):
            left_out = excluded(case_ids)
            if free := [case_id for case_id in case_ids if case_id != after and case_id not in left_out]:
                return free[0]
        return None

    def is_waiting(self, case_id: int) -> bool:
        """Whether anybody is to read the case."""
        return bool(self._db.value("SELECT 1 FROM queue_rows WHERE case_id = ? AND waiting = 1", [case_id]))

    def index_words(self, version_id: int) -> None:
        """Add the words of this version to both search indexes, unless they are there."""
        if self._db.row("SELECT 1 FROM case_words WHERE rowid = ?", [version_id]):
            return
        ad = self._db.read_ad(self._db.value("SELECT record FROM ad_versions WHERE version_id = ?", [version_id]))
        for index, read in (("case_words", ad), ("case_words_redacted", ad_without_contacts(ad))):
            self._db.run(f"INSERT INTO {index} (rowid, words) VALUES (?, ?)", [version_id, searchable(read)])

    def remove_words(self, ad_ids: Sequence[str]) -> None:
        """Remove the words of these ads from the search indexes. That of whole texts has to be given them: it stores
        none."""
        rows = self._db.run(
            "SELECT version_id, record FROM ad_versions v WHERE ad_id IN (SELECT value FROM json_each(?)) "
            "AND content_hash <> '' AND EXISTS (SELECT 1 FROM case_words WHERE case_words.rowid = v.version_id)",
            [list(ad_ids)],
        )
        for version_id, record in rows.fetchall():
            words = searchable(self._db.read_ad(record))
            self._db.insert("case_words", {"case_words": "delete", "rowid": version_id, "words": words})
            self._db.run("DELETE FROM case_words_redacted WHERE rowid = ?", [version_id])

    def refresh(self, case_id: int) -> None:
        """Compute the case's row and facets again, after a change that no trigger sees."""
        self._db.run("INSERT INTO queue_refresh VALUES (?)", [case_id])

    def save_filter(self, analyst: str, title: str, query: str) -> bool:
        """Whether the filter was saved; one of the same title is replaced, and an analyst may have some dozens."""
        with self._db.atomic():
            self._db.run("DELETE FROM saved_filters WHERE analyst = ? AND title = ?", [analyst, title])
            if self._db.count("SELECT count(*) FROM saved_filters WHERE analyst = ?", [analyst]) >= _MAX_FILTERS:
                return False
            self._db.insert("saved_filters", {"analyst": analyst, "title": title, "query": query})
        return True

    def saved_filters(self, analyst: str) -> tuple[SavedFilter, ...]:
        """The filters of this analyst, by title."""
        sql = "SELECT filter_id, title, query FROM saved_filters WHERE analyst = ? ORDER BY title"
        return self._db.records(SavedFilter, sql, [analyst])

    def delete_filter(self, analyst: str, filter_id: int) -> None:
        """Delete a filter of this analyst."""
        self._db.run("DELETE FROM saved_filters WHERE analyst = ? AND filter_id = ?", [analyst, filter_id])

    def _chunks(self, filters: CaseFilter, after: Position | None, *, size: int) -> Iterator[list[int]]:
        """The cases of the filter after a position, some at a time."""
        while True:
            positions, after, _ = Pagination(self._db).page(filters, after=after, limit=size)
            yield [position.case_id for position in positions]
            if after is None:
                return


def cases_by_number(db: Connection, case_ids: Sequence[int]) -> tuple[Case, ...]:
    """These cases, in this order; those that are not there are left out."""
    return db.records(
        Case,
        f"SELECT {_COLUMNS} FROM json_each(?) n CROSS JOIN queue_rows r ON r.case_id = n.value ORDER BY n.key",
        [list(case_ids)],
    )
