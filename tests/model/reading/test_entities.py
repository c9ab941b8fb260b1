"""What texts name is marked; every text here is invented, numbers are of fictitious ranges."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import BadTaxonomy
from model.reading.pipeline import EntityFinder
from model.taxonomy.loader import load_taxonomy
from model.taxonomy.records import ENTITY_LABELS

FOLDER = Path(__file__).parents[3] / "data/taxonomy"
FINDER = EntityFinder(load_taxonomy(FOLDER).entities)


@pytest.mark.parametrize(
    ("text", "label", "quotes"),
    [
        ("Lương 8-12 triệu/tháng, thưởng 500.000 đồng", "MONEY", ["8-12 triệu", "500.000 đồng"]),
        ("Gaji Rp 5.000.000 atau 5 jt per bulan.", "MONEY", ["Rp 5.000.000", "5 jt"]),
        ("RM1,700, plus RM100.", "MONEY", ["RM1,700", "RM100"]),
        ("$1,500 to start, 900 usdt later", "MONEY", ["$1,500", "900 usdt"]),
        ("底薪8000至10000元,提成2万", "MONEY", ["8000至10000元", "2万"]),
        ("월급 300만원", "MONEY", ["300만원"]),
        ("Floor 12, room 900", "MONEY", []),
        ("Age 20-35 only, tuổi từ 18 đến 30", "AGE", ["Age 20-35", "tuổi từ 18 đến 30"]),
        ("18至45岁", "AGE", ["18至45岁"]),
        ("Làm 12 tiếng, từ 8:00 - 20:00", "HOURS", ["12 tiếng", "8:00 - 20:00"]),
        ("9am to 6pm", "HOURS", ["9am to 6pm"]),
        ("Mail jobs@thornbury.example or @thornbury_jobs", "CONTACT", ["jobs@thornbury.example", "@thornbury_jobs"]),
        ("Tele: @good_day88, zalo: 0900 000 000", "CONTACT", ["Tele: @good_day88", "0900 000 000"]),
        ("Call +84 900 000 000 now", "CONTACT", ["+84 900 000 000"]),
        ("See https://thornbury.example/jobs today", "CONTACT", ["https://thornbury.example/jobs"]),
        ("Giấy phép 199/LĐTBXH-GP", "LICENCE", ["199/LĐTBXH-GP"]),
        ("Giấy phép 18/SLDTBXH-GP", "LICENCE", ["18/SLDTBXH-GP"]),
        ("POEA-271-LB-121218-R", "LICENCE", ["POEA-271-LB-121218-R"]),
        ("A plain baker is sought.", "LICENCE", []),
    ],
)
def test_what_a_text_names_is_marked(text: str, label: str, quotes: list[str]) -> None:
    found = [text[one.start : one.end] for one in FINDER.find(text) if one.label == label]
    assert found[: len(quotes)] == quotes
    assert quotes or not found


@given(st.text(alphabet=st.characters(), max_size=300) | st.text("0123456789.,-+@/: kmRp$元", max_size=300))
def test_marks_are_in_order_and_never_overlap(text: str) -> None:
    ends = 0
    for one in FINDER.find(text):
        assert ends <= one.start < one.end <= len(text)
        assert one.label in ENTITY_LABELS
        ends = one.end


@pytest.mark.parametrize(
    "text", ["1" * 60_000, "1-" * 30_000, "a@" * 30_000, "1.1," * 20_000, "www." * 20_000, "₫1 " * 20_000]
)
def test_hostile_texts_end_in_bounded_time(text: str) -> None:
    started = time.process_time()
    FINDER.find(text)
    assert time.process_time() - started < 10


def test_a_wrong_format_is_told_with_file_and_line(tmp_path: Path) -> None:
    for path in FOLDER.glob("*.toml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "entities.toml").write_text('[money]\nlabel = "MONEY"\npatterns = ["(unclosed"]\n', encoding="utf-8")
    with pytest.raises(BadTaxonomy, match=r"entities\.toml:3: money\.patterns: found '\(unclosed'"):
        load_taxonomy(tmp_path)
