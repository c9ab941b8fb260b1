"""The sample board as it is served: its pages, what machines read beside them, and how two nights differ."""

import json
import re
import subprocess
import sys
import tomllib
from collections import Counter
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import feedparser
import pytest
from lxml import etree, html
from protego import Protego

from crawler.extract.page import read_page
from crawler.extract.visible.listing import read_listing
from crawler.sources.loader import read_source

BOARD = Path(__file__).resolve().parents[2] / "data/samples/board"
CHANGED, GONE, BROKEN, LATER = "en-027", "en-033", "en-005", "en-112"


def every_page(site) -> list[str]:
    listings = [f"/jobs?page={number}" for number in range(1, last_page(site) + 1)]
    static = [entry["loc"] for entry in site.sitemap("/sitemap-pages.xml")]
    machine = ["/robots.txt", "/sitemap.xml", "/feed.xml", "/login", "/static/board.css"]
    return [*listings, *static, *machine, *(entry["loc"] for entry in site.ad_entries().values())]


def last_page(site) -> int:
    return max(int(number) for number in re.findall(r'href="/jobs\?page=(\d+)"', site.text("/jobs")))


def scripts_of(page: str) -> list[str]:
    return html.fromstring(page).xpath('//script[@type="application/ld+json"]/text()')


def postings_in(script: str) -> list[dict]:
    content = json.loads(script)
    nodes = content if isinstance(content, list) else content.get("@graph", [content])
    return [node for node in nodes if node["@type"] == "JobPosting"]


# The served board


def ad_page(site, ad_id: str) -> str:
    return site.text(site.ad_entries()[ad_id]["loc"])


def test_every_page_answers_and_every_link_on_the_board_leads_somewhere(night_1):
    links = set()
    for path in every_page(night_1):
        status, headers, body = night_1.get(path)
        assert status == 200, path
        if headers["Content-Type"].startswith("text/html"):
            links |= {link for link in html.fromstring(body).xpath("//a/@href") if link.startswith("/")}
    for link in sorted(links):
        if not link.startswith(("/apply/", "/account/")):
            assert night_1.get(link)[0] in {200, 302}, link


def test_no_label_reaches_a_page(night_1, night_2, shown):
    secrets = {table["why"] for table in shown.values()}
    secrets |= {table["exploitation"] for table in shown.values() if "_" in table["exploitation"]}
    secrets |= {"trafficking_recruitment", "job_fraud", "lookalike"}
    for site in (night_1, night_2):
        for path in every_page(site):
            page = site.text(path)
            assert not [secret for secret in secrets if secret in page], path


def test_most_ads_carry_json_ld_that_says_what_the_source_says(night_1, shown):
    marked_up = 0
    for ad_id, table in shown.items():
        scripts = scripts_of(ad_page(night_1, ad_id))
        if not scripts or ad_id == BROKEN:
            continue
        marked_up += 1
        [posting] = [posting for script in scripts for posting in postings_in(script)]
        assert posting["title"] == table["title"]
        assert posting.get("hiringOrganization", {}).get("name", "") == table["employer"]
        assert posting["jobLocation"]["address"] == {
            "@type": "PostalAddress",
            "addressLocality": table["place"],
            "addressCountry": table["country"],
        }
        assert words_of(posting["description"]) == table["body"].replace("\n- ", "\n").split()
        assert date.fromisoformat(posting["datePosted"]) <= date(2026, 11, 2)
        if "raw" in table["pay"]:
            assert posting["baseSalary"] == table["pay"]["raw"]
        else:
            assert posting["baseSalary"]["currency"] == table["pay"]["currency"]
    assert 0.6 < marked_up / len(shown) < 0.95


def words_of(description: str) -> list[str]:
    return " ".join(html.fromstring(f"<div>{description}</div>").itertext()).split()


def test_some_ads_have_microdata_alone_and_some_have_no_markup_at_all(night_1, shown):
    shapes = Counter()
    for ad_id, table in shown.items():
        page = ad_page(night_1, ad_id)
        tree = html.fromstring(page)
        [description] = tree.xpath('//div[@class="description"]')
        assert tree.xpath("string(//h1)") == table["title"]
        assert " ".join(description.itertext()).split() == table["body"].replace("\n- ", "\n").split()
        has_microdata = bool(tree.xpath('//*[@itemtype="https://schema.org/JobPosting"]'))
        has_json_ld = bool(scripts_of(page))
        assert not (has_microdata and has_json_ld)
        shapes["microdata" if has_microdata else "json-ld" if has_json_ld else "none"] += 1
    assert min(shapes[shape] for shape in ("microdata", "none")) >= 4


