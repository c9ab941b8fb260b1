"""A model folder: weights, a copy of the taxonomy, metrics and a card, each file named with its checksum.

Nothing in it is executed when it is read: arrays without objects (``.npz``), JSON, Markdown and TOML. A folder with a
changed, missing or added file is refused, and so is one made for another taxonomy.
"""

import hashlib
import json
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from model.classifier.heads import HEADS, Classifier, Head, HeadName
from model.errors import StaleTaxonomy, TamperedModel, UnreadableModel
from model.classifier.grams import BUCKETS
from model.embedding.reranker import SecondHead, SecondLook
from model.steps import RARITY_STEPS, WEIGHT_STEPS, Floats, from_steps, in_steps

__all__ = ["FORMAT", "SavedModel", "check_taxonomy", "load_model", "model_in_service", "put_in_service", "save_model"]

FORMAT: Final = 5
MANIFEST: Final = "manifest.json"
WEIGHTS: Final = "weights.npz"
SECOND: Final = "second.npz"
CLASSIFIER: Final = "classifier.json"
METRICS: Final = "metrics.json"
CARD: Final = "card.md"
TAXONOMY: Final = "taxonomy"
IN_SERVICE: Final = "current"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedModel:
    """What a model folder holds."""

    version: str
    taxonomy_version: str
    classifier: Classifier
    metrics: Mapping[str, Any]
    second: SecondLook | None = None
    """None of a model that was trained without embeddings."""


def save_model(
    models: Path,
    classifier: Classifier,
    *,
    second: SecondLook | None = None,
    taxonomy_folder: Path,
    taxonomy_version: str,
    training: Mapping[str, Any],
    metrics: Mapping[str, Any],
    card: Mapping[str, str],
) -> Path:
    """The new folder in ``models``, named for its content: the same data and seed give the same name and bytes.

    ``training`` goes into the manifest: datasets with their checksums, seed, recipe. ``card`` holds the card's text and
    the pictures by file name, with ``{version}`` left to fill in.
    """
    models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=models, prefix=".writing-") as scratch:
        folder = Path(scratch) / "model"
        folder.mkdir()
        _write_classifier(folder, classifier, second)
        shutil.copytree(taxonomy_folder, folder / TAXONOMY)
        version = _version(folder, taxonomy_version)
        _write_json(folder / METRICS, {"model_version": version, **metrics})
        for name, text in card.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text.replace("{version}", version), encoding="utf-8")
        manifest = {
            "format": FORMAT,
            "model_version": version,
            "taxonomy_version": taxonomy_version,
            "training": training,
            "files": {name: _digest(folder / name) for name in _files(folder)},
        }
        _write_json(folder / MANIFEST, manifest)
        final = models / version
        if final.exists():
            shutil.rmtree(final)
        folder.replace(final)
    return final


def load_model(folder: Path) -> SavedModel:
    """The model in a folder, every file checked against the manifest first."""
    manifest = _read_manifest(folder)
    expected = manifest["files"]
    found = set(_files(folder)) - {MANIFEST}
    for name in sorted(found ^ expected.keys()):
        state = "is missing" if name in expected else "is not in the manifest"
        raise TamperedModel(f"{folder}: {name} {state}; expected the folder as it was saved")
    for name, digest in expected.items():
        if (actual := _digest(folder / name)) != digest:
            raise TamperedModel(f"{folder / name}: sha256 is {actual}, the manifest expects {digest}")
    return SavedModel(
        version=manifest["model_version"],
        taxonomy_version=manifest["taxonomy_version"],
        classifier=_read_classifier(folder),
        second=_read_second(folder),
        metrics=json.loads((folder / METRICS).read_text(encoding="utf-8")),
    )


def check_taxonomy(model: SavedModel, taxonomy_version: str) -> None:
    """Raises unless the model was trained on this taxonomy: its weights stand for that one's indicators."""
    if model.taxonomy_version != taxonomy_version:
        raise StaleTaxonomy(
            f"model {model.version} was trained on taxonomy {model.taxonomy_version}, the one in use is "
            f"{taxonomy_version}; train a model on it (lurewatch train), or score with the copy in the model's own "
            f"folder ({TAXONOMY}/)"
        )


def model_in_service(models: Path) -> Path:
    """The folder that ``current`` names."""
    pointer = models / IN_SERVICE
    try:
        name = pointer.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as err:
        raise UnreadableModel(f"{pointer}: cannot be read ({err}); expected a model folder's name") from err
    if not name or name != Path(name).name or not (models / name).is_dir():
        raise UnreadableModel(f"{pointer}: names {name!r}; expected a folder in {models}")
    return models / name


