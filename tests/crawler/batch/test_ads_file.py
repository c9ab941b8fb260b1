import gzip
import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import NOON, make_ad
from crawler.ad import Contact, PageRef, Salary, content_hash, fingerprint
from crawler.batch import ads_file
from crawler.batch.ad_json import ad_from_record, ad_to_record
from crawler.batch.ads_file import read_ads, write_ads
from crawler.errors import BadAdsFile

WHOLE_AD = make_ad(
    url="http://127.0.0.1:8000/job/1",
    date_posted=date(2026, 10, 30),
    valid_through=date(2026, 12, 1),
    hiring_organization="Lotus Bread",
    company_profile="Bread since 1990.",
    job_location="Hai Phong; Ha Noi",
    country="VN",
    base_salary=Salary(min=9e6, max=1.2e7, currency="VND", period="month", raw="9 - 12 triệu"),
    employment_type="FULL_TIME",
    apply_url="http://127.0.0.1:8000/apply/1",
    contacts=(Contact(kind="phone", value="+84900000001"),),
    language="vi",
    page=PageRef(file="pages.warc.gz", offset=0, sha256="0" * 64),
)


def read(path, **options):
    return list(read_ads(path, seen_at=NOON, **options))


def write(folder, text, name="ads.jsonl"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("name", ["ads.jsonl", "ads.jsonl.gz"])
def test_what_is_written_reads_back_the_same(tmp_path, name):
    ads = [WHOLE_AD, make_ad(ad_id="test:2", description="")]
    write_ads(ads, tmp_path / name)
    assert read(tmp_path / name) == ads


@given(title=st.text(), description=st.text(min_size=1).filter(str.strip))
def test_any_text_survives_the_journey_in_nfc(title, description):
    record = json.loads(json.dumps({"title": title, "description": description}))
    ad = ad_from_record(record, source="file", seen_at=NOON)
    assert ad_from_record(ad_to_record(ad), source="file", seen_at=NOON) == ad


def test_lone_surrogates_are_escaped_not_fatal(tmp_path):
    ads = [make_ad(title="bad \ud800 half", description="x")]
    write_ads(ads, tmp_path / "ads.jsonl")
    assert read(tmp_path / "ads.jsonl") == ads


def test_a_title_alone_is_an_ad_and_gets_an_id_from_its_text(tmp_path):
    path = write(tmp_path, '{"title": "Baker"}\n\n{"title": "Baker"}\n{"title": "Cook", "country": "vn"}\n')
    first, second, third = read(path)
    assert first.ad_id == second.ad_id != third.ad_id
    assert (first.source, first.seen_at, third.country) == ("file", NOON, "VN")


def test_pay_may_be_a_plain_string(tmp_path):
    with pytest.raises(BadAdsFile, match=r"base_salary\.min.*ordinary size"):
        read(write(tmp_path, '{"title": "Baker", "base_salary": {"min": 1e999}}'))
    (ad,) = read(write(tmp_path, '{"title": "Baker", "base_salary": "10 triệu"}'))
    assert ad.base_salary == Salary(raw="10 triệu")


def test_csv_reads_like_json_lines(tmp_path):
    head = "title,description,base_salary,contacts\r\n"
    text = head + 'Baker,"Two\nlines",10 tr,"[{""kind"":""zalo"",""value"":""0900""}]"\r\n'
    (ad,) = read(write(tmp_path, "\ufeff" + text, "ads.csv"))
    assert (ad.title, ad.description, ad.base_salary) == ("Baker", "Two\nlines", Salary(raw="10 tr"))
    assert ad.contacts == (Contact(kind="zalo", value="0900"),)


def test_csv_is_known_without_its_ending(tmp_path):
    (ad,) = read(write(tmp_path, "title\nBaker\n", "ads.txt"))
    assert ad.title == "Baker"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"title": "x"}\nnot json\n', "line 2: expected a whole JSON object"),
        ('{"title": "x"}\n["x"]\n', "line 2: expected a JSON object, found list"),
        ('{"title": 3}', "line 1: field 'title': expected text, found a number"),
        ('{"title": "x", "tilte": "y"}', "line 1: unknown field 'tilte'; did you mean 'title'?"),
        ('{"title": " ", "description": null}', "line 1: expected a title or a description, found neither"),
        ('{"title": "x", "date_posted": "yesterday"}', "field 'date_posted': expected a date"),
        ('{"title": "x", "seen_at": "2026-11-02T10:00:00"}', "field 'seen_at': expected a moment"),
        ('{"title": "x", "country": "Viet Nam"}', "field 'country': expected two letters"),
        ('{"title": "x", "language": "tiếng Việt"}', "field 'language': expected a BCP 47 tag"),
        ('{"title": "x", "base_salary": {"min": "9"}}', "field 'base_salary.min': expected a number, found text"),
        ('{"title": "x", "base_salary": {"value": 9}}', "unknown field 'base_salary.value'"),
        ('{"title": "x", "base_salary": {"period": "moon"}}', "field 'base_salary.period': expected one of hour"),
        ('{"title": "x", "contacts": "0900"}', "field 'contacts': expected a list"),
        ('{"title": "x", "contacts": [{"kind": "phone"}]}', "field 'contacts[0]': expected kind and value"),
        ('{"title": "x", "page": {"file": "a"}}', "field 'page': expected file, offset and sha256"),
        ('{"title": NaN}', "line 1: field 'title': expected text, found a number"),
        ('{"title": "x", "base_salary": 900}', "field 'base_salary': expected text or an object, found a number"),
        ("[" * 200_000, "line 1: expected a whole JSON object"),
        (b"PK\x03\x04\x14\x00\x06\x00", "begins as a workbook or packed file does"),
        (gzip.compress(b'{"title": "x"}', mtime=0), "or .gz of one"),
        (b'{"title": "\xff"}', "line 1: not UTF-8"),
    ],
)
def test_a_bad_row_is_one_message_with_file_line_and_field(tmp_path, text, says):
    path = write(tmp_path, text)
    with pytest.raises(BadAdsFile) as caught:
        read(path)
    assert says in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("\rtitle,description\na,b\n", "line 1: not a CSV row"),
        ("title,description\na,b,c\n", "line 2: expected 2 cells"),
        ("title,description\na\n", "line 2: the row ends before column 'description'"),
        ("title,employer\na,b\n", "line 1: unknown field 'employer'"),
        ("Position,Text\na,b\n", "line 1: expected a column title or description, found 'Position', 'Text'"),
        ("title,Title\na,b\n", "line 1: more than one column is the field 'title'"),
        ('title,contacts\na,"[oops"\n', "line 2: field 'contacts': expected JSON in the cell"),
    ],
)
def test_a_bad_csv_row_is_named(tmp_path, text, says):
    with pytest.raises(BadAdsFile, match=r"ads\.csv") as caught:
        read(write(tmp_path, text, "ads.csv"))
    assert says in str(caught.value)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_table_of_any_spreadsheet_is_read(tmp_path, delimiter, encoding, end):
    rows = [[" Title", "DESCRIPTION ", "Hiring Organization", "datePosted"],
            ["Đầu bếp", '"Hai dòng;\nmột, hai\tba"', "Lotus", "2026-10-30"]]  # fmt: skip
    text = end.join(delimiter.join(row) for row in rows) + end
    (ad,) = read(write(tmp_path, text.encode(encoding), "ads.txt"))
    assert (ad.title, ad.description) == ("Đầu bếp", "Hai dòng;\nmột, hai\tba")
    assert (ad.hiring_organization, ad.date_posted) == ("Lotus", date(2026, 10, 30))


