"""Campaigns and look-ups without the ways to reach anybody, for packages that go without contacts. Pure."""

from dataclasses import replace

from pipeline.exports.referral import CampaignFacts
from pipeline.licences.lookup import LicenceFact, LicenceLookup
from pipeline.redaction import hide_contacts

__all__ = ["campaign_without_contacts", "lookup_without_contacts"]

Counted = tuple[tuple[str, int], ...]


def campaign_without_contacts(campaign: CampaignFacts) -> CampaignFacts:
    """The campaign with neither its contacts nor any that stand in a name, a place or a pay."""
    view = campaign.view
    hidden = replace(
        view, contacts=(), employers=_hide(view.employers), places=_hide(view.places), pays=_hide(view.pays)
    )
    return replace(campaign, view=hidden)


def lookup_without_contacts(lookup: LicenceLookup) -> LicenceLookup:
    """The look-up with bullets for contacts in what the ad claims and in the notes; register lines stay, and so does
    the result. The ad's id goes: it can be derived from its text."""
    return replace(
        lookup,
        ad_id="",
        facts=tuple(map(_fact, lookup.facts)),
        unanswered=tuple(map(hide_contacts, lookup.unanswered)),
    )


def _fact(fact: LicenceFact) -> LicenceFact:
    claims = tuple(
        replace(each, said=hide_contacts(each.said), looked_up=hide_contacts(each.looked_up)) for each in fact.claims
    )
    return replace(fact, claims=claims, notes=tuple(map(hide_contacts, fact.notes)))


def _hide(counted: Counted) -> Counted:
    return tuple((hide_contacts(words), count) for words, count in counted)
