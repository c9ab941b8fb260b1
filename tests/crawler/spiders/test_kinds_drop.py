"""Dropped files: what is read of a partner's tables. Everything in here is invented."""

import csv
import gzip
import io
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from builders import NOON
from crawler.ad import JobAd
from crawler.batch.batch import BatchSummary, read_batch
from crawler.batch.evidence import find_in_batch, gather_proof, read_stored_page
from crawler.batch.wacz import check_extract, write_extract
from crawler.extract.raw import RawAd
from crawler.extract.records.tables import UnreadableTable, match_columns, read_csv, read_json, row_to_raw
from crawler.files import find_encoding
from crawler.run.runner import Job, crawl_sources, dump_job
from crawler.sources.loader import read_source
from crawler.spiders.drop import find_dropped_files
from crawling import lines_of


def rows_of(body: bytes, *, name: str = "csv") -> list[tuple[int, dict[str, object], str | None]]:
    file = io.BytesIO(body)
    encoding, _ = find_encoding(file)
    rows = read_csv(file, encoding) if name == "csv" else read_json(file, encoding)
    return [(row.line, dict(row.values), row.problem) for row in rows]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_table_is_read_with_any_delimiter_and_encoding(delimiter, encoding):
    text = f'title{delimiter}text\n"Cook{delimiter} night"{delimiter}"Two\r\nlines, ""here"""\nBếp{delimiter}Phở\n'
    assert rows_of(text.encode(encoding)) == [
        (2, {"title": f"Cook{delimiter} night", "text": 'Two\r\nlines, "here"'}, None),
        (4, {"title": "Bếp", "text": "Phở"}, None),
    ]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp874", "รับสมัครพนักงานครัวประจำร้านอาหารริมท่าเรือ ทำงานกะเย็น มีที่พักให้ เงินเดือนตามตกลง"),
        ("cp1251", "Требуется повар в небольшую гостиницу у гавани, вечерние смены, жильё предоставляется"),
        ("cp1252", "Le petit hôtel du port cherche un cuisinier pour l'été, logé, salaire à débattre"),
        ("gb18030", "港口小旅馆招聘厨师，晚班，包吃住，工资面议"),
    ],
)
def test_an_old_encoding_is_guessed(encoding, text):
    rows = rows_of(f"title;text\nA;{text}\n".encode(encoding))
    assert rows == [(2, {"title": "A", "text": text}, None)]


def test_rows_that_do_not_fit_are_named_with_their_line():
    text = 'title,text\nA,B\nA\nA,B,C\nA,B,,\n,\nA,"open\nC,D\nE,"x"y\nF,G\n'
    assert [(line, problem) for line, _, problem in rows_of(text.encode())] == [
        (2, None),
        (3, "expected 2 cells as the first row has, found 1"),
        (4, "expected 2 cells as the first row has, found 3"),
        (5, None),
        (7, "not a row of this table (',' expected after '\"')"),
        (8, None),
        (9, "not a row of this table (',' expected after '\"')"),
        (10, None),
    ]


def test_a_quote_that_is_never_closed_costs_its_own_row_alone():
    rows = rows_of(b'title,text\nA,"open\nB,C\nD,E\n')
    assert [(line, bool(problem)) for line, _, problem in rows] == [(2, True), (3, False), (4, False)]


def test_nul_bytes_and_a_cell_of_five_megabytes_are_read():
    (row,) = rows_of(b"title,text\nA\0B," + b"x" * 5_000_000 + b"\n")
    assert (row[1]["title"], len(row[1]["text"])) == ("AB", 5_000_000)


@pytest.mark.parametrize("body", [b"", b"\n\n", b",,\n", b"\xef\xbb\xbf"])
def test_a_table_without_a_row_is_none(body):
    with pytest.raises(UnreadableTable, match="no row that could name the columns"):
        rows_of(body)


