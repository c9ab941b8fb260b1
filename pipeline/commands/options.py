"""Options that several commands share, and how every command prints its outcome."""

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import wraps
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from crawler.ad import JobAd, derive_ad_id
from crawler.batch.ads_file import FIELDS, read_ads
from crawler.files import check_output
from pipeline.errors import NotInstalled
from pipeline.settings.console import progress
from pipeline.settings.private import refuse_if_others_may_read
from pipeline.settings.records import Settings

if TYPE_CHECKING:
    from pipeline.exports.cluster.run import Report
    from pipeline.store.store import Store

__all__ = [
    "BATCHES", "CLUSTER", "FILE", "FOLDER", "LABELLED", "LABELLED_FORMAT", "LABELLED_FORMATS", "MODEL", "MODEL_FOLDER",
    "OUTPUT", "AdsInput", "FiniteRange", "ads_input", "as_json", "database", "is_json", "leave", "now", "obj",
    "open_store", "run_on_cluster", "say",
]  # fmt: skip

Command = Callable[..., Any]

obj = click.pass_obj

_JSON = "lurewatch.json"


def _keep_choice(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    ctx.meta[_JSON] = value


as_json = click.option(
    "--json", is_flag=True, expose_value=False, callback=_keep_choice, help="Print the outcome as JSON, for a machine."
)


def is_json() -> bool:
    """Whether the command that runs was asked for JSON."""
    return bool(click.get_current_context().meta.get(_JSON))


def say(record: Mapping[str, Any] | list[Any], lines: Iterable[str] = (), *, err: bool = False) -> None:
    """Print the outcome: the record with ``--json``, the lines without. ``err`` where standard output is taken."""
    if is_json():
        lines = [json.dumps(record, ensure_ascii=False, indent=2, default=_plain)]
    for line in lines:
        click.echo(line, err=err)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


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
LABELLED = click.Path(exists=True, dir_okay=False, path_type=Path)

MODEL = click.option(
    "--model", metavar="FOLDER", type=FOLDER, help="A model's folder; the model in service unless given."
)
OUTPUT = click.option(
    "--output", metavar="OUTPUT", default="-", show_default=True, help="The file to write; - is standard output."
)

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


def run_on_cluster(cluster: str, source: str, output: str, **job: Any) -> "Report":
    """What came of a run over the input, after its problems were named. Its libraries are an extra."""
    if output == "-":
        raise click.UsageError("--cluster writes a folder: expected --output.")
    try:
        from pipeline.exports.cluster.job import Job
        from pipeline.exports.cluster.run import ClusterRun
    except ModuleNotFoundError as err:
        raise NotInstalled(
            f"{err.name}: not installed; expected the extra that works on clusters: pip install 'lurewatch[cluster]'"
        ) from err
    run = ClusterRun.begin(Job(output=output, started_at=now(), **job), source)
    with progress("partitions", total=len(run.waiting)) as advance:
        return run.work(cluster, advance)


# The names of model.datasets.catalogue.FORMATS, which a start of the program need not load; a test holds them to it.
LABELLED_FORMATS = ("collected", "contrast", "decisions", "emscad", "held_out", "quoted", "real", "texts")
LABELLED_FORMAT = click.option(
    "--format",
    "format_name",
    type=click.Choice(LABELLED_FORMATS),
    default="decisions",
    show_default=True,
    help="Of INPUT, where it is one labelled file and no catalogue (.toml).",
)


def _instead_of(place: str) -> Callable[[click.Context, click.Parameter, Path | None], None]:
    """What an option does that names another place than the settings: the command sees it as set."""

    def replace_it(ctx: click.Context, _param: click.Parameter, value: Path | None) -> None:
        if value is not None and isinstance(ctx.obj, Settings):
            changed: dict[str, Any] = {place: value}
            ctx.obj = replace(ctx.obj, **changed)

    return replace_it


database = click.option(
    "--database", type=FILE, expose_value=False, callback=_instead_of("database"),
    help="The database file; data/local/lurewatch.db unless set otherwise.",
)  # fmt: skip
BATCHES = click.option(
    "--batches", metavar="DIR", type=FOLDER, expose_value=False, callback=_instead_of("batches"),
    help="Where the batches lie; data/local/batches unless set otherwise.",
)  # fmt: skip


def leave(code: int) -> NoReturn:
    """End the command with this exit code."""
    click.get_current_context().exit(code)


def open_store(path: Path, *, create: bool = False) -> "AbstractContextManager[Store]":
    """The store in this file, refused where others may read it. Its libraries are loaded here: they take as long as the
    rest of a start."""
    from pipeline.store.store import Store

    if path.is_file():
        refuse_if_others_may_read(path, "database")
    return Store.open(path, create=create)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdsInput:
    """An ads file that a command reads, and how."""

    source: str
    ignore_unknown: bool
    columns: Mapping[str, str]

    def read(self, output: str, *, seen_at: datetime) -> Iterator[JobAd]:
        """The ads, of which something is written into ``output``: refused where that is the file itself."""
        check_output(output, self.source)
        return _without_repeats(
            read_ads(
                self.source, seen_at=seen_at, ignore_unknown=self.ignore_unknown, columns=self.columns,
                on_passed_over=lambda names: click.echo(f"note: columns passed over: {', '.join(names)}", err=True),
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
        click.echo(f"note: ads left out, since an earlier one has their ad_id: {len(repeated)} ({named})", err=True)


class _MapType(click.ParamType):  # type: ignore[type-arg]  # generic in the stubs alone
    """A field of an ad, and the column or key that holds it in a file."""

    name = "FIELD=COLUMN"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        field, equals, column = str(value).partition("=")
        if not equals or not column.strip() or field not in FIELDS:
            self.fail(f"expected FIELD=COLUMN, found {value!r}; FIELD is one of {', '.join(FIELDS)}", param, ctx)
        return field, column.strip()


def ads_input(command: Command) -> Command:
    """The argument INPUT and the options on how to read it, given to the command as ``ads``."""

    @click.argument("source", metavar="INPUT")
    @click.option(
        "--map", "columns", type=_MapType(), multiple=True,
        help="Which column of the file is which field, as title=Position; may be repeated.",
    )  # fmt: skip
    @click.option("--ignore-unknown", is_flag=True, help="Pass over fields that an ad does not have.")
    @wraps(command)
    def with_ads(
        *args: object, source: str, columns: tuple[tuple[str, str], ...], ignore_unknown: bool, **given: object
    ) -> object:
        ads = AdsInput(source=source, ignore_unknown=ignore_unknown, columns=dict(columns))
        return command(*args, ads=ads, **given)

    return with_ads


def now() -> datetime:
    """This moment. Commands pass it on; nothing inside looks at a clock."""
    return datetime.now(UTC)
