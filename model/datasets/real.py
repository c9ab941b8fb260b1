"""Real short texts as they were sent or posted: job scams, lures, informal lawful offers, messages, warnings.

JSON Lines of ``id, cluster, text, language, kind, complete, source, note, confidence, altered``. ``cluster`` holds
near-copies together. ``source`` is the collection and, behind ``@``, the place in it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from model.assessment import Kind
from model.datasets.labels import LabelledAd
from model.datasets.records import read_json_lines, text_ad

__all__ = ["KINDS_OF_REAL", "read_real"]

_FIELDS: Final = frozenset(
    {"id", "cluster", "text", "language", "kind", "complete", "source", "note", "confidence", "altered"}
)
KINDS_OF_REAL: Final[dict[str, Kind]] = {
    "scam": "job_fraud",
    "lure": "trafficking_recruitment",
    "legit_informal": "legitimate",
    "message": "not_an_ad",
    "awareness": "not_an_ad",
}
"""The collection's own words for what a text is, which are the rows' ``sort``."""


def read_real(path: Path, dataset: str) -> Iterator[LabelledAd]:
    """The texts, with the collection that each is from as its source."""
    for row in read_json_lines(path, _FIELDS):
        text, source = row.text("text"), row.text("source")
        yield LabelledAd(
            ad=text_ad(dataset, row.text("id"), title="", description=text, language=row.text("language")),
            kind=row.one_of("kind", KINDS_OF_REAL),
            dataset=dataset,
            sort=row.text("kind"),
            genre="chat",
            group=f"{dataset}:{row.text('cluster') or row.text('id')}",
            source=source.partition("@")[0],
        )
