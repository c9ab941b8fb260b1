"""The text that stands before an element."""

from crawler.extract.html_tree import parse_html
from crawler.extract.visible.surroundings import text_before

PAGE = b"""<html><body><p>One <b> two</b><!-- not this --> </p><div> <span></span>
<i>3<u> </u></i><section><em>four</em> five <a>6</a></section></div><hr><br>seven<h2>8</h2></body></html>"""


def test_the_text_before_an_element_is_the_nearest_that_says_something() -> None:
    root = parse_html(PAGE)
    assert root is not None
    found = {element.tag: text_before(element) for element in root.iter("p", "b", "div", "i", "em", "a", "hr", "h2")}
    assert found == {
        "p": "", "b": "One", "div": "two", "i": "two", "em": "3", "a": "five", "hr": "6", "h2": "seven",
    }  # fmt: skip


def test_it_is_the_one_that_an_xpath_finds() -> None:
    root = parse_html(PAGE)
    assert root is not None
    for element in root.iter("*"):
        nearest = "".join(element.xpath("preceding::text()[normalize-space()][1]"))
        assert text_before(element) == nearest.strip()


def test_it_is_not_looked_for_among_any_number_of_blanks() -> None:
    root = parse_html(b"<html><body>One" + b"<p> </p>" * 5_000 + b"<h2>2</h2></body></html>")
    assert root is not None
    (heading,) = root.iter("h2")
    assert text_before(heading) == ""
