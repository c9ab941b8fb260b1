"""Contacts, found in what ads say. Every number, address and handle is invented."""

import tomllib
from pathlib import Path

import pytest

from crawler.extract.fields.contacts import find_contacts, spot_contacts

CASES = tomllib.loads((Path(__file__).parents[2] / "cases" / "contacts.toml").read_text("utf-8"))
ROWS = [pytest.param(*row, id=f"{language}: {row[0]}") for language, rows in CASES.items() for row in rows]


@pytest.mark.parametrize(("text", "country", "offered"), ROWS)
def test_contacts_are_what_the_ad_offers_and_nothing_else(text: str, country: str, offered: list[str]) -> None:
    found = [f"{contact.kind} {contact.value}" for contact in find_contacts(text, country or None)]
    assert sorted(found) == sorted(offered)


def test_a_contact_is_spotted_where_its_words_stand() -> None:
    text = "Ib zalo 09l2.000.001 hoặc tele @Bake_Shop, hr (at) bakery (dot) example"
    spotted = [(one.kind, one.value, text[one.start : one.end]) for one in spot_contacts(text, "VN")]
    assert spotted == [
        ("phone", "+84912000001", "09l2.000.001"),
        ("zalo", "+84912000001", "09l2.000.001"),
        ("telegram", "bake_shop", "@Bake_Shop"),
        ("email", "hr@bakery.example", "hr (at) bakery (dot) example"),
    ]


def test_a_number_that_two_countries_have_stays_as_it_is_dialled() -> None:
    """An ad for Cambodia on a board in Viet Nam: 097 123 4567 is a mobile number in both."""
    both = spot_contacts("Gọi 0971 234 567", "KH", source_country="VN")
    assert [(one.kind, one.value) for one in both] == [("phone", "0971234567")]
    only_one = spot_contacts("Gọi 0900 000 001", "KH", source_country="VN")
    assert [(one.kind, one.value) for one in only_one] == [("phone", "+84900000001")]


def test_a_number_at_the_home_of_the_ad_s_language_is_read_where_no_other_is() -> None:
    """An Indonesian offer of work in Cambodia names its recruiter's number in Indonesia."""
    abroad = spot_contacts("Hubungi 0812 0000 0123, kerja di Phnom Penh", "KH", language="id-ID")
    assert [(one.kind, one.value) for one in abroad] == [("phone", "+6281200000123")]
    nowhere = spot_contacts("Ib zalo 0900 000 001", None, language="vi")
    assert {(one.kind, one.value) for one in nowhere} == {("phone", "+84900000001"), ("zalo", "+84900000001")}
    there = spot_contacts("Gọi 0971 234 567", "KH", language="vi")
    assert [(one.kind, one.value) for one in there] == [("phone", "+855971234567")], "the ad's own country goes first"
    assert not spot_contacts("Hubungi 0812 0000 0123", "KH", language="en")


def test_a_contact_is_given_once_and_the_board_s_own_pages_are_none() -> None:
    text = "0900000001, 0900 000 001, https://www.board.example/x https://bakery.example zalo 0900000001"
    found = find_contacts(text, "VN", own_hosts=frozenset({"board.example"}))
    assert [(one.kind, one.value) for one in found] == [
        ("phone", "+84900000001"),
        ("web", "bakery.example"),
        ("zalo", "+84900000001"),
    ]


def test_no_flood_of_decoys_hides_a_contact() -> None:
    decoys = [f"+8490{number:07d}" for number in range(0, 6_000, 2)]
    flood = "; ".join(decoys)
    found = find_contacts(f"{flood}\nCall 0971 234 567, Telegram: boss_77", "VN")
    values = [one.value for one in found]
    assert values[-2:] == ["+84971234567", "boss_77"]
    assert len(values) > 2_900
