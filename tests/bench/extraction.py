"""Speed of reading a page, as a ratio against parsel and json doing the same by hand, on the same pages in one run.

Every text is invented. A clean page is shaped like those of big boards: 60 to 300 KB of menus, scripts, styles and
cards around one complete JobPosting. A hard page holds an ad too, but something about it is odd. Pages without
structured data are measured apart: there the reference finds nothing, and we look at the page as a person would.
"""

import json
import random
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from parsel import Selector
from w3lib.html import remove_tags, replace_entities

from crawler.extract.page import read_page

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "pages"
CLEAN = (60, 100, 150, 200, 300)
"""Kilobytes of markup."""

ROUNDS = 9
LEAST_SECONDS = 0.02

WORDS = (
    "kitchen harbour morning evening shift team guest bread tray counter stock label pallet route van uniform meal"
    " weekly rota manager trainee permanent contract overtime holiday insurance lunch parking bus station clean careful"
    " friendly experience helpful certificate english vietnamese reading writing numbers till"
).split()


def compare_extraction() -> None:
    """Print a line for each group of pages: how many times as fast, on the whole, at the median and at worst."""
    compare("clean", [clean_page(size, seed) for seed, size in enumerate(CLEAN * 2)])
    compare("hard", list(hard_pages().values()), names=list(hard_pages()))
    compare("no markup", [page_without_markup(size, seed) for seed, size in enumerate(CLEAN)])
    if REAL.is_dir():
        pages = {path.name: path.read_bytes() for path in sorted(REAL.glob("*.html"))}
        marked = {name: page for name, page in pages.items() if b"JobPosting" in page and b"ld+json" in page}
        compare("real, with JSON-LD", list(marked.values()))
        compare("real, without", [page for name, page in pages.items() if name not in marked])


def compare(group: str, pages: list[bytes], names: list[str] | None = None) -> None:
    """Measure one group and print what came out."""
    ours, theirs = zip(*map(seconds, pages), strict=True)
    ratios = [their / our for our, their in zip(ours, theirs, strict=True)]
    size = sum(map(len, pages)) / len(pages) / 1000
    print(
        f"extract  {group}: {len(pages)} pages of {size:.0f} KB, {sum(theirs) / sum(ours):.2f} times parsel and json"
        f" (median {median(ratios):.2f}, worst {min(ratios):.2f}); {sum(ours) / len(pages) * 1e3:.2f} ms a page"
    )
    for name, ratio, our in zip(names or (), ratios, ours, strict=False):
        print(f"           {name}: {ratio:.2f} ({our * 1e3:.2f} ms)")


def seconds(page: bytes) -> tuple[float, float]:
    """The processor time that one reading takes, ours and theirs: the best of some rounds, in turns.

    Time on the wall also counts how long others have had the processor.
    """
    works: tuple[Callable[[], object], ...] = (
        lambda: read_page(page, url="http://127.0.0.1/job/1"),
        lambda: reference(page),
    )
    best = [float("inf")] * len(works)
    for _ in range(ROUNDS):
        for which, work in enumerate(works):
            calls, start = 0, time.process_time()
            while time.process_time() - start < LEAST_SECONDS:
                work()
                calls += 1
            best[which] = min(best[which], (time.process_time() - start) / calls)
    return best[0], best[1]


def reference(page: bytes) -> Mapping[str, Any] | None:
    """What a careful scraper writes: the same fields of the page's JobPosting, its description as text."""
    selector = Selector(text=page.decode("utf-8", "replace"))
    found = None
    for script in selector.xpath("//script[@type='application/ld+json']/text()").getall():
        try:
            found = found or find_posting(json.loads(script, strict=False))
        except ValueError:
            continue
    if found is None:
        return None
    place = first(found.get("jobLocation"))
    address = first(place.get("address")) if isinstance(place, dict) else place
    organisation, identifier = found.get("hiringOrganization"), found.get("identifier")
    return {
        "title": found.get("title"),
        "description": replace_entities(remove_tags(found.get("description") or "")).strip(),
        "hiring_organization": organisation.get("name") if isinstance(organisation, dict) else organisation,
        "job_location": ", ".join(
            address[key]
            for key in ("streetAddress", "addressLocality", "addressRegion", "addressCountry")
            if isinstance(address.get(key), str)
        )
        if isinstance(address, dict)
        else address,
        "date_posted": found.get("datePosted"),
        "valid_through": found.get("validThrough"),
        "employment_type": found.get("employmentType"),
        "base_salary": found.get("baseSalary"),
        "identifier": identifier.get("value") if isinstance(identifier, dict) else identifier,
        "language": selector.xpath("/html/@lang").get(),
    }


