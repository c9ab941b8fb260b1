"""Accounts of analysts: sessions, sign-in attempts, API tokens, second factors."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from pipeline.accounts.analysts import LONGEST_PAUSE, ROLES, Analyst, Role, check_name, pause_after
from pipeline.accounts.credentials import FactorKey, matching_step
from pipeline.errors import BadAnalyst, UnknownAnalyst
from pipeline.settings.messages import mark
from pipeline.store.connection import Part, storable, to_moment

SEEN_EVERY: Final = timedelta(minutes=1)
"""How exactly the last use of a session is recorded; a write for each page would be too many."""

MAX_ATTEMPTS: Final = 10_000
"""Names with failed attempts that are stored: a flood of invented ones must not fill the disk."""

TOKEN_BEGINS: Final = "lw_"  # noqa: S105 - how each begins, and no secret
"""It says of a secret that lies about what it opens."""

_COLUMNS: Final = (
    "a.name, a.role, a.password_hash, a.active, a.session_version, a.must_change, a.language, a.by_provider, "
    "a.single_keys, a.is_demo, "
    "EXISTS (SELECT 1 FROM second_factors f WHERE f.analyst = a.name AND f.since IS NOT NULL) AS has_second_factor"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenLimits:
    """Reading limits that a person has chosen; None is the installation's setting."""

    most: int | None = None
    break_minutes: int | None = None


