import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.chart import Bar, draw_bars
from pipeline.web.charts import draw_days, draw_months, side_by_side

MONTHS = ("2025-12", "2026-01", "2026-02")
POINT = st.none() | st.floats(0, 1).map(lambda share: (share, share / 2, (1 + share) / 2))
LINES = st.lists(st.lists(POINT, min_size=3, max_size=3), max_size=9)


def words(chart):
    return [each.text for each in ET.fromstring(chart.svg).findall(".//{*}text")]


@given(LINES)
def test_every_share_that_is_told_is_a_dot_within_the_frame(lines):
    chart = draw_months("T", "u", MONTHS, [(f"n{at}", line) for at, line in enumerate(lines)])
    dots = ET.fromstring(chart.svg).findall("{*}circle")
    assert len(dots) == sum(point is not None for line in lines for point in line)
    assert all(34 <= float(dot.get("cy")) <= 204 and 52 <= float(dot.get("cx")) <= 352 for dot in dots)


@given(LINES)
def test_no_label_lies_on_another(lines):
    chart = draw_months("T", "u", MONTHS, [(f"n{at}", line) for at, line in enumerate(lines)])
    labels = [each for each in ET.fromstring(chart.svg).findall(".//{*}text") if each.text.startswith("n")]
    heights = sorted(float(each.get("y")) for each in labels)
    assert len(labels) == sum(any(line) for line in lines)
    assert all(two - one >= 12.9 for one, two in pairwise(heights))


def test_a_month_that_is_not_told_is_a_gap():
    told = (0.2, 0.1, 0.3)
    chart = draw_months("T", "u", MONTHS, [("men", [told, None, told])])
    runs = [each.get("points") for each in ET.fromstring(chart.svg).findall("{*}polyline")]
    assert [run.count(",") for run in runs] == [1, 1]


@pytest.mark.parametrize(("high", "top"), [(0.04, "5 %"), (0.09, "10 %"), (0.3, "50 %"), (0.51, "100 %")])
def test_the_axis_ends_where_the_highest_interval_does(high, top):
    said = words(draw_months("T", "u", MONTHS, [("a", [(0.01, 0.0, high)] * 3)]))
    assert top in said
    assert "2026" in said, "a year stands where it begins"


def test_of_days_that_are_alike_one_says_its_number():
    chart = draw_days("T", "u", [(f"2026-10-{day:02}", 320) for day in range(1, 31)])
    assert words(chart).count("320") == 1


def test_charts_side_by_side_are_one_picture_that_holds_them_all():
    charts = [draw_bars(f"chart {at}", "along", [Bar(name="a", value=at / 5)]) for at in range(5)]
    whole = side_by_side("all", charts)
    assert {f"chart {at}" for at in range(5)} | {"all"} <= set(words(whole))
    root = ET.fromstring(whole.svg)
    inner = root.findall("{*}svg")
    assert [(int(each.get("x")) > 0, int(each.get("y"))) for each in inner][:3] == [
        (False, 34), (True, 34), (False, 34 + int(inner[0].get("height"))),
    ]  # fmt: skip
    assert int(root.get("height")) >= int(inner[-1].get("y")) + int(inner[-1].get("height"))
