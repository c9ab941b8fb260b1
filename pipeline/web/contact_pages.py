"""Everything that a contact appears in, with a picture of what is around it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final, Literal

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from crawler.ad import JobAd
from pipeline.contact_card import ContactAd, ContactCard, ContactChoice, ContactLink
from pipeline.contact_look_up import possible_identities
from pipeline.contact_vault import ContactVault
from pipeline.neighbourhood import SIZE, Picture, draw_neighbourhood
from pipeline.review_queue import ReviewQueue
from pipeline.web.asking import asked_filter
from pipeline.web.gate import is_allowed, needs
from pipeline.web.language import gettext as _
from pipeline.web.recording import record
from pipeline.web.store import open_queue

__all__ = ["blueprint"]

MOST_SHOWN: Final = 300
"""Ads that a page lists."""

_SHORT: Final = 22

blueprint = Blueprint("contacts", __name__)


@blueprint.app_context_processor
def provide_cards() -> dict[str, Any]:
    """What the case's page asks for: the contacts of an ad."""
    return {"contact_cards": _cards_of}


@blueprint.app_template_filter("contact_words")
def contact_words(contact: ContactCard | ContactChoice | ContactLink) -> str:
    """The contact itself; the beginning of its hash where there is no key."""
    vault: ContactVault | None = current_app.config["VAULT"]
    return vault.read(contact.sealed) if vault and is_allowed("see_contacts") else f"#{contact.hash[:12]}"


@blueprint.post("/contact")
@needs("see_contacts")
def look_up() -> Response:
    """The cases of a contact that was typed, within the filter of the address. It is sent in a form, so that it stands
    in no address and no log."""
    queue, wanted = open_queue(), asked_filter()
    vault: ContactVault | None = current_app.config["VAULT"]
    typed = request.form.get("typed", "")[:200]
    digests = [vault.hash_of(one) for one in possible_identities(typed, queue.contact_kinds())] if vault else []
    known = queue.known_contact(digests)
    if known is None:
        flash(_("No ad here has this contact."))
    address = replace(wanted, contact=known or wanted.contact).query()
    return redirect(_address("queue.show_queue", **address))


@blueprint.get("/contact/<digest>")
@needs("see_contacts")
def show_contact(digest: str) -> str:
    """One contact: its ads, campaigns, names and places. Its address holds the hash, never the contact."""
    queue = open_queue()
    card = queue.contact(digest)
    if card is None:
        abort(404)
    record("saw_contact", f"contact {digest}")
    ads = queue.contact_ads(digest, most=MOST_SHOWN)
    return render_template("contact.html", card=card, ads=ads, picture=_picture(queue, card, ads), size=SIZE)


def _cards_of(ad: JobAd) -> tuple[ContactCard, ...]:
    return open_queue().contacts_of(ad.ad_id) if is_allowed("see_contacts") else ()


def _picture(queue: ReviewQueue, card: ContactCard, ads: Sequence[ContactAd]) -> Picture | None:
    """None where the contact connects nothing: what is around it would be everybody."""
    campaigns = list(dict.fromkeys(ad.campaign_id for ad in ads if ad.campaign_id))
    if not card.is_specific or not campaigns:
        return None
    return draw_neighbourhood(_short(contact_words(card)), campaigns, _around(queue, card, ads))


def _around(
    queue: ReviewQueue, card: ContactCard, ads: Sequence[ContactAd]
) -> Iterator[tuple[Literal["other", "name"], str, str, str]]:
    for link in queue.contact_links(card.hash):
        yield "other", link.hash, _short(contact_words(link)), link.campaign_id
    for ad in ads:
        if ad.employer and ad.campaign_id:
            yield "name", ad.employer.casefold(), _short(ad.employer), ad.campaign_id


def _address(endpoint: str, **values: Any) -> str:
    return url_for(endpoint, **values)


def _short(words: str) -> str:
    return words if len(words) <= _SHORT else f"{words[: _SHORT - 1]}…"