@given(st.binary(max_size=400))
@example(b"\x0b\xc0O\x7f`")  # a guess of EBCDIC, in which nothing of it is a line
def test_any_bytes_are_rows_or_problems(body):
    assert all(line >= 1 for line, _, _ in rows_of(b"title\n" + body))
    assert all(line >= 1 for line, _, _ in rows_of(body, name="json"))


@given(st.lists(st.tuples(st.text(min_size=1), st.text()), min_size=1, max_size=5))
def test_what_a_table_says_is_kept_to_the_letter(cells):
    cells = [(one.replace("\0", "") + "x", other.replace("\0", "")) for one, other in cells]
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows([("title", "text"), *cells])
    rows = rows_of(file.getvalue().encode("utf-8", "replace"))
    kept = [
        (one.encode("utf-8", "replace").decode(), other.encode("utf-8", "replace").decode()) for one, other in cells
    ]
    assert [(values["title"], values["text"]) for _, values, _ in rows] == kept


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ('{"title": "A"}\n{"title": "B"}\n', ["A", "B"]),
        ('[{"title": "A"},\n{"title": "B"}]', ["A", "B"]),
        ('{"took": 3, "data": {"rows": [{"title": "A"}]}}', ["A"]),
        ('{"title": "A", "contacts": [{"kind": "line", "value": "quay"}]}', ["A"]),
        ('{"title": "A feed", "items": [{"title": "A"}, {"title": "B"}]}', ["A", "B"]),
    ],
)
def test_json_is_read_as_lines_or_as_one_document(text, titles):
    assert [values["title"] for _, values, _ in rows_of(text.encode(), name="json")] == titles


def test_a_line_that_is_no_object_is_named():
    rows = rows_of(b'{"title": "A"}\nnonsense\n[1]\n\n{"title": "B"}\n', name="json")
    assert [(line, problem) for line, _, problem in rows] == [
        (1, None), (2, "not a JSON object"), (3, "not a JSON object"), (5, None),
    ]  # fmt: skip


def test_a_broken_first_line_costs_no_other_line_whatever_their_texts_hold():
    body = '{"title": "A\n{"title": "B\u2028b"}\n{"title": "C\u0085c"}\n'.encode()
    assert rows_of(body, name="json") == [
        (1, {}, "not a JSON object"), (2, {"title": "B\u2028b"}, None), (3, {"title": "C\u0085c"}, None),
    ]  # fmt: skip


def read_row(row: dict[str, object], **wanted: tuple[str, ...]) -> RawAd:
    return row_to_raw(row, match_columns(tuple(row), wanted))


@pytest.mark.parametrize(
    "header",
    [
        ("title", "description", "hiring_organization", "job_location", "base_salary"),
        ("Job Title", "Job Description", "Company", "Location", "Salary"),
        ("Chức danh", "Mô tả công việc", "Công ty", "Địa điểm làm việc", "Mức lương"),
        ("Posisi", "Deskripsi pekerjaan", "Perusahaan", "Lokasi kerja", "Gaji"),
        ("ตำแหน่งงาน", "รายละเอียดงาน", "บริษัท", "สถานที่ทำงาน", "เงินเดือน"),
        ("职位名称", "工作内容", "公司名称", "工作地点", "薪资"),
        ("Stellentitel", "Stellenbeschreibung", "Arbeitgeber", "Arbeitsort", "Gehalt"),
    ],
)
def test_common_column_names_are_known_in_many_languages(header):
    raw = read_row(dict(zip(header, ("T", "D", "O", "P", "9 EUR"), strict=True)))
    assert (raw.title, raw.description, raw.hiring_organization, raw.job_location) == ("T", "D", "O", "P")
    assert raw.base_salary.raw == "9 EUR"


