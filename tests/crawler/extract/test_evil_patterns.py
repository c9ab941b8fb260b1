"""No regular expression of the readers takes more than linear time, whatever text it is given."""

import importlib
import pkgutil
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields

import pytest

import crawler.extract
from crawler.extract.visible.words import load_words

LENGTH = 16_000
SECONDS = 5
NOTABLE = 0.1
GROWTH = 9
"""A text four times as long takes a linear search four times as long, a quadratic one sixteen times."""

UNITS = (
    *(" ", "\n", "a", "A", "é", "工", "1", "0", ".", ",", "1.", "1,", "1 ", "-", "- ", "–", "|", ":", ": ", "a:", "/"),
    *("/* ", "(", "[", "{", '"', "'", "\\", "=", "a=", "a = ", "='", '="', "@", "a@", "a.b@", "+", "+1", "+84 ", "(0"),
    *("<", "<a", "<a ", "<a b", '<a b="', "<a b='c' ", "<a b=c ", "<a\nb", "<!--", "<!-- -", '<!doctype "a" '),
    *("<script", "<script ", "<style>", "</style", "<html ", "<br>", "<p ", "&", "&#", "&lt;", "&amp;amp;"),
    *("<!doctype", "window.a", "window.a.b = {", "http://", "t.me/", "zalo ", "line: ", "k", "tr"),
    *("job-", "company-name-", "at ",),
    *("hiring ", "jobs in ", "job  ", "12 jobs ", "www.", "a.", "1\u00a0", "٣", "A1", "aB", '"a":', "true"),
)  # fmt: skip
ENDS = ("", '!"<')

BOUNDED = {"json_repair._TRAILING": 200, "document._SEPARATORS": 1_000}
"""Patterns that only ever see so many characters: the last ones of a script, a title on one line."""

ONE_PLACE = ("json_repair._AFTER_STRING",)
"""Patterns that are only tried at one place: behind a quote."""


def patterns() -> dict[str, re.Pattern]:
    """Every compiled pattern of the readers, by where it stands."""
    found: dict[str, re.Pattern] = {}
    for module in pkgutil.walk_packages(crawler.extract.__path__, "crawler.extract."):
        for name, value in vars(importlib.import_module(module.name)).items():
            values = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else [value]
            for number, one in enumerate(values):
                if isinstance(one, re.Pattern):
                    found[f"{module.name.rpartition('.')[2]}.{name}.{number}"] = one
    words = load_words()
    said = {f"words.{one.name}": getattr(words, one.name) for one in fields(words)}
    return found | {name: one for name, one in said.items() if isinstance(one, re.Pattern)}


PATTERNS = patterns()


@contextmanager
def at_most(seconds: float, what: str) -> Iterator[None]:
    """Raises where it takes longer; the regular expression engine lets itself be interrupted."""

    def stop(*_: object) -> None:
        raise TimeoutError(what)

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def test_the_readers_patterns_are_found() -> None:
    assert len(PATTERNS) >= 50


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_takes_linear_time_over_evil_texts(name: str) -> None:
    length = BOUNDED.get(name.rpartition(".")[0], LENGTH)
    for unit in UNITS:
        for end in ENDS:
            taken = seconds(name, unit, end, length)
            if taken > NOTABLE:
                # Others work on this machine too: the best of three counts.
                taken = min(seconds(name, unit, end, length) for _ in range(3))
                assert taken < NOTABLE or taken < GROWTH * seconds(name, unit, end, length // 4), (unit, end)


def seconds(name: str, unit: str, end: str, length: int) -> float:
    """The time that a search of the whole evil text takes."""
    pattern, text = PATTERNS[name], unit * (length // len(unit)) + end
    subject = text.encode() if isinstance(pattern.pattern, bytes) else text
    started = time.perf_counter()
    with at_most(SECONDS, f"{name} over {unit!r} and {end!r} at last"):
        if name.startswith(ONE_PLACE):
            pattern.match(subject)
        else:
            sum(1 for _ in pattern.finditer(subject))
    return time.perf_counter() - started


def test_a_pattern_in_quadratic_time_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PATTERNS, "bad", re.compile(r"[\w.+-]+@[\w-]+"))
    with pytest.raises(AssertionError):
        test_a_pattern_takes_linear_time_over_evil_texts("bad")


def test_the_watch_would_stop_a_pattern_in_quadratic_time() -> None:
    started = time.perf_counter()
    with pytest.raises(TimeoutError), at_most(0.2, "quadratic"):
        re.search(r"a+b", "a" * 1_000_000)
    assert time.perf_counter() - started < 60
