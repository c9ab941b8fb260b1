"""The commands of registers, as they are used."""

import json

import pytest

from builders import make_ad
from crawler.batch.ad_json import ad_to_record
from licence_samples import ROOT, SAMPLES

VN = ("registers", "import", SAMPLES / "sample-vn.csv", "--map", SAMPLES / "sample-vn.toml", "--as-of")


@pytest.fixture
def maps(home):
    with (home / "lurewatch.toml").open("a") as settings:
        settings.write(f"registers = {json.dumps(str(ROOT / 'data' / 'registers'))}\n")


def test_a_register_is_imported_once_and_listed(run):
    first = run(*VN, "2026-11-01")
    said = "imported: sample-vn, list of 2026-11-01 by nobody: an invented sample: "
    counts = "5 lines (3 active, 1 suspended, 1 cancelled)"
    assert (first.exit_code, first.output.splitlines()[0]) == (0, said + counts)
    assert "passed over rows that hold no line of the list, such as headings: 9" in first.output
    assert run(*VN, "2026-11-01").output.startswith("imported before: ")
    assert json.loads(run(*VN, "2025-11-01", "--json").output)["new"] is True
    listed = json.loads(run("registers", "list", "--json").output)
    assert [(each["as_of"], each["in_use"]) for each in listed] == [("2026-11-01", True), ("2025-11-01", False)]


def test_a_list_that_look_ups_do_not_use_is_said_to_be_imported_in_vain(run, home, tmp_path):
    assert "not in use" not in run(*VN, "2026-11-01").output
    wrong = tmp_path / "wrong.csv"
    wrong.write_text((SAMPLES / "sample-vn.csv").read_text().replace("9871", "9870"))
    assert "not in use" not in run("registers", "import", wrong, *VN[3:], "2026-11-01").output
    for day in ("2026-11-01", "2025-11-01"):
        said = run(*VN, day).output
        assert "not in use: look-ups use the list of 2026-11-01 that was imported on" in said
    file = said.split("UTC; ")[1].split(" is its file")[0]
    (home / file).unlink()
    assert run("registers", "look-up", "9871/LĐTBXH-GP").exit_code == 0


def test_an_old_list_in_use_makes_the_exit_code_1(run):
    run(*VN, "2020-01-01")
    listed = run("registers", "list")
    assert (listed.exit_code, "older than 90 days" in listed.output) == (1, True)


def test_the_map_is_found_by_the_columns_or_named(run, maps):
    assert "imported: vn-dolab" in run("registers", "import", SAMPLES / "sample-vn.csv", "--as-of", "2026-11-01").output
    unknown = run("registers", "import", SAMPLES / "sample-vn.csv", "--as-of", "2026-11-01", "--map", "vietnam")
    assert (unknown.exit_code, "expected one of bd-bmet" in unknown.output) == (2, True)
    other = run("registers", "import", SAMPLES / "sample-vn.csv", "--as-of", "2026-11-01", "--map", "np-dofe")
    assert (other.exit_code, "no row that names the columns of map np-dofe" in other.output) == (2, True)


def test_a_refused_list_leaves_nothing_behind(run, home, tmp_path):
    bad = (SAMPLES / "sample-vn.csv").read_text().replace("Thu hồi", "???")
    (tmp_path / "bad.csv").write_text(bad)
    shown = run(
        "registers", "import", tmp_path / "bad.csv", "--map", SAMPLES / "sample-vn.toml", "--as-of", "2026-11-01"
    )
    assert shown.exit_code == 2
    assert "bad.csv: row 7, column 'Tình trạng': expected one of" in shown.output
    assert not (home / "data" / "local" / "registers").exists()


def test_rows_of_one_number_that_contradict_each_other_are_a_problem_to_report(run, tmp_path):
    rows = (SAMPLES / "sample-vn.csv").read_text().splitlines(keepends=True)
    good = next(row for row in rows if "9871" in row)
    doubled = tmp_path / "doubled.csv"
    doubled.write_text("".join(rows) + good)
    command = ("registers", "import", doubled, "--map", SAMPLES / "sample-vn.toml", "--as-of", "2026-11-01")
    shown = run(*command)
    assert (shown.exit_code, "5 lines (3 active" in shown.output) == (0, True)
    assert f"counted once: {doubled}: row {len(rows) + 1} repeats row 4 (number 9871/LĐTBXH-GP)" in shown.output
    doubled.write_text("".join(rows) + good.replace("2028", "2027"))
    shown = run(*command)
    assert (shown.exit_code, "6 lines (4 active" in shown.output) == (1, True)
    assert f"problem: {doubled}: number 9871/LĐTBXH-GP: rows 4, {len(rows) + 1} differ in last day" in shown.output


