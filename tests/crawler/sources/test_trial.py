"""Selectors made for elements of a page."""

import pytest

from crawler.extract.css import compile_selector
from crawler.extract.html_tree import parse_html
from crawler.sources.trial import find_text_blocks, find_values, selectors_of, shared_selectors

PAGE = """<div id="facts"><p class="css-1x9a firm-name">Reed Inn</p><table><tr><td>Pay "net"</td><td>900 USD</td></tr>
<tr><td>Town</td><td>Hue</td></tr></table></div>
<ul class="jobs"><li><a href="/1">Cook</a></li><li><a href="/2">Baker</a></li></ul><nav><a>Hue</a></nav>
<div class="text"><div><p>Bake bread each night for the inn.</p><p>Sundays are off.</p></div></div>"""


@pytest.mark.parametrize(
    ("value", "selector"),
    [("Reed Inn", ".firm-name"), ("900 USD", 'td:contains("Pay \\"net\\"") + td'), ("Hue", 'td:contains("Town") + td')],
)
def test_an_element_is_named_by_its_class_or_by_the_label_before_it(value, selector):
    root = parse_html(PAGE)
    [element] = find_values(root, value)
    found = next(css for css in selectors_of(element) if compile_selector(css)(root) == [element])
    assert found == selector


def test_links_are_named_by_what_they_share():
    root = parse_html(PAGE)
    links = list(root.iter("a"))[:2]
    found = [css for css in shared_selectors(links) if compile_selector(css)(root) == links]
    assert found[0] == ".jobs a"


def test_a_text_is_found_in_the_outermost_element_that_holds_nothing_else():
    root = parse_html(PAGE)
    blocks = list(find_text_blocks(root, "Bake bread each night for the inn.\n\nSundays are off."))
    assert [block.get("class") for block in blocks] == ["text", None]
    assert list(find_text_blocks(root, "No such text stands on this page.")) == []


def test_names_that_mean_something_else_in_css_make_no_selector():
    root = parse_html('<o:p class="a:b c{d">x</o:p><span>it\'s "so" \\ ]</span><b>900</b>' + "<div>" * 3000)
    for value in ("x", "900"):
        for element in find_values(root, value):
            assert all(compile_selector(css) for css in selectors_of(element))
