"""The dose of one person, reckoned from what they did; what accounts may be called."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import NOON
from pipeline.accounts.analysts import FREE_TRIES, NAME, PAUSE, ReadingAct, check_name, measure_dose
from pipeline.accounts.credentials import attempt_key, read_secret_key
from pipeline.errors import BadAnalyst
from pipeline.settings.loader import load_settings
from pipeline.settings.records import CareSettings
from pipeline.store.store import Store

CARE = CareSettings(daily_most=3, break_minutes=30)


def acts(*minutes, act="saw"):
    """One act on a case of its own so many minutes before noon."""
    done = sorted(minutes, reverse=True)
    return [
        ReadingAct(act=act, case_id=number, at=NOON - timedelta(minutes=ago))
        for number, ago in enumerate(done, start=1)
    ]


def test_a_case_that_was_opened_today_may_be_opened_again():
    dose = measure_dose(acts(30, 20, 10), CARE, now=NOON)
    assert not dose.is_enough_for(2)
    assert dose.is_enough_for(4)
    assert not measure_dose(acts(30, 20), CARE, now=NOON).is_enough_for(4)


def test_a_case_that_is_opened_again_is_the_last_one_and_counts_once():
    twice = [*acts(30, 20), ReadingAct(act="saw", case_id=1, at=NOON)]
    assert measure_dose(twice, CARE, now=NOON).case_ids == (2, 1)


def test_a_decision_is_reading_but_no_other_case():
    dose = measure_dose(acts(9, 1, act="decided"), CARE, now=NOON)
    assert (dose.case_ids, dose.minutes) == ((), 9)


def test_a_pause_ends_the_stretch():
    assert measure_dose(acts(60, 51, 42, 33, 24, 15, 6), CARE, now=NOON).wants_break
    after_a_pause = measure_dose(acts(60, 51, 42, 12, 6), CARE, now=NOON)
    assert (after_a_pause.minutes, after_a_pause.wants_break) == (12, False)
    assert measure_dose(acts(60, 51, 42), CARE, now=NOON).minutes == 0, "this is a pause"


@given(st.lists(st.integers(0, 300), max_size=30))
def test_the_stretch_begins_at_the_first_act_after_the_last_pause(minutes):
    found = measure_dose(acts(*minutes), CARE, now=NOON).minutes
    gap = int(PAUSE.total_seconds() // 60)
    assert found == 0 or found in minutes
    later = sorted(each for each in minutes if each <= found)
    assert all(two - one < gap for one, two in zip([0, *later], later, strict=False))
    assert not any(found < each < found + gap for each in minutes)


def test_who_waits_after_failed_tries_may_try_a_new_password_at_once(home, run):
    settings = load_settings(home)
    run("analysts", "add", "mai")
    with Store.open(settings.database) as store:
        page = attempt_key(read_secret_key(settings.keys[1]), "Mai")
        code = attempt_key(read_secret_key(settings.keys[1]), "mai\ncode")
        for key in (page, code):
            assert [store.accounts.reserve_attempt(key, at=NOON) for _ in range(FREE_TRIES + 1)][-1] is False
        run("analysts", "password", "mai")
        assert not store.accounts.must_wait(page, at=NOON)
        assert store.accounts.must_wait(code, at=NOON), "the code's tries are counted apart"
        run("analysts", "remove-second-factor", "mai")
        assert not store.accounts.must_wait(code, at=NOON)


def test_a_disabled_account_gets_no_token_and_is_said_to_be_there(home, run):
    run("analysts", "add", "mai")
    run("analysts", "disable", "mai")
    refused = run("analysts", "token", "mai")
    assert (refused.exit_code, "mai is disabled" in refused.output) == (2, True)


@pytest.mark.parametrize("name", ["สมหญิง", "စိုးမြင့်", "សុភ័ក្ត្រ", "प्रीति", "ມະນີ", "đức.hải", "a.b@c.example"])
def test_a_name_is_written_in_any_script(name):
    assert check_name(name) == name
    assert [found[1] for found in re.finditer(f"@({NAME})", f"Hi @{name}, see this")] == [name]


@pytest.mark.parametrize("name", ["", "a b", "\u0e34", "a\u0338", "a\u200bb", "x" * 65, "ก" + "\u0e34" * 5, "a\n"])
def test_what_is_no_letter_is_in_no_name(name):
    with pytest.raises(BadAnalyst, match="expected 1 to 64 letters"):
        check_name(name)
