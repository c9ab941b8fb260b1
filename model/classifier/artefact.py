"""Model folder: pipeline, taxonomy, metrics and card, each with its checksum.

Nothing in it is executed when it is read: the pipeline is a skops file whose types are checked, the rest is JSON,
Markdown, SVG and TOML. The checksums show what was changed by accident; they are no seal against somebody who changes
the manifest too.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from crawler.files import file_digest
from crawler.language.disk_cache import cached
from model.errors import TamperedModel, UnreadableModel

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


FORMAT: Final = 7
MANIFEST: Final = "manifest.json"
CLASSIFIER: Final = "classifier.skops"
METRICS: Final = "metrics.json"
CARD: Final = "card.md"
TAXONOMY: Final = "taxonomy"
IN_SERVICE: Final = "current"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedModel:
    """A model folder as it was read and checked."""

    version: str
    taxonomy_version: str
    classifier: "Pipeline"
    metrics: Mapping[str, Any]
    training: Mapping[str, Any]
    """What the manifest says of the training: datasets, seed, estimator, digests of the real texts learnt."""


def save_model(
    models: Path,
    classifier: "Pipeline",
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
    from model.classifier.skops_file import write_classifier

    models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=models, prefix=".writing-") as scratch:
        folder = Path(scratch) / "model"
        folder.mkdir()
        write_classifier(folder / CLASSIFIER, classifier)
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
            final.rename(Path(scratch) / "before")  # it may be in service: gone only when the new one is there
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
        if (actual := file_digest(folder / name)) != digest:
            raise TamperedModel(f"{folder / name}: sha256 is {actual}, the manifest expects {digest}")
    return SavedModel(
        version=manifest["model_version"],
        taxonomy_version=manifest["taxonomy_version"],
        classifier=_classifier(folder / CLASSIFIER),
        training=manifest.get("training", {}),
        metrics=json.loads((folder / METRICS).read_text(encoding="utf-8")),
    )


def _classifier(path: Path) -> "Pipeline":
    """The pipeline in a file, whose types are checked when its content is first read; then it is cached."""
    content = path.read_bytes()

    def read() -> "Pipeline":
        # Imported late, since skops asks scikit-learn for every class that there is: a seventh of a start.
        from model.classifier.skops_file import read_classifier

        return read_classifier(path, content)

    versions = (metadata.version(library).encode() for library in ("scikit-learn", "numpy", "scipy", "skops"))
    return cached("classifier", [content, *versions], read, code=[Path(__file__).parent])


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
