"""Model folder: pipeline, taxonomy, metrics and card, each with its checksum.

Nothing in it is executed when it is read: the pipeline is a skops file whose types are checked, the rest is JSON,
Markdown, SVG and TOML. The checksums show what was changed by accident; they are no seal against somebody who changes
the manifest too.
"""

import hashlib
import io
import itertools
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sklearn.pipeline import Pipeline
from skops.io import dumps, get_untrusted_types, load

from crawler.files import file_digest
from model.errors import TamperedModel, UnreadableModel

__all__ = [
    "FORMAT", "TRUSTED", "SavedModel", "check_savable", "load_model", "model_in_service", "put_in_service",
    "save_model",
]  # fmt: skip

FORMAT: Final = 6
MANIFEST: Final = "manifest.json"
CLASSIFIER: Final = "classifier.skops"
METRICS: Final = "metrics.json"
CARD: Final = "card.md"
TAXONOMY: Final = "taxonomy"
IN_SERVICE: Final = "current"

TRUSTED: Final = [
    "model.classifier.kinds.KindClassifier", "model.classifier.ngrams.NgramTfidf",
    "model.classifier.vectorisers.AdText", "model.classifier.vectorisers.IndicatorVectoriser",
]  # fmt: skip
"""The types of ours in a saved pipeline. A file with any other type that skops does not know is not read."""

_SCHEMA: Final = "schema.json"
_DATED: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedModel:
    """A model folder as it was read and checked."""

    version: str
    taxonomy_version: str
    classifier: Pipeline
    metrics: Mapping[str, Any]
    training: Mapping[str, Any]
    """What the manifest says of the training: datasets, seed, estimator, digests of the real texts learnt."""


def save_model(
    models: Path,
    classifier: Pipeline,
    *,
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
        _write_classifier(folder / CLASSIFIER, classifier)
        _check_types(folder / CLASSIFIER, get_untrusted_types(file=folder / CLASSIFIER))
        shutil.copytree(taxonomy_folder, folder / TAXONOMY)
        content = hashlib.sha256(taxonomy_version.encode() + (folder / CLASSIFIER).read_bytes())
        version = f"model-{content.hexdigest()[:12]}"
        _write_json(folder / METRICS, {"model_version": version, **metrics})
        for name, text in card.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text.replace("{version}", version), encoding="utf-8")
        digests = {name: file_digest(folder / name) for name in _files(folder)}
        named = {"format": FORMAT, "model_version": version, "taxonomy_version": taxonomy_version}
        _write_json(folder / MANIFEST, {**named, "training": training, "files": digests})
        final = models / version
        if final.exists():
            shutil.rmtree(final)
        folder.replace(final)
    return final


def check_savable(classifier: Pipeline) -> None:
    """Raises ``UnreadableModel`` for a fitted pipeline that ``load_model`` would refuse, such as one with trees."""
    _check_types("the estimator", get_untrusted_types(data=dumps(classifier)))


def load_model(folder: Path) -> SavedModel:
    """The model in a folder, every file checked against the manifest first."""
    manifest = _read_manifest(folder)
    expected = manifest["files"]
    found = set(_files(folder)) - {MANIFEST}
    for name in sorted(found ^ expected.keys()):
        state = "is missing" if name in expected else "is not in the manifest"
        raise TamperedModel(f"{folder}: {name} {state}; expected the folder as it was saved")
    for name, digest in expected.items():
        if (actual := file_digest(folder / name)) != digest:
            raise TamperedModel(f"{folder / name}: sha256 is {actual}, the manifest expects {digest}")
    return SavedModel(
        version=manifest["model_version"],
        taxonomy_version=manifest["taxonomy_version"],
        classifier=_read_classifier(folder / CLASSIFIER),
        training=manifest.get("training", {}),
        metrics=json.loads((folder / METRICS).read_text(encoding="utf-8")),
    )


def model_in_service(models: Path) -> Path:
    """The folder that ``current`` in a folder of models names."""
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


def _write_classifier(path: Path, classifier: Pipeline) -> None:
    """The fitted pipeline as skops writes it, but the same bytes for the same content: skops numbers objects by their
    place in memory, and dates the entries of the archive."""
    with zipfile.ZipFile(io.BytesIO(dumps(classifier))) as written:
        schema, files = json.loads(written.read(_SCHEMA)), dict[str, str]()
        _renumber(schema, {}, files, itertools.count(1))
        entries = {files[name]: written.read(name) for name in written.namelist() if name != _SCHEMA}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in [(_SCHEMA, json.dumps(schema, indent=1).encode()), *sorted(entries.items())]:
            file.writestr(zipfile.ZipInfo(name, _DATED), content, zipfile.ZIP_DEFLATED)


def _renumber(node: Any, numbers: dict[int, int], files: dict[str, str], fresh: Iterator[int]) -> None:
    """Numbers the objects of a schema in their order, and the files that are named by these numbers.

    Plain values are never shared: whether two equal numbers are one object hangs on the interpreter.
    """
    if isinstance(node, list):
        for part in node:
            _renumber(part, numbers, files, fresh)
    if not isinstance(node, dict):
        return
    if isinstance(old := node.get("__id__"), int):
        is_plain = node.get("__loader__") == "JsonNode"
        node["__id__"] = next(fresh) if is_plain or old not in numbers else numbers[old]
        numbers[old] = node["__id__"]
        if isinstance(name := node.get("file"), str):
            node["file"] = files[name] = name.replace(str(old), str(node["__id__"]))
    for part in node.values():
        _renumber(part, numbers, files, fresh)


def _read_classifier(path: Path) -> Pipeline:
    try:
        _check_types(path, get_untrusted_types(file=path))
        classifier = load(path, trusted=TRUSTED)
    except (OSError, KeyError, TypeError, ValueError, AttributeError, zipfile.BadZipFile) as err:
        raise UnreadableModel(f"{path}: {err}; expected the pipeline that training writes") from err
    if not isinstance(classifier, Pipeline):
        raise UnreadableModel(f"{path}: holds a {type(classifier).__name__}; expected a Pipeline")
    return classifier


def _check_types(name: object, untrusted: Iterable[str]) -> None:
    """Raises ``UnreadableModel`` for any type but ours and those of scikit-learn and NumPy that skops trusts."""
    if strange := set(untrusted) - set(TRUSTED):
        raise UnreadableModel(f"{name}: holds {min(strange)}; expected ours and those that skops trusts alone")


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


def _write_json(path: Path, content: object) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True)
    path.write_text(f"{text}\n", encoding="utf-8")
