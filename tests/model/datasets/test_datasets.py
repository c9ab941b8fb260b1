import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from small_model import (
    EMSCAD_HEADER,
    LAWFUL,
    LURES,
    collected_row,
    contrast_row,
    emscad_line,
    write_collections,
    write_json_lines,
)  # fmt: skip

from model.datasets.catalogue import FORMATS, TABLE, find_dataset, read_catalogue, read_dataset
from model.datasets.readers import COLUMNS, read_collected, read_contrast, read_emscad, read_quoted, read_texts
from model.errors import BadDataset

ROOT = Path(__file__).parents[3]


def quoted_row(label, kind, url="https://paper.example/1"):
    return {
        "id": f"q-{label}-{kind}",
        "text": LURES[0],
        "lang": "en",
        "url": url,
        "label": label,
        "kind": kind,
        "note": "",
    }


def text_row(**fields):
    return {
        "id": "m1",
        "language": "en",
        "genre": "chat",
        "truth": "not_an_ad",
        "kind": "ordinary_message",
        "text": "The bus is late.",
        "why": "Small talk.",
        **fields,
    }


def test_emscad_reads_its_eighteen_columns_as_one_text(tmp_path):
    assert len(COLUMNS) == 18
    path = tmp_path / "emscad.csv"
    path.write_text(f"{EMSCAD_HEADER}\n{emscad_line(7, LAWFUL[0], 0)}\n{emscad_line(8, 'Send a fee, first', 1)}\n")
    lawful, fraud = read_emscad(path, "emscad")
    assert (lawful.kind, fraud.kind) == ("legitimate", "job_fraud")
    assert fraud.ad.title == "Clerk 8"
    assert fraud.ad.description == "Send a fee, first\nReads well"
    assert fraud.ad.job_location is None, "columns that tell one board from another are not read"


def test_emscad_keeps_near_duplicates_together(tmp_path):
    path = tmp_path / "emscad.csv"
    lines = [emscad_line(n, f"Send a fee of {n} dollars", 1) for n in (1, 2)]
    path.write_text("\n".join([EMSCAD_HEADER, *lines]))
    assert len({row.group for row in read_emscad(path, "emscad")}) == 1
    path.write_text("\n".join([f"{EMSCAD_HEADER},dup_group", f"{lines[0]},4", f"{lines[1]},5"]))
    assert [row.group for row in read_emscad(path, "emscad")] == ["emscad:4", "emscad:5"]


def test_emscad_without_its_groups_gets_them_by_the_passages_that_ads_share(tmp_path):
    employer = "We run four bakeries between the harbour and the old mill and deliver to every hotel in the bay"
    ads = {
        "Night baker wanted": employer,
        "We need a driver by May": employer,
        "Somebody to keep our books": "Books Ltd",
    }
    lines = [
        f'{number},Post {number},,,,"{profile}","{text}",,,0,0,0,,,,,,0'
        for number, (text, profile) in enumerate(ads.items())
    ]
    path = tmp_path / "emscad.csv"
    path.write_text("\n".join([EMSCAD_HEADER, *lines]))
    assert [row.group for row in read_emscad(path, "emscad")] == ["emscad:as 0", "emscad:as 0", "emscad:as 2"]


def test_emscad_without_a_column_is_refused(tmp_path):
    path = tmp_path / "emscad.csv"
    path.write_text(EMSCAD_HEADER.replace("benefits,", "") + "\n")
    with pytest.raises(BadDataset, match=r"emscad\.csv, header: benefits missing"):
        list(read_emscad(path, "emscad"))


def test_emscad_with_a_row_cut_short_is_refused(tmp_path):
    path = tmp_path / "emscad.csv"
    path.write_text(f"{EMSCAD_HEADER}\n{emscad_line(1, 'x', 1)}\n2,Clerk\n")
    with pytest.raises(BadDataset, match=r"row 2: expected 18 columns"):
        list(read_emscad(path, "emscad"))


def test_a_collection_gives_ordinary_ads_judged_ads_and_messages(tmp_path):
    rows = [
        collected_row(1, LAWFUL[0]),
        collected_row(2, "bait", label="job_fraud", kind="board_ad", company_profile="A firm"),
        collected_row(3, "see you", label="ordinary_message", kind="sms", title=""),
        collected_row(4, "you won", label="other_spam", kind="sms", title=""),
    ]
    read = list(read_collected(write_json_lines(tmp_path / "some.jsonl.gz", rows), "some"))
    assert [row.kind for row in read] == ["legitimate", "job_fraud", "not_an_ad", "not_an_ad"]
    assert [row.genre for row in read] == ["board", "board", "chat", "chat"]
    assert [row.sort for row in read] == ["ordinary_job_ad", "board_ad", "ordinary_message", "other_spam"]


