from hypothesis import given
from hypothesis import strategies as st

from model.embedding.pieces import LONGEST, cut_pieces

TEXTS = st.text(alphabet=st.sampled_from("ab ก中.。\n, \t🙂"), max_size=3_000)


@given(TEXTS, st.integers(1, 20))
def test_pieces_follow_one_another_and_leave_out_only_white_space(text, most):
    pieces = cut_pieces(text, most=most)
    assert len(pieces) <= most
    at = 0
    for start, end in pieces:
        assert at <= start < end <= start + LONGEST
        assert not text[at:start].strip()
        assert not text[start].isspace()
        assert not text[end - 1].isspace()
        at = end
    if len(pieces) < most:
        assert not text[at:].strip()


def test_a_piece_ends_where_a_line_or_a_sentence_does():
    line, sentence = "Bread is baked here every day\n" * 20, "Bread is baked here every day. " * 20
    assert {line[start:end][-3:] for start, end in cut_pieces(line, most=9)} == {"day"}
    assert {sentence[start:end][-4:] for start, end in cut_pieces(sentence, most=9)} == {"day."}


def test_a_text_without_any_end_is_cut_all_the_same():
    assert cut_pieces("a" * 800, most=9) == [(0, 350), (350, 700), (700, 800)]
    assert cut_pieces(" \n ", most=9) == []
