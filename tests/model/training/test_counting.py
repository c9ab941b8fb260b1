import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from small_model import write_json_lines

from model.classifier.artefact import load_model
from model.classifier.ngrams import NgramTfidf
from model.datasets.counted import BUCKETS
from model.datasets.readers import read_counted
from model.errors import BadDataset
from model.evaluation.cross_validation import kinds_of, read_rows
from model.reading.reader import AdReader
from model.taxonomy.loader import load_taxonomy
from model.training.counting import LEAST, count_texts
from model.training.train import train


@pytest.fixture(scope="module")
def counted(small_project, small_rows, tmp_path_factory):
    """The texts that stand in for real ones, and the file of their counts."""
    rows = [row for row in small_rows if row.dataset == "real"]
    lines = list(count_texts(rows, small_project.model, small_project.taxonomy))
    return rows, lines, write_json_lines(tmp_path_factory.mktemp("counted") / "counted.jsonl.gz", lines)


def test_as_many_buckets_as_the_classifier_has():
    assert 1 << NgramTfidf().bits == BUCKETS


def test_a_counted_text_scores_as_the_text_does(counted, small_project):
    rows, _, path = counted
    reader = AdReader.from_taxonomy(load_taxonomy(small_project.taxonomy))
    classifier = load_model(small_project.model).classifier
    found = kinds_of(classifier, read_rows(reader, list(read_counted(path, "further"))))
    np.testing.assert_allclose(found, kinds_of(classifier, read_rows(reader, rows)), atol=1e-6)


def test_labels_and_groups_stay_and_no_word_does(counted):
    rows, lines, path = counted
    again = list(read_counted(path, "further"))
    assert [(row.kind, row.sort, row.ad.language) for row in again] == [
        (row.kind, row.sort, row.ad.language) for row in rows
    ]
    assert len({row.group for row in again}) == len({row.held_with for row in rows})
    assert not any(row.ad.title or row.ad.description for row in again)
    assert not any(word in str(line) for line in lines for word in ("Congratulations", "t.me", "north/chats"))


def test_what_stands_in_few_texts_and_in_no_model_is_left_out(counted, small_project):
    row = counted[0][0]
    named = replace(row, ad=replace(row.ad, description=f"{row.ad.description} Ask for Xyqwzova."))

    def ngrams(rows):
        return len(next(count_texts(rows, small_project.model, small_project.taxonomy))["ngrams"])

    assert ngrams([named] * LEAST) - ngrams([named]) > len("Xyqwzova"), "a name that several texts have is kept"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ngrams": [1, -1]}, "row 1: ngrams: expected steps from 0 on"),
        ({"ngrams": [BUCKETS]}, "row 1: ngrams: expected steps from 0 on"),
        ({"ngrams": "12"}, "row 1: ngrams is '12', expected list"),
        ({"indicators": [7]}, "row 1: indicators: expected keys of indicators"),
        ({"warning": 1}, "row 1: warning is 1, expected bool"),
        ({"kind": "lure"}, "row 1: kind is 'lure', expected one of"),
        ({"text": "Call me"}, "row 1: unknown text"),
    ],
)
def test_a_line_that_is_not_as_written_is_named(counted, tmp_path, change, said):
    path = write_json_lines(tmp_path / "bad.jsonl", [counted[1][0] | change])
    with pytest.raises(BadDataset, match=re.escape(said)):
        list(read_counted(path, "further"))


def test_a_model_learns_from_counted_texts_and_is_measured_on_them(counted, small_project, tmp_path):
    rows, _, path = counted
    catalogue = tmp_path / "datasets.toml"
    catalogue.write_text(
        f'[[dataset]]\nname = "further"\ntitle = "Further"\npath = "{path}"\nformat = "counted"\n'
        'licence = "none needed"\nnotes = "Counts."\nreal = true\n'
    )
    catalogues = (small_project.catalogue, catalogue)
    without_real = tmp_path / "first.toml"
    without_real.write_text(catalogues[0].read_text().partition('[[dataset]]\nname = "real"')[0])
    folder = train(
        without_real, small_project.taxonomy, tmp_path / "models", seed=1, root=small_project.root, further=[catalogue]
    )
    model = load_model(folder)
    assert Counter(row.kind for row in rows)["job_fraud"] == 40
    for way in ("sources_left_out", "near_copies_held_out"):
        found = model.metrics["real"][way]
        assert found["model"]["slices"]["further_dangerous"]["0.02"]["of"] == 40
        assert "further_dangerous" not in found["plain_recipe"]["slices"], "it takes texts alone"
        assert "further_dangerous" not in found["difference"]
    assert "| scams and lures of further sources |" in (folder / "card.md").read_text()