def test_json_lines_may_be_utf_16_too(tmp_path):
    (ad,) = read(write(tmp_path, '{"title": "Đầu bếp"}\n'.encode("utf-16")))
    assert ad.title == "Đầu bếp"


def test_half_a_character_of_utf_16_is_named(tmp_path):
    with pytest.raises(BadAdsFile, match="is not UTF-16"):
        read(write(tmp_path, '{"title": "x"}\n'.encode("utf-16")[:-1]))


def test_a_spreadsheet_may_note_its_delimiter(tmp_path):
    (ad,) = read(write(tmp_path, "sep=;\ntitle;description\na;b\n", "ads.csv"))
    assert (ad.title, ad.description) == ("a", "b")


@pytest.mark.parametrize("text", ["Position;Arbeitsort\nKoch;Wien\n", '{"Position": "Koch", "Arbeitsort": "Wien"}\n'])
def test_foreign_columns_are_mapped(tmp_path, text):
    (ad,) = read(write(tmp_path, text, "ads.txt"), columns={"title": "Position", "job_location": "Arbeitsort"})
    assert (ad.title, ad.job_location) == ("Koch", "Wien")


@pytest.mark.parametrize("text", ['{"Position": "Koch", "title": "Ad 1"}', '{"title": "Ad 1", "Position": "Koch"}'])
def test_a_mapped_key_counts_wherever_it_stands_in_an_object(tmp_path, text):
    (ad,) = read(write(tmp_path, text), columns={"title": "Position"})
    assert ad.title == "Koch"


