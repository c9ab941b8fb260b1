"""Analysts and runs in the database.

Who is signed in, and which names failed to, in the database.

Whose each account is at an OpenID provider, in the database.

What each person has read, and what they have chosen to bear, in the database.

The audit log in the database: entries are only ever added, each one to the end of the chain.
"""

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pipeline.accounts.analysts import LONGEST_PAUSE, ROLES, Analyst, Role, check_name, pause_after
from pipeline.accounts.audit_log import BEGINNING, Act, AuditEntry, Head, entry_hash
from pipeline.accounts.reading_limits import ReadingAct
from pipeline.case import Run
from pipeline.errors import BadAnalyst, UnknownAnalyst
from pipeline.settings.messages import mark
from pipeline.store.connection import Store, from_moment, to_moment

__all__ = ["AuditRows", "CareRows", "ChosenCare", "PeopleRows", "ProviderRows", "SessionRows", "analyst_of"]


class PeopleRows(Store):
    """Who decides, and which nights were run."""

    def analyst(self, name: str) -> Analyst | None:
        """The analyst of that name, however it is cased, or None."""
        row = self._row("SELECT * FROM analysts WHERE name = ?", [name])
        return analyst_of(row) if row else None

    def analysts(self) -> tuple[Analyst, ...]:
        """All, disabled ones too, by name."""
        return tuple(analyst_of(row) for row in self._rows("SELECT * FROM analysts ORDER BY name"))

    def add_analyst(self, analyst: Analyst, *, at: datetime) -> None:
        """Let one more person sign in."""
        check_name(analyst.name)
        _check_role(analyst.role, by_provider=analyst.by_provider)
        try:
            self._run(
                "INSERT INTO analysts (name, role, password_hash, active, session_version, must_change, by_provider, "
                "added_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [analyst.name, analyst.role, analyst.password_hash, int(analyst.active), analyst.session_version,
                 int(analyst.must_change), int(analyst.by_provider), from_moment(at)],
            )  # fmt: skip
        except sqlite3.IntegrityError as err:
            raise BadAnalyst(mark("analyst %(name)r: there is one of that name already"), name=analyst.name) from err

    def disable_analyst(self, name: str) -> None:
        """End this analyst's sessions and let no new one begin; what they decided stays."""
        self._change(name, "active = 0")

    def set_password_hash(self, name: str, password_hash: str, *, must_change: bool = False) -> None:
        """A new password: every session of the old one is over, and a disabled account is open again."""
        what = "password_hash = ?, active = 1, must_change = ?, by_provider = 0"
        self._change(name, what, password_hash, int(must_change))

    def leave_to_provider(self, name: str, nobodys_hash: str) -> None:
        """From now on this analyst signs in by the OpenID provider alone; sessions of the password are over."""
        analyst = self.analyst(name)
        if analyst is not None:
            _check_role(analyst.role, by_provider=True)
        self._change(name, "password_hash = ?, must_change = 0, by_provider = 1", nobodys_hash)

    def renew_password_hash(self, name: str, password_hash: str) -> None:
        """The same password, hashed with today's parameters; sessions go on."""
        self._run("UPDATE analysts SET password_hash = ? WHERE name = ?", [password_hash, name])

    def set_role(self, name: str, role: Role) -> None:
        """Another role, from the next page on; sessions of the old one are over."""
        analyst = self.analyst(name)
        _check_role(role, by_provider=analyst is not None and analyst.by_provider)
        self._change(name, "role = ?", role)

    def set_language(self, name: str, language: str) -> None:
        """The page in this language from now on; sessions go on."""
        self._run("UPDATE analysts SET language = ? WHERE name = ?", [language, name])

    def set_single_keys(self, name: str, on: bool) -> None:
        """Have keys of one sign act on the page for this analyst, or not; sessions go on."""
        self._run("UPDATE analysts SET single_keys = ? WHERE name = ?", [int(on), name])

    def end_sessions(self, name: str) -> None:
        """Sign this analyst out everywhere."""
        self._change(name, "active = active")

    def _change(self, name: str, what: str, *params: object) -> None:
        sql = f"UPDATE analysts SET {what}, session_version = session_version + 1 WHERE name = ?"
        if self._run(sql, [*params, name]).rowcount == 0:
            raise UnknownAnalyst(f"no analyst is named {name!r}; expected one of `lurewatch analysts list`")

    def start_run(self, *, at: datetime) -> Run:
        """A new run, or the one that was cut short."""
        with self.atomic():
            row = self._row("SELECT * FROM runs WHERE ended_at IS NULL ORDER BY run_id DESC LIMIT 1")
            if row is None:
                self._run("INSERT INTO runs (started_at, counts, problems) VALUES (?, '{}', '[]')", [from_moment(at)])
                row = self._row("SELECT * FROM runs ORDER BY run_id DESC LIMIT 1")
        assert row is not None  # it was inserted above
        return _run(row)

    def end_run(self, run_id: int, *, at: datetime, counts: Mapping[str, int], problems: Sequence[str]) -> None:
        """Write down what came of the run."""
        self._run(
            "UPDATE runs SET ended_at = ?, counts = ?, problems = ? WHERE run_id = ?",
            [from_moment(at), json.dumps(dict(counts)), json.dumps(list(problems), ensure_ascii=False), run_id],
        )

    def runs(self, limit: int = 20) -> tuple[Run, ...]:
        """The latest runs, newest first."""
        return tuple(_run(row) for row in self._rows("SELECT * FROM runs ORDER BY run_id DESC LIMIT ?", [limit]))


