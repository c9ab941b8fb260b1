"""The retraining loop: labels out, a candidate held against the model in service, put in its place, taken back."""

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from small_model import LAWFUL, LURES, unlike, write_collections, write_json_lines

from builders import NOON, make_ad
from model.assessment import Kind
from model.classifier.artefact import load_model
from model.datasets.catalogue import read_catalogue, read_dataset
from model.datasets.labels import acts
from model.evaluation.compare import Judge, compare, evaluate_saved, read_checks
from pipeline.errors import CannotPromote
from pipeline.review.model_in_service import history, promote, roll_back
from pipeline.settings.loader import load_settings
from store_builders import decide, look, open_case_for, open_store
from tiny_model import save_tiny_model, tiny_rows

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
    """A model that learnt every label the other way round."""
    other: dict[Kind, Kind] = {
        "trafficking_recruitment": "legitimate", "legitimate": "trafficking_recruitment", "job_fraud": "not_an_ad",
        "not_an_ad": "job_fraud",
    }  # fmt: skip
    rows = [replace(row, kind=other[row.kind]) for row in tiny_rows()]
    return save_tiny_model(home / "elsewhere", tiny_home / "data" / "taxonomy", rows)


@pytest.fixture
def real_checks(home: Path, checks: Path) -> Path:
    """The held-out texts, and as many that stand in for real ones and are near-copies of none."""
    rows = [json.loads(line) for line in (home / "data" / "held.jsonl").read_text("utf-8").splitlines()]
    for number, row in enumerate(rows):
        row |= {"id": f"r{number}", "text": unlike(row["text"], f"real {number}")}
    write_json_lines(home / "data" / "real.jsonl", rows)
    entry = CARD.format(name="ours", path="data/real.jsonl", format="held_out") + "real = true\n"
    checks.write_text(checks.read_text("utf-8") + entry, encoding="utf-8")
    return checks


def test_labels_hold_the_last_decision_and_the_text_that_was_judged(run, home):
    judged = make_ad(title="Chat replies", description="We keep your passport.", language="en")
    with open_store(home) as store:
        look(store, judged)
        case = open_case_for(store, judged)
        decide(store, case, verdict="legitimate")
        decide(store, case, verdict="trafficking_recruitment", at=NOON + timedelta(hours=1))
        look(store, make_ad(title="Chat replies", description="Another text by now.", seen_at=NOON + timedelta(days=1)))
        unclear = make_ad(ad_id="test:2", description="Nobody can tell.")
        look(store, unclear)
        decide(store, open_case_for(store, unclear), verdict="cannot_tell")
    shown = run("labels", "export", "--database", home / "lurewatch.db", "--output", home / "labels.jsonl")
    assert (shown.exit_code, "2 labels written" in shown.output) == (0, True), shown.output
    first, second = map(json.loads, (home / "labels.jsonl").read_text("utf-8").splitlines())
    assert (first["description"], first["verdict"]) == ("We keep your passport.", "trafficking_recruitment")
    assert second["verdict"] == "cannot_tell"
    assert not {"analyst", "note"} & first.keys()


def test_exported_labels_can_be_trained_on(run, home):
    with open_store(home) as store:
        for number, verdict in enumerate(("irregular_recruitment", "not_an_ad", "cannot_tell")):
            text = f"A text of its own, number {'x' * (number + 1)}."
            ad = make_ad(ad_id=f"test:{number}", source=f"board-{number}", description=text)
            look(store, ad)
            decide(store, open_case_for(store, ad), verdict=verdict)
    run("labels", "export", "--database", home / "lurewatch.db", "--output", home / "labels.jsonl")
    catalogue = home / "datasets.toml"
    catalogue.write_text(CARD.format(name="ours", path="labels.jsonl", format="decisions"), encoding="utf-8")
    (card_read,) = read_catalogue(catalogue)
    rows = read_dataset(card_read, home, seed=1)
    assert [(row.kind, row.sort, row.source) for row in rows] == [
        ("job_fraud", "irregular_recruitment", "ours: board-0"),
        ("not_an_ad", "not_an_ad", "ours: board-1"),
    ]
    assert acts(rows) == [True, False]