def test_the_cards_columns_are_tried_in_turn_and_no_other_is_read():
    row = {"Posten": "", "posten 2": "Cook", "Salary": "9 EUR", "boss": {"name": "Quay"}, "Text": "Soup."}
    raw = read_row(row, title=("POSTEN", "Posten 2"), hiring_organization=("boss.name",), description=("Text",))
    assert (raw.title, raw.hiring_organization, raw.description, raw.base_salary) == ("Cook", "Quay", "Soup.", None)
    columns = match_columns(tuple(row), {"title": ("Posten", "nowhere")})
    assert (columns.ignored, columns.missing) == (("posten 2", "Salary", "boss", "Text"), ("nowhere",))


def test_a_column_that_is_led_into_is_found_in_any_case_too():
    row = {"Boss": {"name": "Quay"}, "title": "Cook"}
    assert read_row(row, title=("title",), hiring_organization=("boss.name",)).hiring_organization == "Quay"


def test_a_formula_stays_what_was_typed_and_markup_is_read():
    raw = read_row({"title": '=HYPERLINK("x")', "description": "<p>One</p><p>Two &amp; three</p>"})
    assert (raw.title, raw.description) == ('=HYPERLINK("x")', "One\n\nTwo & three")
    assert (
        read_row({"title": "A", "description": "  keep   these\n\n\ngaps <3 "}).description
        == "keep   these\n\n\ngaps <3"
    )


def test_the_ads_files_own_fields_are_read_whole():
    raw = read_row(
        {
            "ad_id": "x1",
            "title": "Cook",
            "contacts": [{"kind": "telegram", "value": "quay_kitchen"}],
            "base_salary": {"min": 5, "max": 9, "currency": "EUR", "period": "hour", "raw": "5 to 9"},
        }
    )
    assert (raw.identifier, raw.contact) == ("x1", "telegram: quay_kitchen")
    assert (raw.base_salary.min, raw.base_salary.max, raw.base_salary.raw) == ("5", "9", "5 to 9")


DROP = """name = "{name}"
title = "A partner"
kind = "drop"
start = ["{start}"]
country = "VN"
"""


@pytest.fixture(scope="module")
def dropped(tmp_path_factory) -> dict[str, tuple[BatchSummary, dict[str, tuple[str, str]], list[JobAd], Path]]:
    home = tmp_path_factory.mktemp("partner")
    folder = home / "files"
    folder.mkdir()
    (folder / "b.csv").write_text("Nr;Posten;Lohn;Farbe\n7;Cook;10 - 15 triệu;red\n8;Baker;;blue\n9;;;\n", "utf-8-sig")
    with gzip.open(folder / "a.jsonl.gz", "wt") as file:
        file.write('{"Nr": 7, "Posten": "Cook"}\n{"Nr": 1, "Posten": "Porter"}\nbroken\n')
    (folder / "c.xlsx").write_bytes(b"PK")
    (folder / "d.csv").write_text("x,y\n1,2\n")
    (folder / ".half.csv").write_text("Posten\nHidden\n")
    (folder / "e.csv.gz").write_bytes(gzip.compress(b"Posten\nA\n" * 500)[:-30])
    (folder / "f.csv").symlink_to("/etc/hostname")
    (home / "mapped.toml").write_text(
        DROP.format(name="mapped", start="files")
        + '[columns]\ntitle = ["Posten"]\nidentifier = "Nr"\nbase_salary = "Lohn"\nurl = "Seite"\n'
    )
    (home / "plain.csv").write_text("title,text\nCook,Soup\nCook,Soup\nCook,Stew\n=1+1,Sum\n")
    (home / "plain.toml").write_text(DROP.format(name="plain", start="plain.csv"))
    (home / "nowhere.toml").write_text(DROP.format(name="nowhere", start="gone"))
    sources = [read_source(home / f"{name}.toml") for name in ("mapped", "plain", "nowhere")]
    output = home / "batches"
    told = {}
    for summary in crawl_sources(sources, output, contact=None, now=NOON):
        batch = output / summary.source / summary.run
        told[summary.source] = (summary, lines_of(batch), list(read_batch(batch).ads()), batch)
    return told


