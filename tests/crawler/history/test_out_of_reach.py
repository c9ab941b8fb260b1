"""Ads of a feed whose pages were read in full, on nights when the pages are out of reach."""

from crawling import crawl, job_page, source
from loopback_site import Answer, Site

WALL = Answer(
    body="<html><head><title>Just a moment...</title></head><body><h1>Checking your browser</h1></body></html>"
)


def test_no_whole_text_changes_into_the_few_words_of_its_feed(tmp_path):
    items = "".join(
        f"<item><title>{name}</title><link>{{site}}/{name}</link><guid isPermaLink='false'>id-{name}</guid>"
        "<description>A short word about it.</description></item>"
        for name in ("cook", "baker", "moved")
    )
    feed = Answer(body=f'<rss version="2.0"><channel><title>New</title>{items}</channel></rss>', type="text/xml")
    pages = {"/feed": feed, **{f"/{name}": Answer(body=job_page(name)) for name in ("cook", "baker", "found")}}
    with Site(pages | {"/moved": Answer(status=301, headers={"Location": "/found"})}) as site:

        def night(number: int, **budget: int) -> list[str]:
            card = source(f"{site.url}/feed", kind="feed", budget=budget)
            return [ad.title for ad in crawl({card: site}, tmp_path, number)["harbour"].ads]

        assert sorted(night(0)) == ["baker", "cook", "found"]
        site.pages |= {"/cook": WALL, "/found": Answer(status=500)}
        assert night(1) == []
        assert night(2, pages=1) == []
        site.pages |= {"/cook": Answer(body=job_page("cook"))}
        assert night(3) == []
