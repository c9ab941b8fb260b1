import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from model.chart import Bar, Line, draw_bars, draw_lines
from model.evaluation.card import precision_recall, reliability
from model.evaluation.metrics import wilson

SHARES = st.floats(0, 1)


@given(st.lists(st.tuples(SHARES, SHARES), min_size=1, max_size=9), st.text(max_size=9))
def test_a_chart_is_xml_that_stays_within_its_frame_whatever_it_shows(points, name):
    name = "".join(letter for letter in name if letter.isprintable())
    chart = draw_lines("Title & more", "across", "up", [Line(name=name, points=points, has_dots=True)])
    root = ET.fromstring(chart.svg)
    places = [place.split(",") for place in root.find("{*}polyline").get("points").split()]
    assert len(places) == len(points)
    assert all(52 <= float(x) <= 352 and 34 <= float(y) <= 334 for x, y in places)
    assert chart.svg == draw_lines("Title & more", "across", "up", [Line(name=name, points=points, has_dots=True)]).svg


def test_a_bar_is_as_long_as_its_value_and_shows_its_interval():
    chart = draw_bars("Found", "recall", [Bar(name="vi (12)", value=0.5, low=0.25, high=0.75), Bar(name="th", value=1)])
    widths = [one.get("width") for one in ET.fromstring(chart.svg).findall("{*}rect")][1:]
    assert widths == ["150.0", "300.0"]
    assert chart._repr_svg_() == chart.svg, "a notebook shows it"


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=60))
def test_the_lines_say_what_the_measures_say(pairs):
    truth, score = np.array([one for one, _ in pairs]), np.array([two / 5 for _, two in pairs])
    if not truth.any():
        return
    curve = precision_recall(truth, score)
    gains = np.diff([0.0, *(recall for recall, _ in curve)])
    assert sum(gains * [precision for _, precision in curve]) == pytest.approx(average_precision_score(truth, score))
    assert all(0 <= said <= 1 and 0 <= was <= 1 for said, was in reliability(truth, score))


@given(SHARES, st.integers(1, 500))
def test_the_interval_of_a_share_holds_it_and_narrows_with_more_texts(share, count):
    low, high = wilson(share, count)
    assert -1e-9 <= low <= share + 1e-9
    assert share - 1e-9 <= high <= 1 + 1e-9
    narrower = wilson(share, 4 * count)
    assert narrower[1] - narrower[0] < high - low
