"""Answers and feeds of systems that no list names. Every text is invented."""

import json
from pathlib import Path
from typing import Any

import pytest

from crawler.extract.raw import RawAd
from crawler.extract.records.feed import read_feed

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parents[2] / "cases" / "answers.json").read_text("utf-8"))
URL = "https://x.example/api"


def entries(answer: object) -> tuple[RawAd, ...]:
    body = answer if isinstance(answer, str) else json.dumps(answer)
    return read_feed(body.encode(), url=URL).entries


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_an_answer_is_read_by_what_its_fields_are_called(case: dict[str, Any]) -> None:
    ad = entries(case["answer"])[0]
    pay = ad.base_salary.raw if ad.base_salary else None
    found = {name: pay if name == "pay" else getattr(ad, name) for name in case["ad"]}
    assert found == case["ad"]


def test_pairs_of_a_name_and_a_value_are_a_record() -> None:
    hit = {
        "id": "1",
        "fields": [
            {"name": "job_title", "snippets": ["<em>Night</em> baker"], "value": ["Night"]},
            {"name": "company_name", "value": ["Lantern Bakery"]},
            {"name": "description", "snippets": ["Bake bread until the morning."]},
        ],
    }
    (ad,) = entries({"data": [hit]})
    assert (ad.title, ad.hiring_organization) == ("Night baker", "Lantern Bakery")


def test_a_post_without_a_title_is_headed_by_its_first_line() -> None:
    (ad,) = entries(
        {
            "jobs": [
                {
                    "id": 4,
                    "text": "Lantern Bakery | Night baker | Da Nang | Full time<p>Bake bread.",
                    "time": 1790000000,
                }
            ]
        }
    )
    assert (ad.title, ad.hiring_organization, ad.job_location) == ("Night baker", "Lantern Bakery", "Da Nang")


def test_what_stands_beside_a_list_says_whose_ads_they_are() -> None:
    answer = {
        "company": {"name": "Lantern Bakery"},
        "jobs": [{"title": "Baker", "url": "https://x.example/1", "city": "Hue", "jobType": "Full-time"}],
    }
    (ad,) = entries(answer)
    assert ad.hiring_organization == "Lantern Bakery"


def test_an_address_that_all_entries_share_is_no_ads_own() -> None:
    jobs = "".join(
        f"<job><title>{title}</title><company>A</company><url>https://x.example/</url></job>"
        for title in ("Baker", "Cook")
    )
    assert [ad.url for ad in entries(f"<jobs>{jobs}</jobs>")] == [None, None]


def test_a_sitemap_entry_gives_its_ad_the_address() -> None:
    ad = "<title>Baker {0}</title><employer>A</employer><sourcelink>https://x.example/</sourcelink>"
    entry = "<url><loc>https://x.example/{0}</loc><data><display>" + ad + "</display></data></url>"
    found = entries(f"<urlset>{entry.format(1)}{entry.format(2)}</urlset>")
    assert [ad.url for ad in found] == ["https://x.example/1", "https://x.example/2"]


def test_a_feeds_text_gives_what_its_fields_do_not() -> None:
    text = "Company: Lantern Bakery\nLocation: Hue\nSalary: $500 a month\nBake bread."
    item = f"<item><title>Baker</title><link>https://x.example/1</link><description>{text}</description></item>"
    (ad,) = entries(f"<rss><channel><title>B</title>{item}</channel></rss>")
    assert ad.base_salary is not None
    assert (ad.hiring_organization, ad.job_location, ad.base_salary.raw) == ("Lantern Bakery", "Hue", "$500 a month")
