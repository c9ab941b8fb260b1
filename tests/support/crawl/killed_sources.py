"""A source of every kind for crawls that are killed: what it shows on two nights. Everything in here is invented."""

import gzip
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from recorded_ats import recorded_pages
from warc_making import CAPTURED, Archive, ad_page

from crawler.sources.card import Source
from crawler.sources.loader import source_from_card
from loopback_site import Answer, Page, Site

LONG = "The kitchen of a small harbour inn needs a second cook for the summer. " * 12
POSTED = datetime.now(UTC)
"""One moment for all: messages that are read twice were posted when they were posted."""

NIGHTS = {
    "sitemap": (1, 2), "feed": (1, 2), "board": (1, 2), "whole-board": (1, 2), "ats": (1, 2), "two-lists": (1,),
    "channel": (1, 2), "drop": (1,), "archive": (1,),
}  # fmt: skip
"""The sources, named for their kind, and the nights on which each is read. An archive has nothing to remember,
and rows are read alike on each."""

_CARDS: dict[str, dict[str, Any]] = {
    "sitemap": {"start": ["/sitemap.xml"]},
    "feed": {"start": ["/feed"]},
    "board": {"start": ["/jobs", "/when"]},
    "whole-board": {"kind": "board", "start": ["/list"], "select": {"ads": "li.ad", "title": "b", "description": "p"}},
    "ats": {"start": ["/plain?limit=2", "/odd?limit=2"], "system": "smartrecruiters"},
    "two-lists": {"kind": "ats", "start": ["/north?mode=json", "/south?mode=json&limit=2"], "system": "lever"},
    "channel": {"start": ["/s/pier_work"]},
    "drop": {"start": ["drop"]},
    "archive": {"start": ["archive"]},
}


@dataclass(frozen=True)
class Places:
    """Where the sources are on each night: a site, and folders with files."""

    sites: dict[int, Site]
    files: dict[int, Path]

    def source(self, name: str, night: int = 1, **keys: object) -> Source:
        """The card of a source."""
        reads_files = name in {"drop", "archive"}
        places = [
            str(self.files[night] / start) if reads_files else f"{self.sites[night].url}{start}"
            for start in _CARDS[name]["start"]
        ]
        card = {"name": name, "title": name, "kind": name, "politeness": {"delay": 0 if not reads_files else 1}}
        local = {} if reads_files else {"local": True}
        return source_from_card(card | local | _CARDS[name] | {"start": places} | keys, where=f"{name}.toml")


@contextmanager
def opened_places(home: Path) -> Iterator[Places]:
    """The sources, served and written."""
    files = {night: home / str(night) for night in (1, 2)}
    for night, folder in files.items():
        _write_drop(folder / "drop", night)
    _write_archives(files[1] / "archive")
    with ExitStack() as stack:
        sites = {night: stack.enter_context(Site(_pages(night))) for night in (1, 2)}
        yield Places(sites, files)


def _posting(title: str) -> str:
    job = {"@context": "https://schema.org", "@type": "JobPosting", "title": title, "description": f"{title}. {LONG}"}
    return f'<script type="application/ld+json">{json.dumps(job)}</script>'


def _job_page(*titles: str) -> Answer:
    return Answer(body=f"<html><head>{''.join(map(_posting, titles))}</head><body><h1>Harbour</h1></body></html>")


def _html(body: str) -> Answer:
    return Answer(body=f"<!doctype html><html><head><title>Harbour</title></head><body>{body}</body></html>")


def _pages(night: int) -> dict[str, Page]:
    robots = Answer(body="User-agent: *\nDisallow: /private\n", type="text/plain")
    ats = recorded_pages("smartrecruiters")
    if night == 2:
        ats["/odd?limit=2"] = Answer(status=404)
    return {
        "/robots.txt": robots,
        **_mapped(night),
        **_fed(night),
        **_listed(night),
        **_channel(night),
        **ats,
        **_LEVER,
    }


