"""Scoring of ads, on as many cores as are given: chunks of them, or a file.

Each worker imports this module before it reads anything: what opens the store has no place here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from crawler.ad import JobAd
from crawler.files import whole_file
from crawler.processes import map_in_order
from model.ad_facts import AdFacts
from model.batches import in_batches
from pipeline.review.model_in_service import read_assessor
from pipeline.store.ads.assessment_json import AssessmentRow, assessment_row

if TYPE_CHECKING:
    from model.assessor import Assessor

__all__ = ["ADS_AT_ONCE", "AdsToScore", "Places", "Scored", "score_ads", "score_chunks"]

ADS_AT_ONCE: Final = 256
"""Ads that are read at a time: as many as the model looks at together, few enough that the last ones are soon done and
that a crash loses seconds."""

_IMPORTED: Final = ("model.assessor", "pipeline.review.scored_file")

Progress = Callable[[int], None]
Places = tuple[Path, Path]
"""The folders of the model and the taxonomy."""


class AdsToScore(NamedTuple):
    """A chunk of ads."""

    ads: list[JobAd]
    facts: Mapping[str, AdFacts] | None = None
    """What is known of ads beside their words, by their ids."""

    versions: tuple[int, ...] = ()
    """Their numbers in the store, for whoever keeps what comes of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """What read the ads."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What came of a file."""

    ads: int
    by: Versions


def score_ads(
    ads: Iterable[JobAd], output: str | Path, *, places: Places, workers: int, now: datetime, progress: Progress
) -> Scored:
    """One assessment a line, in the order of the ads, in a file that is there whole or not at all. However long the
    input, only a few chunks of it are held.

    Few ads are read here; of more, each worker loads its own model, and this process none.
    """
    count, by = 0, None
    chunks = (AdsToScore(chunk) for chunk in in_batches(ads, ADS_AT_ONCE))
    with whole_file(output) as file:
        for _, (rows, by) in score_chunks(chunks, places=places, workers=workers, now=now):  # noqa: B007
            file.writelines(row.record for row in rows)
            count += len(rows)
            progress(len(rows))
        return Scored(ads=count, by=by or Versions.of(_assessor(*places)))


def score_chunks(
    chunks: Iterable[AdsToScore], *, places: Places, workers: int, now: datetime, assessor: "Assessor | None" = None
) -> Iterator[tuple[AdsToScore, tuple[list[AssessmentRow], Versions]]]:
    """Each chunk with its assessments. ``assessor`` is what few ads are read with, where one is loaded already."""
    work = partial(_read_chunk, places, now)
    here = partial(_rows, assessor, now) if assessor else None
    yield from map_in_order(
        work, chunks, workers=workers, imported=_IMPORTED, here=here,
        size_of=lambda chunk: sum(len(ad.title) + len(ad.description) for ad in chunk.ads),
    )  # fmt: skip


def _read_chunk(places: Places, now: datetime, chunk: AdsToScore) -> tuple[list[AssessmentRow], Versions]:
    return _rows(_assessor(*places), now, chunk)


def _rows(assessor: "Assessor", now: datetime, chunk: AdsToScore) -> tuple[list[AssessmentRow], Versions]:
    assessments = assessor.assess(chunk.ads, assessed_at=now, facts=chunk.facts or {})
    return [assessment_row(each) for each in assessments], Versions.of(assessor)


_assessor = cache(read_assessor)
