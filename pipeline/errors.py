"""What can go wrong between ads and people, as one family."""

from typing import Literal

__all__ = [
    "BadAnalyst",
    "BadBackup",
    "BadExportData",
    "BadRegister",
    "BadRegisterMap",
    "BadSettings",
    "CannotDecide",
    "CannotExport",
    "CannotPromote",
    "NotInstalled",
    "PipelineError",
    "RegisterError",
    "StoreError",
    "UnknownAd",
    "UnknownAnalyst",
    "UnknownCase",
    "WorkerLost",
]


class PipelineError(Exception):
    """The base of every error that the pipeline raises."""


class BadSettings(PipelineError):
    """Raised when ``lurewatch.toml`` has an unknown key or a wrong value, from ``settings``."""


class CannotDecide(PipelineError):
    """Raised when a decision may not be made now, from ``deciding``; ``why`` says which of five reasons."""

    def __init__(self, message: str, *, why: Literal["claimed", "changed", "decided", "not_own", "to_settle"]) -> None:
        super().__init__(message)
        self.why = why


class BadExportData(PipelineError):
    """Raised when what packages are made by (``data/exports``) breaks its rules, from ``exports.kit``."""


class CannotExport(PipelineError):
    """Raised when nothing may leave the house, or not so, from ``exports``; names each case and why."""


class CannotPromote(PipelineError):
    """Raised when a model may not be put in service, or there is none to go back to, from ``promotion``."""


class NotInstalled(PipelineError):
    """Raised when an optional library is asked for and not there, from ``explore``; names the extra that brings it."""


class StoreError(PipelineError):
    """Raised when the database is missing, newer than this program or not ours, from ``upgrading``."""


class UnknownCase(PipelineError):
    """Raised when a case is asked for that the store does not hold, from ``review_queue``."""


class UnknownAnalyst(PipelineError):
    """Raised when an analyst is named that the store does not hold, from ``review_queue``."""


class UnknownAd(PipelineError):
    """Raised when an ad is asked for that the store does not hold, from ``store_ads``."""


class BadAnalyst(PipelineError):
    """Raised when a name, a role or a password cannot be an analyst's, from ``analysts`` and ``store_people``. It keeps
    its message and values apart, so that the page can say it in its own language."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message % values if values else message)
        self.message = message
        self.values = values


class BadBackup(PipelineError):
    """Raised when a backup cannot be made, or is not as it was made, from ``backup``."""


class RegisterError(PipelineError):
    """The base of what can be wrong with registers of licensed agencies."""


class BadRegisterMap(RegisterError):
    """Raised when a register's map breaks its rules, or none fits a file, from ``registers``; names file and key."""


class BadRegister(RegisterError):
    """Raised when a register's file cannot be taken in, from ``registers``; names file, row, column and what was
    expected."""


class WorkerLost(PipelineError):
    """Raised when a process that reads ads ends before it is done, from ``file_scoring``."""
