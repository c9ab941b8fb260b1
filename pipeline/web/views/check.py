"""The page that checks an ad: a pasted text or a table, and the case that may be opened for it."""

import tempfile
import threading
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from crawler.ad import JobAd
from crawler.batch.ad_json import BadField
from crawler.batch.ads_file import read_ads
from crawler.errors import BadAdsFile
from pipeline.errors import BadReport
from pipeline.web.access import is_allowed, needs, record
from pipeline.web.checker import CheckedAd, Checker, ad_of, case_read_blind, check_source, find_matches, open_reported
from pipeline.web.i18n import country_names
from pipeline.web.i18n import gettext as _
from pipeline.web.presenters import present_ad, present_licences
from pipeline.web.setup import open_store, page_setup, request_time

__all__ = ["LONGEST_TEXT", "RateLimit", "blueprint", "checker", "waits", "within_size"]

_MOST_NAMES: Final = 10_000


class RateLimit:
    """So many requests in a stretch of time for each name."""

    def __init__(self, most: int, per: timedelta) -> None:
        self.most = most
        self._per = per
        self._asked: dict[str, deque[datetime]] = {}
        self._lock = threading.Lock()

    def wait(self, name: str, *, at: datetime, count: int = 1) -> timedelta:
        """How long this name must wait; nothing where the request is within the limit, which then counts."""
        with self._lock:
            asked = self._asked.setdefault(name, deque())
            while asked and asked[0] <= at - self._per:
                asked.popleft()
            if len(asked) + count > self.most:
                return asked[max(0, len(asked) + count - self.most - 1)] + self._per - at if asked else self._per
            asked.extend([at] * count)
            if len(self._asked) > _MOST_NAMES:
                self._asked = {key: times for key, times in self._asked.items() if times and times[-1] > at - self._per}
        return timedelta()


LONGEST_TEXT: Final = 50_000
"""Characters of one ad: ten times a long one."""

LARGEST_FILE: Final = 2 * 1024 * 1024
MOST_ADS: Final = 100
"""Ads of one file; a larger one is for ``lurewatch score``."""

MOST_A_MINUTE: Final = 120
"""Ads that one account may check in a minute, on the page and by its tokens."""

ENDINGS: Final = (".csv", ".tsv", ".jsonl", ".ndjson")
"""Not ``.gz``: a small one can hold an endless one."""

SOURCES: Final = ("hotline", "walk-in", "partner", "police", "online-report")
"""Suggested names for where a reported ad came from."""

blueprint = Blueprint("check", __name__)


@blueprint.get("/check")
@needs("read")
def show() -> str:
    """The form."""
    checker()
    return _page()


@blueprint.post("/check")
@needs("read")
def check() -> str | tuple[str, int]:
    """What is found of the pasted text, or of each ad of the file. Nothing of them is stored."""
    found = checker()
    now = request_time()
    within_size(LARGEST_FILE + LONGEST_TEXT * 8)
    try:
        ads = _asked(now)
    except (BadField, BadAdsFile, _TooMuch) as err:
        flash(_("Not checked: %(why)s.", why=str(err)))
        return _page(), 400
    if wait := waits(current_user.name, len(ads), now):
        flash(_("Too many checks at once. Try again in %(seconds)s seconds.", seconds=wait))
        return _page(), 429
    views = _views(found.check(ads, at=now))
    record("checked", "ads", count=len(ads), way="page")
    return _page(views)


@blueprint.post("/check/open")
@needs("decide")
def open_case() -> Response | tuple[str, int]:
    """A case for the text that was checked, under the source that it came from."""
    found, now = checker(), request_time()
    within_size(LONGEST_TEXT * 8)
    source = request.form.get("source", "").strip().lower()
    try:
        ads = _typed(now)
        if wait := waits(current_user.name, 1, now):
            flash(_("Too many checks at once. Try again in %(seconds)s seconds.", seconds=wait))
            return _page(), 429
        (checked,) = found.check(ads, at=now)
        check_source(source, page_setup().source_kinds)
        case_id, is_new = open_reported(open_store(), checked, source, by=current_user.name, vault=page_setup().vault)
    except BadReport as err:
        flash(_("Not opened: %(why)s.", why=_(err.message, **err.values)))
        return _page(_views((checked,))), 400
    except (BadField, _TooMuch) as err:
        flash(_("Not opened: %(why)s.", why=str(err)))
        return _page(), 400
    flash(
        _("Opened: case %(number)s.", number=case_id) if is_new
        else _("This text is case %(number)s already; the report was added to it.", number=case_id)
    )  # fmt: skip
    return redirect(url_for("case.show_case", case_id=case_id))


def checker() -> Checker:
    """The installation's checker; without one there is no such page."""
    return page_setup().checker or abort(404)


def waits(name: str, count: int, now: datetime) -> int:
    """Seconds that this account must wait before it may check so many; 0 lets it, and counts."""
    limit: RateLimit = current_app.extensions["lurewatch_check_limit"]
    wait = limit.wait(name.casefold(), at=now, count=count)
    return max(1, round(wait.total_seconds())) if wait else 0


def within_size(largest: int) -> None:
    """Let this request be longer than a form; one that is longer still is refused before it is read."""
    request.max_content_length = largest
    request.max_form_memory_size = largest


class _TooMuch(Exception):
    """Raised when a text or a file is larger than the page takes, from ``_asked``."""


def _asked(now: datetime) -> Sequence[JobAd]:
    file = request.files.get("file")
    if file is None or not file.filename:
        return _typed(now)
    name = Path(file.filename).name[:100]
    ending = Path(name).suffix.lower()
    if ending not in ENDINGS:
        raise _TooMuch(_("expected a file that ends in %(endings)s", endings=", ".join(ENDINGS)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"upload{ending}"
        file.save(path)
        ads = []
        try:
            for ad in read_ads(path, seen_at=now, ignore_unknown=True):
                ads.append(ad)
                if len(ads) > MOST_ADS:
                    raise _TooMuch(_("expected %(most)s ads at most; `lurewatch score` reads more", most=MOST_ADS))
        except BadAdsFile as err:
            raise BadAdsFile(str(err).replace(str(path), name)) from err
    if not ads:
        raise _TooMuch(_("the file holds no ad"))
    return ads


def _typed(now: datetime) -> Sequence[JobAd]:
    typed = {name: request.form.get(name, "") for name in ("title", "description", "country")}
    if sum(map(len, typed.values())) > LONGEST_TEXT:
        raise _TooMuch(_("expected %(most)s characters at most", most=LONGEST_TEXT))
    return [ad_of(typed, at=now)]


def _views(all_checked: Sequence[CheckedAd]) -> list[dict[str, Any]]:
    """What the page shows of each ad."""
    store, vault = open_store(), page_setup().vault
    views = []
    for each in all_checked:
        # The case of these words that the reader has to read blind: neither score nor marks are shown then.
        sealed = case_read_blind(store, each.ad, current_user.name)
        assessment = each.assessment if sealed is None else None
        views.append(
            {
                "checked": each,
                "sealed": sealed,
                "view": present_ad(each.ad, assessment),
                "licences": present_licences(each.licences, on=each.ad.seen_at.date()),
                "matches": find_matches(store, each.ad, vault) if is_allowed("see_contacts") else None,
            }
        )
    return views


def _page(views: Sequence[dict[str, Any]] = ()) -> str:
    return render_template(
        "check.html", views=views, form=request.form, sources=SOURCES, most=MOST_ADS, longest=LONGEST_TEXT,
        endings=ENDINGS, countries=country_names(),
    )  # fmt: skip