def test_a_collection_with_a_label_nobody_documented_is_refused(tmp_path):
    path = write_json_lines(tmp_path / "some.jsonl", [collected_row(1, "x"), collected_row(2, "x", label="maybe")])
    with pytest.raises(BadDataset, match=r"some\.jsonl, row 2: label is 'maybe', expected one of .*legit"):
        list(read_collected(path, "some"))


def test_twins_share_a_group_and_warnings_are_nobodys_twin(tmp_path):
    rows = [
        contrast_row(1, "trafficking_recruitment", "chat", LURES[0]),
        contrast_row(1, "legitimate", "board", LAWFUL[0]),
        contrast_row(2, "not_an_ad", "news", "Police warn.", kind="none", group=""),
    ]
    lure, lawful, warning = read_contrast(write_json_lines(tmp_path / "c.jsonl", rows), "contrast")
    assert lure.group == lawful.group
    assert lure.twins == lawful.twins == "g1"
    assert warning.twins is None
    assert warning.kind == "not_an_ad"


def test_single_texts_may_have_a_title(tmp_path):
    rows = [text_row(), text_row(id="f1", truth="job_fraud", kind="mule", title="Agent", exploitation="")]
    message, fraud = read_texts(write_json_lines(tmp_path / "t.jsonl", rows), "texts")
    assert (message.ad.title, fraud.ad.title, fraud.kind) == ("", "Agent", "job_fraud")


def test_quoted_lures_look_alikes_and_news_have_their_kinds_and_grey_is_a_fraud_or_nothing(tmp_path):
    rows = [
        quoted_row("lure", "verbatim_ad"),
        quoted_row("legit", "legit_migrant_job"),
        quoted_row("legit", "awareness_or_news"),
        quoted_row("grey", "money_mule"),
        quoted_row("grey", "pyramid_recruitment"),
    ]
    read = list(read_quoted(write_json_lines(tmp_path / "q.jsonl", rows), "lures"))
    assert [row.kind for row in read] == ["trafficking_recruitment", "legitimate", "not_an_ad", "job_fraud"]
    assert {row.source for row in read} == {"paper.example"}
    assert len({row.group for row in read}) == 1, "what one page says stays together"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{broken\n", "row 1: not JSON"),
        (b"[]\n", "row 1: list, expected an object"),
        (b'{"id": "1"}\n', "row 1: genre, kind, language, text, truth, why missing"),
        (b"\xff\xfe\n", "expected text in UTF-8"),
    ],
)
def test_a_file_that_is_not_in_its_format_names_the_row(tmp_path, content, message):
    path = tmp_path / "t.jsonl"
    path.write_bytes(content)
    with pytest.raises(BadDataset, match=rf"t\.jsonl.*{message}"):
        list(read_texts(path, "texts"))


def test_an_unknown_field_and_a_wrong_type_are_refused(tmp_path):
    with pytest.raises(BadDataset, match="unknown mood; expected"):
        list(read_texts(write_json_lines(tmp_path / "t.jsonl", [text_row(mood="dark")]), "texts"))
    with pytest.raises(BadDataset, match="text is int, expected text"):
        list(read_texts(write_json_lines(tmp_path / "t.jsonl", [text_row(text=7)]), "texts"))


def test_the_catalogue_reads_what_is_there_and_knows_what_is_not(tmp_path):
    cards = {card.name: card for card in read_catalogue(write_collections(tmp_path))}
    assert find_dataset(cards["elsewhere"], tmp_path) is None
    assert find_dataset(cards["board"], tmp_path) is not None
    assert len(read_dataset(cards["contrast"], tmp_path, seed=1)) == 48
    assert cards["contrast"].emphasis == 3.0
    assert cards["contrast"].family == "contrast"


def test_a_sample_is_drawn_by_the_seed(tmp_path):
    catalogue = write_collections(tmp_path)
    catalogue.write_text(catalogue.read_text().replace("ordinary = true", "ordinary = true\nrows = 5"))
    card = next(card for card in read_catalogue(catalogue) if card.name == "board")
    first = [row.ad.ad_id for row in read_dataset(card, tmp_path, seed=1)]
    assert len(first) == 5
    assert first == [row.ad.ad_id for row in read_dataset(card, tmp_path, seed=1)]
    assert first != [row.ad.ad_id for row in read_dataset(card, tmp_path, seed=2)]