def test_maps_are_checked(run, maps):
    shown = run("registers", "check")
    assert (shown.exit_code, shown.output.splitlines()[-1]) == (0, "7 maps can be read")
    assert (
        json.loads(run("registers", "check", ROOT / "data" / "registers" / "template.toml", "--json").output)[0][
            "country"
        ]
        == "ZZ"
    )


@pytest.mark.parametrize("asked", ["9871/LDTBXH-GP", "giấy phép 9871/LĐTBXH-GP", "cty hoa ban"])
def test_an_agency_is_looked_up_by_number_or_name(run, asked):
    run(*VN, "2026-11-01")
    shown = run("registers", "look-up", asked)
    assert shown.exit_code == 0
    assert "sample-vn, list of 2026-11-01, row 4: CÔNG TY CỔ PHẦN CUNG ỨNG NHÂN LỰC HOA BAN" in shown.output
    assert json.loads(run("registers", "look-up", asked, "--json").output)[0]["row"] == 4


def test_who_is_not_listed_is_told_to_prove_nothing(run):
    run(*VN, "2026-11-01")
    shown = run("registers", "look-up", "Én Nhỏ")
    assert (shown.exit_code, "looked up in sample-vn of 2026-11-01" in shown.output) == (1, True)
    assert "That proves nothing" in shown.output


def test_the_ads_of_a_file_are_matched_in_their_order(run, tmp_path):
    ads = [make_ad(), make_ad(ad_id="test:2", description="GP 9873/LĐTBXH-GP", country="JP", language="vi")]
    (tmp_path / "ads.jsonl").write_text("".join(json.dumps(ad_to_record(ad)) + "\n" for ad in ads))
    without = run("registers", "match", tmp_path / "ads.jsonl", "--output", tmp_path / "out.jsonl")
    assert (without.exit_code, "no register was imported" in without.output) == (2, True)
    run(*VN, "2026-11-01")
    shown = run("registers", "match", tmp_path / "ads.jsonl", "--output", tmp_path / "out.jsonl")
    assert (shown.exit_code, shown.output) == (0, "looked up 2 ads in 1 registers: 1 lapsed, 1 nothing_claimed\n")
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [(line["ad_id"], line["result"]) for line in lines] == [("test:1", "nothing_claimed"), ("test:2", "lapsed")]


def test_a_night_looks_up_what_came_in_and_explain_shows_it(run, home, tmp_path):
    ad = {"title": "Hộ lý", "description": "Giấy phép 9873/LĐTBXH-GP", "country": "JP", "language": "vi"}
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "ads.jsonl").write_text(json.dumps(ad) + "\n")
    (tmp_path / "data" / "sources").mkdir(parents=True)
    card = f'name = "partner"\ntitle = "P"\nkind = "drop"\nstart = [{json.dumps(str(tmp_path / "drop"))}]\n'
    (tmp_path / "data" / "sources" / "partner.toml").write_text(card)
    run(*VN, "2026-11-01")
    night = run("nightly")
    assert night.exit_code == 0, night.output
    assert "licences   1 ads looked up in 1 registers: 1 listed as expired, suspended or cancelled" in night.output
    (report,) = (home / "data" / "local" / "reports").glob("*.json")
    assert json.loads(report.read_text())["licences"]["results"] == {"lapsed": 1}
    (tmp_path / "ad.json").write_text(json.dumps(ad))
    shown = run("explain", tmp_path / "ad.json")
    assert (shown.exit_code, "Licence look-up" in shown.output) == (0, True)
    assert "listed as expired, suspended or cancelled" in shown.output
    assert "licence" not in json.dumps(json.loads(run("explain", tmp_path / "ad.json", "--json").output))
