"""Labels as files, with the texts as they were judged and without anybody's contacts. Every text is invented."""

import json

import pytest

from builders import NOON
from crawler.ad import fingerprint
from model.datasets.readers import read_decided
from pipeline.review.decisions import export_labels, label_lines
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
