"""A hostile site cannot hurt a crawl: whatever it sends has its outcome, and the ads beside it are all read.

Real servers on loopback, a real child process, its memory measured. Every text is invented.
"""

import gzip
import json
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from builders import NOON
from crawler.batch.batch import Batch, read_batch
from crawler.run.runner import Job, dump_job
from crawler.sources.loader import source_from_card

MEMORY = 600
"""Megabytes that a child may have at its highest."""

MINUTES = 2
"""Far more than any of this takes on a slow machine, far less than an endless body would."""

TIMEOUT = 4
"""Seconds for one answer in these crawls; a real crawl gives it a minute."""

TEXT = "<p>The kitchen of a small harbour inn needs a second cook for the summer.</p>" * 6
MEGABYTE = 1_000_000


def ad(title: str) -> bytes:
    posting = {
        "@type": "JobPosting",
        "title": title,
        "description": TEXT,
        "hiringOrganization": "Harbour Inn",
        "jobLocation": "Hue",
    }
    script = f'<script type="application/ld+json">{json.dumps(posting)}</script>'
    return (
        f"<!doctype html><html><head><title>{title}</title>{script}</head><body><h1>{title}</h1></body></html>".encode()
    )


def zeros(megabytes: int, *, head: bytes = b"") -> bytes:
    """So many megabytes of white space, packed. One block is packed and repeated: that is all a bomb is."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    start = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b" " * MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + block * megabytes


Send = Callable[[BaseHTTPRequestHandler], None]


def sent(body: bytes, *, status: int = 200, kind: str = "text/html", length: object = None, **headers: str) -> Send:
    """Sends a body, with a Content-Length that need not be true."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        told = {"Content-Type": kind, "Content-Length": str(len(body) if length is None else length)}
        for name, value in (told | {name.replace("_", "-"): value for name, value in headers.items()}).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = True

    return send


def streamed(piece: bytes, *, pause: float = 0, most: int = 1_000, chunked: bool = False) -> Send:
    """Sends a body without a length, piece by piece."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header(*(("Transfer-Encoding", "chunked") if chunked else ("Connection", "close")))
        handler.end_headers()
        handler.close_connection = True
        for _ in range(most):
            handler.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
            time.sleep(pause)

    return send


def moved(path: str, status: int = 302) -> Send:
    return sent(b"", status=status, Location=path)


def locations(*paths: str, root: str = "urlset") -> Send:
    child = "url" if root == "urlset" else "sitemap"
    rows = "".join(f"<{child}><loc>{path}</loc></{child}>" for path in paths)
    return sent(f"<{root}>{rows}</{root}>".encode(), kind="application/xml")


class HostileSite:
    """Answers by path. What begins with a known path and goes on is answered by it too: there are endlessly many."""

    def __init__(self, answers: dict[str, Send]) -> None:
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.asked.append(self.path)
                exact = answers.get(self.path)
                known = exact or next(
                    (send for path, send in answers.items() if self.path.startswith(f"{path}/")), None
                )
                try:
                    (known or sent(b"", status=404))(self)
                except OSError:
                    self.close_connection = True  # the crawler had enough of it

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass(frozen=True)
class Told:
    batch: Batch
    asked: list[str]
    megabytes: int
    seconds: float

    def outcomes(self) -> dict[str, tuple[str, str]]:
        with gzip.open(self.batch.folder / "ledger.jsonl.gz", "rt", encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        return {line["address"].partition("/")[2].partition("/")[2].partition("/")[2]: _told(line) for line in lines}


def _told(line: dict[str, str]) -> tuple[str, str]:
    return line["outcome"], line.get("detail") or ""


# The child that a crawl starts, but with a shorter patience: nobody wants to wait a minute for a test.
CHILD = f"""
import sys
import crawler.run.worker as child
usual = child.scrapy_settings
child.scrapy_settings = lambda *a, **k: usual(*a, **k) | {{"DOWNLOAD_TIMEOUT": {TIMEOUT}, "RETRY_TIMES": 0}}
code = child.main()
# Of this program alone: what the kernel reckons for a process begins with the size of the one that started it.
with open("/proc/self/status") as told:
    most = next(line.split()[1] for line in told if line.startswith("VmHWM"))
with open(sys.argv[1], "w") as file:
    file.write(most)
