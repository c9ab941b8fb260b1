"""Who may sign in, as what and how: ``analysts add``, ``list``, ``password``, ``provider``, ``unlink``, ``role``,
``sign-out``, ``disable``.

The record of who saw, decided and exported what: ``audit verify`` and ``audit show``.
"""

import re
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from pipeline.accounts.analysts import ROLES, Analyst, Role, generate_password, hash_password, nobodys_hash
from pipeline.accounts.audit_log import ACTS, BrokenLink, Head, follow_chain
from pipeline.commands.options import as_json, database, database_of, now, obj
from pipeline.settings.console import say_json
from pipeline.settings.records import Settings

if TYPE_CHECKING:
    from pipeline.store.store import Store

__all__ = ["analysts", "audit"]

FROM_STDIN = click.option(
    "--password-stdin",
    is_flag=True,
    help="Read the password from standard input; otherwise one is made and shown once.",
)


@click.group()
def analysts() -> None:
    """Look after the accounts of those who decide."""


@analysts.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="analyst", show_default=True)
@FROM_STDIN
@click.option("--by-provider", is_flag=True, help="Without a password: they sign in by the OpenID provider alone.")
@database
@obj
def add(
    settings: Settings, *, name: str, role: str, password_stdin: bool, by_provider: bool, database: Path | None
) -> None:
    """Let one more person sign in."""
    from pipeline.store.store import Store

    if by_provider and password_stdin:
        raise click.UsageError("--by-provider: such an account has no password; expected no --password-stdin")
    password = None if by_provider else _password(password_stdin)
    with Store.open(database_of(settings, database), create=True) as store:
        hashed = hash_password(password) if password is not None else nobodys_hash()
        made = Analyst(name=name, role=cast(Role, role), password_hash=hashed, by_provider=by_provider)
        with store.atomic():
            store.accounts.add(made, at=now())
            store.audit.record(
                "added_account", f"analyst {name}", by=None, at=now(), role=role, by_provider=by_provider
            )
    if by_provider:
        click.echo(f"{name} can sign in by the OpenID provider alone")
    else:
        click.echo(f"{name} can sign in" + ("" if password_stdin else f"; the password, shown this once: {password}"))


@analysts.command("password")
@click.argument("name")
@FROM_STDIN
@database
@obj
def password(settings: Settings, name: str, password_stdin: bool, database: Path | None) -> None:
    """Give an analyst a new password; sessions of the old one end. A disabled account is open again."""
    from pipeline.store.store import Store

    new = _password(password_stdin)
    with Store.open(database_of(settings, database)) as store, store.atomic():
        store.accounts.set_password_hash(name, hash_password(new))
        store.audit.record("reset_password", f"analyst {name}", by=None, at=now())
    click.echo(f"{name} has a new password" + ("" if password_stdin else f", shown this once: {new}"))


@analysts.command("provider")
@click.argument("name")
@database
@obj
def leave_to_provider(settings: Settings, name: str, database: Path | None) -> None:
    """Take an analyst's password away: they sign in by the OpenID provider alone, until `password` gives them one."""
    from pipeline.store.store import Store

    with Store.open(database_of(settings, database)) as store, store.atomic():
        store.accounts.leave_to_provider(name, nobodys_hash())
        store.audit.record("left_to_provider", f"analyst {name}", by=None, at=now())
    click.echo(f"{name} signs in by the OpenID provider alone")


@analysts.command("unlink")
@click.argument("name")
@database
@obj
def unlink(settings: Settings, name: str, database: Path | None) -> None:
    """Forget whose an account is at the OpenID provider: the next person who comes from there by its name is."""
    from pipeline.store.store import Store

    with Store.open(database_of(settings, database)) as store, store.atomic():
        was_known = store.accounts.unlink_person(name)
        store.audit.record("unlinked_account", f"analyst {name}", by=None, at=now())
    click.echo(f"{name} is open to the next person of that name" if was_known else f"{name} was nobody's yet")


@analysts.command("list")
@database
@as_json
@obj
def show_analysts(settings: Settings, database: Path | None, as_json: bool) -> None:
    """Show every account, disabled ones too."""
    from pipeline.store.store import Store

    with Store.open(database_of(settings, database)) as store:
        found = store.accounts.all()
    if as_json:
        say_json(
            [
                {"name": each.name, "role": each.role, "active": each.active, "by_provider": each.by_provider}
                for each in found
            ]
        )
        return
    for each in found:
        ways = ", by the OpenID provider alone" if each.by_provider else ""
        click.echo(f"{each.name}: {each.role}{ways}{'' if each.active else ', disabled'}")
    if not found:
        click.echo("no analyst yet; add one with: lurewatch analysts add NAME")


