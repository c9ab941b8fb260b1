"""The invented training texts: their shape."""

import re
from collections import Counter, defaultdict

import pytest
from training_texts import (
    CARDS,
    CONTRAST,
    ROOT,
    ROWS,
    SAMPLES,
    main_language,
    offers,
    whole,
)  # fmt: skip

from crawler.language.cues import LANGUAGES
from model.assessment import KINDS
from model.datasets.catalogue import read_dataset

TRUTHS = {
    "messages": {"not_an_ad"},
    "warnings": {"not_an_ad"},
    "lures": {"trafficking_recruitment"},
    "lookalikes": {"legitimate"},
    "boards": {"legitimate"},
    "ordinary_ads": {"legitimate"},
    "ordinary_messages": {"not_an_ad"},
}
"""By how a file's name begins, the longest first; other files may hold texts of all kinds."""

BESIDE = {"de", "it", "ml", "mn", "nl", "pl", "ro", "te", "ha", "kk", "tr", "uz"}
"""Languages of some texts; lurewatch reads no indicator in them."""

LINKS = ("first_messages", "ordinary_messages")
"""Files full of links, which must look as real ones do."""

ADDRESS = re.compile(r"(?:[\w.+-]+@|https?://)(?:[a-z0-9-]+\.)+[a-z]+", re.IGNORECASE)


def truths_of(name: str) -> set[str]:
    begins = [known for known in TRUTHS if name.startswith(known)]
    return TRUTHS[max(begins, key=len)] if begins else set(KINDS)


def test_the_catalogue_names_every_file_and_no_other() -> None:
    there = {path.name for path in SAMPLES.glob("*.jsonl*")}
    assert {name for name, card in CARDS.items() if (ROOT / card.path).parent == SAMPLES} == there


@pytest.mark.parametrize("name", ROWS)
def test_the_readme_counts_what_is_there(name: str) -> None:
    readme = (SAMPLES / "README.md").read_text(encoding="utf-8")
    assert f"| `{name}` | {len(ROWS[name])} |" in readme


def test_the_readme_counts_nothing_that_is_not_there() -> None:
    readme = (SAMPLES / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+\.jsonl(?:\.gz)?)` \|", readme, re.MULTILINE)) == ROWS.keys()


def test_ids_and_texts_are_unique() -> None:
    rows = [row for rows in ROWS.values() for row in rows]
    ids = Counter(row["id"] for row in rows)
    texts = Counter(re.sub(r"[\W\d_]", "", whole(row).casefold()) for row in rows)
    assert [key for key, count in ids.items() if count > 1] == []
    assert [text[:60] for text, count in texts.items() if count > 1] == []


@pytest.mark.parametrize("name", ROWS)
def test_a_file_reads_in_its_format_row_by_row(name: str) -> None:
    read = read_dataset(CARDS[name], ROOT, seed=1)
    assert [labelled.ad.ad_id.partition(":")[2] for labelled in read] == [row["id"] for row in ROWS[name]]


@pytest.mark.parametrize("name", ROWS)
def test_every_text_has_a_label_its_reason_and_a_known_language(name: str) -> None:
    for row in ROWS[name]:
        assert row["truth"] in truths_of(name), row["id"]
        assert row["genre"] in {"chat", "board", "social", "news"}, row["id"]
        assert main_language(row) in LANGUAGES or main_language(row) in BESIDE, row["id"]
        assert row["text"] == row["text"].strip(), row["id"]
        assert row["text"] or row["title"].strip(), row["id"]
        assert row["why"].strip(), row["id"]
        assert row["genre"] != "chat" or not row.get("title"), row["id"]


def test_every_language_has_texts_of_every_kind() -> None:
    counts = Counter((main_language(row), row["truth"]) for rows in ROWS.values() for row in rows)
    few = {key for language in LANGUAGES if language != "hi-Latn" for truth in KINDS
           if counts[key := (language, truth)] < 15}  # fmt: skip
    assert few == set()


@pytest.mark.parametrize("name", [name for name in ROWS if not name.startswith(LINKS)])
def test_every_mail_and_web_address_is_an_example(name: str) -> None:
    found = [match for row in ROWS[name] for match in ADDRESS.findall(row["text"])]
    assert [address for address in found if not address.endswith(".example")] == []


def test_a_group_tells_one_offer_four_times() -> None:
    groups = defaultdict(list)
    for file, rows in CONTRAST.items():
        for row in offers(rows):
            groups[file, row["group"]].append(row)
    for name, rows in groups.items():
        cells = {(row["genre"], row["truth"] == "legitimate") for row in rows}
        assert (len(rows), len(cells)) == (4, 4), name
        assert len({main_language(row) for row in rows}) == 1, name
        for key in ("kind", "origin", "destination", "target"):
            assert len({row[key] for row in rows}) == 1, (name, key)
        assert all((row["strength"] == "") == (row["truth"] == "legitimate") for row in rows), name


def test_texts_of_every_kind_are_of_every_length() -> None:
    for truth in KINDS:
        lengths = sorted(len(row["text"]) for rows in ROWS.values() for row in rows if row["truth"] == truth)
        assert lengths[len(lengths) // 10] <= 120, truth
        assert lengths[-len(lengths) // 10] >= 250, truth