def _lever(*names: str) -> Answer:
    ads = [
        {"id": name, "text": name, "descriptionPlain": f"{name}. {LONG}", "hostedUrl": f"https://lever.example/{name}"}
        for name in names
    ]
    return Answer(body=json.dumps(ads), type="application/json")


_LEVER = {
    "/north?mode=json": _lever("cook", "baker", "pilot"),
    # It has nothing new for whoever has read the other one: no further page of it is asked for.
    "/south?mode=json&limit=2": _lever("baker", "cook"),
    "/south?mode=json&limit=2&skip=2": _lever("mate"),
}


def _mapped(night: int) -> dict[str, Page]:
    first = night == 1
    gone = {} if first else {"/ads/5": Answer(status=410), "/b.xml": Answer(status=404), "/ads/6": _job_page("Chef 6")}
    return {
        "/sitemap.xml": _sitemap("/a.xml", "/b.xml", "/no.xml", root="sitemapindex"),
        "/a.xml": _sitemap(*(f"/ads/{n}" for n in range(7)), "/board", "/moved", "/missing", "/private/cook"),
        "/b.xml": _sitemap("/ads/3", "/again", "/away", "/about", "/gone", *(f"/more/{n}" for n in range(5))),
        **{f"/ads/{n}": _job_page(f"Cook {n}") for n in range(7)},
        **{f"/more/{n}": _job_page(f"Steward {n}", f"Deck hand {n}") for n in range(5)},
        "/board": _job_page("Baker", "Pilot", "Net mender") if first else _job_page("Pilot", "Net mender"),
        "/moved": Answer(status=301, headers={"Location": "/ads/2"}),
        "/away": Answer(status=302, headers={"Location": "https://far.example/ad"}),
        "/again": _job_page("Baker", "Pilot"),
        "/about": Answer(body="<html><head><title>About</title></head><body><p>Our harbour.</p></body></html>"),
        "/gone": Answer(status=410),
    } | gone


def _sitemap(*paths: str, root: str = "urlset") -> Answer:
    child = "url" if root == "urlset" else "sitemap"
    rows = "".join(f"<{child}><loc>{{site}}{path}</loc></{child}>" for path in paths)
    return Answer(
        body=f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</{root}>', type="application/xml"
    )


def _fed(night: int) -> dict[str, Page]:
    whole = [(f"Whole {n}", f"/whole/{n}", LONG) for n in range(night - 1, 4)]
    teasers = [(f"Teaser {n}", f"/teaser/{n}", "A short word about it…") for n in range(7)]
    shared = [("One of two", "/shared", LONG), ("Two of two", "/shared", f"{LONG} Evenings.")]
    lost = [("Lost", "/lost", "Its page is not there…"), ("Hidden", "/private/ad", "Its page is not for us…")]
    entries = [*whole, *teasers, *shared, *lost, ("Linkless", None, LONG)]
    items = "".join(
        f"<item><title>{title}</title>{f'<link>{{site}}{path}</link>' if path else ''}"
        f"<guid isPermaLink='false'>id-{title}</guid><description>{text}</description></item>"
        for title, path, text in entries
    )
    body = f'<rss version="2.0"><channel><title>New</title>{items}</channel></rss>'
    return {
        "/feed": Answer(body=body, type="application/rss+xml"),
        **{f"/teaser/{n}": _job_page(f"Teaser {n}, in full") for n in range(7)},
    }


