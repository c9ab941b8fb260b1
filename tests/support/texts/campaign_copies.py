"""Three copies of one campaign, two of them with hostile fields. Every text is invented."""

from dataclasses import replace

from builders import make_ad
from crawler.ad import Contact
from web_acts import HOSTILE

SAID = (
    "We hire typists in {town} for an office by the sea. Rooms are free and meals are shared. Bring your passport, "
    "we pay the visa and the ticket. Call {phone} today."
)


def copy(at, town, phone, **fields):
    ad = make_ad(ad_id=f"c:{at}", title="Typist", description=SAID.format(town=town, phone=phone), job_location=town)
    return replace(ad, contacts=(Contact(kind="phone", value=phone),), **fields)


COPIES = (
    copy(0, "Lanbay", "+85511000777"), copy(1, "Kestwick", "+85511444222", hiring_organization=HOSTILE),
    copy(2, HOSTILE, "+85511888111"),
)  # fmt: skip
