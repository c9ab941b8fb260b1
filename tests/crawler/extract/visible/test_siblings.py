"""Several ads on one page without addresses: identity while others come and go."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract.page import read_page
from crawler.extract.raw import RawAd, place_among, places_alone
from crawler.extract.records.feed import read_feed
from crawling import LONG, Told, crawl, job_page, sitemap, source, xml
from loopback_site import Answer, Site

URL = "http://127.0.0.1/board"


def raw(title: str, text: str = LONG, **fields: str) -> RawAd:
    return RawAd(title=title, description=text, reader="json-ld", **fields)


few = st.builds(
    raw,
    st.sampled_from(["Cook", "Baker", "Pilot"]),
    st.sampled_from(["By day.", "By night."]),
    job_location=st.sampled_from(["Hue", "Da Nang"]),
    identifier=st.sampled_from(["1", "2"]) | st.none(),
)


@given(st.lists(few, unique=True, max_size=6), st.randoms())
def test_places_differ_and_do_not_depend_on_the_order(ads, chance):
    places = dict(zip(ads, place_among(ads, URL), strict=True))
    texts = {(place, ad.title, ad.description, ad.job_location, ad.identifier) for ad, place in places.items()}
    same_words = {(ad.title, ad.description, ad.job_location) for ad in ads}
    assert len(set(places.values())) >= len(same_words)
    assert len(texts) == len(ads)
    mixed = chance.sample(ads, len(ads))
    assert dict(zip(mixed, place_among(mixed, URL), strict=True)) == places


def test_an_edit_keeps_the_place_and_another_offer_has_another():
    cook, baker = raw("Cook", hiring_organization="Inn", job_location="Hue"), raw("Baker", hiring_organization="Inn")
    first, second = place_among([cook, baker], URL)
    assert place_among([baker, replace(cook, description="Night shifts.")], URL) == (second, first)
    assert place_among([cook, replace(cook, job_location="Da Nang")], URL)[0] == first
    assert first in places_alone(cook, URL)
    # What only the words tell apart, the words name.
    twice = place_among([cook, replace(cook, description="Night shifts.")], URL)
    assert len({first, *twice}) == 3
    assert twice[0] in places_alone(cook, URL)


def test_an_identifier_that_all_share_names_none():
    one, two, three = (raw(title, identifier="Harbour Inn") for title in ("Cook", "Baker", "Pilot"))
    assert place_among([one, two, three], URL)[1:] == place_among([two, three], URL)
    own = [replace(ad, identifier=str(number)) for number, ad in enumerate((one, two, three))]
    assert place_among([replace(own[0], title="Chef")], URL) == place_among(own, URL)[:1]


def test_an_ad_with_an_address_of_its_own_keeps_it():
    given = [("Cook", {"url": "/jobs/7"}), ("Baker", {}), ("Pilot", {"url": "https://far.example/1"})]
    ads = [{"@type": "JobPosting", "title": title, "description": f"{title}: {LONG}"} | more for title, more in given]
    body = f'<html><head><script type="application/ld+json">{json.dumps(ads)}</script></head></html>'
    found = read_page(body.encode(), url=f"{URL}#top").ads
    assert found[0].url == "http://127.0.0.1/jobs/7"
    assert all(ad.url.startswith(f"{URL}#") for ad in found[1:])


def test_entries_of_a_feed_with_neither_address_nor_number_are_ads_of_their_own():
    items = [f"<item><title>{title}</title><description>{LONG}</description></item>" for title in ("Cook", "Baker")]
    linked = f"<item><title>Pilot</title><link>{URL}/1</link><description>{LONG}</description></item>"

    def read(*items: str) -> dict[str, str | None]:
        body = f'<rss version="2.0"><channel>{"".join(items)}</channel></rss>'.encode()
        return {entry.title: entry.identifier for entry in read_feed(body, url=f"{URL}/feed").entries}

    both = read(*items, linked)
    assert len({both["Cook"], both["Baker"], None}) == 3
    assert both["Pilot"] is None
    assert read(items[1]) == {"Baker": both["Baker"]}


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> list[Told]:
    """A page whose ads come and go, and one whose single ad gets company."""
    shown = [
        (["Cook", "Baker", "Pilot"], ["Mate"]),
        (["Baker", "Pilot"], ["Steward", "Mate"]),
        (["Pilot"], ["Mate"]),
        (["Rigger", "Pilot"], ["Mate", "Steward"]),
    ]
    output = tmp_path_factory.mktemp("batches")
    with Site({"/sitemap.xml": xml(sitemap("{site}/board", "{site}/single"))}) as site:
        told = []
        for night, (many, one) in enumerate(shown):
            site.pages |= {"/board": Answer(body=job_page(*many)), "/single": Answer(body=job_page(*one))}
            card = source(f"{site.url}/sitemap.xml", revisit={"gone_after": 2, "trust_lastmod_days": 0})
            told.append(crawl({card: site}, output, night)["harbour"])
        return told


def test_only_what_was_not_there_before_is_new(nights):
    assert [sorted(ad.title for ad in night.ads) for night in nights] == [
        ["Baker", "Cook", "Mate", "Pilot"],
        ["Steward"],
        [],
        ["Rigger"],
    ]


def test_what_stands_is_named_by_the_id_that_it_had(nights):
    ids = {ad.title: ad.ad_id for night in nights for ad in night.ads}
    assert [night.lines["/board"]["ads"] for night in nights] == [
        [ids["Cook"], ids["Baker"], ids["Pilot"]],
        [ids["Baker"], ids["Pilot"]],
        [ids["Pilot"]],
        [ids["Rigger"], ids["Pilot"]],
    ]
    assert [night.lines["/single"]["ads"] for night in nights] == [
        [ids["Mate"]],
        [ids["Steward"], ids["Mate"]],
        [ids["Mate"]],
        [ids["Mate"], ids["Steward"]],
    ]


def test_an_ad_that_went_is_gone_after_its_runs(nights):
    cook = next(ad.ad_id for ad in nights[0].ads if ad.title == "Cook")
    gone = [json.loads(line)["ad_id"] for line in (nights[2].folder / "gone.jsonl").read_text().splitlines()]
    assert gone == [cook]
