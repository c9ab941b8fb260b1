"""Evidence that was changed, cut off or forged is found, and what is missing is said by name."""

import gzip
import hashlib
import json
import re
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from evidence_nights import Nights, run

from crawler.batch.evidence import SeenAd, find_in_batch, gather_proof
from crawler.batch.wacz import check_extract
from crawler.errors import BadEvidence


def test_one_changed_byte_in_any_part_is_found_by_both(extract, tmp_path):
    content = extract.read_bytes()
    with zipfile.ZipFile(extract) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    for name, part in parts.items():
        start = content.index(part)
        for step in range(8):
            broken = bytearray(content)
            broken[start + len(part) * step // 8] ^= 1
            path = tmp_path / "broken.wacz"
            path.write_bytes(broken)
            with pytest.raises(BadEvidence, match=r"broken\.wacz"):
                check_extract(path)
        if name in {"archive/data.warc.gz", "pages/pages.jsonl"}:
            assert run("wacz.main", "validate", "-f", path).returncode != 0, name


def test_a_page_that_was_replaced_is_found_even_with_every_sum_of_the_package_made_anew(extract, tmp_path, nights):
    with zipfile.ZipFile(extract) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    other = gather_proof(SeenAd(ad=nights.ads(1)["Cook"], batch=nights.folders[1]))
    parts["archive/data.warc.gz"] = other.response.packed
    path = tmp_path / "swapped.wacz"
    forged = rewrite(path, parts)
    with pytest.raises(BadEvidence, match="expected the page with SHA-256"):
        check_extract(forged)


def rewrite(path: Path, parts: dict[str, bytes]) -> Path:
    """The package again, with every sum made anew."""
    manifest = json.loads(parts["datapackage.json"])
    for part in manifest["resources"]:
        part["hash"] = f"sha256:{hashlib.sha256(parts[part['path']]).hexdigest()}"
    return resealed(path, parts, json.dumps(manifest).encode())


def resealed(path: Path, parts: dict[str, bytes], manifest: bytes) -> Path:
    digest = f"sha256:{hashlib.sha256(manifest).hexdigest()}"
    seal = json.dumps({"path": "datapackage.json", "hash": digest}).encode()
    with zipfile.ZipFile(path, "w") as package:
        for name, content in (parts | {"datapackage.json": manifest, "datapackage-digest.json": seal}).items():
            package.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "change",
    [
        {"resources": "none"},
        {"resources": [1]},
        {"resources": []},
        {"evidence": None},
        {"evidence": {"ad_id": "x", "source": "y", "versions": {}}},
        {"evidence": {"ad_id": "x", "source": "y", "versions": [[]]}},
        {"evidence": {"ad_id": "x", "source": "y", "versions": [{"record": [], "sha256": {}}]}},
    ],
)
def test_a_manifest_of_another_shape_is_refused(extract, tmp_path, change):
    with zipfile.ZipFile(extract) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    manifest = json.dumps(json.loads(parts["datapackage.json"]) | change).encode()
    with pytest.raises(BadEvidence, match=r"expected"):
        check_extract(resealed(tmp_path / "odd.wacz", parts, manifest))


def test_a_part_that_the_manifest_does_not_list_is_found(extract):
    with zipfile.ZipFile(extract, "a") as package:
        package.writestr("archive/more.warc.gz", b"")
    with pytest.raises(BadEvidence, match=r"found archive/data.warc.gz, archive/more.warc.gz"):
        check_extract(extract)


def changed_batch(nights: Nights, folder: Path, change) -> SeenAd:
    """The first night's batch with the cook's record unpacked, changed and packed again."""
    shutil.copytree(nights.folders[0], folder)
    file, stored = folder / "pages.warc.gz", nights.proof().response
    whole, at = file.read_bytes(), nights.cook.page.offset
    record = change(gzip.decompress(stored.packed))
    file.write_bytes(whole[:at] + gzip.compress(record) + whole[at + len(stored.packed) :])
    return SeenAd(ad=nights.cook, batch=folder)


def test_a_page_that_was_changed_in_its_batch_gives_no_evidence_and_is_named(nights, tmp_path):
    seen = changed_batch(nights, tmp_path / "run", lambda record: record.replace(b"9 coins", b"8 coins"))
    with pytest.raises(BadEvidence, match=rf"record at byte {nights.cook.page.offset} \(response <urn:uuid:.* changed"):
        gather_proof(seen)


def test_fitting_the_records_digests_to_a_changed_page_does_not_help(nights, tmp_path):
    def change(record: bytes) -> bytes:
        record = re.sub(rb"WARC-(Block|Payload)-Digest: [^\r]*\r\n", b"", record)
        return record.replace(b"9 coins", b"8 coins")

    with pytest.raises(BadEvidence, match=r"expected a page of SHA-256 .* as the ad says"):
        gather_proof(changed_batch(nights, tmp_path / "run", change))


def test_a_batch_that_was_cut_off_gives_no_evidence_for_what_is_lost(nights, tmp_path):
    shutil.copytree(nights.folders[0], tmp_path / "run")
    file = tmp_path / "run" / "pages.warc.gz"
    file.write_bytes(file.read_bytes()[: nights.cook.page.offset + 50])
    with pytest.raises(BadEvidence, match="was changed or cut off"):
        gather_proof(SeenAd(ad=nights.cook, batch=tmp_path / "run"))


def test_damage_elsewhere_in_the_archive_is_said_in_the_extract(nights, tmp_path):
    shutil.copytree(nights.folders[0], tmp_path / "run")
    file = tmp_path / "run" / "pages.warc.gz"
    file.write_bytes(file.read_bytes()[:-30])
    assert max(ad.page.offset for ad in nights.ads(0).values()) > nights.cook.page.offset
    proof = gather_proof(SeenAd(ad=nights.cook, batch=tmp_path / "run"))
    assert not proof.is_complete
    assert nights.proof().is_complete


def test_a_page_that_is_not_the_ads_own_is_no_evidence(nights):
    other = replace(nights.cook, page=replace(nights.cook.page, sha256="0" * 64))
    with pytest.raises(BadEvidence, match="expected a page of SHA-256 0000"):
        gather_proof(SeenAd(ad=other, batch=nights.folders[0]))


def test_what_cannot_be_had_is_said_by_name(nights, tmp_path):
    with pytest.raises(BadEvidence, match="it was removed, or lies elsewhere"):
        gather_proof(SeenAd(ad=nights.cook, batch=tmp_path / "20200101T000000Z"))
    with pytest.raises(BadEvidence, match="keeps no pages"):
        gather_proof(SeenAd(ad=replace(nights.cook, page=None), batch=nights.folders[0]))
    with pytest.raises(BadEvidence, match="expected an ad 'quay:none'"):
        find_in_batch("quay:none", nights.folders[0])
    with pytest.raises(BadEvidence, match="cannot be read"):
        check_extract(tmp_path / "none.wacz")
