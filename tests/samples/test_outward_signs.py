"""No outward sign of the invented training texts tells the dangerous from the lawful."""

import re
from collections.abc import Callable

import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from training_texts import FRAUDS_WIDE, OFFERS, OFFERS_WIDE, PARTLY, ROWS, STYLES, TWINS

SAMPLED = {
    **TWINS,
    **{name: ROWS[f"{name}.jsonl"] for name in OFFERS if name not in PARTLY},
    "frauds and look-alikes": ROWS["frauds.jsonl"] + ROWS["lookalikes.jsonl"],
    "more frauds and look-alikes": ROWS["frauds_more.jsonl"] + ROWS["lookalikes_more.jsonl"],
    "frauds and offers in many voices": ROWS["frauds_wide.jsonl"] + ROWS["offers_wide.jsonl"],
    "wild lures and look-alikes": ROWS["lures_wild.jsonl"] + ROWS["lookalikes_more.jsonl"],
    "all offers": [
        row
        for name in ("contrast_more", "frauds", "lookalikes", "board_ads", "boards_wide")
        for row in ROWS[f"{name}.jsonl"]
    ],
}
QUOTED = [*((lures, warnings) for lures, _, warnings in STYLES), ("lures_near", "warnings_voices")]
"""Lures, and texts that tell, quote or take apart such lures."""

EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf]")
OUTWARD: dict[str, Callable[[str], float]] = {
    "length": len,
    "emoji": lambda text: len(EMOJI.findall(text)),
    "line breaks": lambda text: text.count("\n"),
    "digits": lambda text: sum(char.isdigit() for char in text),
    "exclamation marks": lambda text: text.count("!"),
    "addresses": lambda text: text.count(".example"),
}


def told_apart(dangerous: list[dict[str, str]], others: list[dict[str, str]], genre: str, sign: str) -> float:
    """The AUC with which one outward sign of a genre's texts tells the dangerous from the others; 0.5 is chance."""
    chosen = [(row, dangerous is rows) for rows in (dangerous, others) for row in rows if row["genre"] == genre]
    values = [OUTWARD[sign](f"{row['title']}\n{row['text']}") for row, _ in chosen]
    return float(roc_auc_score([danger for _, danger in chosen], values))


@pytest.mark.parametrize("sign", OUTWARD)
@pytest.mark.parametrize("genre", ["chat", "board"])
@pytest.mark.parametrize("sample", SAMPLED)
def test_no_outward_sign_tells_the_class(sample: str, genre: str, sign: str) -> None:
    dangerous = [row for row in SAMPLED[sample] if row["truth"] != "legitimate"]
    lawful = [row for row in SAMPLED[sample] if row["truth"] == "legitimate"]
    assert 0.35 <= told_apart(dangerous, lawful, genre, sign) <= 0.65


@pytest.mark.parametrize("sign", OUTWARD)
@pytest.mark.parametrize("genre", ["chat", "social", "board"])
def test_no_outward_sign_tells_the_class_over_all_files_together(genre: str, sign: str) -> None:
    offers = [row for rows in ROWS.values() for row in rows if row["truth"] != "not_an_ad"]
    dangerous = [row for row in offers if row["truth"] != "legitimate"]
    lawful = [row for row in offers if row["truth"] == "legitimate"]
    assert 0.35 <= told_apart(dangerous, lawful, genre, sign) <= 0.65


@pytest.mark.parametrize("sign", OUTWARD)
@pytest.mark.parametrize("genre", ["chat", "social", "board"])
@pytest.mark.parametrize(("lures", "offers", "_"), STYLES)
def test_no_outward_sign_tells_a_lure_from_an_offer_of_its_style(
    lures: str, offers: str, _: str, genre: str, sign: str
) -> None:
    auc = told_apart(ROWS[f"{lures}.jsonl"], ROWS[f"{offers}.jsonl"], genre, sign)
    assert 0.4 <= auc <= 0.6


@pytest.mark.parametrize("sign", OUTWARD)
@pytest.mark.parametrize("genre", ["chat", "social", "board"])
@pytest.mark.parametrize(("lures", "warnings"), QUOTED)
def test_no_outward_sign_tells_a_lure_from_a_warning_that_quotes_one(
    lures: str, warnings: str, genre: str, sign: str
) -> None:
    auc = told_apart(ROWS[f"{lures}.jsonl"], ROWS[f"{warnings}.jsonl"], genre, sign)
    assert 0.3 <= auc <= 0.7


def guessed_apart(chosen: list[dict[str, str]], groups: list[str] | list[int]) -> float:
    """The AUC with which all outward signs together tell the dangerous from the lawful, groups held out."""
    values = [[sign(f"{row['title']}\n{row['text']}") for sign in OUTWARD.values()] for row in chosen]
    dangerous = [row["truth"] != "legitimate" for row in chosen]
    classifier = make_pipeline(StandardScaler(), LogisticRegression())
    guessed = cross_val_predict(
        classifier, values, dangerous, groups=groups, cv=GroupKFold(5), method="decision_function"
    )
    return float(roc_auc_score(dangerous, guessed))


@pytest.mark.parametrize("genre", ["chat", "board"])
@pytest.mark.parametrize("twins", TWINS)
def test_a_classifier_of_outward_signs_alone_guesses(twins: str, genre: str) -> None:
    """Measured 0.59 in chat and 0.62 on boards, groups held out; the limit leaves room for another solver."""
    chosen = [row for row in TWINS[twins] if row["genre"] == genre]
    assert guessed_apart(chosen, [row["group"] for row in chosen]) < 0.65


@pytest.mark.parametrize("genre", ["chat", "social", "board"])
@pytest.mark.parametrize(("lures", "offers", "_"), STYLES)
def test_a_classifier_of_outward_signs_alone_guesses_at_lures_and_offers_of_one_style(
    lures: str, offers: str, _: str, genre: str
) -> None:
    """Measured 0.57, 0.61 and 0.59 in chat, feeds and on boards for the first, 0.49, 0.53 and 0.55 for the second."""
    rows = [row for name in (lures, offers) for row in ROWS[f"{name}.jsonl"] if row["genre"] == genre]
    assert guessed_apart(rows, [row["group"] for row in rows]) < 0.65


@pytest.mark.parametrize("sign", OUTWARD)
@pytest.mark.parametrize("genre", ["chat", "social", "board"])
def test_no_outward_sign_tells_a_fraud_from_an_offer_of_its_voice(genre: str, sign: str) -> None:
    assert 0.4 <= told_apart(FRAUDS_WIDE, OFFERS_WIDE, genre, sign) <= 0.6


@pytest.mark.parametrize("genre", ["chat", "social", "board"])
def test_a_classifier_of_outward_signs_alone_guesses_at_frauds_and_offers_in_many_voices(genre: str) -> None:
    rows = [row for row in FRAUDS_WIDE + OFFERS_WIDE if row["genre"] == genre]
    assert guessed_apart(rows, list(range(len(rows)))) < 0.65
