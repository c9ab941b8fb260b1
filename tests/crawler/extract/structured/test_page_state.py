"""Ads in the data of scripts, in every wrapping. Every text is invented."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract.page import read_page
from crawler.extract.visible.listing import read_listing

URL = "http://board.test/jobs/77"
TEXT = (
    "Cooks every day of the week for forty guests, keeps the kitchen clean and orders what is needed. Meals are free"
    " and the uniform is given to all who start with us."
)
JOB = {
    "id": "77",
    "title": "Cook",
    "description": f"<p>{TEXT}</p>",
    "company": {"name": "Quay Foods", "slug": "quay-foods"},
    "location": "Hue",
    "createdAt": "2026-11-02T08:00:00Z",
}
DRAFT = json.dumps({"blocks": [{"text": TEXT, "type": "unstyled"}, {"text": "Bring boots.", "type": "list-item"}]})
APOLLO = {
    "Job:77": {"__typename": "Job", "id": "77", "title": "Cook", "description": TEXT, "company": {"__ref": "Company:5"},
               "location": {"__ref": "Place:9"}},
    "Company:5": {"__typename": "Company", "id": "5", "name": "Quay Foods"},
    "Place:9": {"__typename": "Place", "id": "9", "name": "Hue"},
}  # fmt: skip
ROW = json.dumps(["$", "main", None, {"job": {**JOB, "description": "$6"}}])
STREAM = f"5:{ROW}\n6:T{len(TEXT.encode()):x},{TEXT}7:null\n"
RELATED = {"related": [{**JOB, "id": str(n), "title": f"Porter {n}"} for n in range(3)], "job": JOB}
FLAT = [["Reactive", 1], {"job": 2}, {"id": 3, "title": 4, "description": 5, "company": 6, "location": 7}, "77", "Cook",
        TEXT, "Quay Foods", "Hue"]  # fmt: skip


def script(text: str, attributes: str = "") -> str:
    return f"<script{attributes}>{text}</script>"


FORMS = {
    "JSON of any name": script(json.dumps({"page": {"data": [JOB]}}), ' type="application/json" id="x-1"'),
    "an assignment": script(f"window.__STATE__ = {json.dumps({'job': JOB})};"),
    "an assignment in brackets": script(f'window["__a"] = {json.dumps({"job": JOB})}; go()'),
    "a variable among code": script(f"const a=1;function f(){{return a}} var initial = {json.dumps({'j': JOB})};f()"),
    "lists in a list": script(f"var rows = {json.dumps([[JOB], [2]])};"),
    "a string of JSON": script(f"window.s = JSON.parse({json.dumps(json.dumps({'job': JOB}))});"),
    "JSON in JSON": script(json.dumps({"state": json.dumps({"job": JOB})}), ' type="application/json"'),
    "an attribute": f"<div id='app' data-page='{json.dumps({'props': {'job': JOB}}).replace(chr(39), '')}'></div>",
    "Apollo's cache": script(json.dumps({"props": {"apolloState": APOLLO}}), ' type="application/json"'),
    "Draft.js": script(json.dumps({"job": {**JOB, "description": DRAFT}}), ' type="application/json"'),
    "React's stream": "".join(
        script(f"self.__next_f.push([1,{json.dumps(part)}])") for part in (STREAM[:90], STREAM[90:])
    ),
    "Nuxt's function": script(
        'window.__NUXT__=(function(a,b,c){return {data:[{job:{id:77,title:"Cook",description:a,company:b,city:c}}]}}'
        f'({json.dumps(TEXT)},"Quay Foods","Hue"));'
    ),
    "Nuxt's flat list": script(json.dumps(FLAT), ' type="application/json" id="__NUXT_DATA__"'),
    "keys without quotes": script(
        f"var job = {{id: 77, title: 'Cook', description: '{TEXT}', company: 'Quay Foods'}};"
    ),
    "beside others": script(json.dumps(RELATED), ' type="application/json"'),
}


@pytest.mark.parametrize("form", FORMS)
def test_an_ad_in_a_script_is_read(form: str) -> None:
    page = f"<html><head><title>Cook | Quay jobs</title></head><body><div></div>{FORMS[form]}</body></html>"
    reading = read_page(page.encode(), url=URL)
    assert reading.outcome == "ad"
    (ad,) = reading.ads
    assert (ad.title, ad.hiring_organization, ad.reader) == ("Cook", "Quay Foods", "api")
    assert TEXT in (ad.description or "")


def test_the_only_ad_of_a_page_without_a_title_is_the_one():
    page = f"<html><body>{FORMS['JSON of any name']}</body></html>"
    assert [ad.title for ad in read_page(page.encode(), url=URL).ads] == ["Cook"]


def test_a_list_that_stands_only_in_a_script_leads_to_its_ads():
    brief = [
        {"id": f"a-{n}", "title": f"Cook {n}", "locationName": "Hue", "employmentType": "FullTime"} for n in range(5)
    ]
    page = (
        f"<html><head><title>Quay Foods jobs</title></head><body>{script('window.a = ' + json.dumps({'jobs': brief}))}"
    )
    reading = read_page(page.encode(), url=URL)
    assert (reading.outcome, reading.ads) == ("listing", ())
    assert "5 ads" in reading.kind
    listing = read_listing(page.encode(), url="http://board.test/quay", home=URL, select={})
    assert listing.links == tuple(f"http://board.test/quay/a-{n}" for n in range(5))


def test_several_ads_in_the_data_of_a_list_are_not_the_page_s():
    several = [{**JOB, "id": str(n), "title": title} for n, title in enumerate(("Cook", "Porter", "Baker"))]
    data = script(json.dumps({"jobs": several}), ' type="application/json"')
    page = (
        f"<html><head><title>120 Cook jobs in Hue</title></head><body><h1>120 Cook jobs in Hue</h1>{data}</body></html>"
    )
    assert read_page(page.encode(), url=URL).ads == ()


@given(
    st.lists(
        st.sampled_from(["{", "}", "[", "]", '"', "\\", "title", ":", ",", "=", "JSON.parse(", "__next_f", "(", "0"])
    )
)
def test_no_script_is_too_broken_to_be_read(parts: list[str]) -> None:
    text = "".join(parts) * 30
    page = f"<html><head><title>Cook</title></head><body>{script(f'window.a = {text}')}</body></html>"
    assert read_page(page.encode(), url=URL).outcome in {"ad", "listing", "not_an_ad"}


ARTICLE = {"title": "Cook", "description": TEXT, "url": "/news/cook", "location": "top"}


def news(record: dict[str, object]) -> bytes:
    state = f"<script>window.__DATA__ = {json.dumps({'article': record})};</script>"
    head = f'<meta property="og:type" content="article"><title>Cook</title>{state}'
    return f"<html><head>{head}</head><body><h1>Cook</h1><p>{TEXT}</p></body></html>".encode()


def test_the_data_of_an_article_is_no_ad_for_a_place_alone():
    assert read_page(news(ARTICLE), url="http://paper.test/news/cook").outcome == "not_an_ad"
    full = {**ARTICLE, "company": "Quay Foods", "employmentType": "FULL_TIME"}
    assert read_page(news(full), url="http://paper.test/news/cook").outcome == "ad"


def test_what_the_data_leaves_empty_is_no_fact_of_a_vacancy():
    page = news({**ARTICLE, "location": None, "places": None}).replace(b"article", b"website")
    assert read_page(page, url="http://paper.test/a/cook").outcome == "not_an_ad"
