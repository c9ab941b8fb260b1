"""A model folder: the same bytes for the same content, and nothing read that was changed or is not known."""

import hashlib
import io
import json
import pickle
import re
import shutil
import sys
import zipfile

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.linear_model import SGDClassifier
from sklearn.naive_bayes import BernoulliNB
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier
from skops.io import dumps

from model.classifier.artefact import load_model, model_in_service, put_in_service, save_model
from model.classifier.skops_file import TRUSTED
from model.errors import TamperedModel, UnreadableModel


@pytest.fixture
def copy(small_project, tmp_path):
    return shutil.copytree(small_project.model, tmp_path / small_project.model.name)


@pytest.fixture(scope="module")
def saved(small_project):
    return load_model(small_project.model)


def save(models, small_project, classifier):
    return save_model(
        models, classifier, taxonomy_folder=small_project.taxonomy, taxonomy_version="t1",
        training={"seed": 1}, metrics={"rows": 3}, card={"card.md": "# {version}\n"},
    )  # fmt: skip


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def put(folder, name, content):
    """Writes a file and its checksum: what somebody does who means it."""
    (folder / name).write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][name] = hashlib.sha256(content).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


def copy_of(classifier):
    """A fitted copy of the last step."""
    return pickle.loads(pickle.dumps(classifier.named_steps["kinds"]))


def with_entries(content, change):
    """The archive with its entries changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as before:
        entries = {name: before.read(name) for name in before.namelist()}
    after = io.BytesIO()
    with zipfile.ZipFile(after, "w") as file:
        for name, body in change(entries).items():
            file.writestr(name, body)
    return after.getvalue()


def test_a_model_folder_holds_classifier_taxonomy_metrics_card_and_a_manifest(small_project):
    names = set(contents(small_project.model))
    assert {"manifest.json", "classifier.skops", "metrics.json", "card.md", "taxonomy/control.toml"} <= names
    manifest = json.loads((small_project.model / "manifest.json").read_text())
    assert manifest["model_version"] == small_project.model.name
    assert names - {"manifest.json"} == manifest["files"].keys()


def test_two_saves_are_the_same_bytes_whatever_else_was_made_meanwhile(small_project, saved, tmp_path):
    first = save(tmp_path / "a", small_project, saved.classifier)
    others = [clone(saved.classifier) for _ in range(50)]
    again = save(tmp_path / "b", small_project, pickle.loads(pickle.dumps(saved.classifier)))
    assert first.name == again.name
    assert contents(first) == contents(again)
    assert [path.name for path in (tmp_path / "a").iterdir()] == [first.name], "nothing half-written is left"
    assert (first / "card.md").read_text() == f"# {first.name}\n"
    assert len(others) == 50


def test_another_content_has_another_name(small_project, saved, tmp_path):
    bent = Pipeline([saved.classifier.steps[0], ("kinds", copy_of(saved.classifier).set_params(lines=None))])
    assert save(tmp_path, small_project, bent).name != save(tmp_path, small_project, saved.classifier).name


@pytest.mark.parametrize(
    "estimator",
    [None, SGDClassifier(loss="log_loss", random_state=0), BernoulliNB()],
    ids=["as it is", "gradient descent", "naive Bayes, without coef_"],
)
def test_what_is_loaded_gives_the_probabilities_of_what_was_saved(
    small_project, saved, small_reads, small_rows, tmp_path, estimator
):
    classifier = saved.classifier
    if estimator is not None:
        classifier = clone(classifier).set_params(kinds__estimator=estimator)
        classifier.fit(small_reads, np.array([row.kind for row in small_rows]))
    again = load_model(save(tmp_path, small_project, classifier))
    assert np.array_equal(again.classifier.predict_proba(small_reads), classifier.predict_proba(small_reads))
    assert again.classifier.get_params().keys() == classifier.get_params().keys()
    assert (again.training, again.metrics["rows"], again.taxonomy_version) == ({"seed": 1}, 3, "t1")


@pytest.mark.parametrize("name", ["classifier.skops", "card.md", "metrics.json", "taxonomy/control.toml"])
def test_a_changed_file_is_refused_by_name(copy, name):
    with (copy / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(TamperedModel, match=f"{name}: sha256 is .*the manifest expects"):
        load_model(copy)


def test_a_missing_and_an_added_file_are_refused(copy):
    (copy / "taxonomy" / "extra.py").write_text("print()")
    with pytest.raises(TamperedModel, match=r"taxonomy/extra\.py is not in the manifest"):
        load_model(copy)
    (copy / "taxonomy" / "extra.py").unlink()
    (copy / "classifier.skops").unlink()
    with pytest.raises(TamperedModel, match=r"classifier\.skops is missing"):
        load_model(copy)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "cannot be read"),
        ("[]", "format"),
        ('{"format": 6}', "format 6; this version reads format 7"),
        ('{"format": 99}', "format 99; this version reads format 7"),
        ('{"format": 7, "model_version": "m", "taxonomy_version": 3}', "taxonomy_version is 3; expected str"),
        ('{"format": 7, "model_version": "m", "taxonomy_version": "t"}', "files is None; expected dict"),
    ],
)
def test_a_manifest_that_cannot_be_trusted_is_refused(copy, content, message):
    (copy / "manifest.json").write_text(content)
    with pytest.raises(UnreadableModel, match=message):
        load_model(copy)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UnreadableModel, match=r"nowhere.*manifest"):
        load_model(tmp_path / "nowhere")


STRANGE = """
import pathlib
import sys
from sklearn.base import BaseEstimator

