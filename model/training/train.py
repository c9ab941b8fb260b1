"""Trains the model from the catalogue of labelled collections, measures it, and writes the model folder."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import structlog

from model.classifier.artefact import CARD, save_model
from model.classifier.calibration import calibration_lines
from model.evaluation.card import write_card
from model.classifier.heads import Doubles, sigmoid
from model.evaluation.counterfactuals.measuring import measure_counterfactuals, threshold_logit
from model.datasets.catalogue import DatasetCard, file_digest, find_dataset, read_catalogue, read_datasets
from model.embedding.encoder import Embedder
from model.errors import BadDataset
from model.evaluation.evaluate import (
    MANY,
    LookAway,
    evaluate,
    first_look_figures,
    fold_numbers,
    held_out_logits,
    logits_away,
    measure_away,
)
from model.classifier.fact_signs import are_remarkable
from model.classifier.features import SignReader
from model.classifier.fitting import Design, Recipe, build_design, fit_classifier, read_logits
from model.evaluation.genre_probe import probe_genre
from model.datasets.labels import LabelledAd, acts
from model.evaluation.plots import draw_plots
from model.reading.reader import EvidenceReader
from model.evaluation.side_by_side import side_by_side
from model.taxonomy.loader import load_taxonomy
from model.evaluation.time_order import measure_later
from model.embedding.stages import SecondTrainer, looked_through

__all__ = ["train"]

_DIGITS: Final = 4

log = structlog.get_logger(__name__)


def train(
    datasets_file: Path,
    taxonomy_folder: Path,
    output: Path,
    *,
    seed: int,
    root: Path,
    embedder: Embedder | None = None,
    recipe: Recipe | None = None,
    further: Sequence[Path] = (),
) -> Path:
    """The new model folder in ``output``: two runs on the same data and seed write the same bytes.

    ``further`` are catalogues beside the first, such as an installation's own; their paths start at ``root``.
    Collections that are not there are left out and named in the card. Without an ``embedder`` the model has a first
    look alone.
    """
    recipe = recipe or Recipe()
    cards = read_catalogue(datasets_file, *further)
    present = [card for card in cards if find_dataset(card, root)]
    taxonomy = load_taxonomy(taxonomy_folder)
    rows = read_datasets(present, root, seed=seed)
    if len(set(acts(rows))) < 2:
        raise BadDataset(
            f"{datasets_file}: the collections on this machine hold {len(rows)} rows of one sort; expected "
            "both ads to act on and others"
        )
    log.info("collections read", collections=len(present), absent=len(cards) - len(present), rows=len(rows))
    reader = EvidenceReader(taxonomy)
    signs = SignReader(taxonomy, with_facts=are_remarkable(row.facts for row in rows))
    design = build_design(rows, reader.read, signs)
    log.info("ads read", rows=len(rows), signs=len(design.sign_names))
    emphasis = {card.name: card.emphasis for card in present}
    held = held_out_logits(design, recipe, emphasis, seed=seed)
    log.info("groups held out in turn")
    lines = calibration_lines(held.raw, rows)
    classifier = fit_classifier(design, np.arange(len(rows)), recipe, emphasis, seed=seed).calibrated(lines)
    ordinary = frozenset(card.name for card in present if card.ordinary)
    trainer = SecondTrainer(embedder=embedder, emphasis=emphasis, recipe=recipe.second) if embedder else None
    plain = np.array([row.dataset in ordinary for row in rows])
    folds = fold_numbers(rows, seed)
    again = trainer.learn(rows, held.logits, folds, plain=plain, ruled=signs.ruled(design.signs)) if trainer else None
    look = trainer.away(again, rows, held.logits, lines["act"]) if trainer and again else None
    log.info("second look learnt" if again else "no second look: no embedder", embedder=embedder and embedder.name)
    logits = again.logits if again else held.logits
    metrics = evaluate(rows, logits, ordinary, seed=seed)
    metrics["first_look"] = first_look_figures(rows, held.logits, ordinary)
    metrics["genre_probe"] = probe_genre(design, logits["act"], classifier, seed=seed)
    metrics["left_out"] = _leave_each_out(
        design, present, recipe=recipe, emphasis=emphasis, ordinary=ordinary, seed=seed, look=look
    )
    metrics["later"] = measure_later(design, recipe, emphasis, ordinary, seed=seed, look=look)
    second = again.second if again else None

    def read_again(some: Sequence[LabelledAd]) -> Doubles:
        read = build_design(some, reader.read, signs)
        first, ruled = read_logits(classifier, read, np.arange(len(some))), signs.ruled(read.signs)
        return (looked_through(second, some, first, embedder, ruled=ruled) if second and embedder else first)["act"]

    # Read with the whole model: what counts here is how far scores move, not whether they are right.
    limit = threshold_logit(metrics["operating_points"])
    metrics["counterfactuals"] = measure_counterfactuals(rows, read_again, limit=limit, seed=seed)
    log.info("counterfactuals read")
    training = _training(present, cards, rows, root=root, recipe=recipe, seed=seed)
    metrics = _rounded(metrics)
    folder = save_model(
        output,
        classifier,
        second=second,
        taxonomy_folder=taxonomy_folder,
        taxonomy_version=taxonomy.version,
        training=training,
        metrics=metrics,
        card={CARD: write_card(metrics, training, taxonomy.version), **_plots(rows, logits["act"], metrics)},
    )
    log.info("model written", folder=folder.name)
    return folder


def _leave_each_out(
    design: Design,
    cards: Sequence[DatasetCard],
    *,
    recipe: Recipe,
    emphasis: dict[str, float],
    ordinary: frozenset[str],
    seed: int,
    look: LookAway | None,
) -> dict[str, Any]:
    families: dict[str, set[str]] = {}
    for card in cards:
        families.setdefault(card.family, set()).add(card.name)
    families |= {f"{card.name} alone": {card.name} for card in cards if card.alone}

    outside = {
        family: np.array([row.dataset in names for row in design.rows])
        for family, names in families.items()
        if _can_spare(design, names)
    }

    def without(family: str) -> Doubles:
        return logits_away(design, outside[family], recipe, emphasis, seed=seed)

    read = side_by_side(without, outside, is_long=len(design.rows) > MANY)
    found = {
        family: measure_away(design.rows, outside[family], logit, ordinary, seed=seed, look=look)
        for family, logit in zip(outside, read, strict=True)
    }
    log.info("collections left out in turn", collections=len(found))
    return found


def _plots(rows: Sequence[LabelledAd], logit: Doubles, metrics: dict[str, Any]) -> dict[str, str]:
    parts = {
        "contrast groups": np.array([row.twins is not None for row in rows]),
        "EMSCAD": np.array([row.dataset == "emscad" for row in rows]),
    }
    return draw_plots(np.array(acts(rows)), sigmoid(logit), parts, metrics)


def _can_spare(design: Design, names: set[str]) -> bool:
    """Whether what is left still shows the difference that is to be learnt."""
    return len(set(acts(row for row in design.rows if row.dataset not in names))) == 2


def _training(
    present: Sequence[DatasetCard],
    cards: Sequence[DatasetCard],
    rows: Sequence[LabelledAd],
    *,
    root: Path,
    recipe: Recipe,
    seed: int,
) -> dict[str, Any]:
    kinds = Counter((row.dataset, row.kind) for row in rows)
    return {
        "seed": seed,
        "recipe": asdict(recipe),
        "datasets": [
            {
                "name": card.name,
                "title": card.title,
                "licence": card.licence,
                "notes": card.notes,
                "sha256": file_digest(root / card.path),
                "kinds": {kind: count for (name, kind), count in sorted(kinds.items()) if name == card.name},
            }
            for card in present
        ],
        "absent": [card.name for card in cards if card not in present],
    } | ({"with_facts": known} if (known := sum(are_remarkable([row.facts]) for row in rows)) else {})


def _rounded(content: Any) -> Any:
    if isinstance(content, float):
        return float(f"{content:.{_DIGITS}g}")
    if isinstance(content, dict):
        return {key: _rounded(value) for key, value in content.items()}
    return [_rounded(value) for value in content] if isinstance(content, list | tuple) else content
