"""Who is signed in, and which names failed to, in the database."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

from pipeline.analysts import Analyst
from pipeline.lockout import LONGEST_PAUSE, pause_after
from pipeline.store import from_moment, to_moment
from pipeline.store_people import PeopleRows, analyst_of

__all__ = ["SessionRows"]

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