def test_rows_know_their_source_and_whether_they_are_real(tmp_path):
    catalogue = write_collections(tmp_path)
    catalogue.write_text(catalogue.read_text().replace("ordinary = true", "ordinary = true\nreal = true"))
    cards = {card.name: card for card in read_catalogue(catalogue)}
    (board, *_), (message, *_) = (read_dataset(cards[name], tmp_path, seed=1) for name in ("board", "texts"))
    assert (board.source, board.real) == ("board: an invented board", True)
    assert (message.source, message.real) == ("texts", False)


def test_a_further_catalogue_adds_its_collections_and_repeats_no_name(tmp_path):
    catalogue, own = write_collections(tmp_path), tmp_path / "own.toml"
    entry = catalogue.read_text().split("[[dataset]]")[1]
    own.write_text("[[dataset]]" + entry.replace('name = "contrast"', 'name = "ours"'))
    assert [card.name for card in read_catalogue(catalogue, own)][-2:] == ["elsewhere", "ours"]
    own.write_text("# Its last entry was taken out.\n")
    assert read_catalogue(catalogue, own) == read_catalogue(catalogue)
    own.write_text("[[dataset]]" + entry.replace("emphasis = 3.0", "emphasis = 2"))
    assert read_catalogue(own)[0].emphasis == 2.0
    own.write_text("[[dataset]]" + entry)
    with pytest.raises(BadDataset, match=r"own\.toml: dataset 'contrast' stands there twice"):
        read_catalogue(catalogue, own)


def test_every_format_has_its_place_in_the_documentation():
    page = (ROOT / "docs/researchers/datasets.md").read_text(encoding="utf-8")
    assert [name for name in (*FORMATS, TABLE) if f"\n### {name}\n" not in page] == []


def test_labels_that_are_shipped_are_ids_and_known_labels_alone():
    path = ROOT / "data/labels/telegram_ru_spam.csv"
    rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    card = next(card for card in read_catalogue(ROOT / "data/datasets.toml") if card.labels)
    assert rows[0] == ["id", "label"]
    assert all(re.fullmatch(r"ru-\d+", key) and label in card.kinds for key, label in rows[1:])
    readme = (path.parent / "README.md").read_text(encoding="utf-8")
    for label, count in Counter(label for _, label in rows[1:]).items():
        assert f"`{label}` {count}" in readme


def test_every_shipped_collection_says_whether_it_is_real():
    tables = tomllib.loads((ROOT / "data/datasets.toml").read_text(encoding="utf-8"))["dataset"]
    assert not [table["name"] for table in tables if "real" not in table]
    assert not [table["name"] for table in tables if table["real"] and table["path"].startswith("data/samples")]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("licence = ", "license = "), "unknown key 'license'"),
        (('licence = "none needed"\n', ""), "licence is missing"),
        (("emphasis = 3.0", "emphasis = true"), "emphasis is True; expected float"),
        (("emphasis = 3.0", "emphasis = nan"), "emphasis is nan; expected a number above 0"),
        (("emphasis = 3.0", "rows = -4"), "rows is -4; expected a number above 0"),
        (("emphasis = 3.0", "prevalence = 1.0"), "prevalence is 1.0; expected a number above 0 and below 1"),
        (('format = "texts"', 'format = "text"'), "format is 'text'; expected collected, contrast"),
        (('name = "texts"', 'name = "board"'), "'board' stands there twice"),
        (('licence = "none needed"', 'real = "yes"\nlicence = "none needed"'), "real is 'yes'; expected bool"),
        (('licence = "none needed"', 'columns = {text = "t"}\nlicence = "none needed"'), "columns is for format 'csv'"),
        (("[[dataset]]", "[[data]]"), "expected .*dataset.* tables"),
        (("[[dataset]]", "[[dataset"), "expected TOML"),
    ],
)
def test_a_fault_in_the_catalogue_is_named(tmp_path, change, message):
    catalogue = write_collections(tmp_path)
    catalogue.write_text(catalogue.read_text().replace(*change))
    with pytest.raises(BadDataset, match=rf"datasets\.toml.*{message}"):
        read_catalogue(catalogue)


def test_a_missing_catalogue_is_named(tmp_path):
    with pytest.raises(BadDataset, match=r"datasets\.toml: no such file"):
        read_catalogue(tmp_path / "datasets.toml")
