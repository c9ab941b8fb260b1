"""Agreement against worked examples and against what must hold of any answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.review.recall import cohens_kappa, krippendorffs_alpha

ANSWERS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), max_size=30)


def test_kappa_of_a_worked_example():
    # 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: agreed 0.7, by chance 0.5.
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert cohens_kappa(pairs) == pytest.approx(0.4)


def test_alpha_of_krippendorffs_own_example():
    # "Computing Krippendorff's Alpha-Reliability", C: four observers, twelve units, nominal, answers missing.
    rows = [
        "1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 .",
    ]  # fmt: skip
    units = zip(*(row.split() for row in rows), strict=True)
    assert krippendorffs_alpha([[one for one in unit if one != "."] for unit in units]) == pytest.approx(
        0.743, abs=5e-4
    )


@given(ANSWERS)
def test_agreement_lies_between_its_bounds_and_does_not_mind_who_is_who(pairs):
    for measure in (cohens_kappa, krippendorffs_alpha):
        found, turned = measure(pairs), measure([(other, one) for one, other in pairs])
        assert found == (turned if turned is None else pytest.approx(turned))
        assert found is None or -1 <= found <= 1 + 1e-9


@given(st.lists(st.sampled_from("abc"), min_size=2))
def test_who_always_agree_have_one_or_nothing_to_tell(answers):
    pairs = [(one, one) for one in answers]
    expected = None if len(set(answers)) == 1 else pytest.approx(1)
    assert cohens_kappa(pairs) == expected
    assert krippendorffs_alpha(pairs) == expected


def test_nothing_to_compare_is_nothing():
    assert cohens_kappa([]) is None
    assert krippendorffs_alpha([]) is None
    assert krippendorffs_alpha([["a"], []]) is None