sys.exit(code)
"""


def crawl(answers: dict[str, Send], start: str, folder: Path, *, kind: str = "sitemap") -> Told:
    """One crawl in a process of its own, with the most memory that it had."""
    site = HostileSite(answers)
    values = {"name": "quay", "title": "Quay", "kind": kind, "start": [f"{site.url}{start}"], "local": True}
    card = values | {"politeness": {"delay": 0}, "budget": {"minutes": MINUTES, "depth": 6}}
    job = Job(source=source_from_card(card, where="quay.toml"), folder=folder, started_at=NOON, contact=None)
    started = time.monotonic()
    silent = subprocess.DEVNULL
    most = folder.with_name("most-memory")
    wanted = [sys.executable, "-c", CHILD, str(most)]
    child = subprocess.Popen(wanted, stdin=subprocess.PIPE, stdout=silent, stderr=silent)
    assert child.stdin is not None
    child.stdin.write(dump_job(job).encode())
    child.stdin.close()
    assert child.wait() == 0
    site.close()
    return Told(read_batch(folder), site.asked, int(most.read_text()) // 1024, time.monotonic() - started)


HEAD = b"<html><head><title>Cook</title></head><body><h1>Cook</h1>"
LD = b'<script type="application/ld+json">'

PAGES: dict[str, Send] = {
    "a gigabyte packed into one": sent(zeros(1_000, head=HEAD), Content_Encoding="gzip"),
    "packed twice": sent(gzip.compress(zeros(1_000, head=HEAD)), Content_Encoding="gzip"),
    "no packing at all": sent(HEAD, Content_Encoding="gzip"),
    "a hundred megabytes": sent(HEAD + b" " * (100 * MEGABYTE)),
    "a hundred megabytes in chunks": streamed(b"x" * MEGABYTE, most=100, chunked=True),
    "a body without end": streamed(b"x" * MEGABYTE),
    "a drip": streamed(b"x", pause=0.2),
    "a length too long": sent(ad("Never whole"), length=50_000),
    "a length too short": sent(HEAD + b"<p>We look for a second cook", length=60),
    "a length that is none": sent(HEAD, length="many"),
    "a loop": moved("/a-loop"),
    "a loop of two": moved("/a-loop-of-two/b"),
    "a chain": moved("/a-chain/more"),
    "a redirect to data": moved("data:text/html,<h1>Cook</h1>"),
    "a redirect to a file": moved("file:///etc/passwd"),
    "a redirect to nowhere": moved("http://[oops/"),
    "a refresh without end": sent(b"<meta http-equiv=refresh content='0;url=/a-refresh-without-end'>" * 1_000),
    "nested JSON": sent(HEAD + LD + b'{"a":[' * 2_500_000),
    "nested elements": sent(HEAD + b"<div>" * 2_000_000),
    "a million attributes": sent(HEAD + b"<p " + b" ".join(b"a%x" % n for n in range(1_000_000)) + b">"),
    "a million links": sent(HEAD + b"<a href=/1>x</a>" * 900_000),
    "a title of megabytes": sent(b"<title>" + b"Cook " * 2_000_000 + b"</title>"),
    "a program": sent(b"\x7fELF\x02\x01\x01\0" + bytes(range(256)) * 40_000),
    "a charset that is none": sent(ad("Cook, in no charset"), kind="text/html; charset=x-nope"),
    "a charset that lies": sent(ad("Cook, in a lie"), kind="text/html; charset=utf-16"),
    "headers of megabytes": sent(HEAD, X_Long="x" * (2 * MEGABYTE)),
}  # fmt: skip


def slug(name: str) -> str:
    return name.replace(" ", "-").lower()


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """A board with hostile pages between its ads."""
    pages = {f"/{slug(name)}": send for name, send in PAGES.items()}
    ads = {f"/ads/{number}": sent(ad(f"Cook {number}")) for number in range(len(pages) + 1)}
    order = [path for pair in zip(ads, pages, strict=False) for path in pair] + [list(ads)[-1]]
    return crawl(
        {**ads, **pages, "/sitemap.xml": locations(*order)}, "/sitemap.xml", tmp_path_factory.mktemp("b") / "run"
    )


def test_the_ads_of_a_hostile_board_are_all_read(board: Told) -> None:
    titles = {ad.title for ad in board.batch.ads()}
    assert {f"Cook {number}" for number in range(len(PAGES) + 1)} <= titles
    assert board.batch.summary.finished
    assert board.batch.summary.addresses == 2 * len(PAGES) + 2


@pytest.mark.parametrize("name", PAGES)
def test_a_hostile_page_has_its_outcome(board: Told, name: str) -> None:
    outcome, detail = board.outcomes()[slug(name)]
    assert outcome in {"failed", "not_an_ad", "out_of_scope", "listing"} | ({"ad"} if "charset" in name else set())
    if any(word in name for word in ("gigabyte", "hundred", "without end", "drip", "loop", "chain", "too long")):
        assert outcome == ("not_an_ad" if "refresh" in name else "failed")
        assert detail or outcome == "not_an_ad"


def test_ads_in_strange_charsets_are_read_all_the_same(board: Told) -> None:
    assert {"Cook, in no charset", "Cook, in a lie"} <= {ad.title for ad in board.batch.ads()}


def test_a_hostile_board_costs_little_memory_and_time(board: Told) -> None:
    assert board.megabytes < MEMORY
    assert board.seconds < 60 * MINUTES


def test_no_redirect_is_followed_for_ever(board: Told) -> None:
    for name in ("a loop", "a loop of two", "a chain"):
        asked = [path for path in board.asked if path == f"/{slug(name)}" or path.startswith(f"/{slug(name)}/")]
        assert len(asked) <= 8


@pytest.fixture(scope="module")
def maps(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """A site whose sitemaps are hostile, and one that is not."""
    days = iter(range(10**9))

    def calendar(handler: BaseHTTPRequestHandler) -> None:
        names = [f"/calendar/{next(days)}", f"/calendar/{next(days)}"]
        locations(*names, root="sitemapindex")(handler)

    laughs = b"".join(b"<!ENTITY a%d '%s'>" % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 20))
    bomb = b"<!DOCTYPE urlset [<!ENTITY a0 'ha'>" + laughs + b"]><urlset><url><loc>/ads/&a19;</loc></url></urlset>"
    hostile = {
        "/calendar": calendar,
        "/itself.xml": locations("/itself.xml", "/sitemap.xml", root="sitemapindex"),
        "/bomb.xml.gz": sent(zeros(1_000, head=b"<urlset>"), kind="application/gzip"),
        "/twice.xml.gz": sent(gzip.compress(gzip.compress(b"<urlset></urlset>")), kind="application/gzip"),
        "/laughs.xml": sent(bomb, kind="application/xml"),
        "/nested.xml": sent(b"<urlset>" + b"<url><loc>" * 500_000, kind="application/xml"),
        "/many.xml": sent(
            b"<urlset>" + b"<url><loc>mailto:a</loc></url>" * 400_000 + b"</urlset>", kind="application/xml"
        ),
        "/page.xml": sent(b"<html><p>Not a map."),
        "/endless.xml": streamed(b"<url><loc>/x</loc></url>" * 40_000),
    }
    names = ["/calendar/start", *(path for path in hostile if path != "/calendar"), "/ads.xml"]
    ads = {f"/ads/{number}": sent(ad(f"Cook {number}")) for number in range(3)}
    start = {"/sitemap.xml": locations(*names, root="sitemapindex"), "/ads.xml": locations(*ads)}
    return crawl({**ads, **start, **hostile}, "/sitemap.xml", tmp_path_factory.mktemp("m") / "run")


def test_endless_calendars_and_bombs_among_sitemaps_cost_no_ad(maps: Told) -> None:
    assert sorted(ad.title for ad in maps.batch.ads()) == ["Cook 0", "Cook 1", "Cook 2"]
    assert maps.batch.summary.finished
    assert maps.megabytes < MEMORY
    found = maps.outcomes()
    assert {path for path, (outcome, _) in found.items() if outcome == "failed"} >= {
        "bomb.xml.gz", "twice.xml.gz", "page.xml", "endless.xml",
    }  # fmt: skip
    assert found["itself.xml"][0] == "listing"


def test_a_calendar_without_end_is_left_at_the_budget_of_depth(maps: Told) -> None:
    days = {path: told for path, told in maps.outcomes().items() if path.startswith("calendar/")}
    # Two further maps on each, within a depth of 6: 2 + 4 + ...
    assert 30 < len(days) < 300
    assert {told for told in days.values() if told[0] != "listing"} == {("not_inspected", "depth")}


@pytest.fixture(scope="module")
def feeds(tmp_path_factory: pytest.TempPathFactory) -> Told:
    laughs = b"".join(b"<!ENTITY a%d '%s'>" % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 20))
    entity = b"<!DOCTYPE rss [<!ENTITY a0 'ha'>" + laughs + b"<!ENTITY f SYSTEM 'file:///etc/passwd'>]>"
    entry = b"<item><title>Cook &f;</title><link>/ads/1</link><description>&a19;</description></item>"
    answers = {
        "/feed.xml": sent(entity + b"<rss><channel>" + entry + b"</channel></rss>", kind="application/rss+xml"),
        "/ads/1": sent(ad("Cook 1")),
    }
    return crawl(answers, "/feed.xml", tmp_path_factory.mktemp("f") / "run", kind="feed")


def test_a_feed_of_laughs_and_of_this_machine_s_files_gives_its_ad_and_nothing_else(feeds: Told) -> None:
    (found,) = feeds.batch.ads()
    assert found.title == "Cook 1"
    assert feeds.megabytes < MEMORY
    assert "root:" not in str(found)
