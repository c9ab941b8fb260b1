"""``simulate`` and ``labels doubts``, as they are used."""

import json
from datetime import timedelta

import pytest
from small_model import LAWFUL, LURES, write_json_lines

from builders import NOON, make_ad
from model.datasets.readers import DECIDED_FIELDS
from model.training.simulation import STRATEGIES
from store_builders import decide, look, open_case_for, open_store


def decided(number, *, lure, verdict=None):
    word = "".join(chr(97 + (number * step) % 26) for step in (1, 3, 7, 9, 11))
    given = "trafficking_recruitment" if lure else "legitimate"
    return dict.fromkeys(DECIDED_FIELDS, "") | {
        "ad_id": f"a:{number}",
        "title": "",
        "description": f"{word} {(LURES if lure else LAWFUL)[number % 4]}",
        "language": "en",
        "verdict": verdict or given,
        "decided_at": NOON.isoformat(),
        "confirmed": [],
        "rejected": [],
    }


@pytest.fixture
def labels(home):
    rows = [decided(number, lure=number % 5 == 0) for number in range(100)]
    rows[7] = decided(7, lure=False, verdict="trafficking_recruitment")
    return write_json_lines(home / "labels.jsonl", rows)


def test_a_replay_of_exported_decisions_is_told_drawn_and_kept(run, home, labels):
    shown = run("simulate", labels, "--output", home / "replay", "--capacity", 50, "--seeds", 2)
    assert shown.exit_code == 0, shown.output
    assert "100 texts, 21 to act on, 50 read a night" in shown.output
    found = json.loads((home / "replay" / "simulation.json").read_text("utf-8"))
    assert found["strategies"].keys() == set(STRATEGIES)
    assert found["shares"] == {"risk": 0.85, "uncertain": 0.05, "random": 0.1}
    assert "<svg" in (home / "replay" / "recall.svg").read_text("utf-8")
    before = [(home / "replay" / name).read_bytes() for name in ("simulation.json", "recall.svg")]
    run("simulate", labels, "--output", home / "replay", "--capacity", 50, "--seeds", 2)
    assert before == [(home / "replay" / name).read_bytes() for name in ("simulation.json", "recall.svg")]


def test_a_desk_may_read_as_few_as_it_has_time_for(run, home, labels):
    words = ["--capacity", 7, "--seeds", 1, "--strategy", "risk", "--json"]
    found = json.loads(run("simulate", labels, "--output", home / "replay", *words).output)
    assert found["capacity"] == 7
    assert 0 < found["strategies"]["risk"]["figures"]["precision_at_50"]["value"] <= 1
    assert run("simulate", labels, "--output", home / "replay", "--capacity", 0).exit_code == 2


def test_the_mix_has_the_shares_that_this_installation_has_set(run, home, labels):
    with (home / "lurewatch.toml").open("a") as file:
        file.write("\n[triage]\naudit_share = 0.2\nuncertain_share = 0.3\n")
    told = run("simulate", labels, "--output", home / "replay", "--strategy", "mix", "--seeds", 1, "--json")
    assert json.loads(told.output)["shares"] == {"risk": 0.5, "uncertain": 0.3, "random": 0.2}


def test_a_cold_replay_learns_as_it_reads(run, home, labels):
    refused = run("simulate", labels, "--output", home / "replay", "--cold")
    assert (refused.exit_code, "needs --retrain-every" in refused.output) == (2, True)
    words = ["--cold", "--retrain-every", 50, "--capacity", 50, "--strategy", "risk", "--seeds", 1, "--json"]
    found = json.loads(run("simulate", labels, "--output", home / "replay", *words).output)
    assert found["model_version"] is None
    assert found["strategies"]["risk"]["figures"]["recall_at_100"]["value"] > 0


def test_a_set_of_one_sort_is_refused(run, home):
    labels = write_json_lines(home / "lawful.jsonl", [decided(number, lure=False) for number in range(9)])
    shown = run("simulate", labels, "--output", home / "replay")
    assert (shown.exit_code, "found 9 rows of one sort" in shown.output) == (2, True)
    assert not (home / "replay").exists()


def test_doubtful_labels_of_a_file_are_listed_and_written(run, home, labels):
    pytest.importorskip("cleanlab")
    shown = run("labels", "doubts", labels, "--output", home / "doubts.jsonl")
    assert shown.exit_code == 0, shown.output
    found = [json.loads(line) for line in (home / "doubts.jsonl").read_text("utf-8").splitlines()]
    assert "given:a:7" in {one["ad_id"] for one in found if one["why"] == "suspected_error"}
    assert "suspected_error" in shown.output
    assert f"{len(found)} labels deserve a second look" in shown.output


def test_decisions_that_disagree_on_the_same_text_are_listed_without_names(run, home):
    pytest.importorskip("cleanlab")
    with open_store(home) as store:
        for number in range(20):
            row = decided(number, lure=number % 2 == 0)
            ad = make_ad(ad_id=row["ad_id"], title="", description=row["description"])
            look(store, ad)
            decide(store, case := open_case_for(store, ad), verdict=row["verdict"])
            if number == 3:
                disputed = case
                decide(store, case, verdict="job_fraud", at=NOON + timedelta(hours=1))
            if number == 4:
                decide(store, case, verdict="trafficking_recruitment", at=NOON + timedelta(hours=1))
    told = run("labels", "doubts", "--database", home / "lurewatch.db", "--json")
    assert told.exit_code == 0, told.output
    (found,) = [one for one in json.loads(told.output) if one["why"] == "decisions_disagree"]
    assert (found["ad_id"], found["label"], found["instead"]) == (f"case {disputed}", "job_fraud", "legitimate")
    assert "mai" not in told.output
