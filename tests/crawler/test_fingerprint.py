"""What makes two texts the same."""

import pytest

from builders import make_ad
from crawler.ad import fingerprint

TEXT = "Bake bread\nat ６ each day."
STORED = "f032d5e50b89207222ffb81c39a91562"
"""Databases and labels hold fingerprints: another way to make them would make every case a new one."""


@pytest.mark.parametrize("text", [TEXT, "  bake\u2028BREAD\t at 6\u00a0each day.", "bake bread at 6 \x1feach\x85day."])
def test_case_white_space_and_compatible_forms_do_not_count(text):
    assert fingerprint(make_ad(title="Baker", description=text)) == STORED


@pytest.mark.parametrize("text", [TEXT.replace("day", "night"), TEXT[:-1], TEXT + "\ud800", ""])
def test_everything_else_does(text):
    assert fingerprint(make_ad(title="Baker", description=text)) != STORED
