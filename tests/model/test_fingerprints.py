"""The fingerprints of many ads at once are those of each alone."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from builders import make_ad
from crawler.ad import fingerprint
from interpreted import interpret
from model.compiled import Kernel
from model.fingerprints import fingerprints
from model.reading.reader import whole
from model.together import Together

ODD = "aAßİſ éÉe\u0301ệ\u1ea1\u0323中文กำ\u0e4d\u0e32가\u1100\u1161\u11a8ក្ម ﬁ½…㎏ﷺ´\u00a0\u3000\u2028\x1f\t\n\x85😀𝐀"
TEXTS = st.text(max_size=30) | st.text(alphabet=st.sampled_from(ODD), max_size=30)


def told(texts):
    ads = [make_ad(title=title, description=description) for title, description in texts]
    return ads, fingerprints(ads, Together([*map(whole, ads)]))


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=5))
@example([("e", "\u0301"), ("\u00b4", "\u0301a"), ("  A  b\u3000", "\n\nß "), ("", "")])
def test_many_ads_have_the_fingerprint_of_each_alone(texts):
    ads, found = told(texts)
    assert found == [fingerprint(ad) for ad in ads]


def test_every_character_is_folded_as_the_standard_library_folds_it_wherever_it_stands():
    around = ["", "a", " ", "\u0301", "\u1161"]
    every = [chr(code) for code in range(0x3400) if unicodedata.category(chr(code)) != "Cn"]
    texts = [(before + one, one + after) for one in every for before, after in zip(around, around[::-1], strict=True)]
    ads, found = told(texts)
    assert found == [fingerprint(ad) for ad in ads]


@pytest.mark.parametrize("text", [" " * 1000, "ﷺ" * 2000, "x" * 50_000, "\ud800"])
def test_texts_of_many_alike_are_folded_whole(text):
    ads, found = told([("", text), (text, ""), ("plain", "text")])
    assert found == [fingerprint(ad) for ad in ads]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=3))
def test_machine_code_does_what_is_written(texts):
    _, by_machine = told(texts)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Kernel, "__call__", interpret)
        assert told(texts)[1] == by_machine