@analysts.command("role")
@click.argument("name")
@click.argument("role", type=click.Choice(ROLES))
@database
@obj
def change_role(settings: Settings, name: str, role: str, database: Path | None) -> None:
    """Give an analyst another role; sessions of the old one end."""
    from pipeline.store.store import Store

    with Store.open(database_of(settings, database)) as store, store.atomic():
        store.accounts.set_role(name, cast(Role, role))
        store.audit.record("changed_role", f"analyst {name}", by=None, at=now(), role=role)
    click.echo(f"{name} is {role} now")


@analysts.command("sign-out")
@click.argument("name")
@database
@obj
def sign_out(settings: Settings, name: str, database: Path | None) -> None:
    """End every session of an analyst, wherever it is."""
    from pipeline.store.store import Store

    with Store.open(database_of(settings, database)) as store, store.atomic():
        store.accounts.end_sessions(name)
        store.audit.record("signed_out", f"analyst {name}", by=None, at=now(), everywhere=True)
    click.echo(f"{name} is signed out everywhere")


@analysts.command("disable")
@click.argument("name")
@database
@obj
def disable(settings: Settings, name: str, database: Path | None) -> None:
    """End an analyst's sessions and let no new one begin; what they decided stays."""
    from pipeline.store.store import Store

    with Store.open(database_of(settings, database)) as store, store.atomic():
        store.accounts.disable(name)
        store.audit.record("disabled_account", f"analyst {name}", by=None, at=now())
    click.echo(f"{name} can no longer sign in")


def _password(from_stdin: bool) -> str:
    return sys.stdin.readline().rstrip("\r\n") if from_stdin else generate_password()


class _HeadType(click.ParamType):  # type: ignore[type-arg]  # generic in the stubs alone
    """An entry's number and hash, as ``audit verify`` prints its end."""

    name = "N:HASH"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Head:
        found = re.fullmatch(r"([1-9]\d{0,17}):([0-9a-f]{64})", str(value))
        if found is None:
            self.fail(f"expected the number of an entry, a colon and its hash, found {value!r}", param, ctx)
        return Head(entry_id=int(found[1]), hash=found[2])


@click.group()
def audit() -> None:
    """Look after the record of who saw, decided and exported what."""


@audit.command("verify")
@click.option(
    "--head", "heads", multiple=True, type=_HeadType(), help="An earlier end that was kept elsewhere; may be repeated."
)
@database
@as_json
@obj
@click.pass_context
def verify(
    ctx: click.Context, settings: Settings, heads: tuple[Head, ...], database: Path | None, as_json: bool
) -> None:
    """Follow the chain from its first entry to its last, and hold every decision against it; names the first fault.

    Keep the end that it prints outside this machine: a record that was written anew, or cut off at its end, is only
    found out by an earlier end (--head).
    """
    from pipeline.store.store import Store

    with Store.open(database_of(settings, database)) as store:
        found = follow_chain(store.audit.chain(), known=heads)
        fault = _fault(found, store)
    if as_json:
        say_json({"whole": fault is None, "fault": fault, "end": asdict(found) if isinstance(found, Head) else None})
    elif fault is None and isinstance(found, Head):
        click.echo(f"whole: {found.entry_id} entries; end {found.entry_id}:{found.hash}")
    else:
        click.echo(f"broken: {fault}")
    ctx.exit(0 if fault is None else 1)


@audit.command("show")
@click.option("--analyst", metavar="NAME", help="Of this analyst alone.")
@click.option("--act", type=click.Choice(ACTS), help="Of this kind alone.")
@click.option("--limit", metavar="N", type=click.IntRange(1), default=20, show_default=True, help="How many entries.")
@database
@as_json
@obj
def show_audit(
    settings: Settings, *, analyst: str | None, act: str | None, limit: int, database: Path | None, as_json: bool
) -> None:
    """Show the newest entries, newest first."""
    from pipeline.store.store import Store

    with Store.open(database_of(settings, database)) as store:
        entries = store.audit.entries(analyst=analyst, act=act, limit=limit)
    if as_json:
        say_json([asdict(entry) for entry in entries])
        return
    for entry in entries:
        who = entry.analyst or "command line"
        click.echo(f"{entry.entry_id} {entry.at:%Y-%m-%d %H:%M:%S} UTC  {who}  {entry.act}  {entry.subject}".rstrip())


def _fault(found: Head | BrokenLink, store: "Store") -> str | None:
    if isinstance(found, BrokenLink):
        return f"entry {found.entry_id}: {found.why}"
    return next((f"decision {number}: {why}" for number, why in store.decisions.unlogged()), None)
