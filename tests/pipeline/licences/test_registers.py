"""Registers out of files: read whole by their maps, or refused with the place. Every agency is invented."""

import zipfile
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import BadRegister, BadRegisterMap
from pipeline.licences import register_import
from pipeline.licences.register import RegisterStore, is_stale
from pipeline.licences.register_import import choose_map, read_register
from pipeline.licences.register_map import read_map, read_maps

ROOT = Path(__file__).parents[3]
MAPS = read_maps(ROOT / "data" / "registers")
SAMPLES = ROOT / "data" / "samples" / "registers"
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
AS_OF = date(2026, 11, 1)
HEAD = "Tên doanh nghiệp,Số giấy phép,Tình trạng,Ngày hết hạn,Thị trường,Điện thoại,Website\n"
GOOD = (
    "CÔNG TY CỔ PHẦN HOA BAN,9871/LĐTBXH-GP,Đang hoạt động,31/12/2028,Nhật Bản; Đài Loan,0900 000 017,hoaban.example\n"
)


def damaged(content, places):
    changed = bytearray(content)
    for place, value in places:
        changed[place % len(changed)] = value
    return bytes(changed)


def read(path, register="vn-dolab", as_of=AS_OF):
    return read_register(path, MAPS[register], as_of=as_of, now=NOON)


def write(folder, text, name="list.csv", encoding="utf-8"):
    path = folder / name
    path.write_text(text, encoding=encoding)
    return path


def write_book(folder, rows, name="list.xlsx"):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(folder / name)
    return folder / name


def test_a_line_holds_all_that_the_register_says(tmp_path):
    (line,) = read(write(tmp_path, HEAD + GOOD)).lines
    assert (line.row, line.names, line.numbers) == (2, ("CÔNG TY CỔ PHẦN HOA BAN",), ("9871/LĐTBXH-GP",))
    assert (line.status, line.valid_until, line.countries) == ("active", date(2028, 12, 31), ("JP", "TW"))
    assert (line.phones, line.webs, line.has_unread_contacts) == (("+84900000017",), ("hoaban.example",), False)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_is_found_below_headings_whatever_parts_its_cells(tmp_path, mark, encoding):
    head = "Danh sách mẫu\n\nTên doanh nghiệp{m}Số giấy phép{m}Tình trạng\n"
    rows = '"Công ty A{m} B"{m}9871/LĐTBXH-GP{m}Còn hiệu lực\nTổng số: 1\n'
    register = read(write(tmp_path, (head + rows).format(m=mark), encoding=encoding))
    assert register.version.passed_over == (5,)
    assert [line.names for line in register.lines] == [(" ".join(f"Công ty A{mark} B".split()),)]


def test_the_samples_can_all_be_imported():
    for path in sorted(SAMPLES.glob("*.toml")):
        (file,) = (each for each in SAMPLES.glob(f"{path.stem}.*") if each != path)
        register = read_register(file, read_map(path), as_of=AS_OF, now=NOON)
        assert register.version.rows >= 2, path.stem
        assert "invented" in register.version.title