def put_in_service(folder: Path, *, models: Path | None = None) -> None:
    """From now on ``current`` in ``models``, or else beside the folder, names it."""
    pointer = (models or folder.parent) / IN_SERVICE
    writing = pointer.with_name(f".{IN_SERVICE}.writing")
    writing.write_text(f"{folder.name}\n", encoding="utf-8")
    writing.replace(pointer)


def _write_classifier(folder: Path, classifier: Classifier, second: SecondLook | None) -> None:
    arrays: dict[str, npt.NDArray[Any]] = {"rarity": in_steps(classifier.rarity, RARITY_STEPS)}
    lines: dict[str, Any] = {}
    for name, head in classifier.heads.items():
        arrays[f"{name}_signs"], arrays[f"{name}_grams"] = head.signs, in_steps(head.grams, WEIGHT_STEPS)
        lines[name] = {"intercept": head.intercept, "slope": head.slope, "offset": head.offset}
    np.savez_compressed(folder / WEIGHTS, allow_pickle=False, **arrays)
    said = {"signs": classifier.sign_names, "heads": lines, "buckets": BUCKETS, "second": None}
    if second is not None:
        np.savez(folder / SECOND, allow_pickle=False, **{name: head.meaning for name, head in second.heads.items()})
        heads = {name: {"trust": head.trust, "offset": head.offset} for name, head in second.heads.items()}
        said["second"] = {"embedder": second.embedder, "looks_from": second.looks_from, "heads": heads}
    _write_json(folder / CLASSIFIER, said)


def _read_classifier(folder: Path) -> Classifier:
    said = json.loads((folder / CLASSIFIER).read_text(encoding="utf-8"))
    if said["buckets"] != BUCKETS:
        raise UnreadableModel(f"{folder}: {said['buckets']} buckets; this version reads {BUCKETS}")
    try:
        with np.load(folder / WEIGHTS, allow_pickle=False) as arrays:
            heads: dict[HeadName, Head] = {
                name: Head(
                    signs=arrays[f"{name}_signs"],
                    grams=_floats(arrays[f"{name}_grams"], WEIGHT_STEPS),
                    **said["heads"][name],
                )
                for name in HEADS
            }
            return Classifier(
                sign_names=tuple(said["signs"]), rarity=_floats(arrays["rarity"], RARITY_STEPS), heads=heads
            )
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile) as err:
        raise UnreadableModel(f"{folder / WEIGHTS}: {err}; expected the arrays that training writes") from err


def _floats(steps: npt.NDArray[Any], to_one: int) -> Floats:
    if steps.dtype != np.int16:
        raise ValueError(f"numbers of {steps.dtype} where whole steps of int16 are expected")
    return from_steps(steps, to_one)


def _read_second(folder: Path) -> SecondLook | None:
    said = json.loads((folder / CLASSIFIER).read_text(encoding="utf-8"))["second"]
    if said is None:
        return None
    try:
        with np.load(folder / SECOND, allow_pickle=False) as arrays:
            heads: dict[HeadName, SecondHead] = {
                name: SecondHead(meaning=arrays[name], **said["heads"][name]) for name in HEADS
            }
            return SecondLook(embedder=said["embedder"], looks_from=said["looks_from"], heads=heads)
    except (OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as err:
        raise UnreadableModel(f"{folder / SECOND}: {err}; expected the arrays that training writes") from err


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as err:
        raise UnreadableModel(f"{path}: cannot be read ({err}); expected a model folder's manifest") from err
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        found = manifest.get("format") if isinstance(manifest, dict) else manifest
        raise UnreadableModel(f"{path}: format {found!r}; this version reads format {FORMAT}")
    for key, kind in {"model_version": str, "taxonomy_version": str, "files": dict}.items():
        if not isinstance(manifest.get(key), kind):
            raise UnreadableModel(f"{path}: {key} is {manifest.get(key)!r}; expected {kind.__name__}")
    return manifest


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def _version(folder: Path, taxonomy_version: str) -> str:
    content = hashlib.sha256(taxonomy_version.encode())
    for name in (CLASSIFIER, WEIGHTS, SECOND):
        if (folder / name).is_file():
            content.update((folder / name).read_bytes())
    return f"model-{content.hexdigest()[:12]}"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_json(path: Path, content: object) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True)
    path.write_text(f"{text}\n", encoding="utf-8")
