"""Files and the store, read by a real small model."""

import gzip
import json
import os
import subprocess
import sys
from dataclasses import replace
from multiprocessing import active_children
from pathlib import Path

import pytest

from builders import NOON, make_ad
from crawler.batch.ads_file import write_ads
from crawler.errors import WorkerLost
from model.assessment import assessment_from_record
from pipeline.nightly.pending import assess_pending
from pipeline.review.model_in_service import ADS_AT_ONCE, score_ads
from store_builders import assessment_of, look, open_store
from tiny_model import LAWFUL, LURE

ROOT = Path(__file__).parents[3]
NOWHERE = (Path("no model"), Path("no taxonomy"))
"""Few ads are read by the assessor at hand."""


def ads(count):
    return [
        make_ad(ad_id=f"a:{number}", description=LURE if number % 5 == 0 else LAWFUL, title=f"Ad {number}")
        for number in range(count)
    ]


def read(path):
    return [assessment_from_record(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def test_each_ad_gets_one_assessment_in_the_order_of_the_file(run, tmp_path):
    given = ads(300)
    write_ads(given, tmp_path / "ads.jsonl")
    shown = run("score", tmp_path / "ads.jsonl", "--output", tmp_path / "scored.jsonl", "--json")
    assert (shown.exit_code, json.loads(shown.stdout)["ads"]) == (0, 300)
    scored = read(tmp_path / "scored.jsonl")
    assert [each.ad_id for each in scored] == [ad.ad_id for ad in given]
    for ad, assessment in zip(given, scored, strict=True):
        assert all(piece.quote == getattr(ad, piece.field)[piece.start : piece.end] for piece in assessment.evidence)
        assert (assessment.score > 0.5) == (ad.description == LURE)
        assert (assessment.rule is not None) == (ad.description == LURE)


def test_several_workers_give_the_same_file(home, run, tmp_path):
    write_ads(ads(900), tmp_path / "ads.jsonl")
    run("score", tmp_path / "ads.jsonl", "--output", tmp_path / "one.jsonl", "--workers", "1")
    # A program of its own: workers are started by running its main module again.
    shown = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", "score", tmp_path / "ads.jsonl", "--output", tmp_path / "two.jsonl",
         "--workers", "2"],
        cwd=ROOT, env=os.environ | {"LUREWATCH_HOME": str(home)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert shown.returncode == 0, shown.stderr
    same_moment = [
        [replace(each, assessed_at=NOON) for each in read(tmp_path / f"{name}.jsonl")] for name in ("one", "two")
    ]
    assert same_moment[0] == same_moment[1]


def test_a_worker_that_is_killed_ends_in_one_message_and_leaves_no_file(tiny_home, tmp_path):
    def kill(_done):
        for worker in active_children():
            worker.kill()

    folders = (next((tiny_home / "data" / "models").glob("model-*")), tiny_home / "data" / "taxonomy")
    more_than_is_under_way = 50 * ADS_AT_ONCE  # so that some are left to be read by whoever is gone
    with pytest.raises(WorkerLost, match="ended from outside"):
        score_ads(
            iter(ads(more_than_is_under_way)), tmp_path / "scored.jsonl",
            places=folders, workers=2, now=NOON, progress=kill,
        )  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_no_more_of_a_long_file_is_taken_in_than_is_under_way(tiny_home, tmp_path, monkeypatch):
    monkeypatch.setattr("crawler.processes._HELD", 20_000)
    folders = (next((tiny_home / "data" / "models").glob("model-*")), tiny_home / "data" / "taxonomy")
    taken, done, ahead = 0, 0, []

    def given():
        nonlocal taken
        for ad in ads(1_500):
            taken += 1
            yield ad

    def tell(more):
        nonlocal done
        done += more
        ahead.append(taken - done)

    score_ads(
        given(), tmp_path / "scored.jsonl",
        places=folders, workers=2, now=NOON, progress=tell,
    )  # fmt: skip
    assert (done, max(ahead) < 1_000) == (1_500, True)


def test_an_edited_taxonomy_scores_at_once_and_is_told(edited_home, run, tmp_path):
    text = '{"title": "Porter", "description": "Give us your papers until you have paid."}\n'
    (tmp_path / "ads.jsonl").write_text(text)
    words = ("score", tmp_path / "ads.jsonl", "--output", tmp_path / "scored.jsonl")
    assert "edited since the model learnt" in run(*words).output
    assert json.loads(run(*words, "--json").output)["taxonomy_edited"]
    (scored,) = read(tmp_path / "scored.jsonl")
    assert [one.quote for one in scored.evidence] == ["papers"]
    assert "edited since the model learnt" in run("explain", tmp_path / "ads.jsonl").output


def test_a_start_imports_spacy_and_scikit_learn_and_nothing_of_the_other_wings(home, tmp_path):
    (tmp_path / "ads.jsonl").write_text('{"title": "Baker"}\n')
    words = ("-m", "pipeline.cli", "score", tmp_path / "ads.jsonl", "--output", "-")
    shown = subprocess.run(
        [sys.executable, "-X", "importtime", *words],
        cwd=ROOT, env=os.environ | {"LUREWATCH_HOME": str(home)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    imported = {line.rpartition("|")[2].strip() for line in shown.stderr.splitlines()}
    assert {"spacy", "sklearn.pipeline", "ahocorasick"} <= imported
    assert not imported & {"flask", "scrapy", "twisted", "pipeline.store.store"}


def test_a_file_with_nothing_but_a_title_or_a_description_is_scored(run, tmp_path):
    (tmp_path / "ads.csv").write_text(f'title,description\n"Baker",\n,"{LURE}"\n', encoding="utf-8")
    assert run("score", tmp_path / "ads.csv", "--output", tmp_path / "scored.jsonl").exit_code == 0
    assert [each.score > 0.5 for each in read(tmp_path / "scored.jsonl")] == [False, True]


def test_standard_input_and_output_and_gzip_are_understood(run, tmp_path):
    shown = run("score", "-", "--output", "-", input=json.dumps({"title": "Baker"}) + "\n")
    assert (shown.exit_code, len(shown.stdout.splitlines())) == (0, 1), shown.output
    assert "scored 1 ads" in shown.stderr
    run("score", "-", "--output", tmp_path / "scored.jsonl.gz", input='{"title": "Baker"}\n')
    with gzip.open(tmp_path / "scored.jsonl.gz", "rt", encoding="utf-8") as lines:
        assert json.loads(next(lines))["ad_id"].startswith("file:")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{broken", "line 201: expected a whole JSON object"),
        ('{"title": 7}', "line 201: field 'title': expected text"),
        ('{"title": "Baker", "colour": "red"}', "line 201: unknown field 'colour'"),
        ('{"employment_type": "full"}', "line 201: expected a title or a description"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_half_written(run, tmp_path, line, said):
    write_ads(ads(200), tmp_path / "ads.jsonl")
    with (tmp_path / "ads.jsonl").open("a") as file:
        file.write(f"{line}\n")
    (tmp_path / "scored.jsonl").write_text("what stood here\n")
    before = sorted(tmp_path.iterdir())
    shown = run("score", tmp_path / "ads.jsonl", "--output", tmp_path / "scored.jsonl")
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert said in shown.stderr
    assert "ads.jsonl" in shown.stderr
    assert (tmp_path / "scored.jsonl").read_text() == "what stood here\n"
    assert sorted(tmp_path.iterdir()) == before


def test_an_unknown_field_is_passed_over_when_that_is_asked(run, tmp_path):
    (tmp_path / "ads.jsonl").write_text(
        '{"title": "Baker", "colour": "red"}\n{"title": "Cook", "colour": 1, "size": 2}\n'
    )
    words = ("score", tmp_path / "ads.jsonl", "--output", tmp_path / "scored.jsonl", "--ignore-unknown")
    shown = run(*words)
    assert (shown.exit_code, "note: columns passed over: colour, size\n" in shown.stderr) == (0, True), shown.output


def test_what_a_file_calls_its_columns_and_ads_commands_no_terminal(run, tmp_path):
    (tmp_path / "ads.csv").write_text("title,ad_id,\x1b[2Jcolour\nBaker,\x1b]0;x\x07,1\nCook,\x1b]0;x\x07,2\n")
    shown = run("score", tmp_path / "ads.csv", "--ignore-unknown")
    assert (shown.exit_code, shown.stderr.count("note: "), "\x1b" in shown.output) == (0, 2, False), shown.output


@pytest.mark.parametrize("command", ["score", "campaigns"])
def test_of_lines_with_one_id_the_first_counts_and_the_others_are_said(run, tmp_path, command):
    lines = [
        {"ad_id": "a:1", "title": "Baker"},
        {"ad_id": "a:1", "title": "Cook"},
        {"ad_id": "a:1", "title": "Baker", "seen_at": "2026-11-01T20:00:00Z"},
        {"title": "Driver"},
        {"title": "Driver"},
    ]
    (tmp_path / "ads.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    shown = run(command, tmp_path / "ads.jsonl", "--output", tmp_path / "out.jsonl")
    assert shown.exit_code == 0, shown.output
    assert "note: ads left out, since an earlier one has their ad_id: 1 (a:1)" in shown.stderr
    ids = [json.loads(line)["ad_id"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert ids[:2] == ["a:1", "a:1"], "two moments are two versions"
    assert (len(ids), ids[2] == ids[3]) == (4, True)


def test_a_model_that_was_tampered_with_is_refused(run, tmp_path, tiny_home):
    import shutil

    model = next((tiny_home / "data" / "models").glob("model-*"))
    shutil.copytree(model, tmp_path / model.name)
    (tmp_path / model.name / "classifier.skops").write_text("{}")
    (tmp_path / "ads.jsonl").write_text('{"title": "Baker"}\n')
    words = ("score", tmp_path / "ads.jsonl", "--output", tmp_path / "scored.jsonl", "--model", tmp_path / model.name)
    shown = run(*words)
    assert (shown.exit_code, "classifier.skops: sha256 is" in shown.stderr) == (2, True)
    assert not (tmp_path / "scored.jsonl").exists()


def test_the_store_is_read_once_by_each_model(tmp_path, assessor):
    told = []
    with open_store(tmp_path) as store:
        look(store, *ads(10))
        for read in (10, 10):
            assess_pending(store, assessor, places=NOWHERE, workers=1, now=NOON, progress=told.append)
            assert sum(told) == read
        assert assessment_of(store, "a:5").evidence[0].quote == "keep your passport"


@pytest.mark.parametrize("content", [LURE, json.dumps({"title": "Wanted now", "description": LURE}, indent=2)])
def test_an_ad_is_explained_from_a_file_or_from_standard_input(run, tmp_path, content):
    (tmp_path / "ad.txt").write_text(content, encoding="utf-8")
    shown = run("explain", tmp_path / "ad.txt")
    assert shown.exit_code == 0, shown.output
    for said in (
        "Rule met: Any two signs",
        "Someone keeps the papers",
        "https://handbook.example/",
        "“keep your passport”",
    ):
        assert said in shown.output
    piped = run("explain", "-", "--json", input=content)
    assert json.loads(piped.output)["rule"]["rule"] == "any_two"


def test_an_ad_of_the_store_is_explained_by_its_id(home, run):
    with open_store(home / "data" / "local") as store:
        look(store, make_ad(ad_id="a:1", description="[bold]Baker[/bold] wanted"))
    shown = run("explain", "a:1")
    assert (shown.exit_code, "[bold]Baker[/bold] wanted" in shown.output) == (0, True), "an ad's text is never markup"
    assert run("explain", "a:2").exit_code == 2


def test_what_holds_no_ad_is_not_explained(run):
    assert "expected a title or a description" in run("explain", "-", input="  \n").stderr
    assert "expected one ad as a JSON object" in run("explain", "-", input='{"title": "A"}\n{"title": "B"}').stderr
