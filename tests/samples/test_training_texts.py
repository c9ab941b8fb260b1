"""The invented training texts: their shape."""

import re
from collections import Counter, defaultdict

import pytest

from crawler.language.identify import LANGUAGES
from training_texts import (
    CHINESE,
    FILES,
    FLAT,
    FRAUDS,
    FRAUDS_WIDE,
    GROUPED,
    LURES,
    OFFERS,
    OFFERS_WIDE,
    PARTLY,
    ROWS,
    SAMPLES,
    STYLES,
    TWINS,
    WIDER,
    alphabetic,
    main_language,
)

TRUTHS = {
    "messages.jsonl": {"not_an_ad"},
    "messages_more.jsonl": {"not_an_ad"},
    "warnings.jsonl": {"not_an_ad"},
    "warnings_more.jsonl": {"not_an_ad"},
    "warnings_wide.jsonl": {"not_an_ad"},
    "warnings_near.jsonl": {"not_an_ad"},
    "messages_beside.jsonl": {"not_an_ad"},
    "warnings_voices.jsonl": {"not_an_ad"},
    "messages_near.jsonl": {"not_an_ad"},
    "frauds.jsonl": {"job_fraud"},
    "lookalikes.jsonl": {"legitimate"},
    "lures_wild.jsonl": {"trafficking_recruitment"},
    "lures_more.jsonl": {"trafficking_recruitment"},
    "offers_lawful.jsonl": {"legitimate"},
    "lures_near.jsonl": {"trafficking_recruitment"},
    "offers_near.jsonl": {"legitimate"},
    "frauds_more.jsonl": {"job_fraud"},
    "lookalikes_more.jsonl": {"legitimate"},
    "board_ads.jsonl": {"legitimate"},
    "boards_wide.jsonl": {"legitimate"},
    "boards_zh.jsonl": {"legitimate"},
    "frauds_wide.jsonl": {"job_fraud"},
    "offers_wide.jsonl": {"legitimate"},
    "contrast_more.jsonl": {"trafficking_recruitment", "job_fraud", "legitimate"},
    "contrast_wide.jsonl": {"trafficking_recruitment", "job_fraud", "legitimate"},
    "contrast_frauds.jsonl": {"job_fraud", "legitimate"},
    "contrast_frauds_more.jsonl": {"job_fraud", "legitimate"},
    "contrast_zh.jsonl": {"trafficking_recruitment", "job_fraud", "legitimate"},
    "contrast_lures.jsonl": {"trafficking_recruitment", "legitimate"},
    "contrast_plain.jsonl": {"trafficking_recruitment", "legitimate"},
    "contrast_frauds_plain.jsonl": {"job_fraud", "legitimate"},
    "contrast_zh_plain.jsonl": {"trafficking_recruitment", "job_fraud", "legitimate"},
    "contrast_chats.jsonl": {"trafficking_recruitment", "job_fraud", "legitimate"},
    "boards_english.jsonl": {"job_fraud", "legitimate"},
    "titles.jsonl": {"trafficking_recruitment", "job_fraud", "legitimate"},
    "offers_plain.jsonl": {"trafficking_recruitment", "job_fraud", "legitimate"},
    "boards_far.jsonl": {"legitimate"},
    "boards_zh_more.jsonl": {"legitimate"},
    "messages_phone.jsonl": {"not_an_ad"},
    "warnings_plain.jsonl": {"not_an_ad"},
    "contrast.jsonl.gz": {"trafficking_recruitment", "job_fraud", "legitimate", "not_an_ad"},
}
MANY = {
    "messages_more.jsonl": 900,
    "warnings_more.jsonl": 250,
    "board_ads.jsonl": 350,
    "boards_wide.jsonl": 300,
    "warnings_wide.jsonl": 260,
    "messages_beside.jsonl": 220,
    "lures_more.jsonl": 200,
    "offers_lawful.jsonl": 200,
    "warnings_near.jsonl": 280,
    "lures_near.jsonl": 200,
    "offers_near.jsonl": 200,
    "frauds_wide.jsonl": 200,
    "offers_wide.jsonl": 150,
    "warnings_voices.jsonl": 350,
    "messages_near.jsonl": 200,
    "boards_far.jsonl": 400,
    "messages_phone.jsonl": 500,
    "warnings_plain.jsonl": 300,
    "titles.jsonl": 500,
    "offers_plain.jsonl": 300,
}
FEW = {"frauds_more.jsonl", *(f"{name}.jsonl" for name in (*WIDER, *OFFERS))}
"""Files in which a small language has two or three texts."""

