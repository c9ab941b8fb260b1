"""The filter that an address asks for, as far as whoever asks may filter by it."""

from dataclasses import replace

from flask import request

from pipeline.case_filter import CaseFilter
from pipeline.web.gate import is_allowed
from pipeline.web.store import open_queue

__all__ = ["asked_filter"]


def asked_filter() -> CaseFilter:
    """The filter of this request. Who has a contact is for those who may see contacts, and so are campaigns, whose
    copies hold them; a campaign that was merged is what holds its ads by now."""
    wanted = CaseFilter.of(request.args)
    if not is_allowed("see_contacts"):
        return replace(wanted, contact="", campaign="")
    if wanted.campaign:
        return replace(wanted, campaign=open_queue().living_campaign(wanted.campaign) or wanted.campaign)
    return wanted
