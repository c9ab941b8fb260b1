"""The kinds of source that can be read: the spider of each, and the keys that only its cards have."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["KINDS", "Kind"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of source."""

    spider: str
    """Only the class's name, so that cards need no Scrapy."""

    keys: frozenset[str] = frozenset()
    """Keys of a card that have a meaning for this kind, beyond those of every kind."""

    reads_files: bool = False
    """``start`` names files or folders of this machine instead of addresses; no host is asked."""

    starts_anew: bool = False
    """A run that was killed is not taken up again: what it gives is known only when all has been read."""

    start_path: str = ""
    """What the path of a start address must look like, as a pattern; anything where empty."""

    start_like: str = ""
    """The pattern, for people."""


KINDS: Mapping[str, Kind] = {
    "archive": Kind("crawler.spiders.archive.ArchiveSpider", reads_files=True, starts_anew=True),
    "ats": Kind("crawler.spiders.ats.AtsSpider", frozenset({"system"})),
    "board": Kind("crawler.spiders.board.BoardSpider", frozenset({"select", "render"})),
    "channel": Kind(
        "crawler.spiders.channel.ChannelSpider",
        frozenset({"channel"}),
        start_path=r"/s/\w{4,64}/?",
        start_like='a public channel\'s web preview such as "https://t.me/s/NAME"',
    ),
    "drop": Kind("crawler.spiders.drop.DropSpider", frozenset({"columns"}), reads_files=True),
    "feed": Kind("crawler.spiders.feed.FeedSpider", frozenset({"select", "render"})),
    "sitemap": Kind("crawler.spiders.sitemap.SitemapSpider", frozenset({"select", "render"})),
}
