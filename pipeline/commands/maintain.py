"""Upkeep: status, backup, restore, retention, erasure, notifications, digests."""

import re
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from pipeline.commands.options import (
    BATCHES,
    BY,
    CASE,
    FILE,
    FOLDER,
    as_json,
    database,
    leave,
    not_blank,
    now,
    on_record,
    open_store,
    reports,
    say,
)
from pipeline.errors import BadSettings
from pipeline.nightly.backup import back_up, new_identity, put_back, rotate, verify_backup
from pipeline.nightly.health import find_troubles, standings
from pipeline.nightly.installation import night_lock, note_end
from pipeline.nightly.notifications import (
    deliver,
    digest_lines,
    digest_record,
    find_digests,
    notification_of_digests,
    send_notification,
    trial_notification,
)
from pipeline.nightly.retention import Erasure
from pipeline.nightly.retention import forget as erase
from pipeline.nightly.retention import retain as clear
from pipeline.settings.records import Settings

IDENTITY = click.option(
    "--identity", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The secret key of an encrypted backup.",
)  # fmt: skip


@click.command()
@click.option("--output", metavar="FOLDER", type=FOLDER, help="A new folder; below data/local/backups unless given.")
@click.option("--with-keys", is_flag=True, help="Take the keys along: whoever has this backup can read all contacts.")
@click.option("--keep", metavar="N", type=click.IntRange(1), help="Afterwards remove all but the newest N beside it.")
@click.option(
    "--weekly", metavar="N", type=click.IntRange(0), default=0, help="With --keep: one of each of N weeks, too."
)
@click.option("--monthly", metavar="N", type=click.IntRange(0), default=0, help="With --keep: one of each of N months.")
@click.option("--verify", "given", metavar="FOLDER", type=FOLDER, help="Hold a backup against its list instead.")
@IDENTITY
@click.option(
    "--new-identity",
    metavar="FILE",
    type=FILE,
    help="Make a key pair for encryption instead; the secret one goes there.",
)
@database
@as_json
def backup(
    settings: Settings, /, *, output: Path | None, with_keys: bool, given: Path | None, identity: Path | None,
    **rotation: Any,
) -> None:  # fmt: skip
    """Copy the database as it stands now, checked, into a new folder; a night that writes does not wait.

    The key of the contacts is not in it unless asked for: keep it, too, and elsewhere. With `recipient` in [backup] of
    lurewatch.toml all of it is encrypted. docs/operators/backup.md says how to restore.
    """
    if identity_file := rotation.pop("new_identity"):
        public_key = new_identity(identity_file)
        say({"recipient": public_key}, [f'[backup]\nrecipient = "{public_key}"'])
        return
    if (rotation["weekly"] or rotation["monthly"]) and not rotation["keep"]:
        raise click.UsageError("--weekly and --monthly: expected --keep N with them")
    if given:
        folder, made = given, verify_backup(given, workspace=settings.local, identity=identity)
    else:
        folder = output or settings.local / "backups" / f"{now():%Y%m%dT%H%M%SZ}"
        keys = [key for key in settings.keys if with_keys and key.is_file()]
        with open_store(settings.database) as store:
            if with_keys:
                store.check_key()
            made = back_up(store, folder, keys=keys, at=now(), recipient=settings.backup.recipient)
            store.audit.record("backed_up", str(folder.name), by=None, at=now(), with_keys=bool(keys))
            note_end(store, settings.database)
    removed = rotate(folder.parent, **rotation) if rotation["keep"] and not given else ()
    held = ", ".join(f"{count} {name}" for name, count in made.store.items())
    lines = [f"{'whole and unchanged' if given else 'backed up'}: {folder} ({held})"]
    if made.audit_head:
        lines.append(f"audit log ends with {made.audit_head}")
    if made.recipient:
        lines.append(f"encrypted for {made.recipient}" + ("; not opened" if given and not identity else ""))
    if "contacts.key" not in made.plain_names():
        clear = "" if made.recipient else "; texts are in clear"
        lines.append(f"without keys: lists of contacts open with {settings.keys[0]} alone, keep it elsewhere{clear}")
    lines += [f"removed: {each}" for each in removed]
    say({"folder": str(folder)} | asdict(made) | {"removed": list(map(str, removed))}, lines)


@click.command()
@click.argument("what", metavar="AD|CONTACT")
@on_record
@click.option("--dry-run", is_flag=True, help="Say what would be erased, and erase nothing.")
@BATCHES
@database
@as_json
def forget(settings: Settings, *, what: str, by: str, reason: str, dry_run: bool) -> None:
    """Erase an ad, or all ads with a contact: from the store, batches, archived pages and reports.

    What was decided stays, without the text. The ad is not taken in again. Exit code 1 when something could not be
    erased; its line says what.
    """
    with open_store(settings.database) as store:
        erasure = Erasure(what=what, by=by, reason=reason)
        found = erase(settings, store, erasure, at=now(), dry_run=dry_run)
    would = "would be " if dry_run else ""
    lines = [
        f"{len(found.ads_removed)} ads {would}removed, {len(found.ads_emptied)} {would}emptied",
        *_held_lines(len(found.ads_held), found.cases_held),
        *(f"batch {would}rewritten: {name}" for name in found.batches),
        *(f"report {would}rewritten: {name}" for name in found.reports),
        *(f"may still hold a copy: {name}" for name in found.backups),
        *(f"problem: {each}" for each in found.problems),
    ]
    if not found.is_compact:
        lines.append("another program holds the database: `lurewatch retain`, or this again, empties its unused parts")
    say(asdict(found) | {"dry_run": dry_run}, lines)
    leave(0 if found.is_compact and not found.problems and not found.ads_held else 1)


