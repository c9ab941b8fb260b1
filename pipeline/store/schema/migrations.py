"""The tables, as numbered steps. A released step is never edited: what it made is already in someone's database.

Brings a database to the newest step of ``migrations``, or refuses it and leaves it as it was.
"""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlite_utils import Database, Migrations

from pipeline.errors import StoreError
from pipeline.store.schema import accounts, ads, campaigns
from pipeline.store.schema import desk as desk_tables

__all__ = ["is_current", "migrate", "take_steps", "unknown_steps"]

_steps = Migrations("lurewatch")


def is_current(db: Database) -> bool:
    """Whether no step is left to be taken."""
    return not _steps.pending(db)


def take_steps(db: Database) -> None:
    """Take those that are left."""
    _steps.apply(db)


def unknown_steps(db: Database) -> tuple[str, ...]:
    """Steps that the database has taken and this program does not know, in their order."""
    return tuple(step.name for step in _steps.applied(db) if step.name not in _STEP_NAMES)


@_steps()
def s0001_ads_cases_decisions(db: Database) -> None:
    """Ads and their texts, what the model said of them, the cases, and what people decided."""
    for statement in ads.ADS_CASES_DECISIONS:
        db.execute(statement)


@_steps()
def s0002_changes_and_why_gone(db: Database) -> None:
    """What each version of an ad changed, and why an ad counts as gone."""
    from pipeline.store.changes import ChangeRows  # a store opens its database through this module

    for statement in ads.CHANGES:
        db.execute(statement)
    # Version by version, so that a large database is never in memory at once.
    changes = ChangeRows(db)
    for (version_id,) in db.execute("SELECT version_id FROM ad_versions ORDER BY version_id").fetchall():
        changes.compare_version(version_id, facts=("destination", "employer", "salary", "contact"))


@_steps()
def s0003_cases_that_the_model_is_unsure_of(db: Database) -> None:
    """One more reason to open a case."""
    _edit_check(db, "cases", "'audit', 'resurfaced'", "'audit', 'uncertain', 'resurfaced'")


def _edit_check(db: Database, table: str, before: str, after: str) -> None:
    # SQLite cannot alter a CHECK, and a copy of the table would break what refers to it; editing the schema where the
    # stored rows stay as they are is the way that its documentation names ("ALTER TABLE", the last section).
    version = int(db.execute("PRAGMA schema_version").fetchone()[0])
    db.execute("PRAGMA writable_schema = ON")
    db.execute(
        "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = ?", [before, after, table]
    )
    db.execute(f"PRAGMA schema_version = {version + 1}")
    db.execute("PRAGMA writable_schema = OFF")


@_steps()
def s0020_campaigns(db: Database) -> None:
    """Which ads are one campaign, and what came back after a decision."""
    for statement in campaigns.CAMPAIGNS:
        db.execute(statement)


@_steps()
def s0021_contacts(db: Database) -> None:
    """Which ads have a contact in common: a keyed hash to link by, and the value encrypted."""
    for statement in campaigns.CONTACTS:
        db.execute(statement)


@_steps()
def s0022_reposts(db: Database) -> None:
    """Ads that were removed and came again, and requirements that changed while an ad ran."""
    from pipeline.store.changes import ChangeRows

    for statement in campaigns.REPOSTS:
        db.execute(statement)
    _edit_check(db, "ad_changes", "'salary', 'contact')", "'salary', 'contact', 'requirement')")
    changes = ChangeRows(db)
    several = "SELECT ad_id FROM ad_versions GROUP BY ad_id HAVING count(*) > 1"
    for (version_id,) in db.execute(f"SELECT version_id FROM ad_versions WHERE ad_id IN ({several})").fetchall():
        changes.compare_version(version_id)


@_steps()
def s0025_licence_lookups(db: Database) -> None:
    """What registers of licensed agencies said of each version of an ad."""
    for statement in ads.LICENCE_LOOKUPS:
        db.execute(statement)


@_steps()
def s0030_accounts_and_sessions(db: Database) -> None:
    """Four roles where there were two, sessions that the server can end, and failed tries to sign in."""
    for statement in accounts.ACCOUNTS:
        db.execute(statement)


@_steps()
def s0031_audit_log(db: Database) -> None:
    """Who saw, decided and exported what; its first entry says which decisions are older than itself."""
    from pipeline.store.accounts import AuditRows  # a store opens its database through this module

    for statement in accounts.AUDIT:
        db.execute(statement)
    decisions = int(db.execute("SELECT coalesce(max(decision_id), 0) FROM decisions").fetchone()[0])
    AuditRows(db).record("began", by=None, at=datetime.now(UTC), decisions=decisions)


