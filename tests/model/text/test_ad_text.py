from hypothesis import given
from hypothesis import strategies as st

from builders import make_ad
from model.text.ad_text import ad_text, field_span


@given(st.data())
def test_a_span_of_a_field_holds_the_words_of_the_whole(data):
    ad = make_ad(title="Deck hand", description="We pay the fare.\nWrite to us.")
    text = ad_text(ad)
    start, end = sorted(data.draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    field, first, last = field_span(ad, start, end)
    # A span over the line break belongs to the title, which ends before it does.
    expected = text[start : min(end, len(ad.title))] if field == "title" else text[start:end]
    assert getattr(ad, field)[first:last] == expected
