"""Filtered keyset pagination of the queue.

A page is found in bounded time. The queue is scanned along the index that narrows it most: the cases of one facet's
value, or all. Other conditions are checked case by case, and a scan ends after ``SCAN_LIMIT`` cases, with the position
to go on from. Where a search, a contact, a campaign or some days leave few cases, these are sorted at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.store.connection import Part, end_of, statement
from pipeline.store.queue.case_filter import LINKS, CaseFilter, Position, search_query

_CASES: Final[Mapping[str, str]] = {name: statement(f"cases_of_{name}") for name in LINKS}

SCAN_LIMIT: Final = 5_000
"""Cases that one page scans at most; ``tests/bench/desk.py`` measures what that takes."""

_SEARCH_SCAN_LIMIT: Final = 1_000
"""The same where each is looked up in the search index."""

SORT_LIMIT: Final = 5_000
"""Up to so many cases of a search or of some days are sorted at once."""

_COMMON_FROM: Final = 200_000
"""From so many on it takes longer to list all cases with some words than to look each case up."""

_EVERY: Final = "queue_rows r INDEXED BY queue_rows_in_order"
_OF_VALUE: Final = "facet_cases m CROSS JOIN queue_rows r ON r.case_id = m.case_id"
_FOUND: Final = "json_each(:found) h CROSS JOIN queue_rows r INDEXED BY queue_rows_by_version ON r.version_id = h.value"
_OF_LINKS: Final = "json_each(:found) h CROSS JOIN queue_rows r ON r.case_id = h.value"
_ON_DAYS: Final = "queue_rows r INDEXED BY queue_rows_by_day"
_DAYS: Final = "r.opened_at >= :from AND r.opened_at < :to"
_SOME_ON_DAYS: Final = (
    f"SELECT count(*) FROM (SELECT 1 FROM {_ON_DAYS} WHERE r.waiting IN (0, 1) AND {_DAYS} LIMIT {SORT_LIMIT + 1})"
)
_VALUE: Final = "SELECT value_id, decided, waiting FROM facet_values WHERE facet = ? AND value = ?"
_ALL: Final = "SELECT coalesce(sum(decided), 0), coalesce(sum(waiting), 0) FROM facet_values WHERE facet = 'standing'"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """How to find the cases of a filter."""

    tables: str
    """The tables and the index that are scanned, with the case as ``r``."""

    checks: list[str]
    params: dict[str, object]
    order: str = "r"
    """Whose columns give waiting, priority and number: ``r`` or ``m``."""

    is_sorted: bool = True
    """Few cases, which are sorted at once."""

    known: tuple[int, int] | None = None
    """The stored numbers of its decided and its waiting cases, where there are some."""

    most: tuple[int, int] = (0, 0)
    """How many decided and waiting cases the scan would pass at most."""

    scan_limit: int = SCAN_LIMIT


class Pagination(Part):
    """Pages of a filter, in the queue's order."""

    def page(
        self, filters: CaseFilter, *, after: Position | None, limit: int
    ) -> tuple[Sequence[Position], Position | None, int | None]:
        """The next cases of the filter after a position; the last position that was scanned, None at the end; and how
        many cases the whole filter has, None where counting would take long."""
        plan = self._plan(filters)
        if plan is None:
            return [], None, 0
        where = _where(plan, filters)
        if plan.is_sorted:
            sql = f"SELECT r.priority, r.case_id FROM {plan.tables} WHERE {where} ORDER BY r.priority DESC, r.case_id"
            positions = self._db.records(Position, sql, plan.params)
            left = [position for position in positions if after is None or _in_order(position) > _in_order(after)]
            return left[:limit], left[limit - 1] if len(left) > limit else None, len(positions)
        found, following = self._scanned(plan, filters, after, limit)
        total = None
        if plan.known:
            total = sum(plan.known[flag] for flag in filters.flags())
        elif sum(plan.most[flag] for flag in filters.flags()) <= plan.scan_limit:
            total = self._db.count(f"SELECT count(*) FROM {plan.tables} WHERE {where}", plan.params)
        return found, following, total

    def in_order(self, filters: CaseFilter, order: str, *, limit: int) -> tuple[int, ...] | None:
        """The filter's first cases in another order, however long that takes; None where each would have to be looked
        up in the search index."""
        plan = self._plan(filters)
        if plan is None:
            return ()
        if plan.scan_limit < SCAN_LIMIT:
            return None
        tables = "queue_rows r" if plan.tables == _EVERY else plan.tables  # another index may have the order
        where = f"{_where(plan, filters)} ORDER BY {order}, r.priority DESC, r.case_id LIMIT :limit"
        sql = f"SELECT r.case_id FROM {tables} WHERE {where}"
        return self._db.column(sql, plan.params | {"limit": limit})

    def _plan(self, filters: CaseFilter) -> _Plan | None:
        """How to find the cases of a filter; None where there cannot be any."""
        values = [self._db.run(_VALUE, asked).fetchone() for asked in filters.facets]
        query = search_query(filters.words, whole=filters.redacted) if filters.words else ""
        if query is None or None in values:
            return None
        rows = sorted(values, key=lambda row: sum(row[1 + flag] for flag in filters.flags()))
        checks, params = _conditions(filters, [value_id for value_id, *_ in rows])
        scan_limit = SCAN_LIMIT
        index = "case_words_redacted" if filters.redacted else "case_words"
        linked, left = self._linked_cases(filters)
        checks, params = checks + left, params | {"words": query}
        if linked is not None:
            checks += [_MATCHES_SEARCH.format(index)] if query else []
            return _Plan(tables=_OF_LINKS, checks=checks, params=params | {"found": linked})
        if query:
            found, about = self._found(index, query)
            if len(found) <= SORT_LIMIT:
                return _Plan(tables=_FOUND, checks=checks, params=params | {"found": found})
            is_common = about > _COMMON_FROM
            checks.append((_MATCHES_SEARCH if is_common else _IN_SEARCH).format(index))
            scan_limit = _SEARCH_SCAN_LIMIT if is_common else SCAN_LIMIT
        if rows:
            most = rows[0][1:]
            return _Plan(
                tables=_OF_VALUE, order="m", checks=["m.value_id = :value0", *checks[1:]], params=params,
                is_sorted=False, known=most if len(checks) == 1 else None, most=most, scan_limit=scan_limit,
            )  # fmt: skip
        if "from" in params and self._db.count(_SOME_ON_DAYS, params) <= SORT_LIMIT:
            return _Plan(tables=_ON_DAYS, checks=checks, params=params)
        decided, waiting = self._db.run(_ALL).fetchone()
        left_out = len(filters.without)
        return _Plan(
            tables=_EVERY, checks=checks, params=params, is_sorted=False, most=(decided, waiting),
            known=(decided, waiting - left_out) if len(checks) <= bool(left_out) else None, scan_limit=scan_limit,
        )  # fmt: skip

    def _linked_cases(self, filters: CaseFilter) -> tuple[list[int] | None, list[str]]:
        """The cases with the contact and of the campaign that are asked for, None where neither is; and the conditions
        that are left to check of each case ``r``, where there are too many of them to list."""
        found: set[int] | None = None
        checks: list[str] = []
        for name, value in filters.links():
            sql = f"SELECT DISTINCT case_id FROM ({_CASES[name]}) LIMIT :most"
            case_ids = set(self._db.column(sql, {name: value, "most": SORT_LIMIT + 1}))
            if len(case_ids) > SORT_LIMIT:
                checks.append(f"r.case_id IN ({_CASES[name]})")
            else:
                found = case_ids if found is None else found & case_ids
        return None if found is None else sorted(found), checks

    def _found(self, index: str, query: str) -> tuple[Sequence[int], int]:
        """The first versions with the words, all of them where they are few, and about how many there are."""
        sql = f"SELECT rowid FROM {index} WHERE {index} MATCH ? ORDER BY rowid LIMIT {SORT_LIMIT + 1}"
        found = self._db.column(sql, [query])
        if len(found) <= SORT_LIMIT:
            return found, len(found)
        # From how far the first of them lie apart.
        return found, len(found) * self._db.count("SELECT max(version_id) FROM ad_versions") // found[-1]

    def _scanned(
        self, plan: _Plan, filters: CaseFilter, after: Position | None, limit: int
    ) -> tuple[list[Position], Position | None]:
        own = plan.checks[:1] if plan.order == "m" else []
        checks = plan.checks[len(own) :]
        where = " AND ".join([*own, _AFTER.format(plan.order)])
        fits_all = " AND ".join(checks) or "1"
        sql = f"SELECT {plan.order}.priority, {plan.order}.case_id, {fits_all} FROM {plan.tables} WHERE {where}"
        most = plan.scan_limit + 1 if checks else -1
        start = {"priority": after.priority, "case": after.case_id} if after else {"priority": float("inf"), "case": -1}
        found: list[Position] = []
        ends: list[Position] = []  # where the scans stopped before the queue's end
        for flag in filters.flags():
            fitting = 0
            rows = self._db.run(sql, plan.params | start | {"waiting": flag, "most": most})
            for scanned, (priority, case_id, fits) in enumerate(rows, 1):
                if fits:
                    found.append(Position(priority=priority, case_id=case_id))
                    fitting += 1
                if fitting > limit or scanned == most:
                    ends.append(Position(priority=priority, case_id=case_id))
                    break
        end = min(ends, key=_in_order, default=None)
        known = [each for each in sorted(found, key=_in_order) if end is None or _in_order(each) <= _in_order(end)]
        return known[:limit], known[limit - 1] if len(known) > limit else end


