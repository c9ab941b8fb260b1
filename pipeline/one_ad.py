"""Finds the one ad that somebody asks about: in the database, in a file, or on standard input."""

import json
from datetime import datetime
from pathlib import Path

from crawler.ad import JobAd
from crawler.ad_record import BadField, ad_from_record
from crawler.ads_file import OUTSIDE_SOURCE
from crawler.errors import BadAdsFile
from crawler.whole_file import open_bytes
from model.ad_facts import AdFacts
from pipeline.ad_facts import facts_of
from pipeline.errors import UnknownAd
from pipeline.review_queue import ReviewQueue

__all__ = ["find_ad"]


def find_ad(asked: str, *, database: Path, now: datetime) -> tuple[JobAd, AdFacts | None]:
    """The ad in the file of that name, or the one with that id in the database, with what is known of it there."""
    if asked == "-" or Path(asked).is_file():
        return _from_file(asked, now), None
    if not database.is_file():
        raise UnknownAd(f"{asked!r} is not a file, and there is no database at {database} to look it up in")
    with ReviewQueue.open(database) as queue:
        return queue.ad(asked), facts_of(queue, asked, at=now)


def _from_file(path: str, now: datetime) -> JobAd:
    name = "standard input" if path == "-" else path
    with open_bytes(path) as file:
        content = file.read()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        raise BadAdsFile(f"{name}: not UTF-8 (byte {err.start + 1})") from err
    try:
        return ad_from_record(_record(text, name), source=OUTSIDE_SOURCE, seen_at=now)
    except BadField as err:
        raise BadAdsFile(f"{name}: {err}") from err


def _record(text: str, name: str) -> dict[str, object]:
    """The ad's fields: of a JSON object, or with the whole text as the description."""
    if not text.lstrip().startswith("{"):
        return {"description": text.strip()}
    try:
        record = json.loads(text)
    except ValueError as err:
        raise BadAdsFile(f"{name}: expected one ad as a JSON object, or plain text ({err})") from err
    return dict(record)
