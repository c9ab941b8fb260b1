"""The queue in the database: pages of it, counts, what can be filtered by, and saved filters.

The tables are kept by triggers, so whatever writes cases, decisions or assessments keeps them true.
"""

import json
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Any, Final

from pipeline.case import Case
from pipeline.store.case_filter import CaseFilter, Facet, Place, facets_of, searchable
from pipeline.store.connection import read_ad, to_moment
from pipeline.store.queue_walk import WalkRows

__all__ = ["DeskPage", "DeskRows", "FacetValue", "SavedFilter"]

COLUMNS: Final = (
    "case_id, fingerprint, reason, priority, opened_at, state, title, source, language, score, kind, copies, "
    "max(copies, campaign_ads) AS campaign_ads"
)
LOOKED_AT: Final = 25
"""Cases looked at together for the next one to read; the first of them will mostly do."""

MOST_FILTERS: Final = 50
"""Saved filters of one analyst."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPage:
    """Some cases of a filter, in the queue's order."""

    cases: tuple[Case, ...]
    total: int | None
    """How many the filter has; None where that would take too long to count."""

    following: Place | None
    """The place behind which to go on; None on the last page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetValue:
    """One value to filter by, with how many cases have it."""

    value: str
    waiting: int
    decided: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedFilter:
    """A filter that an analyst keeps under a title."""

    filter_id: int
    title: str
    query: str


class DeskRows(WalkRows):
    """Cases as the desk shows them."""

    def desk_page(self, wanted: CaseFilter, *, after: Place | None = None, limit: int = 50) -> DeskPage:
        """The next cases of the filter behind a place."""
        found = self.stretch(wanted, after=after, limit=limit)
        cases = self.cases_of([place.case_id for place in found.places])
        return DeskPage(cases=cases, total=found.total, following=found.following)

    def cases_of(self, case_ids: Sequence[int]) -> tuple[Case, ...]:
        """These cases, in this order; those that are not there are left out."""
        rows = self._rows(
            f"SELECT {COLUMNS} FROM json_each(?) n CROSS JOIN desk_rows r ON r.case_id = n.value ORDER BY n.key",
            [json.dumps(list(case_ids))],
        )
        return tuple(_case(row) for row in rows)

    def cases(self, *, state: str = "waiting", limit: int = 50, **facets: str | None) -> tuple[Case, ...]:
        """The first cases by priority, largest first; waiting ones are those open or reopened."""
        wanted = CaseFilter.of({"state": state} | dict(facets_of(facets)))
        return self.cases_of([place.case_id for place in self._along(wanted, None, limit)])

    def case_numbers(self, wanted: CaseFilter, *, limit: int) -> tuple[int, ...]:
        """The numbers of a filter's first cases, in the queue's order."""
        return tuple(place.case_id for place in self._along(wanted, None, limit))

    def count_cases(self, *, state: str = "waiting", **facets: str | None) -> int:
        """How many cases ``cases`` would give without a limit."""
        return self.count(CaseFilter.of({"state": state} | dict(facets_of(facets))))

    def counts_by_state(self) -> dict[str, int]:
        """How many cases are open, decided and reopened."""
        found = {
            each.value: each.waiting + each.decided
            for each in self.facet_values("standing") + self.facet_values("standing", decided=True)
        }
        return {"open": 0, "decided": 0, "reopened": 0} | found

    def facet_values(self, facet: Facet, *, decided: bool = False, limit: int = 100) -> tuple[FacetValue, ...]:
        """The values of a facet that waiting (or decided) cases have, those of most cases first."""
        column = "decided" if decided else "waiting"
        rows = self._rows(
            f"SELECT value, waiting, decided FROM desk_values WHERE facet = ? AND {column} > 0 "
            f"ORDER BY {column} DESC, value LIMIT ?",
            [facet, limit],
        )
        return tuple(FacetValue(**row) for row in rows)

    def next_waiting(
        self,
        after: int | None = None,
        *,
        wanted: CaseFilter | None = None,
        passing: Callable[[Sequence[int]], Set[int]] = lambda _: frozenset(),
    ) -> int | None:
        """The case to read next: the one behind ``after`` in the filter's order, or its first after the last; none of
        those that ``passing`` says, of some cases, to pass over."""
        place = self._row("SELECT priority, case_id FROM desk_rows WHERE case_id = ?", [after])
        for start in (Place(**place), None) if place else (None,):
            for some in self._stretches(wanted or CaseFilter(), start):
                not_these = passing(some)
                for case_id in some:
                    if case_id != after and case_id not in not_these:
                        return case_id
        return None

    def _stretches(self, wanted: CaseFilter, after: Place | None) -> Iterator[list[int]]:
        """The cases of the filter behind a place, some at a time."""
        while True:
            found = self.stretch(wanted, after=after, limit=LOOKED_AT)
            yield [place.case_id for place in found.places]
            after = found.following
            if after is None:
                return

    def is_waiting(self, case_id: int) -> bool:
        """Whether anybody is to read the case."""
        return self._row("SELECT 1 FROM desk_rows WHERE case_id = ? AND waiting = 1", [case_id]) is not None

    def index_words(self, version_id: int) -> None:
        """Have the words of this version found from now on; twice is once."""
        if self._row("SELECT 1 FROM desk_text WHERE rowid = ?", [version_id]):
            return
        row = self._row("SELECT record FROM ad_versions WHERE version_id = ?", [version_id])
        assert row is not None, f"no version {version_id}"
        self._run(
            "INSERT INTO desk_text (rowid, words) VALUES (?, ?)", [version_id, searchable(read_ad(row["record"]))]
        )

    def save_filter(self, analyst: str, title: str, query: str) -> bool:
        """Whether the filter is kept; one of the same title is replaced. There is room for some dozens."""
        with self.atomic():
            self._run("DELETE FROM saved_filters WHERE analyst = ? AND title = ?", [analyst, title])
            row = self._row("SELECT count(*) AS n FROM saved_filters WHERE analyst = ?", [analyst])
            if row is None or row["n"] >= MOST_FILTERS:
                return False
            self._run("INSERT INTO saved_filters (analyst, title, query) VALUES (?, ?, ?)", [analyst, title, query])
        return True

    def saved_filters(self, analyst: str) -> tuple[SavedFilter, ...]:
        """The filters that this analyst keeps, by title."""
        rows = self._rows(
            "SELECT filter_id, title, query FROM saved_filters WHERE analyst = ? ORDER BY title", [analyst]
        )
        return tuple(SavedFilter(**row) for row in rows)

    def forget_filter(self, analyst: str, filter_id: int) -> None:
        """Keep it no longer; nobody removes another's."""
        self._run("DELETE FROM saved_filters WHERE analyst = ? AND filter_id = ?", [analyst, filter_id])

    def _along(self, wanted: CaseFilter, after: Place | None, limit: int) -> Iterator[Place]:
        """The first places of the filter behind one, however far they lie."""
        left = limit
        while left > 0:
            found = self.stretch(wanted, after=after, limit=left)
            yield from found.places
            left, after = left - len(found.places), found.following
            if after is None:
                return


def _case(row: dict[str, Any]) -> Case:
    return Case(**{**row, "opened_at": to_moment(row["opened_at"])})
