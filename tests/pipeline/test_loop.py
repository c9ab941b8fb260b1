"""The retraining loop: labels out, a candidate held against the model in service, put in its place, taken back."""

import json
import shutil
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from builders import NOON, make_ad
from model.classifier.artefact import load_model, save_model
from model.datasets.catalogue import read_catalogue, read_dataset
from model.datasets.labels import acts
from model.evaluation.compare import compare, read_frozen
from pipeline.errors import CannotPromote
from pipeline.promotion import history, promote, roll_back
from pipeline.settings_file import load_settings
from small_model import LAWFUL, LURES, write_json_lines
from store_builders import decide, look, open_case_for, open_queue

CARD = """[[dataset]]
name = "{name}"
title = "Invented"
path = "{path}"
format = "{format}"
licence = "none needed"
notes = "Invented."
"""


def held_out_row(number: int, truth: str, text: str) -> dict[str, str]:
    row = dict.fromkeys(("strength", "exploitation", "title", "why"), "")
    return {
        **row,
        "id": f"h{number}-{truth}",
        "group": f"g{number}",
        "language": "en",
        "truth": truth,
        "genre": "chat",
        "text": text,
    }


@pytest.fixture
def checks(home: Path) -> Path:
    """A catalogue of held-out texts in the home, in which lures keep passports and lawful offers do not."""
    rows = []
    for number in range(24):
        rows.append(held_out_row(number, "trafficking_recruitment", f"{LURES[number % 4]} Desk {number}."))
        rows.append(held_out_row(number, "legitimate", f"{LAWFUL[number % 4]} Desk {number}."))
    write_json_lines(home / "data" / "held.jsonl", rows)
    catalogue = home / "data" / "invented_checks.toml"
    catalogue.write_text(CARD.format(name="held", path="data/held.jsonl", format="held_out"), encoding="utf-8")
    return catalogue


@pytest.fixture
def spoiled(home: Path, tiny_home: Path) -> Path:
    """A model that reads every sign and word the other way round."""
    good = load_settings(home).model_folder()
    saved = load_model(good)
    heads = {
        name: type(head)(
            intercept=-head.intercept, signs=-head.signs, grams=-head.grams, slope=head.slope, offset=head.offset
        )
        for name, head in saved.classifier.heads.items()
    }
    classifier = type(saved.classifier)(
        sign_names=saved.classifier.sign_names, rarity=saved.classifier.rarity, heads=heads
    )
    return save_model(
        home / "elsewhere",
        classifier,
        taxonomy_folder=tiny_home / "data" / "taxonomy",
        taxonomy_version=saved.taxonomy_version,
        training={},
        metrics=dict(saved.metrics),
        card={},
    )


def test_labels_hold_the_last_decision_and_the_text_that_was_judged(run, home):
    judged = make_ad(title="Chat replies", description="We keep your passport.", language="en")
    with open_queue(home) as queue:
        look(queue, judged)
        case = open_case_for(queue, judged)
        decide(queue, case, verdict="legitimate")
        decide(queue, case, verdict="trafficking_recruitment", at=NOON + timedelta(hours=1))
        look(queue, make_ad(title="Chat replies", description="Another text by now.", seen_at=NOON + timedelta(days=1)))
        unclear = make_ad(ad_id="test:2", description="Nobody can tell.")
        look(queue, unclear)
        decide(queue, open_case_for(queue, unclear), verdict="cannot_tell")
    shown = run("labels", "export", "--database", home / "lurewatch.db", "--output", home / "labels.jsonl")
    assert (shown.exit_code, "2 labels written" in shown.output) == (0, True), shown.output
    first, second = map(json.loads, (home / "labels.jsonl").read_text("utf-8").splitlines())
    assert (first["description"], first["verdict"]) == ("We keep your passport.", "trafficking_recruitment")
    assert second["verdict"] == "cannot_tell"
    assert not {"analyst", "note"} & first.keys()


def test_exported_labels_can_be_trained_on(run, home):
    with open_queue(home) as queue:
        for number, verdict in enumerate(("irregular_recruitment", "not_an_ad", "cannot_tell")):
            ad = make_ad(ad_id=f"test:{number}", description=f"A text of its own, number {'x' * (number + 1)}.")
            look(queue, ad)
            decide(queue, open_case_for(queue, ad), verdict=verdict)
    run("labels", "export", "--database", home / "lurewatch.db", "--output", home / "labels.jsonl")
    catalogue = home / "datasets.toml"
    catalogue.write_text(CARD.format(name="ours", path="labels.jsonl", format="decisions"), encoding="utf-8")
    (card_read,) = read_catalogue(catalogue)
    rows = read_dataset(card_read, home, seed=1)
    assert [(row.kind, row.sort) for row in rows] == [
        ("job_fraud", "irregular_recruitment"),
        ("not_an_ad", "not_an_ad"),
    ]
    assert acts(rows) == [True, False]


