"""Accounts (``analysts``) and the audit log (``audit``)."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import cast

import click

from pipeline.accounts.analysts import ROLES, Analyst, Role
from pipeline.accounts.audit_log import ACTS, Act, Head, read_head
from pipeline.accounts.credentials import (
    attempt_key,
    generate_password,
    hash_password,
    nobodys_hash,
    read_secret_key,
)
from pipeline.commands.options import Command, as_json, database, leave, now, open_store, say
from pipeline.nightly.installation import note_end, verify_log
from pipeline.settings.records import Settings
from pipeline.store.store import Store

FROM_STDIN = click.option(
    "--password-stdin",
    is_flag=True,
    help="Read the password from standard input; otherwise one is made and shown once.",
)


@click.group()
def analysts() -> None:
    """Look after the accounts of those who decide."""


def _on_account(name: str) -> Callable[[Command], click.Command]:
    """A command of ``analysts`` on one account, its NAME."""

    def made(command: Command) -> click.Command:
        return analysts.command(name)(click.argument("name")(database(command)))

    return made


@analysts.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="analyst", show_default=True)
@FROM_STDIN
@click.option("--by-provider", is_flag=True, help="Without a password: they sign in by the OpenID provider alone.")
@database
def add(settings: Settings, *, name: str, role: str, password_stdin: bool, by_provider: bool) -> None:
    """Let one more person sign in."""
    if by_provider and password_stdin:
        raise click.UsageError("--by-provider: such an account has no password; expected no --password-stdin")
    password = None if by_provider else _password(password_stdin)
    with open_store(settings.database, create=True) as store:
        hashed = hash_password(password, name=name) if password is not None else nobodys_hash()
        made = Analyst(
            name=name, role=cast(Role, role), password_hash=hashed, by_provider=by_provider,
            must_change=password is not None,
        )  # fmt: skip
        with store.atomic():
            store.accounts.add(made, at=now())
            store.audit.record(
                "added_account", f"analyst {name}", by=None, at=now(), role=role, by_provider=by_provider
            )
    if by_provider:
        click.echo(f"{name} can sign in by the OpenID provider alone")
    else:
        click.echo(
            f"{name} can sign in and must change the password on the page"
            + ("" if password_stdin else f"; it is shown this once: {password}")
        )


@_on_account("password")
@FROM_STDIN
def password(settings: Settings, name: str, password_stdin: bool) -> None:
    """Give an analyst a new password; sessions of the old one end. A disabled account is open again, and one that waits
    after failed attempts may try at once."""
    new = _password(password_stdin)
    with _change(settings, name, "reset_password") as store:
        store.accounts.set_password_hash(name, hash_password(new, name=name), must_change=True)
        _forget_attempts(store, settings, name)
    click.echo(
        f"{name} has a new password and must change it on the page"
        + ("" if password_stdin else f"; it is shown this once: {new}")
    )


@_on_account("provider")
def leave_to_provider(settings: Settings, name: str) -> None:
    """Take an analyst's password away: they sign in by the OpenID provider alone, until `password` gives them one."""
    with _change(settings, name, "left_to_provider") as store:
        store.accounts.leave_to_provider(name, nobodys_hash())
    click.echo(f"{name} signs in by the OpenID provider alone")


@_on_account("unlink")
def unlink(settings: Settings, name: str) -> None:
    """Forget whose an account is at the OpenID provider: the next person who comes from there by its name is."""
    with _change(settings, name, "unlinked_account") as store:
        was_known = store.accounts.unlink_person(name)
    click.echo(f"{name} is open to the next person of that name" if was_known else f"{name} was nobody's yet")


@_on_account("remove-second-factor")
def remove_second_factor(settings: Settings, name: str) -> None:
    """Remove an analyst's second factor, when telephone and recovery codes are lost; sessions end."""
    with _change(settings, name, "removed_second_factor") as store:
        store.accounts.end_sessions(name)
        had_it = store.second_factors.remove(name)
        _forget_attempts(store, settings, f"{name}\ncode")
    click.echo(f"{name} signs in by the password alone" if had_it else f"{name} had no second factor")


@_on_account("token")
@click.option("--title", default="command line", show_default=True, help="What the token is for.")
def make_token(settings: Settings, *, name: str, title: str) -> None:
    """Make a token by which a program checks ads in this analyst's name (POST /api/check). It is printed this once."""
    with _change(settings, name, "made_token", title=title[:60]) as store:
        secret = store.tokens.make(name, title[:60], at=now())
    click.echo(secret)


