"""Microdata and RDFa."""

from crawler.extract.page import read_page
from crawler.extract.raw import PageReading, RawAd

URL = "http://board.test/jobs/welder-3"

MICRODATA = """
<html lang="id"><head><title>Welder - Board</title></head><body>
<div itemscope itemtype="http://schema.org/JobPosting">
  <h1 itemprop="title">Welder &amp; fitter</h1>
  <meta itemprop="datePosted" content="2026-10-03">
  <time itemprop="validThrough" datetime="2026-11-30">end of November</time>
  <span itemprop="hiringOrganization" itemscope itemtype="http://schema.org/Organization">
    <a itemprop="name" href="/company/anchor">Anchor Boatyard</a>
  </span>
  <span itemprop="jobLocation" itemscope itemtype="http://schema.org/Place">
    <span itemprop="address" itemscope itemtype="http://schema.org/PostalAddress">
      <span itemprop="addressLocality">Batam</span>, <span itemprop="addressRegion">Kepulauan Riau</span>
      <meta itemprop="addressCountry" content="ID">
    </span>
  </span>
  <span itemprop="baseSalary" itemscope itemtype="http://schema.org/MonetaryAmount">
    <meta itemprop="currency" content="IDR"><span itemprop="value" itemscope itemtype="http://schema.org/QuantitativeValue">
    <meta itemprop="minValue" content="6000000"><meta itemprop="maxValue" content="8000000">
    <meta itemprop="unitText" content="MONTH">
    </span></span>
  <span itemprop="employmentType">FULL_TIME</span>
  <div itemprop="description"><p>Weld hulls.</p><ul><li>Day shift</li><li>Own gloves not needed</li></ul>
  <script>x()</script></div>
</div></body></html>"""


def only(reading: PageReading) -> RawAd:
    assert reading.outcome == "ad"
    (ad,) = reading.ads
    return ad


def read(html: str) -> PageReading:
    return read_page(html.encode(), url=URL)


def test_microdata_gives_every_field_as_found() -> None:
    ad = only(read(MICRODATA))
    assert ad.reader == "microdata"
    assert (ad.title, ad.hiring_organization) == ("Welder & fitter", "Anchor Boatyard")
    assert (ad.job_location, ad.country) == ("Batam, Kepulauan Riau", "ID")
    assert ad.description == "Weld hulls.\n\nDay shift\nOwn gloves not needed"
    assert (ad.date_posted, ad.valid_through, ad.employment_type) == ("2026-10-03", "2026-11-30", "FULL_TIME")
    assert ad.base_salary is not None
    assert ad.base_salary.raw == "6000000 - 8000000 IDR MONTH"


def test_rdfa_gives_the_same() -> None:
    html = """<html><body vocab="https://schema.org/"><article typeof="JobPosting">
      <h2 property="title">Welder</h2>
      <p property="hiringOrganization" typeof="Organization"><span property="name">Anchor Boatyard</span></p>
      <p property="jobLocation" typeof="Place"><span property="address">Batam</span></p>
      <div property="schema:description"><p>Weld hulls.</p><p>Day shift.</p></div>
    </article></body></html>"""
    ad = only(read(html))
    assert (ad.title, ad.hiring_organization, ad.job_location) == ("Welder", "Anchor Boatyard", "Batam")
    assert ad.description == "Weld hulls.\n\nDay shift."


def test_a_thing_without_properties_is_named_by_its_text() -> None:
    html = MICRODATA.replace(
        '<a itemprop="name" href="/company/anchor">Anchor Boatyard</a>', '<a href="/company/anchor">Anchor Boatyard</a>'
    )
    assert only(read(html)).hiring_organization == "Anchor Boatyard"


def test_a_page_of_marked_up_cards_is_a_listing() -> None:
    card = """<li itemscope itemtype="http://schema.org/JobPosting"><a itemprop="url" href="/jobs/{n}">
    <span itemprop="title">
      Welder {n}</span></a> <span itemprop="hiringOrganization">Yard {n}</span>
      <p itemprop="description">Short.</p></li>"""
    html = "<html><body><h1>Welding jobs</h1><ul>" + "".join(card.format(n=n) for n in range(8)) + "</ul></body></html>"
    reading = read(html)
    assert (reading.outcome, reading.ads) == ("listing", ())


def test_a_posting_inside_the_page_s_own_scope_is_found() -> None:
    html = MICRODATA.replace("<body>", '<body itemscope itemtype="http://schema.org/WebPage">')
    assert only(read(html)).title == "Welder & fitter"


def test_json_ld_goes_before_microdata() -> None:
    script = """<script type="application/ld+json">{"@type": "JobPosting", "title": "Boat welder",
      "description": "Hulls.",
      "hiringOrganization": "Anchor", "jobLocation": "Batam"}</script>"""
    ad = only(read(MICRODATA.replace("<head>", "<head>" + script)))
    assert (ad.reader, ad.title) == ("json-ld", "Boat welder")