def test_training_says_at_the_start_how_long_it_takes_and_at_the_end_what_is_in_service(run, home):
    catalogue = write_collections(home)
    before = load_settings(home).model_folder().name
    shown = run("train", "--datasets", catalogue)
    assert shown.exit_code == 0, shown.output
    assert "96 texts; about 1 min with the free cores" in shown.output.splitlines()[0]
    assert f"{before} is in service; `lurewatch promote" in shown.output
    (folder,) = (home / "data" / "local" / "models").glob("model-*")
    assert (folder / "card.md").read_text("utf-8").startswith(f"# Model card: {folder.name}")


def test_the_same_model_differs_in_nothing(home, real_checks):
    folder = load_settings(home).model_folder()
    found = compare(folder, folder, read_checks([real_checks], [], home, seed=1), seed=1)
    assert found.real
    assert found.invented
    assert found.real_texts == 48
    assert all(one["low"] == one["high"] == 0 for one in (*found.real.values(), *found.invented.values()))
    assert found.worse == ()


def test_a_model_that_is_worse_on_real_texts_is_refused_until_someone_says_why(run, home, real_checks, spoiled):
    compared = run("compare", spoiled, "--checks", real_checks, "--json")
    said = json.loads(compared.output)
    assert compared.exit_code == 1, compared.output
    assert {"lures", "informal_offers"} <= set(said["worse"])
    assert said["real_texts"] == 48
    assert said["moved"][0]["place_before"] != said["moved"][0]["place_after"]
    refused = run("promote", spoiled, "--checks", real_checks)
    assert (refused.exit_code, "not promoted: worse in" in refused.output) == (1, True)
    assert load_settings(home).model_folder().name != spoiled.name
    forced = run("promote", spoiled, "--checks", real_checks, "--anyway", "to see what it does")
    assert (forced.exit_code, f"{spoiled.name} is in service" in forced.output) == (0, True)
    assert load_settings(home).model_folder().name == spoiled.name
    shutil.rmtree(spoiled)
    assert load_model(load_settings(home).model_folder()).version == spoiled.name, "it was brought home"


def test_without_real_texts_it_says_so_and_refuses_what_is_clearly_worse_on_invented_ones(run, home, checks, spoiled):
    same = load_settings(home).model_folder()
    found = compare(same, spoiled, read_checks([checks], [], home, seed=1), seed=1)
    assert (found.real_texts, found.real) == (0, {})
    assert "invented auc" in found.worse
    refused = run("promote", spoiled, "--checks", checks)
    assert (refused.exit_code, "no real texts at hand" in refused.output) == (1, True)
    promoted = run("promote", same, "--checks", checks)
    assert (promoted.exit_code, "no real texts at hand" in promoted.output) == (0, True), promoted.output


def test_real_texts_that_a_model_learnt_are_passed_over(home, tiny_home, real_checks):
    checked = read_checks([real_checks], [], home, seed=1)
    real = [row for row in checked.rows if row.real]
    learnt = save_tiny_model(home / "elsewhere", tiny_home / "data" / "taxonomy", [*tiny_rows(), *real[:6]])
    assert evaluate_saved(learnt, checked, seed=1)["learnt_from_and_passed_over"] >= 6
    assert not any(row.real for row in read_checks([real_checks], [], home, seed=1).unknown_to(Judge(
        save_tiny_model(home / "elsewhere", tiny_home / "data" / "taxonomy", [*tiny_rows(), *real])
    )))  # fmt: skip


def test_near_copies_of_what_a_model_learnt_are_passed_over(home, tiny_home, real_checks):
    checked = read_checks([real_checks], [], home, seed=1)
    real = next(row for row in checked.rows if row.real)
    learnt = Judge(save_tiny_model(home / "elsewhere", tiny_home / "data" / "taxonomy", [*tiny_rows(), real]))
    copy = replace(real, ad=replace(real.ad, description=f"Hello there friend. {real.ad.description}"))
    assert not learnt.has_learnt(copy)
    assert copy not in replace(checked, rows=(*checked.rows, copy)).unknown_to(learnt)


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


