"""EMSCAD, the Employment Scam Aegean Dataset: 18 columns, English ads of 2012 to 2014, frauds marked by hand.

``job_id`` follows the label, and a missing logo or company profile is a habit of that one board's frauds: neither is
read. Its frauds are some hundreds of templates: a copy with a ``dup_group`` column says which belong together. That is
what shares long passages, the employer's paragraph among them; where the column is missing it is found anew.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from model.assessment import Kind
from model.datasets.labels import LabelledAd
from model.datasets.near_copies import PASSAGE_LEVEL, NearCopies
from model.datasets.records import Record, read_table, text_ad

__all__ = ["COLUMNS", "read_emscad"]

COLUMNS: Final = (
    "job_id", "title", "location", "department", "salary_range", "company_profile", "description", "requirements",
    "benefits", "telecommuting", "has_company_logo", "has_questions", "employment_type", "required_experience",
    "required_education", "industry", "function", "fraudulent",
)  # fmt: skip

_TEXTS: Final = ("title", "company_profile", "description", "requirements", "benefits")

# The set is published with 0 and 1 on one site, with f and t on another.
_KINDS: Final[dict[str, Kind]] = {"0": "legitimate", "1": "job_fraud", "f": "legitimate", "t": "job_fraud"}


def read_emscad(path: Path, dataset: str) -> Iterator[LabelledAd]:
    """The ads of EMSCAD's CSV file; description, requirements and benefits read as one text."""
    rows = [*read_table(path, COLUMNS, ("dup_group",))]
    for row, group in zip(rows, _groups(rows), strict=True):
        parts = [row.text(name) for name in ("description", "requirements", "benefits")]
        description = "\n".join(part for part in parts if part)
        title = row.text("title")
        kind = row.one_of("fraudulent", _KINDS)
        yield LabelledAd(
            ad=text_ad(dataset, row.text("job_id"), title=title, description=description, language="en"),
            kind=kind,
            dataset=dataset,
            sort="board_ad",
            genre="board",
            group=f"{dataset}:{group}",
        )


def _groups(rows: Sequence[Record]) -> list[str]:
    """For each ad its group of near-duplicates, as given; else the first ad of its cluster, by all that it says."""
    given = [row.text("dup_group") for row in rows]
    if all(given):
        return given
    firsts = NearCopies("\n".join(row.text(name) for name in _TEXTS) for row in rows).clusters(PASSAGE_LEVEL)
    return [group or f"as {rows[first].text('job_id')}" for group, first in zip(given, firsts, strict=True)]
