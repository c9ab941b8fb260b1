"""The invented checks keep the shape that makes them fit for measuring."""

import json
import re
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path
from statistics import mean

import pytest

FOLDER = Path(__file__).parents[2] / "data" / "samples" / "invented_checks"
FIELDS = {
    "id",
    "group",
    "language",
    "truth",
    "genre",
    "strength",
    "exploitation",
    "title",
    "text",
    "why",
}
LANGUAGES = set("vi id ms en tl th zh-Hans zh-Hant km my lo ko ja ru uk es pt fr ar hi bn ne sw".split())
EXPLOITATION = {
    "forced_criminality",
    "debt_bondage",
    "forced_labour",
    "sexual_exploitation",
    "domestic_servitude",
    "forced_marriage",
    "organ_removal",
}
LURE, FRAUD, LAWFUL, NO_AD = (
    "trafficking_recruitment",
    "job_fraud",
    "legitimate",
    "not_an_ad",
)
EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")

Row = dict[str, str]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    lines = (FOLDER / "texts.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def of(rows: list[Row], truth: str) -> list[Row]:
    return [row for row in rows if row["truth"] == truth]


def share(rows: list[Row], pattern: re.Pattern[str]) -> float:
    return mean(bool(pattern.search(row["text"])) for row in rows)


def base_language(row: Row) -> str:
    return row["id"].rsplit("-", 1)[0]


def test_every_row_has_the_same_fields_and_all_of_them_are_text(rows: list[Row]) -> None:
    for row in rows:
        assert set(row) == FIELDS, row["id"]
        assert all(isinstance(value, str) for value in row.values()), row["id"]


def test_ids_are_unique_and_no_text_appears_twice(rows: list[Row]) -> None:
    assert len({row["id"] for row in rows}) == len(rows)
    plain = Counter(re.sub(r"\W+", " ", row["text"]).casefold().strip() for row in rows)
    assert [text for text, times in plain.items() if times > 1] == []


def test_texts_are_composed_unicode_without_stray_blanks(rows: list[Row]) -> None:
    for row in rows:
        for field in ("title", "text", "why"):
            assert unicodedata.is_normalized("NFC", row[field]), row["id"]
            assert row[field] == row[field].strip(), row["id"]
        assert row["text"], row["id"]
        assert row["why"].endswith("."), row["id"]


def test_labels_come_from_the_closed_lists_and_agree_with_each_other(rows: list[Row]) -> None:
    for row in rows:
        truth = row["truth"]
        assert truth in {LURE, FRAUD, LAWFUL, NO_AD}, row["id"]
        strong = {"blatant", "medium", "subtle"} if truth in {LURE, FRAUD} else {""}
        assert row["strength"] in strong, row["id"]
        assert row["exploitation"] in (EXPLOITATION if truth == LURE else {""}), row["id"]
        assert row["genre"] in ({"chat", "board", "news"} if truth == NO_AD else {"chat", "board"})
        assert bool(row["title"]) == (row["genre"] != "chat"), row["id"]


def test_every_language_has_every_truth_in_both_genres(rows: list[Row]) -> None:
    seen: defaultdict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for row in rows:
        seen[base_language(row)][row["truth"], row["genre"]] += 1
        assert row["language"].split("-Latn")[0] == base_language(row), row["id"]
    assert set(seen) == LANGUAGES
    for language, counts in seen.items():
        for truth in (LURE, LAWFUL):
            assert min(counts[truth, "chat"], counts[truth, "board"]) >= 3, (language, truth)
        assert min(counts[FRAUD, "chat"], counts[FRAUD, "board"]) >= 1, language
        assert min(counts[NO_AD, "chat"], counts[NO_AD, "news"]) >= 1, language


def test_length_does_not_give_a_lure_away(rows: list[Row]) -> None:
    lures, lawful = ([len(row["text"]) for row in of(rows, truth)] for truth in (LURE, LAWFUL))
    assert abs(mean(lures) - mean(lawful)) <= 0.15 * mean(lures)
    for lengths in (lures, lawful):
        assert min(lengths) <= 40
        assert max(lengths) >= 800


@pytest.mark.parametrize(
    "pattern",
    [
        EMOJI,
        re.compile(r"\n"),
        re.compile(r"\d"),
        re.compile(r"@\w+_000"),
        re.compile(r"\.example\b"),
    ],
    ids=["emoji", "line break", "digit", "chat handle", "mail or site"],
)
def test_no_outward_feature_belongs_to_one_class(rows: list[Row], pattern: re.Pattern[str]) -> None:
    lures, lawful = share(of(rows, LURE), pattern), share(of(rows, LAWFUL), pattern)
    assert lures > 0
    assert lawful > 0
    assert abs(lures - lawful) <= 0.1


def test_many_lures_have_a_lawful_twin_in_their_group(rows: list[Row]) -> None:
    lawful = {row["group"] for row in of(rows, LAWFUL)}
    twins = [row for row in of(rows, LURE) if row["group"] in lawful]
    assert len(twins) >= 100


def test_the_readme_gives_the_counts_that_the_file_has(rows: list[Row]) -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert f"{len(rows)} short texts in {len({code[:2] for code in LANGUAGES})} languages" in readme
    for truth in (LURE, FRAUD, LAWFUL, NO_AD):
        assert f"| `{truth}` | {len(of(rows, truth))} |" in readme