def test_one_page_has_several_scripts_of_which_one_is_broken(night_1):
    scripts = scripts_of(ad_page(night_1, BROKEN))
    broken = []
    for number, script in enumerate(scripts):
        try:
            json.loads(script)
        except json.JSONDecodeError:
            broken.append(number)
    assert (len(scripts), broken) == (3, [1])
    assert postings_in(scripts[2])


def test_every_html_page_is_well_formed(night_1):
    for path in every_page(night_1):
        if night_1.get(path)[1]["Content-Type"].startswith("text/html"):
            checker = TagBalance()
            checker.feed(night_1.text(path))
            assert checker.open == [], path


class TagBalance(HTMLParser):
    """Fails on an end tag that closes something else than what was opened last."""

    VOID = frozenset(["meta", "link", "img", "input", "br"])

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID and tag not in {"circle", "rect", "path"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, (tag, self.getpos())


def test_next_links_walk_through_every_ad_once(night_1, shown):
    seen, path = [], "/jobs"
    while path:
        tree = html.fromstring(night_1.text(path))
        seen += [re.search(r"/job/(\w\w-\d{3})", link)[1] for link in tree.xpath('//li[@class="card"]//a/@href')]
        path = next(iter(tree.xpath('//nav[@class="pager"]/a[@rel="next"]/@href')), None)
    assert sorted(seen) == sorted(shown)


def test_robots_forbids_the_employers_area_that_the_sitemap_names(night_1):
    robots = Protego.parse(night_1.text("/robots.txt"))
    forbidden = [
        entry["loc"]
        for entry in night_1.ad_entries().values()
        if not robots.can_fetch(f"http://board{entry['loc']}", "x")
    ]
    assert len(forbidden) == 5
    assert all(path.startswith("/employer/") for path in forbidden)
    assert list(robots.sitemaps) == ["http://board/sitemap.xml"]
    assert robots.can_fetch("http://board/jobs?page=2", "x")


def test_the_forbidden_ads_are_ordinary_ones(night_1, shown):
    hidden = [ad_id for ad_id, entry in night_1.ad_entries().items() if entry["loc"].startswith("/employer/")]
    assert {shown[ad_id]["look"] for ad_id in hidden} == {"ordinary"}


def test_the_sitemap_names_every_ad_with_its_date_and_pages_that_are_no_ads(night_1, shown):
    entries = night_1.ad_entries()
    assert set(entries) == set(shown)
    assert all(date.fromisoformat(entry["lastmod"]) <= date(2026, 11, 2) for entry in entries.values())
    pages = {entry["loc"] for entry in night_1.sitemap("/sitemap-pages.xml")}
    assert {"/", "/jobs", "/about", "/safety", "/contact", "/terms"} <= pages


def test_the_feed_holds_the_30_newest_ads(night_1, shown):
    _, headers, body = night_1.get("/feed.xml")
    feed = feedparser.parse(body)
    assert headers["Content-Type"].startswith("application/rss+xml")
    assert not feed.bozo
    assert len(feed.entries) == 30
    etree.fromstring(body)
    newest = sorted(table["posted"] for table in shown.values())[:30]
    assert sorted(shown[ad_in(entry.link)]["posted"] for entry in feed.entries) == newest
    first = feed.entries[0]
    assert words_of(first.description) == shown[ad_in(first.link)]["body"].replace("\n- ", "\n").split()


def ad_in(address: str) -> str:
    return re.search(r"/job/(\w\w-\d{3})", address)[1]


def test_the_account_and_the_application_form_ask_for_a_login(night_1):
    for path in ("/account/saved", "/apply/en-001", "/employer/"):
        status, headers, _ = night_1.get(path)
        assert (status, headers["Location"]) == (302, f"/login?next={path}")


def test_an_ad_answers_at_one_address_only(night_1):
    entry = night_1.ad_entries()["en-001"]
    status, headers, _ = night_1.get("/job/en-001-some-older-title")
    assert (status, headers["Location"]) == (301, entry["loc"])
    assert night_1.get("/job/en-999")[0] == night_1.get("/jobs?page=99")[0] == 404


def test_markup_does_not_tell_lures_from_lawful_ads(night_1, shown):
    for is_lure in (True, False):
        group = [table["id"] for table in shown.values() if (table["look"] in {"lure", "fraud"}) is is_lure]
        marked_up = [bool(scripts_of(ad_page(night_1, ad_id))) for ad_id in group]
        assert 0 < sum(marked_up) < len(group)


# The further faces


@pytest.mark.parametrize("face", ["plain", "script"])
def test_a_face_without_markup_shows_ads_of_its_own_and_every_field_of_them_is_read(night_1, shown, tables, face):
    page, links = f"{night_1.address}{face}/jobs", []
    while page:
        listing = read_listing(face_page(night_1, page), url=page, home=page, select={})
        links += listing.links
        page = next(iter(listing.next_pages), None)
    ids = [re.search(r"/jobs/(\w\w-\d{3})", link)[1] for link in links]
    ending = tomllib.loads((BOARD / "board.toml").read_text(encoding="utf-8"))["faces"][face]
    assert sorted(ids) == sorted(ad_id for ad_id in tables if ad_id.endswith(ending))
    assert not set(ids) & set(shown)
    for ad_id, link in zip(ids, links, strict=True):
        body, table = face_page(night_1, link), tables[ad_id]
        assert b"schema.org" not in body
        [raw] = read_page(body, url=link).ads
        assert (raw.title, raw.hiring_organization or "", raw.job_location) == tuple(
            table[key] for key in ("title", "employer", "place")
        )
        assert raw.description.split() == table["body"].replace("\n- ", "\n").split()
        assert all((raw.base_salary, raw.date_posted, raw.valid_through, raw.employment_type)), ad_id
        assert table["why"] not in body.decode()


def face_page(site, address: str) -> bytes:
    status, _, body = site.get(address.removeprefix(site.address.rstrip("/")))
    assert status == 200, address
    return body


# Two nights


def test_the_second_night_differs_in_exactly_three_ads(night_1, night_2):
    first, second = night_1.ad_entries(), night_2.ad_entries()
    assert set(first) - set(second) == {GONE}
    assert set(second) - set(first) == {LATER}
    both = set(first) & set(second)
    changed = {ad_id for ad_id in both if ad_page(night_1, ad_id) != ad_page(night_2, ad_id)}
    assert changed == {CHANGED}
    assert {ad_id for ad_id in both if first[ad_id] != second[ad_id]} == {CHANGED}
    assert second[CHANGED] == {"loc": first[CHANGED]["loc"], "lastmod": "2026-11-03"}


def test_the_changed_ad_names_another_destination_and_another_contact(night_1, night_2):
    before, after = ad_page(night_1, CHANGED), ad_page(night_2, CHANGED)
    assert "Mae Sot" in before
    assert "Mae Sot" not in after
    assert "@goldenreed_mia_example" in before
    assert "@goldenreed_mia_example" not in after


def test_one_offer_stands_in_twelve_copies_with_four_numbers_and_the_next_comes_on_the_second_night(night_1, night_2):
    copies = [ad_id for ad_id in night_1.ad_entries() if "in big villa" in ad_page(night_1, ad_id)]
    numbers = {re.search(r"\+971 50 000 0\d{3}", ad_page(night_1, ad_id))[0] for ad_id in copies}
    assert (len(copies), len(numbers)) == (12, 4)
    assert "+968 9000 0038" in ad_page(night_2, LATER)


def test_the_gone_ad_answers_410_and_nothing_links_to_it(night_1, night_2):
    assert night_2.get(night_1.ad_entries()[GONE]["loc"])[0] == 410
    assert not [path for path in every_page(night_2) if GONE in night_2.text(path)]


def test_the_same_night_gives_the_same_board(night_2, night_2_again):
    assert all(night_2.text(path) == night_2_again.text(path) for path in every_page(night_2))


# The command


def test_the_card_names_the_port_that_is_served(night_1):
    card = tomllib.loads(night_1.card.read_text(encoding="utf-8"))
    assert card["start"] == [f"{night_1.address}sitemap.xml"]
    assert (card["name"], card["kind"], card["local"], card["politeness"]["delay"]) == (
        "sample-board",
        "sitemap",
        True,
        0,
    )
    faces = sorted(night_1.card.parent.iterdir(), key=lambda file: file.stem)
    assert [file.stem for file in faces] == ["sample-board", "sample-board-plain", "sample-board-script"]
    starts = [read_source(file).start for file in faces]
    assert starts == [tuple(card["start"]), (f"{night_1.address}plain/jobs",), (f"{night_1.address}script/jobs",)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--night", "0"), "'0': expected a night, 1 or later"),
        (("--card", "mine.toml"), "expected the file name sample-board.toml"),
        (("--port", "taken"), "in use"),
    ],
)
def test_the_command_refuses_what_it_cannot_do_with_exit_code_2(night_1, board_folder, tmp_path, arguments, message):
    arguments = [str(urlsplit(night_1.address).port) if word == "taken" else word for word in arguments]
    done = subprocess.run(
        [sys.executable, str(board_folder / "board.py"), *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert list(tmp_path.iterdir()) == []
