"""Passwords are kept as argon2id hashes, never themselves."""

import pytest

from pipeline.accounts.analysts import generate_password, hash_password, is_outdated, verify_password
from pipeline.errors import BadAnalyst


def test_a_password_opens_its_own_hash_and_no_other():
    kept = hash_password("mưa rào tháng bảy")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$"), "64 MiB a guess"
    assert not is_outdated(kept)
    assert "mưa" not in kept
    assert verify_password(kept, "mưa rào tháng bảy")
    assert not verify_password(kept, "mưa rào tháng tám")
    assert hash_password("mưa rào tháng bảy") != kept, "each has its own salt"


@pytest.mark.parametrize("kept", ["", "none", "$argon2id$broken"])
def test_a_hash_that_cannot_be_read_opens_to_nothing(kept):
    assert not verify_password(kept, "whatever it is")


def test_a_short_password_is_refused():
    with pytest.raises(BadAnalyst, match="12 or more"):
        hash_password("short")


def test_passwords_that_are_made_differ_and_are_long_enough():
    made = {generate_password() for _ in range(50)}
    assert len(made) == 50
    assert all(hash_password(each) for each in list(made)[:1])


def test_a_password_of_few_characters_is_refused_however_long_it_is():
    with pytest.raises(BadAnalyst, match="few different characters"):
        hash_password("abab" * 5)
    with pytest.raises(BadAnalyst, match="256 at most"):
        hash_password("abcdefgh" * 40)
