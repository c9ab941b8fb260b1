"""A campaign: what its copies have in common, the slots that vary, where and when they ran, and its cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, abort, redirect, render_template, url_for
from werkzeug.wrappers import Response

from crawler.ad import JobAd
from pipeline.campaign import CampaignEvent, CampaignView, describe_campaign
from pipeline.review_queue import ReviewQueue
from pipeline.store_resurfacing import CampaignCase
from pipeline.template import Part, find_template
from pipeline.web.gate import is_allowed, needs
from pipeline.web.recording import record
from pipeline.web.store import open_queue

__all__ = ["blueprint"]

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
        "resurfacings": lambda case_id: open_queue().resurfacings(case_id) if is_allowed("see_contacts") else (),
        "reposts": lambda ads: open_queue().reposts([ad.ad_id for ad in ads]),
    }


@blueprint.get("/campaign/<campaign_id>")
@needs("see_contacts")
def show_campaign(campaign_id: str) -> str | Response:
    """One campaign; one that was merged leads to what holds its ads now."""
    queue = open_queue()
    living = queue.living_campaign(campaign_id)
    if living is None:
        abort(404)
    if living != campaign_id:
        return redirect(url_for("campaigns.show_campaign", campaign_id=living))
    panel = _panel(queue, living)
    if panel is None:
        abort(404)
    record("saw_campaign", f"campaign {living}")
    return render_template("campaign.html", panel=panel)


def _panel_of_ad(ad: JobAd) -> CampaignPanel | None:
    """None too for whoever may see no contacts: copies hold them in their words."""
    if not is_allowed("see_contacts"):
        return None
    queue = open_queue()
    campaign_id = queue.campaign_of(ad.ad_id)
    panel = _panel(queue, campaign_id, ad) if campaign_id else None
    return panel if panel and panel.size > 1 else None


def _panel(queue: ReviewQueue, campaign_id: str, shown: JobAd | None = None) -> CampaignPanel | None:
    copies = queue.campaign_copies(campaign_id, most=MOST_READ)
    if not copies:
        return None
    ads = tuple(copy.ad for copy in copies)
    return CampaignPanel(
        campaign_id=campaign_id,
        size=queue.campaign_size(campaign_id),
        view=describe_campaign(copies),
        template=find_template(shown or _middle(ads), ads),
        cases=queue.campaign_cases(campaign_id),
        events=queue.campaign_events(campaign_id),
        ads=ads,
    )


def _middle(ads: Sequence[JobAd]) -> JobAd:
    """A copy of middling length: the longest may have swallowed another ad."""
    return sorted(ads, key=lambda ad: (len(ad.description), ad.ad_id))[len(ads) // 2]
