"""The prevention brief as a file: ``brief``."""

import re
from datetime import datetime
from pathlib import Path

import click

from pipeline.commands.options import database, database_of, now, obj
from pipeline.settings import Settings

__all__ = ["brief"]


class _MonthType(click.ParamType):  # type: ignore[type-arg]  # generic in the stubs alone
    """A month as ``2026-10``."""

    name = "YYYY-MM"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not re.fullmatch(r"20\d\d-(?:0[1-9]|1[0-2])", str(value)):
            self.fail(f"expected a month such as 2026-10, found {value!r}", param, ctx)
        return str(value)


@click.command()
@click.option("--month", type=_MonthType(), help="The last whole month unless given.")
@click.option("--language", type=click.Choice(["en", "vi", "id"]), default="en", show_default=True)
@click.option("--output", metavar="FILE", required=True, help="Ends in .html or .md; - is Markdown on standard output.")
@database
@obj
@click.pass_context
def brief(
    ctx: click.Context, settings: Settings, *, month: str | None, language: str, output: str, database: Path | None
) -> None:
    """Write what a month's confirmed lures promise, for which work, where to and in which words, for people who warn.

    From confirmed cases alone; no personal data, nothing that an advertiser wrote of themselves, and nothing that fewer
    than five cases have in common. 1 when too few cases are confirmed to tell anything.
    """
    from crawler.whole_file import whole_file
    from model.taxonomy.loader import load_taxonomy
    from pipeline.brief import read_brief
    from pipeline.review_queue import ReviewQueue
    from pipeline.source_kinds import read_source_kinds
    from pipeline.web.brief_files import FORMATS
    from pipeline.web.brief_text import write_brief

    ending = "md" if output == "-" else output.rpartition(".")[2]
    if ending not in FORMATS:
        raise click.BadParameter(f"expected a name that ends in .html or .md, found {output!r}", param_hint="--output")
    asked, indicators = month or _last_month(now()), load_taxonomy(settings.taxonomy).indicators
    with ReviewQueue.open(database_of(settings, database)) as queue:
        found = read_brief(queue, asked, indicators=indicators, source_kinds=read_source_kinds(settings.sources))
        queue.record("exported", f"brief {asked}", by=None, at=now(), language=language, ending=ending)
    with whole_file(output) as file:
        file.write(FORMATS[ending][1](write_brief(found, language, indicators=indicators)))
    click.echo(f"brief of {asked}: {found.counts.confirmed} confirmed cases", err=output == "-")
    ctx.exit(0 if found.is_told else 1)


def _last_month(moment: datetime) -> str:
    from pipeline.brief import month_before

    return month_before(f"{moment:%Y-%m}")
