"""``campaigns --cluster`` beside the same command in one process."""

import json

import pyarrow.parquet as pq

from campaign_copies import copy
from cluster_acts import rows, write_lines


def test_signed_by_workers_the_campaigns_are_the_same(run, tmp_path, address):
    copies = [copy(number, f"Town {number}", f"09{number:08}") for number in range(6)]
    ads = [*rows(8), *[{"ad_id": ad.ad_id, "title": ad.title, "description": ad.description} for ad in copies]]
    ads = ads[::2] + ads[1::2]
    for number in range(3):
        write_lines(tmp_path / "ads" / f"{number}.jsonl", ads[number * 5 : number * 5 + 5])
    whole = write_lines(tmp_path / "all.jsonl", ads)
    for ad in ads:
        ad["seen_at"] = "2026-11-02T00:00:00Z"
    for number in range(3):
        write_lines(tmp_path / "ads" / f"{number}.jsonl", ads[number * 5 : number * 5 + 5])
    write_lines(whole, ads)
    assert run("campaigns", whole, "--output", tmp_path / "here.jsonl").exit_code == 0
    expected = [json.loads(line) for line in (tmp_path / "here.jsonl").read_text().splitlines()]
    result = run("campaigns", tmp_path / "ads", "--output", tmp_path / "there", "--cluster", address, "--json")
    assert result.exit_code == 0, result.output
    assert pq.read_table(tmp_path / "there" / "campaigns").to_pylist() == expected
    assert json.loads(result.stdout)["campaigns"] == len({each["campaign_id"] for each in expected}) < len(ads)
