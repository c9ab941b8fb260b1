"""Evidence for one ad, from a crawl on this machine to an extract that stock tools accept. All pages are invented."""

import io
import json
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from evidence_nights import ROBOTS, run
from warc_making import ad_page
from warcio.archiveiterator import ArchiveIterator

from builders import NOON
from crawler.ad import fingerprint
from crawler.archive.warc_writer import SOFTWARE
from crawler.batch.evidence import SeenAd, find_in_batch, gather_proof
from crawler.batch.wacz import check_extract, sort_key, write_extract
from crawler.errors import BadEvidence
from pipeline.cli import cli
from pipeline.store.store import Store


def records(stream) -> list:
    found = []
    for record in ArchiveIterator(stream):
        record.body = record.content_stream().read()
        found.append(record)
    return found


def header(record, name: str) -> str:
    return record.rec_headers.get_header(name)


def fields(record) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in record.body.decode().strip().split("\r\n"))


def archive_of(folder: Path) -> list:
    with (folder / "pages.warc.gz").open("rb") as file:
        return records(file)


def test_a_batchs_archive_passes_warcio_check(nights):
    for folder in nights.folders:
        checked = run("warcio.cli", "check", "-v", folder / "pages.warc.gz")
        assert checked.returncode == 0, checked.stdout
        assert "digest pass" in checked.stdout
        assert "failed" not in checked.stdout


def test_every_response_has_a_record_of_why_it_was_asked_for(nights):
    found = archive_of(nights.folders[0])
    responses = {header(one, "WARC-Record-ID"): one for one in found if one.rec_type == "response"}
    metadata = {header(one, "WARC-Concurrent-To"): fields(one) for one in found if one.rec_type == "metadata"}
    assert responses.keys() == metadata.keys()
    by_path = {
        header(one, "WARC-Target-URI").removeprefix(nights.site.url): (one, metadata[record_id])
        for record_id, one in responses.items()
    }
    robots, said = by_path["/robots.txt"]
    assert said["robots"].startswith("not asked")
    _, said = by_path["/cook"]
    assert said["software"] == SOFTWARE
    assert said["source"] == "quay"
    assert said["via"] == f"{nights.site.url}/sitemap.xml"
    assert said["hops"] == "1"
    assert said["robots"] == "allowed"
    assert said["robots-txt"] == f"{nights.site.url}/robots.txt"
    assert header(robots, "WARC-Payload-Digest") == f"sha256:{said['robots-txt-sha256']}"
    assert said["crawl-delay"] == said["delay"] == "0.01"
    assert by_path["/sitemap.xml"][1]["via"] == "the source's card"
    assert by_path["/mate"][1]["via"] == f"{nights.site.url}/moved"


def test_a_site_without_robots_txt_is_said_to_have_none(nights):
    said = [fields(one)["robots"] for one in archive_of(nights.bare) if one.rec_type == "metadata"]
    assert sorted(set(said)) == ["allowed: no robots.txt (404)", "not asked: this is robots.txt"]


def test_stock_tools_accept_the_extract(extract):
    validated = run("wacz.main", "validate", "-f", extract)
    assert validated.returncode == 0, validated.stdout
    assert "Validation succeeded" in validated.stdout


def test_an_extract_holds_the_page_its_request_and_the_robots_txt_in_effect(extract, nights):
    with zipfile.ZipFile(extract) as package:
        assert {entry.compress_type for entry in package.infolist()} == {zipfile.ZIP_STORED}
        with package.open("archive/data.warc.gz") as file:
            found = records(io.BytesIO(file.read()))
    kinds = [one.rec_type for one in found]
    assert {kind: kinds.count(kind) for kind in kinds} == {"warcinfo": 2, "response": 2, "request": 2, "metadata": 2}
    bodies = {header(one, "WARC-Target-URI"): one.body for one in found if one.rec_type == "response"}
    assert bodies == {
        f"{nights.site.url}/cook": ad_page("Cook"),
        f"{nights.site.url}/robots.txt": ROBOTS.encode(),
    }


def test_the_records_are_the_batchs_own_byte_for_byte(extract, nights):
    with zipfile.ZipFile(extract) as package:
        packed = package.read("archive/data.warc.gz")
    whole = (nights.folders[0] / "pages.warc.gz").read_bytes()
    proof = nights.proof()
    for one in (proof.response, *proof.others):
        assert one.packed in packed
        assert one.packed in whole


def test_the_manifest_says_what_the_ad_is_and_where_it_was_seen(extract, nights):
    with zipfile.ZipFile(extract) as package:
        manifest = json.loads(package.read("datapackage.json"))
        pages = [json.loads(line) for line in package.read("pages/pages.jsonl").splitlines()]
    (version,) = manifest["evidence"]["versions"]
    assert manifest["evidence"]["ad_id"] == nights.cook.ad_id
    assert manifest["evidence"]["source"] == "quay"
    assert version["run"] == nights.folders[0].name
    assert version["seen_at"] == nights.cook.seen_at.isoformat()
    assert version["fingerprint"] == fingerprint(nights.cook)
    assert version["sha256"] == nights.cook.page.sha256
    assert version["ad"]["title"] == "Cook"
    assert manifest["software"] == SOFTWARE
    assert pages[0]["format"] == "json-pages-1.0"
    assert pages[1]["url"] == f"{nights.site.url}/cook"


