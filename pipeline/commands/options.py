"""Options that several commands share, and how every command prints its outcome."""

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import wraps
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from crawler.ad import JobAd, derive_ad_id
from crawler.batch.ad_json import FIELDS
from crawler.batch.ads_file import read_ads
from crawler.files import STANDARD_OUTPUT, check_output
from pipeline.errors import NotInstalled
from pipeline.settings.console import harmless, in_one_line
from pipeline.settings.loader import refuse_if_others_may_read
from pipeline.settings.records import Settings

if TYPE_CHECKING:
    from pipeline.exports.cluster_run import Report
    from pipeline.store.store import Store


Command = Callable[..., Any]

_JSON = "lurewatch.json"


as_json = click.option(
    "--json", is_flag=True, is_eager=True, expose_value=False, help="Print the outcome as JSON, for a machine.",
    callback=lambda ctx, _param, value: ctx.meta.__setitem__(_JSON, value),
)  # fmt: skip


def reports(command: Command) -> Command:
    """Gives a command the settings, and ``--json`` for what it has to report."""
    return as_json(click.pass_obj(command))


def is_json() -> bool:
    return bool(click.get_current_context().meta.get(_JSON))


def say(record: Mapping[str, Any] | list[Any], lines: Iterable[str] = (), *, err: bool = False) -> None:
    """Print the outcome: the record with ``--json``, the lines without. ``err`` where standard output is taken.

    Lines quote what servers and files say, so a terminal is shown nothing that it would obey."""
    if is_json():
        text = json.dumps(
            record, ensure_ascii=False, indent=2,
            default=lambda each: each.isoformat() if isinstance(each, datetime) else str(each),
        )  # fmt: skip
        lines = [text]
    for line in lines:
        click.echo(line if is_json() else harmless(line), err=err)


class FiniteRange(click.FloatRange):
    """A number inside bounds; ``nan``, which no bound refuses, is no number."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number, or a usage error."""
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value} is not a number.", param, ctx)
        return number


FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
MODEL_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)

MODEL = click.option(
    "--model", metavar="FOLDER", type=FOLDER, help="A model's folder; the model in service unless given."
)
OUTPUT = click.option(
    "--output", metavar="OUTPUT", default="-", show_default=True, help="The file to write; - is standard output."
)


