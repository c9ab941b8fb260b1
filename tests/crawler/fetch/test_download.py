"""Downloads from servers that break every rule: each fault has its name, and none ends a crawl."""

import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from certificates import self_signed
from download_child import download
from raw_server import RawServer

from crawling import crawl, job_page, sitemap, source
from loopback_site import Answer, Site

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
MANY = b"".join(b"X-%d: y\r\n" % n for n in range(400))
FAULTS: dict[str, tuple[str, bytes]] = {
    "/cut-off": ("ResponseDataLossError", OK + b"Content-Length: 500\r\n\r\n<p>Only half"),
    "/cut-off-chunk": ("ResponseDataLossError", OK + b"Transfer-Encoding: chunked\r\n\r\n20\r\n<p>Only half"),
    "/bad-chunk": ("ResponseDataLossError", OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n<p>\r\n0\r\n\r\n"),
    "/endless-chunk": ("ResponseDataLossError", OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n<p>"),
    "/bad-length": ("DownloadFailedError", OK + b"Content-Length: about ten\r\n\r\n<p>Hello"),
    "/two-lengths": ("DownloadFailedError", OK + b"Content-Length: 5\r\nContent-Length: 50\r\n\r\n<p>Hello"),
    "/negative-length": ("DownloadFailedError", OK + b"Content-Length: -5\r\n\r\n<p>Hello"),
    "/garbage": ("DownloadFailedError", b"\x00\x01\x02 this is no answer\r\n\r\n"),
    "/other-protocol": ("DownloadFailedError", b"SSH-2.0-invented\r\n"),
    "/no-status": ("DownloadFailedError", b"HTTP/1.1 OK\r\n\r\n"),
    "/seven-digits": ("2000000", b"HTTP/1.1 2000000 OK\r\nContent-Length: 0\r\n\r\n"),
    "/long-header": ("DownloadFailedError", OK + b"X-Long: " + b"y" * 200_000 + b"\r\nContent-Length: 0\r\n\r\n"),
    "/many-headers": ("200", OK + MANY + b"Content-Length: 0\r\n\r\n"),
    "/endless-line": ("DownloadFailedError", b"HTTP/1.1 200 " + b"O" * 200_000),
    "/nothing": ("DownloadFailedError", b""),
    "/half-a-head": ("DownloadFailedError", b"HTTP/1.1 200 OK\r\nContent-Ty"),
    "/huge": ("DownloadCancelledError", OK + b"Content-Length: 99999999999\r\n\r\n<p>"),
    "/only-promises": ("DownloadFailedError", b"HTTP/1.1 100 Continue\r\n\r\n" * 5),
    "/upgrade": (
        "DownloadFailedError",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    ),
}


def test_every_fault_of_a_server_has_its_name():
    with RawServer({path: sent for path, (_, sent) in FAULTS.items()}) as server:
        found = download(*(server.url + path for path in FAULTS), DOWNLOAD_MAXSIZE=100_000, DOWNLOAD_TIMEOUT=5)
    assert {path: each.name for path, each in zip(FAULTS, found, strict=True)} == {
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
    for path, (name, _) in FAULTS.items():
        assert lines[path]["outcome"] == ("not_an_ad" if name == "200" else "failed")
        expected = {"200": "", "DownloadCancelledError": "too large"}.get(name, name)
        assert lines[path]["detail"].startswith(expected)
    assert lines["/garbage"]["detail"] == "DownloadFailedError (ParseError)"
    assert lines["/cook"]["outcome"] == "ad"
    assert told.summary.finished


def test_an_answer_that_drips_is_given_up_after_a_total_time():
    drip = [OK + b"Content-Length: 500\r\n\r\n", *[b"x"] * 500]
    slow_head = [b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n"] * 500]
    with RawServer({"/body": drip, "/head": slow_head}, pause=0.02) as server:
        found = download(f"{server.url}/body", f"{server.url}/head", DOWNLOAD_TIMEOUT=0.3)
    assert [each.name for each in found] == ["DownloadTimeoutError"] * 2


def test_a_body_is_broken_off_at_its_limit_however_it_is_announced():
    flood = [OK + b"Transfer-Encoding: chunked\r\n\r\n", *[b"2710\r\n" + b"y" * 10_000 + b"\r\n"] * 1000]
    until_the_end = [OK + b"\r\n", *[b"y" * 10_000] * 1000]
    sent = {"/chunks": flood, "/no-length": until_the_end, "/fits": OK + b"Content-Length: 3\r\n\r\nabc"}
    with RawServer(sent) as server:
        wanted = [{"url": f"{server.url}/fits", "meta": {"download_maxsize": 2}}, f"{server.url}/fits"]
        found = download(f"{server.url}/chunks", f"{server.url}/no-length", *wanted, DOWNLOAD_MAXSIZE=50_000)
    assert [each.name for each in found] == [*["DownloadCancelledError"] * 3, "200"]


def test_what_cannot_be_asked_for_is_named_too():
    found = download(
        "http://127.0.0.1:1/", "http://nowhere.invalid/", "http:///nohost", "http://127.1:1/", "http://a..b/"
    )
    expected = (
        "DownloadConnectionRefusedError",
        "CannotResolveHostError",
        "ValueError",
        *["DownloadConnectionRefusedError", "CannotResolveHostError"],
    )
    assert [each.name for each in found] == [*expected]


def test_an_answer_is_kept_as_it_came():
    body = b"\x1f\x8b not really packed"
    head = OK + b"x-Odd-cASE: \xe9t\xe9\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Encoding: gzip\r\n"
    with RawServer({"/page": head + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)}) as server:
        server.answers["/page?q=a%2Fb&c=%C3%A9"] = server.answers["/page"]
        (found,) = download(f"{server.url}/page?q=a%2Fb&c=%C3%A9")
    assert found.body == body
    assert found.protocol == "HTTP/1.1"
    assert found.ip_address == "127.0.0.1"
    assert [pair for pair in found.headers if pair[0] == "Set-Cookie"] == [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
    assert ("X-Odd-Case", "\xe9t\xe9") in found.headers
    assert found.latency > 0


def test_connections_are_kept_and_cookies_and_proxies_are_not():
    proxies = dict.fromkeys(("http_proxy", "HTTP_PROXY"), "http://127.0.0.1:1")
    with Site({f"/{n}": Answer(body="Hello", headers={"Set-Cookie": "a=1"}) for n in range(3)}) as site:
        found = download(*(f"{site.url}/{n}" for n in range(3)), environment=proxies)
        assert [each.body for each in found] == [b"Hello"] * 3
        assert site.connections == 1
        assert not any("Cookie" in asked.headers or "Proxy" in str(asked.headers) for asked in site.asked)


@pytest.mark.parametrize("name", ["127.0.0.1", "board.example"])
def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path, name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path, name))
    with Site({"/": Answer(body="Hello")}, tls=context) as site:
        (found,) = download(f"https://127.0.0.1:{site.port}/")
        assert found.name == "DownloadFailedError"
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
        answers = download(*[f"http://127.0.0.1:{server.server_port}/{number}" for number in range(4)])
        server.shutdown()
    assert [answer.body for answer in answers] == [b"ok"] * 4