def analyst_of(row: dict[str, Any]) -> Analyst:
    """The analyst that was read so."""
    return Analyst(
        name=row["name"],
        role=row["role"],
        password_hash=row["password_hash"],
        active=bool(row["active"]),
        session_version=row["session_version"],
        must_change=bool(row["must_change"]),
        language=row["language"],
        by_provider=bool(row["by_provider"]),
        single_keys=bool(row["single_keys"]),
    )


def _check_role(role: str, *, by_provider: bool) -> None:
    if role not in ROLES:
        raise BadAnalyst(mark("role %(role)r: expected one of %(roles)s"), role=role, roles=", ".join(ROLES))
    if by_provider and role == "administrator":
        raise BadAnalyst(mark("an administrator needs a password: acts on accounts ask for it"))


def _run(row: dict[str, Any]) -> Run:
    return Run(
        run_id=row["run_id"],
        started_at=to_moment(row["started_at"]),
        ended_at=to_moment(row["ended_at"]) if row["ended_at"] else None,
        counts=json.loads(row["counts"]),
        problems=tuple(json.loads(row["problems"])),
    )


SEEN_EVERY: Final = timedelta(minutes=1)
"""How exactly the last use of a session is known: a write for each page would be one too many."""

MOST_NAMES: Final = 10_000
"""Names with failed tries that are remembered: a flood of invented ones must not fill the disk."""


