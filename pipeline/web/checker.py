"""Checks of ads outside the store, for the command, the page and the API."""

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from crawler.ad import JobAd
from crawler.batch.ad_json import ad_from_record
from crawler.batch.ads_file import OUTSIDE_SOURCE
from crawler.extract.fields.contacts import find_contacts
from crawler.language.identify import read_language
from model.assessment import Assessment, assessment_to_record
from pipeline.licences.results import LicenceLookup, lookup_lines
from pipeline.nightly.triage import band_of, threshold_of
from pipeline.review.explain import CLOSING, findings_record
from pipeline.review.model_in_service import load_assessor
from pipeline.settings.records import Settings

if TYPE_CHECKING:
    from model.assessor import Assessor
    from model.taxonomy.records import Taxonomy
    from pipeline.licences.lookup import RegisterIndex


_FIELDS: Final = ("score", "kinds", "rule", "contributions", "exploitation", "model_version", "taxonomy_version")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedAd:
    """One ad with all that was found without a store."""

    ad: JobAd
    """With the contacts that its text names, where it came without any."""

    assessment: Assessment
    threshold: float
    """The score from which on this installation queues an ad."""

    licences: LicenceLookup | None
    """None where no register was imported."""

    @property
    def reaches_queue(self) -> bool:
        """Whether a night would open a case for such an ad."""
        return self.assessment.score >= self.threshold or self.assessment.rule is not None


class Checker:
    """The model in service, or another one that is named, and the registers of an installation; they are loaded when
    the first ad is checked."""

    def __init__(self, settings: Settings, model: Path | None = None) -> None:
        self._settings = settings
        self._model = model
        self._licences: tuple[date, RegisterIndex | None] | None = None
        self._lock = threading.Lock()  # the model is one, and the page's threads are many

    @cached_property
    def assessor(self) -> "Assessor":
        return load_assessor(self._settings, self._model)

    def check(self, ads: Sequence[JobAd], *, at: datetime) -> tuple[CheckedAd, ...]:
        """What is found of each ad, in their order."""
        with self._lock:
            assessor = self.assessor
            assessments = list(assessor.assess(list(ads), assessed_at=at, in_full=True))
            # Scored is the ad as it came, as ``score`` does; who is reached by it is read from the text besides.
            with_contacts = []
            for ad in ads:
                text = f"{ad.title}\n{ad.description}"
                contacts = ad.contacts or find_contacts(
                    text, ad.country, language=ad.language or read_language(text).language
                )
                with_contacts.append(replace(ad, contacts=contacts))
            if self._licences is None or self._licences[0] != at.date():  # a register may have been imported since
                self._licences = (at.date(), open_registers(self._settings, assessor.taxonomy))
            licences = self._licences[1]
            lookups = list(licences.look_up(with_contacts, now=at)) if licences else [None] * len(ads)
        threshold = threshold_of(self._settings.triage, assessor)
        return tuple(
            CheckedAd(ad=ad, assessment=assessment, threshold=threshold, licences=lookup)
            for ad, assessment, lookup in zip(with_contacts, assessments, lookups, strict=True)
        )


def open_registers(settings: Settings, taxonomy: "Taxonomy") -> "RegisterIndex | None":
    """An index of the imported registers; None where none was imported, and then nothing is loaded that reads them."""
    if not settings.imported_registers.is_dir():
        return None
    from pipeline.licences.lookup import open_index

    return open_index(settings.imported_registers, settings.registers, free_mail=taxonomy.countries.free_mail)


def ad_of(record: Mapping[str, object], *, at: datetime) -> JobAd:
    """The ad that somebody typed or sent, its line ends as in an ads file. Raises ``BadField`` as an ads file does."""
    plain = {
        name: re.sub(r"\r\n?", "\n", value).strip() if isinstance(value, str) else value
        for name, value in record.items()
    }
    return ad_from_record(plain, source=OUTSIDE_SOURCE, seen_at=at)


def check_record(checked: CheckedAd, assessor: "Assessor") -> dict[str, Any]:
    """What was found, for a machine: docs/reference/check-api.md describes each field."""
    found = assessment_to_record(checked.assessment)
    licences = checked.licences
    return {name: found[name] for name in _FIELDS if name in found} | {
        "band": band_of(checked.assessment.score),
        "threshold": checked.threshold,
        "reaches_queue": checked.reaches_queue,
        "taxonomy_edited": assessor.is_taxonomy_edited,
        "findings": findings_record(checked.assessment, assessor.taxonomy),
        "licences": None if licences is None else {
            "result": licences.result,
            "lines": [line.strip() for line in lookup_lines(licences, on=licences.looked_at.date())],
        },
        "contacts": [asdict(each) for each in checked.ad.contacts],
        "note": CLOSING,
    }  # fmt: skip


def without_score(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record with nothing of what the model says: its fields are there, and null."""
    claims = {*_FIELDS, "band", "reaches_queue", "findings"} - {"model_version", "taxonomy_version"}
    return {name: None if name in claims else value for name, value in record.items()}
