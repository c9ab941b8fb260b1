"""A large invented board for the crawl benchmark, in a process of its own: python tests/bench/board_server.py PAGES.

Says ``serving http://127.0.0.1:PORT`` once it answers, and serves until its standard input ends. Each page is one of
the sample board's ads, numbered, in some 54 KB of a board's usual markup (the median of the real pages saved beside
this project); packed with gzip, as web servers do.
"""

import asyncio
import gzip
import json
import re
import sys
import tomllib
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

ADS = Path(__file__).parents[2] / "data" / "samples" / "board" / "ads"

LONG_NUMBER = re.compile(r"(\d[\d .-]{4,}?)\d{3}(?!\d)")

ROBOTS = "User-agent: *\nDisallow: /account/\nDisallow: /search\nDisallow: /*?sort=\nSitemap: /sitemap.xml\n"

ROW = """<li class="card card--similar" data-id="{n}"><a class="card__link" href="/ads/{n}" title="Similar ad {n}">
<h3 class="card__title">Another ad of the board, number {n}</h3><p class="card__meta"><span class="icon icon-pin">
</span>Harbour town &middot; <time datetime="2026-10-{day:02}">{day} October</time></p></a></li>
"""


def read_sample_ads() -> list[dict[str, Any]]:
    """Every invented ad of the sample board, in all its languages."""
    return [ad for file in sorted(ADS.glob("*.toml")) for ad in tomllib.loads(file.read_text(encoding="utf-8"))["ad"]]


def renumbered(text: str, number: int) -> str:
    """The text with other digits at the end of its long numbers, so that no two pages have a phone in common."""
    return LONG_NUMBER.sub(lambda found: f"{found[1]}{number % 1000:03}", text)


def posting(ad: dict[str, Any], number: int) -> dict[str, Any]:
    """The ad as schema.org has it."""
    pay = ad.get("pay", {})
    amount = {"@type": "QuantitativeValue", "unitText": pay.get("period", "MONTH")}
    amount |= {name: pay[key] for key, name in (("min", "minValue"), ("max", "maxValue")) if key in pay}
    return {
        "@context": "https://schema.org",
        "@type": "JobPosting",
        "title": f"{ad['title']} ({number})",
        "description": "".join(f"<p>{escape(part)}</p>" for part in ad["body"].strip().split("\n\n")),
        "identifier": {"@type": "PropertyValue", "name": "Bench board", "value": f"bench-{number}"},
        "datePosted": "2026-10-28",
        "validThrough": "2026-12-31T23:59:59+00:00",
        "employmentType": ad["employment_type"],
        "hiringOrganization": {"@type": "Organization", "name": ad.get("employer") or "An employer"},
        "jobLocation": {
            "@type": "Place",
            "address": {"@type": "PostalAddress", "addressLocality": ad["place"], "addressCountry": ad["country"]},
        },
        "baseSalary": {"@type": "MonetaryAmount", "currency": pay.get("currency", "USD"), "value": amount},
    }


@cache
def surroundings() -> tuple[str, str]:
    """The markup before and after an ad that every page of the board shares."""
    styles = "".join(f".card--{n}{{margin:{n}px auto;padding:0 {n}px;display:flex}}" for n in range(260))
    menu = "".join(f'<li><a href="/category/{n}">Category {n}</a></li>' for n in range(40))
    rows = "".join(ROW.format(n=n, day=n % 28 + 1) for n in range(110))
    before = f'<style>{styles}</style></head><body><nav><ul class="menu">{menu}</ul></nav><main>'
    return (
        before,
        f'<aside><ul class="similar">{rows}</ul></aside></main><footer>The bench board</footer></body></html>',
    )


def page(ad: dict[str, Any], number: int) -> str:
    """The whole page of one ad."""
    before, after = surroundings()
    ad = ad | {"body": renumbered(ad["body"], number)}
    script = json.dumps(posting(ad, number), ensure_ascii=False).replace("<", "\\u003c")
    body = "".join(f"<p>{escape(part)}</p>" for part in ad["body"].strip().split("\n\n"))
    title = escape(f"{ad['title']} ({number})")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} | Bench board</title>'
        f'<script type="application/ld+json">{script}</script>{before}<h1>{title}</h1>{body}{after}'
    )


class Board:
    """The answers by path, packed ahead of time so that serving costs next to nothing."""

    def __init__(self, pages: int) -> None:
        self.pages = pages
        self.url = ""
        self._ads = read_sample_ads()

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Status, content type and packed body."""
        if path == "/robots.txt":
            return 200, "text/plain", _packed(ROBOTS.replace("/sitemap", f"{self.url}/sitemap"))
        if path == "/sitemap.xml":
            return 200, "application/xml", _packed(self._sitemap())
        number = path.removeprefix("/ads/")
        if number.isdecimal() and int(number) < self.pages:
            return 200, "text/html; charset=utf-8", self._page(int(number))
        return 404, "text/html; charset=utf-8", _packed("<p>No such page.</p>")

    def _sitemap(self) -> str:
        rows = "".join(
            f"<url><loc>{self.url}/ads/{n}</loc><lastmod>2026-10-30</lastmod></url>" for n in range(self.pages)
        )
        return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'

    def _page(self, number: int) -> bytes:
        return _packed(page(self._ads[number % len(self._ads)], number))


def _packed(text: str) -> bytes:
    return gzip.compress(text.encode(), compresslevel=6, mtime=0)


class Conversation(asyncio.Protocol):
    """One connection, kept open: a request line in, an answer out."""

    def __init__(self, board: Board) -> None:
        self._board, self._waiting = board, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *requests, self._waiting = (self._waiting + data).split(b"\r\n\r\n")
        for request in requests:
            path = request.split(b" ", 2)[1].decode("latin-1")
            status, kind, body = self._board.answer(path)
            head = (
                f"HTTP/1.1 {status} {'OK' if status == 200 else 'Not Found'}\r\nServer: bench\r\n"
                "Date: Mon, 02 Nov 2026 12:00:00 GMT\r\nCache-Control: max-age=0\r\nVary: Accept-Encoding\r\n"
                f"Content-Type: {kind}\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            self._transport.write(head.encode() + body)


async def serve(pages: int) -> None:
    """Serve until standard input ends."""
    board = Board(pages)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Conversation(board), "127.0.0.1", 0)
    board.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    print(f"serving {board.url}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