def test_a_model_that_cannot_be_read_is_replaced_without_comparing(run, home, checks, spoiled):
    """As after an upgrade that reads another format, when the model before is gone too."""
    good = load_settings(home).model_folder()
    run("promote", spoiled, "--checks", checks, "--anyway", "a try")
    manifest = load_settings(home).model_folder() / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace('"format": ', '"format": 1'), encoding="utf-8")
    refused = run("promote", good, "--checks", checks)
    assert (refused.exit_code, "--anyway REASON puts" in refused.output) == (2, True), refused.output
    assert load_settings(home).model_folder().name == spoiled.name
    forced = run("promote", good, "--checks", checks, "--anyway", "an upgrade")
    assert (forced.exit_code, "not compared: " in forced.output) == (0, True), forced.output
    assert load_settings(home).model_folder().name == good.name


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


def test_models_that_come_in_folders_of_one_name_are_told_apart(home, spoiled):
    settings = load_settings(home)
    good = settings.model_folder()
    for number, model in enumerate((good, spoiled)):
        given = shutil.copytree(model, home / f"partner-{number}" / "model")
        assert promote(settings, given, at=NOON).after == model.name
        assert load_model(settings.model_folder()).version == model.name


def test_a_model_by_whose_thresholds_no_night_could_choose_is_not_put_in_service(run, home, checks):
    rows = [
        {"k": kind, "t": unlike(text, f"{kind} {number}")}
        for number in range(12)
        for kind, text in (("job_fraud", LURES[0]), ("not_an_ad", LAWFUL[0]))
    ]
    write_json_lines(home / "ours.jsonl", rows)
    entry = CARD.format(name="ours", path="ours.jsonl", format="csv") + 'columns = {text = "t", kind = "k"}\n'
    (home / "datasets.toml").write_text(entry, encoding="utf-8")
    before = load_settings(home).model_folder()
    shown = run("train", "--datasets", home / "datasets.toml", "--put-in-service")
    assert (shown.exit_code, "is not among the operating points" in shown.output) == (2, True), shown.output
    (trained,) = (home / "data/local/models").glob("model-*")
    shown = run("promote", trained, "--checks", checks, "--anyway", "a trial")
    assert (shown.exit_code, "or triage.threshold set in lurewatch.toml" in shown.output) == (2, True), shown.output
    assert load_settings(home).model_folder() == before
    with (home / "lurewatch.toml").open("a") as file:
        file.write("[triage]\nthreshold = 0.7\n")
    assert run("promote", trained, "--checks", checks, "--anyway", "a trial").exit_code == 0


def test_a_changed_model_is_not_promoted(run, home, checks, spoiled):
    metrics = spoiled / "metrics.json"
    metrics.write_text(metrics.read_text("utf-8").replace("0.5", "0.6"), encoding="utf-8")
    shown = run("promote", spoiled, "--checks", checks, "--anyway", "never mind")
    assert (shown.exit_code, "metrics.json" in shown.output) == (2, True)


def test_a_model_is_measured_on_texts_that_it_did_not_learn_from_real_ones_first(run, home, real_checks):
    shown = run("evaluate", "--checks", real_checks, "--output", home / "metrics.json", "--json")
    metrics = json.loads(shown.output)
    assert metrics == json.loads((home / "metrics.json").read_text("utf-8"))
    found = metrics["real"]["slices"]["lures"]["0.02"]
    assert found["low"] <= found["value"] <= found["high"]
    assert list(metrics["checks"]) == ["held", "ours"]
    assert run("evaluate", "--checks", real_checks, "--json").output == shown.output, "twice the same"
    lines = run("evaluate", "--checks", real_checks).output.splitlines()
    assert lines[1].startswith("real texts")


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
