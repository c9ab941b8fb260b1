"""The model in service: loading, promotion, rollback, scoring on several cores.

Each worker imports this module before it reads anything, and `lurewatch score` waits for nothing else: what opens the
store has no place here.
"""

import gc
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import uuid4

from crawler.ad import JobAd
from crawler.files import whole_file
from crawler.processes import map_in_order, start_no_threads
from model.ad_facts import AdFacts
from model.assessment import AssessmentRow, assessment_row
from model.batches import in_batches
from model.classifier.artefact import load_model, put_in_service
from pipeline.errors import BadSettings, CannotPromote
from pipeline.settings.records import Settings

if TYPE_CHECKING:
    from model.assessor import Assessor


EDITED: Final = "edited since the model learnt: new indicators count in rules alone until a model is trained on it"
"""What is said of a taxonomy that is another than the model's."""


def load_assessor(settings: Settings, model: Path | None = None) -> "Assessor":
    """The assessor of the model that was named, or of the one in service. It is to stay until the process ends."""
    return read_assessor(model or settings.model_folder(), settings.taxonomy)


def read_assessor(model: Path, taxonomy: Path) -> "Assessor":
    """The same by the folders of the model and of the taxonomy."""
    start_no_threads()
    # No garbage is collected meanwhile, and seldom afterwards: all that a start loads stays, and going through it again
    # and again takes a tenth of the start.
    gc.disable()
    try:
        from model.assessor import Assessor

        return Assessor.load(model, taxonomy)
    finally:
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)
        gc.enable()


HISTORY = "promotions.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    at: str
    before: str | None
    """Folder name of the model that was in service; None where there was none."""

    after: str
    worse: tuple[str, ...] = ()
    """Headline figures that were worse beyond their interval."""

    reason: str | None = None
    """Why it was put in service all the same, or why it was taken back."""

    taken_back: bool = False
    """Whether the model before was put back: then ``before`` was rejected."""


def promote(
    settings: Settings, folder: Path, *, at: datetime, worse: Sequence[str] = (), reason: str | None = None
) -> Promotion:
    """From now on this installation uses the model in ``folder``, which is copied beside its own models if it lies
    elsewhere. Raises ``CannotPromote`` where figures are worse and no reason is given."""
    if worse and not reason:
        raise CannotPromote(
            f"{folder.name} is not promoted: worse in {', '.join(worse)}; "
            "--anyway REASON puts it in service all the same"
        )
    before, home = in_service(settings), folder.resolve()
    if home.parent not in (settings.local_models.resolve(), settings.models.resolve()):
        # Under its version: folders of two models that come from elsewhere may have one name.
        home = settings.local_models / load_model(folder).version
    if not home.exists():
        settings.local_models.mkdir(parents=True, exist_ok=True)
        partial = home.with_name(f".{home.name}.{uuid4().hex[:8]}.partial")
        try:
            shutil.copytree(folder, partial)
            partial.replace(home)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    change = Promotion(at=at.isoformat(), before=before, after=home.name, worse=tuple(worse), reason=reason)
    return _record(settings, change)


def roll_back(settings: Settings, *, at: datetime, reason: str | None = None) -> Promotion:
    """The model that was in service before the present one is in service again; each further time one further back.

    A model that was rolled back is never returned to. Raises ``CannotPromote`` where no earlier one is known.
    """
    earlier: list[str] = []  # the models that stood before the present one: each rollback takes one away
    for change in history(settings):
        if change.taken_back:
            del earlier[-1:]
        elif change.before and change.before != change.after:
            earlier.append(change.before)
    if not earlier:
        raise CannotPromote(f"{settings.local_models / HISTORY}: no earlier model to go back to; promote another model")
    back = earlier[-1]
    if not any((parent / back).is_dir() for parent in (settings.local_models, settings.models)):
        raise CannotPromote(f"{settings.local_models}: {back} is no longer there; promote another model")
    return _record(
        settings,
        Promotion(at=at.isoformat(), before=in_service(settings), after=back, reason=reason, taken_back=True),
    )


