"""What comes from outside may be hostile: it is read, or refused by one clear error, soon and in little room."""

import random
import signal
import tomllib
import zlib
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from hostile_inputs import KINDS, REGISTER_MAP, Input, bases, corpus, mutated
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml.etree import XMLSyntaxError
from scrapy.http import Response

from builders import NOON
from crawler.archive.captures import read_capture
from crawler.archive.warc_reader import WarcReader
from crawler.batch.ads_file import read_ads
from crawler.extract.page import read_page
from crawler.extract.records.channel import read_channel
from crawler.extract.records.feed import read_feed
from crawler.extract.records.tables import UnreadableTable
from crawler.extract.visible.listing import read_listing
from crawler.sources.loader import read_source
from crawler.spiders import web
from crawler.spiders.drop import find_dropped_files, read_dropped_rows
from model.taxonomy.loader import read_taxonomy
from pipeline.errors import message_of
from pipeline.licences.register_import import read_register
from pipeline.licences.register_map import map_from_values, read_map
from pipeline.settings.loader import load_settings
from tiny_model import TAXONOMY

URL = "http://127.0.0.1/jobs/1"
SECONDS = 5.0
"""Of processor time, for one input."""
MEGABYTES = 400
"""By which the process may grow at its highest, for all inputs of a kind."""
LONGEST_MESSAGE = 1500


def read_as_page(path):
    content = path.read_bytes()
    read_page(content, url=URL)
    read_listing(content, url=URL, home=URL, select={})
    read_channel(content, url=URL)


def read_as_sitemap(path):
    """As the spider does, which names these errors in the ledger."""
    try:
        _, entries = web._sitemap_entries(Response(f"http://127.0.0.1/{path.name}", body=path.read_bytes()))
        list(entries)
    except (XMLSyntaxError, StopIteration, zlib.error, ValueError):
        return


def read_as_archive(path):
    with path.open("rb") as file:
        for record in WarcReader(file):
            if record is not None:
                read_capture(record, sites=(), now=NOON)


def read_as_table(path):
    """As an ads file of a command, and as a partner's file."""
    for dropped in find_dropped_files([str(path)]):
        try:
            for _ in read_dropped_rows(dropped, notes=[]):
                pass
        except UnreadableTable as err:
            check_message(str(err))
    for _ in read_ads(path, seen_at=NOON):
        pass


def read_as_taxonomy(path):
    contents = {f"{name}.toml": text.encode() for name, text in TAXONOMY.items()}
    read_taxonomy(contents | {path.name: path.read_bytes()}, path.parent)


def read_as_register(path):
    if path.suffix == ".toml":
        read_map(path)
        return
    read_register(path, map_from_values(tomllib.loads(REGISTER_MAP), where="map"), as_of=date(2026, 10, 1), now=NOON)


READ = {
    "page": read_as_page,
    "feed": lambda path: read_feed(path.read_bytes(), url=URL),
    "sitemap": read_as_sitemap,
    "archive": read_as_archive,
    "ads": read_as_table,
    "card": read_source,
    "taxonomy": read_as_taxonomy,
    "register": read_as_register,
    "settings": lambda path: load_settings(path.parent),
}


@contextmanager
def at_most(seconds):
    def stop(*_):
        raise AssertionError(f"not over after {seconds} s")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def check_message(message):
    """One line that can be shown on a terminal."""
    assert message
    assert len(message) < LONGEST_MESSAGE, message[:300]
    assert message.isprintable(), repr(message[:300])


def read(given_input, folder):
    """The name of the error, None where it was read."""
    path = folder / given_input.file
    path.write_bytes(given_input.content)
    try:
        with at_most(SECONDS):
            READ[given_input.kind](path)
    except Exception as err:
        message = message_of(err)
        if message is None:
            raise
        check_message(message)
        return type(err).__name__
    finally:
        path.unlink()
    return None


inputs = cache(corpus)


def test_the_corpus_is_large_and_always_the_same():
    assert len(inputs()) >= 300
    assert len({each.name for each in inputs()}) == len(inputs())
    assert corpus() == inputs()


@pytest.mark.parametrize("kind", KINDS)
def test_every_input_of_the_corpus_is_read_or_refused_by_one_clear_error(kind, tmp_path):
    Path("/proc/self/clear_refs").write_text("5")  # the highest mark begins anew
    before, failed, outcomes = highest(), {}, set()
    for each in inputs():
        if each.kind == kind:
            try:
                outcomes.add(read(each, tmp_path))
            except Exception as err:  # noqa: BLE001 - each that fails is named
                failed[each.name] = f"{type(err).__name__}: {str(err)[:200]}"
    assert failed == {}
    assert highest() - before < MEGABYTES
    if kind not in {"page", "feed", "sitemap"}:
        assert len(outcomes) > 1, "some are read, some refused"


def highest():
    """Megabytes that this process has had at most."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers(0, 9), seed=st.integers(0, 2**32), more=st.binary(max_size=30), at=st.floats(0, 1))
def test_whatever_is_done_to_a_whole_input(kind, tmp_path, number, seed, more, at):
    whole = bases()[kind]
    file, content = whole[number % len(whole)]
    content = mutated(content, random.Random(seed))
    place = int(at * len(content))
    read(Input(kind, "drawn", file, content[:place] + more + content[place:]), tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_whole_inputs_are_read(kind, tmp_path):
    for file, content in bases()[kind]:
        assert read(Input(kind, "whole", file, content), tmp_path) is None
