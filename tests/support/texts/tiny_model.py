"""A real model, small enough to be trained in a test: one indicator, two dozen invented ads."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from builders import make_ad
from model.assessment import Kind
from model.classifier.artefact import put_in_service, save_model
from model.classifier.pipeline import build_classifier
from model.datasets.labels import LabelledAd
from model.evaluation.compare import learnt_digests
from model.evaluation.cross_validation import Learnt, fit_classifier, read_rows
from model.reading.reader import AdReader
from model.taxonomy.loader import load_taxonomy

LURE = "Office work at the border campus. We keep your passport until the debt is paid. No experience needed."
LAWFUL = "A small bakery in the old town looks for a baker. Written contract, Sundays off, we pay the uniform."

TAXONOMY = {
    "sources": '[made-up]\ntitle = "An invented handbook"\nurl = "https://handbook.example/"\n',
    "words": '[papers]\nen = ["passport*"]\n',
    "negation": '[en]\nreach = 3\nbefore = ["never"]\n',
    "rules": """
[weighing]
never_outweighed = ["control.papers"]
not_an_ad = "control.warning"
not_an_ad_from = 2
[any_two]
title = "Any two signs"
cite = "made-up"
total = 2
families = 1
""",
    "control": "".join(
        f"""
[{name}]
title = "{title}"
definition = "{title}."
why = "Whoever holds the papers decides who leaves."
element = ["means"]
strength = "{strength}"
polarity = "risk"
caveats = "Some offices copy papers and hand them back."
cite = ["made-up"]
[{name}.languages.en]
phrases = ["{phrase}"]
shows = ["Here {phrase} today."]
spares = ["Bring a pen."]
"""
        for name, title, strength, phrase in (
            ("papers", "Someone keeps the papers", "strong", "keep your passport"),
            ("debt", "A debt comes first", "medium", "debt is paid"),
            ("warning", "It warns of such offers", "weak", "beware of such offers"),
        )
    ),
}


def write_tiny_taxonomy(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name, text in TAXONOMY.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def tiny_rows() -> list[LabelledAd]:
    """What the tiny model learns from."""
    return [
        *_rows("trafficking_recruitment", LURE),
        *_rows("legitimate", LAWFUL),
        *_rows("job_fraud", "Pay a small deposit and rate products from your phone."),
        *_rows("not_an_ad", "Weather."),
    ]


def train_tiny_model(home: Path, more: Iterable[LabelledAd] = ()) -> Path:
    """The folder of a model that is in service in this home, beside its taxonomy, under ``data/``; it learns from
    ``more`` labels too."""
    taxonomy_folder = home / "data" / "taxonomy"
    if not taxonomy_folder.is_dir():
        write_tiny_taxonomy(taxonomy_folder)
    folder = save_tiny_model(home / "data" / "models", taxonomy_folder, [*tiny_rows(), *more])
    put_in_service(folder)
    return folder


def save_tiny_model(models: Path, taxonomy_folder: Path, rows: Sequence[LabelledAd]) -> Path:
    """The folder of a model that has learnt from these rows, and was measured on none."""
    taxonomy = load_taxonomy(taxonomy_folder)
    ads = read_rows(AdReader.from_taxonomy(taxonomy), rows)
    return save_model(
        models,
        fit_classifier(build_classifier(taxonomy), ads, Learnt.of(rows, lambda some: [1.0] * len(some))),
        taxonomy_folder=taxonomy_folder,
        taxonomy_version=taxonomy.version,
        training={"learnt": learnt_digests(rows)},
        metrics={"operating_points": [{"ordinary_flagged": 0.02, "threshold": 0.5}]},
        card={},
    )


def _rows(kind: Kind, text: str) -> list[LabelledAd]:
    return [
        LabelledAd(
            ad=make_ad(ad_id=f"{kind}:{number}", title="Wanted now", description=f"{text} Call desk {number}."),
            kind=kind,
            dataset="tiny",
            sort=kind,
            genre="board",
            group=f"{kind} {number}",
        )
        for number in range(6)
    ]