def test_a_partners_files_are_read_in_the_order_of_their_names(dropped):
    _, lines, ads, _ = dropped["mapped"]
    assert [(ad.title, ad.base_salary.max if ad.base_salary else None) for ad in ads][:3] == [
        ("Cook", None), ("Porter", None), ("Baker", None),
    ]  # fmt: skip
    assert lines["file:b.csv#2"] == ("ad", "1 of 1 seen before in this run")
    outcome, remarks = lines["file:b.csv"]
    assert (outcome, remarks.rpartition("; ")[0]) == (
        "listing", "rows: 3, set aside 1: lines 4; columns not read: Farbe; no column: Seite"
    )  # fmt: skip
    assert re.fullmatch(r"SHA-256 of the file [0-9a-f]{64}", remarks.rpartition("; ")[2])


def test_bad_rows_and_files_are_set_aside_counted_and_named(dropped):
    summary, lines, _, _ = dropped["mapped"]
    assert lines["file:a.jsonl.gz#3"] == ("failed", "line 3: not a JSON object")
    assert lines["file:b.csv#4"] == ("failed", "line 4: neither title nor text")
    assert lines["file:c.xlsx"][0] == "out_of_scope"
    assert lines["file:d.csv"][1].startswith("no column of a title or a text among x, y")
    assert lines["file:e.csv.gz"][1].startswith("expected a whole gzip file, found a broken one")
    assert lines["file:f.csv"] == ("out_of_scope", "leads out of the folder")
    assert not any("half" in address for address in lines)
    assert "lost" not in {detail for _, detail in lines.values()}
    assert not summary.healthy
    assert any("file:d.csv" in problem for problem in summary.problems)


def test_nothing_of_a_drop_names_this_machine(dropped):
    for _, lines, ads, batch in dropped.values():
        said = json.dumps(lines) + (batch / "summary.json").read_text() + (batch / "ads.jsonl").read_text()
        assert str(batch.parents[2]) not in said
        assert all(ad.url is None for ad in ads)


def test_a_row_without_a_number_is_known_by_what_it_says(dropped):
    summary, lines, ads, _ = dropped["plain"]
    assert [(ad.title, ad.description) for ad in ads] == [("Cook", "Soup"), ("Cook", "Stew"), ("=1+1", "Sum")]
    assert lines["file:plain.csv#3"] == ("ad", "1 of 1 seen before in this run")
    assert len({ad.ad_id for ad in ads}) == 3
    assert summary.healthy


@pytest.mark.parametrize(
    ("source", "place", "address", "cells"),
    [
        ("plain", 1, "file:plain.csv#4", {"title": "Cook", "text": "Stew"}),
        ("mapped", 2, "file:b.csv#3", {"Posten": "Baker", "Nr": "8"}),
    ],
)
def test_a_rows_page_is_that_row_in_the_columns_that_are_read(dropped, source, place, address, cells):
    _, _, ads, batch = dropped[source]
    with (batch / "pages.warc.gz").open("rb") as file:
        file.seek(ads[place].page.offset)
        record = next(iter(ArchiveIterator(file, check_digests=True)))
        assert (record.rec_type, record.rec_headers.get_header("WARC-Target-URI")) == ("resource", address)
        assert json.loads(record.content_stream().read()) == cells


def test_evidence_of_one_row_holds_no_other_row_and_no_column_that_is_not_read(dropped, tmp_path):
    _, _, ads, batch = dropped["mapped"]
    (seen,) = find_in_batch(ads[2].ad_id, batch)
    write_extract(tmp_path / "e.wacz", [gather_proof(seen)], now=NOON)
    with ZipFile(tmp_path / "e.wacz") as package:
        content = gzip.decompress(package.read("archive/data.warc.gz"))
    assert b"Baker" in content
    assert not any(other in content for other in (b"Cook", b"Porter", b"blue", b"red", b"Farbe"))
    assert check_extract(tmp_path / "e.wacz").versions == 1
    assert read_stored_page(seen).text.split() == '{ "Posten": "Baker", "Nr": "8" }'.split()
    whole = b"".join(gzip.decompress(path.read_bytes()) for path in batch.glob("*.gz"))
    assert b"blue" not in whole, "nor does the batch"


