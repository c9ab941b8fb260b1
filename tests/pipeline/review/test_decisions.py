"""Labels as files, without anybody's contacts, and agreement of analysts. Every text is invented."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import NOON
from crawler.ad import fingerprint
from model.datasets.readers import read_decided
from pipeline.review.decisions import cohens_kappa, export_labels, krippendorffs_alpha, label_lines
from referral_samples import LURE, SECRETS, agree, filled_queue


@pytest.fixture
def store(tmp_path):
    with filled_queue(tmp_path) as opened:
        agree(opened)
        yield opened


def test_labels_without_contacts_hold_none_and_nothing_that_was_computed_from_them(store):
    (line,) = label_lines(store, contacts=False)
    assert not any(secret in line for secret in (*SECRETS, "011 000 777", LURE.ad_id, fingerprint(LURE)))
    label = json.loads(line)
    assert (label["ad_id"], label["decided_at"]) == ("example-board:case-1", NOON.date().isoformat())
    assert (label["verdict"], label["rejected"]) == ("trafficking_recruitment", ["movement.no_passport"])
    assert (len(label["title"]), len(label["description"])) == (len(LURE.title), len(LURE.description))
    assert "mai" not in line
    assert "Call " not in line, "notes stay in the house"


def test_labels_for_training_here_hold_the_text_as_it_was_judged(store):
    (line,) = label_lines(store, contacts=True)
    label = json.loads(line)
    assert (label["description"], label["fingerprint"]) == (LURE.description, fingerprint(LURE))


@pytest.mark.parametrize("contacts", [True, False])
def test_training_reads_both(store, tmp_path, contacts):
    assert export_labels(store, tmp_path / "labels.jsonl", contacts=contacts) == 1
    (read,) = read_decided(tmp_path / "labels.jsonl", "here")
    assert read.kind == "trafficking_recruitment"
    assert len(read.ad.description) == len(LURE.description)


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
