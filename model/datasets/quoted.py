"""Lures, lawful look-alikes and warnings quoted from public pages, each with its address and what kind it is.

JSON Lines of ``id, text, lang, url, label, kind, note``. Only ``verbatim_ad`` and ``person_sale_ad`` are whole ads; the
rest are phrases and terms as reported. Of rows labelled ``grey`` those whose kind is a job fraud are read as such; the
others are no example of anything and left out.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from model.assessment import Kind
from model.datasets.labels import LabelledAd
from model.datasets.records import Record, read_json_lines, text_ad

__all__ = ["WHOLE_ADS", "read_quoted"]

WHOLE_ADS: Final = frozenset({"verbatim_ad", "person_sale_ad"})
"""The sorts that are complete ads."""

_FIELDS: Final = frozenset({"id", "text", "lang", "url", "label", "kind", "note"})
_GREY_FRAUDS: Final = frozenset({"generic_job_scam", "money_mule", "task_scam_non_trafficking"})
_LABELS: Final = {"lure": "lure", "legit": "legit", "grey": "grey"}


def read_quoted(path: Path, dataset: str) -> Iterator[LabelledAd]:
    """The quoted texts, grouped by the page they were quoted on."""
    for row in read_json_lines(path, _FIELDS):
        kind = _kind(row)
        if kind is None:
            continue
        yield LabelledAd(
            ad=text_ad(dataset, row.text("id"), title="", description=row.text("text"), language=row.text("lang")),
            kind=kind,
            dataset=dataset,
            sort=row.text("kind"),
            genre="quoted",
            group=f"{dataset}:{row.text('url') or row.text('id')}",
            source=urlsplit(row.text("url")).hostname or "",
        )


def _kind(row: Record) -> Kind | None:
    label = row.one_of("label", _LABELS)
    if label == "grey":
        return "job_fraud" if row.text("kind") in _GREY_FRAUDS else None
    if label == "lure":
        return "trafficking_recruitment"
    return "not_an_ad" if row.text("kind") == "awareness_or_news" else "legitimate"
