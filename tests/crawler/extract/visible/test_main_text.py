"""Main text of a page, whatever parts are named. Every text is invented."""

import pytest

from crawler.extract.html_document import open_page
from crawler.extract.html_tree import parse_html
from crawler.extract.visible.main_text import main_text

DUTIES = "".join(
    f"<p>You carry crate {number} from the quay to the store before the tide turns and note its weight.</p>"
    for number in range(40)
)
NOTE = (
    "Ropewalk House has stood at the quay for three generations and still belongs to its founders. We pack fish, paint "
    "boats and mend nets for the whole coast, and we are proud of every knot. Our guests, our neighbours and our crews "
    "know us as a calm and friendly house that never closes its doors, not even in the longest winter of the century."
)


def text_of(html: str) -> str:
    root = parse_html(html)
    assert root is not None
    return main_text(open_page(root, "http://quay.example/jobs/1"), "Crate porter")


@pytest.mark.parametrize("name", ["description", "job-description-list", "recruiter-description"])
def test_a_longer_main_block_goes_before_a_short_part_named_a_description(name):
    html = f"<body><h1>Crate porter</h1><div>{DUTIES}</div><div class='{name}'><p>{NOTE}</p></div></body>"
    text = text_of(html)
    assert "crate 0 from" in text
    assert "crate 39 from" in text


def test_a_description_with_most_of_the_page_s_prose_is_the_text():
    html = f"<body><h1>Crate porter</h1><div class='description'>{DUTIES}</div><div><p>{NOTE}</p></div></body>"
    text = text_of(html)
    assert "crate 39 from" in text
    assert "Ropewalk" not in text


def test_a_slogan_below_the_ad_is_not_its_text():
    lines = "".join(f"<p>{number}. Carry crate {number}</p>" for number in range(40))
    html = f"<body><div><h2>Crate porter</h2><div>{lines}</div></div><div><p>{NOTE}</p></div></body>"
    text = text_of(html)
    assert "Carry crate 0" in text
    assert "Carry crate 39" in text
