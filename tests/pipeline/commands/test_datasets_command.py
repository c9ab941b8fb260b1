"""``datasets add``, and ``train`` on what was added."""

import gzip
import json
import os
import tomllib

import pytest
from small_model import write_collections

from pipeline.settings.loader import load_settings

TABLE = 'class,words,head\n1,"Earn 900 a day, write me",\n0,See you at noon,\n0,Bring the bag,\n?,Hm,\n'
MAP = ("--text-column", "words", "--kind-column", "class", "--map", "1=job_fraud", "--map", "0=not_an_ad")


@pytest.fixture
def table(home):
    write_collections(home)
    path = home / "Our Chats.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def own_entries(home):
    return tomllib.loads((home / "data/local/datasets.toml").read_text("utf-8"))["dataset"]


def test_a_table_is_added_by_its_columns_and_read_like_the_others(run, home, table):
    shown = run("datasets", "add", table, *MAP, "--map", "?=left_out", "--language", "en", "--real")
    assert shown.exit_code == 0, shown.output
    assert "our-chats: 1 job_fraud, 2 not_an_ad" in shown.output
    (entry,) = own_entries(home)
    assert entry == {
        "name": "our-chats", "title": "our-chats", "path": "Our Chats.csv", "format": "csv", "real": True,
        "licence": "The installation's own; not redistributed", "notes": "Added from Our Chats.csv.",
        "columns": {"text": "words", "kind": "class"}, "language": "en",
        "kinds": {"1": "job_fraud", "0": "not_an_ad", "?": "left_out"},
    }  # fmt: skip
    listed = json.loads(run("datasets", "list", "--json").output)
    assert [(one["name"], one["real"], one["here"]) for one in listed][-2:] == [
        ("elsewhere", False, False),
        ("our-chats", True, True),
    ]
    assert "our-chats: 1 job_fraud, 2 not_an_ad\n" in run("datasets", "verify").output


def test_rows_without_a_text_and_texts_that_stand_there_twice_are_counted(run, home, table):
    table.write_text(f"{TABLE}1,,\n1, ,\n1,Bring the bag,\n0,See you at noon,\n", encoding="utf-8")
    shown = run("datasets", "add", table, *MAP, "--map", "?=left_out", "--json")
    added = json.loads(shown.stdout)
    assert added["kinds"] == {"job_fraud": 2, "not_an_ad": 3}
    assert (added["without_text"], added["repeated"], added["of_several_kinds"]) == (2, 2, 1)
    noted = run("datasets", "add", table, *MAP, "--map", "?=left_out", "--name", "again").output
    assert "note: rows without a text, which are left out: 2\n" in noted
    table.write_text("class,words,head\n1,,\n", encoding="utf-8")
    refused = run("datasets", "add", table, *MAP, "--name", "empty")
    assert (refused.exit_code, "Our Chats.csv: expected rows with a text and a kind" in refused.output) == (2, True)


def test_a_second_one_is_added_behind_the_first_and_a_name_is_used_once(run, home, table):
    for name in ("a", "b"):
        assert run("datasets", "add", table, *MAP, "--map", "?=left_out", "--name", name).exit_code == 0
    again = run("datasets", "add", table, *MAP, "--map", "?=left_out", "--name", "contrast")
    assert (again.exit_code, "named contrast is there already" in again.output) == (2, True)
    assert [entry["name"] for entry in own_entries(home)] == ["a", "b"]


def test_a_file_that_is_added_again_is_said_to_be_learnt_from_twice(run, home, table):
    first = run("datasets", "add", table, *MAP, "--map", "?=left_out")
    assert "learnt from twice" not in first.output
    again = run("datasets", "add", table, *MAP, "--map", "?=left_out")
    assert (again.exit_code, "already: `train` reads Our Chats.csv as it is then" in again.output) == (2, True)
    named = run("datasets", "add", table, *MAP, "--map", "?=left_out", "--name", "again")
    assert "note: our-chats is the same file: its rows are learnt from twice\n" in named.output


def test_a_name_that_no_catalogue_can_hold_and_a_stream_are_clear_errors(run, home, table):
    odd = table.rename(home / os.fsdecode(b"chats\xff.csv"))
    shown = run("datasets", "add", odd, *MAP, "--map", "?=left_out")
    assert (shown.exit_code, "under a name in UTF-8" in shown.output) == (2, True), shown.output
    os.mkfifo(home / "stream.csv")
    shown = run("datasets", "add", home / "stream.csv", *MAP)
    assert (shown.exit_code, "expected a file that stays where it is" in shown.output) == (2, True), shown.output
    assert not (home / "data/local/datasets.toml").exists()
    packed = home / "chats.CSV.GZ"
    packed.write_bytes(gzip.compress(odd.read_bytes()))
    assert run("datasets", "add", packed, *MAP, "--map", "?=left_out").exit_code == 0


