"""Who may sign in, as what and how: ``analysts add``, ``list``, ``password``, ``provider``, ``unlink``, ``role``,
``sign-out``, ``disable``."""

import sys
from pathlib import Path
from typing import cast

import click

from pipeline.analysts import ROLES, Analyst, Role, generate_password, hash_password, nobodys_hash
from pipeline.commands.options import as_json, database, database_of, now, obj
from pipeline.settings import Settings
from pipeline.showing import say_json

__all__ = ["analysts"]

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
    from pipeline.review_queue import ReviewQueue

    if by_provider and password_stdin:
        raise click.UsageError("--by-provider: such an account has no password; expected no --password-stdin")
    password = None if by_provider else _password(password_stdin)
    with ReviewQueue.open(database_of(settings, database), create=True) as queue:
        hashed = hash_password(password) if password is not None else nobodys_hash()
        made = Analyst(name=name, role=cast(Role, role), password_hash=hashed, by_provider=by_provider)
        with queue.atomic():
            queue.add_analyst(made, at=now())
            queue.record("added_account", f"analyst {name}", by=None, at=now(), role=role, by_provider=by_provider)
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
    from pipeline.review_queue import ReviewQueue

    new = _password(password_stdin)
    with ReviewQueue.open(database_of(settings, database)) as queue, queue.atomic():
        queue.set_password_hash(name, hash_password(new))
        queue.record("reset_password", f"analyst {name}", by=None, at=now())
    click.echo(f"{name} has a new password" + ("" if password_stdin else f", shown this once: {new}"))


@analysts.command("provider")
@click.argument("name")
@database
@obj
def leave_to_provider(settings: Settings, name: str, database: Path | None) -> None:
    """Take an analyst's password away: they sign in by the OpenID provider alone, until `password` gives them one."""
    from pipeline.review_queue import ReviewQueue

    with ReviewQueue.open(database_of(settings, database)) as queue, queue.atomic():
        queue.leave_to_provider(name, nobodys_hash())
        queue.record("left_to_provider", f"analyst {name}", by=None, at=now())
    click.echo(f"{name} signs in by the OpenID provider alone")


@analysts.command("unlink")
@click.argument("name")
@database
@obj
def unlink(settings: Settings, name: str, database: Path | None) -> None:
    """Forget whose an account is at the OpenID provider: the next person who comes from there by its name is."""
    from pipeline.review_queue import ReviewQueue

    with ReviewQueue.open(database_of(settings, database)) as queue, queue.atomic():
        was_known = queue.unlink_person(name)
        queue.record("unlinked_account", f"analyst {name}", by=None, at=now())
    click.echo(f"{name} is open to the next person of that name" if was_known else f"{name} was nobody's yet")


@analysts.command("list")
@database
@as_json
@obj
def show(settings: Settings, database: Path | None, as_json: bool) -> None:
    """Show every account, disabled ones too."""
    from pipeline.review_queue import ReviewQueue

    with ReviewQueue.open(database_of(settings, database)) as queue:
        found = queue.analysts()
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
    from pipeline.review_queue import ReviewQueue

    with ReviewQueue.open(database_of(settings, database)) as queue, queue.atomic():
        queue.set_role(name, cast(Role, role))
        queue.record("changed_role", f"analyst {name}", by=None, at=now(), role=role)
    click.echo(f"{name} is {role} now")


@analysts.command("sign-out")
@click.argument("name")
@database
@obj
def sign_out(settings: Settings, name: str, database: Path | None) -> None:
    """End every session of an analyst, wherever it is."""
    from pipeline.review_queue import ReviewQueue

    with ReviewQueue.open(database_of(settings, database)) as queue, queue.atomic():
        queue.end_sessions(name)
        queue.record("signed_out", f"analyst {name}", by=None, at=now(), everywhere=True)
    click.echo(f"{name} is signed out everywhere")


@analysts.command("disable")
@click.argument("name")
@database
@obj
def disable(settings: Settings, name: str, database: Path | None) -> None:
    """End an analyst's sessions and let no new one begin; what they decided stays."""
    from pipeline.review_queue import ReviewQueue

    with ReviewQueue.open(database_of(settings, database)) as queue, queue.atomic():
        queue.disable_analyst(name)
        queue.record("disabled_account", f"analyst {name}", by=None, at=now())
    click.echo(f"{name} can no longer sign in")


def _password(from_stdin: bool) -> str:
    return sys.stdin.readline().rstrip("\r\n") if from_stdin else generate_password()
