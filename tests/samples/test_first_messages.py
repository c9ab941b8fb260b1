"""The invented first messages: each dangerous one has a lawful twin, and nothing outward tells which is which."""

import json
import re
from collections import defaultdict

import pytest
from sklearn.metrics import roc_auc_score

from model.datasets.invented import read_texts
from training_texts import ROWS as OTHERS
from training_texts import SAMPLES

PATH = SAMPLES / "first_messages.jsonl"
ROWS = [json.loads(line) for line in PATH.read_text(encoding="utf-8").splitlines()]
DANGEROUS = {"job_fraud", "trafficking_recruitment"}
EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf]")
LINK = re.compile(r"https?://|\b(?:wa|t|zalo)\.me/|\bbit\.ly/|\blin\.ee/", re.IGNORECASE)
OUTWARD = {
    "length": len,
    "links": lambda text: len(LINK.findall(text)),
    "handles": lambda text: text.count("@"),
    "digits": lambda text: sum(char.isdigit() for char in text),
    "emoji": lambda text: len(EMOJI.findall(text)),
    "exclamation marks": lambda text: text.count("!"),
    "capitals": lambda text: sum(char.isupper() for char in text) / len(text),
}


def words(text):
    return re.sub(r"[\W\d_]", "", text.casefold())


def test_ids_and_texts_stand_there_once_in_their_order_and_in_no_other_file():
    ids = [row["id"] for row in ROWS]
    assert ids == sorted(set(ids))
    assert len({row["text"] for row in ROWS}) == len(ROWS)
    assert not {words(row["text"]) for row in ROWS} & {words(row["text"]) for rows in OTHERS.values() for row in rows}
    assert f"| `first_messages.jsonl` | {len(ROWS)} |" in (SAMPLES / "README.md").read_text(encoding="utf-8")


def test_every_text_has_a_reason_and_reads_in_its_format():
    assert all(row["why"].strip() and row["text"] == row["text"].strip() for row in ROWS)
    assert {row["genre"] for row in ROWS} == {"chat", "social"}
    assert len(list(read_texts(PATH, "first-messages"))) == len(ROWS)


def test_each_dangerous_message_has_one_lawful_twin_of_its_language():
    pairs = defaultdict(list)
    for row in ROWS:
        if row["group"]:
            pairs[row["group"]].append(row)
        else:
            assert row["truth"] == "not_an_ad"
    assert len(pairs) >= 1000
    for pair in pairs.values():
        assert sorted(row["truth"] in DANGEROUS for row in pair) == [False, True]
        assert {row["truth"] for row in pair} - DANGEROUS == {"legitimate"}
        assert len({row["language"].partition("-")[0] for row in pair}) == 1


def test_half_of_them_are_short_and_some_are_long_on_both_sides():
    for kinds in (DANGEROUS, {"legitimate"}):
        lengths = [len(row["text"]) for row in ROWS if row["truth"] in kinds]
        assert sum(length < 100 for length in lengths) >= 0.5 * len(lengths)
        assert sum(length > 300 for length in lengths) >= 0.07 * len(lengths)


@pytest.mark.parametrize("sign", OUTWARD)
@pytest.mark.parametrize("genre", ["chat", "social"])
def test_no_outward_sign_tells_a_dangerous_message_from_a_lawful_one(genre, sign):
    offers = [row for row in ROWS if row["genre"] == genre and row["truth"] != "not_an_ad"]
    values = [float(OUTWARD[sign](row["text"])) for row in offers]
    assert 0.45 <= roc_auc_score([row["truth"] in DANGEROUS for row in offers], values) <= 0.55
