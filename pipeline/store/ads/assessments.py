"""Assessments, licence look-ups and offer facts of each text."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from crawler.ad import JobAd
from model.assessment import Assessment, AssessmentRow, assessment_from_record, assessment_row
from pipeline.case import OfferFacts, Reason, State
from pipeline.licences.results import LicenceLookup, lookup_from_line, lookup_line
from pipeline.store.connection import Connection, Part, statement


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingAd:
    """One version of an ad that is still to be read."""

    version_id: int
    ad: JobAd


@dataclass(frozen=True, slots=True, kw_only=True)
class Untriaged:
    """One assessment that is still to be triaged."""

    ad_id: str
    fingerprint: str
    score: float
    rule: str | None
    case_id: int | None
    """The case of this text, where there is one already."""

    case_reason: Reason | None
    case_state: State | None
    shown: bool
    """Whether this very version stands for the case."""

    current: bool
    """Whether the ad still carries this text, as far as was seen."""

    copies: int
    """How many ads carry it."""

    campaign_id: str | None


class Assessments(Part):
    """What the model said of each version of an ad. Older assessments stay."""

    def pending(self, model_version: str, taxonomy_version: str, *, chunk: int) -> Iterator[tuple[PendingAd, ...]]:
        """The present texts that this model has not read, in chunks; the next may be asked for before one is
        assessed."""
        done = "assessments d WHERE d.model_version = :model AND d.taxonomy_version = :taxonomy"
        return _pending(self._db, done, {"model": model_version, "taxonomy": taxonomy_version, "chunk": chunk})

    def add(self, version_id: int, assessment: Assessment) -> None:
        """Add what the model said of this version; it is triaged afterwards."""
        self.add_rows([(version_id, assessment_row(assessment))])

    def add_rows(self, rows: Iterable[tuple[int, AssessmentRow]]) -> None:
        """Add what a model said of some versions, each by its number."""
        self._db.run_many(
            "INSERT INTO assessments (version_id, model_version, taxonomy_version, score, kind, rule, assessed_at, "
            "record) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            ((version_id, *row) for version_id, row in rows),
        )

    def of_case(self, case_id: int) -> Assessment | None:
        """The newest assessment of the text that stands for the case, or None before it is scored."""
        record = self._db.value(
            "SELECT record FROM assessments WHERE version_id = (SELECT version_id FROM cases WHERE case_id = ?) "
            "ORDER BY assessment_id DESC LIMIT 1",
            [case_id],
        )
        return assessment_from_record(json.loads(record)) if record else None

    def untriaged(self) -> tuple[Untriaged, ...]:
        """Assessments that are still to be triaged, oldest first."""
        return self._to_triage("WHERE m.triaged_at IS NULL")

    def uncovered(self) -> tuple[Untriaged, ...]:
        """Newest assessments of texts whose campaign has no case any more, because the ad that stood for it changed its
        text since the last triage; none where somebody has decided one of its texts."""
        return self._to_triage(statement("where_uncovered"))

    def mark_triaged(self, *, at: datetime) -> None:
        """Every assessment that stands now has been triaged."""
        self._db.run("UPDATE assessments SET triaged_at = ? WHERE triaged_at IS NULL", [at])

    def pending_offers(self, *, limit: int) -> tuple[tuple[int, int | None, JobAd, tuple[str, ...]], ...]:
        """Versions of cases whose offer facts are missing or older than their assessment; with its number and hints."""
        rows = self._db.run(statement("pending_offers"), [limit])
        return tuple((*ids, self._db.read_ad(record), tuple(json.loads(hints or "[]"))) for *ids, record, hints in rows)

    def set_offer_facts(
        self, version_id: int, assessment_id: int | None, facts: OfferFacts, hints: Sequence[str]
    ) -> None:
        """Set the facts by which the overview counts this version."""
        row = {"version_id": version_id, "assessment_id": assessment_id, "exploitation": sorted(hints)}
        self._db.insert("offer_facts", row | asdict(facts), on_conflict="REPLACE")

    def _to_triage(self, which: str) -> tuple[Untriaged, ...]:
        return self._db.records(Untriaged, f"{statement('to_triage')} {which} ORDER BY m.assessment_id")


class LicenceLookups(Part):
    """What registers of licensed agencies said, each with the version that was looked up. Older look-ups stay."""

    def pending(self, registers: str, *, chunk: int) -> Iterator[tuple[PendingAd, ...]]:
        """The present texts that were not looked up in these registers, in chunks; ``registers`` is their key."""
        done = "licence_lookups d WHERE d.registers = :registers"
        return _pending(self._db, done, {"registers": registers, "chunk": chunk})

    def add(self, version_id: int, registers: str, lookup: LicenceLookup) -> None:
        """Add what these registers said of this version."""
        row = {"version_id": version_id, "registers": registers, "result": lookup.result}
        self._db.insert("licence_lookups", row | {"looked_at": lookup.looked_at, "record": lookup_line(lookup)})

    def of_ad(self, ad_id: str) -> LicenceLookup | None:
        """The newest look-up of the ad as it was last seen; None where it was never looked up."""
        line = self._db.value(
            "SELECT l.record FROM ads a JOIN licence_lookups l USING (version_id) WHERE a.ad_id = ? "
            "ORDER BY l.looked_at DESC, l.lookup_id DESC LIMIT 1",
            [ad_id],
        )
        return lookup_from_line(line) if line else None


def _pending(db: Connection, done: str, params: Mapping[str, object]) -> Iterator[tuple[PendingAd, ...]]:
    """The present texts of which there is no such row ``d``, in chunks."""
    last = 0
    while found := db.records(
        PendingAd,
        "SELECT v.version_id, v.record AS ad FROM ads a JOIN ad_versions v ON v.version_id = a.version_id "
        f"WHERE a.gone_at IS NULL AND v.version_id > :last AND NOT EXISTS (SELECT 1 FROM {done} "
        "AND d.version_id = v.version_id) ORDER BY v.version_id LIMIT :chunk",
        {**params, "last": last},
    ):
        last = found[-1].version_id
        yield found