class Accounts(Part):
    """Who may sign in. Sessions are here and not in the cookie, so that signing out ends them everywhere."""

    def get(self, name: str) -> Analyst | None:
        """The analyst of that name, however it is cased, or None."""
        found = self._db.record(Analyst, f"SELECT {_COLUMNS} FROM analysts a WHERE name = ?", [name])
        if found is None and not name.isascii():  # of other letters SQLite knows no cases
            cases = name.lower(), name.upper()  # both, or a sign like a letter would pass for it
            found = next((each for each in self.all() if (each.name.lower(), each.name.upper()) == cases), None)
        return found

    def known(self, name: str) -> Analyst:
        """The same. Raises ``UnknownAnalyst`` where there is none."""
        if (found := self.get(name)) is None:
            raise no_analyst(name)
        return found

    def all(self) -> tuple[Analyst, ...]:
        """All analysts by name, disabled ones too."""
        return self._db.records(Analyst, f"SELECT {_COLUMNS} FROM analysts a ORDER BY name")

    def add(self, analyst: Analyst, *, at: datetime) -> None:
        """Add an analyst, who may sign in from now on."""
        check_name(analyst.name)
        _check_role(analyst.role, by_provider=analyst.by_provider)
        row = {name: value for name, value in asdict(analyst).items() if name != "has_second_factor"}
        with self._db.atomic():
            if self.get(analyst.name) is not None:
                raise BadAnalyst(mark("analyst %(name)r: there is one of that name already"), name=analyst.name)
            self._db.insert("analysts", row | {"added_at": at})

    def disable(self, name: str) -> None:
        """End this analyst's sessions and let no new one begin; what they decided stays."""
        self._change(name, "active = 0")

    def set_password_hash(self, name: str, password_hash: str, *, must_change: bool = False) -> None:
        """A new password: every session of the old one is over, and a disabled account is open again."""
        what = "password_hash = ?, active = 1, must_change = ?, by_provider = 0"
        self._change(name, what, password_hash, must_change)

    def leave_to_provider(self, name: str, nobodys_hash: str) -> None:
        """Let this analyst sign in by the OpenID provider alone; sessions of the password are over."""
        _check_role(self.known(name).role, by_provider=True)
        self._change(name, "password_hash = ?, must_change = 0, by_provider = 1", nobodys_hash)

    def renew_password_hash(self, name: str, password_hash: str) -> None:
        """The same password, hashed with today's parameters; sessions go on."""
        self._db.run("UPDATE analysts SET password_hash = ? WHERE name = ?", [password_hash, name])

    def set_role(self, name: str, role: Role) -> None:
        """Set the role; sessions of the old one are over."""
        _check_role(role, by_provider=self.known(name).by_provider)
        self._change(name, "role = ?", role)

    def set_language(self, name: str, language: str) -> None:
        """Show the page in this language; sessions go on."""
        self._db.run("UPDATE analysts SET language = ? WHERE name = ?", [language, name])

    def languages_read(self, name: str) -> tuple[str, ...]:
        """The languages of ads that this person reads, as they said."""
        codes: str | None = self._db.value("SELECT reads FROM analysts WHERE name = ?", [name])
        return tuple(codes.split(",")) if codes else ()

    def set_languages_read(self, name: str, codes: Sequence[str]) -> None:
        """Remember the languages of ads that this person reads; none for all."""
        self._db.run("UPDATE analysts SET reads = ? WHERE name = ?", [",".join(codes) or None, name])

    def set_single_keys(self, name: str, on: bool) -> None:
        """Let keys of one character act on the page for this analyst, or not; sessions go on."""
        self._db.run("UPDATE analysts SET single_keys = ? WHERE name = ?", [on, name])

    def chosen_limits(self, analyst: str) -> ChosenLimits:
        """The reading limits that this person has chosen."""
        sql = "SELECT most, break_minutes FROM reading_limits WHERE analyst = ?"
        return self._db.record(ChosenLimits, sql, [analyst]) or ChosenLimits()

    def choose_limits(self, analyst: str, chosen: ChosenLimits) -> None:
        """Set the reading limits of this person."""
        self._db.insert("reading_limits", {"analyst": analyst} | asdict(chosen), on_conflict="REPLACE")

    def end_sessions(self, name: str) -> None:
        """Sign this analyst out everywhere."""
        self._change(name, "active = active")

    def start_session(self, name: str, *, at: datetime, longest: timedelta) -> str:
        """The secret of a new session, stored as a hash: nobody who reads the database can use it."""
        secret = secrets.token_urlsafe(32)
        with self._db.atomic():
            self._db.run("DELETE FROM sessions WHERE started_at < ?", [at - longest])
            self._db.run(
                "INSERT INTO sessions (secret_hash, analyst, session_version, started_at, seen_at) "
                "SELECT ?, name, session_version, ?, ? FROM analysts WHERE name = ?",
                [_hash(secret), at, at, name],
            )
        return secret

    def session_analyst(self, secret: str, *, at: datetime, idle: timedelta, longest: timedelta) -> Analyst | None:
        """Whose session this is; None once it is over: signed out, unused for too long, or older than any may be."""
        row = self._db.row(
            f"SELECT {_COLUMNS}, s.seen_at FROM sessions s JOIN analysts a ON a.name = s.analyst "
            "WHERE s.secret_hash = ? AND a.active AND a.session_version = s.session_version "
            "AND s.seen_at > ? AND s.started_at > ?",
            [_hash(secret), at - idle, at - longest],
        )
        if row is None:
            return None
        if at - to_moment(row.pop("seen_at")) >= SEEN_EVERY:
            self._db.run("UPDATE sessions SET seen_at = ? WHERE secret_hash = ?", [at, _hash(secret)])
        return self._db.to_record(Analyst, row)

    def count_sessions(self, name: str, *, at: datetime, idle: timedelta, longest: timedelta) -> int:
        """In how many places this analyst is signed in."""
        return self._db.count(
            "SELECT count(*) FROM sessions s JOIN analysts a ON a.name = s.analyst WHERE a.name = ? "
            "AND a.session_version = s.session_version AND s.seen_at > ? AND s.started_at > ?",
            [name, at - idle, at - longest],
        )

    def end_session(self, secret: str) -> None:
        """End the session: the analyst signs out."""
        self._db.run("DELETE FROM sessions WHERE secret_hash = ?", [_hash(secret)])

    def reserve_attempt(self, key: str, *, at: datetime) -> bool:
        """Whether this name may try to sign in now. ``key`` is a hash of the name, which may be a mistyped password.

        The attempt counts as failed until ``clear_attempts``, so that many at once do not pass as one.
        """
        with self._db.atomic():
            if self.must_wait(key, at=at):
                return False
            self._db.run(
                "INSERT INTO sign_in_attempts (name_key, failed, last_at) VALUES (?, 1, ?) "
                "ON CONFLICT (name_key) DO UPDATE SET failed = failed + 1, last_at = excluded.last_at",
                [key, at],
            )
            self._db.run("DELETE FROM sign_in_attempts WHERE last_at < ?", [at - 24 * LONGEST_PAUSE])
            # Those with most failures stay: no flood of other names can free a name that waits.
            self._db.run(
                "DELETE FROM sign_in_attempts WHERE name_key IN "
                "(SELECT name_key FROM sign_in_attempts ORDER BY failed DESC, last_at DESC LIMIT -1 OFFSET ?)",
                [MAX_ATTEMPTS],
            )
        return True

    def must_wait(self, key: str, *, at: datetime) -> bool:
        """Whether this name has failed too often to try again now."""
        row = self._db.row("SELECT failed, last_at FROM sign_in_attempts WHERE name_key = ?", [key])
        return row is not None and at < to_moment(row["last_at"]) + pause_after(int(row["failed"]))

    def clear_attempts(self, key: str) -> None:
        """Forget the failed tries of this name."""
        self._db.run("DELETE FROM sign_in_attempts WHERE name_key = ?", [key])

    def link_person(self, name: str, *, issuer: str, subject: str, at: datetime) -> bool:
        """Whether the account is this person's: it is from now on, unless it was another's, or they have another."""
        link = {"analyst": name, "issuer": issuer, "subject_hash": _hash(subject)}
        with self._db.atomic():
            self._db.insert("provider_links", link | {"since": at}, on_conflict="IGNORE")
            same = "analyst = :analyst AND issuer = :issuer AND subject_hash = :subject_hash"
            return bool(self._db.value(f"SELECT 1 FROM provider_links WHERE {same}", link))

    def unlink_person(self, name: str) -> bool:
        """Unlink the account from its person; the next one who signs in by its name is linked. False where none was."""
        self.known(name)
        return self._db.run("DELETE FROM provider_links WHERE analyst = ? COLLATE NOCASE", [name]).rowcount > 0

    def _change(self, name: str, what: str, *params: object) -> None:
        sql = f"UPDATE analysts SET {what}, session_version = session_version + 1 WHERE name = ?"
        if self._db.run(sql, [*params, name]).rowcount == 0:
            raise no_analyst(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """A token as its owner sees it; the secret itself is stored nowhere."""

    token_id: int
    title: str
    made_at: datetime
    used_at: datetime | None


class ApiTokens(Part):
    """Secrets that programs show in an account's place. Another password, another role and signing out everywhere end
    them, as they end sessions."""

    def make(self, analyst: str, title: str, *, at: datetime) -> str:
        """The secret of a new token, to be shown once; stored is its hash."""
        secret = TOKEN_BEGINS + secrets.token_urlsafe(32)
        made = self._db.run(
            "INSERT INTO api_tokens (analyst, title, secret_hash, session_version, made_at) "
            "SELECT name, ?, ?, session_version, ? FROM analysts WHERE name = ? AND active",
            [storable(title), _hash(secret), at, analyst],
        )
        if not made.rowcount:
            if self._db.value("SELECT 1 FROM analysts WHERE name = ?", [analyst]):
                raise UnknownAnalyst(f"{analyst} is disabled; `lurewatch analysts password {analyst}` opens it again")
            raise no_analyst(analyst)
        return secret

    def of_analyst(self, analyst: str) -> tuple[ApiToken, ...]:
        """This analyst's tokens that are good, oldest first."""
        return self._db.records(
            ApiToken,
            "SELECT t.token_id, t.title, t.made_at, t.used_at FROM api_tokens t JOIN analysts a ON a.name = t.analyst "
            "WHERE a.name = ? AND a.active AND a.session_version = t.session_version ORDER BY t.token_id",
            [analyst],
        )

    def owner(self, secret: str, *, at: datetime) -> Analyst | None:
        """Whose token this is; None where it is nobody's, or no longer good."""
        row = self._db.row(
            f"SELECT {_COLUMNS}, t.token_id, t.used_at FROM api_tokens t JOIN analysts a ON a.name = t.analyst "
            "WHERE t.secret_hash = ? AND a.active AND a.session_version = t.session_version",
            [_hash(secret)],
        )
        if row is None:
            return None
        token_id, used_at = row.pop("token_id"), row.pop("used_at")
        if used_at is None or at - to_moment(used_at) >= SEEN_EVERY:
            self._db.run("UPDATE api_tokens SET used_at = ? WHERE token_id = ?", [at, token_id])
        return self._db.to_record(Analyst, row)

    def end(self, token_id: int, analyst: str) -> bool:
        """End one of this analyst's tokens; False where it is not theirs."""
        return self._db.run(
            "DELETE FROM api_tokens WHERE token_id = ? AND analyst = ? COLLATE NOCASE", [token_id, analyst]
        ).rowcount > 0  # fmt: skip


def no_analyst(name: str) -> UnknownAnalyst:
    """The error for an account that is not there."""
    return UnknownAnalyst(f"no analyst is named {name!r}; expected one of `lurewatch analysts list`")


def _check_role(role: str, *, by_provider: bool) -> None:
    if role not in ROLES:
        raise BadAnalyst(mark("role %(role)r: expected one of %(roles)s"), role=role, roles=", ".join(ROLES))
    if by_provider and role == "administrator":
        raise BadAnalyst(mark("an administrator needs a password: acts on accounts ask for it"))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


Accepted = Literal["code", "recovery code"]


class SecondFactors(Part):
    """What an account shows besides its password. In force once a first code has confirmed it."""

    def begin(self, analyst: str, sealed: str) -> None:
        """Remember a secret that is not in force yet, in the place of an earlier one that never was."""
        self._db.run(
            "INSERT INTO second_factors (analyst, sealed) SELECT name, ? FROM analysts WHERE name = ? "
            "ON CONFLICT (analyst) DO UPDATE SET sealed = excluded.sealed WHERE since IS NULL",
            [sealed, analyst],
        )

    def begun(self, analyst: str) -> str | None:
        """The sealed secret that waits for its first code."""
        return self._db.text("SELECT sealed FROM second_factors WHERE analyst = ? AND since IS NULL", [analyst])

    def confirm(self, analyst: str, step: int, code_hashes: Iterable[str], *, at: datetime) -> None:
        """Put the secret that was begun in force, with its recovery codes."""
        with self._db.atomic():
            self._db.run(
                "UPDATE second_factors SET since = ?, last_step = ? WHERE analyst = ? AND since IS NULL",
                [at, step, analyst],
            )
            self.renew_codes(analyst, code_hashes)

    def renew_codes(self, analyst: str, code_hashes: Iterable[str]) -> None:
        """Recovery codes in the place of those of before."""
        with self._db.atomic():
            self._db.run("DELETE FROM recovery_codes WHERE analyst = ?", [analyst])
            self._db.run_many(
                "INSERT INTO recovery_codes (analyst, code_hash) VALUES (?, ?)",
                [(analyst, code_hash) for code_hash in code_hashes],
            )

    def codes_left(self, analyst: str) -> int:
        """How many recovery codes were not used yet."""
        return self._db.count("SELECT count(*) FROM recovery_codes WHERE analyst = ?", [analyst])

    def accept(self, analyst: str, typed: str, key: FactorKey, *, at: datetime) -> Accepted | None:
        """What this is: the code of now, which is used from now on, or a recovery code, which is gone; None if neither.

        Two requests with the same code at once: one of them is accepted.
        """
        factor = self._db.row(
            "SELECT sealed, last_step FROM second_factors WHERE analyst = ? AND since IS NOT NULL", [analyst]
        )
        secret = key.unseal(factor["sealed"]) if factor else None
        if factor is None or secret is None:
            return None
        if (step := matching_step(secret, typed, at=at, after=factor["last_step"])) is not None:
            used = self._db.run(
                "UPDATE second_factors SET last_step = ? WHERE analyst = ? AND last_step < ?", [step, analyst, step]
            )
            return "code" if used.rowcount else None
        gone = self._db.run(
            "DELETE FROM recovery_codes WHERE analyst = ? AND code_hash = ?", [analyst, key.hash_of(typed)]
        )
        return "recovery code" if gone.rowcount else None

    def remove(self, analyst: str) -> bool:
        """Whether there was a second factor, which is gone with its recovery codes."""
        with self._db.atomic():
            self._db.run("DELETE FROM recovery_codes WHERE analyst = ?", [analyst])
            return self._db.run("DELETE FROM second_factors WHERE analyst = ?", [analyst]).rowcount > 0