def not_blank(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """The value of an option that is kept on record: a script's variable may be empty."""
    if value is not None and not value.strip():
        raise click.BadParameter("expected words, found none")
    return value


BY = click.option("--by", required=True, metavar="NAME", callback=not_blank, help="Who asks for it; kept on record.")


def on_record(command: Command) -> Command:
    """The options ``--by`` and ``--reason``."""
    reason = click.option("--reason", required=True, metavar="TEXT", callback=not_blank, help="Why; kept on record.")
    return BY(reason(command))


CASE = click.IntRange(1, 2**63 - 1)  # that the database can hold
SEEDS = click.IntRange(0, 2**32 - 1)  # that NumPy takes

_CLUSTER = re.compile(r"local\[[1-9]\d{0,2}\]|[a-z+]+://\S+|[^\s/\[\]]+:\d+")


def _check_cluster(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    if value is not None and not _CLUSTER.fullmatch(value):
        raise click.BadParameter(f"expected local[N] or a scheduler's address as tcp://HOST:PORT, found {value!r}")
    return value


CLUSTER = click.option(
    "--cluster", metavar="local[N]|ADDRESS", callback=_check_cluster,
    help="Dask workers that do it: N of their own, or those of a scheduler. INPUT may then be a folder or a pattern at "
    "any fsspec address, and OUTPUT is a folder of Parquet files. Needs the extra \"cluster\".",
)  # fmt: skip


def run_on_cluster(cluster: str, ads: "AdsFile", **job: Any) -> "Report":
    """What came of a run over the input, after its problems were named. Its libraries are an extra."""
    if ads.output in STANDARD_OUTPUT:
        raise click.UsageError("--cluster writes a folder: expected --output.")
    try:
        from pipeline.exports.cluster_run import Job, run_on
    except ModuleNotFoundError as err:
        raise NotInstalled(
            f"{err.name}: not installed; expected the extra that works on clusters: pip install 'lurewatch[cluster]'"
        ) from err
    job |= {"output": ads.output, "columns": ads.columns, "ignore_unknown": ads.ignore_unknown, "started_at": now()}
    return run_on(cluster, Job(**job), ads.source)


def setting_option(flag: str, setting: str, **attributes: Any) -> Callable[[Command], Command]:
    """An option that stands in for a setting, such as ``database`` or ``review.port``: the command sees it as set."""
    section, _, key = setting.rpartition(".")

    def set_it(ctx: click.Context, _param: click.Parameter, value: object) -> None:
        if value is not None and isinstance(ctx.obj, Settings):
            changed: Any = replace(getattr(ctx.obj, section), **{key: value}) if section else value
            ctx.obj = replace(ctx.obj, **{section or key: changed})

    return click.option(flag, expose_value=False, callback=set_it, **attributes)


def database(command: Command) -> Command:
    """Gives a command the settings, with ``--database`` in them."""
    where = "The database file; data/local/lurewatch.db unless set otherwise."
    return setting_option("--database", "database", type=FILE, help=where)(click.pass_obj(command))


BATCHES = setting_option(
    "--batches", "batches", metavar="DIR", type=FOLDER,
    help="Where the batches lie; data/local/batches unless set otherwise.",
)  # fmt: skip


def leave(code: int) -> NoReturn:
    click.get_current_context().exit(code)


def open_store(path: Path, *, create: bool = False) -> "AbstractContextManager[Store]":
    """The store in this file, refused where others may read it. Its libraries are loaded here: they take as long as the
    rest of a start."""
    from pipeline.store.store import Store

    if path.is_file():
        refuse_if_others_may_read(path, "database")
    return Store.open(path, create=create)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdsFile:
    """An ads file that a command reads, how, and the file that it writes of it."""

    source: str
    output: str
    ignore_unknown: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)

    def read(self, *, seen_at: datetime) -> Iterator[JobAd]:
        """The ads; refused where the output would replace them."""
        check_output(self.output, self.source)
        return _without_repeats(
            read_ads(
                self.source, seen_at=seen_at, ignore_unknown=self.ignore_unknown, columns=self.columns,
                on_passed_over=lambda names: _note(f"columns passed over: {', '.join(names)}"),
            )
        )  # fmt: skip


def _without_repeats(ads: Iterable[JobAd]) -> Iterator[JobAd]:
    """Each ad once. Of several with one id and one moment the first counts, and the others are said; those of several
    moments are versions. An id that was derived from the text is no word of the file's: equal texts stay, each."""
    seen: set[bytes] = set()
    repeated: list[str] = []
    for ad in ads:
        key = blake2b(f"{ad.ad_id}\n{ad.seen_at}".encode(errors="surrogatepass"), digest_size=16).digest()
        if key in seen and ad.ad_id != derive_ad_id(ad.source, ad.title, ad.description):
            repeated.append(ad.ad_id)
        else:
            seen.add(key)
            yield ad
    if repeated:
        named = ", ".join(list(dict.fromkeys(repeated))[:20]) + (", …" if len(set(repeated)) > 20 else "")
        _note(f"ads left out, since an earlier one has their ad_id: {len(repeated)} ({named})")


def _note(text: str) -> None:
    click.echo(f"note: {in_one_line(text)}", err=True)


def _read_columns(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """By field of an ad the column, or key, that holds it in a file."""
    columns: dict[str, str] = {}
    for value in values:
        field, equals, column = value.partition("=")
        column = column.strip()
        if not equals or not column or field not in FIELDS or columns.setdefault(field, column) != column:
            expected = f"expected FIELD=COLUMN, found {value!r}; FIELD is one of {', '.join(FIELDS)}, each once"
            raise click.BadParameter(expected)
    return columns


def ads_file(command: Command) -> Command:
    """The argument INPUT, the options on how to read it, and OUTPUT, given to the command as ``ads``."""

    @click.argument("source", metavar="INPUT")
    @click.option(
        "--map", "columns", metavar="FIELD=COLUMN", multiple=True, callback=_read_columns,
        help="Which column of the file is which field, as title=Position; may be repeated.",
    )  # fmt: skip
    @click.option("--ignore-unknown", is_flag=True, help="Pass over fields that an ad does not have.")
    @OUTPUT
    @wraps(command)
    def with_ads(*args: object, **given: Any) -> object:
        named = {name: given.pop(name) for name in ("source", "output", "ignore_unknown", "columns")}
        return command(*args, ads=AdsFile(**named), **given)

    return with_ads


def now() -> datetime:
    """This moment. Commands pass it on; nothing inside looks at a clock."""
    return datetime.now(UTC)
