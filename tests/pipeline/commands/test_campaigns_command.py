"""The command ``campaigns``, whole."""

import gzip
import json

from pipeline.settings import console

ADS = [
    {
        "ad_id": "1",
        "title": "Typist abroad",
        "description": "We hire typists by the sea, tickets are paid, call 0911 222.",
    },
    {"ad_id": "2", "title": "Baker", "description": "A bakery in the old town looks for a baker with patience."},
    {
        "ad_id": "3",
        "title": "Typist abroad",
        "description": "We hire typists by the sea, tickets are paid, call 0933 444.",
    },
]


def lines(ads):
    return "".join(json.dumps(ad) + "\n" for ad in ads)


def test_every_ad_has_a_line_in_the_order_of_the_input(run, tmp_path):
    (tmp_path / "ads.jsonl").write_text(lines(ADS))
    result = run("campaigns", tmp_path / "ads.jsonl", "--output", tmp_path / "out.jsonl", "--json")
    assert result.exit_code == 0, result.output
    found = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [set(row) for row in found] == [{"ad_id", "campaign_id", "similarity"}] * 3
    assert [row["ad_id"] for row in found] == ["1", "2", "3"]
    assert [row["similarity"] for row in found] == [1.0, 0.0, 1.0]
    assert found[0]["campaign_id"] == found[2]["campaign_id"] != found[1]["campaign_id"]
    assert '"campaigns": 2' in result.output


def test_csv_gzip_and_standard_streams_give_the_same(run, tmp_path):
    with gzip.open(tmp_path / "ads.csv.gz", "wt") as file:
        file.write(
            "ad_id,title,description\n" + "".join(f'{ad["ad_id"]},{ad["title"]},"{ad["description"]}"\n' for ad in ADS)
        )
    assert run("campaigns", tmp_path / "ads.csv.gz", "--output", tmp_path / "out.jsonl.gz").exit_code == 0
    streamed = run("campaigns", "-", "--output", "-", input=lines(ADS))
    with gzip.open(tmp_path / "out.jsonl.gz", "rt") as file:
        assert file.read() == streamed.stdout


def test_a_broken_line_is_named_and_nothing_is_written(run, tmp_path):
    (tmp_path / "ads.jsonl").write_text(lines(ADS) + '{"ad_id": 4}\n')
    result = run("campaigns", tmp_path / "ads.jsonl", "--output", tmp_path / "out.jsonl")
    assert result.exit_code == 2
    assert "line 4" in result.output
    assert not (tmp_path / "out.jsonl").exists()


def test_a_threshold_of_one_joins_only_what_reads_the_same(run, tmp_path):
    more = [*ADS, {**ADS[0], "ad_id": "4", "description": ADS[0]["description"].replace("hire", "want")}]
    (tmp_path / "ads.jsonl").write_text(lines(more))
    run("campaigns", tmp_path / "ads.jsonl", "--output", tmp_path / "out.jsonl", "--threshold", "1")
    found = [json.loads(line)["campaign_id"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert found[0] == found[2]
    assert len(set(found)) == 3


def test_progress_as_json_stands_on_standard_error_alone(run, monkeypatch):
    monkeypatch.setattr(console, "QUIET_SECONDS", 0.0)
    quiet = run("--log-format", "json", "campaigns", "-", "--output", "-", input=lines(ADS))
    result = run("--verbose", "--log-format", "json", "campaigns", "-", "--output", "-", input=lines(ADS))
    assert [set(json.loads(row)) for row in result.stdout.splitlines()] == [{"ad_id", "campaign_id", "similarity"}] * 3
    assert quiet.stdout == result.stdout
    told = [json.loads(row) for row in result.stderr.splitlines() if row.startswith("{")]
    assert {(row["event"], row["of"]) for row in told} == {("progress", "ads compared")}
    assert "progress" not in quiet.stderr
