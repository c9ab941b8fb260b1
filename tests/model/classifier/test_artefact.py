import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from model.classifier.artefact import (
    check_taxonomy,
    load_model,
    model_in_service,
    put_in_service,
    save_model,
)  # fmt: skip
from model.errors import StaleTaxonomy, TamperedModel, UnreadableModel


@pytest.fixture
def copy(small_project, tmp_path):
    return shutil.copytree(small_project.model, tmp_path / small_project.model.name)


def test_a_model_folder_holds_weights_taxonomy_metrics_card_and_a_manifest(small_project):
    names = {path.relative_to(small_project.model).as_posix() for path in small_project.model.rglob("*.*")}
    assert {"manifest.json", "weights.npz", "classifier.json", "metrics.json", "card.md"} <= names
    assert "taxonomy/control.toml" in names
    manifest = json.loads((small_project.model / "manifest.json").read_text())
    assert manifest["model_version"] == small_project.model.name
    assert names - {"manifest.json"} == manifest["files"].keys()


def test_what_is_loaded_is_what_was_saved(small_project, tmp_path):
    first = load_model(small_project.model)
    folder = save_model(
        tmp_path, first.classifier, taxonomy_folder=small_project.taxonomy, taxonomy_version=first.taxonomy_version,
        training={}, metrics={}, card={},
    )  # fmt: skip
    again = load_model(folder)
    assert again.version == first.version, "named for what it learnt"
    for name, head in first.classifier.heads.items():
        assert np.array_equal(head.grams, again.classifier.heads[name].grams)
        assert head.base == again.classifier.heads[name].base
    assert [path.name for path in tmp_path.iterdir()] == [folder.name], "nothing half-written is left"


@pytest.mark.parametrize("name", ["weights.npz", "card.md", "metrics.json", "taxonomy/control.toml"])
def test_a_changed_file_is_refused_by_name(copy, name):
    with (copy / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(TamperedModel, match=f"{name}: sha256 is .*the manifest expects"):
        load_model(copy)


def test_a_missing_and_an_added_file_are_refused(copy):
    (copy / "extra.py").write_text("print()")
    with pytest.raises(TamperedModel, match=r"extra\.py is not in the manifest"):
        load_model(copy)
    (copy / "extra.py").unlink()
    (copy / "weights.npz").unlink()
    with pytest.raises(TamperedModel, match=r"weights\.npz is missing"):
        load_model(copy)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "cannot be read"),
        ("[]", "format"),
        ('{"format": 99}', "format 99; this version reads format 5"),
        ('{"format": 5, "model_version": "m", "taxonomy_version": 3}', "taxonomy_version is 3; expected str"),
    ],
)
def test_a_manifest_that_cannot_be_trusted_is_refused(copy, content, message):
    (copy / "manifest.json").write_text(content)
    with pytest.raises(UnreadableModel, match=message):
        load_model(copy)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UnreadableModel, match=r"nowhere.*manifest"):
        load_model(tmp_path / "nowhere")


def test_objects_are_never_unpickled(copy):
    np.savez(copy / "weights.npz", rarity=np.array([{"a": 1}], dtype=object))
    manifest = json.loads((copy / "manifest.json").read_text())
    import hashlib

    manifest["files"]["weights.npz"] = hashlib.sha256((copy / "weights.npz").read_bytes()).hexdigest()
    (copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(UnreadableModel, match=r"weights\.npz"):
        load_model(copy)


def test_another_taxonomy_is_refused_with_both_versions_and_what_to_do(small_project):
    model = load_model(small_project.model)
    check_taxonomy(model, model.taxonomy_version)
    with pytest.raises(StaleTaxonomy, match=rf"{model.taxonomy_version}.*0000.*lurewatch train"):
        check_taxonomy(model, "0000")


def test_the_model_in_service_is_the_one_that_current_names(copy):
    put_in_service(copy)
    assert model_in_service(copy.parent) == copy
    (copy.parent / "current").write_text("../elsewhere\n")
    with pytest.raises(UnreadableModel, match=r"names '\.\./elsewhere'"):
        model_in_service(copy.parent)
    (copy.parent / "current").unlink()
    with pytest.raises(UnreadableModel, match="current: cannot be read"):
        model_in_service(copy.parent)


def test_loading_a_model_needs_no_learning_library(small_project):
    code = (
        "import sys, pathlib, model.artefact; model.artefact.load_model(pathlib.Path(sys.argv[1]));"
        "print([m for m in ('sklearn', 'scipy', 'spacy') if m in sys.modules])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code, small_project.model], capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "[]"
