"""What makes two texts the same, whatever the shorter way there."""

import sys
from hashlib import blake2b
from unicodedata import normalize

from hypothesis import given
from hypothesis import strategies as st

from builders import make_ad
from crawler.ad import fingerprint

_ODD = st.sampled_from("\n\r\t\x1c\x85\u00a0\u1680\u2003\u2028\u3000\u0301\u0338\u1d16e\u0f71 =<ｋ①…İßﬁ")


def folded_plainly(text):
    return " ".join(normalize("NFKC", text).casefold().split())


def by_the_definition(ad):
    said = "\x1f".join((folded_plainly(ad.title), folded_plainly(ad.description)))
    return blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@given(st.text(st.one_of(_ODD, st.characters())), st.text())
def test_a_fingerprint_is_that_of_the_words_in_one_case_and_compatible_form_each_parted_by_a_space(title, description):
    ad = make_ad(title=title, description=description)
    assert fingerprint(ad) == by_the_definition(ad)


def test_so_it_is_for_every_character():
    around = "".join(f"a{chr(code)}B\n{chr(code)} " for code in range(sys.maxunicode + 1))
    ad = make_ad(title="", description=around)
    assert fingerprint(ad) == by_the_definition(ad)
