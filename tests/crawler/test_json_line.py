"""Lines of JSON say what they were given, whatever texts and numbers a page holds."""

import json

from hypothesis import given
from hypothesis import strategies as st

from crawler.files import dumps_line

ANY_TEXT = st.text(st.characters(exclude_categories=()))
VALUES = st.recursive(st.none() | st.booleans() | st.integers() | ANY_TEXT, st.lists, max_leaves=5)


@given(st.dictionaries(ANY_TEXT, VALUES, max_size=5))
def test_a_line_says_what_it_was_given(record):
    line = dumps_line(record)
    assert json.loads(line) == record
    assert line.encode().count(b"\n") == 1
    assert line.endswith("\n")
