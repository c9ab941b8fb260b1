"""The archived page of a case: as text, served alone in a sandbox, whatever its author wrote. All are invented."""

import gzip
import re
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from playwright.sync_api import expect
from warc_making import Archive

from browsing import browser_path, enter, open_browser, serve
from builders import NOON, make_ad
from crawler.ad import PageRef, fingerprint
from crawler.batch.batch import BatchSummary
from crawler.batch.evidence import SeenAd, read_stored_page
from crawler.errors import BadEvidence
from pipeline.web.views.case_history import POLICY, STYLE
from web_acts import make_app, sign_in_as

ATTACK = """<!doctype html><html><head><title>Cook</title> <base href="https://evil.example/">
<meta http-equiv="refresh" content="0; url=https://evil.example/refresh"><link rel="stylesheet" href="/steal.css">
<style>body { display: none } @import url(https://evil.example/import)</style></head>
<body onload="alert(1)"><script>document.title = 'ran'; fetch('https://evil.example/')</script>
<h1>Cook for a ferry</h1><img src=x onerror="document.title='ran'">
<svg onload="alert(1)"><script>alert(2)</script></svg>
<a href="javascript:document.title='ran'">Apply here</a> <a href="https://evil.example/apply">or here</a>
<a href="data:text/html,<script>alert(1)</script>">or there</a>
<form action="https://evil.example/post"><input name=a autofocus onfocus="alert(3)"><button>Send</button></form>
<iframe src="https://evil.example/frame"></iframe><object data="https://evil.example/o"></object>
<p>{{ 7 * 7 }} {% raw %} &lt;script&gt;alert(4)&lt;/script&gt; </pre></main><script>alert(5)</script> \u202egnp.exe</p>
<video src="https://evil.example/v" onerror="alert(6)"></video><math><mtext><style><img src=x onerror=alert(7)></style>
"""


@pytest.fixture
def archived(database, store, tmp_path):
    """Gives the number of a case whose ad's page was archived so."""

    def archive(body=ATTACK, *, ad_id="p:1", at=NOON, **how):
        body = body.encode() if isinstance(body, str) else body
        run = f"{at:%Y%m%dT%H%M%SZ}"
        pages = Archive(tmp_path / "batches" / "test" / run / "pages.warc.gz")
        sent = gzip.compress(body) if how.pop("zipped", False) else body
        if sent is not body:
            how["headers"] = {"Content-Encoding": "gzip"}
        offset = pages.add("https://board.example/jobs/1", sent, **how)
        pages.close()
        page = PageRef(file="pages.warc.gz", offset=offset, sha256=sha256(sent).hexdigest())
        ad = make_ad(ad_id=ad_id, seen_at=at, title=f"Cook {at:%d}", page=page)
        summary = BatchSummary(
            source="test", run=run, started_at=at, ended_at=at, finished=True, outcomes={"ad": 1}, addresses=1, ads=1,
            healthy=True, problems=(), addresses_by_outcome={},
        )  # fmt: skip
        batch = store.runs.add_batch(summary, taken_at=at)
        store.ads.record(ad, batch_id=batch)
        store.cases.follow_text(ad_id, at=at)
        known = store.db.row("SELECT case_id FROM case_ads WHERE ad_id = ? AND left_at IS NULL", [ad_id])
        return known["case_id"] if known else store.cases.open(fingerprint(ad), reason="score", priority=0.5, at=at)

    return archive


@pytest.fixture
def app(database, taxonomy, tmp_path, clock):
    return make_app(database, taxonomy, clock=lambda: clock[-1], batches=tmp_path / "batches")


def test_the_case_leads_to_the_page_and_the_page_to_nowhere(app, archived):
    case_id = archived()
    client = sign_in_as(app, "mai")
    assert f'href="/case/{case_id}/page/1" target="_blank"' in client.get(f"/case/{case_id}").text
    page = client.get(f"/case/{case_id}/page/1")
    assert page.status_code == 200
    assert "Cook for a ferry" in page.text
    assert "https://board.example/jobs/1" in page.text
    tags = set(re.findall(r"<\s*([a-z!][\w-]*)", page.text))
    assert tags <= {
        "!doctype", "html", "head", "meta", "title", "style", "body", "header", "main", "h1", "h2", "p", "dl", "dt",
        "dd", "bdi", "pre", "ul", "li",
    }  # fmt: skip
    attributes = set(re.findall(r"<[a-z][^<>]*?\s([a-z-]+)=", page.text))
    assert attributes <= {"lang", "charset", "name", "content", "dir", "translate"}


def test_what_the_page_says_is_there_and_what_it_does_is_not(app, archived):
    page = sign_in_as(app, "mai").get(f"/case/{archived()}/page/1").text
    assert "{{ 7 * 7 }} {% raw %} &lt;script&gt;alert(4)&lt;/script&gt;" in page
    assert "https://evil.example/apply" in page, "where a link leads is told"
    assert "javascript:document.title" in page
    assert "1 picture, not shown" in page
    assert re.search(r"\d\d:\d\d UTC<", page), "to the minute"
    for gone in ("document.title = ", "display: none", "alert(5)", "alert(1)</script>", "/steal.css"):
        assert gone not in page.replace("&lt;", "<").replace("&gt;", ">").split("Where its links lead")[0], gone


