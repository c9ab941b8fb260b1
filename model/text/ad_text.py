"""Text of an ad as the model reads it: title, line break, description."""

from typing import Literal

from crawler.ad import JobAd

__all__ = ["ad_text", "field_span"]


def ad_text(ad: JobAd) -> str:
    """The text that spans and n-grams of an ad are counted in."""
    return f"{ad.title}\n{ad.description}"


def field_span(ad: JobAd, start: int, end: int) -> tuple[Literal["title", "description"], int, int]:
    """The field that a span of ``ad_text`` begins in, and the span in this field."""
    begins = len(ad.title) + 1
    return ("title", start, end) if start < begins else ("description", start - begins, end - begins)
