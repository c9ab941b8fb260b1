"""A page is looked at as a person would only where that could give more than its structured data; nothing is lost."""

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from crawler.extract.html.document import open_page, parse_html
from crawler.extract.html.text import element_to_text
from crawler.extract.structured.job_posting import MUCH_FULLER, fuller_text
from crawler.extract.visible.ad_page import shown_text, view_page
from crawler.extract.visible.main_text import main_text, most_text

URL = "http://board.test/jobs/1"

PIECES = st.sampled_from(
    [
        "Night baker wanted in Harbour town",
        "Phụ bếp ca đêm, bao ăn ở",
        "招聘快递分拣员",
        "รับสมัครพนักงาน",
        "u\u0308\u0304",
        "\u0323",
        "\u0958",
        "\u1100",
        "\u1161\u11a8",
        " ",
        "\n \n",
        "\u3000\u3000",
        "\xa0",
        "\x01",
        "&#x1d160;",
        "…",
        "<br>",
        "<br><br><br><br>",
        "<hr>",
        "<img src=x>",
        "<script>var shown = 'no, this is not shown';</script>",
    ]
)
TAGS = st.sampled_from(["div", "p", "span", "b", "section", "article", "li", "table", "td", "h1", "h2", "pre", "aside"])
NAMES = st.sampled_from(["", ' class="job-description"', ' id="content"', ' class="jd-body"'])


def element(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    whole = st.tuples(TAGS, NAMES, st.lists(parts, max_size=5))
    return whole.map(lambda one: f"<{one[0]}{one[1]}>{''.join(one[2])}</{one[0]}>")


MARKUP = st.lists(st.recursive(PIECES, element, max_leaves=12), min_size=1, max_size=6).map("".join)


def tree_of(markup: str, title: str) -> etree._Element:
    root = parse_html(f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{markup}</body></html>")
    assert root is not None
    return root


@settings(deadline=None, max_examples=300)
@given(MARKUP, st.sampled_from(["Night baker", "招聘", "Phụ bếp ca đêm"]))
def test_no_part_of_a_page_has_more_text_than_the_most_that_it_can_have(markup: str, title: str) -> None:
    root = tree_of(markup, title)
    most = most_text(root)
    elements = [one for one in root.iter() if isinstance(one.tag, str)]
    assert all(len(element_to_text(one)) <= most for one in elements)
    assert all(len("\n\n".join(filter(None, map(element_to_text, one)))) <= most for one in elements)
    assert all(len("\n".join(map(element_to_text, one))) <= most for one in elements)
    assert len(main_text(open_page(root, URL), title)) <= most


@settings(deadline=None, max_examples=150)
@given(MARKUP, st.lists(PIECES, min_size=1, max_size=4).map("".join))
def test_a_teaser_is_completed_as_if_the_whole_page_were_weighed(markup: str, told: str) -> None:
    told = unicodedata.normalize("NFC", told) + "a"
    weighed = view_page(open_page(tree_of(markup, "Night baker"), URL), frozenset()).ad.description
    shown = shown_text(open_page(tree_of(markup, "Night baker"), URL), longer_than=MUCH_FULLER * len(told))
    assert shown in (weighed, None)
    assert fuller_text(told, shown) == fuller_text(told, weighed)