def test_the_browser_is_told_to_trust_nothing(app, archived):
    headers = sign_in_as(app, "mai").get(f"/case/{archived()}/page/1").headers
    assert headers["Content-Security-Policy"] == POLICY
    assert "sandbox;" in POLICY, "with nothing that it allows"
    assert "default-src 'none'" in POLICY
    assert "unsafe" not in POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cache-Control"] == "no-store"
    assert "<" not in STYLE


def test_each_look_has_its_page_the_newest_first(app, archived):
    case_id = archived("<p>First night</p>")
    assert archived("<p>Second night</p>", at=NOON + timedelta(days=1)) == case_id
    client = sign_in_as(app, "mai")
    page = client.get(f"/case/{case_id}").text
    assert re.findall(rf"/case/{case_id}/page/(\d)", page) == ["2", "1"]
    assert "First night" in client.get(f"/case/{case_id}/page/1").text
    assert "Second night" in client.get(f"/case/{case_id}/page/2").text
    assert client.get(f"/case/{case_id}/page/3").status_code == 404


@pytest.mark.parametrize(
    ("body", "how", "said"),
    [
        ("<p>Thợ nấu ăn</p>", {"zipped": True}, "Thợ nấu ăn"),
        ("<p>ครัว</p>".encode("cp874"), {"mime": "text/html; charset=tis-620"}, "ครัว"),
        ('{"title": "Cook <b>"}', {"mime": "application/json"}, "{&#34;title&#34;: &#34;Cook &lt;b&gt;&#34;}"),
        (b"%PDF-1.7 \x00\x01", {"mime": "application/pdf"}, "There is no text on it."),
        ("", {}, "There is no text on it."),
        ("<div>" * 3000 + "deep down", {}, "deep down"),
        ("<p>" + "".join(f"<b a={n}>" for n in range(1500)) + "<p>x" * 1500, {}, "x"),
        ("word " * 100_000, {}, "longer than what is shown"),
    ],
)
def test_whatever_was_archived_is_told_as_text(app, archived, body, how, said):
    page = sign_in_as(app, "mai").get(f"/case/{archived(body, **how)}/page/1")
    assert said in page.text
    assert len(page.data) < 1_000_000


def test_a_page_that_was_changed_in_the_archive_is_not_shown(app, archived, tmp_path):
    case_id = archived("<p>As it was</p>")
    (file,) = (tmp_path / "batches").rglob("pages.warc.gz")
    other = Archive(file)
    other.add("https://board.example/jobs/1", b"<p>As it never was</p>")
    other.close()
    answer = sign_in_as(app, "mai").get(f"/case/{case_id}/page/1")
    assert answer.status_code == 404
    assert "changed after it was written" in answer.text
    assert "never was" not in answer.text
    assert str(tmp_path) not in answer.text
    file.unlink()
    assert sign_in_as(app, "mai").get(f"/case/{case_id}/page/1").status_code == 404


@pytest.mark.parametrize("file", ["../../../lurewatch.db", "/etc/passwd", "..", "../20261102T120000Z/pages.warc.gz"])
def test_no_ad_names_a_file_outside_its_batch(app, archived, store, tmp_path, file):
    archived()
    ((ad, source, run),) = store.ads.version_batches("p:1")
    elsewhere = replace(ad, page=replace(ad.page, file=file))
    batch = tmp_path / "batches" / source / f"{run}x"
    batch.mkdir()
    with pytest.raises(BadEvidence, match="outside its batch"):
        read_stored_page(SeenAd(ad=elsewhere, batch=batch))


def test_it_is_for_those_who_may_see_contacts_and_reading_it_is_logged(app, archived, store):
    case_id = archived()
    researcher = sign_in_as(app, "a-researcher")
    assert researcher.get(f"/case/{case_id}/page/1").status_code == 403
    assert "/page/1" not in researcher.get(f"/case/{case_id}").text
    sign_in_as(app, "mai").get(f"/case/{case_id}/page/1")
    entry = store.audit.entries(limit=1)[0]
    assert (entry.act, entry.subject, entry.details["page"]) == ("saw", f"case {case_id}", NOON.isoformat())


def test_a_case_without_an_archived_page_offers_none(app):
    client = sign_in_as(app, "mai")
    assert "/page/" not in client.get("/case/1").text
    assert client.get("/case/1/page/1").status_code == 404


@pytest.mark.browser
@pytest.mark.skipif(browser_path() is None, reason="no browser here; `make test` installs one")
def test_in_a_browser_the_attack_does_nothing_and_asks_for_nothing(app, archived):
    case_id = archived()
    with open_browser() as browser, serve(app) as address:
        context = browser.new_context(base_url=address)
        context.set_default_timeout(20_000)
        page = context.new_page()
        enter(page, "mai", at=f"/case/{case_id}/page/1")
        asked, said = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"/case/{case_id}/page/1")
        expect(page).to_have_title(f"Saved copy of case {case_id}")
        expect(page.get_by_text("Cook for a ferry")).to_be_visible()
        expect(page.locator("a, img, script, form, iframe, svg, object, video")).to_have_count(0)
        assert page.evaluate("getComputedStyle(document.body).maxWidth") == "768px", "our own style holds"
        assert page.evaluate("window.origin") == "null", "it has no origin, so no cookie and no store of ours"
        assert [url for url in asked if not url.startswith(address)] == []
        assert said == []
        context.close()
