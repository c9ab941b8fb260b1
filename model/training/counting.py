"""Counting of texts that may not be stored: docs/decisions/0112."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from model.classifier.artefact import load_model
from model.classifier.pipeline import with_ngrams
from model.datasets.counted import BUCKETS, CountedText
from model.datasets.labels import LabelledAd
from model.evaluation.cross_validation import read_rows
from model.reading.reader import AdReader
from model.taxonomy.loader import load_taxonomy

LEAST: Final = 3
"""Texts in which an n-gram must stand to be written, unless the model knows it: parts of names stand in fewer."""


def count_texts(rows: Sequence[LabelledAd], model_folder: Path, taxonomy_folder: Path) -> Iterator[dict[str, Any]]:
    """A line of a file in format ``counted`` for each row. Sources and groups are named by digests."""
    classifier = load_model(model_folder).classifier
    ads = with_ngrams(classifier, read_rows(AdReader.from_taxonomy(load_taxonomy(taxonomy_folder)), rows))
    counts = [read.ngrams for read in ads if read.ngrams is not None]
    texts = np.zeros(BUCKETS, dtype=np.int64)
    for buckets in counts:
        texts[np.unique(buckets)] += 1
    known = texts >= LEAST
    known[dict(classifier.named_steps["features"].transformer_list)["ngrams"].named_steps["tfidf"].buckets_] = True
    for row, read, buckets in zip(rows, ads, counts, strict=True):
        label = {
            "id": row.ad.ad_id, "language": row.ad.language or "", "kind": row.kind, "sort": row.sort,
            "genre": row.genre, "group": _digest(row.held_with), "source": _digest(row.source),
        }  # fmt: skip
        signs = {
            "indicators": sorted({piece.indicator for piece in read.evidence}), "denied": len(read.denied),
            "attributed": read.attributed, "quoted": round(read.quoted, 4),
            "rule": read.rule.rule if read.rule else "", "warning": read.is_warning,
        }  # fmt: skip
        yield label | CountedText(buckets[known[buckets]], signs).record()


def _digest(name: str) -> str:
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
