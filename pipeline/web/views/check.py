"""Checks of ads from outside: page, matches in the store, reported ads."""

import re
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np
from flask import current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from crawler.ad import JobAd, derive_ad_id, fingerprint
from crawler.batch.ad_json import BadField
from crawler.batch.ads_file import read_ads
from crawler.errors import BadAdsFile
from pipeline.linking.campaigns import STRICT, THRESHOLD
from pipeline.linking.contacts import ContactCard, find_identities, possible_identities
from pipeline.linking.near_duplicates import Shingled, shingle_all, sign, unpack, words_shared
from pipeline.nightly.triage import TriagePolicy, priority_of
from pipeline.review.decisions import is_read_blind
from pipeline.store.store import Store
from pipeline.web.access import GuardedBlueprint, is_allowed, record
from pipeline.web.checker import CheckedAd, ad_of
from pipeline.web.i18n import _, country_names, ngettext
from pipeline.web.presenters import present_ad
from pipeline.web.setup import open_store, page_checker, page_setup, request_time

LONGEST_TEXT: Final = 50_000
"""Characters of one ad: ten times a long one."""

MOST_ADS: Final = 100
"""Ads of one file; a larger one is for ``lurewatch score``."""

_MINUTE: Final = timedelta(minutes=1)
MOST_A_MINUTE: Final = 120
"""Ads that one account may check in a minute, on the page and by its tokens."""

ENDINGS: Final = (".csv", ".tsv", ".jsonl", ".ndjson")
"""Not ``.gz``: a small one can hold an endless one."""

SOURCES: Final = ("hotline", "walk-in", "partner", "police", "online-report")
"""Suggested names for where a reported ad came from."""

blueprint = GuardedBlueprint("check", __name__)


@blueprint.get("/check", needs="read")
def show(views: Sequence[dict[str, Any]] = ()) -> str:
    """The form, and what was found."""
    page_checker()
    return render_template(
        "check.html", views=views, form=request.form, sources=SOURCES, most=MOST_ADS, longest=LONGEST_TEXT,
        endings=ENDINGS, countries=country_names(),
    )  # fmt: skip


@blueprint.post("/check", needs="read")
def check() -> str:
    """What is found of the pasted text, or of each ad of the file. Nothing of them is stored."""
    found, now = page_checker(), request_time()
    ads = _asked(now)
    _count(len(ads), now)
    views = _views(found.check(ads, at=now))
    record("checked", "ads", count=len(ads), way="page")
    return show(views)


@blueprint.post("/check/open", needs="decide")
def open_case() -> Response | tuple[str, int]:
    """A case for the text that was checked, under the source that it came from."""
    found, now = page_checker(), request_time()
    source = request.form.get("source", "").strip().lower()
    ads = _typed(now)
    _count(1, now)
    (checked,) = found.check(ads, at=now)
    why = ""
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", source):
        why = _("source %(source)r: expected a short word such as hotline", source=source[:40])
    elif source in page_setup().source_kinds:  # its next batch would count the report as missed
        why = _("source %(source)r is one that a crawl collects", source=source)
    if why:
        flash(_("Not opened: %(why)s.", why=why))
        return show(_views((checked,))), 400
    case_id, is_new = open_reported(open_store(), checked, source, by=current_user.name)
    flash(
        _("Opened: case %(number)s.", number=case_id) if is_new
        else _("This text is case %(number)s already; the report was added to it.", number=case_id)
    )  # fmt: skip
    return redirect(url_for("case.show_case", case_id=case_id))


_COUNTING: Final = Lock()


def waits(name: str, count: int, now: datetime) -> int:
    """Seconds that this account must wait before it may check so many; 0 lets it, and counts."""
    checked_by: dict[str, list[datetime]] = current_app.extensions["lurewatch_checks"]
    with _COUNTING:
        checked = [moment for moment in checked_by.get(name.casefold(), ()) if moment > now - _MINUTE]
        over = len(checked) + count - MOST_A_MINUTE
        if over <= 0:
            checked_by[name.casefold()] = checked + [now] * count
            return 0
    return max(1, round((checked[over - 1] + _MINUTE - now).total_seconds()))


