import json
import re

import pytest

from model.evaluation.card import thresholds
from model.errors import BadDataset, BadTaxonomy
from model.training.train import train


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_two_runs_on_the_same_data_and_seed_write_the_same_bytes(small_project, tmp_path):
    again = train(small_project.catalogue, small_project.taxonomy, tmp_path, seed=1, root=small_project.root)
    assert again.name == small_project.model.name
    assert contents(again) == contents(small_project.model)


def test_the_manifest_names_what_it_learnt_from_and_what_was_absent(small_project):
    training = json.loads((small_project.model / "manifest.json").read_text())["training"]
    assert training["absent"] == ["elsewhere"]
    assert [one["name"] for one in training["datasets"]] == ["contrast", "texts", "board", "emscad"]
    assert all(len(one["sha256"]) == 64 for one in training["datasets"])
    assert training["seed"] == 1


def test_the_card_says_what_it_is_for_how_well_it_does_and_what_was_left_out(small_project):
    card = (small_project.model / "card.md").read_text()
    assert card.startswith(f"# Model card: {small_project.model.name}\n")
    for said in (
        "never says that an ad *is* trafficking",
        "elsewhere",
        "contrast, invented",
        "The dangerous twin scores above",
    ):
        assert said in card


def test_the_card_says_beside_each_threshold_what_it_flags_of_a_new_board():
    ordinary = {"flagged_at_0.02": {"alarm_ordinary_ads": 0.04}}
    metrics = {
        "operating_points": [{"ordinary_flagged": 0.02, "threshold": 0.4}],
        "left_out": {
            "one": ordinary,
            "other": {"flagged_at_0.02": {"alarm_ordinary_ads": 0.12}},
            "messages": {"flagged_at_0.02": {"alarm_ordinary_ads": 0.9, "alarm_ordinary_messages": 0.9}},
            "no threshold": {},
        },
    }
    assert "| 2 % | 0.4000 | 4 to 12 % |" in thresholds(metrics)
    assert "| 2 % | 0.4000 |  |" in thresholds(metrics | {"left_out": {}})


def test_the_pictures_of_a_run_are_there_and_the_card_shows_each(small_project):
    card = (small_project.model / "card.md").read_text()
    pictures = sorted(path.relative_to(small_project.model).as_posix() for path in small_project.model.rglob("*.svg"))
    assert len(pictures) == 5
    assert sorted(re.findall(r"\((plots/[a-z_]+\.svg)\)", card)) == pictures


def test_no_text_of_a_collection_stands_in_the_model(small_project):
    content = b"".join(body for name, body in contents(small_project.model).items() if not name.startswith("taxonomy/"))
    for word in (b"border campus", b"bakery", b"lamp shop", b"big bag"):
        assert word not in content


def test_collections_without_both_sorts_teach_nothing(small_project, tmp_path):
    catalogue = tmp_path / "datasets.toml"
    tables = small_project.catalogue.read_text().split("[[dataset]]")
    catalogue.write_text("[[dataset]]" + tables[3])
    with pytest.raises(BadDataset, match=r"hold 12 rows of one sort; expected both"):
        train(catalogue, small_project.taxonomy, tmp_path / "models", seed=1, root=small_project.root)
    assert not (tmp_path / "models").exists()


def test_a_taxonomy_that_is_not_there_stops_before_anything_is_written(small_project, tmp_path):
    with pytest.raises(BadTaxonomy):
        train(small_project.catalogue, tmp_path / "none", tmp_path / "models", seed=1, root=small_project.root)
    assert not (tmp_path / "models").exists()


def test_one_collection_alone_can_be_trained_on(small_project, tmp_path):
    """As an installation has it that learns from its own decisions: there is no other collection to tell it from."""
    catalogue = tmp_path / "datasets.toml"
    catalogue.write_text("[[dataset]]" + small_project.catalogue.read_text().split("[[dataset]]")[1])
    folder = train(catalogue, small_project.taxonomy, tmp_path / "models", seed=1, root=small_project.root)
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["left_out"] == {}
    assert "collection_told" not in metrics["genre_probe"]
