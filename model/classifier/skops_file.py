"""Classifier file: a fitted pipeline as skops writes it, types checked before anything is built."""

import io
import itertools
import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from sklearn.pipeline import Pipeline
from skops.io import dumps, get_untrusted_types, loads

from model.errors import UnreadableModel

TRUSTED: Final = [
    "model.classifier.kinds.KindClassifier", "model.classifier.ngrams.NgramTfidf",
    "model.classifier.vectorisers.AdText", "model.classifier.vectorisers.IndicatorVectoriser",
]  # fmt: skip
"""The types of ours in a saved pipeline. A file with any other type that skops does not know is not read."""

_SCHEMA: Final = "schema.json"
_DATED: Final = (1980, 1, 1, 0, 0, 0)


def write_classifier(path: Path, classifier: Pipeline) -> None:
    """The fitted pipeline as skops writes it, but the same bytes for the same content: skops numbers objects by their
    place in memory, and dates the entries of the archive. Raises ``UnreadableModel`` as ``check_savable`` does."""
    with zipfile.ZipFile(io.BytesIO(dumps(classifier))) as written:
        schema, files = json.loads(written.read(_SCHEMA)), dict[str, str]()
        _renumber(schema, {}, files, itertools.count(1))
        entries = {files[name]: written.read(name) for name in written.namelist() if name != _SCHEMA}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in [(_SCHEMA, json.dumps(schema, indent=1).encode()), *sorted(entries.items())]:
            file.writestr(zipfile.ZipInfo(name, _DATED), content, zipfile.ZIP_DEFLATED)
    _check_types(path, get_untrusted_types(file=path))


def check_savable(classifier: Pipeline) -> None:
    """Raises ``UnreadableModel`` for a fitted pipeline that could not be read again, such as one with trees."""
    _check_types("the estimator", get_untrusted_types(data=dumps(classifier)))


def read_classifier(path: Path, content: bytes) -> Pipeline:
    """The pipeline in a file of that content. Raises ``UnreadableModel`` for any that ``write_classifier`` would not
    have written."""
    try:
        _check_types(path, get_untrusted_types(data=content))
        classifier = loads(content, trusted=TRUSTED)
    except (OSError, KeyError, TypeError, ValueError, AttributeError, zipfile.BadZipFile) as err:
        raise UnreadableModel(f"{path}: {err}; expected the pipeline that training writes") from err
    if not isinstance(classifier, Pipeline):
        raise UnreadableModel(f"{path}: holds a {type(classifier).__name__}; expected a Pipeline")
    return classifier


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


def _check_types(name: object, untrusted: Iterable[str]) -> None:
    """Raises ``UnreadableModel`` for any type but ours and those of scikit-learn and NumPy that skops trusts."""
    if strange := set(untrusted) - set(TRUSTED):
        raise UnreadableModel(f"{name}: holds {min(strange)}; expected ours and those that skops trusts alone")
