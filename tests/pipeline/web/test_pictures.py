"""The pictures in the docs: one of each page that there is, and no other."""

import re
from pathlib import Path

import pictures
from pipeline.web.app import create_app
from pipeline.web.setup import PageSetup

DOCS = Path(pictures.ROOT)
FILES = {
    "static",
    "overview.export_panel",
    "brief.export_brief",
    "exports.export_labels",
    "health.show_health",
    "health.show_metrics",
    "signing_in.ask_code",  # leads on to the sign-in for who has given no password
    "queue.list_file",
    "case.show_neighbour",
    "openid.begin",
    "openid.arrive",
}


def test_every_page_is_photographed(database, taxonomy):
    app = create_app(PageSetup(database=database, taxonomy=taxonomy, secret_key=b"k" * 32))
    ways = app.url_map.bind("127.0.0.1")
    taken = (pictures.OUTSIDE | pictures.PAGES).values()
    parts = {"case": 1, "campaign": "c", "contact": "d", "month": "2026-10", "ad": "a"}
    addresses = (path.format(**parts).partition("?")[0] for path in taken)
    asked = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in rule.methods}
    assert {ways.match(address)[0] for address in addresses} == asked - FILES


def test_the_docs_show_the_pictures_that_the_command_takes():
    named = {
        Path(name).stem
        for page in (DOCS / "README.md", DOCS / "docs" / "analysts" / "review-page.md")
        for name in re.findall(r"\]\((?:docs/|\.\./)(pictures/[\w-]+\.png)\)", page.read_text(encoding="utf-8"))
    }
    assert named == pictures.IN_THE_DOCS
    assert {path.stem for path in pictures.PICTURES.iterdir()} == named
