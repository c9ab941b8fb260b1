"""A cached value is made once for the same input, and anew for any other."""

import os
import resource
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from crawler.language import disk_cache
from crawler.language.disk_cache import cached


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LUREWATCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def counted() -> tuple[Callable[[], dict[str, int]], list[int]]:
    calls: list[int] = []

    def make() -> dict[str, int]:
        calls.append(1)
        return {"made": len(calls)}

    return make, calls


@pytest.mark.usefixtures("folder")
def test_the_same_input_is_made_once() -> None:
    make, calls = counted()
    assert cached("it", [b"a", b"b"], make) == cached("it", [b"a", b"b"], make) == {"made": 1}
    assert len(calls) == 1


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("other", [[b"a"], [b"ab"], [b"b", b"a"], []])
def test_another_input_is_made_anew(other: list[bytes]) -> None:
    make, calls = counted()
    cached("it", [b"a", b"b"], make)
    cached("it", other, make)
    assert len(calls) == 2


def test_other_code_makes_it_anew(folder: Path, tmp_path: Path) -> None:
    make, calls = counted()
    codes = [tmp_path / name for name in ("one.py", "two.py")]
    for number, code in enumerate(codes):
        code.write_text(str(number), encoding="utf-8")
        cached("it", [], make, code=[code])
    cached("it", [], make, code=codes[:1])
    assert (len(calls), len(list(folder.iterdir()))) == (2, 2)


@pytest.mark.parametrize("damage", [b"", b"no values", b"\x80\x05.", b"["])
def test_a_damaged_file_is_made_anew(folder: Path, damage: bytes) -> None:
    make, calls = counted()
    cached("it", [], make)
    (file,) = folder.iterdir()
    file.write_bytes(damage)
    cached("it", [], make)
    cached("it", [], make)
    assert len(calls) == 2


@pytest.mark.usefixtures("folder")
def test_arrays_come_back_the_same() -> None:
    def make() -> dict[str, object]:
        return {"word": "quay", "rows": np.arange(1_000, dtype="<u4"), "few": np.ones((3, 5), dtype="f2")}

    made, again = (cached("it", [], make) for _ in range(2))
    assert again["word"] == "quay"
    assert all(np.array_equal(made[name], again[name]) for name in ("rows", "few"))


@pytest.mark.parametrize("left", [0, 10, 64, 200, 3_000])
def test_a_file_with_arrays_that_is_cut_off_is_made_anew(folder: Path, left: int) -> None:
    cached("it", [], lambda: np.arange(1_000, dtype="<u4"))
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:left])
    assert list(cached("it", [], lambda: np.array([1, 2]))) == [1, 2]


def test_where_there_is_no_room_under_a_name_what_was_used_least_lately_goes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, _ = counted()
    cached("it", [], make)
    (used,) = folder.iterdir()
    monkeypatch.setattr(disk_cache, "_ROOM", 3 * used.stat().st_size)
    for number in range(9):
        for file in folder.iterdir():
            os.utime(file, (number, number))
        cached("it", [], make)
        cached("it", [bytes([number])], make)
    assert len(list(folder.iterdir())) == 3
    assert used in folder.iterdir()


def test_small_values_put_no_large_one_out_and_one_beyond_the_room_is_cached_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_cache, "_ROOM", 20_000)
    cached("it", [], lambda: np.zeros(1_000))
    for number in range(9):
        cached("it", [bytes([number])], lambda: 1)
    assert len(list(folder.iterdir())) == 10
    cached("it", [b"large"], lambda: np.zeros(9_000))
    (large,) = folder.iterdir()
    assert large.stat().st_size > 72_000


def test_nothing_is_cached_where_that_is_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUREWATCH_CACHE", "")
    make, calls = counted()
    cached("it", [], make)
    cached("it", [], make)
    assert len(calls) == 2


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="needs owners and modes of files")
def test_a_folder_that_others_may_write_to_is_not_read(folder: Path) -> None:
    make, calls = counted()
    cached("it", [], make)
    folder.chmod(0o777)
    cached("it", [], make)
    assert len(calls) == 2


def test_a_file_that_others_may_write_to_is_not_read(folder: Path) -> None:
    make, calls = counted()
    cached("thing", [b"a"], make)
    (file,) = folder.glob("thing-*.pickle")
    file.chmod(0o666)
    assert cached("thing", [b"a"], make) == {"made": 2}
    assert len(calls) == 2


def test_a_full_disk_leaves_nothing_of_a_value_in_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LUREWATCH_CACHE", str(tmp_path))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, before[1]))  # a file that grows beyond it gives an OSError
    try:
        assert cached("large", [], lambda: "x" * 100_000) == "x" * 100_000
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []
