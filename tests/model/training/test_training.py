import json
import re
import shutil

import numpy as np
import pytest
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier
from small_model import FRAUDS, MESSAGES, unlike, write_json_lines

from builders import make_ad
from model.assessment import KINDS
from model.classifier.kinds import KindClassifier
from model.datasets.labels import LabelledAd
from model.errors import BadDataset, BadTaxonomy, UnreadableModel
from model.evaluation.card import write_card
from model.evaluation.compare import Judge, read_checks
from model.training.train import calibrate, train


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def metrics(small_project):
    return json.loads((small_project.model / "metrics.json").read_text())


@pytest.fixture(scope="module")
def card(small_project):
    return (small_project.model / "card.md").read_text()


def catalogue_of(small_project, folder, *numbers):
    """The catalogue of some of the collections, by their places in the whole one."""
    entries = small_project.catalogue.read_text().split("[[dataset]]")
    catalogue = folder / "datasets.toml"
    catalogue.write_text("".join(f"[[dataset]]{entries[number]}" for number in numbers))
    return catalogue


def test_two_runs_on_the_same_data_and_seed_write_the_same_bytes_and_say_how_far_they_are(small_project, tmp_path):
    seen = []
    again = train(
        small_project.catalogue, small_project.taxonomy, tmp_path, seed=1, root=small_project.root,
        on_progress=seen.append,
    )  # fmt: skip
    assert again.name == small_project.model.name
    assert contents(again) == contents(small_project.model)
    assert [one.share for one in seen] == sorted(one.share for one in seen)
    assert seen[0].share == 0 < seen[0].seconds
    assert seen[-1].share == 1


def test_real_texts_lead_the_metrics_in_both_ways_beside_the_plain_recipe(metrics):
    ways = metrics["real"].keys() - {"worse_than_plain"}
    assert ways == {"sources_left_out", "near_copies_held_out"}
    for way in ways:
        for model in ("model", "plain_recipe"):
            found = metrics["real"][way][model]
            assert {"scams", "informal_offers", "work_messages", "warnings"} == found["slices"].keys()
            assert found["slices"]["scams"]["0.02"]["of"] == 40
            assert found["boards"]["board"]["0.02"]["of"] == 12
            assert {"value", "low", "high"} == found["auc"]["sent_over_informal_offers"].keys()
            assert found["by_source"].keys() >= {"real: north/chats", "real: south/chats"}
    folds = metrics["real"]["sources_left_out"]["folds"]
    assert {"real: north/chats", "real: south/chats", "real: small sources", "board"} <= {
        source for sources in folds for source in sources
    }


def test_invented_texts_stand_below_as_a_diagnosis(metrics):
    left_out = metrics["invented"]["sources_left_out"]["model"]
    assert left_out["by_family"].keys() == {"contrast"}, "it is left out by itself"
    assert left_out["pairs"]["within_genre"]["of"] == 24
    near = metrics["invented"]["near_copies_held_out"]["plain_recipe"]
    assert near["by_family"].keys() == {"contrast", "texts", "emscad"}


def test_operating_points_are_probabilities_that_fall_as_more_may_be_flagged(metrics):
    points = metrics["operating_points"]
    assert [one["ordinary_flagged"] for one in points] == [0.005, 0.01, 0.02, 0.05]
    assert all(0 < one["threshold"] < 1 for one in points)
    assert [one["threshold"] for one in points] == sorted((one["threshold"] for one in points), reverse=True)
    assert metrics["counterfactuals"]["perturbations"]["capitals"]["texts"] > 0


def test_the_manifest_names_what_it_learnt_from_and_what_was_absent(small_project):
    training = json.loads((small_project.model / "manifest.json").read_text())["training"]
    assert training["absent"] == ["elsewhere"]
    assert [one["name"] for one in training["datasets"]] == ["contrast", "texts", "board", "emscad", "real"]
    assert all(len(one["sha256"]) == 64 for one in training["datasets"])
    assert training["seed"] == 1
    assert re.fullmatch(r"([0-9a-f]{8})+", training["learnt"])


def test_the_card_begins_with_the_verdict_and_the_sources_left_out(small_project, card, metrics):
    lines = card.splitlines()
    assert lines[0] == f"# Model card: {small_project.model.name}"
    worse = metrics["real"]["worse_than_plain"]
    assert lines[2].startswith("**This model is worse than the plain recipe" if worse else "On no slice of real texts")
    titles = [line for line in lines if line.startswith("## ")]
    assert titles[:2] == ["## Real texts, whole sources left out", "## Real texts, near-copies held out"]
    assert titles.index("## Diagnosis on invented texts") > titles.index("## Real texts by source")
    for said in ("never says that an ad *is* trafficking", "elsewhere", "contrast, invented", "Estimator: `"):
        assert said in card
    table = next(line for line in lines if line.startswith("| job scams as they were sent |"))
    assert re.search(r"\d and \d+ of 40 \|$", table)


