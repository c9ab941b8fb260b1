"""EMSCAD, the Employment Scam Aegean Dataset: 18 columns, English ads of 2012 to 2014, frauds marked by hand.

``job_id`` follows the label, and a missing logo or company profile is a habit of that one board's frauds: neither is
read. Its frauds are some hundreds of templates: a copy with a ``dup_group`` column says which belong together.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from model.assessment import Kind
from model.datasets.records import read_table, text_ad
from model.labels import LabelledAd, near_duplicate_key

__all__ = ["COLUMNS", "read_emscad"]

COLUMNS: Final = (
    "job_id", "title", "location", "department", "salary_range", "company_profile", "description", "requirements",
    "benefits", "telecommuting", "has_company_logo", "has_questions", "employment_type", "required_experience",
    "required_education", "industry", "function", "fraudulent",
)  # fmt: skip

# The set is published with 0 and 1 on one site, with f and t on another.
_KINDS: Final[dict[str, Kind]] = {"0": "legitimate", "1": "job_fraud", "f": "legitimate", "t": "job_fraud"}


def read_emscad(path: Path, dataset: str) -> Iterator[LabelledAd]:
    """The ads of EMSCAD's CSV file; description, requirements and benefits read as one text."""
    for row in read_table(path, COLUMNS, ("dup_group",)):
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
            group=f"{dataset}:{row.text('dup_group') or near_duplicate_key(description or title)}",
        )
