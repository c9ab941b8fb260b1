"""What a server can do wrong, by the names that the ledger tells. Those of Scrapy's family are tried a second time."""

from scrapy.exceptions import DownloadCancelledError, DownloadFailedError

__all__ = [
    "BadAnswer",
    "CertificateRefused",
    "Disconnected",
    "HeadersTooLarge",
    "TooLarge",
    "UnusableAddress",
]


class BadAnswer(DownloadFailedError):
    """Raised when an answer's head is not HTTP, from ``download``."""


class HeadersTooLarge(DownloadFailedError):
    """Raised when one line of an answer's head is too long, or there are too many, from ``download``."""


class Disconnected(DownloadFailedError):
    """Raised when a server hangs up before it has answered, from ``download``."""


class TooLarge(DownloadCancelledError):
    """Raised when a body is larger than allowed, as announced or as received, from ``download``. Not tried again."""


class CertificateRefused(Exception):
    """Raised when a server's certificate is not trusted or not for this host, from ``download``. Not tried again."""


class UnusableAddress(Exception):
    """Raised when a request cannot even be sent, from ``download``. Not tried again."""
