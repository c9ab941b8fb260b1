"""Readers of real collections: short texts, quoted lures, EMSCAD, boards and messages, decisions."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from model.ad_facts import facts_from_record
from model.assessment import Kind
from model.datasets.labels import LabelledAd, near_duplicate_key
from model.datasets.near_copies import PASSAGE_LEVEL, NearCopies
from model.datasets.records import Record, read_json_lines, read_table, text_ad

__all__ = [
    "COLUMNS", "DECIDED_FIELDS", "KINDS_OF_REAL", "WHOLE_ADS", "read_collected", "read_decided", "read_emscad",
    "read_quoted", "read_real",
]  # fmt: skip

_REAL: Final = frozenset(
    {"id", "cluster", "text", "language", "kind", "complete", "source", "note", "confidence", "altered"}
)
KINDS_OF_REAL: Final[dict[str, Kind]] = {
    "scam": "job_fraud", "lure": "trafficking_recruitment", "legit_informal": "legitimate", "message": "not_an_ad",
    "awareness": "not_an_ad",
}  # fmt: skip
"""The collection's own words for what a text is, which are the rows' ``sort``."""


def read_real(path: Path, dataset: str) -> Iterator[LabelledAd]:
    for row in read_json_lines(path, _REAL):
        text, source = row.text("text"), row.text("source")
        yield LabelledAd(
            ad=text_ad(dataset, row.text("id"), title="", description=text, language=row.text("language")),
            kind=row.one_of("kind", KINDS_OF_REAL), dataset=dataset, sort=row.text("kind"), genre="chat",
            group=f"{dataset}:{row.text('cluster') or row.text('id')}", source=source.partition("@")[0],
        )  # fmt: skip


WHOLE_ADS: Final = frozenset({"verbatim_ad", "person_sale_ad"})

_QUOTED: Final = frozenset({"id", "text", "lang", "url", "label", "kind", "note"})
_GREY_FRAUDS: Final = frozenset({"generic_job_scam", "money_mule", "task_scam_non_trafficking"})
_LABELS: Final[dict[str, Kind | None]] = {"lure": "trafficking_recruitment", "legit": "legitimate", "grey": None}


def read_quoted(path: Path, dataset: str) -> Iterator[LabelledAd]:
    """The quoted texts, grouped by the page they were quoted on."""
    for row in read_json_lines(path, _QUOTED):
        kind = row.one_of("label", _LABELS)
        if kind == "legitimate" and row.text("kind") == "awareness_or_news":
            kind = "not_an_ad"
        if kind is None and row.text("kind") in _GREY_FRAUDS:
            kind = "job_fraud"
        if kind is None:
            continue
        yield LabelledAd(
            ad=text_ad(dataset, row.text("id"), title="", description=row.text("text"), language=row.text("lang")),
            kind=kind, dataset=dataset, sort=row.text("kind"), genre="quoted",
            group=f"{dataset}:{row.text('url') or row.text('id')}", source=urlsplit(row.text("url")).hostname or "",
        )  # fmt: skip


COLUMNS: Final = (
    "job_id", "title", "location", "department", "salary_range", "company_profile", "description", "requirements",
    "benefits", "telecommuting", "has_company_logo", "has_questions", "employment_type", "required_experience",
    "required_education", "industry", "function", "fraudulent",
)  # fmt: skip

_EMSCAD_TEXTS: Final = ("title", "company_profile", "description", "requirements", "benefits")

# The set is published with 0 and 1 on one site, with f and t on another.
_FRAUDULENT: Final[dict[str, Kind]] = {"0": "legitimate", "1": "job_fraud", "f": "legitimate", "t": "job_fraud"}


def read_emscad(path: Path, dataset: str) -> Iterator[LabelledAd]:
    """The ads of EMSCAD's CSV file; description, requirements and benefits read as one text."""
    rows = [*read_table(path, COLUMNS, ("dup_group",))]
    for row, group in zip(rows, _emscad_groups(rows), strict=True):
        parts = [row.text(name) for name in ("description", "requirements", "benefits")]
        description = "\n".join(part for part in parts if part)
        title = row.text("title")
        yield LabelledAd(
            ad=text_ad(dataset, row.text("job_id"), title=title, description=description, language="en"),
            kind=row.one_of("fraudulent", _FRAUDULENT), dataset=dataset, sort="board_ad", genre="board",
            group=f"{dataset}:{group}",
        )  # fmt: skip


def _emscad_groups(rows: Sequence[Record]) -> list[str]:
    """For each ad its group of near-duplicates, as given; else the first ad of its cluster, by all that it says."""
    given = [row.text("dup_group") for row in rows]
    if all(given):
        return given
    firsts = NearCopies("\n".join(row.text(name) for name in _EMSCAD_TEXTS) for row in rows).clusters(PASSAGE_LEVEL)
    return [group or f"as {rows[first].text('job_id')}" for group, first in zip(given, firsts, strict=True)]


_COLLECTED: Final = frozenset(
    {"id", "language", "country", "title", "body", "employer", "place", "pay", "label", "kind", "source"}
)
_COLLECTED_KINDS: Final[dict[str, Kind]] = {
    "legit": "legitimate",
    "job_fraud": "job_fraud",
    "ordinary_message": "not_an_ad",
    "other_spam": "not_an_ad",  # prizes, loans and banks; no work is offered
}


def read_collected(path: Path, dataset: str) -> Iterator[LabelledAd]:
    for row in read_json_lines(path, _COLLECTED, {"company_profile"}):
        title, body = row.text("title"), row.text("body")
        kind = row.one_of("label", _COLLECTED_KINDS)
        yield LabelledAd(
            ad=text_ad(dataset, row.text("id"), title=title, description=body, language=row.text("language")),
            kind=kind, dataset=dataset, sort=row.text("label") if kind == "not_an_ad" else row.text("kind"),
            genre="chat" if row.text("kind") == "sms" else "board",
            group=f"{dataset}:{near_duplicate_key(title + body)}",
            source=f"{dataset}: {row.text('source')}" if row.text("source") else "",
        )  # fmt: skip


DECIDED_FIELDS: Final = (
    "ad_id", "source", "language", "title", "description", "verdict", "confirmed", "rejected", "reason", "decided_at",
    "fingerprint",
)  # fmt: skip
"""Fields of a line, in the order in which they are written; ``facts`` follow where they are known."""

_VERDICTS: Final[dict[str, Kind | None]] = {
    "trafficking_recruitment": "trafficking_recruitment",
    "job_fraud": "job_fraud",
    # A reviewer acts on it; of the two kinds that are acted on it is the nearer one.
    "irregular_recruitment": "job_fraud",
    "legitimate": "legitimate",
    "not_an_ad": "not_an_ad",
    "cannot_tell": None,
}


def read_decided(path: Path, dataset: str) -> Iterator[LabelledAd]:
    """Decided ads; those that nobody could tell are passed over."""
    for row in read_json_lines(path, frozenset(DECIDED_FIELDS), {"facts"}):
        kind = row.one_of("verdict", _VERDICTS)
        if kind is not None:
            title, text, facts = row.text("title"), row.text("description"), row.fields.get("facts")
            yield LabelledAd(
                ad=text_ad(dataset, row.text("ad_id"), title=title, description=text, language=row.text("language")),
                kind=kind, dataset=dataset, sort=row.text("verdict"), genre="board",
                group=f"{dataset}:{near_duplicate_key(title + text)}",
                facts=None if facts is None else facts_from_record(facts, row.where),
            )  # fmt: skip
