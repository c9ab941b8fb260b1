"""``score --cluster`` beside the same command in one process: formats, lost workers, runs that go on."""

import csv
import gzip
import json
import subprocess
import sys
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cluster_acts import ROOT, rows, started, write_lines
from pipeline.exports import cluster_files


def plain(value):
    """A row without what is absent and when it was made."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items() if each is not None and key != "assessed_at"}
    return [plain(each) for each in value] if isinstance(value, list) else value


def scored_here(run, ads, folder):
    source, output = write_lines(folder / "all.jsonl", ads), folder / "scored.jsonl"
    assert run("score", source, "--output", output, "--workers", "1").exit_code == 0
    return [plain(json.loads(line)) for line in output.read_text().splitlines()]


def scored_there(folder):
    return [plain(row) for part in sorted(folder.glob("part-*.parquet")) for row in pq.read_table(part).to_pylist()]


def done(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_worker_killed_half_way_changes_nothing(run, home, tmp_path):
    """Its partition goes to the other one."""
    ads, output = rows(1_500), tmp_path / "scored"
    for number in range(30):
        write_lines(tmp_path / "ads" / f"{number:02}.jsonl", ads[number * 50 : number * 50 + 50])
    with started(tmp_path) as cluster:
        address = cluster.address

        def kill_one():
            while len(list(output.glob("part-*"))) < 5:
                time.sleep(0.02)
            cluster.workers[0].kill()

        killer = threading.Thread(target=kill_one)
        killer.start()
        report = done(run("score", tmp_path / "ads", "--output", output, "--cluster", address, "--json"))
        killer.join()
        assert [worker.poll() is None for worker in cluster.workers] == [False, True]
    assert (report["partitions"], report["found"], report["problems"]) == (30, 0, [])
    assert report["rows"] == 1_500
    assert scored_there(output) == scored_here(run, ads, tmp_path)
    assert sorted(file.name for file in output.iterdir() if not file.name.startswith("part-")) == [
        "_SUCCESS", "_manifest.json",
    ]  # fmt: skip


def test_every_format_and_address_gives_the_same(run, tmp_path, address, monkeypatch):
    monkeypatch.setattr(cluster_files, "ROWS", 7)
    monkeypatch.setattr(cluster_files, "BLOCK", 1_500)
    ads = rows(40)
    expected = scored_here(run, ads, tmp_path)
    folder = tmp_path / "served"
    lines = write_lines(folder / "ads.jsonl", ads)
    (folder / "packed.jsonl.gz").write_bytes(gzip.compress(lines.read_bytes()))
    pq.write_table(pa.Table.from_pylist(ads), folder / "ads.parquet", row_group_size=9)
    with (folder / "ads.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, ads[0])
        table.writeheader()
        table.writerows(
            {**ad, "contacts": json.dumps(ad["contacts"]), "base_salary": json.dumps(ad["base_salary"])} for ad in ads
        )
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=folder))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    served = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        for number, (source, parts) in enumerate([
            (lines, 8), (folder / "packed.jsonl.gz", 1), (folder / "ads.parquet", 6), (f"file://{folder}/*.csv", 1),
            (f"{served}/ads.jsonl", 1), (f"{served}/packed.jsonl.gz", 1),
        ]):  # fmt: skip
            output = tmp_path / f"out{number}"
            report = done(run("score", source, "--output", output, "--cluster", address, "--json"))
            assert scored_there(output) == expected, source
            assert report["partitions"] >= parts, source
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_run_goes_on_where_it_was_broken_off(run, tmp_path, address):
    for number in range(4):
        write_lines(tmp_path / "ads" / f"{number}.jsonl", rows(5, number * 5))
    words = ("score", tmp_path / "ads", "--output", tmp_path / "out", "--cluster", address, "--json")
    done(run(*words))
    first = scored_there(tmp_path / "out")
    (tmp_path / "out" / "part-00002.parquet").unlink()
    (tmp_path / "out" / ".part-00002.parquet.0a.partial").write_bytes(b"PAR1")
    before = {file.name: file.stat().st_ino for file in (tmp_path / "out").glob("part-*")}
    report = done(run(*words))
    after = {file.name: file.stat().st_ino for file in (tmp_path / "out").glob("part-*")}
    assert (report["found"], report["rows"]) == (3, 5)
    assert before.items() <= after.items()
    assert not list((tmp_path / "out").glob(".*"))
    assert scored_there(tmp_path / "out") == first
    write_lines(tmp_path / "ads" / "3.jsonl", rows(6, 15))
    assert "begun with other inputs" in run(*words).output
    assert run(*words, "--ignore-unknown").exit_code == 2


def test_an_error_names_the_file_and_the_line_and_what_is_finished_stays(run, tmp_path, address):
    write_lines(tmp_path / "ads" / "0.jsonl", rows(5))
    write_lines(tmp_path / "ads" / "1.jsonl", [*rows(5, 5), {"ad_id": "x", "titel": "y"}])
    words = ("score", tmp_path / "ads", "--output", tmp_path / "out", "--cluster", address)
    result = run(*words)
    assert result.exit_code == 2
    assert "1.jsonl line 6: unknown field 'titel'; did you mean 'title'?" in result.output
    assert not (tmp_path / "out" / "_SUCCESS").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("ads.jsonl", "--cluster", "local[2]"), "expected --output"),
        (("ads.jsonl", "--output", "out", "--cluster", "local[0]"), "expected local[N] or"),
        (("ads.jsonl", "--output", "out", "--cluster", "local[2]", "--workers", "2"), "do not go"),
        (("none.jsonl", "--output", "out", "--cluster", "local[2]"), "none.jsonl: cannot be read"),
        (("gopher://x/ads.jsonl", "--output", "out", "--cluster", "local[2]"), "gopher"),
        (("empty", "--output", "out", "--cluster", "local[2]"), "by their endings, found none"),
        (("ads.jsonl", "--output", "full", "--cluster", "local[2]"), "expected a new folder"),
    ],
)
def test_what_cannot_be_done_is_refused_before_a_worker_starts(words, message, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_lines(tmp_path / "ads.jsonl", rows(1))
    (tmp_path / "empty").mkdir()
    write_lines(tmp_path / "full" / "other.jsonl", rows(1))
    result = run("score", *words)
    assert result.exit_code == 2
    assert message in result.output


def test_without_the_extra_its_name_is_said(home, tmp_path):
    source = write_lines(tmp_path / "ads.jsonl", rows(1))
    code = (
        "import sys; sys.modules['distributed'] = None; from pipeline.cli import main;"
        f"sys.argv[1:] = ['score', {str(source)!r}, '--output', 'x', '--cluster', 'local[1]']; main()"
    )
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert shown.returncode == 2
    assert shown.stderr.strip().endswith("pip install 'lurewatch[cluster]'")