@analysts.command("list")
@database
@as_json
def show_analysts(settings: Settings) -> None:
    """Show every account, disabled ones too."""
    with open_store(settings.database) as store:
        found = store.accounts.all()
    say(
        [{"name": each.name, "role": each.role, "active": each.active, "by_provider": each.by_provider,
          "second_factor": each.has_second_factor}
         for each in found],
        [
            f"{each.name}: {each.role}{', by the OpenID provider alone' if each.by_provider else ''}"
            f"{', with a second factor' if each.has_second_factor else ''}"
            f"{', made by the demo: no second factor is asked of it' if each.is_demo else ''}"
            f"{'' if each.active else ', disabled'}"
            for each in found
        ] or ["no analyst yet; add one with: lurewatch analysts add NAME"],
    )  # fmt: skip


@_on_account("role")
@click.argument("role", type=click.Choice(ROLES))
def change_role(settings: Settings, name: str, role: str) -> None:
    """Give an analyst another role; sessions of the old one end."""
    with _change(settings, name, "changed_role", role=role) as store:
        store.accounts.set_role(name, cast(Role, role))
    click.echo(f"{name} is {role} now")


@_on_account("sign-out")
def sign_out(settings: Settings, name: str) -> None:
    """End every session of an analyst, wherever it is."""
    with _change(settings, name, "signed_out", everywhere=True) as store:
        store.accounts.end_sessions(name)
    click.echo(f"{name} is signed out everywhere")


@_on_account("disable")
def disable(settings: Settings, name: str) -> None:
    """End an analyst's sessions and let no new one begin; what they decided stays."""
    with _change(settings, name, "disabled_account") as store:
        store.accounts.disable(name)
    click.echo(f"{name} can no longer sign in")


@contextmanager
def _change(settings: Settings, name: str, act: Act, **details: object) -> Iterator[Store]:
    """The store, to change one account in. The change and its entry in the audit log are made both or neither."""
    with open_store(settings.database) as store, store.atomic():
        yield store
        store.audit.record(act, f"analyst {name}", by=None, at=now(), **details)


def _forget_attempts(store: Store, settings: Settings, name: str) -> None:
    _contacts_key, path = settings.keys
    if path.exists():  # made with the page's first start; before it nobody has tried
        store.accounts.clear_attempts(attempt_key(read_secret_key(path), name))


def _password(from_stdin: bool) -> str:
    return sys.stdin.readline().rstrip("\r\n") if from_stdin else generate_password()


def _read_heads(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> tuple[Head, ...]:
    """Numbers and hashes of entries, as ``audit verify`` prints its end."""
    found = [read_head(value) for value in values]
    if None in found:
        wrong = values[found.index(None)]
        raise click.BadParameter(f"expected the number of an entry, a colon and its hash, found {wrong!r}")
    return tuple(filter(None, found))


@click.group()
def audit() -> None:
    """Look after the record of who saw, decided and exported what."""


@audit.command("verify")
@click.option(
    "--head", "heads", metavar="N:HASH", multiple=True, callback=_read_heads,
    help="An earlier end that was kept elsewhere; may be repeated.",
)  # fmt: skip
@database
@as_json
def verify(settings: Settings, heads: tuple[Head, ...]) -> None:
    """Follow the chain from its first entry to its last, and hold every decision against it; names the first fault.

    The log is held against the ends that nights, backups and this command noted beside the database (audit.ends), and
    against the installation's identity. Keep an end outside this machine, too (--head): whoever can write all files of
    this one can write those.
    """
    with open_store(settings.database) as store:
        end, fault = verify_log(store, settings, heads=heads)
        if fault is None:
            with suppress(OSError):  # whoever verifies may not be whoever writes
                note_end(store, settings.database)
    whole = f"whole: {end.entry_id} entries; end {end.entry_id}:{end.hash}" if end else ""
    say(
        {"whole": fault is None, "fault": fault, "end": asdict(end) if end else None},
        [whole if fault is None else f"broken: {fault}"],
    )
    leave(0 if fault is None else 1)


@audit.command("show")
@click.option("--analyst", metavar="NAME", help="Of this analyst alone.")
@click.option("--act", type=click.Choice(ACTS), help="Of this kind alone.")
@click.option("--limit", metavar="N", type=click.IntRange(1, 10**9), default=20, show_default=True, help="How many.")
@database
@as_json
def show_audit(settings: Settings, *, analyst: str | None, act: str | None, limit: int) -> None:
    """Show the newest entries, newest first."""
    with open_store(settings.database) as store:
        entries = store.audit.entries(analyst=analyst, act=act, limit=limit)
    say(
        list(map(asdict, entries)),
        (
            f"{entry.entry_id} {entry.at:%Y-%m-%d %H:%M:%S} UTC  {entry.analyst or 'command line'}  "
            f"{entry.act}  {entry.subject}".rstrip()
            for entry in entries
        ),
    )