class SessionRows(PeopleRows):
    """Sessions live here and not in the cookie, so that signing out ends them wherever the cookie has gone."""

    def start_session(self, name: str, *, at: datetime, longest: timedelta) -> str:
        """The secret of a new session. It is kept as a hash: whoever reads the database cannot use it."""
        secret = secrets.token_urlsafe(32)
        with self.atomic():
            self._run("DELETE FROM sessions WHERE started_at < ?", [from_moment(at - longest)])
            self._run(
                "INSERT INTO sessions (secret_hash, analyst, session_version, started_at, seen_at) "
                "SELECT ?, name, session_version, ?, ? FROM analysts WHERE name = ?",
                [_hash(secret), from_moment(at), from_moment(at), name],
            )
        return secret

    def session_analyst(self, secret: str, *, at: datetime, idle: timedelta, longest: timedelta) -> Analyst | None:
        """Whose session this is; None once it is over: signed out, unused for too long, or older than any may be."""
        row = self._row(
            "SELECT a.*, s.seen_at FROM sessions s JOIN analysts a ON a.name = s.analyst WHERE s.secret_hash = ? "
            "AND a.active AND a.session_version = s.session_version AND s.seen_at > ? AND s.started_at > ?",
            [_hash(secret), from_moment(at - idle), from_moment(at - longest)],
        )
        if row is None:
            return None
        if at - to_moment(row["seen_at"]) >= SEEN_EVERY:
            self._run("UPDATE sessions SET seen_at = ? WHERE secret_hash = ?", [from_moment(at), _hash(secret)])
        return analyst_of(row)

    def count_sessions(self, name: str, *, at: datetime, idle: timedelta, longest: timedelta) -> int:
        """In how many places this analyst is signed in."""
        row = self._row(
            "SELECT count(*) AS n FROM sessions s JOIN analysts a ON a.name = s.analyst WHERE a.name = ? "
            "AND a.session_version = s.session_version AND s.seen_at > ? AND s.started_at > ?",
            [name, from_moment(at - idle), from_moment(at - longest)],
        )
        return int(row["n"]) if row else 0

    def end_session(self, secret: str) -> None:
        """Sign out this one."""
        self._run("DELETE FROM sessions WHERE secret_hash = ?", [_hash(secret)])

    def reserve_try(self, key: str, *, at: datetime) -> bool:
        """Whether this name may try to sign in now; the try counts as failed until ``clear_tries`` says otherwise, so
        that many at once are not one. ``key`` stands for the name: what is typed there may be a password."""
        with self.atomic():
            if self.must_wait(key, at=at):
                return False
            self._run(
                "INSERT INTO sign_in_tries (name_key, failed, last_at) VALUES (?, 1, ?) "
                "ON CONFLICT (name_key) DO UPDATE SET failed = failed + 1, last_at = excluded.last_at",
                [key, from_moment(at)],
            )
            self._forget_tries(at)
        return True

    def must_wait(self, key: str, *, at: datetime) -> bool:
        """Whether this name has failed too often to try again now."""
        row = self._row("SELECT failed, last_at FROM sign_in_tries WHERE name_key = ?", [key])
        return row is not None and at < to_moment(row["last_at"]) + pause_after(int(row["failed"]))

    def clear_tries(self, key: str) -> None:
        """Forget the failed tries of this name."""
        self._run("DELETE FROM sign_in_tries WHERE name_key = ?", [key])

    def _forget_tries(self, at: datetime) -> None:
        self._run("DELETE FROM sign_in_tries WHERE last_at < ?", [from_moment(at - 24 * LONGEST_PAUSE)])
        # Those with most failures stay: no flood of other names can free a name that waits.
        self._run(
            "DELETE FROM sign_in_tries WHERE name_key IN "
            "(SELECT name_key FROM sign_in_tries ORDER BY failed DESC, last_at DESC LIMIT -1 OFFSET ?)",
            [MOST_NAMES],
        )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class ProviderRows(PeopleRows):
    """Names come and go at a provider, and some let people choose them; who somebody is there stays. So an account
    belongs to the first person who signs in to it, and to nobody who is called so later."""

    def link_person(self, name: str, *, issuer: str, subject: str, at: datetime) -> bool:
        """Whether the account is this person's: it is from now on, unless it was another's, or they have another."""
        kept = hashlib.sha256(subject.encode("utf-8", "surrogatepass")).hexdigest()
        with self.atomic():
            self._run(
                "INSERT OR IGNORE INTO provider_links (analyst, issuer, subject_hash, since) VALUES (?, ?, ?, ?)",
                [name, issuer, kept, from_moment(at)],
            )
            found = self._row(
                "SELECT 1 AS it_is FROM provider_links WHERE analyst = ? AND issuer = ? AND subject_hash = ?",
                [name, issuer, kept],
            )
        return found is not None

    def unlink_person(self, name: str) -> bool:
        """Forget whose this account is; the next person who comes by its name is. False where nobody was known."""
        if self.analyst(name) is None:
            raise UnknownAnalyst(f"no analyst is named {name!r}; expected one of `lurewatch analysts list`")
        return self._run("DELETE FROM provider_links WHERE analyst = ? COLLATE NOCASE", [name]).rowcount > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenCare:
    """What a person has set for themselves; None is as the desk has it."""

    most: int | None = None
    break_minutes: int | None = None