def test_labels_and_decisions_are_added_too(run, home, table):
    (home / "labels.csv").write_text("id,label\n7,job_fraud\n")
    (home / "rows.jsonl").write_text('{"n": 7, "body": "Earn 900 a day"}\n{"n": 8, "body": "Hi"}\n')
    words = ("--text-column", "body", "--id-column", "n", "--labels", home / "labels.csv", "--name", "apart")
    assert "apart: 1 job_fraud" in run("datasets", "add", home / "rows.jsonl", *words).output
    (home / "decided.jsonl").write_text("{}\n")
    refused = run("datasets", "add", home / "decided.jsonl", "--format", "decisions")
    assert (refused.exit_code, "decided.jsonl, row 1: ad_id" in refused.output) == (2, True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (MAP, "row 4: '?' stands for no kind; the entry knows '0', '1'"),
        (MAP[:2], "--format csv needs --text-column, and --kind-column or"),
        ((*MAP, "--map", "x=fraud"), "--map x=fraud: expected VALUE=KIND"),
        ((*MAP, "--map", "1=legitimate"), "--map 1=legitimate: expected VALUE=KIND, one for each VALUE"),
        ((*MAP[:4], "--title-column", "no such"), "header: no such missing"),
        (("--format", "texts", "--text-column", "words"), "for --format csv alone"),
        ((*MAP, "--licence", " "), "expected words, found none"),
    ],
)
def test_what_cannot_be_read_is_a_clear_error_and_nothing_is_written(run, home, table, words, message):
    shown = run("datasets", "add", table, *words)
    assert (shown.exit_code, message in shown.output) == (2, True), shown.output
    assert not (home / "data/local/datasets.toml").exists()


def test_a_file_whose_name_has_no_letter_needs_one(run, home, table):
    shown = run("datasets", "add", table.rename(home / "---.csv"), *MAP, "--map", "?=left_out")
    assert (shown.exit_code, "expected --name" in shown.output) == (2, True), shown.output
    assert not (home / "data/local/datasets.toml").exists()


def test_training_reads_both_catalogues_and_says_truly_what_is_in_service(run, home, table):
    run("datasets", "add", table, *MAP, "--map", "?=left_out")
    before = load_settings(home).model_folder().name
    shown = run("train", "--json")
    assert shown.exit_code == 0, shown.output
    folder = json.loads(shown.stdout)["model"]
    manifest = json.loads((home / folder / "manifest.json").read_text("utf-8"))
    assert [one["name"] for one in manifest["training"]["datasets"]][-1] == "our-chats"
    assert load_settings(home).model_folder().name == before
    told = run("train")
    assert f"{before} is in service; `lurewatch promote {folder}`" in told.output
    assert "current" not in told.output
    assert "it is in service" in run("train", "--put-in-service").output
    assert run("rollback").exit_code == 0
    assert load_settings(home).model_folder().name == before
    elsewhere = run("train", "--output", home / "elsewhere", "--put-in-service")
    assert f"{before} is in service; `lurewatch promote" in elsewhere.output
    assert (home / "elsewhere" / "current").read_text().startswith("model-")


def test_texts_that_may_not_be_kept_are_counted(run, home, table):
    run("datasets", "add", table, *MAP, "--map", "?=left_out")
    for refused, said in (
        (("nowhere", "--output", home / "x.jsonl"), "no collection named nowhere is on this machine"),
        (("our-chats", "--output", table), "Our Chats.csv"),
    ):
        shown = run("datasets", "count", *refused)
        assert (shown.exit_code, said in shown.output) == (2, True), shown.output
    assert run("datasets", "count", "our-chats", "--output", home / "counts.jsonl").exit_code == 0
    lines = [json.loads(line) for line in (home / "counts.jsonl").read_text("utf-8").splitlines()]
    assert [line["kind"] for line in lines] == ["job_fraud", "not_an_ad", "not_an_ad"]
    assert "noon" not in (home / "counts.jsonl").read_text("utf-8")
    added = run("datasets", "add", home / "counts.jsonl", "--format", "counted", "--name", "counts", "--real")
    assert "counts: 1 job_fraud, 2 not_an_ad" in added.output
    assert "note:" not in added.output, "texts without words are not all one text"
    table.unlink()
    assert "counts: 1 job_fraud, 2 not_an_ad" in run("datasets", "verify").output
