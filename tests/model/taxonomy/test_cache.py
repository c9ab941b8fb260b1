"""What is made of a taxonomy is cached for its content and our code."""

from pathlib import Path

import pytest

from model.errors import BadTaxonomy
from model.taxonomy.loader import load_taxonomy

SHIPPED = Path(__file__).parents[3] / "data" / "taxonomy"


def test_a_cached_taxonomy_is_the_one_that_was_read_and_a_fault_is_told_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUREWATCH_CACHE", str(tmp_path / "cache"))
    written = tmp_path / "taxonomy"
    written.mkdir()
    for path in SHIPPED.glob("*.toml"):
        (written / path.name).write_bytes(path.read_bytes())
    first, again = load_taxonomy(written), load_taxonomy(written)
    assert first == again
    assert len(list((tmp_path / "cache").glob("taxonomy-*.pickle"))) == 1
    (written / "sources.toml").write_text('[a]\ntitle = "A"\nurl = "ftp://a"\n', encoding="utf-8")
    for _ in range(2):
        with pytest.raises(BadTaxonomy, match="sources"):
            load_taxonomy(written)