class CareRows(Store):
    """The audit log has what was read already; nothing is counted twice."""

    def reading_acts(self, analyst: str, *, since: datetime) -> tuple[ReadingAct, ...]:
        """The cases that this person has opened and decided since then, the oldest first."""
        rows = self._rows(
            "SELECT act, CAST(substr(subject, 6) AS INTEGER) AS case_id, at FROM audit_log "
            "WHERE analyst = ? AND at > ? AND act IN ('saw', 'decided') ORDER BY at, entry_id",
            [analyst, from_moment(since)],
        )
        return tuple(ReadingAct(act=row["act"], case_id=row["case_id"], at=to_moment(row["at"])) for row in rows)

    def opened_last(self, analyst: str, *, since: datetime, most: int) -> tuple[int, ...]:
        """The cases that this person has opened since then, each once, at most so many, the latest first."""
        rows = self._rows(
            "SELECT CAST(substr(subject, 6) AS INTEGER) AS case_id FROM audit_log "
            "WHERE analyst = ? AND at > ? AND act = 'saw' GROUP BY subject ORDER BY max(entry_id) DESC LIMIT ?",
            [analyst, from_moment(since), most],
        )
        return tuple(row["case_id"] for row in rows)

    def chosen_care(self, analyst: str) -> ChosenCare:
        """What this person has set for themselves."""
        row = self._row("SELECT most, break_minutes FROM analyst_care WHERE analyst = ?", [analyst])
        return ChosenCare(**row) if row else ChosenCare()

    def choose_care(self, analyst: str, chosen: ChosenCare) -> None:
        """Have this hold from now on."""
        self._run(
            "INSERT INTO analyst_care (analyst, most, break_minutes) VALUES (?, ?, ?) ON CONFLICT (analyst) "
            "DO UPDATE SET most = excluded.most, break_minutes = excluded.break_minutes",
            [analyst, chosen.most, chosen.break_minutes],
        )


CHUNK = 2_000


class AuditRows(Store):
    """Who saw, decided and exported what."""

    def record(self, act: Act, subject: str = "", *, by: str | None, at: datetime, **details: object) -> int:
        """The number of the new entry. Inside an act it stands or falls with it."""
        with self.atomic():
            head = self.audit_head() or Head(entry_id=0, hash=BEGINNING)
            plain = json.dumps(details, sort_keys=True, default=str)
            entry = AuditEntry(
                entry_id=head.entry_id + 1, at=at.astimezone(UTC), analyst=by, act=act, subject=subject,
                details=json.loads(plain), previous=head.hash, hash="",
            )  # fmt: skip
            entry = replace(entry, hash=entry_hash(entry))
            self._run(
                "INSERT INTO audit_log (entry_id, at, analyst, act, subject, details, previous, hash) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [entry.entry_id, from_moment(at), by, act, subject, plain, entry.previous, entry.hash],
            )
        return entry.entry_id

    def audit_head(self) -> Head | None:
        """The newest entry, or None while there is none."""
        row = self._row("SELECT entry_id, hash FROM audit_log ORDER BY entry_id DESC LIMIT 1")
        return Head(**row) if row else None

    def audit_chain(self) -> Iterator[AuditEntry]:
        """Every entry, oldest first, some at a time."""
        last = 0
        while rows := self._rows("SELECT * FROM audit_log WHERE entry_id > ? ORDER BY entry_id LIMIT ?", [last, CHUNK]):
            last = rows[-1]["entry_id"]
            yield from map(_entry, rows)

    def audit_entries(
        self, *, before: int | None = None, analyst: str | None = None, act: str | None = None, limit: int = 50
    ) -> tuple[AuditEntry, ...]:
        """The newest entries before that one."""
        wanted = {"entry_id < ?": before, "analyst = ? COLLATE NOCASE": analyst, "act = ?": act}
        chosen = {what: value for what, value in wanted.items() if value is not None}
        where = " AND ".join(chosen) or "1"
        rows = self._rows(
            f"SELECT * FROM audit_log WHERE {where} ORDER BY entry_id DESC LIMIT ?",
            [*chosen.values(), limit],
        )
        return tuple(map(_entry, rows))


def _entry(row: dict[str, Any]) -> AuditEntry:
    return AuditEntry(**{**row, "at": to_moment(row["at"]), "details": json.loads(row["details"])})
