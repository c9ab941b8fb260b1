"""The cards that come along: each is whole, cautious and switched off."""

from collections import Counter
from pathlib import Path

import pytest

from crawler.errors import UnreviewedSource
from crawler.sources.loader import check_switched_on, read_source

ROOT = Path(__file__).parents[3]
CARDS = sorted((ROOT / "data" / "sources").glob("*.toml"))
EVERYWHERE = {"agoda", "ninja-van", "reliefweb-jobs", "remoteok", "remotive", "weworkremotely"}
"""Sources whose ads are of no one country."""


def test_there_are_sources_of_four_countries_and_of_none():
    sources = [read_source(card, reviewed=False) for card in CARDS]
    assert len(sources) >= 15
    countries = Counter(source.country for source in sources)
    assert min(countries[code] for code in ("VN", "ID", "PH", "TH", None)) >= 1
    assert {"ats", "board", "channel", "feed", "sitemap"} <= {source.kind for source in sources}
    assert {source.name for source in sources if source.country is None} == EVERYWHERE


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.stem)
def test_a_shipped_card_is_switched_off(card):
    source = read_source(card, reviewed=False)
    assert source.is_switched_off
    assert not source.local
    with pytest.raises(UnreviewedSource, match=card.stem):
        read_source(card)
    with pytest.raises(UnreviewedSource):
        check_switched_on(source)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.stem)
def test_a_shipped_card_is_cautious(card):
    source = read_source(card, reviewed=False)
    assert source.delay >= 2
    assert source.budget.pages <= 3000
    assert source.budget.bytes <= 600_000_000
    assert source.budget.minutes <= 240
    # What the budget of pages can give at this delay also fits into the minutes.
    assert source.budget.pages * source.delay <= source.budget.minutes * 60
    assert source.expect.ads is not None
    assert source.language
    assert all(address.startswith("https://") for address in source.start)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.stem)
def test_a_shipped_card_says_what_is_not_verified(card):
    head = card.read_text("utf-8").split("\n\n")[0]
    assert all(line.startswith("# ") for line in head.splitlines())
    assert "as known on 2026-11; check before review" in head


def test_every_shipped_card_is_listed_in_the_docs():
    text = (ROOT / "docs" / "operators" / "sources.md").read_text("utf-8")
    assert [card.stem for card in CARDS if f"`{card.stem}`" not in text] == []
