"""The board as a Flask application: one edition, its pages, its machine formats."""

import re
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, redirect, render_template, request
from listings import count_by, find_listing, find_similar
from markup import body_html, broken_scripts, job_posting, json_ld, shape_of
from nights import Edition, PublishedAd
from werkzeug.wrappers import Response as AnyResponse
from words import Words, pay_text

HERE = Path(__file__).parent
FEED_LENGTH = 30
STATIC_PAGES = {
    "about": "About us",
    "safety": "Staying safe while looking for work",
    "contact": "Contact",
    "terms": "Terms of use",
}
AD_ID = re.compile(r"([a-z]{2}-\d{3})(?:-.*)?")


def create_app(edition: Edition, words: dict[str, Words], *, broken_script: str) -> Flask:
    """The whole board, ready to serve. Nothing in it changes while it is served."""
    app = Flask("tamarind_board", template_folder=str(HERE / "templates"), static_folder=str(HERE / "static"))
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        edition=edition, words=words, pay_text=pay_text, body_html=body_html, home=_home, rfc822=_rfc822
    )
    _add_listings(app, edition)
    _add_ads(app, edition, broken_script)
    _add_static_pages(app)
    _add_login(app)
    _add_machine_pages(app, edition)
    app.register_error_handler(404, lambda _: (render_template("missing.html"), 404))
    return app


def _home() -> str:
    return request.host_url


def _rfc822(day: date) -> str:
    return format_datetime(datetime.combine(day, time(6, 0), UTC))


def _add_listings(app: Flask, edition: Edition) -> None:
    languages, sectors = count_by(edition, "language"), count_by(edition, "sector")

    @app.get("/")
    def front() -> str:
        return render_template("front.html", newest=edition.ads[:8], languages=languages, sectors=sectors)

    @app.get("/jobs")
    def jobs() -> str:
        listing = find_listing(edition, request.args)
        if listing is None:
            abort(404)
        return render_template("listing.html", listing=listing, languages=languages, sectors=sectors)


def _add_ads(app: Flask, edition: Edition, broken_script: str) -> None:
    standing = {one.ad.id: one for one in edition.ads}
    gone = {one.ad.id for one in edition.gone}

    @app.get("/job/<name>")
    @app.get("/employer/<employer>/job/<name>")
    def job(name: str, employer: str = "") -> Any:
        named = AD_ID.fullmatch(name)
        ad_id = named[1] if named else ""
        if ad_id in gone:
            return render_template("gone.html"), 410
        if ad_id not in standing:
            abort(404)
        one = standing[ad_id]
        if request.path != one.path:
            return redirect(one.path, 301)
        return _render_ad(one, edition, broken_script)


def _render_ad(one: PublishedAd, edition: Edition, broken_script: str) -> str:
    shape = shape_of(one.ad.id)
    posting = job_posting(one, f"{_home()}{one.path[1:]}")
    if one.ad.id == broken_script:
        shape, scripts = "plain", broken_scripts(posting, _home())
    else:
        scripts = () if shape in {"microdata", "none"} else (json_ld(posting, shape, _home()),)
    return render_template(
        "ad.html",
        one=one,
        ad=one.ad,
        microdata=shape == "microdata",
        scripts=scripts,
        similar=find_similar(edition, one),
    )


def _add_static_pages(app: Flask) -> None:
    for name, title in STATIC_PAGES.items():
        app.add_url_rule(f"/{name}", name, lambda name=name, title=title: render_template(f"{name}.html", title=title))


def _add_login(app: Flask) -> None:
    @app.get("/login")
    def login() -> str:
        return render_template("login.html", failed=False)

    @app.post("/login")
    def refuse() -> tuple[str, int]:
        return render_template("login.html", failed=True), 401

    @app.get("/account/")
    @app.get("/account/<path:inside>")
    @app.get("/apply/<inside>")
    @app.get("/employer/")
    def members_only(inside: str = "") -> AnyResponse:
        return redirect(f"/login?next={request.path}", 302)


def _add_machine_pages(app: Flask, edition: Edition) -> None:
    languages = sorted({one.ad.language for one in (*edition.ads, *edition.gone)})
    pages = ["", "jobs", *(f"jobs?language={language}" for language in languages), *STATIC_PAGES]

    @app.get("/robots.txt")
    def robots() -> Response:
        return Response(render_template("robots.txt"), mimetype="text/plain")

    @app.get("/sitemap.xml")
    def sitemap() -> Response:
        touched = {language: max(_touched(edition, language), default=edition.day) for language in languages}
        return _xml(render_template("sitemap_index.xml", touched=touched))

    @app.get("/sitemap-pages.xml")
    def sitemap_pages() -> Response:
        return _xml(render_template("sitemap_pages.xml", pages=pages))

    @app.get("/sitemap-jobs-<language>.xml")
    def sitemap_jobs(language: str) -> Response:
        if language not in languages:
            abort(404)
        return _xml(
            render_template("sitemap_jobs.xml", ads=[one for one in edition.ads if one.ad.language == language])
        )

    @app.get("/feed.xml")
    def feed() -> Response:
        newest = edition.ads[:FEED_LENGTH]
        return _xml(render_template("feed.xml", ads=newest), "application/rss+xml")


def _touched(edition: Edition, language: str) -> list[date]:
    """When ads of that language came, changed or went. What has gone went on the day shown or before."""
    came = [one.changed_on for one in edition.ads if one.ad.language == language]
    went = [edition.day for one in edition.gone if one.ad.language == language]
    return came + went


def _xml(text: str, mimetype: str = "application/xml") -> Response:
    return Response(text, mimetype=mimetype)