def test_the_card_shows_found_and_flagged_from_strict_to_loose_of_both_recipes(card, metrics):
    _, table = card.split("## From strict to loose, near-copies held out\n\nThis model / the plain recipe.\n\n")
    head, _, *lines = table.split("\n\n")[0].splitlines()
    assert head.startswith("| ordinary ads flagged | job scams as they were sent |")
    assert [line.split(" | ")[0] for line in lines] == [f"| {share} %" for share in (0.25, 0.5, 1, 2, 3, 5, 10)]
    found = [metrics["real"]["near_copies_held_out"][one]["slices"]["scams"] for one in ("model", "plain_recipe")]
    assert lines[-1].split(" | ")[1] == " / ".join(f"{one['0.1']['value']:.2f}" for one in found)
    assert found[0]["0.0025"]["value"] <= found[0]["0.1"]["value"]


def test_a_handful_of_real_texts_does_not_calibrate_a_model():
    kinds = np.arange(80) % 4
    said = np.where(np.arange(80) % 5 == 0, 3 - kinds, kinds)  # wrong of one text in five
    said[-4:] = 3 - kinds[-4:]  # and of the only real ones
    near = np.full((80, 4), 0.1) + 0.6 * np.eye(4)[said]
    rows = [
        LabelledAd(
            ad=make_ad(), kind=KINDS[kind], dataset="d", sort="s", genre="chat", group=f"{place}", real=place >= 76
        )
        for place, kind in enumerate(kinds.tolist())
    ]
    pipeline = Pipeline([("kinds", KindClassifier())])
    calibrate(pipeline, {"near_copies_held_out": {"model": near}}, rows)
    assert all(slope > 0.5 for slope, _ in pipeline["kinds"].lines.values())


TRAINING = {"estimator": "LogisticRegression()", "datasets": [], "absent": [], "seed": 1}


def test_the_card_says_first_where_the_model_is_worse(metrics):
    worse = {"way": "sources_left_out", "figure": "scams", "value": -0.2, "low": -0.3, "high": -0.1}
    told = write_card(metrics | {"real": metrics["real"] | {"worse_than_plain": [worse]}}, TRAINING, "t")
    assert "job scams as they were sent (whole sources left out): -0.20 (-0.30 to -0.10)" in told.splitlines()[4]
    assert "less the plain recipe's" in told.splitlines()[6]
    assert told.splitlines()[8].startswith("The plain recipe is character n-grams and a logistic regression")


def test_the_card_says_first_when_there_was_no_real_text(metrics):
    nothing = {"slices": {}, "boards": {}, "auc": {}, "average_precision": None}
    real = {
        way: {"model": nothing, "plain_recipe": nothing, "difference": {}}
        for way in ("sources_left_out", "near_copies_held_out")
    }
    told = write_card(metrics | {"real": real | {"worse_than_plain": []}}, TRAINING, "t")
    assert told.splitlines()[2].startswith("**There was no real text to measure on.**")
    assert told.count("No real text was held out.\n\n## ") == 2
    assert "Real texts by" not in told
    assert "\n\n\n" not in told


def test_the_card_says_first_when_no_threshold_could_be_set(small_project, tmp_path):
    rows = [
        {"k": kind, "t": unlike(text, f"{kind} {number}")}
        for number in range(20)
        for kind, text in (("job_fraud", FRAUDS[number % 2]), ("not_an_ad", MESSAGES[number % 2]))
    ]
    entry = """[[dataset]]
        name = "ours"
        title = "Ours"
        path = "ours.jsonl"
        format = "csv"
        real = true
        licence = "Ours"
        notes = "None."
        columns = {text = "t", kind = "k"}
    """
    write_json_lines(tmp_path / "ours.jsonl", rows)
    (tmp_path / "datasets.toml").write_text(entry)
    folder = train(tmp_path / "datasets.toml", small_project.taxonomy, tmp_path / "models", seed=1, root=tmp_path)
    told = (folder / "card.md").read_text()
    assert told.splitlines()[2].startswith("**There was no ordinary or lawful text to set a threshold by.**")
    assert "Real texts held out: 40, and no ordinary or lawful one to set a threshold by.\n" in told
    shown = {f"plots/{name}.svg" for name in re.findall(r"!\[([a-z_]+)\]", told)}
    assert shown == {path.relative_to(folder).as_posix() for path in folder.rglob("*.svg")}


def test_the_card_says_where_the_plain_recipe_was_measured_on_fewer_texts_or_none(metrics):
    real = json.loads(json.dumps(metrics["real"])) | {"worse_than_plain": []}
    for way in ("sources_left_out", "near_copies_held_out"):
        real[way]["difference"] = {}
        real[way]["plain_recipe"]["slices"]["scams"]["0.02"] |= {"found": 1, "of": 7}
    told = write_card(metrics | {"real": real}, TRAINING, "t")
    assert told.splitlines()[2].startswith("**There was too little to measure the plain recipe on.**")
    assert re.search(r"\| job scams as they were sent .* \d+ of 40, 1 of 7 \|", told)


def test_the_card_leaves_empty_what_the_plain_recipe_lacks(metrics):
    real = json.loads(json.dumps(metrics["real"]))
    plain = real["sources_left_out"]["plain_recipe"]
    del plain["slices"]["scams"], plain["auc"]["sent_over_informal_offers"]
    told = write_card(metrics | {"real": real}, TRAINING, "t")
    assert re.search(r"\| job scams as they were sent \| [^|]+ \| [^|]+ \|  \| \d+ of 40 \|", told)
    assert re.search(r"over informal lawful offers \| [^|]+ \| [^|]+ \|  \|\n", told)


def test_the_pictures_of_a_run_are_there_and_the_card_shows_each(small_project, card):
    pictures = sorted(path.relative_to(small_project.model).as_posix() for path in small_project.model.rglob("*.svg"))
    assert len(pictures) == 4
    assert sorted(re.findall(r"\((plots/[a-z_]+\.svg)\)", card)) == pictures


def test_no_text_of_a_collection_stands_in_the_model(small_project):
    names = ("taxonomy/", "nlp/")
    content = b"".join(body for name, body in contents(small_project.model).items() if not name.startswith(names))
    for word in (b"border campus", b"bakery", b"lamp shop", b"big bag", b"river needs a waiter"):
        assert word not in content


def test_a_taxonomy_that_changes_while_the_model_learns_is_not_what_the_folder_holds(small_project, tmp_path):
    taxonomy = shutil.copytree(small_project.taxonomy, tmp_path / "taxonomy")
    (taxonomy / ".#rules.toml").symlink_to("an editor's lock")

    def edit(progress):
        if progress.share > 0:
            (taxonomy / "rules.toml").write_text("# Edited while the model learnt.\n", encoding="utf-8")

    folder = train(
        small_project.catalogue, taxonomy, tmp_path / "models", seed=1, root=small_project.root, on_progress=edit
    )
    assert contents(folder) == contents(small_project.model)


def test_collections_without_both_sorts_teach_nothing(small_project, tmp_path):
    with pytest.raises(BadDataset, match=r"hold 12 rows of one sort; expected both"):
        train(
            catalogue_of(small_project, tmp_path, 3), small_project.taxonomy, tmp_path / "models", seed=1,
            root=small_project.root,
        )  # fmt: skip
    assert not (tmp_path / "models").exists()


def test_an_estimator_that_cannot_be_saved_is_refused_before_any_fold(small_project, tmp_path):
    seen = []
    with pytest.raises(UnreadableModel, match=r"the estimator: holds sklearn\.tree\._tree\.Tree"):
        train(
            small_project.catalogue, small_project.taxonomy, tmp_path / "models", seed=1, root=small_project.root,
            estimator=DecisionTreeClassifier(),
            on_progress=lambda progress: seen.append(progress.doing),
        )  # fmt: skip
    assert seen == ["reading ads", "counting n-grams of the plain recipe"]
    assert not (tmp_path / "models").exists()


def test_a_model_is_measured_on_nothing_that_it_learnt_be_it_real_or_invented(small_project):
    checks = read_checks([small_project.catalogue], [], small_project.root, seed=1)
    assert {row.real for row in checks.rows} == {True, False}
    with pytest.raises(BadDataset, match=r"learnt from (\d+) of the \1 texts to measure on; expected both"):
        checks.unknown_to(Judge(small_project.model))


def test_a_taxonomy_that_is_not_there_stops_before_anything_is_written(small_project, tmp_path):
    with pytest.raises(BadTaxonomy):
        train(small_project.catalogue, tmp_path / "none", tmp_path / "models", seed=1, root=small_project.root)
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize(("number", "over"), [(1, "lawful texts"), (6, "real lawful texts")])
def test_one_collection_without_ordinary_ads_can_be_trained_on(small_project, tmp_path, number, over):
    """As an installation has it that learns from its own decisions alone."""
    folder = train(
        catalogue_of(small_project, tmp_path, number), small_project.taxonomy, tmp_path / "models", seed=1,
        root=small_project.root,
    )  # fmt: skip
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["threshold_over"] == over
    assert metrics["operating_points"]
    assert f"shares are of {over}" in (folder / "card.md").read_text()