@pytest.mark.parametrize("register", sorted(MAPS))
def test_a_spreadsheet_with_a_maps_own_columns_can_be_imported(tmp_path, register):
    own = MAPS[register]
    number = {one.column: one.like for one in own.numbers if one.role in ("licence", "identity")}
    example = {"name": "Blue Crane", "position": "Cook", "countries": "Japan", "status": next(iter(own.statuses), "")}
    values = [example.get(column) or number.get(column) or "" for column in own.columns]
    path = write_book(tmp_path, [["A heading"], [names[-1].upper() for names in own.columns.values()], values])
    read_back = read_register(path, own, as_of=AS_OF, now=NOON)
    assert [line.names for line in read_back.lines] == [("Blue Crane",)]
    assert choose_map(path, {register: own}) is own


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (",9871/LĐTBXH-GP,Thu hồi,,,,", "row 3, column 'Tên doanh nghiệp': expected something, found 'nothing'"),
        ("Công ty B,,Còn hiệu lực,,,,", "row 3, column 'Số giấy phép': expected something"),
        ("Công ty B,QĐ 55,,,,,", "row 3, column 'Số giấy phép': expected a number such as 9123/LĐTBXH-GP"),
        ("Công ty B,9456/SLĐTBXH-GP,,,,,", "row 3, column 'Số giấy phép': expected a number such as"),
        ("Công ty B,9872/LĐTBXH-GP,tốt,,,,", "row 3, column 'Tình trạng': expected one of Đang hoạt động"),
        ("Công ty B,9872/LĐTBXH-GP,,2028/31/12,,,", "row 3, column 'Ngày hết hạn': expected a day such as 30/11/2026"),
        (
            "Công ty B,9872/LĐTBXH-GP,,,Nhật Bản; Nơi Khác,,",
            "row 3, column 'Thị trường': expected names or codes of countries, found 'Nơi Khác'",
        ),
    ],
)  # fmt: skip
def test_one_row_that_does_not_fit_refuses_the_whole_list_with_its_place(tmp_path, row, said):
    path = write(tmp_path, HEAD + GOOD + row + "\n")
    with pytest.raises(BadRegister) as refused:
        read(path)
    assert str(refused.value).startswith(f"{path}: {said}")


def test_a_row_that_ends_early_is_refused_by_name(tmp_path):
    path = write(tmp_path, HEAD + GOOD + "Công ty B,9872/LĐTBXH-GP,\n")
    with pytest.raises(BadRegister) as refused:
        read(path)
    assert str(refused.value) == f"{path}: row 3: ends after 3 cells; expected 7, as the headings"
    (line,) = read(write(tmp_path, HEAD + GOOD + "Tổng số: 1\n")).lines
    assert line.row == 2


def test_a_licence_number_that_stands_twice_counts_once_or_is_named(tmp_path):
    branch = GOOD.replace("0900 000 017", "0900 000 018")
    register = read(write(tmp_path, HEAD + GOOD + GOOD + branch))
    assert [line.row for line in register.lines] == [2, 4]
    repeated = ("row 3 repeats row 2 (number 9871/LĐTBXH-GP)",)
    assert (register.version.rows, register.version.repeated, register.version.contradictions) == (2, repeated, ())
    withdrawn = GOOD.replace("Đang hoạt động", "Thu hồi").replace("2028", "2027")
    register = read(write(tmp_path, HEAD + GOOD + withdrawn + GOOD.replace("HOA BAN", "Én Nhỏ")))
    assert [line.row for line in register.lines] == [2, 3, 4]
    assert register.version.contradictions == ("number 9871/LĐTBXH-GP: rows 2, 3, 4 differ in name, status, last day",)
    kept = RegisterStore(tmp_path / "kept")
    kept.keep(register)
    assert kept.newest()[0].version == register.version


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "a.csv",
            "Name,Other\nA,B\n",
            "no row that names the columns of map vn-dolab; expected name: 'Tên doanh nghiệp'",
        ),
        ("a.csv", HEAD, "no row below the names of the columns (row 1)"),
        ("a.csv", "", "no row that names the columns"),
        ("a.pdf", "x", "expected a .csv or .xlsx file"),
        ("a.xlsx", "no zip", "not a readable .xlsx file"),
        ("a.csv", 'Tên doanh nghiệp|Số giấy phép\n"A|1\n', "not a row of a table"),
    ],
)
def test_a_file_that_is_no_register_is_refused(tmp_path, name, content, said):
    path = write(tmp_path, content, name)
    with pytest.raises(BadRegister) as refused:
        read(path)
    assert said in str(refused.value)


