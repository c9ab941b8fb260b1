"""Pages that exist only after JavaScript, in a real browser, and what they may not do there. Everything is invented."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright
from scrapy import Request
from warcio.archiveiterator import ArchiveIterator

from browsing import browser_path
from builders import NOON
from crawler.ad import JobAd
from crawler.batch.batch import Batch, read_batch
from crawler.errors import CannotRender
from crawler.fetch.rendering import RenderMiddleware
from crawler.fetch.settings import check_browser, render_settings
from crawler.run.runner import Job, crawl_sources, dump_job
from crawler.sources.card import Source
from crawler.sources.loader import source_from_card
from crawling import start_child
from loopback_site import Answer, Site

browser = [
    pytest.mark.browser,
    pytest.mark.skipif(browser_path() is None, reason="no browser here; `make test` installs one"),
]

SHELL = """<!doctype html><html lang="en"><head><title>Pier</title><link rel="stylesheet" href="/look.css">
<script src="/app.js"></script><script src="https://cdn.example/x.js"></script></head>
<body><img src="/pier.png"><div id="app"></div><iframe src="/frame"></iframe></body></html>"""

APP = """document.addEventListener('DOMContentLoaded', async () => {
  const app = document.getElementById('app');
  const say = words => app.insertAdjacentHTML('beforeend', `<p class="said">${words}</p>`);
  const ad = await (await fetch('/api/ad.json?page=' + location.pathname)).json();
  app.innerHTML = `<h1>${ad.title}</h1><div class="text">${ad.text}</div>`;
  const tries = ['/private/x', '/away', 'SIDE/secret', 'http://169.254.169.254/latest', 'https://far.example/'];
  for (const address of tries) {
    try { await fetch(address); say(`got ${address}`); } catch (error) { say('refused'); }
  }
  try { await fetch('/post', {method: 'POST', body: 'x'}); say('got a post'); } catch (error) { say('refused'); }
  document.cookie = 'visits=1';
  say(`cookie ${document.cookie} kept ${localStorage.getItem('seen')}`);
  localStorage.setItem('seen', 'yes');
  const socket = new WebSocket('ws://' + location.host + '/socket');
  socket.onopen = () => say('got a socket');
  navigator.serviceWorker?.register('/worker.js');
  window.open('/popup');
  const frame = document.createElement('iframe'); frame.src = '/frame-2'; document.body.append(frame);
});"""

LISTING = """document.addEventListener('DOMContentLoaded', () => { document.body.innerHTML =
  [1, 2, 3].map(n => `<div class="job"><h3><a href="/ads/${n}">Kitchen help ${n} at the pier</a></h3>
    <p>Pier Kitchen</p><p>Da Nang</p></div>`).join('');
  history.replaceState(null, '', '/elsewhere'); });"""

TEXT = "The pier kitchen needs another pair of hands. " * 12


@pytest.fixture(scope="module", autouse=True)
def named_browser() -> Iterator[None]:
    """The browser that the tests found is the one that the crawler uses, also in its child processes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LUREWATCH_BROWSER", browser_path() or "")
        yield


def source(start: str, kind: str = "board", **keys: object) -> Source:
    values = {"name": "rendered", "title": "Rendered", "kind": kind, "start": [start], "local": True, "render": True}
    select = {"select": {"title": "h1", "description": ".text"}}
    return source_from_card(values | select | {"politeness": {"delay": 0}} | keys, where="rendered.toml")


def pages(side: Site) -> dict[str, Answer]:
    script = {"type": "text/javascript"}
    ad = json.dumps({"title": "Kitchen help", "text": TEXT})
    return {
        "/robots.txt": Answer(body="User-agent: *\nDisallow: /private\n", type="text/plain"),
        "/list": Answer(body='<!doctype html><html><head><script src="/list.js"></script></head><body></body></html>'),
        "/list.js": Answer(body=LISTING, **script),
        "/app.js": Answer(body=APP.replace("SIDE", side.url), **script),
        "/away": Answer(status=302, headers={"Location": f"{side.url}/secret"}),
        **{f"/ads/{n}": Answer(body=SHELL, headers={"Set-Cookie": "id=7"}) for n in (1, 2, 3)},
        **{f"/api/ad.json?page=/ads/{n}": Answer(body=ad, type="application/json") for n in (1, 2, 3)},
    }


