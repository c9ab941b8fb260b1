"""Ads of a feed, and pages of a list, on nights when they are out of reach or not there."""

import pytest

from crawler.batch.batch import GONE
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


@pytest.mark.parametrize(
    ("beyond", "is_whole"),
    [
        (Answer(body="<html><body><h1>Jobs</h1><p>No vacancies here.</p></body></html>"), True),
        (Answer(status=404), True),
        (Answer(status=500), False),
        (WALL, False),
    ],
)
def test_a_pager_that_leads_one_page_too_far_keeps_no_ad_from_being_gone(tmp_path, beyond, is_whole):
    def listed(*numbers: int, following: str) -> Answer:
        cards = "".join(f'<li><h3><a href="/job/cook-{n}">Cook {n}</a></h3><p>Quay town</p></li>' for n in numbers)
        return Answer(body=f'<html><body><h1>Jobs</h1><ul>{cards}</ul><a rel="next" href="{following}">Next</a></body>')

    pages = {f"/job/cook-{n}": Answer(body=job_page(f"Cook {n}")) for n in range(8)}
    with Site(pages) as site:
        board = {source(f"{site.url}/jobs", kind="board"): site}
        site.pages["/jobs?page=3"] = beyond
        site.pages["/jobs?page=2"] = listed(4, 5, 6, 7, following="/jobs?page=3")
        site.pages["/jobs"] = listed(0, 1, 2, 3, following="/jobs?page=2")
        assert crawl(board, tmp_path)["harbour"].summary.shown == 8
        del site.pages["/job/cook-0"]
        site.pages["/jobs"] = listed(1, 2, 3, following="/jobs?page=2")
        told = crawl(board, tmp_path, 1)["harbour"]
    assert ("/job/cook-0" in (told.folder / GONE).read_text()) is is_whole
    assert (told.outcomes["/jobs?page=3"] == "listing", told.summary.healthy) == (is_whole, True)