def test_rows_of_empty_cells_are_passed_over(tmp_path):
    ads = read(write(tmp_path, "title;description\na;b\n;\n ;\nc;d\n;\n", "ads.csv"))
    assert [ad.title for ad in ads] == ["a", "c"]


def test_a_mapped_column_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BadAdsFile, match="no column 'Stelle' for the field 'title'; found 'Position', 'title'"):
        read(write(tmp_path, "Position,title\na,b\n", "ads.csv"), columns={"title": "Stelle"})


def test_columns_that_are_passed_over_are_told(tmp_path):
    told = []
    path = write(tmp_path, "title,Views,Rank,\na,b,c,\n", "ads.csv")
    (ad,) = read(path, ignore_unknown=True, on_passed_over=told.append)
    assert (ad.title, told) == ("a", [("Views", "Rank")])


def test_unknown_fields_are_passed_over_when_asked(tmp_path):
    (ad,) = read(write(tmp_path, '{"title": "x", "views": 7}'), ignore_unknown=True)
    assert ad.title == "x"


def test_a_missing_or_broken_file_is_named(tmp_path):
    with pytest.raises(BadAdsFile, match=r"none\.jsonl: cannot be read"):
        read(tmp_path / "none.jsonl")
    broken = gzip.compress(b'{"title": "x"}\n' * 1000)[:-20]
    with pytest.raises(BadAdsFile, match="expected a whole gzip file"):
        read(write(tmp_path, broken, "ads.jsonl.gz"))


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "ads.jsonl"
    write_ads([WHOLE_AD], path)

    def broken():
        yield make_ad(title="new")
        raise RuntimeError("the source ran dry")

    with pytest.raises(RuntimeError):
        write_ads(broken(), path)
    assert read(path) == [WHOLE_AD]
    assert [each.name for each in tmp_path.iterdir()] == ["ads.jsonl"]


def test_a_copy_has_the_same_fingerprint_and_a_changed_word_another():
    ad = make_ad(title="Night  Baker", description="Good pay.\nCall us.")
    assert fingerprint(ad) == fingerprint(make_ad(ad_id="b", title="night baker", description="Good pay. Call us."))
    assert fingerprint(ad) != fingerprint(replace(ad, description="Good pay. Call me."))


def test_the_content_hash_sees_pay_and_place_but_not_the_hour():
    assert content_hash(WHOLE_AD) == content_hash(replace(WHOLE_AD, seen_at=NOON.replace(hour=3), page=None))
    assert content_hash(WHOLE_AD) != content_hash(replace(WHOLE_AD, job_location="Poipet"))
    assert content_hash(WHOLE_AD) != content_hash(replace(WHOLE_AD, base_salary=Salary(min=1.0)))


@pytest.mark.parametrize("name", ["ads.jsonl", "ads.csv", "ads", "ads.jsonl.gz"])
def test_a_line_without_end_is_refused_before_it_fills_the_memory(tmp_path, name, monkeypatch):
    monkeypatch.setattr(ads_file, "LONGEST_LINE", 1_000)
    path = tmp_path / name
    with gzip.open(path, "wb") if name.endswith("gz") else path.open("wb") as file:
        first = b"title\n" if name == "ads.csv" else b'{"title": "Cook"}\n'
        file.write(first + b'{"title": "' + b"a" * 2_000)
    with pytest.raises(BadAdsFile, match="line 2: expected 1,000 bytes at most"):
        list(read_ads(path, seen_at=NOON))