def run(wanted: Source, folder: Path) -> Batch:
    (summary,) = crawl_sources([wanted], folder, contact=None, now=NOON)
    assert summary.finished, summary.problems
    return read_batch(folder / wanted.name / summary.run)


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Batch, Site, Site]:
    """One crawl of a board that is nothing without its scripts, and of what they reach for beside it."""
    with (
        Site() as site,
        Site({"/secret": Answer(body="a secret", headers={"Access-Control-Allow-Origin": "*"})}) as side,
    ):
        site.pages.update(pages(side))
        return run(source(f"{site.url}/list"), tmp_path_factory.mktemp("rendered")), site, side


@pytest.fixture(scope="module")
def ads(crawled: tuple[Batch, Site, Site]) -> list[JobAd]:
    return list(crawled[0].ads())


def page_of(batch: Batch, ad: JobAd) -> tuple[dict[str, str], str]:
    with (batch.folder / ad.page.file).open("rb") as file:
        file.seek(ad.page.offset)
        record = next(iter(ArchiveIterator(file, check_digests="raise")))
        return dict(record.http_headers.headers), record.content_stream().read().decode()


class TestInABrowser:
    pytestmark = browser

    def test_a_listing_and_ads_that_only_scripts_make_are_read(self, crawled, ads):
        batch, site, _ = crawled
        assert batch.summary.outcomes["listing"] == 1
        assert batch.summary.outcomes["ad"] == len(ads) == 3
        assert {ad.url.removeprefix(site.url) for ad in ads} == {"/ads/1", "/ads/2", "/ads/3"}
        assert {(ad.title, ad.description) for ad in ads} == {("Kitchen help", TEXT.strip())}

    def test_a_crawl_that_is_killed_between_its_pages_comes_to_the_same(self, ads, tmp_path):
        with Site() as site, Site() as side:
            site.pages.update(pages(side))
            wanted = source(f"{site.url}/list")
            folder = tmp_path / wanted.name / f"{NOON:%Y%m%dT%H%M%SZ}"
            page = site.pages["/ads/2"]
            with start_child(Job(source=wanted, folder=folder, started_at=NOON, contact=None)) as child:

                def kill() -> Answer:
                    child.kill()
                    return page

                site.pages["/ads/2"] = kill
                assert child.wait(timeout=60) == -signal.SIGKILL
            site.pages["/ads/2"] = page
            batch = run(wanted, tmp_path)
        assert batch.summary.resumed == 1
        assert [replace(ad, seen_at=NOON, page=None, url=None) for ad in batch.ads()] == [
            replace(ad, seen_at=NOON, page=None, url=None) for ad in ads
        ]

    def test_the_site_sees_only_what_the_page_s_words_need(self, crawled):
        _, site, side = crawled
        expected = ["/robots.txt", "/list", "/list.js"]
        for n in (1, 2, 3):
            expected += [f"/ads/{n}", *(["/app.js"] if n == 1 else []), f"/api/ad.json?page=/ads/{n}", "/away"]
        assert site.paths == expected
        assert side.paths == []
        assert site.most_at_once == 1

    def test_every_request_names_the_crawler_and_carries_no_cookie(self, crawled):
        _, site, _ = crawled
        assert {asked.headers["User-Agent"] for asked in site.asked} == {site.asked[0].headers["User-Agent"]}
        assert site.asked[0].headers["User-Agent"].startswith("lurewatch/")
        assert not any("Cookie" in asked.headers for asked in site.asked)

    def test_what_a_page_may_not_have_it_does_not_get_nor_remember(self, crawled, ads):
        for ad in ads:
            _, body = page_of(crawled[0], ad)
            assert body.count("refused") == 6
            assert "got " not in body
            assert "kept null" in body

    def test_the_archive_holds_the_page_as_served_and_as_rendered(self, crawled, ads):
        batch, _, _ = crawled
        headers, body = page_of(batch, ads[0])
        assert headers["X-Lurewatch-Rendered"].startswith("the DOM after scripts had run")
        assert "Kitchen help" in body
        with (batch.folder / "pages.warc.gz").open("rb") as file:
            served = [
                record.content_stream().read().decode()
                for record in ArchiveIterator(file, check_digests="raise")
                if record.rec_type == "response" and record.rec_headers.get_header("WARC-Target-URI") == ads[0].url
            ]
        assert served[0] == SHELL
        assert served[1] == body

    def test_the_browser_reaches_nothing_by_itself_not_even_this_machine(self):
        options = render_settings(source("http://127.0.0.1:9/"))["PLAYWRIGHT_LAUNCH_OPTIONS"]
        with Site() as site, sync_playwright() as playwright:
            opened = playwright.chromium.launch(**options)
            page = opened.new_page()
            for address in (site.url, site.url.replace("127.0.0.1", "localhost"), "http://board.example/"):
                with pytest.raises(PlaywrightError, match=r"net::ERR_"):
                    page.goto(address)
            opened.close()
            assert site.paths == []

    def test_a_page_that_never_rests_or_never_answers_costs_its_time_and_no_more(self, tmp_path):
        script = "<script>setInterval(() => fetch('/tick?' + Math.random()), 50)</script>"
        with Site() as site:
            site.pages = {
                "/map.xml": Answer(
                    body="<urlset>" + "".join(f"<url><loc>/{n}</loc></url>" for n in "abc") + "</urlset>"
                ),
                "/a": Answer(body=f"<h1>Restless</h1><div class='text'>{TEXT}</div>{script}"),
                "/b": Answer(body=f"<h1>Stuck</h1><div class='text'>{TEXT}</div><script>for (;;) {{}}</script>"),
                "/c": Answer(body=f"<h1>Calm</h1><div class='text'>{TEXT}</div><script>document.title = 1</script>"),
            }
            job = Job(
                source=replace(source(f"{site.url}/map.xml"), kind="sitemap"),
                folder=tmp_path / "run",
                started_at=NOON,
                contact=None,
            )
            hurried = (
                "import sys, crawler.run.worker, crawler.fetch.rendering as rendering\n"
                "rendering.PAGE_SECONDS, rendering.QUIET_MS = 6, 1500\n"
                "sys.exit(crawler.run.worker.main())"
            )
            done = subprocess.run(
                [sys.executable, "-c", hurried], input=dump_job(job), text=True, timeout=90, check=False
            )
            assert done.returncode == 0
            assert sum(path.startswith("/tick") for path in site.paths) <= 100
        batch = read_batch(tmp_path / "run")
        assert [ad.title for ad in batch.ads()] == ["Restless", "Calm"]
        assert batch.summary.addresses_by_outcome["failed"] == (f"{site.url}/b",)


