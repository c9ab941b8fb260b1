"""Tables of one's own, read by the map that their entry has; real texts; labels that lie apart."""

import unicodedata

import pytest
from small_model import write_json_lines

from model.datasets.catalogue import entry_of, read_catalogue, read_dataset
from model.datasets.near_copies import group_near_copies
from model.datasets.readers import read_real
from model.errors import BadDataset

ENTRY = """[[dataset]]
name = "ours"
title = "Ours"
path = "ours.csv"
format = "csv"
licence = "our own"
notes = "Invented."
real = true
columns = {text = "message", kind = "spam"}
kinds = {"1" = "job_fraud", "0" = "not_an_ad", "?" = "left_out"}
"""
REAL = {
    "id": "r1", "cluster": "c1", "text": "Get 900 a day, write me", "language": "en", "kind": "scam", "complete": True,
    "source": "some/where@1:file line 2", "note": "", "confidence": "high", "altered": None,
}  # fmt: skip


@pytest.fixture
def read(tmp_path):
    """Writes an entry and its file; gives the rows."""

    def rows(content, *changes, file="ours.csv"):
        entry = ENTRY
        for before, after in changes:
            assert before in entry
            entry = entry.replace(before, after)
        (tmp_path / "datasets.toml").write_text(entry, encoding="utf-8")
        (tmp_path / file).write_bytes(content if isinstance(content, bytes) else content.encode())
        (card,) = read_catalogue(tmp_path / "datasets.toml")
        return read_dataset(card, tmp_path, seed=1)

    return rows


def test_a_text_and_a_kind_are_enough(read):
    fraud, message = read('spam,message\n1,"Earn 900 a day, write me"\n0,See you at noon\n?,Hm\n0,\n')
    assert (fraud.kind, fraud.ad.description, fraud.sort) == ("job_fraud", "Earn 900 a day, write me", "1")
    assert (message.kind, message.ad.ad_id, message.source, message.real) == ("not_an_ad", "ours:2", "ours", True)


def test_every_other_column_may_be_mapped(read):
    columns = (
        'text = "words", title = "head", kind = "class", language = "tongue", id = "number", group = "offer", '
        'source = "board"'
    )
    (row,) = read(
        "head;words;class;tongue;number;offer;board;rest\nCook;Two cooks wanted;legitimate;vi;7;o1;b.example;x\n",
        ('{text = "message", kind = "spam"}', f'{{{columns}}}\ngenre = "board"'),
        ('kinds = {"1" = "job_fraud", "0" = "not_an_ad", "?" = "left_out"}\n', ""),
    )
    assert (row.ad.title, row.ad.description) == ("Cook", "Two cooks wanted")
    assert (row.kind, row.ad.language) == ("legitimate", "vi")
    assert (row.ad.ad_id, row.group, row.source, row.genre) == ("ours:7", "ours:o1", "ours: b.example", "board")


def test_json_lines_and_a_byte_order_mark_are_understood(read):
    rows = read('{"message": "Hi", "spam": 0, "other": [1]}\n{"message": "900", "spam": 1}\n')
    assert [row.kind for row in rows] == ["not_an_ad", "job_fraud"]
    assert len(read("\ufeffspam\tmessage\n1\tEarn\n")) == 1
    assert read('{"message": NaN, "spam": 0}\n') == (), "as pandas has a cell without a text"
    assert len(read('{"message": "Hi", "spam": 0}\n\n{"message": "900", "spam": 1}\n \n')) == 2


def test_tables_as_spreadsheets_write_them_are_understood(read):
    (row,) = read("message\tspam\r\nViệc nhẹ lương cao\t1\r\n \t0\r\n".encode("utf-16"))
    assert (row.ad.description, row.kind) == ("Việc nhẹ lương cao", "job_fraud")
    (row,) = read(f"message;spam\n{'word ' * 40_000};1\n")
    assert len(row.ad.description) == 200_000
    (row,) = read("\ufeffsep=;\r\nspam;message, as sent;message\r\n1;a,b;Earn, daily\r\n")
    assert (row.ad.description, row.kind) == ("Earn, daily", "job_fraud")
    assert len(read("spam,message,n\n1,Earn,7\n,,\n,,9\n")) == 1, "rows of empty cells are none"


def test_accents_are_the_same_however_they_are_typed(read):
    apart = unicodedata.normalize("NFD", "tin nhắn,nhãn\nViệc nhẹ,lừa đảo\n")
    mapped = (('{text = "message", kind = "spam"}', '{text = "tin nhắn", kind = "nhãn"}'), ('"1" =', '"lừa đảo" ='))
    for form in ("NFC", "NFD"):
        changes = [(before, unicodedata.normalize(form, after)) for before, after in mapped]
        (row,) = read(apart, *changes)
        assert (row.kind, row.ad.description) == ("job_fraud", "Việc nhẹ")


