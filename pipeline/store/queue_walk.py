"""Ways through the queue in the database: from a filter to the places of its cases, in order and in bounded time.

The queue is walked along whatever narrows it most: the cases of one facet's value, or all. The rest is checked case by
case, and the walk ends after ``WALK`` of them, with the place to go on from. Where a search or some days leave few
cases, those are put in order at once.

Cases that hang together by a contact or a campaign, in the database.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from pipeline.linking.contacts import ContactChoice
from pipeline.store.case_filter import CaseFilter, Facet, Place, search_query
from pipeline.store.connection import Store

__all__ = ["FEW", "WALK", "LinkRows", "Stretch", "WalkRows"]

# A case covers the copies of its campaign: a contact of any of them is one of the case.
_OF_CONTACT: Final = """
    SELECT k.case_id FROM contacts c JOIN contact_ads l USING (contact_id)
    JOIN case_ads k ON k.ad_id = l.ad_id AND k.left_at IS NULL WHERE c.hash = :contact
    UNION ALL
    SELECT z.case_id FROM contacts c JOIN contact_ads l USING (contact_id) JOIN campaign_versions m USING (version_id)
    JOIN campaign_texts t USING (text_id) JOIN campaign_texts x ON x.campaign_id = t.campaign_id
    JOIN campaign_versions y ON y.text_id = x.text_id JOIN cases z ON z.version_id = y.version_id
    WHERE c.hash = :contact"""
_OF_CAMPAIGN: Final = """
    SELECT z.case_id FROM campaign_texts x JOIN campaign_versions y USING (text_id)
    JOIN cases z ON z.version_id = y.version_id WHERE x.campaign_id = :campaign"""

_CASES: Final[Mapping[str, str]] = {"contact": _OF_CONTACT, "campaign": _OF_CAMPAIGN}


class LinkRows(Store):
    """What ads share beside their words, as a way to find cases."""

    def linked_cases(self, wanted: CaseFilter, *, most: int) -> tuple[list[int] | None, list[str]]:
        """The cases with the contact and of the campaign that are asked for, None where neither is; and what is still
        to be checked of each case ``r``, where there are more than ``most`` of them to list."""
        found: set[int] | None = None
        checks: list[str] = []
        for name, value in wanted.links():
            sql = f"SELECT DISTINCT case_id FROM ({_CASES[name]}) LIMIT :most"
            these = {case_id for (case_id,) in self._db.execute(sql, {name: value, "most": most + 1})}
            if len(these) > most:
                checks.append(f"r.case_id IN ({_CASES[name]})")
            else:
                found = these if found is None else found & these
        return None if found is None else sorted(found), checks

    def contact_choices(self, case_ids: Sequence[int], *, chosen: str, most: int) -> tuple[ContactChoice, ...]:
        """The contacts of these cases, those of most cases first; the chosen one is among them in any case."""
        rows = self._rows(
            "SELECT c.hash, c.kind, c.value AS sealed, count(r.case_id) AS cases FROM json_each(:cases) n "
            "JOIN desk_rows r ON r.case_id = n.value JOIN ad_versions v ON v.version_id = r.version_id "
            "JOIN contact_ads l ON l.ad_id = v.ad_id AND l.version_id = v.version_id "
            "JOIN contacts c USING (contact_id) GROUP BY c.contact_id ORDER BY cases DESC, c.hash LIMIT :most",
            {"cases": json.dumps(list(case_ids)), "most": most},
        )
        if chosen and chosen not in {row["hash"] for row in rows}:
            rows += self._rows("SELECT hash, kind, value AS sealed, 0 AS cases FROM contacts WHERE hash = ?", [chosen])
        return tuple(ContactChoice(**row) for row in rows)

    def known_contact(self, digests: Sequence[str]) -> str | None:
        """The first of these hashes that a contact here has."""
        row = self._row(
            "SELECT n.value AS hash FROM json_each(?) n JOIN contacts c ON c.hash = n.value ORDER BY n.key LIMIT 1",
            [json.dumps(list(digests))],
        )
        return str(row["hash"]) if row else None

    def contact_kinds(self) -> tuple[str, ...]:
        """Every kind of contact that there is here."""
        return tuple(row["kind"] for row in self._rows("SELECT DISTINCT kind FROM contacts ORDER BY kind"))


WALK: Final = 5_000
"""Cases that one page looks at, at most; what that takes is measured by ``tests/bench/desk.py``."""

SHORT_WALK: Final = 1_000
"""The same where each is looked up in the index of words."""

FEW: Final = 5_000
"""So many cases of a search or of some days are put in order at once."""

LISTED: Final = 25_000
"""Where a search finds about so many, all are listed by the same look that counted them."""

MANY: Final = 200_000
"""From so many on it takes longer to list all that have some words than to look each case up."""

_EVERY: Final = "desk_rows r INDEXED BY desk_rows_in_order"
_OF_VALUE: Final = "desk_marks m CROSS JOIN desk_rows r ON r.case_id = m.case_id"
_FOUND: Final = "json_each(:found) h CROSS JOIN desk_rows r INDEXED BY desk_rows_by_version ON r.version_id = h.value"
_OF_LINKS: Final = "json_each(:found) h CROSS JOIN desk_rows r ON r.case_id = h.value"
_ON_DAYS: Final = "desk_rows r INDEXED BY desk_rows_by_day"
_DAYS: Final = "r.opened_at >= :from AND r.opened_at < :to"
_DAYS_OF_ANY: Final = f"SELECT 1 FROM {_ON_DAYS} WHERE r.waiting IN (0, 1) AND {_DAYS}"
_FIRST_DAY, _LAST_DAY = "0000", "9999-99"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of the queue as a filter leaves it."""

    places: tuple[Place, ...]
    following: Place | None
    """The last place that was looked at; None at the end."""

    total: int | None
    """How many cases the whole filter leaves; None where that would take long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    tables: str
    """What is walked along, with the case as ``r``."""

    order: str
    """Whose columns give waiting, priority and number: ``r`` or ``m``."""

    checks: tuple[str, ...]
    params: dict[str, object]
    is_few: bool
    known: Callable[[int], int] | None
    """How many cases there are, by waiting or not, where that is kept."""

    most: Callable[[int], int] = lambda _: 0
    """How many are walked along."""

    walk: int = WALK


class WalkRows(LinkRows):
    """Filters as ways through the queue."""

    def stretch(self, wanted: CaseFilter, *, after: Place | None, limit: int) -> Stretch:
        """The next cases of the filter behind a place."""
        plan = self._plan(wanted)
        if plan is None:
            return Stretch(places=(), following=None, total=0)
        if plan.is_few:
            return self._sorted(plan, wanted, after, limit)
        places, following = self._walked(plan, wanted, after, limit)
        return Stretch(places=places, following=following, total=self._total(plan, wanted))

    def count(self, wanted: CaseFilter) -> int:
        """How many cases the filter leaves, however long that takes."""
        plan = self._plan(wanted)
        if plan is None:
            return 0
        return sum(plan.known(flag) if plan.known else self._count(plan, flag) for flag in wanted.flags())

    def _plan(self, wanted: CaseFilter) -> _Plan | None:
        """How to find the cases of a filter; None where it is plain that there are none."""
        values = [self._value(facet, value) for facet, value in wanted.facets]
        query = search_query(wanted.words) if wanted.words else ""
        if query is None or None in values:
            return None
        rows = sorted(filter(None, values), key=lambda row: sum(_of_flag(row, flag) for flag in wanted.flags()))
        params = {f"value{number}": row["value_id"] for number, row in enumerate(rows)} | _days(wanted)
        checks = [_HAS_VALUE.format(number) for number in range(len(rows))] + ([_DAYS] if "from" in params else [])
        walk = WALK
        linked, left = self.linked_cases(wanted, most=FEW)
        checks, params = checks + left, params | dict(wanted.links()) | ({"words": query} if query else {})
        if linked is not None:
            return _few(_OF_LINKS, checks + ([_LOOKED_UP] if query else []), params | {"found": json.dumps(linked)})
        if query:
            found, about = self._found(query)
            params["found"] = json.dumps(found)
            if len(found) <= FEW:
                return _few(_FOUND, checks, params)
            is_common = about > MANY
            checks.append(_AMONG if about == len(found) else _LOOKED_UP if is_common else _LISTED)
            walk = SHORT_WALK if is_common else WALK
        if rows:
            known = (lambda flag: _of_flag(rows[0], flag)) if len(checks) == 1 else None
            return _Plan(
                tables=_OF_VALUE, order="m", checks=("m.value_id = :value0", *checks[1:]), params=params, is_few=False,
                known=known, most=lambda flag: _of_flag(rows[0], flag), walk=walk,
            )  # fmt: skip
        if "from" in params and self._is_few(_DAYS_OF_ANY, params):
            return _few(_ON_DAYS, checks, params)
        known = None if checks else self._count_all
        return _Plan(tables=_EVERY, order="r", checks=tuple(checks), params=params, is_few=False, known=known,
                     most=self._count_all, walk=walk)  # fmt: skip

    def _value(self, facet: Facet, value: str) -> dict[str, Any] | None:
        return self._row(
            "SELECT value_id, waiting, decided FROM desk_values WHERE facet = ? AND value = ?", [facet, value]
        )

    def _is_few(self, sql: str, params: dict[str, object]) -> bool:
        row = self._row(f"SELECT count(*) AS n FROM ({sql} LIMIT {FEW + 1})", params)
        return row is not None and row["n"] <= FEW

    def _found(self, query: str) -> tuple[list[int], int]:
        """The first versions that have the words, and about how many there are; all of them where these are not too
        many, and then it is their number."""
        cursor = self._db.execute("SELECT rowid FROM desk_text WHERE desk_text MATCH ?", [query])
        try:
            found = [version_id for (version_id,) in cursor.fetchmany(FEW + 1)]
            if len(found) <= FEW:
                return found, len(found)
            if (about := self._would_find(found)) > LISTED:
                return found, about
            found += [version_id for (version_id,) in cursor.fetchmany(2 * LISTED)]
            return found, len(found) + (cursor.fetchone() is not None)
        finally:
            cursor.close()

    def _would_find(self, found: list[int]) -> int:
        """About how many there are, from how far one had to go for the first of them."""
        row = self._row("SELECT max(version_id) AS last FROM ad_versions")
        return len(found) * int(row["last"] if row else 0) // found[-1]

    def _sorted(self, plan: _Plan, wanted: CaseFilter, after: Place | None, limit: int) -> Stretch:
        places = sorted((place for flag in wanted.flags() for place in self._places(plan, flag, {}, -1)), key=_in_order)
        left = [place for place in places if after is None or _in_order(place) > _in_order(after)]
        following = left[limit - 1] if len(left) > limit else None
        return Stretch(places=tuple(left[:limit]), following=following, total=len(places))

    def _walked(
        self, plan: _Plan, wanted: CaseFilter, after: Place | None, limit: int
    ) -> tuple[tuple[Place, ...], Place | None]:
        found: list[Place] = []
        ends: list[Place] = []
        for flag in wanted.flags():
            end = self._end_of_walk(plan, flag, after) if len(plan.checks) > (plan.order == "m") else None
            places = self._places(plan, flag, _between(after, end), limit + 1)
            found += places
            ends += places[-1:] if len(places) > limit else [end] if end else []
        known = [place for place in sorted(found, key=_in_order) if all(_in_order(place) <= _in_order(e) for e in ends)]
        if len(known) > limit:
            return tuple(known[:limit]), known[limit - 1]
        return tuple(known), min(ends, key=_in_order, default=None)

    def _end_of_walk(self, plan: _Plan, flag: int, after: Place | None) -> Place | None:
        """The last place that one page looks at, or None where the queue ends before."""
        table, own = ("desk_marks m", "m.value_id = :value0 AND ") if plan.order == "m" else (_EVERY, "")
        params = plan.params | _between(after, None) | {"waiting": flag, "walk": plan.walk}
        row = self._row(
            f"SELECT {plan.order}.priority, {plan.order}.case_id FROM {table} WHERE {own}"
            f"{_WAY.format(plan.order)} LIMIT 1 OFFSET :walk",
            params,
        )
        return Place(**row) if row else None

    def _places(self, plan: _Plan, flag: int, between: dict[str, object], limit: int) -> list[Place]:
        where = " AND ".join([*plan.checks, (_WAY if between else _ANY_WAY).format(plan.order)])
        rows = self._db.execute(
            f"SELECT {plan.order}.priority, {plan.order}.case_id FROM {plan.tables} WHERE {where} LIMIT :limit",
            plan.params | between | {"waiting": flag, "limit": limit},
        )
        return [Place(priority=priority, case_id=case_id) for priority, case_id in rows]

    def _total(self, plan: _Plan, wanted: CaseFilter) -> int | None:
        if plan.known:
            return sum(map(plan.known, wanted.flags()))
        if sum(map(plan.most, wanted.flags())) > plan.walk:
            return None
        return sum(self._count(plan, flag) for flag in wanted.flags())

    def _count(self, plan: _Plan, flag: int) -> int:
        where = " AND ".join([*plan.checks, f"{plan.order}.waiting = :waiting"])
        row = self._row(f"SELECT count(*) AS n FROM {plan.tables} WHERE {where}", plan.params | {"waiting": flag})
        return int(row["n"]) if row else 0

    def _count_all(self, flag: int) -> int:
        column = "waiting" if flag else "decided"
        row = self._row(f"SELECT coalesce(sum({column}), 0) AS n FROM desk_values WHERE facet = 'standing'")
        return int(row["n"]) if row else 0


_HAS_VALUE: Final = (
    "EXISTS (SELECT 1 FROM desk_marks o WHERE o.value_id = :value{} AND o.waiting = r.waiting "
    "AND o.priority = r.priority AND o.case_id = r.case_id)"
)
_AMONG: Final = "r.version_id IN (SELECT value FROM json_each(:found))"
_LISTED: Final = "r.version_id IN (SELECT rowid FROM desk_text WHERE desk_text MATCH :words)"
_LOOKED_UP: Final = "EXISTS (SELECT 1 FROM desk_text WHERE desk_text MATCH :words AND desk_text.rowid = r.version_id)"
_ANY_WAY: Final = "{0}.waiting = :waiting"
_WAY: Final = (
    "{0}.waiting = :waiting AND {0}.priority <= :from_priority AND {0}.priority >= :to_priority "
    "AND ({0}.priority < :from_priority OR {0}.case_id > :from_case) "
    "AND ({0}.priority > :to_priority OR {0}.case_id <= :to_case) ORDER BY {0}.priority DESC, {0}.case_id"
)


def _between(after: Place | None, end: Place | None) -> dict[str, object]:
    infinite = float("inf")
    return {
        "from_priority": after.priority if after else infinite,
        "from_case": after.case_id if after else -1,
        "to_priority": end.priority if end else -infinite,
        "to_case": end.case_id if end else 0,
    }


def _few(tables: str, checks: list[str], params: dict[str, object]) -> _Plan:
    return _Plan(tables=tables, order="r", checks=tuple(checks), params=params, is_few=True, known=None)


def _in_order(place: Place) -> tuple[float, int]:
    return -place.priority, place.case_id


def _of_flag(row: dict[str, Any], flag: int) -> int:
    return int(row["waiting" if flag else "decided"])


def _days(wanted: CaseFilter) -> dict[str, object]:
    """The bounds of the days that are asked for, as moments are written; nothing where any day will do."""
    if wanted.opened_from is None and wanted.opened_to is None:
        return {}
    end = wanted.opened_to
    # The day after the last one that there is, has no name.
    to = (end + timedelta(days=1)).isoformat() if end and end.isoformat() < "9999-12-31" else _LAST_DAY
    return {"from": wanted.opened_from.isoformat() if wanted.opened_from else _FIRST_DAY, "to": to}
