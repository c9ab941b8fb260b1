"""Second factors of accounts: sealed secrets, used steps, recovery codes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pipeline.accounts.credentials import FactorKey, matching_step
from pipeline.store.connection import Connection, from_moment

__all__ = ["Accepted", "SecondFactors"]

Accepted = Literal["code", "recovery code"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFactor:
    """A secret as it is stored, and the step of the last code that was used."""

    sealed: str
    last_step: int


class SecondFactors:
    """What an account shows besides its password. In force once a first code has confirmed it."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def begin(self, analyst: str, sealed: str) -> None:
        """Remember a secret that is not in force yet, in the place of an earlier one that never was."""
        self._db.run(
            "INSERT INTO second_factors (analyst, sealed) SELECT name, ? FROM analysts WHERE name = ? "
            "ON CONFLICT (analyst) DO UPDATE SET sealed = excluded.sealed WHERE since IS NULL",
            [sealed, analyst],
        )

    def begun(self, analyst: str) -> str | None:
        """The sealed secret that waits for its first code."""
        sealed: str | None = self._db.value(
            "SELECT sealed FROM second_factors WHERE analyst = ? AND since IS NULL", [analyst]
        )
        return sealed

    def confirm(self, analyst: str, step: int, code_hashes: Iterable[str], *, at: datetime) -> None:
        """Put the secret that was begun in force, with its recovery codes."""
        with self._db.atomic():
            self._db.run(
                "UPDATE second_factors SET since = ?, last_step = ? WHERE analyst = ? AND since IS NULL",
                [from_moment(at), step, analyst],
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
        return int(self._db.value("SELECT count(*) FROM recovery_codes WHERE analyst = ?", [analyst]))

    def accept(self, analyst: str, typed: str, key: FactorKey, *, at: datetime) -> Accepted | None:
        """What this is: the code of now, which is used from now on, or a recovery code, which is gone; None if neither.

        Two requests with the same code at once: one of them is accepted.
        """
        factor = self._db.record(
            StoredFactor,
            "SELECT sealed, last_step FROM second_factors WHERE analyst = ? AND since IS NOT NULL",
            [analyst],
        )
        secret = key.unseal(factor.sealed) if factor else None
        if factor is None or secret is None:
            return None
        if (step := matching_step(secret, typed, at=at, after=factor.last_step)) is not None:
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
