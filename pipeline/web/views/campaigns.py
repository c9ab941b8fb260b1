"""A campaign: what its copies have in common, the slots that vary, where and when they ran, and its cases.

Everything that a contact appears in, with a picture of what is around it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from crawler.ad import JobAd
from pipeline.linking.contact_picture import SIZE, Picture, draw_neighbourhood
from pipeline.linking.contacts import (
    ContactAd,
    ContactCard,
    ContactChoice,
    ContactLink,
    ContactVault,
    possible_identities,
)
from pipeline.linking.describe import CampaignEvent, CampaignView, Part, describe_campaign, find_template
from pipeline.store.campaigns import CampaignCase, StoredCampaigns
from pipeline.store.contacts import Contacts
from pipeline.web.access import asked_filter, is_allowed, needs, open_store, record
from pipeline.web.i18n import gettext as _

__all__ = ["blueprint", "contact_blueprint"]

MOST_READ: Final = 400
"""Copies that a page reads; it says so where there are more."""

blueprint = Blueprint("campaigns", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignPanel:
    """All that a page shows of a campaign."""

    campaign_id: str
    size: int
    view: CampaignView
    template: tuple[Part, ...]
    cases: tuple[CampaignCase, ...]
    events: tuple[CampaignEvent, ...]
    ads: tuple[JobAd, ...]

    @property
    def waiting(self) -> int:
        """How many of its cases nobody has decided, or wait again."""
        return sum(case.state != "decided" for case in self.cases)

    @property
    def slots(self) -> tuple[Part, ...]:
        """The parts that vary."""
        return tuple(part for part in self.template if part.slot)


@blueprint.app_context_processor
def provide_panels() -> dict[str, Any]:
    """What the case's page asks for: the campaign of an ad, where it has more copies than that one."""
    return {
        "campaign_panel": _panel_of_ad,
        "resurfacings": lambda case_id: open_store().cases.resurfacings(case_id) if is_allowed("see_contacts") else (),
        "reposts": lambda ads: open_store().changes.reposts([ad.ad_id for ad in ads]),
    }


@blueprint.get("/campaign/<campaign_id>")
@needs("see_contacts")
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


def _panel_of_ad(ad: JobAd) -> CampaignPanel | None:
    """None too for whoever may see no contacts: copies hold them in their words."""
    if not is_allowed("see_contacts"):
        return None
    store = open_store()
    campaign_id = store.campaigns.of_ad(ad.ad_id)
    panel = _panel(store.campaigns, campaign_id, ad) if campaign_id else None
    return panel if panel and panel.size > 1 else None


def _panel(campaigns: StoredCampaigns, campaign_id: str, shown: JobAd | None = None) -> CampaignPanel | None:
    copies = campaigns.copies(campaign_id, most=MOST_READ)
    if not copies:
        return None
    ads = tuple(copy.ad for copy in copies)
    return CampaignPanel(
        campaign_id=campaign_id,
        size=campaigns.size(campaign_id),
        view=describe_campaign(copies),
        template=find_template(shown or _middle(ads), ads),
        cases=campaigns.cases(campaign_id),
        events=campaigns.events(campaign_id),
        ads=ads,
    )


def _middle(ads: Sequence[JobAd]) -> JobAd:
    """A copy of middling length: the longest may have swallowed another ad."""
    return sorted(ads, key=lambda ad: (len(ad.description), ad.ad_id))[len(ads) // 2]


MOST_SHOWN: Final = 300
"""Ads that a page lists."""

_SHORT: Final = 22

contact_blueprint = Blueprint("contacts", __name__)


@contact_blueprint.app_context_processor
def provide_cards() -> dict[str, Any]:
    """What the case's page asks for: the contacts of an ad."""
    return {"contact_cards": _cards_of}


@contact_blueprint.app_template_filter("contact_words")
def contact_words(contact: ContactCard | ContactChoice | ContactLink) -> str:
    """The contact itself; the beginning of its hash where there is no key."""
    vault: ContactVault | None = current_app.config["VAULT"]
    return vault.read(contact.sealed) if vault and is_allowed("see_contacts") else f"#{contact.hash[:12]}"


@contact_blueprint.post("/contact")
@needs("see_contacts")
def look_up() -> Response:
    """The cases of a contact that was typed, within the filter of the address. It is sent in a form, so that it stands
    in no address and no log."""
    store, wanted = open_store(), asked_filter()
    vault: ContactVault | None = current_app.config["VAULT"]
    typed = request.form.get("typed", "")[:200]
    digests = [vault.hash_of(one) for one in possible_identities(typed, store.contacts.kinds())] if vault else []
    known = store.contacts.first_known(digests)
    if known is None:
        flash(_("No ad here has this contact."))
    address = replace(wanted, contact=known or wanted.contact).query()
    return redirect(_address("queue.show_queue", **address))


@contact_blueprint.get("/contact/<digest>")
@needs("see_contacts")
def show_contact(digest: str) -> str:
    """One contact: its ads, campaigns, names and places. Its address holds the hash, never the contact."""
    store = open_store()
    card = store.contacts.get(digest)
    if card is None:
        abort(404)
    record("saw_contact", f"contact {digest}")
    ads = store.contacts.ads(digest, most=MOST_SHOWN)
    return render_template("contact.html", card=card, ads=ads, picture=_picture(store.contacts, card, ads), size=SIZE)


def _cards_of(ad: JobAd) -> tuple[ContactCard, ...]:
    return open_store().contacts.of_ad(ad.ad_id) if is_allowed("see_contacts") else ()


def _picture(contacts: Contacts, card: ContactCard, ads: Sequence[ContactAd]) -> Picture | None:
    """None where the contact connects nothing: what is around it would be everybody."""
    campaigns = list(dict.fromkeys(ad.campaign_id for ad in ads if ad.campaign_id))
    if not card.is_specific or not campaigns:
        return None
    return draw_neighbourhood(_short(contact_words(card)), campaigns, _around(contacts, card, ads))


def _around(
    contacts: Contacts, card: ContactCard, ads: Sequence[ContactAd]
) -> Iterator[tuple[Literal["other", "name"], str, str, str]]:
    for link in contacts.links(card.hash):
        yield "other", link.hash, _short(contact_words(link)), link.campaign_id
    for ad in ads:
        if ad.employer and ad.campaign_id:
            yield "name", ad.employer.casefold(), _short(ad.employer), ad.campaign_id


def _address(endpoint: str, **values: Any) -> str:
    return url_for(endpoint, **values)


def _short(words: str) -> str:
    return words if len(words) <= _SHORT else f"{words[: _SHORT - 1]}…"
