"""Sitemap spider: plain, packed, in indexes, or named in robots.txt."""

import zlib
from collections.abc import Iterable, Iterator
from typing import ClassVar
from urllib.parse import urljoin, urlsplit

from lxml.etree import XMLSyntaxError
from scrapy.http import Response
from scrapy.utils.sitemap import Sitemap, sitemap_urls_from_robots

from crawler.extract.urls import is_normal
from crawler.history.frontier import Address, Role
from crawler.spiders.base import FetchResult, SourceSpider

__all__ = ["SitemapSpider"]

ROLES: dict[str, Role] = {"sitemapindex": "sitemap", "urlset": "page"}
"""What the addresses in a sitemap are, by the name of its root."""

SITEMAP_SIZE = 52_428_800
"""Bytes, unpacked: the protocol's own limit (sitemaps.org)."""


Entry = tuple[str, str | None]
"""An address as it is written there, and its lastmod."""


class SitemapSpider(SourceSpider):
    """Every page that the sitemaps name, in their order."""

    start_role: ClassVar[Role] = "sitemap"

    def read_sitemap(self, response: Response, address: Address) -> Iterator[FetchResult]:
        """Take up what a sitemap, an index or a robots.txt names."""
        try:
            role, entries = _read(response)
            count = self._add_addresses(entries, role, response.url, address.depth + 1)
        except (XMLSyntaxError, StopIteration, zlib.error, ValueError) as err:
            reason = str(err) if isinstance(err, NotASitemap) else type(err).__name__
            yield self.result(address, "failed", f"not a sitemap ({reason})", response)
        else:
            yield self.result(address, "listing", f"{count} addresses", response)

    def _add_addresses(self, entries: Iterable[Entry], role: Role, base: str, depth: int) -> int:
        count = 0
        for written, lastmod in entries:
            self.frontier.see(Address(url=_joined(base, written), role=role, depth=depth, via=base), lastmod=lastmod)
            count += 1
        return count


class NotASitemap(ValueError):
    """Raised when an answer that should be a sitemap is something else, inside this module."""


def _read(response: Response) -> tuple[Role, Iterable[Entry]]:
    if urlsplit(response.url).path == "/robots.txt":
        named = list(sitemap_urls_from_robots(response.body, base_url=response.url))
        if not named:
            raise NotASitemap("robots.txt names none")
        return "sitemap", ((url, None) for url in named)
    sitemap = Sitemap(_unpacked(response.body))
    if sitemap.type not in ROLES:
        raise NotASitemap(f"its root is <{sitemap.type[:50]}>")
    return ROLES[sitemap.type], ((entry["loc"], entry.get("lastmod") or None) for entry in sitemap)


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    unpacker = zlib.decompressobj(wbits=31)
    text = unpacker.decompress(body, SITEMAP_SIZE)
    if unpacker.unconsumed_tail:
        raise NotASitemap(f"more than {SITEMAP_SIZE} bytes when unpacked")
    return text


def _joined(base: str, written: str) -> str:
    try:
        return written if is_normal(written) else urljoin(base, written)
    except ValueError:
        return written  # the frontier names it as unreadable