def test_the_same_model_differs_in_nothing(home, checks):
    folder = load_settings(home).model_folder()
    found = compare(folder, folder, read_frozen(checks, home, seed=1), seed=1)
    assert found.figures
    assert all(one["low"] == one["high"] == 0 for one in found.figures.values())
    assert found.worse == ()


def test_a_worse_model_is_refused_until_someone_says_why(run, home, checks, spoiled):
    compared = run("compare", spoiled, "--checks", checks, "--json")
    said = json.loads(compared.output)
    assert compared.exit_code == 1
    assert {"auc", "twins_chat", "time_to_discovery"} <= set(said["worse"])
    assert said["moved"][0]["place_before"] != said["moved"][0]["place_after"]
    refused = run("promote", spoiled, "--checks", checks)
    assert (refused.exit_code, "not promoted: worse in" in refused.output) == (1, True)
    assert load_settings(home).model_folder().name != spoiled.name
    forced = run("promote", spoiled, "--checks", checks, "--anyway", "to see what it does")
    assert (forced.exit_code, f"{spoiled.name} is in service" in forced.output) == (0, True)
    assert load_settings(home).model_folder().name == spoiled.name
    shutil.rmtree(spoiled)
    assert load_model(load_settings(home).model_folder()).version == spoiled.name, "it was brought home"


def test_going_back_puts_the_model_before_in_service_and_keeps_why(run, home, checks, spoiled):
    before = load_settings(home).model_folder().name
    assert run("rollback").exit_code == 2
    run("promote", spoiled, "--checks", checks, "--anyway", "a try")
    back = run("rollback", "--reason", "it flagged bakers")
    assert (back.exit_code, f"{before} is in service again" in back.output) == (0, True)
    assert load_settings(home).model_folder().name == before
    assert [(one.before, one.after, one.reason) for one in history(load_settings(home))] == [
        (before, spoiled.name, "a try"),
        (spoiled.name, before, "it flagged bakers"),
    ]


def test_each_rollback_goes_one_further_back_and_none_to_a_rejected_model(home):
    settings = load_settings(home)
    first = settings.model_folder().name
    for name in ("second", "third"):
        (settings.local_models / name).mkdir(parents=True)
        promote(settings, settings.local_models / name, at=NOON)
    gone_back = [roll_back(settings, at=NOON).after for _ in range(2)]
    assert gone_back == ["second", first]
    with pytest.raises(CannotPromote, match="no earlier model to go back to"):
        roll_back(settings, at=NOON)
    promote(settings, settings.local_models / "third", at=NOON)
    assert roll_back(settings, at=NOON).after == first
    with pytest.raises(CannotPromote, match="no earlier model"):
        roll_back(settings, at=NOON)
    assert settings.model_folder().name == first


def test_a_model_that_is_promoted_again_is_gone_back_from_once(home):
    settings = load_settings(home)
    first = settings.model_folder().name
    (settings.local_models / "second").mkdir(parents=True)
    for _ in range(2):
        promote(settings, settings.local_models / "second", at=NOON)
    assert roll_back(settings, at=NOON).after == first


def test_a_changed_model_is_not_promoted(run, home, checks, spoiled):
    with np.load(spoiled / "weights.npz") as arrays:
        changed = {name: arrays[name] + 1 for name in arrays}
    np.savez(spoiled / "weights.npz", **changed)
    shown = run("promote", spoiled, "--checks", checks, "--anyway", "never mind")
    assert (shown.exit_code, "weights.npz" in shown.output) == (2, True)


def test_a_model_is_measured_on_texts_that_it_did_not_learn_from_with_intervals(run, home, checks):
    shown = run("evaluate", "--checks", checks, "--output", home / "metrics.json", "--json")
    metrics = json.loads(shown.output)
    assert metrics == json.loads((home / "metrics.json").read_text("utf-8"))
    assert (
        metrics["headline"]["auc"]["low"] <= metrics["headline"]["auc"]["value"] <= metrics["headline"]["auc"]["high"]
    )
    assert list(metrics["frozen"]) == ["held"]
    assert run("evaluate", "--checks", checks, "--json").output == shown.output, "twice the same"


def test_collections_are_listed_and_verified(run, home, checks):
    listed = json.loads(run("datasets", "list", "--datasets", checks, "--json").output)
    assert [(one["name"], one["here"]) for one in listed] == [("held", True)]
    verified = run("datasets", "verify", "--datasets", checks)
    assert (verified.exit_code, verified.output) == (0, "held: 24 legitimate, 24 trafficking_recruitment\n")
    absent = checks.read_text("utf-8") + CARD.format(name="far", path="far.jsonl", format="held_out")
    checks.write_text(absent, encoding="utf-8")
    assert run("datasets", "verify", "--datasets", checks).exit_code == 1
    assert (
        "far: Invented (held_out, invented; none needed); not on this machine"
        in run("datasets", "list", "--datasets", checks).output
    )
    (home / "far.jsonl").write_text("{}\n")
    changed = run("datasets", "verify", "--datasets", checks)
    assert (changed.exit_code, "far.jsonl, row 1: exploitation, genre" in changed.output) == (2, True)
