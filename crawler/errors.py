"""What can go wrong while collecting, as one family."""

__all__ = [
    "BadAdsFile",
    "BadBatch",
    "BadSourceCard",
    "CannotRender",
    "CrawlerError",
    "NoContact",
    "NotAnAd",
    "UnreviewedSource",
]


class CrawlerError(Exception):
    """The base of every error that the crawler raises."""


class BadAdsFile(CrawlerError):
    """Raised when an ads file breaks the contract, from ``ads_file``; names the file, the line and the field."""


class BadSourceCard(CrawlerError):
    """Raised when a source card cannot be used, from ``sources``; names the card, the key and what was expected."""


class UnreviewedSource(CrawlerError):
    """Raised when a card points at a foreign host whose terms nobody has reviewed, from ``sources``."""


class NoContact(CrawlerError):
    """Raised when a foreign host would be crawled without an operator's contact in the User-Agent, from ``crawl``."""


class CannotRender(CrawlerError):
    """Raised when a card asks for rendered pages and the extra or the browser is missing, from ``browser``."""


class BadBatch(CrawlerError):
    """Raised when a batch folder is missing a file or does not add up, from ``batches``."""


class NotAnAd(CrawlerError):
    """Raised when what was read has neither title nor text, from ``normalise``; names the address."""