@click.group()
def cases() -> None:
    """Legal holds of cases, and advertisers' appeals."""


@cases.command("hold")
@click.argument("case_id", metavar="CASE", type=CASE)
@on_record
@database
def hold_case(settings: Settings, *, case_id: int, by: str, reason: str) -> None:
    """Keep all ads of a case, and of its campaign, as they are: `retain` and `forget` leave them.

    Exit code 1 when it was held before.
    """
    with open_store(settings.database) as store:
        changed = store.proceedings.hold(case_id, reason=reason, by=by, account=None, at=now())
    click.echo(f"case {case_id} {'is held' if changed else 'was held before'}", err=True)
    leave(0 if changed else 1)


@cases.command("release")
@click.argument("case_id", metavar="CASE", type=CASE)
@on_record
@database
def release_case(settings: Settings, *, case_id: int, by: str, reason: str) -> None:
    """End the legal hold of a case. Exit code 1 when there was none."""
    with open_store(settings.database) as store:
        changed = store.proceedings.end_hold(case_id, reason=reason, by=by, account=None, at=now())
    click.echo(f"case {case_id} {'is held no longer' if changed else 'was not held'}", err=True)
    leave(0 if changed else 1)


@cases.command("held")
@database
@as_json
def list_held(settings: Settings) -> None:
    """The cases that are held: since when, by whom and why."""
    with open_store(settings.database) as store:
        held = store.proceedings.standing_holds()
    lines = [f"case {each.case_id}: since {each.set_at:%Y-%m-%d}, by {each.set_by}: {each.reason}" for each in held]
    say([asdict(each) for each in held], lines or ["no case is held"])


@cases.command("appeal")
@click.argument("case_id", metavar="CASE", type=CASE)
@BY
@click.option("--text", required=True, metavar="TEXT", callback=not_blank, help="What the advertiser says.")
@database
def record_appeal(settings: Settings, *, case_id: int, by: str, text: str) -> None:
    """Record that an advertiser appeals against a case: a decided one waits to be read again."""
    with open_store(settings.database) as store:
        store.proceedings.appeal(case_id, text, by=by, account=None, at=now())
    click.echo(f"case {case_id}: the appeal is recorded", err=True)


@click.command()
@reports
def notify(settings: Settings) -> None:
    """Try every way that [notify] of lurewatch.toml names: mail, webhook, command, ping.

    Exit code 1 when one of them fails.
    """
    ways = settings.notify
    if not (ways.mail_to or ways.webhook or ways.command or ways.ping):
        raise BadSettings("notify: expected mail_to, webhook, command or ping in lurewatch.toml, found none")
    failures = deliver(settings, trial_notification(at=now()), at=now())
    say({"failures": list(failures)}, [*(f"not delivered: {each}" for each in failures)] or ["all arrived"])
    leave(1 if failures else 0)


def _read_hours(_ctx: click.Context, _param: click.Parameter, value: str) -> timedelta:
    """Hours, as `26` or `26h`."""
    if not re.fullmatch(r"(?a)0*[1-9]\d{0,3}h?|10000h?", value):
        raise click.BadParameter(f"expected hours such as 26h, found {value!r}")
    return timedelta(hours=int(value.removesuffix("h")))


@click.command()
@database
@click.option("--check", is_flag=True, help="Say what is wrong instead, one line each; exit code 1 where anything is.")
@click.option(
    "--max-age", metavar="HOURS", callback=_read_hours, default="26h", show_default=True,
    help="How long ago the last night may have ended.",
)  # fmt: skip
@as_json
def status(settings: Settings, *, check: bool, max_age: timedelta) -> None:
    """Show what the store holds, what waits, which batches are held back, and how the latest night went.

    `--check` is for a monitor: it judges the last night, batches, database, disk, model and backups.
    """
    if check:
        troubles = find_troubles(settings, max_age=max_age, at=now())
        say({"troubles": list(troubles)}, troubles or ["nothing is wrong"])
        leave(1 if troubles else 0)
    with open_store(settings.database) as store:
        counts, states, runs = store.statistics.totals(), asdict(store.queue.standings()), store.runs.latest(limit=1)
        held = [each for each in standings(store, settings.batches) if each.state == "held_back"]
    model = settings.model_folder().name
    lines = [
        f"database {settings.database}, model {model}",
        "store    " + ", ".join(f"{count} {name}" for name, count in counts.items()),
        (
            f"cases    {states['to_review']} to review ({states['reopened']} of them reopened), "
            f"{states['awaiting']} awaiting a second opinion, {states['closed']} closed"
        ),
    ]
    for run in runs:
        ended = f"ended {run.ended_at:%H:%M}" if run.ended_at else "not ended: run `lurewatch nightly` to resume it"
        lines.append(f"night    {run.started_at:%Y-%m-%d %H:%M} UTC, {ended}, {len(run.problems)} problems")
    lines += [f"held     {each.name}: {'; '.join(each.problems)} (lurewatch batches release or drop)" for each in held]
    latest = [{key: value for key, value in asdict(run).items() if key != "run_id"} for run in runs]
    say(
        {"database": str(settings.database), "model": model, "store": counts, "cases": states, "latest_run": latest,
         "held_back": list(map(asdict, held))},
        lines,
    )  # fmt: skip