def find_posting(value: object) -> dict[str, Any] | None:
    """The first JobPosting, however deep."""
    if isinstance(value, list):
        return next((found for entry in value if (found := find_posting(entry))), None)
    if not isinstance(value, dict):
        return None
    kind = value.get("@type")
    if kind == "JobPosting" or (isinstance(kind, list) and "JobPosting" in kind):
        return value
    return next((found for entry in value.values() if (found := find_posting(entry))), None)


def first(value: object) -> Any:
    """The value, or the first of several."""
    return value[0] if isinstance(value, list) and value else value


def posting(seed: int, **more: object) -> dict[str, object]:
    """An invented, complete JobPosting with a description of 1 to 4 KB."""
    say = random.Random(seed)
    parts = [f"<h3>{words(say, 3)}</h3><p>{words(say, 40)}.</p><ul>{lines(say)}</ul>" for _ in range(3)]
    return {
        "@context": "https://schema.org/",
        "@type": "JobPosting",
        "title": f"Baker in the {words(say, 2)} kitchen",
        "description": f"<p><strong>{words(say, 6)}</strong></p>{''.join(parts)}<p>{words(say, 30)}<br>{words(say, 9)}</p>",
        "identifier": {"@type": "PropertyValue", "name": "Quay Foods", "value": f"QF-{seed}"},
        "datePosted": "2026-10-30",
        "validThrough": "2026-12-31T23:59",
        "employmentType": "FULL_TIME",
        "hiringOrganization": {"@type": "Organization", "name": "Quay Foods", "sameAs": "https://quay.example"},
        "jobLocation": {
            "@type": "Place",
            "address": {
                "@type": "PostalAddress",
                "streetAddress": "12 Old Quay",
                "addressLocality": "Huế",
                "addressRegion": "Thừa Thiên Huế",
                "addressCountry": "VN",
            },
        },
        "baseSalary": {
            "@type": "MonetaryAmount",
            "currency": "VND",
            "value": {"@type": "QuantitativeValue", "minValue": 9000000, "maxValue": 12000000, "unitText": "MONTH"},
        },
        **more,
    }


def words(say: random.Random, count: int) -> str:
    return " ".join(say.choices(WORDS, k=count))


def lines(say: random.Random) -> str:
    return "".join(f"<li>{words(say, say.randint(5, 14))}</li>" for _ in range(6))


def script(value: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(value, ensure_ascii=False)}</script>'


def page_of(kilobytes: int, seed: int, *, head: str = "", main: str = "") -> bytes:
    """A board's page: a quarter scripts and styles, the rest menus and cards, an element about every 100 bytes."""
    say = random.Random(seed)
    title = f"Baker in the {words(random.Random(seed), 2)} kitchen"
    meta = "".join(
        f'<meta property="og:{name}" content="{words(say, 8)}">' for name in ("title", "description", "image", "url")
    )
    state = json.dumps([{"id": n, "label": words(say, 3), "href": f"/jobs/{n}"} for n in range(kilobytes)])
    scripts = [
        f'<script src="/static/{n}.js?v={seed}&amp;m=1" defer></script>'
        f"<script>window.dataLayer=window.dataLayer||[];function f{n}(a,b){{if(a<b&&b>'{words(say, 2)}'){{return a}}}}"
        f"var s{n}={state};</script>"
        for n in range(3)
    ]
    style = f"<style>{'.card-title>a{{color:#123;margin:0 4px}}' * kilobytes}</style>"
    cards: list[str] = []
    while sum(map(len, cards)) < 700 * kilobytes:
        cards.append(
            f'<div class="card card--small js-card" data-id="{say.randint(1, 10**6)}"><!-- card --><a class="card-title__link"'
            f' href="/jobs/{say.randint(1, 10**6)}-{"-".join(say.choices(WORDS, k=4))}?from=list&amp;page=2" title="{words(say, 4)}">'
            f'<span class="card__text">{words(say, 9)}</span></a><svg width="16" height="16"><path d="M1 2l3 4z"/></svg>'
            f'<p class="card__salary"><b>{words(say, 4)}</b> &middot; Huế</p></div>'
        )
    return (
        f'<!DOCTYPE html>\n<html lang="vi" class="no-js">\n<head>\n<meta charset="utf-8">\n<title>{title} | Quay jobs</title>\n'
        f"{meta}\n{style}\n{head}\n{scripts[0]}\n</head>\n<body>\n<nav><ul>{lines(say)}</ul></nav>\n<h1>{title}</h1>\n{main}\n"
        f'<section class="related">\n{"".join(cards)}\n</section>\n{scripts[1]}\n<footer>{lines(say)}</footer>\n{scripts[2]}\n'
        "</body>\n</html>\n"
    ).encode()