class Strange(BaseEstimator):
    def __init__(self, text="a"):
        self.text = text
    def __setstate__(self, state):
        pathlib.Path(state["text"]).write_text("built")
"""


@pytest.mark.parametrize("at", [0, 1])
def test_a_type_that_nobody_knows_is_refused_before_anything_of_it_is_built(copy, tmp_path, monkeypatch, saved, at):
    (tmp_path / "strange_module.py").write_text(STRANGE)
    monkeypatch.syspath_prepend(tmp_path)
    import strange_module

    steps = list(saved.classifier.steps)
    steps.insert(at, ("strange", strange_module.Strange(str(tmp_path / "witness"))))
    put(copy, "classifier.skops", dumps(Pipeline(steps)))
    del sys.modules["strange_module"]
    with pytest.raises(UnreadableModel, match=r"holds strange_module\.Strange; expected ours"):
        load_model(copy)
    assert not (tmp_path / "witness").exists()
    assert "strange_module" not in sys.modules


@pytest.mark.parametrize(
    ("module", "name"),
    [("os", "system"), ("builtins", "exec"), ("subprocess", "Popen"), ("model.assessor", "Assessor")],
)
def test_a_schema_that_names_another_type_in_place_of_ours_is_refused(copy, module, name):
    def change(entries):
        schema = entries["schema.json"].decode()
        ours = r'"__class__": "AdText",(\s*)"__module__": "model.classifier.vectorisers"'
        schema, count = re.subn(ours, rf'"__class__": "{name}",\1"__module__": "{module}"', schema)
        assert count
        return entries | {"schema.json": schema.encode()}

    put(copy, "classifier.skops", with_entries((copy / "classifier.skops").read_bytes(), change))
    with pytest.raises(UnreadableModel, match=rf"holds {module}\.{name}; expected ours"):
        load_model(copy)


class Witness:
    """Leaves a trace where it is unpickled."""

    def __reduce__(self):
        return (exec, ("import sys; sys.unpickled_by_a_model = True",))


def test_arrays_are_never_unpickled(copy):
    def change(entries):
        name = next(name for name in entries if name.endswith(".npy"))
        array = io.BytesIO()
        np.save(array, np.array([Witness()], dtype=object), allow_pickle=True)
        return entries | {name: array.getvalue()}

    put(copy, "classifier.skops", with_entries((copy / "classifier.skops").read_bytes(), change))
    with pytest.raises(UnreadableModel, match=r"classifier\.skops"):
        load_model(copy)
    assert not hasattr(sys, "unpickled_by_a_model")


@pytest.mark.parametrize(
    "change",
    [
        lambda _entries: {},
        lambda entries: entries | {"schema.json": b"{}"},
        lambda entries: entries | {"schema.json": b"["},
        lambda entries: {name: body for name, body in entries.items() if not name.endswith(".npy")},
        lambda entries: {name: body[:40] if name.endswith(".npy") else body for name, body in entries.items()},
        lambda entries: entries | {"schema.json": entries["schema.json"].replace(b"AdText", b"AdTexts")},
        lambda entries: entries | {"schema.json": entries["schema.json"].replace(b"Pipeline", b"Estimator")},
    ],
    ids=[
        "empty",
        "no schema",
        "broken schema",
        "no arrays",
        "short arrays",
        "unknown class",
        "unknown class of theirs",
    ],
)
def test_a_damaged_classifier_is_named(copy, change):
    put(copy, "classifier.skops", with_entries((copy / "classifier.skops").read_bytes(), change))
    with pytest.raises(UnreadableModel, match=r"classifier\.skops"):
        load_model(copy)


@pytest.mark.parametrize("content", [b"", b"no archive", pickle.dumps({"a": 1})])
def test_what_is_no_archive_is_named(copy, content):
    put(copy, "classifier.skops", content)
    with pytest.raises(UnreadableModel, match=r"classifier\.skops"):
        load_model(copy)


def test_another_object_than_a_pipeline_is_refused(copy):
    put(copy, "classifier.skops", dumps(DecisionTreeClassifier()))
    with pytest.raises(UnreadableModel, match="DecisionTreeClassifier; expected a Pipeline"):
        load_model(copy)


def test_what_could_not_be_read_again_is_not_saved(small_project, saved, small_reads, small_rows, tmp_path):
    """skops does not trust scikit-learn's trees: a damaged one reads memory that is not its own."""
    classifier = clone(saved.classifier).set_params(kinds__estimator=DecisionTreeClassifier())
    classifier.fit(small_reads, np.array([row.kind for row in small_rows]))
    with pytest.raises(UnreadableModel, match=r"holds sklearn\.tree\._tree\.Tree; expected"):
        save(tmp_path, small_project, classifier)
    assert list(tmp_path.iterdir()) == []


def test_numbers_are_saved_to_the_last_digit(small_project, saved, tmp_path):
    lines = {"act": (1.9621137070574985, -123456789.25), "trafficking": (1e-17, 123456789012.0)}
    classifier = Pipeline([saved.classifier.steps[0], ("kinds", copy_of(saved.classifier).set_params(lines=lines))])
    again = load_model(save(tmp_path, small_project, classifier)).classifier
    assert again.named_steps["kinds"].lines == lines


def test_every_type_that_is_trusted_beside_scikit_learns_is_an_estimator_of_ours():
    from importlib import import_module

    for trusted in TRUSTED:
        module, _, name = trusted.rpartition(".")
        assert module.startswith("model.classifier.")
        assert issubclass(getattr(import_module(module), name), BaseEstimator)


def test_the_model_in_service_is_the_one_that_current_names(copy):
    put_in_service(copy)
    assert model_in_service(copy.parent) == copy
    (copy.parent / "current").write_text("../elsewhere\n")
    with pytest.raises(UnreadableModel, match=r"names '\.\./elsewhere'"):
        model_in_service(copy.parent)
    (copy.parent / "current").unlink()
    with pytest.raises(UnreadableModel, match="current: cannot be read"):
        model_in_service(copy.parent)
