"""``extract``: ads of archives, tables of pages and records that an index names, in one process and on a cluster."""

import gzip
import json

import pyarrow.parquet as pq
import pytest
from warc_making import Archive, ad_page

from cluster_acts import write_lines

QUAY = "https://quay.example"
PROSE = "<html><head><title>Tides</title></head><body><p>The tide comes in at noon.</p></body></html>"


@pytest.fixture
def archive(tmp_path):
    """Two pages with ads, one without, a picture, a page that is gone, and where the first ad's record lies."""
    made = Archive(tmp_path / "crawl.warc.gz")
    made.add(f"{QUAY}/tides", PROSE.encode())
    made.add(f"{QUAY}/1", kind="request")
    offset = made.add(f"{QUAY}/1", ad_page("Net mender"))
    end = made.add(f"{QUAY}/map.png", b"\x89PNG JobPosting", mime="image/png")
    made.add(f"{QUAY}/gone", b"JobPosting", status="404 Not Found")
    made.add(f"{QUAY}/2", gzip.compress(ad_page("Rope maker")), headers={"Content-Encoding": "gzip"})
    return made.close(), offset, end - offset


def extracted(folder):
    return [row for part in sorted(folder.glob("part-*.parquet")) for row in pq.read_table(part).to_pylist()]


def test_pages_with_the_markup_are_read_and_all_are_counted(run, tmp_path, archive):
    path, offset, _ = archive
    result = run("extract", path, "--output", tmp_path / "ads.jsonl", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["pages"] == {"pages": 5, "without_markup": 1, "ad": 2, "not_an_ad": 1, "failed": 1}
    ads = [json.loads(line) for line in (tmp_path / "ads.jsonl").read_text().splitlines()]
    assert [(ad["title"], ad["url"], ad["seen_at"]) for ad in ads] == [
        ("Net mender", f"{QUAY}/1", "2020-05-04T12:00:00Z"),
        ("Rope maker", f"{QUAY}/2", "2020-05-04T12:00:00Z"),
    ]
    assert ads[0]["page"]["offset"] == offset
    assert run("score", tmp_path / "ads.jsonl", "--output", tmp_path / "scored.jsonl").exit_code == 0


def test_without_the_byte_test_every_page_is_parsed(run, tmp_path, archive):
    result = run("extract", archive[0], "--output", tmp_path / "ads.jsonl", "--every-page", "--json")
    assert "without_markup" not in json.loads(result.stdout)["pages"]


def test_what_follows_damage_is_named_and_the_rest_is_there(run, tmp_path, archive):
    path, _, _ = archive
    path.write_bytes(path.read_bytes()[:-40])
    result = run("extract", path, "--output", tmp_path / "ads.jsonl")
    assert result.exit_code == 1
    assert "problem: " in result.output
    assert "cut short" in result.output
    assert "Net mender" in (tmp_path / "ads.jsonl").read_text()


def test_archives_tables_and_indexes_give_the_same_on_a_cluster(run, tmp_path, archive, address):
    path, offset, length = archive
    pages = [{"url": f"{QUAY}/tides", "html": PROSE}, {"url": f"{QUAY}/1", "html": ad_page("Net mender").decode()}]
    whole = {"filename": path.name, "offset": "0", "length": str(path.stat().st_size)}
    one = {"warc_filename": path.name, "warc_record_offset": offset, "warc_record_length": length}
    gone = {"filename": "none.warc.gz", "offset": "5", "length": "9"}
    sources = {
        path: ({"ad": 2, "pages": 5}, 0),
        write_lines(tmp_path / "pages.jsonl", pages): ({"ad": 1, "pages": 2}, 0),
        write_lines(tmp_path / "index.jsonl", [whole, gone]): ({"ad": 2, "pages": 5, "unreachable": 1}, 1),
        write_lines(tmp_path / "columns.jsonl", [one]): ({"ad": 1, "pages": 1}, 0),
    }
    for source, (counts, code) in sources.items():
        output = tmp_path / f"{source.name}.ads"
        words = ("extract", source, "--output", output, "--cluster", address, "--base", f"file://{tmp_path}", "--json")
        result = run(*words)
        assert result.exit_code == code, result.output
        report = json.loads(result.stdout)
        assert counts.items() <= report["pages"].items()
        assert report["rows"] == counts["ad"]
        ads = extracted(output)
        assert [ad["title"] for ad in ads] == ["Net mender", "Rope maker"][: counts["ad"]]
        if source.name != "pages.jsonl":
            assert ads[0]["page"]["offset"] == offset
    scored = run("score", output, "--output", tmp_path / "scored", "--cluster", address, "--json")
    assert json.loads(scored.stdout)["rows"] == 1, scored.output
    assert extracted(tmp_path / "scored")[0]["ad_id"] == ads[0]["ad_id"]


def test_texts_of_a_wet_file_are_scored_as_they_stand(run, tmp_path, address):
    made = Archive(tmp_path / "crawl.wet.gz")
    for number, text in enumerate(("Typist wanted\nWe keep your passport.", "  ")):
        made.add(f"{QUAY}/{number}", text.encode(), kind="conversion", mime="text/plain")
    path = made.close()
    result = run("score", path, "--output", tmp_path / "scored", "--cluster", address, "--json")
    assert json.loads(result.stdout)["pages"] == {"pages": 2, "text": 1, "not_an_ad": 1}, result.output
    (row,) = extracted(tmp_path / "scored")
    assert [found["quote"] for found in row["evidence"]] == ["keep your passport"]