def clean_page(kilobytes: int, seed: int) -> bytes:
    """A page with everything in its place; on half of them the JSON-LD stands at the end of the body."""
    told = script({"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": []})
    ad = told + script(posting(seed))
    return page_of(kilobytes, seed, head=ad) if seed % 2 else page_of(kilobytes, seed, main=ad)


def hard_pages() -> dict[str, bytes]:
    """Pages of 100 KB with an ad that is not simply there."""
    ad = posting(7)
    text = json.dumps(ad, ensure_ascii=False)
    escaped = {**ad, "description": str(ad["description"]).replace("<", "&lt;").replace(">", "&gt;")}
    soup = {**ad, "description": str(ad["description"]).replace(" ", "&nbsp;").replace("e", "&eacute;")}
    odd = {**ad, "description": f"<table><tr><td>{ad['description']}<td><p>More<div>and<p>more"}
    graph = {
        "@context": "https://schema.org",
        "@graph": [{"@type": "WebSite", "name": "Quay"}, {"@type": "WebPage", "about": ad}],
    }
    others = [{"@type": "ListItem", "position": n, "item": {"@type": "Thing", "name": f"Page {n}"}} for n in range(300)]
    listed = {"@type": "ItemList", "itemListElement": others}
    state = json.dumps({"props": [{"id": n, "html": f"<p>{n}</p>"} for n in range(8_000)]}).replace("</", "<\\/")
    quoted = json.dumps(script(posting(8))).replace("</", "<\\/")
    tag = '<script type="application/ld+json">'
    heads = {
        "a graph": script(graph),
        "an array beside a long list": script([listed, ad]),
        "raw line breaks in strings": tag + text.replace("</p>", "</p>\r\n") + "</script>",
        "a trailing comma": tag + text[:-1] + ",}</script>",
        "CDATA around it": f"{tag}//<![CDATA[\n{text}\n//]]></script>",
        "a comment around it": f"{tag}<!--\n{text}\n--></script>",
        "a type with a charset": script(ad).replace("ld+json", "ld+json; charset=utf-8"),
        "upper case and single quotes": script(ad).replace(tag, "<SCRIPT TYPE='application/ld+json'>"),
        "another one commented out": f"<!-- {script(posting(8))} -->{script(ad)}",
        "another one in a string": f"<script>var x = {quoted};</script>{script(ad)}",
        "a description escaped twice": script(escaped),
        "entities throughout": script(soup),
        "odd nesting": script(odd),
        "a tag in an attribute": f"<div data-x='<style>'></div>{script(ad)}",
        "a big state": f'<script id="__NEXT_DATA__" type="application/json">{state}</script>{script(ad)}',
    }
    pages = {name: page_of(100, 7, head=head) for name, head in heads.items()}
    plain = page_of(100, 7, head=script(ad))
    pages["windows-1258, declared"] = (
        plain.replace(b'charset="utf-8"', b'charset="windows-1258"').decode().encode("cp1258", "ignore")
    )
    pages["Latin letters, declared wrongly"] = plain.decode().encode("cp1252", "ignore")
    pages["a byte order mark"] = b"\xef\xbb\xbf" + plain
    pages["two ads, one of the page's title"] = page_of(100, 7, head=script([ad, posting(9, title="Cook")]))
    return pages


def page_without_markup(kilobytes: int, seed: int) -> bytes:
    """A page whose ad is only there for the eye."""
    ad = posting(seed)
    main = (
        f'<div class="company-name">Quay Foods</div><table><tr><th>Salary</th><td>9 - 12 million VND</td></tr>'
        f'<tr><th>Location</th><td>Huế</td></tr></table><div class="job-description">{ad["description"]}</div>'
        '<a class="button" href="/apply">Apply now</a>'
    )
    return page_of(kilobytes, seed, main=main)