def history(settings: Settings) -> tuple[Promotion, ...]:
    """Every change, oldest first."""
    path = settings.local_models / HISTORY
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return ()
    try:
        records = [json.loads(line) for line in lines if line.strip()]
        return tuple(Promotion(**{**record, "worse": tuple(record["worse"])}) for record in records)
    except (KeyError, TypeError, ValueError) as err:
        raise BadSettings(f"{path}: {err}; expected one change of model a line") from err


def in_service(settings: Settings) -> str | None:
    """Folder name of the model in service; None where there is none."""
    try:
        return settings.model_folder().name
    except BadSettings:
        return None


def _record(settings: Settings, change: Promotion) -> Promotion:
    """The history first: a change that nobody knows of would be worse than one that did not come about."""
    settings.local_models.mkdir(parents=True, exist_ok=True)
    with (settings.local_models / HISTORY).open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(change), ensure_ascii=False) + "\n")
    put_in_service(Path(change.after), models=settings.local_models)
    return change


ADS_AT_ONCE: Final = 256
"""Ads that are read at a time: as many as the model looks at together, few enough that the last ones are soon done and
that a crash loses seconds."""


Progress = Callable[[int], None]
Places = tuple[Path, Path]
"""The folders of the model and the taxonomy."""


class AdsToScore(NamedTuple):
    ads: list[JobAd]
    facts: Mapping[str, AdFacts] | None = None
    """What is known of ads beside their words, by their ids."""

    versions: tuple[int, ...] = ()
    """Their numbers in the store, for whoever keeps what comes of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    model: str
    taxonomy: str
    is_taxonomy_edited: bool

    @classmethod
    def of(cls, assessor: "Assessor") -> "Versions":
        return cls(
            model=assessor.model_version,
            taxonomy=assessor.taxonomy_version,
            is_taxonomy_edited=assessor.is_taxonomy_edited,
        )


def score_ads(
    ads: Iterable[JobAd], output: str | Path, *, places: Places, workers: int, now: datetime, progress: Progress
) -> tuple[int, Versions]:
    """How many ads were scored, and what read them. One assessment a line, in the order of the ads, in a file that is
    there whole or not at all. However long the input, only a few chunks of it are held.

    Few ads are read here; of more, each worker loads its own model, and this process none.
    """
    count, by = 0, None
    chunks = (AdsToScore(chunk) for chunk in in_batches(ads, ADS_AT_ONCE))
    with whole_file(output) as file:
        for _, (rows, by) in score_chunks(chunks, places=places, workers=workers, now=now):  # noqa: B007 - read below
            file.writelines(row.record for row in rows)
            count += len(rows)
            progress(len(rows))
        return count, by or Versions.of(_assessor(*places))


def score_chunks(
    chunks: Iterable[AdsToScore], *, places: Places, workers: int, now: datetime, assessor: "Assessor | None" = None
) -> Iterator[tuple[AdsToScore, tuple[list[AssessmentRow], Versions]]]:
    """Each chunk with its assessments. ``assessor`` is what few ads are read with, where one is loaded already."""
    work = partial(_assess_chunk, places, now)
    here = partial(work, assessor=assessor) if assessor else None
    yield from map_in_order(
        work, chunks, workers=workers, imported=("model.assessor", __name__), here=here,
        size_of=lambda chunk: sum(len(ad.title) + len(ad.description) for ad in chunk.ads),
    )  # fmt: skip


def _assess_chunk(
    places: Places, now: datetime, chunk: AdsToScore, *, assessor: "Assessor | None" = None
) -> tuple[list[AssessmentRow], Versions]:
    assessor = assessor or _assessor(*places)
    assessments = assessor.assess(chunk.ads, assessed_at=now, facts=chunk.facts or {})
    return [assessment_row(each) for each in assessments], Versions.of(assessor)


_assessor = cache(read_assessor)
