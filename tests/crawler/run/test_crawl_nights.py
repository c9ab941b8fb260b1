"""A feed and a board on two nights: what a feed gives, and that an ad stays the same ad."""

from collections.abc import Iterator

import pytest

from crawler.batch.batch import find_batches
from crawler.sources.card import Source
from crawling import LONG, Told, crawl, few_pages, job_page, sitemap, source, xml
from loopback_site import Answer, Page, Site

Night = dict[str, Told]


def feed_pages() -> dict[str, Page]:
    entries = [
        ("Whole", "<link>{site}/whole</link>", LONG),
        ("Teaser", "<link>{site}/teaser</link>", "A short word about it…"),
        ("Lost", "<link>{site}/lost</link>", "Its page is not there…"),
        ("Far", "<link>https://far.example/ad</link>", "Its page is elsewhere…"),
        ("Far too", "<link>https://far.example/ad</link>", "A form for several ads…"),
        ("Part of a list", "<link>{site}/lost#2</link>", "A place on a page…"),
        ("Hidden", "<link>{site}/private/ad</link>", "Its page is not for us…"),
        ("Linkless", "", LONG + "Ask at the quay."),
    ]
    items = "".join(
        f"<item><title>{title}</title>{link}<guid isPermaLink='false'>id-{title}</guid>"
        f"<description>{text}</description></item>"
        for title, link, text in entries
    )
    return {
        "/robots.txt": Answer(body="User-agent: *\nDisallow: /private\n", type="text/plain"),
        "/feed": Answer(
            body=f'<rss version="2.0"><channel><title>New</title>{items}</channel></rss>', type="application/rss+xml"
        ),
        "/teaser": Answer(body=job_page("Teaser, in full")),
        "/whole": Answer(body=job_page("Not asked for")),
    }


@pytest.fixture(scope="module")
def sites() -> Iterator[dict[str, Site]]:
    with Site(feed_pages()) as feed, Site(few_pages(2)) as steady:
        yield {"feed": feed, "steady": steady}


@pytest.fixture(scope="module")
def night(sites: dict[str, Site], tmp_path_factory: pytest.TempPathFactory) -> Night:
    """The first night."""
    return crawl(cards(sites), tmp_path_factory.mktemp("batches"))


@pytest.fixture(scope="module")
def next_night(sites: dict[str, Site], night: Night) -> Night:
    """The night after, when one ad has changed and one page is gone."""
    sites["steady"].pages["/1"] = Answer(body=job_page("Cook 1", text="Now with a different text. " * 40))
    told = sitemap("{site}/0", "{site}/1").replace("2026-10-30", "2026-11-03")
    sites["steady"].pages["/sitemap.xml"] = xml(told)
    del sites["feed"].pages["/teaser"]
    return crawl(cards(sites), night["steady"].folder.parents[1], nights=1)


def cards(sites: dict[str, Site]) -> dict[Source, Site]:
    return {
        source(f"{sites['feed'].url}/feed", name="feed", kind="feed"): sites["feed"],
        source(f"{sites['steady'].url}/sitemap.xml", name="steady"): sites["steady"],
    }


def test_another_night_gives_the_same_ids(night, next_night):
    for name in ("steady", "feed"):
        first, second = (
            {address: line["ads"] for address, line in told[name].lines.items() if "ads" in line}
            for told in (night, next_night)
        )
        assert first == second
    before = {ad.ad_id: ad.description for ad in night["steady"].ads}
    (changed,) = next_night["steady"].ads
    assert before[changed.ad_id] != changed.description
    folders = [told["steady"].folder for told in (night, next_night)]
    assert [folder for folder in find_batches(folders[0].parents[1]) if folder in folders] == folders
    assert all(told["feed"].summary.healthy for told in (night, next_night))


def test_a_feed_gives_whole_entries_and_reads_the_pages_of_teasers(night):
    told = night["feed"]
    only = "only what the feed says; its page: "
    assert told.details == {
        "/feed": "",
        "/whole": "whole in the feed",
        "/teaser": "",
        "/lost": f"{only}failed (404)",
        "https://far.example/ad": f"{only}out_of_scope (far.example is not a site of this source)",
        "/private/ad": f"{only}refused_by_robots (robots.txt forbids it)",
    }
    assert set(told.outcomes.values()) == {"ad"}
    assert {ad.title for ad in told.ads} == {"Whole", "Teaser, in full", "Lost", "Far", "Hidden", "Linkless"} | {
        "Far too",
        "Part of a list",
    }
    assert sorted(set(told.site.paths)) == ["/feed", "/lost", "/robots.txt", "/teaser"]
    assert all(ad.page and ad.page.file == "pages.warc.gz" for ad in told.ads)


def test_an_ad_whose_page_went_away_stays_the_same_ad(next_night):
    assert next_night["feed"].details["/teaser"] == "only what the feed says; its page: failed (404)"
    assert "Teaser" in {ad.title for ad in next_night["feed"].ads}


@pytest.mark.parametrize("are_gone", [False, True])
def test_a_sitemap_that_names_nothing_while_its_pages_stand_is_a_problem(tmp_path, are_gone):
    with Site(few_pages(4)) as site:
        quay = source(f"{site.url}/sitemap.xml", name="quay")
        assert crawl({quay: site}, tmp_path)["quay"].summary.healthy
        for path in list(site.pages) if are_gone else ():
            del site.pages[path]
        site.pages["/sitemap.xml"] = xml(sitemap())
        summary = crawl({quay: site}, tmp_path, nights=1)["quay"].summary
    named = ("the listings name no address, and 4 known pages still show ads: is the card's start right?",)
    assert (summary.healthy, summary.problems) == ((True, ()) if are_gone else (False, named))
