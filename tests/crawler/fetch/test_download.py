"""The download handler against servers that break every rule: each fault has its name, and none ends a crawl."""

import asyncio
import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from threading import Thread

import pytest
from certificates import self_signed
from raw_server import RawServer
from scrapy import Request
from scrapy.http import Response
from scrapy.settings import Settings

from crawler.fetch.client import RAW_HEADERS, Download
from crawler.fetch.engine import DirectCrawler
from crawler.fetch.settings import scrapy_settings
from crawler.spiders.base import SourceSpider
from crawling import crawl, job_page, sitemap, source
from loopback_site import Answer, Site

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
MANY = b"".join(b"X-%d: y\r\n" % n for n in range(400))
FAULTS: dict[str, tuple[str, bytes]] = {
    "/cut-off": ("ResponseDataLossError", OK + b"Content-Length: 500\r\n\r\n<p>Only half"),
    "/cut-off-chunk": ("ResponseDataLossError", OK + b"Transfer-Encoding: chunked\r\n\r\n20\r\n<p>Only half"),
    "/bad-chunk": ("BadAnswer", OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n<p>\r\n0\r\n\r\n"),
    "/endless-chunk": ("BadAnswer", OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n<p>"),
    "/bad-length": ("BadAnswer", OK + b"Content-Length: about ten\r\n\r\n<p>Hello"),
    "/two-lengths": ("BadAnswer", OK + b"Content-Length: 5\r\nContent-Length: 50\r\n\r\n<p>Hello"),
    "/negative-length": ("BadAnswer", OK + b"Content-Length: -5\r\n\r\n<p>Hello"),
    "/garbage": ("BadAnswer", b"\x00\x01\x02 this is no answer\r\n\r\n"),
    "/other-protocol": ("BadAnswer", b"SSH-2.0-invented\r\n"),
    "/no-status": ("BadAnswer", b"HTTP/1.1 OK\r\n\r\n"),
    "/seven-digits": ("BadAnswer", b"HTTP/1.1 2000000 OK\r\nContent-Length: 0\r\n\r\n"),
    "/long-header": ("HeadersTooLarge", OK + b"X-Long: " + b"y" * 200_000 + b"\r\nContent-Length: 0\r\n\r\n"),
    "/many-headers": ("BadAnswer", OK + MANY + b"Content-Length: 0\r\n\r\n"),
    "/endless-line": ("HeadersTooLarge", b"HTTP/1.1 200 " + b"O" * 200_000),
    "/nothing": ("Disconnected", b""),
    "/half-a-head": ("Disconnected", b"HTTP/1.1 200 OK\r\nContent-Ty"),
    "/huge": ("TooLarge", OK + b"Content-Length: 99999999999\r\n\r\n<p>"),
    "/only-promises": ("Disconnected", b"HTTP/1.1 100 Continue\r\n\r\n" * 5),
    "/upgrade": ("101", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
}


def handler(*, largest: int = 100_000, seconds: float = 5.0) -> Download:
    card = source("https://127.0.0.1:1/")
    settings = scrapy_settings(card, None) | {"DOWNLOAD_MAXSIZE": largest, "DOWNLOAD_TIMEOUT": seconds}
    return Download(DirectCrawler(SourceSpider, Settings(settings)))


def fetch(*wanted: str | Request, **limits: float) -> list[Response | Exception]:
    async def fetch_all() -> list[Response | Exception]:
        download = handler(**limits)
        found: list[Response | Exception] = []
        for each in wanted:
            try:
                found.append(await download.download_request(Request(each) if isinstance(each, str) else each))
            except Exception as err:  # noqa: BLE001 - it is what is tested
                found.append(err)
        await download.close()
        return found

    return asyncio.run(fetch_all())


def name_of(found: Response | Exception) -> str:
    return str(found.status) if isinstance(found, Response) else type(found).__name__


def test_every_fault_of_a_server_has_its_name():
    with RawServer({path: sent for path, (_, sent) in FAULTS.items()}) as server:
        found = fetch(*(server.url + path for path in FAULTS))
    assert {path: name_of(each) for path, each in zip(FAULTS, found, strict=True)} == {
        path: name for path, (name, _) in FAULTS.items()
    }


def test_a_crawl_survives_every_fault_and_accounts_for_it(tmp_path):
    with RawServer({path: sent for path, (_, sent) in FAULTS.items()}) as server, Site() as board:
        listed = "".join(f"<url><loc>{server.url}{path}</loc></url>" for path in (*FAULTS, "/cook"))
        page = job_page("Ship's cook")
        server.answers["/sitemap.xml"] = OK + b"\r\n" + sitemap().replace("</urlset>", f"{listed}</urlset>").encode()
        server.answers["/cook"] = OK + b"Content-Length: %d\r\n\r\n%b" % (len(page), page)
        told = crawl({source(f"{server.url}/sitemap.xml"): board}, tmp_path)["harbour"]
    lines = {address.removeprefix(server.url): line for address, line in told.lines.items()}
    assert [lines[path]["outcome"] for path in FAULTS] == ["failed"] * len(FAULTS)
    assert [lines[path]["detail"] for path in FAULTS] == [name for name, _ in FAULTS.values()]
    assert lines["/cook"]["outcome"] == "ad"
    assert told.summary.finished


def test_an_answer_that_drips_is_given_up_after_a_total_time():
    drip = [OK + b"Content-Length: 500\r\n\r\n", *[b"x"] * 500]
    slow_head = [b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n"] * 500]
    with RawServer({"/body": drip, "/head": slow_head}, pause=0.02) as server:
        found = fetch(f"{server.url}/body", f"{server.url}/head", seconds=0.3)
    assert [name_of(each) for each in found] == ["DownloadTimeoutError"] * 2


def test_a_body_is_broken_off_at_its_limit_however_it_is_announced():
    flood = [OK + b"Transfer-Encoding: chunked\r\n\r\n", *[b"2710\r\n" + b"y" * 10_000 + b"\r\n"] * 1000]
    until_the_end = [OK + b"\r\n", *[b"y" * 10_000] * 1000]
    sent = {"/chunks": flood, "/no-length": until_the_end, "/fits": OK + b"Content-Length: 3\r\n\r\nabc"}
    with RawServer(sent) as server:
        wanted = [Request(f"{server.url}/fits", meta={"download_maxsize": 2}), f"{server.url}/fits"]
        found = fetch(f"{server.url}/chunks", f"{server.url}/no-length", *wanted, largest=50_000)
    assert [name_of(each) for each in found] == ["TooLarge", "TooLarge", "TooLarge", "200"]


def test_what_cannot_be_asked_for_is_named_too():
    found = fetch("http://127.0.0.1:1/", "http://nowhere.invalid/", "http:///nohost", "http://127.1/", "http://a..b/")
    expected = "DownloadConnectionRefusedError", "CannotResolveHostError", *["UnusableAddress"] * 3
    assert [name_of(each) for each in found] == [*expected]


def test_an_answer_is_kept_as_it_came():
    body = b"\x1f\x8b not really packed"
    head = OK + b"x-Odd-cASE: \xe9t\xe9\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Encoding: gzip\r\n"
    with RawServer({"/page": head + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)}) as server:
        request = Request(f"{server.url}/page?q=a%2Fb&c=%C3%A9")
        server.answers["/page?q=a%2Fb&c=%C3%A9"] = server.answers["/page"]
        (found,) = fetch(request)
    assert found.body == body
    assert found.protocol == "HTTP/1.1"
    assert found.ip_address == ip_address("127.0.0.1")
    assert [name for name, _ in request.meta[RAW_HEADERS]][1:4] == [b"x-Odd-cASE", b"Set-Cookie", b"Set-Cookie"]
    assert request.meta[RAW_HEADERS][1][1] == b"\xe9t\xe9"
    assert found.headers.getlist("Set-Cookie") == [b"a=1", b"b=2"]
    assert request.meta["download_latency"] > 0


def test_connections_are_kept_and_cookies_and_proxies_are_not(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with Site({f"/{n}": Answer(body="Hello", headers={"Set-Cookie": "a=1"}) for n in range(3)}) as site:
        found = fetch(*(f"{site.url}/{n}" for n in range(3)))
        assert [each.body for each in found] == [b"Hello"] * 3
        assert site.connections == 1
        assert not any("Cookie" in asked.headers or "Proxy" in str(asked.headers) for asked in site.asked)


@pytest.mark.parametrize("name", ["127.0.0.1", "board.example"])
def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path, name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path, name))
    with Site({"/": Answer(body="Hello")}, tls=context) as site:
        (found,) = fetch(f"https://127.0.0.1:{site.port}/")
        assert name_of(found) == "CertificateRefused"
        assert site.paths == []


def test_a_connection_that_the_server_has_closed_meanwhile_is_made_anew() -> None:
    class Closing(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")
            self.close_connection = True  # and does not say so

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Closing) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        answers = fetch(*[f"http://127.0.0.1:{server.server_port}/{number}" for number in range(4)])
        server.shutdown()
    assert [answer.body for answer in answers] == [b"ok"] * 4