@click.command()
@click.option("--analyst", metavar="NAME", help="Of this analyst alone.")
@click.option("--send", is_flag=True, help="Send it by mail, webhook and command of [notify], where anything waits.")
@click.option("--to", metavar="ADDRESS", help="With --send and --analyst: by mail to this address alone.")
@database
@as_json
def digest(settings: Settings, *, analyst: str | None, send: bool, to: str | None) -> None:
    """Show or send what waits for each analyst: mentions, assigned cases, second opinions, disagreements to settle.

    It holds titles without contacts, and no text of a comment. Exit code 1 where a channel of --send fails.
    """
    if to and not (send and analyst and re.fullmatch(r"[^\s@,<>]+@[^\s@,<>]+", to)):
        raise click.UsageError("--to: expected an e-mail address, with --send and --analyst")
    with open_store(settings.database) as store:
        found = find_digests(store, analyst)
    if not send or not any(each.count for each in found):
        say(digest_record(found), digest_lines(found) or ["nothing waits for anybody"])
        return
    ways = settings.notify
    if to:
        ways = replace(ways, mail_to=to, mail_from=ways.mail_from or ways.mail_to, webhook=None, command=None)
    if not (ways.mail_to or ways.webhook or ways.command):
        raise BadSettings("notify: expected mail_to, webhook or command, since --send was given")
    failures = send_notification(ways, notification_of_digests(found), local=settings.local)
    say({"failures": list(failures)}, [f"not delivered: {each}" for each in failures] or ["sent"])
    leave(1 if failures else 0)


@click.command()
@click.argument("folder", metavar="BACKUP", type=FOLDER)
@click.option("--with-keys", is_flag=True, help="Put the keys of the backup in place, too; those here are kept beside.")
@IDENTITY
@database
@as_json
def restore(settings: Settings, *, folder: Path, with_keys: bool, identity: Path | None) -> None:
    """Put a backup in the database's place, after all of it was verified.

    Refused while a night or the review page has the database open. The database that stood there is kept beside it.
    """
    outcome = put_back(settings, folder, with_keys=with_keys, at=now(), identity=identity)
    lines = [f"restored: {settings.database}", *(f"before: {place}" for place in outcome.replaced)]
    if outcome.erased_again:
        lines.append(f"{outcome.erased_again} ads that had been erased since were in the backup, and are erased again")
    say(asdict(outcome), lines)


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and remove nothing.")
@BATCHES
@database
@as_json
def retain(settings: Settings, *, dry_run: bool) -> None:
    """Remove what is kept no longer, as [retain] of lurewatch.toml says: ads that are gone for so many days.

    Ads that nobody decided go whole; those decided as lawful leave their decision. Batches of which nothing is left go
    whole. docs/operators/retention.md says what stays. Refused while a night runs. Exit code 1 when a batch or the
    database's file could not be written anew: run it again.
    """
    with open_store(settings.database) as store, nullcontext() if dry_run else night_lock(settings, at=now()):
        found = clear(store, settings.retain, settings.batches, now=now(), dry_run=dry_run)
    would = "would be " if dry_run else ""
    lines = [
        f"{found.ads_removed} ads {would}removed, with {found.cases_removed} cases that nobody decided",
        f"{found.ads_emptied} ads {would}emptied: what was decided of them stays, without their texts",
        *_held_lines(found.ads_held, found.cases_held),
        f"{len(found.batches_removed)} batches {would}removed, {found.bytes_freed / 1e6:.1f} MB",
        *(f"  {name}" for name in found.batches_removed),
        f"{len(found.batches_rewritten)} batches {would}rewritten without these ads",
        *(f"problem: {each}" for each in found.problems),
    ]
    if not found.is_compact:
        lines.append(
            "another program holds the database: its file still has what was removed in unused parts; run again"
        )
    say(asdict(found) | {"dry_run": dry_run}, lines)
    leave(0 if found.is_compact and not found.problems else 1)


def _held_lines(ads: int, cases: Iterable[int]) -> Iterator[str]:
    if ads:
        named = ", ".join(map(str, cases))
        yield f"{ads} ads stay whole: legal hold on case {named} (`lurewatch cases release` ends one)"