ADDRESS = re.compile(r"(?:[\w.+-]+@|https?://)(?:[a-z0-9-]+\.)+[a-z]+", re.IGNORECASE)


@pytest.mark.parametrize("name", FILES)
def test_the_readme_counts_what_is_there(name: str) -> None:
    readme = (SAMPLES / "README.md").read_text(encoding="utf-8")
    assert f"| `{name}` | {len(ROWS[name])} |" in readme


def test_ids_and_texts_are_unique() -> None:
    rows = [row for rows in ROWS.values() for row in rows]
    ids = Counter(row["id"] for row in rows)
    texts = Counter(re.sub(r"[\W\d_]", "", row["text"].lower()) for row in rows)
    assert [key for key, count in ids.items() if count > 1] == []
    assert [text[:60] for text, count in texts.items() if count > 1] == []


@pytest.mark.parametrize("name", FILES)
def test_every_text_has_a_label_its_reason_and_a_known_language(name: str) -> None:
    for row in ROWS[name]:
        assert row["truth"] in TRUTHS[name], row["id"]
        assert row["genre"] in {"chat", "board", "social", "news"}, row["id"]
        assert main_language(row) in LANGUAGES, row["id"]
        assert row["text"] == row["text"].strip() != "", row["id"]
        assert row["why"].strip(), row["id"]
        assert row["genre"] != "chat" or not row.get("title"), row["id"]


@pytest.mark.parametrize("name", [f"{name}.jsonl" for name in (*FLAT, *GROUPED) if name not in (*CHINESE, *PARTLY)])
def test_every_language_is_there(name: str) -> None:
    counts = Counter(main_language(row) for row in ROWS[name])
    assert {language for language in LANGUAGES if language != "hi-Latn"} <= set(counts)
    assert min(counts.values()) >= (2 if name in FEW else 4)


