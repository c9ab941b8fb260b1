"""The invented first messages: each dangerous one has a lawful twin of its language and length."""

from collections import defaultdict

import pytest
from training_texts import DANGEROUS, FIRST_MESSAGES, Row

FILES = pytest.mark.parametrize("rows", FIRST_MESSAGES.values(), ids=FIRST_MESSAGES)


@FILES
def test_ids_are_in_their_order_and_genres_are_those_of_messages(rows: list[Row]) -> None:
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    assert {row["genre"] for row in rows} <= {"chat", "social"}


@FILES
def test_each_dangerous_message_has_one_lawful_twin_of_its_language(rows: list[Row]) -> None:
    pairs = defaultdict(list)
    for row in rows:
        if row["group"]:
            pairs[row["group"]].append(row)
        else:
            assert row["truth"] == "not_an_ad"
    assert pairs
    for pair in pairs.values():
        assert sorted(row["truth"] in DANGEROUS for row in pair) == [False, True]
        assert {row["truth"] for row in pair} - DANGEROUS == {"legitimate"}
        assert len({row["language"].partition("-")[0] for row in pair}) == 1


@FILES
def test_more_than_a_third_of_them_are_short_and_some_are_long_on_both_sides(rows: list[Row]) -> None:
    for kinds in (DANGEROUS, {"legitimate"}):
        lengths = [len(row["text"]) for row in rows if row["truth"] in kinds]
        assert sum(length < 100 for length in lengths) >= 0.35 * len(lengths)
        assert sum(length > 150 for length in lengths) >= 0.07 * len(lengths)


def test_there_are_at_least_a_thousand_pairs() -> None:
    assert sum(row["truth"] in DANGEROUS for rows in FIRST_MESSAGES.values() for row in rows) >= 1000