@_steps()
def s0032_desk(db: Database) -> None:
    """The queue as rows that can be filtered, counted and searched; tags, and decisions that take one back."""
    from pipeline.store.queue import DeskRows  # a store opens its database through this module

    for statement in (*desk_tables.DESK, *desk_tables.FILL_DESK):
        db.execute(statement)
    desk = DeskRows(db)
    for (version_id,) in db.execute("SELECT version_id FROM desk_rows").fetchall():
        desk.index_words(version_id)


@_steps()
def s0033_claims(db: Database) -> None:
    """Which cases are being read, and which were put off."""
    for statement in desk_tables.CLAIMS:
        db.execute(statement)


@_steps()
def s0034_cases_that_came_back(db: Database) -> None:
    """A decided case waits again where a copy brought something new."""
    for statement in campaigns.CAME_BACK:
        db.execute(statement)


@_steps()
def s0035_language_of_an_account(db: Database) -> None:
    """Who reads the page in which language."""
    for statement in accounts.ACCOUNT_LANGUAGE:
        db.execute(statement)


@_steps()
def s0040_offer_facts(db: Database) -> None:
    """What trends are counted by; the next night reads what is there."""
    for statement in desk_tables.OFFER_FACTS:
        db.execute(statement)


@_steps()
def s0045_removal(db: Database) -> None:
    """Ads can be removed without going through whole tables for each: what refers to them is found."""
    for statement in campaigns.REMOVAL:
        db.execute(statement)


@_steps()
def s0046_campaign_sizes(db: Database) -> None:
    """The queue knows how many ads a case's campaign has."""
    for statement in desk_tables.CAMPAIGN_SIZES:
        db.execute(statement)


@_steps()
def s0055_care(db: Database) -> None:
    """How much each person wants to read in a day, and when they want a break."""
    for statement in desk_tables.CARE:
        db.execute(statement)


@_steps()
def s0056_how_offers_are_answered(db: Database) -> None:
    """By what channels offers are to be answered; the next night reads what is there."""
    for statement in desk_tables.OFFERS_REACHED:
        db.execute(statement)


@_steps()
def s0060_a_case_is_renewed_by_itself(db: Database) -> None:
    """What becomes of one case is worked out from that case alone, however many were decided."""
    for statement in desk_tables.DESK_NOW_BY_CASE:
        db.execute(statement)


@_steps()
def s0061_single_keys_of_an_account(db: Database) -> None:
    """Whether keys of one sign act for whoever reads."""
    for statement in accounts.SINGLE_KEYS:
        db.execute(statement)


@_steps()
def s0062_sign_in_by_provider(db: Database) -> None:
    """Which accounts have no password of their own, and whose each account is at an OpenID provider."""
    for statement in accounts.BY_PROVIDER:
        db.execute(statement)


_STEP_NAMES = (
    "s0001_ads_cases_decisions",
    "s0002_changes_and_why_gone",
    "s0003_cases_that_the_model_is_unsure_of",
    "s0020_campaigns",
    "s0021_contacts",
    "s0022_reposts",
    "s0025_licence_lookups",
    "s0030_accounts_and_sessions",
    "s0031_audit_log",
    "s0032_desk",
    "s0033_claims",
    "s0034_cases_that_came_back",
    "s0035_language_of_an_account",
    "s0040_offer_facts",
    "s0045_removal",
    "s0046_campaign_sizes",
    "s0055_care",
    "s0056_how_offers_are_answered",
    "s0060_a_case_is_renewed_by_itself",
    "s0061_single_keys_of_an_account",
    "s0062_sign_in_by_provider",
)


APPLICATION_ID: Final = 0x4C555245
"""What SQLite's header says of a database of ours: ``LURE`` in ASCII."""


def migrate(db: Database, *, path: Path) -> None:
    """Bring the database to the newest step, in one transaction, or refuse it and leave it as it was.

    Two programs may open an old database at once: the second waits for the first and then finds nothing to do.
    """
    _check_ours(db, path)
    if is_current(db):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        _check_ours(db, path)
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        take_steps(db)
    except BaseException:
        db.rollback()
        raise
    db.commit()


def _check_ours(db: Database, path: Path) -> None:
    try:
        # One look: between two, another program may make the database.
        with db.atomic():
            tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            found = int(db.execute("PRAGMA application_id").fetchone()[0])
            unknown = unknown_steps(db)
    except sqlite3.DatabaseError as err:
        raise StoreError(f"{path}: not a readable SQLite database ({err})") from err
    if tables and found != APPLICATION_ID:
        raise StoreError(f"{path}: a SQLite database, but not one of lurewatch's; expected another --database")
    if unknown:
        raise StoreError(
            f"{path}: written by a newer lurewatch: step {unknown[0]!r} is not among those that this one knows; "
            "expected the program to be upgraded first"
        )