def test_a_page_that_is_rendered_is_always_asked_for_whole():
    asked = Request("http://127.0.0.1:9/", headers={"If-None-Match": '"1"', "If-Modified-Since": "x", "Accept": "y"})
    object.__new__(RenderMiddleware).process_request(asked)
    assert list(asked.headers) == [b"Accept"]


def test_what_is_missing_for_rendering_is_said_before_anything_is_asked(tmp_path, monkeypatch):
    wanted = source("http://127.0.0.1:9/")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("LUREWATCH_BROWSER", str(tmp_path / "none"))
    with pytest.raises(
        CannotRender, match=r"source rendered: render = true needs a browser: expected .*LUREWATCH_BROWSER"
    ):
        crawl_sources([wanted], tmp_path, contact=None, now=NOON)
    monkeypatch.setattr("crawler.fetch.settings.find_spec", lambda name: None)
    with pytest.raises(
        CannotRender, match=r'render = true needs the extra "render" \(pip install "lurewatch\[render\]"\)'
    ):
        crawl_sources([wanted], tmp_path, contact=None, now=NOON)
    check_browser(replace(wanted, render=False))
    assert list(tmp_path.iterdir()) == []


def test_a_crawl_that_renders_nothing_needs_no_playwright():
    loaded = "import sys, crawler.run.runner, crawler.run.worker; sys.exit('playwright' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loaded], check=False).returncode == 0