@pytest.mark.parametrize("name", MANY)
def test_the_further_texts_are_many_of_every_length_and_genre(name: str) -> None:
    lengths = sorted(len(row["text"]) for row in ROWS[name])
    genres = Counter(row["genre"] for row in ROWS[name])
    assert len(lengths) >= MANY[name]
    assert lengths[len(lengths) // 20] * 4 <= lengths[-len(lengths) // 20], "the shortest and longest twentieth"
    assert len(genres) >= 2
    assert max(genres.values()) <= 0.85 * len(lengths)


def test_further_messages_are_most_where_ordinary_text_was_flagged_most() -> None:
    counts = Counter(main_language(row) for row in ROWS["messages_more.jsonl"])
    assert min(counts[language] for language in ("vi", "id", "ru", "en")) >= 90
    assert min(counts[language] for language in ("tl", "th", "zh", "es", "uk")) >= 45
    assert min(counts.values()) >= 22


@pytest.mark.parametrize("name", FILES)
def test_every_mail_and_web_address_is_an_example(name: str) -> None:
    found = [match for row in ROWS[name] for match in ADDRESS.findall(row["text"])]
    assert [address for address in found if not address.endswith(".example")] == []


def test_a_group_tells_one_offer_four_times() -> None:
    groups = defaultdict(list)
    for row in (row for rows in TWINS.values() for row in rows):
        groups[row["group"]].append(row)
    for name, rows in groups.items():
        cells = {(row["genre"], row["truth"] == "legitimate") for row in rows}
        assert (len(rows), len(cells)) == (4, 4), name
        for key in ("language", "kind", "origin", "destination", "target"):
            assert len({row[key] for row in rows}) == 1, (name, key)
        assert all((row["strength"] == "") == (row["truth"] == "legitimate") for row in rows), name


@pytest.mark.parametrize(("lures", "offers", "_"), STYLES)
def test_each_lure_has_one_lawful_offer_of_its_language_and_genre(lures: str, offers: str, _: str) -> None:
    lawful = {row["group"]: row for row in ROWS[f"{offers}.jsonl"]}
    assert len(lawful) == len(ROWS[f"{offers}.jsonl"]) == len(ROWS[f"{lures}.jsonl"])
    for row in ROWS[f"{lures}.jsonl"]:
        other = lawful[row["group"]]
        assert (row["language"], row["genre"]) == (other["language"], other["genre"]), row["group"]


@pytest.mark.parametrize("lures", LURES)
def test_most_lures_in_chat_are_short_as_are_their_lawful_twins(lures: str) -> None:
    """In scripts that put no space between words their length is not counted."""
    words = defaultdict(list)
    for row in TWINS[lures]:
        if row["genre"] == "chat" and alphabetic(row):
            words[row["group"]].append(len(row["text"].split()))
    assert sum(min(pair) >= 15 and max(pair) <= 60 for pair in words.values()) >= 0.8 * len(words) >= 45


@pytest.mark.parametrize("lures", LURES)
def test_lures_are_of_every_strength_and_most_of_them_not_blatant(lures: str) -> None:
    strengths = Counter(row["strength"] for row in TWINS[lures] if row["truth"] != "legitimate")
    total = sum(strengths.values())
    assert 0.15 * total <= strengths["blatant"] <= 0.25 * total
    assert strengths["subtle"] >= 0.4 * total


@pytest.mark.parametrize("frauds", FRAUDS)
def test_a_third_of_the_board_ads_of_job_fraud_are_long(frauds: str) -> None:
    """900 characters are about 150 words; scripts that need fewer characters for them are left out."""
    lengths = [len(row["text"]) for row in TWINS[frauds] if row["genre"] == "board" and alphabetic(row)]
    assert sum(length >= 900 for length in lengths) >= len(lengths) / 3


def test_further_frauds_are_most_on_chinese_boards_and_in_long_english_ads() -> None:
    boards = [row for row in TWINS["contrast_frauds_more"] if row["genre"] == "board"]
    chinese = [row for row in boards if main_language(row) == "zh"]
    long_english = [row for row in boards if main_language(row) == "en" and len(row["text"]) >= 1000]
    assert len(chinese) >= 2 * 60, "two board ads a group"
    assert len(long_english) >= 2 * 45
    assert min(Counter(row["language"].partition("-")[2] for row in chinese).values()) >= 2 * 12


def test_of_the_wide_board_ads_four_in_ten_are_long_and_few_english_ones_promise_that_nothing_is_charged() -> None:
    """A lure may promise it too: what protects a worker must not be what tells a lawful ad."""
    rows = ROWS["boards_wide.jsonl"]
    lengths = [len(row["text"]) for row in rows if row["genre"] == "board" and alphabetic(row)]
    assert sum(length >= 1200 for length in lengths) >= 0.4 * len(lengths)
    english = [row["text"] for row in rows if main_language(row) == "en"]
    promise = re.compile(
        r"\b(?:no|never|not|n't|nobody|zero)\b[^.]{0,40}\b(?:fees?|charges?|money|payment)\b", re.IGNORECASE
    )
    assert sum(bool(promise.search(text)) for text in english) <= len(english) / 3


def test_the_wide_board_ads_give_as_few_digits_as_boards_do_in_many_and_as_many_in_others() -> None:
    texts = [row["text"] for row in ROWS["boards_wide.jsonl"]]
    shares = sorted(sum(char.isdigit() for char in text) / len(text) for text in texts)
    assert shares[len(shares) // 10] <= 0.002
    assert shares[-len(shares) // 4] >= 0.05


def test_a_third_of_the_near_lures_are_board_ads_of_a_page() -> None:
    rows = [row for row in ROWS["lures_near.jsonl"] if row["genre"] == "board"]
    assert len(rows) >= len(ROWS["lures_near.jsonl"]) / 3
    alphabetic_rows = [row for row in rows if alphabetic(row)]
    assert sum(len(row["text"]) >= 800 for row in alphabetic_rows) >= 0.85 * len(alphabetic_rows)


def test_chinese_groups_are_two_thirds_job_frauds_and_some_are_of_other_places_than_the_mainland() -> None:
    frauds = Counter(row["kind"] for row in TWINS["contrast_zh"])["fraud"]
    elsewhere = [row for row in TWINS["contrast_zh"] if row["language"] != "zh-Hans"]
    assert len(TWINS["contrast_zh"]) >= 4 * 70
    assert 0.6 <= frauds / len(TWINS["contrast_zh"]) <= 0.75
    assert len(elsewhere) >= 4 * 12
    assert {row["language"] for row in elsewhere} == {"zh-TW", "zh-HK", "zh-SG", "zh-MY"}


def test_chinese_board_ads_are_of_every_length() -> None:
    lengths = sorted(len(row["text"]) for row in ROWS["boards_zh.jsonl"])
    assert len(lengths) >= 90
    assert lengths[len(lengths) // 10] <= 100
    assert lengths[-len(lengths) // 10] >= 500


def test_a_third_of_the_board_ads_in_many_voices_are_long() -> None:
    lengths = [len(row["text"]) for row in FRAUDS_WIDE + OFFERS_WIDE if row["genre"] == "board" and alphabetic(row)]
    assert sum(length >= 800 for length in lengths) >= len(lengths) / 3
