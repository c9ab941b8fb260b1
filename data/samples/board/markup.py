"""An ad as HTML and as schema.org's JobPosting, in several boards' ways."""

import json
from typing import Any, Literal
from zlib import crc32

from markupsafe import Markup, escape
from nights import PublishedAd
from sample_ads import Pay

Shape = Literal["plain", "graph", "list", "microdata", "none"]

# Out of 100 ads. Drawn from the id alone, so that how a page is marked up says nothing of what the ad is.
SHARES: tuple[tuple[int, Shape], ...] = ((55, "plain"), (70, "graph"), (78, "list"), (90, "microdata"), (100, "none"))


def shape_of(ad_id: str) -> Shape:
    """How this ad's page is marked up."""
    drawn = crc32(ad_id.encode()) % 100
    return next(shape for bound, shape in SHARES if drawn < bound)


def body_html(body: str) -> Markup:
    """The body as paragraphs and lists."""
    return Markup("\n").join(block for part in body.strip().split("\n\n") for block in _blocks(part.splitlines()))


def _blocks(lines: list[str]) -> list[Markup]:
    blocks: list[Markup] = []
    prose: list[str] = []
    bullets: list[str] = []
    for line in (*lines, None):
        is_bullet = line is not None and line.startswith("- ")
        if bullets and not is_bullet:
            items = Markup("").join(Markup("<li>{}</li>").format(bullet) for bullet in bullets)
            blocks.append(Markup("<ul>{}</ul>").format(items))
            bullets = []
        if prose and (is_bullet or line is None):
            blocks.append(Markup("<p>{}</p>").format(Markup("<br>").join(map(escape, prose))))
            prose = []
        if line is not None and line.strip():
            (bullets if is_bullet else prose).append(line.removeprefix("- ").strip())
    return blocks


def job_posting(one: PublishedAd, url: str) -> dict[str, Any]:
    """The ad as a JobPosting; the description is HTML, as the vocabulary's readers expect."""
    ad = one.ad
    posting: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "JobPosting",
        "title": ad.title,
        "description": str(body_html(ad.body)),
        "url": url,
        "identifier": {"@type": "PropertyValue", "name": "Tamarind Board", "value": ad.id},
        "datePosted": one.posted_on.isoformat(),
        "validThrough": f"{one.open_until.isoformat()}T23:59:59+00:00",
        "employmentType": ad.employment_type,
        "industry": ad.sector.replace("_", " "),
        "jobLocation": {
            "@type": "Place",
            "address": {"@type": "PostalAddress", "addressLocality": ad.place, "addressCountry": ad.country},
        },
        "baseSalary": _base_salary(ad.pay),
    }
    if ad.employer:
        posting["hiringOrganization"] = {"@type": "Organization", "name": ad.employer}
    return posting


def _base_salary(pay: Pay) -> dict[str, Any] | str:
    if pay.raw:
        return pay.raw
    value: dict[str, Any] = {"@type": "QuantitativeValue", "unitText": pay.period}
    if pay.min is not None and pay.min == pay.max:
        value["value"] = pay.min
    else:
        value |= {key: amount for key, amount in (("minValue", pay.min), ("maxValue", pay.max)) if amount is not None}
    return {"@type": "MonetaryAmount", "currency": pay.currency, "value": value}


def json_ld(posting: dict[str, Any], shape: Shape, home: str) -> Markup:
    """One script's content, safe inside HTML."""
    crumbs = {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": 1, "name": "Jobs", "item": f"{home}jobs"},
            {"@type": "ListItem", "position": 2, "name": posting["title"]},
        ],
    }
    if shape == "graph":
        body = {key: value for key, value in posting.items() if key != "@context"}
        return _script({"@context": "https://schema.org", "@graph": [crumbs, body]})
    if shape == "list":
        return _script([{"@context": "https://schema.org", **crumbs}, posting])
    return _script(posting)


def broken_scripts(posting: dict[str, Any], home: str) -> tuple[Markup, ...]:
    """Three scripts: the board's own description, a broken one that stops in the middle of a string, and the ad."""
    board = {"@context": "https://schema.org", "@type": "WebSite", "name": "Tamarind Board", "url": home}
    cut_off = Markup('{"@context": "https://schema.org", "@type": "FAQPage", "mainEntity": [{"name": "How do I')
    return _script(board), cut_off, _script(posting)


def _script(content: object) -> Markup:
    return for_script(json.dumps(content, ensure_ascii=False, indent=1))


def for_script(text: str) -> Markup:
    """JSON as a script's content: nothing in it ends the script."""
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
