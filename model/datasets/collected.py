"""Collections of whole texts in one shape: ordinary ads of boards, ads judged by people, text messages.

JSON Lines of ``id, language, country, title, body, employer, place, pay, label, kind, source``. Employer, place and pay
are left unread: they would tell one board from another, and a lure from neither.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from model.assessment import Kind
from model.datasets.labels import LabelledAd, near_duplicate_key
from model.datasets.records import read_json_lines, text_ad

__all__ = ["read_collected"]

_FIELDS: Final = frozenset(
    {"id", "language", "country", "title", "body", "employer", "place", "pay", "label", "kind", "source"}
)
_KINDS: Final[dict[str, Kind]] = {
    "legit": "legitimate",
    "job_fraud": "job_fraud",
    "ordinary_message": "not_an_ad",
    "other_spam": "not_an_ad",  # prizes, loans and banks; no work is offered
}


def read_collected(path: Path, dataset: str) -> Iterator[LabelledAd]:
    """The texts of one collection."""
    for row in read_json_lines(path, _FIELDS, {"company_profile"}):
        title, body = row.text("title"), row.text("body")
        kind = row.one_of("label", _KINDS)
        yield LabelledAd(
            ad=text_ad(dataset, row.text("id"), title=title, description=body, language=row.text("language")),
            kind=kind,
            dataset=dataset,
            sort=row.text("label") if kind == "not_an_ad" else row.text("kind"),
            genre="chat" if row.text("kind") == "sms" else "board",
            group=f"{dataset}:{near_duplicate_key(title + body)}",
            source=f"{dataset}: {row.text('source')}" if row.text("source") else "",
        )