def test_a_place_where_nothing_lies_is_a_problem(dropped):
    summary, lines, _, _ = dropped["nowhere"]
    assert lines == {"file:gone": ("failed", "no such file or folder")}
    assert summary.problems == ("file:gone: no such file or folder",)


def test_two_files_of_one_name_have_addresses_of_their_own(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "ads.csv").write_text("title\nA\n")
    found = find_dropped_files([str(tmp_path / "one"), str(tmp_path / "two")])
    assert [file.address for file in found] == ["file:ads.csv", "file:ads.csv?2"]


def test_a_drop_needs_neither_review_nor_contact(tmp_path):
    card = tmp_path / "partner.toml"
    card.write_text(DROP.format(name="partner", start="files"))
    source = read_source(card)
    assert source.is_reviewed
    assert source.start == (str(tmp_path / "files"),)
    assert source.sites == frozenset()


def many_rows(path: Path, count: int = 400) -> None:
    rows = [{"title": f"Cook {number}", "text": "Soup", "phone": "0912 345 678"} for number in range(count)]
    rows[7:9] = [{}, {"title": " "}]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def test_rows_that_workers_read_are_those_that_one_process_reads(tmp_path):
    many_rows(tmp_path / "rows.jsonl")
    (tmp_path / "partner.toml").write_text(DROP.format(name="partner", start="rows.jsonl"))
    source, found = read_source(tmp_path / "partner.toml"), []
    for workers in (1, 2):
        output = tmp_path / str(workers)
        (summary,) = crawl_sources([source], output, contact=None, now=NOON, workers=workers)
        batch = output / summary.source / summary.run
        ads = [replace(ad, seen_at=NOON, page=None) for ad in read_batch(batch).ads()]
        with gzip.open(batch / "raw.jsonl.gz") as raw:
            found.append((ads, lines_of(batch), raw.read()))
        for ad in read_batch(batch).ads():
            with (batch / "pages.warc.gz").open("rb") as file:
                file.seek(ad.page.offset)
                record = next(iter(ArchiveIterator(file, check_digests=True)))
                assert json.loads(record.content_stream().read())["title"] == ad.title
    assert found[0] == found[1]
    assert len(found[0][0]) == 398


def test_a_run_whose_worker_is_killed_is_not_whole_and_the_next_takes_it_up(tmp_path):
    many_rows(tmp_path / "rows.jsonl", 2_000)  # more than may be under way at once
    (tmp_path / "partner.toml").write_text(DROP.format(name="partner", start="rows.jsonl"))
    source = read_source(tmp_path / "partner.toml")
    killing = (
        "import sys, multiprocessing, crawler.spiders.drop as drop, crawler.run.worker as worker\n"
        "take = drop.Table.count\n"
        "def count(table, rows):\n"
        "    take(table, rows)\n"
        "    [child.kill() for child in multiprocessing.active_children()]\n"
        "drop.Table.count = count\n"
        "sys.exit(worker.main())"
    )
    job = Job(
        source=source,
        folder=tmp_path / "out" / "partner" / "20261102T120000Z",
        started_at=NOON,
        contact=None,
        workers=2,
    )
    child = subprocess.run(
        [sys.executable, "-c", killing], input=dump_job(job), text=True, capture_output=True, check=False
    )
    assert child.returncode == 1
    assert '"event": "batch not finished"' in child.stdout
    (summary,) = crawl_sources([source], tmp_path / "out", contact=None, now=NOON)
    assert (summary.finished, summary.resumed, summary.ads) == (True, 1, 1_998)