_HAS_VALUE: Final = (
    "EXISTS (SELECT 1 FROM facet_cases o WHERE o.value_id = :value{} AND o.waiting = r.waiting "
    "AND o.priority = r.priority AND o.case_id = r.case_id)"
)
_IN_SEARCH: Final = "r.version_id IN (SELECT rowid FROM {0} WHERE {0} MATCH :words)"
_MATCHES_SEARCH: Final = "EXISTS (SELECT 1 FROM {0} WHERE {0} MATCH :words AND {0}.rowid = r.version_id)"
_AFTER: Final = (
    "{0}.waiting = :waiting AND {0}.priority <= :priority AND ({0}.priority < :priority OR {0}.case_id > :case) "
    "ORDER BY {0}.priority DESC, {0}.case_id LIMIT :most"
)


def _where(plan: _Plan, filters: CaseFilter) -> str:
    flags = ", ".join(map(str, filters.flags()))
    return " AND ".join([*plan.checks, f"{plan.order}.waiting IN ({flags})"])


def _in_order(position: Position) -> tuple[float, int]:
    return -position.priority, position.case_id


def _conditions(filters: CaseFilter, value_ids: list[int]) -> tuple[list[str], dict[str, object]]:
    """What is to be checked of each case ``r`` beside words and links, the values of facets first; and all parameters
    but the words."""
    checks = [_HAS_VALUE.format(number) for number in range(len(value_ids))]
    params: dict[str, object] = {f"value{number}": value_id for number, value_id in enumerate(value_ids)}
    if filters.opened_from or filters.opened_to:
        checks.append(_DAYS)
        params |= {"from": str(filters.opened_from or ""), "to": end_of(filters.opened_to or "9")}
    if filters.languages:
        checks.append("r.language IN (SELECT value FROM json_each(:languages))")
        params["languages"] = filters.languages
    if filters.without:
        checks.append("r.case_id NOT IN (SELECT value FROM json_each(:without))")
        params["without"] = filters.without
    return checks, params | dict(filters.links())
