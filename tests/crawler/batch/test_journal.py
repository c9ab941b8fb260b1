"""The journal of an unfinished batch: whatever is cut off, what was committed is all there, and nothing is doubled."""

import json
import os
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from offline_crawl import FILES, RUN, SITE, SMALL, Clock, Crawl, Page, Slow, finish, kill, told, writer

from crawler.ad import PageRef
from crawler.batch.batch import partial_of
from crawler.batch.journal import Address
from crawler.extract.raw import RawAd, RawSalary
from crawler.files import AppendOnly
from crawler.history.frontier import DEADLY

IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""A batch is synced when it is finished, which takes a disk its time."""

few = st.lists(st.integers(0, 12), max_size=4).map(tuple)
pages = st.builds(Page, links=few, ads=few, settles=few, has_entry=st.booleans())
clocks = st.sampled_from([Clock, Slow, Slow])
boards = st.dictionaries(st.integers(0, 12), pages, min_size=1, max_size=10)


def committed(partial: Path) -> tuple[int, int]:
    """The lines of ads and of the ledger at the last commit that all files of a batch still reach."""
    found = (0, 0)
    for line in (partial / "journal.jsonl").read_bytes().splitlines(keepends=True):
        sizes = json.loads(line).get("commit") if line.endswith(b"\n") else None
        if sizes and all((partial / name).stat().st_size >= size for name, size in sizes.items()):
            found = tuple(
                (partial / name).read_bytes()[: sizes[name]].count(b"\n") for name in ("ads.jsonl", "ledger.jsonl")
            )
    return found


thorough = settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])


@thorough
@given(
    board=boards, moments=st.lists(st.integers(0, 60), min_size=1, max_size=3), torn=st.integers(0, 80), clock=clocks
)
def test_a_crawl_that_is_killed_comes_to_what_it_would_have_come_to(board, moments, torn, clock):
    with TemporaryDirectory(dir=IN_MEMORY) as home:
        finish(Crawl(Path(home) / "undisturbed" / RUN, board, Slow()))
        folder = Path(home) / "killed" / RUN
        for moment in moments:
            crawl = Crawl(folder, board, clock())
            for step, _ in enumerate(crawl.steps()):
                if step == moment:
                    break
            kill(crawl)
            for name in FILES:  # of what had been under way some may have arrived
                with (partial_of(folder) / name).open("ab") as file:
                    file.write(b'{"see":{"url":"http://127.0.0.1:8000/torn","role":"page","depth":0}'[:torn])
            reopened = writer(folder)
            assert reopened.ads == len((partial_of(folder) / "ads.jsonl").read_bytes().splitlines())
            reopened.close()
        finish(Crawl(folder, board, Slow()))
        assert told(folder) == told(Path(home) / "undisturbed" / RUN)


@thorough
@given(board=boards, cuts=st.lists(st.floats(0, 1), min_size=len(FILES), max_size=len(FILES)), clock=clocks)
def test_wherever_its_files_are_cut_a_batch_is_what_its_last_whole_commit_says(board, cuts, clock):
    with TemporaryDirectory(dir=IN_MEMORY) as home:
        finish(Crawl(Path(home) / "undisturbed" / RUN, board, Slow()))
        folder = Path(home) / "cut" / RUN
        crawl = Crawl(folder, board, clock())
        for _ in crawl.steps():
            pass
        crawl.batch.close()
        partial = partial_of(folder)
        for name, cut in zip(FILES, cuts, strict=True):
            os.truncate(partial / name, round((partial / name).stat().st_size * cut))
        expected = committed(partial)
        reopened = writer(folder)
        assert (reopened.ads, sum(reopened.ledger.outcomes.values())) == expected
        reopened.close()
        finish(Crawl(folder, board, Slow()))
        assert told(folder) == told(Path(home) / "undisturbed" / RUN)


def test_a_file_that_a_kill_left_half_written_is_in_no_batch(tmp_path):
    crawl = Crawl(tmp_path / RUN, SMALL, Slow())
    for _ in crawl.steps():
        pass
    kill(crawl)
    (partial_of(tmp_path / RUN) / ".known.jsonl.gz.0a1b2c3d.partial").write_bytes(b"torn")
    finish(Crawl(tmp_path / RUN, SMALL, Slow()))
    assert not list((tmp_path / RUN).glob(".*"))


def test_an_address_comes_back_with_all_that_was_known_of_it(tmp_path):
    entry = RawAd(title="Bäcker \ud83c", base_salary=RawSalary(min="9", raw="9 an hour"), reader="feed")
    address = Address(
        url=f"{SITE}/1",
        role="page",
        depth=3,
        entry=entry,
        entry_page=PageRef(file="pages.warc.gz", offset=7, sha256="a"),
    )
    crawl = Crawl(tmp_path / RUN, {}, Clock())
    crawl.frontier.see(address, lastmod="2026-11-01")
    assert list(crawl.frontier.take(0)) == []
    kill(crawl)
    again = writer(tmp_path / RUN)
    assert again.unfinished.waiting == [(address, "2026-11-01")]
    again.close()


def test_what_was_spent_and_what_went_wrong_counts_on(tmp_path):
    clock = Clock()
    crawl = Crawl(tmp_path / RUN, {}, clock)
    crawl.frontier.pay(f"{SITE}/1")
    crawl.frontier.done(f"{SITE}/1")
    crawl.frontier.pay(f"{SITE}/2")  # under way: it will be paid for again
    crawl.frontier.bytes, crawl.frontier.is_overrun = 500, True
    crawl.batch.note_problem("the harbour is closed")
    crawl.batch.note_problem("the harbour is closed")
    crawl.batch.remember(shape="a[href]", days=3)
    crawl.batch.remember(shape="a.ad")
    crawl.batch.remember(shown=["a", "b"])
    crawl.batch.remember(shown=["c"], met=[1])
    crawl.frontier.stop("pause")
    clock.now += 239 * 60
    list(crawl.frontier.take(1))
    kill(crawl)
    again = Crawl(tmp_path / RUN, {}, late := Clock())
    assert (again.frontier.pages, again.frontier.bytes, again.frontier.is_overrun) == (1, 500, True)
    assert again.batch.problems == ["the harbour is closed"]
    assert again.batch.remembered == {"shape": "a.ad", "days": 3, "shown": ["a", "b", "c"], "met": [1]}
    assert again.frontier.at_end() == "pause"
    again.frontier._stopped = None
    assert again.frontier.at_end() is None
    late.now += 60
    assert again.frontier.at_end() == "minutes"
    again.batch.close()


def test_a_run_that_nobody_waits_for_commits_nothing_more(tmp_path):
    crawl = Crawl(tmp_path / RUN, {}, Clock())
    crawl.frontier.see(Address(url=f"{SITE}/1", role="page"))
    list(crawl.frontier.take(0))
    crawl.batch.journal.suspend()
    crawl.frontier.stop("abandoned")
    list(crawl.frontier.take(1))
    assert crawl.batch.ledger.outcomes["not_inspected"] == 1
    crawl.batch.close()
    again = Crawl(tmp_path / RUN, {}, Clock())
    assert [address.url for address in again.frontier.take(9)] == [f"{SITE}/1"]
    again.batch.close()


def test_the_reading_that_kills_a_run_each_time_is_known(tmp_path):
    for times in range(DEADLY):
        crawl = Crawl(tmp_path / RUN, {}, Clock())
        assert crawl.frontier.deadly == set()
        if not times:
            for number in (1, 2):
                crawl.frontier.see(Address(url=f"{SITE}/{number}", role="page"))
            list(crawl.frontier.take(9))
        crawl.frontier.begin(f"{SITE}/1")
        kill(crawl)
    crawl = Crawl(tmp_path / RUN, {}, Clock())
    assert crawl.frontier.deadly == {f"{SITE}/1"}
    assert crawl.batch.resumed == DEADLY
    crawl.batch.close()


def test_after_a_piece_was_torn_a_file_takes_nothing_more():
    with suppress(OSError), AppendOnly(Path("/dev/full")) as file:
        with pytest.raises(OSError, match="No space left"):
            file.write(b"x" * 200_000)
        for act in (lambda: file.write(b"more"), file.settle):
            with pytest.raises(OSError, match="No space left"):
                act()
