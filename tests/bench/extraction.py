"""Reading a page, against parsel and json."""

import json
import tomllib

from bench.timing import ROOT, rate, report
from crawler.extract.page import read_page


def compare_extraction() -> None:
    """Our reader on a clean page, against parsel and json on the same page, which read the JSON-LD and no more."""
    from parsel import Selector

    page = sample_page()

    def theirs() -> None:
        scripts = Selector(page.decode()).xpath("//script[@type='application/ld+json']/text()").getall()
        for script in scripts:
            json.loads(script)

    count = 300
    ours = rate(lambda: [read_page(page, url="http://127.0.0.1/job/1") for _ in range(count)], count)
    report("extract", "parsel and json on a clean page", ours, rate(lambda: [theirs() for _ in range(count)], count))


def sample_page() -> bytes:
    """A board's page around an invented ad: clean JSON-LD in 60 KB of markup."""
    with (ROOT / "data" / "samples" / "board" / "ads" / "en.toml").open("rb") as file:
        ad = tomllib.load(file)["ad"][0]
    posting = {"@context": "https://schema.org", "@type": "JobPosting", "title": ad["title"], "description": ad["body"]}
    markup = "<div class='row'><a href='/other'><span>Another page of the board</span></a></div>" * 700
    script = f"<script type='application/ld+json'>{json.dumps(posting)}</script>"
    return f"<html><head><title>{ad['title']}</title>{script}</head><body>{markup}</body></html>".encode()