def test_the_index_is_what_a_stock_indexer_writes(extract, tmp_path):
    with zipfile.ZipFile(extract) as package:
        package.extract("archive/data.warc.gz", tmp_path)
        ours = package.read("indexes/index.cdx").decode()
    theirs = run("cdxj_indexer.main", "--sort", tmp_path / "archive" / "data.warc.gz")
    assert [line.split(" ", 2)[:2] for line in ours.splitlines()] == [
        line.split(" ", 2)[:2] for line in theirs.stdout.splitlines()
    ]
    for mine, other in zip(ours.splitlines(), theirs.stdout.splitlines(), strict=True):
        assert json.loads(mine.split(" ", 2)[2]) == json.loads(other.split(" ", 2)[2])


def test_keys_of_the_index_are_those_of_surt():
    addresses = [
        "http://127.0.0.1:8000/A/b/?Z=1&a=2",
        "https://www2.Board.example/Jobs/?q=%C3%A9&b",
        "https://board.example",
        "https://board.example/x%2Fy//z/",
        "http://[::1]:80/a",
        "https://board.example/a?",
        "https://tuyển.example/việc",
        "https://board.example:443/a b",
        "https://board.example/%2541?x=a=b&x=a",
    ]
    # A process of its own: the package warns on import.
    code = "import sys, surt; print(*map(surt.surt, sys.argv[1:]), sep='\\n')"
    theirs = subprocess.run([sys.executable, "-c", code, *addresses], capture_output=True, text=True, check=True)
    assert [sort_key(address) for address in addresses] == theirs.stdout.split()


def test_two_versions_of_an_ad_stand_in_one_extract(nights, tmp_path):
    proofs = [gather_proof(SeenAd(ad=nights.ads(night)["Cook"], batch=nights.folders[night])) for night in (0, 1)]
    path = tmp_path / "both.wacz"
    write_extract(path, proofs, now=NOON)
    checked = check_extract(path)
    assert checked.versions == 2
    assert run("wacz.main", "validate", "-f", path).returncode == 0
    with zipfile.ZipFile(path) as package:
        found = records(io.BytesIO(package.read("archive/data.warc.gz")))
    cooks = [one.body.decode() for one in found if one.rec_type == "response" and b"Cook" in one.body]
    assert ["90 coins" in body for body in cooks] == [False, True]


def test_a_page_that_came_packed_is_evidence_as_it_was_sent(nights, tmp_path):
    path = tmp_path / "baker.wacz"
    (seen,) = find_in_batch(nights.ads(0)["Baker"].ad_id, nights.folders[0])
    write_extract(path, [gather_proof(seen)], now=NOON)
    assert check_extract(path).ad_id == seen.ad.ad_id
    with zipfile.ZipFile(path) as package:
        found = records(io.BytesIO(package.read("archive/data.warc.gz")))
    assert any(b"Baker wanted" in one.body for one in found if one.rec_type == "response")


def test_a_file_that_is_there_is_left_alone(extract, nights):
    before = extract.read_bytes()
    with pytest.raises(BadEvidence, match="expected no such file"):
        write_extract(extract, [nights.proof()], now=NOON)
    assert extract.read_bytes() == before
    write_extract(extract, [nights.proof()], now=NOON + timedelta(days=1), overwrite=True)
    assert extract.read_bytes() != before
    assert [file.name for file in extract.parent.iterdir()] == [extract.name]


def test_the_command_writes_every_version_that_the_store_knows(nights, tmp_path, monkeypatch):
    home = nights.batches.parents[3]
    (home / "data" / "taxonomy").mkdir(exist_ok=True)
    monkeypatch.setenv("LUREWATCH_HOME", str(home))
    taken = CliRunner().invoke(cli, ["intake", str(nights.batches)])
    assert taken.exit_code == 0, taken.output
    path = tmp_path / "F.wacz"
    written = CliRunner().invoke(cli, ["evidence", nights.cook.ad_id, "--output", str(path), "--json"])
    assert written.exit_code == 0, written.output
    assert json.loads(written.output)["versions"] == 2
    with Store.open(home / "data" / "local" / "lurewatch.db") as store:
        assert [each.subject for each in store.audit.entries(act="exported")] == [f"ad {nights.cook.ad_id}"]
    checked = CliRunner().invoke(cli, ["evidence", "--verify", str(path), "--json"])
    assert json.loads(checked.output)["ad_id"] == nights.cook.ad_id
    again = CliRunner().invoke(cli, ["evidence", nights.cook.ad_id, "--output", str(path)])
    assert again.exit_code == 2
    alone = CliRunner().invoke(
        cli, ["evidence", nights.cook.ad_id, "--output", str(path), "--batch", str(nights.folders[1]), "--overwrite"]
    )
    assert alone.exit_code == 0, alone.output
    assert check_extract(path).versions == 1
    for wrong in (["evidence"], ["evidence", "x"], ["evidence", "x", "--verify", str(path)]):
        assert CliRunner().invoke(cli, wrong).exit_code == 2
    unknown = CliRunner().invoke(cli, ["evidence", "quay:none", "--output", str(tmp_path / "G.wacz")])
    assert unknown.exit_code == 2
    assert "quay:none" in unknown.output