def test_a_spreadsheet_that_is_formatted_far_beyond_its_rows_is_read(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Name of Agency", "RL No"])
    book.active.append(["Blue Crane Overseas", "RL-9917"])
    book.active.cell(row=20_000, column=2).font = openpyxl.styles.Font(bold=True)
    book.active.cell(row=2, column=5_000).font = openpyxl.styles.Font(bold=True)
    book.save(tmp_path / "list.xlsx")
    assert [line.row for line in read(tmp_path / "list.xlsx", "bd-bmet").lines] == [2]


def test_a_list_in_another_encoding_is_refused_and_not_guessed(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes("Name,License No\nCafé Ñandú,9123/064/065\n".encode("cp1252"))
    with pytest.raises(BadRegister, match="expected it saved as UTF-8"):
        read(path, "np-dofe")


@given(st.data())
@settings(max_examples=60)
def test_a_damaged_spreadsheet_is_read_or_refused_with_one_error(tmp_path_factory, data):
    content = (SAMPLES / "sample-ph.xlsx").read_bytes()
    with zipfile.ZipFile(SAMPLES / "sample-ph.xlsx") as book:
        parts = {one.filename: book.read(one) for one in book.infolist()}
    path = tmp_path_factory.mktemp("damaged") / "list.xlsx"
    places = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=8)
    if data.draw(st.booleans()):
        path.write_bytes(damaged(content, data.draw(places)))
    else:
        name = data.draw(st.sampled_from(sorted(parts)))
        with zipfile.ZipFile(path, "w") as book:
            for part, bytes_ in parts.items():
                book.writestr(part, damaged(bytes_, data.draw(places)) if part == name else bytes_)
    with suppress(BadRegister):
        assert read(path, "ph-dmw").lines


def test_a_number_that_a_spreadsheet_has_rounded_is_refused(tmp_path):
    path = write_book(tmp_path, [["Nama P3MI", "Nomor SIP3MI", "Status"], ["PT Biru", 81299990000000017, "Aktif"]])
    with pytest.raises(BadRegister, match="row 2, column 'Nomor SIP3MI': expected text: a spreadsheet keeps 15 digits"):
        read(path, "id-p3mi")


def test_a_spreadsheet_that_would_fill_the_memory_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w") as parts:
        parts.writestr("xl/workbook.xml", "<x/>")
        parts.filelist[0].file_size = 1 << 30
    with pytest.raises(BadRegister, match="bytes unpacked; expected at most"):
        read(tmp_path / "bomb.xlsx")


def test_a_spreadsheet_of_strings_without_end_is_refused(tmp_path):
    strings = b"<si/>" * (register_import.MOST_STRING_TAGS + 1)
    with zipfile.ZipFile(tmp_path / "strings.xlsx", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as parts:
        parts.writestr("xl/workbook.xml", "<x/>")
        parts.writestr("xl/sharedStrings.xml", b"<sst>" + strings + b"</sst>")
    assert (tmp_path / "strings.xlsx").stat().st_size < 200_000
    with pytest.raises(BadRegister, match=r"more than 8,000,000 tags in xl/sharedStrings\.xml"):
        read(tmp_path / "strings.xlsx")


def test_days_of_a_spreadsheet_spans_and_buddhist_years_are_days(tmp_path):
    rows = [["Agency Name", "License No", "License Status", "Validity"]]
    rows += [["A", "DMW-999-LB-010118-R", "Valid License", datetime(2029, 3, 4)]]  # noqa: DTZ001 - as a cell holds it
    rows += [["B", "DMW-998-LB-010118-R", "Valid License", "03/05/2025 - 03/04/2029"]]
    lines = read(write_book(tmp_path, rows), "ph-dmw").lines
    assert [line.valid_until for line in lines] == [date(2029, 3, 4), date(2029, 3, 4)]
    thai = write(tmp_path, "ชื่อบริษัท,เลขที่ใบอนุญาต,วันหมดอายุ\nบริษัท เอ จำกัด,ต.9990/2561,31/12/2571\n")
    assert read(thai, "th-doe").lines[0].valid_until == date(2028, 12, 31)
    typed = datetime(2567, 11, 30)  # noqa: DTZ001 - a Buddhist year that the spreadsheet took for a common one
    rows = [["ชื่อบริษัท", "เลขที่ใบอนุญาต", "วันหมดอายุ"], ["บริษัท เอ จำกัด", "ต.9990/2561", typed]]
    rows += [["บริษัท บี จำกัด", "ต.9991/2561", datetime(2028, 12, 31)]]  # noqa: DTZ001
    lines = read(write_book(tmp_path, rows), "th-doe").lines
    assert [line.valid_until for line in lines] == [date(2024, 11, 30), date(2028, 12, 31)]


def test_a_contact_that_cannot_be_read_is_remembered_as_such(tmp_path):
    row = "Công ty B,9872/LĐTBXH-GP,,,,0900 000 017 - 99 99 99 99 99 99,\n"
    (line,) = read(write(tmp_path, HEAD + row)).lines
    assert line.has_unread_contacts


def test_a_list_dated_in_the_future_is_refused_and_one_of_today_further_east_is_not(tmp_path):
    assert read(write(tmp_path, HEAD + GOOD), as_of=date(2026, 11, 3)).version.as_of == date(2026, 11, 3)
    with pytest.raises(BadRegister, match="yet to come"):
        read(write(tmp_path, HEAD + GOOD), as_of=date(2026, 11, 4))


def test_the_one_map_that_fits_is_chosen_and_otherwise_one_is_asked_for(tmp_path):
    assert choose_map(write(tmp_path, HEAD + GOOD), MAPS).name == "vn-dolab"
    with pytest.raises(BadRegisterMap, match="maps that fit its columns: none; expected --map with one of"):
        choose_map(write(tmp_path, "A,B\n1,2\n"), MAPS)
    assert choose_map(write(tmp_path, "Agency Name,License No\nA,1\n"), {"ph-dmw": MAPS["ph-dmw"]}).name == "ph-dmw"


def test_the_same_list_twice_is_once_and_older_versions_stay(tmp_path):
    kept = RegisterStore(tmp_path / "kept")
    first = read(write(tmp_path, HEAD + GOOD), as_of=date(2026, 10, 1))
    assert kept.keep(first)
    before = [path.read_bytes() for path in sorted((tmp_path / "kept").rglob("*")) if path.is_file()]
    assert not kept.keep(read(write(tmp_path, HEAD + GOOD), as_of=date(2026, 10, 1)))
    assert [path.read_bytes() for path in sorted((tmp_path / "kept").rglob("*")) if path.is_file()] == before
    second = read(write(tmp_path, HEAD + GOOD.replace("Đang hoạt động", "Thu hồi")))
    assert kept.keep(second)
    assert [each.as_of for each in kept.versions()] == [AS_OF, date(2026, 10, 1)]
    (newest,) = kept.newest()
    assert newest.lines == second.lines
    assert newest.version == second.version
    assert newest.map.numbers == second.map.numbers


def test_an_older_list_that_is_imported_late_is_not_the_newest(tmp_path):
    kept = RegisterStore(tmp_path / "kept")
    kept.keep(read(write(tmp_path, HEAD + GOOD)))
    kept.keep(read(write(tmp_path, HEAD + GOOD.replace("9871", "9872")), as_of=date(2025, 1, 1)))
    assert [each.version.as_of for each in kept.newest()] == [AS_OF]


def test_a_damaged_version_is_told_and_not_used(tmp_path):
    kept = RegisterStore(tmp_path / "kept")
    assert (kept.versions(), kept.newest()) == ((), ())
    kept.keep(read(write(tmp_path, HEAD + GOOD)))
    (path,) = (tmp_path / "kept" / "vn-dolab").iterdir()
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(BadRegister, match="damaged"):
        kept.newest()


def test_a_list_grows_old_after_the_days_that_its_map_says():
    assert not is_stale(date(2026, 1, 1), 90, date(2026, 4, 1))
    assert is_stale(date(2026, 1, 1), 90, date(2026, 4, 2))
