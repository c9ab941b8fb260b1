"""Real feeds and API answers against a second, independent reading.

The goldens hold what was read; this holds it against the files themselves, letter by letter but for white space.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from lxml.html import fromstring

from crawler.extract.records.feed import read_feed

PAGES = Path(__file__).parents[4].parent / "shared" / "pages"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not (PAGES / "index.csv").is_file(), reason="needs ../shared/pages"),
]

Said = tuple[str, str | None, str]
"""A title, an employer and the letters of a text."""


def letters(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFC", text))


def shown(html: str) -> str:
    return letters(fromstring(f"<div>{html}</div>").text_content()) if html.strip() else ""


def line(text: str | None) -> str:
    return " ".join(unicodedata.normalize("NFC", unescape(text or "")).split())


def offers_in_xml(body: bytes) -> Iterator[Said]:
    for offer in etree.fromstring(body).iter("offer"):
        text = offer.findtext("description") or ""
        yield line(offer.findtext("position")), line(offer.findtext("startup")), shown(text)


def offers_in_json(body: bytes) -> Iterator[Said]:
    found = json.loads(body)
    for offer in found if isinstance(found, list) else found["offers"]:
        if "position" in offer:
            employer = offer.get("startup") or offer.get("company") or None
            yield line(offer["position"]), employer and line(employer), shown(offer["description"])


def items(body: bytes) -> Iterator[Said]:
    for item in etree.fromstring(body).iter("item"):
        employer, _, title = (item.findtext("title") or "").partition(": ")
        yield line(title), line(employer), shown(item.findtext("description") or "")


def one_posting(body: bytes) -> Iterator[Said]:
    posting = json.loads(body)
    (about,) = posting["companyDetails"].values()
    employer = about.get("companyName") or about.get("companyResolutionResult", {}).get("name")
    yield line(posting["title"]), employer, letters(posting["description"]["text"])


def widget(body: bytes) -> Iterator[Said]:
    ad: Any = json.loads(body)["data"]["widget"]["jobAd"]
    yield line(ad["title"]), line(ad["employer"]["companyName"]), shown(ad["content"]["htmlContent"])


WAYS: dict[str, Callable[[bytes], Iterator[Said]]] = {
    "*startupjobs*.xml": offers_in_xml,
    "jobs_startupjobs*.json": offers_in_json,
    "jobs_remoteok*.json": offers_in_json,
    "jobs_weworkremotely*.rss": items,
    "jobs_linkedin*.json": one_posting,
    "jobs_jobscz__job_widget_api*.json": widget,
}


@pytest.mark.parametrize("pattern", WAYS)
def test_an_ad_says_what_its_source_says(pattern: str) -> None:
    files = sorted(PAGES.glob(pattern))
    assert files
    for file in files:
        body = file.read_bytes()
        found = read_feed(body, url=f"http://127.0.0.1/{file.name}").entries
        read = [(ad.title, ad.hiring_organization, letters(ad.description or "")) for ad in found]
        assert read == list(WAYS[pattern](body)), file.name


def test_a_ministrys_list_keeps_every_duty_and_its_days() -> None:
    (file,) = PAGES.glob("jobs_govcz*.json")
    ads = read_feed(file.read_bytes(), url=f"http://127.0.0.1/{file.name}").entries
    postings = json.loads(file.read_bytes())
    assert len(ads) == len(postings)
    for ad, posting in zip(ads, postings, strict=True):
        about = posting["structIsZdata"]
        assert (ad.title, ad.hiring_organization) == (line(about["zslmsuSt"]), line(about["zsuosmTf"]))
        # Published, not last edited.
        assert (ad.date_posted, ad.valid_through) == (about["zdatzvsm"], about["zpzdat"])
        said = letters(ad.description or "")
        assert all(letters(part["zslmsuCi"] or "") in said for part in posting["tableItPopci"] or ())