_LARGEST: Final = {"check.check": 2 * 1024 * 1024 + LONGEST_TEXT * 12, "check.open_case": LONGEST_TEXT * 12}
"""Bytes of what may be sent to each of these views; a form writes a letter in twelve at most."""


def allow_long_forms() -> None:
    """Let those who are signed in send a long text or a table. It comes before any field of the form is read."""
    if request.endpoint in _LARGEST and current_user.is_authenticated:
        within_size(_LARGEST[request.endpoint])


def within_size(largest: int) -> None:
    """Let this request be longer than a form; one that is longer still is refused before it is read."""
    request.max_content_length = largest
    request.max_form_memory_size = largest


class _NotTaken(Exception):
    """Raised when the page does not take a text or a file, or not now, from ``_asked`` and ``_count``."""

    def __init__(self, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.status = status


@blueprint.errorhandler(_NotTaken)
@blueprint.errorhandler(BadField)
@blueprint.errorhandler(BadAdsFile)
def not_checked(error: _NotTaken | BadField | BadAdsFile) -> tuple[str, int]:
    flash(_("Not checked: %(why)s.", why=str(error)))
    return show(), error.status if isinstance(error, _NotTaken) else 400


def _count(ads: int, now: datetime) -> None:
    if wait := waits(current_user.name, ads, now):
        raise _NotTaken(
            ngettext(
                "too many at once; try again in %(num)s second", "too many at once; try again in %(num)s seconds", wait
            ),
            429,
        )


def _asked(now: datetime) -> Sequence[JobAd]:
    file = request.files.get("file")
    if file is None or not file.filename:
        return _typed(now)
    name = Path(file.filename).name[:100]
    ending = Path(name).suffix.lower()
    if ending not in ENDINGS:
        raise _NotTaken(_("expected a file that ends in %(endings)s", endings=", ".join(ENDINGS)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"upload{ending}"
        file.save(path)
        try:
            ads = list(islice(read_ads(path, seen_at=now, ignore_unknown=True), MOST_ADS + 1))
        except BadAdsFile as err:
            found, _for_commands, _option = str(err).replace(str(path), name).partition("; --map")
            raise BadAdsFile(found) from err
    if not ads:
        raise _NotTaken(_("the file holds no ad"))
    if len(ads) > MOST_ADS:
        raise _NotTaken(_("expected %(most)s ads at most; `lurewatch score` reads more", most=MOST_ADS))
    return ads


def _typed(now: datetime) -> Sequence[JobAd]:
    typed = {name: request.form.get(name, "") for name in ("title", "description", "country")}
    if sum(map(len, typed.values())) > LONGEST_TEXT:
        raise _NotTaken(_("expected %(most)s characters at most", most=LONGEST_TEXT))
    return [ad_of(typed, at=now)]


def _views(all_checked: Sequence[CheckedAd]) -> list[dict[str, Any]]:
    store, views = open_store(), []
    for each in all_checked:
        # The case of these words that the reader has to read blind: neither score nor marks are shown then.
        sealed = case_read_blind(store, each.ad, current_user.name)
        views.append({
            "checked": each,
            "sealed": sealed,
            "view": present_ad(each.ad, each.assessment if sealed is None else None),
            "matches": find_matches(store, each.ad) if is_allowed("see_contacts") else None,
        })  # fmt: skip
    return views


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignMatch:
    """The campaign whose text the ad repeats."""

    id: str
    title: str
    ads: int
    similarity: float
    """1.0 where the texts read the same but for numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """What the store knows that is like the ad. It holds no verdict, so that it gives none away."""

    case_id: int | None
    """The case of this very text."""

    campaign: CampaignMatch | None
    contacts: tuple[tuple[ContactCard, str], ...]
    """Contacts of the ad that other ads have as well, each with the contact itself."""


def find_matches(store: Store, ad: JobAd) -> Matches:
    """The matches of an ad, for readers who may see contacts."""
    contacts: list[tuple[ContactCard, str]] = []
    countries = store.contacts.countries()
    for each in find_identities(ad):
        forms = possible_identities(each.value, (), countries=countries) if each.kind == "phone" else (each,)
        cards = ((store.contacts.get(store.vault.hash_of(form)), form.value) for form in forms)
        contacts += islice(((card, value) for card, value in cards if card), 1)
    (text,) = shingle_all([ad])
    campaign_id, best = store.campaigns.of_key(text.key), 1.0
    if campaign_id is None:
        campaign_id, best = _nearest(store, text)
    campaign, title = None, store.campaigns.title(campaign_id) if campaign_id else None
    if campaign_id is not None and title is not None:  # without a title every text of it was removed
        size = store.campaigns.size(campaign_id)
        campaign = CampaignMatch(id=campaign_id, title=title, ads=size, similarity=round(best, 3))
    return Matches(case_id=store.cases.of_text(fingerprint(ad)), campaign=campaign, contacts=tuple(contacts))


def case_read_blind(store: Store, ad: JobAd, reader: str) -> int | None:
    """The case of these words that the reader still has to read without score and marks: a check shows them no sooner.

    The same words but for numbers count, and so does a title that was pasted as part of the text.
    """
    (text,) = shingle_all([ad])
    campaign = store.campaigns.of_key(text.key)
    cases = [each.case_id for each in store.campaigns.cases(campaign)] if campaign else []
    if (exact := store.cases.of_text(fingerprint(ad))) is not None:
        cases.insert(0, exact)
    read_so = (
        each for each in cases if is_read_blind(store.cases.get(each), store.decisions.opinion_state(each), reader)
    )
    return next(read_so, None)


def matches_record(found: Matches) -> dict[str, Any]:
    return {
        "case": found.case_id,
        "campaign": found.campaign and asdict(found.campaign),
        "known_contacts": [
            {"kind": card.kind, "value": value, "ads": card.ads, "campaigns": card.campaigns,
             "first_seen": card.first_seen.isoformat(), "last_seen": card.last_seen.isoformat()}
            for card, value in found.contacts
        ],
    }  # fmt: skip


def _nearest(store: Store, text: Shingled) -> tuple[str | None, float]:
    """The campaign with the most similar text that counts as a copy, and how similar it is. Stored texts are compared
    one by one: adding the new one would join campaigns that it merely stands between."""
    found: str | None = None
    best = 0.0
    signature = sign([text.hashes])[0]
    for stored in store.campaigns.signed_texts():
        alike = (unpack(b"".join(each.signature for each, _ in stored)) == signature).mean(axis=1)
        # As the night's gathering has it: less alike, words are not compared.
        for row in np.flatnonzero(alike >= 0.2).tolist():
            share = float(alike[row])
            if share < STRICT:  # then only words in order tell a copy from a shared paragraph
                share = words_shared(text.words, stored[row][0].words)
                if share < THRESHOLD:
                    continue
            if share > best:
                found, best = stored[row][1].campaign_id, share
    return found, best


def open_reported(store: Store, checked: CheckedAd, source: str, *, by: str) -> tuple[int, bool]:
    """The case of a reported ad, and whether it is new: a text that has a case gets no second one."""
    assessment = checked.assessment
    ad_id = derive_ad_id(source, checked.ad.title, checked.ad.description)
    ad = replace(checked.ad, source=source, ad_id=ad_id)
    text, at = fingerprint(ad), ad.seen_at
    with store.atomic():
        known = store.cases.of_text(text)
        outcome = store.ads.record(ad, batch_id=None)
        store.cases.follow_text(ad_id, at=at)
        version_id = store.ads.current_version(ad_id)
        assert version_id is not None  # it was recorded above
        if known is None:
            policy = TriagePolicy(threshold=checked.threshold)
            rule = assessment.rule.rule if assessment.rule else None
            priority = priority_of(assessment.score, rule, 1, policy, floor=True)
            store.assessments.add(version_id, replace(assessment, ad_id=ad_id))
            case_id = store.cases.open(text, reason="reported", priority=priority, at=at)
        else:
            case_id = known
        if outcome != "unchanged":
            store.contacts.link(version_id, ad, store.vault)
        store.audit.record("opened_case", f"case {case_id}", by=by, at=at, source=source, new=known is None)
    return case_id, known is None
