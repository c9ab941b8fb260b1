"""Saved pages of a channel's preview, in the markup of ``t.me/s/NAME``.

Channel, names and texts are invented.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import NOON
from crawler.extract.normalise import normalise
from crawler.extract.raw import RawAd
from crawler.extract.records.channel import ChannelPage, read_channel

PAGES = Path(__file__).parents[2] / "pages" / "channel"
SAVED = sorted(path.stem for path in PAGES.glob("*.html"))


def saved(name: str) -> tuple[dict[str, Any], ChannelPage]:
    wanted = json.loads((PAGES / f"{name}.json").read_text("utf-8"))
    return wanted, read_channel((PAGES / f"{name}.html").read_bytes(), url=wanted["url"])


def said(ad: RawAd) -> dict[str, Any]:
    return {name: value for name in RawAd.__slots__ if (value := getattr(ad, name)) is not None and name != "reader"}


@pytest.mark.parametrize("name", SAVED)
def test_a_saved_preview_gives_the_messages_that_a_person_reads_on_it(name):
    wanted, page = saved(name)
    assert page.is_channel is not wanted.get("not_a_channel", False)
    if not page.is_channel:
        return
    assert [said(ad) for ad in page.messages] == wanted["messages"]
    assert (page.without_text, page.service, page.older) == (wanted["without_text"], wanted["service"], wanted["older"])
    assert (page.newest.isoformat() if page.newest else None) == wanted["newest"]


def test_a_message_is_an_ad_without_a_title_and_the_same_one_when_edited():
    body = (PAGES / "messages.html").read_text("utf-8")
    edited = body.replace("Album: three rooms", "Album: two rooms")
    before, after = (
        {
            ad.ad_id: ad
            for raw in read_channel(one.encode(), url="http://127.0.0.1/s/pier_work").messages
            for ad in [normalise(raw, source="pier", seen_at=NOON, url="http://127.0.0.1/s/pier_work")]
        }
        for one in (body, edited)
    )
    assert before.keys() == after.keys()
    assert [before[key].url for key in before if before[key] != after[key]] == ["https://t.me/pier_work/107"]
    assert {ad.title for ad in before.values()} == {""}
    assert str(next(iter(before.values())).date_posted) == "2026-11-01"


def test_where_a_link_leads_is_a_contact_though_the_text_does_not_say():
    raw = next(ad for ad in saved("messages")[1].messages if ad.forwarded_from)
    ad = normalise(raw, source="pier", seen_at=NOON, url="http://127.0.0.1/s/pier_work")
    assert ("telegram", "ferry_desk_example") in {(contact.kind, contact.value) for contact in ad.contacts}


@pytest.mark.parametrize(
    "name",
    [
        '<a class="tgme_widget_message_forwarded_from_name" href="https://t.me/anna_example">Anna Example</a>',
        '<span class="tgme_widget_message_forwarded_from_name">Anna Example</span>',
    ],
)
def test_the_name_of_a_person_is_not_kept(name):
    text = '<div class="tgme_widget_message_text">Cook wanted</div>'
    body = f'<div class="tgme_widget_message" data-post="pier_work/1">Forwarded from {name}{text}</div>'
    (ad,) = read_channel(body.encode(), url="http://127.0.0.1/s/pier_work").messages
    assert ad.forwarded_from == "a person or a private channel"


@given(st.binary())
def test_any_bytes_are_a_channel_or_not(body):
    assert not read_channel(body, url="http://127.0.0.1/s/pier_work").messages


def test_a_preview_that_no_channel_has_is_left():
    deep = '<div class="tgme_widget_message" data-post="a/1"><div class="tgme_widget_message_text">x' * 5_000
    assert not read_channel(deep.encode(), url="http://127.0.0.1/s/a").is_channel
    wide = '<div class="tgme_widget_message" data-post="a/1"></div>' * 70_000
    assert not read_channel(wide.encode(), url="http://127.0.0.1/s/a").is_channel


@pytest.mark.parametrize(
    "older", ['<link rel="prev" href="//[x?before=5">', '<a data-before="{}"></a>'.format("9" * 5_000)]
)
def test_a_broken_link_to_older_messages_costs_none_of_the_page(older):
    text = '<div class="tgme_widget_message_text">Cook wanted</div>'
    body = f'{older}<div class="tgme_widget_message" data-post="pier_work/7">{text}</div>'
    page = read_channel(body.encode(), url="http://127.0.0.1/s/pier_work")
    assert [ad.description for ad in page.messages] == ["Cook wanted"]
    assert page.older is not None
    assert int(page.older.rpartition("=")[2]) <= 7
