"""Translations of indicators: the shipped files, what is refused, and English where a text is missing."""

from pathlib import Path

import pytest

from model.errors import BadTaxonomy
from model.taxonomy.loader import load_taxonomy
from pipeline.settings.messages import FOLDER, localise, read_translations

SHIPPED = Path(__file__).parents[3] / "data" / "taxonomy"


@pytest.fixture(scope="module")
def shipped():
    return load_taxonomy(SHIPPED)


@pytest.mark.parametrize("language", ["vi", "id"])
def test_all_that_a_reader_is_shown_is_there(shipped, language):
    found = read_translations(SHIPPED / FOLDER, shipped)[language]
    missing = [
        (key, field)
        for key, indicator in shipped.indicators.items()
        for field in ("title", "why", "caveats")
        if getattr(indicator, field) and field not in found.get(key, {})
    ]
    assert missing == []
    assert [rule.key for rule in shipped.rules if not found.get(f"rules.{rule.key}")] == []


def test_words_for_readers_change_neither_version_nor_patterns(shipped):
    said = {"control.documents_kept": {"title": "Giữ giấy tờ"}, "rules.two_strong": {"title": "Hai dấu hiệu mạnh"}}
    there = localise(shipped, said)
    before, after = (each.indicators["control.documents_kept"] for each in (shipped, there))
    assert (after.title, after.why, after.languages) == ("Giữ giấy tờ", before.why, before.languages)
    assert there.version == shipped.version
    changed = [(new.key, new.title) for old, new in zip(shipped.rules, there.rules, strict=True) if old != new]
    assert changed == [("two_strong", "Hai dấu hiệu mạnh")]
    assert localise(shipped, {}) is shipped


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('["control.no_such"]\ntitle = "x"', "control.no_such"),
        ('["rules.no_such"]\ntitle = "x"', "rules.no_such"),
        ('["rules.two_strong"]\nwhy = "x"', "why"),
        ('["control.confined"]\nheading = "x"', "heading"),
        ('["control.confined"]\ntitle = " "', "a text"),
        ("title =", "vi.toml"),
    ],
)
def test_what_would_be_shown_nowhere_is_refused(shipped, tmp_path, text, named):
    (tmp_path / "vi.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadTaxonomy, match=named):
        read_translations(tmp_path, shipped)


def test_a_file_in_another_encoding_is_named(shipped, tmp_path):
    (tmp_path / "vi.toml").write_bytes('["control.confined"]\ntitle = "Ấm"'.encode("utf-16"))
    with pytest.raises(BadTaxonomy, match=r"vi\.toml: not UTF-8 text"):
        read_translations(tmp_path, shipped)


def test_without_a_folder_there_are_none(shipped, tmp_path):
    assert read_translations(tmp_path / "none", shipped) == {}
