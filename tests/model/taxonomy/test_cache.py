"""What is made of a taxonomy is cached for its content and our code, in a folder that is ours alone."""

import os
from pathlib import Path

import pytest

from model.errors import BadTaxonomy
from model.taxonomy.cache import cached
from model.taxonomy.loader import load_taxonomy

SHIPPED = Path(__file__).parents[3] / "data" / "taxonomy"


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("LUREWATCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def count_makes(*contents: bytes, code: Path | None = None) -> int:
    made = []

    def make() -> list[int]:
        made.append(1)
        return [1, 2]

    for content in contents:
        assert cached("test", [content], [code] if code else [], make) == [1, 2]
    return len(made)


def test_the_same_content_is_made_once_and_another_anew(tmp_path: Path) -> None:
    assert count_makes(b"a", b"a", b"b") == 2
    code = tmp_path / "module.py"
    code.write_text("1", encoding="utf-8")
    assert count_makes(b"c", b"c", code=code) == 1


@pytest.mark.parametrize("damage", [b"", b"\xff\xff", b"["])
def test_a_damaged_file_is_made_anew(folder: Path, damage: bytes) -> None:
    count_makes(b"a")
    (file,) = folder.glob("test-*.marshal")
    file.write_bytes(damage)
    assert count_makes(b"a", b"a") == 1


def test_no_more_than_a_few_values_of_a_name_stay(folder: Path) -> None:
    count_makes(*(bytes([number]) for number in range(9)))
    assert len(list(folder.iterdir())) == 4


def test_nothing_is_cached_where_that_is_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUREWATCH_CACHE", "")
    assert count_makes(b"a", b"a") == 2


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="needs owners of files")
def test_a_folder_that_others_may_write_to_is_not_read(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)
    assert count_makes(b"a", b"a") == 2


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="needs owners of files")
def test_a_file_that_others_may_write_to_is_not_read(folder: Path) -> None:
    count_makes(b"a")
    (file,) = folder.glob("test-*.marshal")
    file.chmod(0o666)
    assert count_makes(b"a") == 1


def test_a_cached_taxonomy_is_the_one_that_was_read_and_a_fault_is_told_each_time(tmp_path: Path) -> None:
    written = tmp_path / "taxonomy"
    written.mkdir()
    for path in SHIPPED.glob("*.toml"):
        (written / path.name).write_bytes(path.read_bytes())
    first, again = load_taxonomy(written), load_taxonomy(written)
    assert first == again
    (written / "sources.toml").write_text('[a]\ntitle = "A"\nurl = "ftp://a"\n', encoding="utf-8")
    for _ in range(2):
        with pytest.raises(BadTaxonomy, match="sources"):
            load_taxonomy(written)
