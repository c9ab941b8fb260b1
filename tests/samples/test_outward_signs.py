"""No outward sign of the invented training texts tells the dangerous from the lawful."""

import re
from collections.abc import Callable

import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from training_texts import DANGEROUS, FIRST_MESSAGES, ROWS, Row, offers, whole

GENRES = ("chat", "social", "board")
LEAST = 30
"""Dangerous texts, and lawful ones, below which a sample's AUC says little."""

EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf]")
LINK = re.compile(r"https?://|\b(?:wa|t|zalo)\.me/|\bbit\.ly/|\blin\.ee/|\.example\b", re.IGNORECASE)
OUTWARD: dict[str, Callable[[str], float]] = {
    "length": len,
    "links": lambda text: len(LINK.findall(text)),
    "handles": lambda text: text.count("@"),
    "emoji": lambda text: len(EMOJI.findall(text)),
    "line breaks": lambda text: text.count("\n"),
    "digits": lambda text: sum(char.isdigit() for char in text),
    "exclamation marks": lambda text: text.count("!"),
    "capitals": lambda text: sum(char.isupper() for char in text) / max(1, len(text)),
}


def samples(files: dict[str, list[Row]]) -> list:
    """Each file and genre that has enough of both."""
    found = []
    for name, rows in files.items():
        for genre in GENRES:
            chosen = [row for row in offers(rows) if row["genre"] == genre]
            dangerous = sum(row["truth"] in DANGEROUS for row in chosen)
            if min(dangerous, len(chosen) - dangerous) >= LEAST:
                found.append(pytest.param(chosen, id=f"{name}, {genre}"))
    return found


EVERY = {"all files": [row for rows in ROWS.values() for row in rows]}


def told_apart(rows: list[Row], sign: str) -> float:
    """The AUC with which one outward sign tells the dangerous from the lawful; 0.5 is chance."""
    values = [OUTWARD[sign](whole(row)) for row in rows]
    return float(roc_auc_score([row["truth"] in DANGEROUS for row in rows], values))


@pytest.mark.parametrize("sign", OUTWARD)
@pytest.mark.parametrize("rows", samples(ROWS | EVERY))
def test_no_outward_sign_tells_the_class(rows: list[Row], sign: str) -> None:
    assert 0.35 <= told_apart(rows, sign) <= 0.65


@pytest.mark.parametrize("sign", OUTWARD)
@pytest.mark.parametrize("rows", samples(FIRST_MESSAGES))
def test_no_outward_sign_tells_a_dangerous_first_message_from_a_lawful_one(rows: list[Row], sign: str) -> None:
    assert 0.45 <= told_apart(rows, sign) <= 0.55


@pytest.mark.parametrize("rows", samples(ROWS))
def test_a_classifier_of_outward_signs_alone_guesses(rows: list[Row]) -> None:
    """With groups held out; a text without a group is one by itself."""
    values = [[sign(whole(row)) for sign in OUTWARD.values()] for row in rows]
    dangerous = [row["truth"] in DANGEROUS for row in rows]
    classifier = make_pipeline(StandardScaler(), LogisticRegression())
    groups = [row.get("group") or row["id"] for row in rows]
    guessed = cross_val_predict(
        classifier, values, dangerous, groups=groups, cv=GroupKFold(5), method="decision_function"
    )
    assert roc_auc_score(dangerous, guessed) < 0.66
