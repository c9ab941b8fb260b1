"""Passwords are kept as argon2id hashes, never themselves."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher

from pipeline.accounts import credentials
from pipeline.accounts.credentials import generate_password, hash_password, is_outdated, verify_password
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


@pytest.mark.parametrize(
    ("password", "name"),
    [
        ("password1234", ""), ("P@ssw0rd2026!", ""), ("123456789012", ""), ("qwertyuiop123", ""), ("abc1abc1abc1", ""),
        ("matkhau123456", ""), ("Lurewatch2026!", ""), ("maimaimaimai", "mai"), ("Putu-putu-2026", "putu"),
        ("a-administrator1", "a-administrator"), ("Correcthorsebatterystaple1", ""), ("iloveyousomuch1234", ""),
        ("Summer2026!!", ""), ("1/1/1/1/1/1/2", ""),
    ],
)  # fmt: skip
def test_a_password_that_guessing_begins_with_is_refused(password, name):
    with pytest.raises(BadAnalyst, match=r"soon guessed|few different"):
        hash_password(password, name=name)


def test_a_name_of_two_letters_or_a_common_word_among_others_is_no_hindrance():
    assert hash_password("river-of-password-lamps", name="mai")
    assert hash_password("boats cross at li river", name="li")


class Counted(PasswordHasher):
    """The real one, which counts how many work at a time."""

    running = most = 0
    lock = threading.Lock()

    def verify(self, *given):
        with self.lock:
            Counted.running += 1
            Counted.most = max(self.most, self.running)
        try:
            return super().verify(*given)
        finally:
            with self.lock:
                Counted.running -= 1


def test_two_hashes_at_most_are_worked_out_at_a_time(monkeypatch):
    made = hash_password("boats cross at li river")
    monkeypatch.setattr(credentials, "_HASHER", Counted())
    with ThreadPoolExecutor(12) as pool:
        assert all(pool.map(lambda _: verify_password(made, "boats cross at li river"), range(12)))
    assert Counted.most == credentials.AT_ONCE
