"""The records that say what an archive is and, beside each response, who asked, why that was allowed, and where the
address was found."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from crawler.warc_record import member, new_record_id

__all__ = ["Fact", "RobotsAnswer", "metadata_record", "robots_facts", "warc_date", "warcinfo_record"]

Fact = tuple[str, str]
"""A name and a value, for the eyes of whoever asks how a page was come by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsAnswer:
    """What a site's robots.txt said of an address that was then asked for."""

    address: str
    """Of the robots.txt."""

    status: int
    read_at: datetime
    sha256: str | None
    """Of the robots.txt as it was sent: its own record has the same."""

    delay: float
    """Seconds between two requests that it asks for; 0 where it asks for none."""


@lru_cache(maxsize=256)
def robots_facts(answer: RobotsAnswer) -> tuple[Fact, ...]:
    """The answer, fact by fact: the same beside every page of a site."""
    there = 200 <= answer.status < 300
    return (
        ("robots", "allowed" if there else f"allowed: no robots.txt ({answer.status})"),
        ("robots-txt", answer.address),
        ("robots-txt-date", warc_date(answer.read_at)),
        *([("robots-txt-sha256", answer.sha256)] if answer.sha256 else []),
        ("crawl-delay", f"{answer.delay:g}"),
    )


def metadata_record(
    facts: Iterable[Fact], *, target: str, at: datetime, response_id: str, warcinfo_id: str | None
) -> bytes:
    """A packed WARC record that says these facts of a response."""
    return member(
        "metadata",
        [
            ("WARC-Record-ID", new_record_id()),
            ("WARC-Date", warc_date(at)),
            ("WARC-Target-URI", target),
            ("WARC-Concurrent-To", "".join(response_id.split())),
            *([("WARC-Warcinfo-ID", warcinfo_id)] if warcinfo_id else []),
            ("Content-Type", "application/warc-fields"),
        ],
        _fields(facts),
    )


def warcinfo_record(name: str, *, software: str, at: datetime, record_id: str, about: Fact) -> bytes:
    """The packed WARC record that begins an archive, with what made it and one thing more about it."""
    return member(
        "warcinfo",
        [
            ("WARC-Record-ID", record_id),
            ("WARC-Date", warc_date(at)),
            ("WARC-Filename", name),
            ("Content-Type", "application/warc-fields"),
        ],
        _fields([("software", software), ("format", "WARC File Format 1.1"), about]),
    )


def _fields(facts: Iterable[Fact]) -> bytes:
    return "".join([_field(name, value) for name, value in facts]).encode("utf-8", "replace")


@lru_cache(maxsize=1024)
def _field(name: str, value: str) -> str:
    # A line break inside a value would end its field.
    return f"{name}: {' '.join(value.split())}\r\n"


@lru_cache(maxsize=64)
def warc_date(at: datetime) -> str:
    """The moment as a WARC 1.1 record writes it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