def test_labels_that_lie_apart_are_joined_by_id(read, tmp_path):
    apart = (
        ('{text = "message", kind = "spam"}', '{text = "message", id = "id"}\nlabels = "labels.csv"\nlanguage = "ru"'),
        ('{"1" = "job_fraud", "0" = "not_an_ad", "?" = "left_out"}', '{scam = "job_fraud", unclear = "left_out"}'),
    )
    (tmp_path / "labels.csv").write_text("id,label\na,scam\nb,unclear\n")
    content = "id,message\na,Earn 900\nb,Hm\nc,Nobody judged this\n"
    (row,) = read(content, *apart)
    assert (row.ad.ad_id, row.kind, row.sort, row.ad.language) == ("ours:a", "job_fraud", "scam", "ru")
    (tmp_path / "labels.csv").write_text("id,label\na,scam\nz,scam\n")
    with pytest.raises(BadDataset, match=r"labels\.csv: 1 ids are not in ours\.csv, 'z' among them"):
        read(content, *apart)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("spam,text\n1,x\n", r"ours\.csv, header: message missing; found 'spam', 'text'"),
        ("spam,message,message\n1,x,y\n", r"ours\.csv, header: message stands there twice"),
        ("spam,message\n1,cafés\n".encode("cp1252"), r"ours\.csv: byte 0xe9 is not UTF-8; expected text in UTF-8"),
        ('[{"message": "x", "spam": 1}]', r"ours\.csv: a JSON array; expected JSON Lines"),
        ("spam,message\n2,x\n", r"row 1: '2' stands for no kind; the entry knows '0', '1', '\?'"),
        ('{"spam": 1}\n', "row 1: message missing"),
        ("spam,message\n1\n", "row 1: expected 2 columns"),
        ('{"message": ["x"], "spam": 1}\n', "message is list, expected text"),
    ],
)
def test_a_table_that_is_not_as_its_entry_says_names_the_row(read, content, message):
    with pytest.raises(BadDataset, match=message):
        read(content)


def test_an_id_that_stands_there_twice_is_named(read):
    with pytest.raises(BadDataset, match="row 2: id '5' stands there twice"):
        read("spam,message,n\n1,x,5\n0,y,5\n", ('kind = "spam"}', 'kind = "spam", id = "n"}'))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('text = "message", ', ""), "columns does not say which column is text"),
        ((', kind = "spam"', ""), "columns does not say which column is kind"),
        (('kind = "spam"}', 'kind = "spam", mood = "m"}'), "columns has 'mood'; expected text, title"),
        (('"1" = "job_fraud"', '"1" = "scam"'), "kinds has '1' = 'scam'; expected trafficking_recruitment"),
        (('licence = "our own"', 'genre = "radio"\nlicence = "our own"'), "genre is 'radio'; expected"),
    ],
)
def test_a_fault_in_the_entry_of_a_table_is_named(read, change, message):
    with pytest.raises(BadDataset, match=message):
        read("", change)


def test_an_entry_is_written_as_it_is_read(tmp_path):
    (tmp_path / "datasets.toml").write_text(ENTRY.replace("Ours", 'Ours \\"đ\\" \\\\ \\u007f'), encoding="utf-8")
    (card,) = read_catalogue(tmp_path / "datasets.toml")
    (tmp_path / "again.toml").write_text(entry_of(card), encoding="utf-8")
    assert read_catalogue(tmp_path / "again.toml") == (card,)


def test_real_texts_have_their_kinds_and_the_collection_that_they_are_from(tmp_path):
    kinds = ("scam", "lure", "legit_informal", "message", "awareness")
    rows = [{**REAL, "id": kind, "kind": kind, "cluster": kind[:1]} for kind in kinds]
    read = list(read_real(write_json_lines(tmp_path / "real.jsonl", rows), "real"))
    assert [(row.kind, row.sort) for row in read] == [
        ("job_fraud", "scam"),
        ("trafficking_recruitment", "lure"),
        ("legitimate", "legit_informal"),
        ("not_an_ad", "message"),
        ("not_an_ad", "awareness"),
    ]
    assert {row.source for row in read} == {"some/where"}
    assert read[1].group == read[2].group != read[0].group


def test_near_copies_inside_a_table_are_held_out_together(read):
    offer = "Remote helper wanted, {} a day from your phone, no experience needed, write to @{} in private"
    copies = (offer.format(900, "mia"), f"Hi! {offer.format(450, 'lan')}")
    rows = group_near_copies(read(f'spam,message\n1,"{copies[0]}"\n1,"{copies[1]}"\n0,See you at noon\n'))
    assert rows[0].held_with == rows[1].held_with != rows[2].held_with
