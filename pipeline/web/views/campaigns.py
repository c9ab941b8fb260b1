"""Pages of campaigns, contacts and collected ads."""

import re
from datetime import date
from itertools import islice, pairwise
from typing import Any, Final

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from crawler.ad import JobAd, fingerprint
from pipeline.errors import UnknownAd
from pipeline.linking.contacts import ContactCard, KnownContact, is_like, possible_identities
from pipeline.linking.describe import (
    WIDTH,
    Around,
    describe_campaign,
    draw_lifetimes,
    draw_neighbourhood,
    find_template,
)
from pipeline.store.campaigns import StoredCampaigns
from pipeline.web.access import GuardedBlueprint, is_allowed, record
from pipeline.web.presenters import changes, present_ad
from pipeline.web.setup import open_store

blueprint = GuardedBlueprint("campaigns", __name__)


@blueprint.app_context_processor
def provide_panels() -> dict[str, Any]:
    """What the case's page asks for: an ad's campaign, where it has more copies than that one, reposts and contacts."""
    return {
        "campaign_panel": _panel_of_ad,
        "resurfacings": lambda case_id: open_store().cases.resurfacings(case_id) if is_allowed("see_contacts") else (),
        "reposts": lambda ads: open_store().changes.reposts([ad.ad_id for ad in ads]),
        "contact_cards": lambda ad: open_store().contacts.of_ad(ad.ad_id) if is_allowed("see_contacts") else (),
    }


@blueprint.get("/campaign/<campaign_id>", needs="see_contacts")
def show_campaign(campaign_id: str) -> str | Response:
    """One campaign; one that was merged leads to what holds its ads now."""
    store = open_store()
    living = store.campaigns.current(campaign_id)
    if living is None:
        abort(404)
    if living != campaign_id:
        return redirect(url_for("campaigns.show_campaign", campaign_id=living))
    panel = _panel(store.campaigns, living)
    if panel is None:
        abort(404)
    record("saw_campaign", f"campaign {living}")
    return render_template("campaign.html", panel=panel)


def _panel_of_ad(ad: JobAd) -> dict[str, Any] | None:
    """None too for whoever may see no contacts: copies hold them in their words."""
    if not is_allowed("see_contacts"):
        return None
    store = open_store()
    campaign_id = store.campaigns.of_ad(ad.ad_id)
    panel = _panel(store.campaigns, campaign_id, ad) if campaign_id else None
    return panel if panel and panel["size"] > 1 else None


def _panel(campaigns: StoredCampaigns, campaign_id: str, shown: JobAd | None = None) -> dict[str, Any] | None:
    copies = campaigns.copies(campaign_id, most=400)  # the page says so where there are more
    if not copies:
        return None
    ads = tuple(copy.ad for copy in copies)
    # A copy of middling length: the longest may have swallowed another ad.
    middle = sorted(ads, key=lambda ad: (len(ad.description), ad.ad_id))[len(ads) // 2]
    cases = campaigns.cases(campaign_id)
    return {
        "campaign_id": campaign_id,
        "title": campaigns.title(campaign_id) or campaign_id,  # that most of its ads have
        "size": campaigns.size(campaign_id),
        "view": describe_campaign(copies),
        "template": find_template(shown or middle, ads),
        "cases": cases,
        "waiting": sum(case.state != "decided" for case in cases),
        "events": campaigns.events(campaign_id),
        "copies": copies,
    }


_DIGITS: Final = re.compile(r"[^\w@]*(?:\d[^\w@]*){6,}")
"""What is no amount of pay."""


@blueprint.app_template_filter("contact_words")
def contact_words(contact: KnownContact) -> str:
    """The contact itself; the beginning of its hash for whoever may see no contacts."""
    return open_store().vault.read(contact.sealed) if is_allowed("see_contacts") else f"#{contact.hash[:12]}"


def known_contact(typed: str) -> str | None:
    """The hash of the contact that was typed, as an ad may print it too; None where no ad has it."""
    store = open_store()
    possible = possible_identities(typed, store.contacts.kinds(), countries=store.contacts.countries())
    return store.contacts.first_known([store.vault.hash_of(each) for each in possible])


def like_contacts(typed: str) -> list[ContactCard]:
    """Contacts that hold what was typed, or whose number does, where it is written as a contact is."""
    if not ("@" in typed or _DIGITS.fullmatch(typed)):
        return []
    contacts, vault = open_store().contacts, open_store().vault
    like = (each for each in contacts.known() if is_like(typed, vault.read(each.sealed)))
    return list(islice(filter(None, (contacts.get(each.hash) for each in like)), 20))


@blueprint.get("/contact/<digest>", needs="see_contacts")
def show_contact(digest: str) -> str:
    """One contact: its ads, campaigns, names and places. Its address holds the hash, never the contact."""
    store = open_store()
    card = store.contacts.get(digest)
    if card is None:
        abort(404)
    record("saw_contact", f"contact {digest}")
    ads = store.contacts.ads(digest, most=300)
    campaigns = dict.fromkeys(ad.campaign_id for ad in ads if ad.campaign_id)
    titles = store.campaigns.titles(campaigns)

    picture = None
    if card.is_specific and campaigns:  # of a contact that connects nothing, what is around it would be everybody
        around: list[Around] = [
            ("other", link.hash, contact_words(link), link.campaign_id) for link in store.contacts.links(digest)
        ]
        around += [("name", ad.employer, ad.employer, ad.campaign_id) for ad in ads if ad.employer and ad.campaign_id]
        picture = draw_neighbourhood(contact_words(card), [(key, titles.get(key) or key) for key in campaigns], around)

    # When each campaign ran with the contact, as far as its ads are listed.
    runs: dict[str, tuple[str, date, date]] = {}
    for ad in ads:
        key, first, last = ad.campaign_id or ad.ad_id, ad.first_seen.date(), ad.last_seen.date()
        words, begun, ended = runs.get(key, (titles.get(key) or ad.title, first, last))
        runs[key] = (words, min(begun, first), max(ended, last))
    spans = draw_lifetimes((key, *row) for key, row in list(runs.items())[:15])
    return render_template(
        "contact.html", card=card, ads=ads, titles=titles, picture=picture, width=WIDTH, spans=spans,
    )  # fmt: skip


@blueprint.get("/ad", needs="see_contacts")
def show_ad() -> str:
    """One collected ad: text, facts, history and where it belongs. What the model says of it stands on its case alone,
    where it is shown to those who may see it by then."""
    store = open_store()
    ad_id = request.args.get("ad_id", "")  # not a part of the path: an id may be an address, with two slashes in a row
    try:
        ad = store.ads.get(ad_id)
    except UnknownAd:
        abort(404)
    record("saw_ad", f"ad {ad_id}")
    campaign_id, versions = store.campaigns.of_ad(ad_id), store.ads.versions(ad_id)
    return render_template(
        "ad.html", ad=ad, view=present_ad(ad, None),
        earlier=[(old, changes(old.description, new.description)) for old, new in pairwise(versions)][::-1],
        lifetime=store.ads.lifetime(ad_id), changed=store.changes.of_ads([ad_id], facts_only=True),
        case_id=store.cases.of_text(fingerprint(ad)), campaign_id=campaign_id,
        covering=[each.case_id for each in store.campaigns.cases(campaign_id)] if campaign_id else (),
        campaign_title=store.campaigns.title(campaign_id) if campaign_id else None,
    )  # fmt: skip
