"""The real pages beside the project, read as a person read them."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parents[1]
PAGES = HERE.parents[1].parent / "shared" / "pages"
GOLDENS = sorted(HERE.glob("goldens/*.json"))


def writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_goldens", HERE / "write_goldens.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.shared
@pytest.mark.skipif(not PAGES.is_dir(), reason="the real pages are not beside the project (../shared/pages)")
@pytest.mark.parametrize("golden", GOLDENS, ids=lambda path: path.stem)
def test_a_real_page_is_read_as_a_person_reads_it(golden: Path) -> None:
    assert writer().read(PAGES / golden.stem) == json.loads(golden.read_text("utf-8"))


@pytest.mark.shared
@pytest.mark.skipif(not PAGES.is_dir(), reason="the real pages are not beside the project (../shared/pages)")
def test_every_real_page_has_a_golden() -> None:
    assert {path.name for path in PAGES.iterdir()} - {"README.md", "index.csv"} == {path.stem for path in GOLDENS}


def test_no_golden_holds_a_sentence() -> None:
    for golden in GOLDENS:
        for ad in json.loads(golden.read_text("utf-8"))["ads"]:
            assert set(ad["description"]) == {"length", "lines", "sha256"}
            texts = [value for key, value in ad.items() if isinstance(value, str) and key != "description"]
            assert not any(writer().SENTENCE.search(text) for text in texts)
