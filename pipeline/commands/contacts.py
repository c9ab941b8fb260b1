"""Contacts of ads: what is known of each, as a file."""

from pathlib import Path

import click

from pipeline.commands.options import database, database_of, obj
from pipeline.settings import Settings

__all__ = ["contacts"]


@click.group()
def contacts() -> None:
    """What the store knows of the contacts in ads."""


@contacts.command("export")
@click.option("--output", metavar="OUTPUT", required=True, help="The file to write, JSON Lines; - is standard output.")
@click.option(
    "--with-values", is_flag=True, help='The contacts themselves too; needs export = "values" in the settings.'
)
@database
@obj
def export_contacts(settings: Settings, *, output: str, with_values: bool, database: Path | None) -> None:
    """Write each contact's hash, kind and reach. The contact itself only where it is asked for and permitted."""
    from pipeline.contact_file import write_contacts
    from pipeline.contact_vault import ContactVault
    from pipeline.errors import BadSettings
    from pipeline.review_queue import ReviewQueue

    if with_values and settings.contacts.export != "values":
        raise BadSettings(
            '--with-values: not permitted here; expected export = "values" under [contacts] in the settings'
        )
    vault = ContactVault.open(settings.local) if with_values else None
    with ReviewQueue.open(database_of(settings, database)) as queue:
        count = write_contacts(queue.contacts(), output, vault)
    click.echo(f"{count} contacts{'' if with_values else ', by their hashes'}, into {output}", err=True)