def _listed(night: int) -> dict[str, Page]:
    """A board whose later pages say little by themselves, a calendar without an end, and a list of whole ads."""
    jobs = [f"/jobs/{n}/kitchen-help" for n in range(12)]
    when = {f"/when?page={day}": _listing(jobs[:3], f"/when?page={day + 1}") for day in range(2, 9)}
    lists = [[0, 1, 2], [2, 3, 4], [3, 4], [4, 0], [1, 2], [7, 8]]
    whole = {
        f"/list?page={page}": _html(
            f"<ul>{''.join(f'<li class=ad><b>Porter {n}</b><p>{LONG} {n}</p></li>' for n in numbers)}</ul>"
            f'<a rel="next" href="/list?page={page + 1}">Next</a>'
        )
        for page, numbers in enumerate(lists, 1)
    }
    return {
        "/jobs": _listing(jobs[night - 1 : 4], "/jobs?page=2"),
        "/jobs?page=2": _listing(jobs[4:8], "/jobs?page=3"),
        # That these lead to ads is known only from the pages before.
        "/jobs?page=3": _html(f'<p><a href="{jobs[8]}">Help</a></p><a rel="next" href="/jobs?page=4">Next</a>'),
        "/jobs?page=4": _html(f'<p><a href="{jobs[9]}">Help</a> and <a href="/tides/9/high">tides</a></p>'),
        **{path: _job_page(f"Kitchen help {n}") for n, path in enumerate(jobs) if n != 6},
        "/when": _listing(jobs[:3], "/when?page=2"),
        **when,
        **whole,
        "/list": whole["/list?page=1"],
    }


def _listing(paths: list[str], following: str) -> Answer:
    cards = "".join(
        f'<div class="job"><h3><a href="{path}">Kitchen help at pier {n}</a></h3><p>Hue, salary {n} million</p></div>'
        for n, path in enumerate(paths, 1)
    )
    return _html(f'<h1>Openings</h1><section>{cards}</section><a rel="next" href="{following}">Next</a>')


def _channel(night: int) -> dict[str, Page]:
    """Messages 1 to 60, twelve a page; some are pictures, and on the second night some are deleted or edited."""
    deleted = {55, 41, 30, 29, 13} if night == 2 else set()
    kept = [number for number in range(1, 61) if number not in deleted]
    pages: dict[str, Page] = {}
    before: int | None = None
    while shown := [number for number in kept if before is None or number < before][-12:]:
        more = f'<a class="tme_messages_more" data-before="{shown[0]}"></a>' if shown[0] > 1 else ""
        said = "".join(_message(number, night) for number in shown)
        path = "/s/pier_work" if before is None else f"/s/pier_work?before={before}"
        pages[path] = _html(f'<section class="tgme_channel_history">{more}{said}</section>')
        before = shown[0]
    return pages


def _message(number: int, night: int) -> str:
    words = f"Porter {number} wanted at the pier{' tonight' if number % 20 == night else ''}"
    text = f'<div class="tgme_widget_message_text">{words}</div>' if number % 7 else ""
    posted = (POSTED - timedelta(days=60 - number)).isoformat()
    return (
        f'<div class="tgme_widget_message" data-post="pier_work/{number}">{text}'
        f'<a class="tgme_widget_message_date"><time datetime="{posted}"></time></a></div>'
    )


def _write_drop(folder: Path, night: int) -> None:
    folder.mkdir(parents=True)
    rows = [f"{n},Cook {n},{LONG}" for n in range(night, 150)]
    (folder / "a.csv").write_text("\n".join(["identifier,title,description", *rows, "1,too,many,cells"]))
    lines = [json.dumps({"title": f"Baker {n}", "description": LONG}) for n in range(150)]
    (folder / "b.jsonl.gz").write_bytes(gzip.compress("\n".join([*lines, "no object"]).encode()))
    (folder / "c.csv").write_text("colour,weight\nred,7\n")


def _write_archives(folder: Path) -> None:
    for name in ("a.warc.gz", "b.warc"):
        archive = Archive(folder / name)
        for number in range(40):
            at = CAPTURED + timedelta(days=number % 3 + (name == "b.warc"))
            body = ad_page(f"Hand {number % 25}", pay=f"{number % 4} coins") if number % 5 else b"<p>Tides.</p>"
            archive.add(f"https://quay.example/{number % 25}", body, at=at)
        archive.close()
