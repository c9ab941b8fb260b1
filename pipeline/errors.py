"""What can go wrong between ads and people, as one family."""

import sqlite3
from typing import Final, Literal

from crawler.errors import CrawlerError
from model.errors import ModelError


class PipelineError(Exception):
    """The base of every error that the pipeline raises."""


class BadSettings(PipelineError):
    """Raised when ``lurewatch.toml`` has an unknown key or a wrong value, from ``settings.loader``."""


class CannotBegin(PipelineError):
    """Raised when a night could not end, from ``nightly.installation``; names folder or clock, and what is wrong."""


class CannotDecide(PipelineError):
    """Raised when a decision may not be made now, from ``review.decisions``; ``why`` says which of five reasons."""

    def __init__(self, message: str, *, why: Literal["claimed", "changed", "decided", "not_own", "to_settle"]) -> None:
        super().__init__(message)
        self.why = why


class BadExportData(PipelineError):
    """Raised when what packages are made by (``data/exports``) breaks its rules, from ``exports.referral``."""


class CannotExport(PipelineError):
    """Raised when nothing may leave the house, or not so, from ``exports``; names each case and why."""


class CannotPromote(PipelineError):
    """Raised when a model may not be put in service, or none is left, from ``review.model_in_service``."""


class NotInstalled(PipelineError):
    """Raised when an optional library is asked for and not there, from ``commands``, ``exports`` and ``web.app``; names
    the extra that brings it."""


class StoreError(PipelineError):
    """Raised when the database is missing, newer than this program or not ours, from ``store.store``."""


class UnknownCase(PipelineError):
    """Raised when a case is asked for that the store does not hold, from ``store.decisions``."""


class UnknownAnalyst(PipelineError):
    """Raised when an analyst is named that the store does not hold, from ``store.accounts``."""


class UnknownAd(PipelineError):
    """Raised when an ad is asked for that the store does not hold, from ``store.ads``."""


class BadAnalyst(PipelineError):
    """Raised when a name, a role or a password cannot be an analyst's, from ``accounts`` and ``store.accounts``.

    It keeps message and values apart, so that the page can say them in its own language.
    """

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message % values if values else message)
        self.message = message
        self.values = values


SignInFault = Literal["away", "denied", "lost", "refused"]
"""``away``: the provider does not answer as it should; ``denied``: it, or the person there, said no; ``lost``: nobody
here has begun this, or too long ago; ``refused``: everything else, which whoever tries is not told apart."""


class NotSignedIn(PipelineError):
    """Raised when a sign-in by the provider does not succeed, from ``openid``. Its message is for the log: it holds no
    secret, no token and no name."""

    def __init__(self, why: SignInFault, cause: str) -> None:
        super().__init__(cause)
        self.why = why


class BadBackup(PipelineError):
    """Raised when a backup cannot be made, or is not as it was made, from ``nightly.backup``."""


class RegisterError(PipelineError):
    """The base of what can be wrong with registers of licensed agencies."""


class BadRegisterMap(RegisterError):
    """Raised when a register's map breaks its rules, or none fits a file, from ``licences``; names file and key."""


class BadRegister(RegisterError):
    """Raised when a register's file cannot be taken in, from ``licences``; names file, row, column and what was
    expected."""


_DATABASE_MESSAGES: Final = {
    "SQLITE_BUSY": "another program is writing the database; try again when it has ended",
    "SQLITE_LOCKED": "another program is writing the database; try again when it has ended",
    "SQLITE_FULL": "the disk is full: the database cannot grow",
    "SQLITE_READONLY": "the database cannot be written; expected its file, its -wal and -shm files beside it, "
    "its folder and the disk to be writable",
    "SQLITE_CANTOPEN": "the database cannot be opened; expected its file and its folder to be readable and writable",
    "SQLITE_IOERR": "the database's disk cannot be read or written",
    "SQLITE_CORRUPT": "the database is damaged; expected a backup in its place (docs/operators/backup.md)",
    "SQLITE_NOTADB": "the database is damaged; expected a backup in its place (docs/operators/backup.md)",
}


def database_message(err: sqlite3.Error) -> str | None:
    """What a SQLite error means to who runs the program, None where it is a fault of ours.

    SQLite's own words may quote what is stored, so they are not repeated.
    """
    name = getattr(err, "sqlite_errorname", None)
    if name is None:
        # The module raises this one itself, of bytes that are no text.
        return _DATABASE_MESSAGES["SQLITE_CORRUPT"] if str(err).startswith("Could not decode to UTF-8") else None
    message = _DATABASE_MESSAGES.get("_".join(name.split("_")[:2]))  # SQLITE_IOERR_FSYNC is one of SQLITE_IOERR
    return message and f"{message} ({name})"


def message_of(err: Exception) -> str | None:
    """What to say of an error that we know the meaning of."""
    match err:
        case CrawlerError() | ModelError() | PipelineError():
            return str(err)
        case OSError(strerror=str(reason), filename=name):
            return f"{name}: {reason}" if name else reason
        case sqlite3.Error():
            return database_message(err)
        case _:
            return None
