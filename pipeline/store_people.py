"""Analysts and runs in the database."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pipeline.analysts import ROLES, Analyst, Role, check_name
from pipeline.errors import BadAnalyst, UnknownAnalyst
from pipeline.messages import mark
from pipeline.run import Run
from pipeline.store import Store, from_moment, to_moment

__all__ = ["PeopleRows", "analyst_of"]


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
