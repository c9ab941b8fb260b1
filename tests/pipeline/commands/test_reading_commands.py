"""``score``, ``check`` and the other readers of ads files, as they are used from a shell."""

import json
import os
import re
import stat
from pathlib import Path

import pytest

from store_builders import open_store

ADS = '{"ad_id": "a", "title": "Baker"}\n{"ad_id": "b", "description": "We keep your passport."}\n'
READERS = ("score", "campaigns", "clusters")


@pytest.fixture
def ads(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ads.jsonl").write_text(ADS)
    return tmp_path / "ads.jsonl"


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("command", READERS)
def test_standard_output_is_where_it_goes_unless_told(run, ads, command):
    shown = run(command, ads)
    assert shown.exit_code == 0, shown.output
    assert [line["ad_id"] for line in lines(shown.stdout)] == ["a", "b"]
    assert "2 ads" in shown.stderr


@pytest.mark.parametrize("command", READERS)
def test_no_command_writes_over_its_input(run, ads, command):
    for name in (ads, "ads.jsonl"):
        shown = run(command, ads, "--output", name)
        assert (shown.exit_code, "both input and output" in shown.output) == (2, True)
    os.link(ads, "same")
    assert run(command, "same", "--output", ads).exit_code == 2
    assert ads.read_text() == ADS
    assert {each.name for each in ads.parent.iterdir()} == {"ads.jsonl", "lurewatch.toml", "same"}


@pytest.mark.parametrize(
    "words",
    [
        ("labels", "export"), ("labels", "doubts"), ("contacts", "export"), ("brief",), ("export", "cases", "1"),
        ("evidence", "a"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_no_command_writes_over_the_database(run, home, words):
    with open_store(home / "data" / "local"):
        pass
    database = home / "data" / "local" / "lurewatch.db"
    before = database.read_bytes()
    shown = run(*words, "--output", database)
    assert (shown.exit_code, "both input and output" in shown.output) == (2, True), shown.output
    assert database.read_bytes() == before


@pytest.mark.parametrize("command", READERS)
def test_folders_and_links_are_refused_before_anything_is_read(run, ads, tmp_path, command):
    (tmp_path / "folder").mkdir()
    (tmp_path / "kept.txt").write_text("kept")
    (tmp_path / "link").symlink_to("kept.txt")
    for name in ("folder", "link"):
        shown = run(command, ads, "--output", tmp_path / name)
        assert (shown.exit_code, shown.output.count("\n")) == (2, 1), shown.output
    assert (tmp_path / "kept.txt").read_text() == "kept"


@pytest.mark.parametrize("beside", [("a",), ("--output", "other.wacz"), ("--batch", "folder")], ids=" ".join)
def test_an_extract_is_checked_alone(run, beside):
    shown = run("evidence", "--verify", "extract.wacz", *beside)
    assert (shown.exit_code, "expected --verify F.wacz alone" in shown.output) == (2, True), shown.output


def test_a_device_stays_a_device(run, ads):
    assert run("score", ads, "--output", "/dev/null").exit_code == 0
    shown = run("score", ads, "--output", "/dev/full")
    assert (shown.exit_code, "/dev/full: No space left on device" in shown.output) == (2, True)
    for device in ("/dev/null", "/dev/full"):
        assert stat.S_ISCHR(Path(device).stat().st_mode)


def test_a_spreadsheet_is_scored_with_its_own_headers(run, tmp_path):
    table = tmp_path / "jobs.csv"
    table.write_bytes("Position;Aufgaben;Rang\r\nKoch;Kochen im Hotel;3\r\n".encode("utf-16"))
    refused = run("score", table)
    assert (refused.exit_code, "--map title=COLUMN" in refused.output) == (2, True)
    refused = run("score", table, "--map", "title=Position", "--map", "description=Aufgaben")
    assert (refused.exit_code, "unknown field 'Rang'" in refused.output) == (2, True)
    (tmp_path / "ad.json").write_text('{"titel": "Koch"}')
    assert "unknown field 'titel'; did you mean 'title'?\n" in run("explain", tmp_path / "ad.json").output
    (tmp_path / "ads.jsonl").write_text('{"titel": "Koch"}')
    assert "'title'? (--ignore-unknown passes over it)\n" in run("score", tmp_path / "ads.jsonl").output
    shown = run("score", table, "--map", "title=position", "--map", "description=Aufgaben", "--ignore-unknown")
    assert (shown.exit_code, len(lines(shown.stdout))) == (0, 1), shown.output
    assert "note: columns passed over: Rang" in shown.stderr
    wrong = run("score", table, "--map", "titel=Position")
    assert (wrong.exit_code, "expected FIELD=COLUMN" in wrong.output) == (2, True)
    twice = run("score", table, "--map", "title=Position", "--map", "title=Rang")
    assert (twice.exit_code, "each once" in twice.output) == (2, True)


@pytest.mark.parametrize("by", ["argument", "standard input"])
def test_check_reads_one_pasted_text(run, by):
    text = "Factory work.\nWe keep your passport."
    shown = run("check", text) if by == "argument" else run("check", "-", input=text)
    assert shown.exit_code == 0, shown.output
    for part in (
        "score 0.",
        "We keep your passport",
        "Caution:",
        "Source:",
        "says that nothing is proven",
        "the queue",
    ):
        assert part in shown.output, part
    found = json.loads(
        (run("check", text, "--json") if by == "argument" else run("check", "-", "--json", input=text)).stdout
    )
    (finding,) = [each for each in found["findings"] if each["strength"] == "strong"]
    (quote,) = finding["quotes"]
    assert text[quote["start"] : quote["end"]] == quote["quote"]
    assert finding["title"]
    assert finding["why"]
    assert finding["sources"][0]["url"].startswith("http")
    assert found["band"] in {"low", "some", "raised", "high"}
    assert 0 <= found["threshold"] <= 1


def test_check_takes_text_that_looks_like_json_as_text(run):
    assert run("check", "{kind} people wanted").exit_code == 0
    empty = run("check", " \n")
    assert (empty.exit_code, "expected a title or a description" in empty.output) == (2, True)


def test_the_doctor_finds_nothing_missing_in_a_whole_installation(run, home):
    shown = run("doctor", "--json")
    found = json.loads(shown.stdout)
    assert (shown.exit_code, found["complete"]) == (0, True), shown.output
    states = {each["check"]: each["state"] for each in found["checks"]}
    assert {states[name] for name in ("Python", "settings", "model", "taxonomy", "folder local", "disk")} == {"ok"}
    assert states["database"] == "note"
    assert not (home / "data").exists(), "nothing is made"


def missing(shown, check):
    (line,) = [line for line in shown.output.splitlines() if line.startswith(f"MISSING  {check}:")]
    return line


@pytest.mark.parametrize(
    ("settings", "check"),
    [
        ("[triage]\nthresold = 1\n", "settings"),
        ('[places]\nmodels = "absent"\n', "model and taxonomy"),
        ('[places]\ndatabase = "lurewatch.toml"\n', "database"),
        ('[places]\nlocal = "lurewatch.toml/local"\n', "folder local"),
    ],
    ids=["settings", "model", "database", "folder"],
)
def test_the_doctor_says_what_is_missing_and_what_to_do(run, home, settings, check):
    if "models" in settings or "triage" in settings:
        (home / "lurewatch.toml").write_text(settings)
    else:
        given = (home / "lurewatch.toml").read_text()
        (home / "lurewatch.toml").write_text(given + settings.removeprefix("[places]\n"))
    shown = run("doctor")
    assert shown.exit_code == 1, shown.output
    assert " -> " in missing(shown, check)


def test_the_doctor_names_the_way_back_from_a_model_of_ones_own(run, home):
    own = home / "data" / "local" / "models"
    own.mkdir(parents=True)
    (own / "current").write_text("model-gone\n")
    line = missing(run("doctor"), "model and taxonomy")
    assert "model-gone" in line
    assert line.endswith("-> lurewatch rollback, or promote another model")


def test_the_doctor_names_the_check_of_a_taxonomy_that_cannot_be_read(run, home):
    given = (home / "lurewatch.toml").read_text()
    (home / "lurewatch.toml").write_text(re.sub(r"(?m)^taxonomy = .*\n", "", given) + 'taxonomy = "absent"\n')
    line = missing(run("doctor"), "model and taxonomy")
    assert line.endswith("-> mend it: lurewatch taxonomy check")
