"""The journal of an unfinished batch: whatever is cut off, what was committed is all there, and nothing is doubled."""

import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs
from warcio.archiveiterator import ArchiveIterator

from builders import NOON, make_ad
from crawler.ad import PageRef
from crawler.address import Address
from crawler.append_only import AppendOnly
from crawler.batch_writer import BatchWriter, complete_batch
from crawler.batches import find_batches, partial_of, read_batch
from crawler.errors import BadBatch
from crawler.extract.raw import RawAd, RawSalary
from crawler.frontier import DEADLY, Frontier
from crawler.job import card_digest
from crawler.source import Source
from crawler.sources import source_from_card
from crawler.unfinished import GROWING, TOO_OLD, find_unfinished
from crawler.warc import Exchange

ROOT = Path(__file__).parents[2]
RUN = "20261102T120000Z"
SITE = "http://127.0.0.1:8000"
IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""A batch is synced when it is finished, which takes a disk its time."""

FILES = (*GROWING, "journal.jsonl")


def source(**keys: object) -> Source:
    values = {"name": "quay", "title": "Quay", "kind": "sitemap", "start": [f"{SITE}/0"], "local": True}
    return source_from_card(values | keys, where="quay.toml")


class Clock:
    now = 100.0
    step = 0.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


class Slow(Clock):
    """A clock of a crawl that is slow enough for each look to be committed."""

    step = 1.0


@dataclass(frozen=True)
class Page:
    """An invented page: where it leads, which ads it shows, and which addresses it settles by itself."""

    links: tuple[int, ...] = ()
    ads: tuple[int, ...] = ()
    settles: tuple[int, ...] = ()
    has_entry: bool = False


Board = dict[int, Page]
"""Pages by number; 0 is the start."""

few = st.lists(st.integers(0, 12), max_size=4).map(tuple)
pages = st.builds(Page, links=few, ads=few, settles=few, has_entry=st.booleans())
clocks = st.sampled_from([Clock, Slow, Slow])
boards = st.dictionaries(st.integers(0, 12), pages, min_size=1, max_size=10)


class Crawl:
    """A crawl without a network: what the spider and its stages do to a batch, step by step."""

    def __init__(self, folder: Path, board: Board, clock: Clock) -> None:
        self.batch = writer(folder)
        self.frontier = Frontier(source(), self.batch.ledger, clock=clock, journal=self.batch.journal)
        if self.batch.left:
            self.frontier.take_up([address for address, _ in self.batch.left.waiting], self.batch.left.left)
        self._board, self._written = board, set(self.batch.earlier_ads())

    def steps(self) -> Iterator[None]:
        """Two addresses at a time, the second answered before the first is done with."""
        self.frontier.see(Address(url=f"{SITE}/0", role="page"))
        while taken := list(self.frontier.take(2)):
            readings = [self._read(address) for address in taken]
            while readings:
                for reading in readings.copy():
                    yield
                    if next(reading, self) is self:
                        readings.remove(reading)

    def _read(self, address: Address) -> Iterator[None]:
        number = int(address.url.rpartition("/")[2])
        page = self._board.get(number, Page())
        self.frontier.pay(address.url)
        place = self.batch.warc.append(exchange(address.url))
        yield
        self.frontier.begin(address.url)
        for other in page.settles:
            if self.batch.ledger.see(f"{SITE}/{other}"):
                self._write(f"{SITE}/{other}", (100 + other,), place)
                yield
        for other in page.links:
            entry = RawAd(title=f"Cook \ud800 {other}", reader="feed") if page.has_entry else None
            self.frontier.see(Address(url=f"{SITE}/{other}", role="page", entry=entry), lastmod="2026-11-01")
        yield
        self._write(address.url, page.ads, place)

    def _write(self, url: str, numbers: tuple[int, ...], place: PageRef) -> None:
        ads = {f"quay:{number}": make_ad(ad_id=f"quay:{number}", page=place) for number in numbers}
        new = {ad_id: ad for ad_id, ad in ads.items() if ad_id not in self._written}
        self._written |= new.keys()
        self.batch.add_all([(ad, RawAd(title="Cook", reader="page")) for ad in new.values()])
        self.batch.ledger.close(url, "ad" if ads else "not_an_ad", ads=tuple(ads))
        self.frontier.done(url)


def writer(folder: Path, **more: object) -> BatchWriter:
    settings = {"source": "quay", "started_at": NOON, "software": "lurewatch/0", "card": card_digest(source())}
    return BatchWriter(folder, **settings | more)


def exchange(url: str) -> Exchange:
    return Exchange(
        address=url,
        at=NOON,
        method="GET",
        request_headers=(),
        status=200,
        protocol="HTTP/1.1",
        response_headers=(),
        body=url.encode(),
    )


def finish(crawl: Crawl) -> None:
    for _ in crawl.steps():
        pass
    crawl.batch.finish(ended_at=NOON + timedelta(hours=1), problems=tuple(crawl.batch.problems))


def kill(crawl: Crawl) -> None:
    """End a crawl as a kill does: nothing more reaches its files."""
    folder = partial_of(crawl.batch._final)
    kept = {name: (folder / name).read_bytes() for name in FILES}
    crawl.batch.close()
    for name, content in kept.items():
        (folder / name).write_bytes(content)


def told(folder: Path) -> tuple[object, ...]:
    """What a finished batch comes to; its archive is readable and its ads lead into it."""
    batch = read_batch(folder)
    ads = list(batch.ads())
    lines = [json.loads(line) for line in gzip.decompress((folder / "ledger.jsonl.gz").read_bytes()).splitlines()]
    raw = [json.loads(line)["ad_id"] for line in gzip.decompress((folder / "raw.jsonl.gz").read_bytes()).splitlines()]
    assert raw == [ad.ad_id for ad in ads]
    assert len(set(raw)) == len(raw)
    with (folder / "pages.warc.gz").open("rb") as file:
        records = ArchiveIterator(file, check_digests="raise")
        offsets = {}
        for record in records:
            record.content_stream().read()
            offsets[records.get_record_offset()] = record.rec_headers.get_header("WARC-Payload-Digest")
    assert all(offsets[ad.page.offset] == f"sha256:{ad.page.sha256}" for ad in ads)
    assert sorted(file.name for file in folder.iterdir()) == [
        *("ads.jsonl", "ledger.jsonl.gz", "pages.warc.gz", "raw.jsonl.gz", "summary.json")
    ]
    return {ad.ad_id: replace(ad, page=None) for ad in ads}, lines, batch.summary.outcomes


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
    assert again.left.waiting == ((address, "2026-11-01"),)
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
    crawl.batch.gather(shown=["a", "b"])
    crawl.batch.gather(shown=["c"], met=[1])
    crawl.frontier.stop("pause")
    clock.now += 239 * 60
    list(crawl.frontier.take(1))
    kill(crawl)
    again = Crawl(tmp_path / RUN, {}, late := Clock())
    assert (again.frontier.pages, again.frontier.bytes, again.frontier.is_overrun) == (1, 500, True)
    assert again.batch.problems == ["the harbour is closed"]
    assert again.batch.remembered == {"shape": "a.ad", "days": 3}
    assert again.batch.gathered == {"shown": ["a", "b", "c"], "met": [1]}
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


def test_a_batch_that_somebody_writes_is_not_taken_from_him(tmp_path):
    first = writer(tmp_path / RUN)
    with pytest.raises(BadBatch, match="found one in use"):
        writer(tmp_path / RUN)
    assert find_unfinished(tmp_path, card=card_digest(source()), now=NOON, today=datetime.now(UTC)) is None
    first.close()
    assert found(tmp_path) == tmp_path / RUN


def found(home: Path, *, keys: dict[str, object] | None = None, days: int = 0, today: datetime | None = None):
    card = card_digest(source(**keys or {}))
    return find_unfinished(home, card=card, now=NOON + timedelta(days=days), today=today or datetime.now(UTC))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"keys": {"language": "vi"}}, "the source's card has changed"),
        ({"days": 4}, "older than 3 days"),
        ({"today": datetime.now(UTC) + TOO_OLD * 2}, "older than 3 days"),
    ],
)
def test_another_card_or_an_old_batch_begins_afresh(tmp_path, changes, reason):
    home = tmp_path / "quay"
    writer(home / RUN).close()
    with capture_logs() as logs:
        assert found(home, **changes) is None
    assert [entry["reason"] for entry in logs] == [reason]
    assert [path.name for path in home.iterdir()] == [f".{RUN}.partial.abandoned"]
    assert find_batches(tmp_path) == ()
    writer(home / RUN).close()
    assert found(home, **changes) is None
    assert len(list(home.glob("*.abandoned*"))) == 2


def test_the_newest_of_several_is_taken_up(tmp_path):
    for run in ("20261102T120000Z-2", "20261101T120000Z", "20261102T120000Z", "20261102T120000Z-10"):
        writer(tmp_path / run).close()
    assert found(tmp_path) == tmp_path / "20261102T120000Z-10"
    assert len(list(tmp_path.glob("*.abandoned"))) == 3


def test_a_folder_that_was_just_made_is_left_alone(tmp_path):
    (tmp_path / f".{RUN}.partial").mkdir()
    assert found(tmp_path) is None
    assert [path.name for path in tmp_path.iterdir()] == [f".{RUN}.partial"]
    assert found(tmp_path, today=datetime.now(UTC) + timedelta(minutes=2)) is None
    assert [path.name for path in tmp_path.iterdir()] == [f".{RUN}.partial.abandoned"]


@pytest.mark.parametrize("rubbish", [b"", b"[]\n", b'{"source":"quay"}\n', b"\x00" * 4096])
def test_a_journal_that_cannot_be_read_is_set_aside_and_its_run_begun_again(tmp_path, rubbish):
    writer(tmp_path / RUN).close()
    (tmp_path / f".{RUN}.partial" / "journal.jsonl").write_bytes(rubbish)
    again = writer(tmp_path / RUN)
    assert (again.left, again.resumed) == (None, 0)
    again.close()
    assert len(list(tmp_path.glob("*.abandoned"))) == 1


@pytest.mark.parametrize("name", GROWING)
def test_a_batch_with_a_file_lost_is_set_aside(tmp_path, name):
    writer(tmp_path / RUN).close()
    (tmp_path / f".{RUN}.partial" / name).unlink()
    again = writer(tmp_path / RUN)
    assert again.left is None
    again.close()


SMALL: Board = {0: Page(links=(1, 2), ads=(1,)), 1: Page(ads=(2,)), 2: Page(links=(3,))}


def die_at_each_act(home: Path) -> None:
    """Finish the same batch again and again, each time in a process that dies one act on the file system later."""
    moment, code = 0, -signal.SIGKILL
    while code:
        pid = os.fork()
        if pid == 0:
            crawl = Crawl(home / str(moment) / RUN, SMALL, Slow())
            for _ in crawl.steps():
                pass
            sys.addaudithook(dying_at(moment))
            crawl.batch.finish(ended_at=NOON + timedelta(hours=1), problems=())
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        moment += 1


def dying_at(moment: int):
    acts = count()

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        touches = event in {"open", "os.rename", "os.remove"} and RUN in str(arguments[0])
        if touches and next(acts) == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    return hook


def test_a_finish_that_is_killed_at_any_act_is_finished_later(tmp_path):
    finish(Crawl(tmp_path / "undisturbed" / RUN, SMALL, Slow()))
    places = [str(ROOT), str(ROOT / "tests"), str(Path(__file__).parent)]
    code = (
        f"import sys; sys.path[:0] = {places}; import pathlib, test_journal as t; t.die_at_each_act(pathlib.Path('.'))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    homes = sorted((home for home in tmp_path.iterdir() if home.name.isdigit()), key=lambda home: int(home.name))
    assert len(homes) > 12
    were_whole = set()
    for home in homes:
        folder = home / RUN
        were_whole.add("named" if folder.exists() else "whole" if complete_batch(folder) else "unfinished")
        if not folder.exists():
            finish(Crawl(folder, SMALL, Slow()))
        assert told(folder) == told(tmp_path / "undisturbed" / RUN)
        assert [path.name for path in home.iterdir()] == [RUN]
    assert were_whole == {"unfinished", "whole", "named"}


def test_after_a_piece_was_torn_a_file_takes_nothing_more():
    with suppress(OSError), AppendOnly(Path("/dev/full")) as file:
        with pytest.raises(OSError, match="No space left"):
            file.write(b"x" * 200_000)
        for act in (lambda: file.write(b"more"), file.settle):
            with pytest.raises(OSError, match="No space left"):
                act()
