"""When a schedule is due: by cron across changes of the clocks, every so often, and once."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.clock.plan import Cron, ahead, plan, shown, zone_of
from schemas.errors import Invalid, NotFound, Refused

BERLIN = "Europe/Berlin"


def at(text: str, zone: str = BERLIN) -> int:
    """Return a moment; an offset in the text counts more than the zone."""
    found = datetime.fromisoformat(text)
    return int((found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).timestamp()) * 1000


def times(when: str, after: str, count: int, zone: str = BERLIN) -> list[str]:
    """Return the next times as the clocks of a zone show them."""
    found = ahead(plan(when, zone, 0), at(after, zone), count)
    clocks = ZoneInfo(zone)
    return [f"{datetime.fromtimestamp(one / 1000, clocks):%d %H:%M %z}" for one in found]


def test_a_time_that_the_clocks_skip_is_due_when_they_have() -> None:
    """On 28 March 2027 it is 03:00 after 01:59 in Berlin."""
    assert times("30 2 * * *", "2027-03-27 00:00", 3) == [
        "27 02:30 +0100", "28 03:00 +0200", "29 02:30 +0200",
    ]  # fmt: skip


def test_a_time_that_the_clocks_show_twice_is_due_once() -> None:
    """On 25 October 2026 it is 02:00 after 02:59 in Berlin, once."""
    wanted = ["25 02:30 +0200", "26 02:30 +0100"]
    assert times("30 2 * * *", "2026-10-24 12:00", 2) == wanted
    # Asked in the second of the two hours, it does not go back to the first.
    for moment in ("2026-10-25T02:10+01:00", "2026-10-25T02:30+02:00", "2026-10-25T02:40+01:00"):
        assert times("30 2 * * *", moment, 1) == wanted[1:]


def test_what_is_due_all_the_time_goes_by_real_time() -> None:
    assert times("*/30 * * * *", "2026-10-25 01:40", 5) == [
        "25 02:00 +0200", "25 02:30 +0200", "25 02:00 +0100", "25 02:30 +0100", "25 03:00 +0100",
    ]  # fmt: skip
    assert times("*/30 * * * *", "2027-03-28 01:10", 3) == [
        "28 01:30 +0100", "28 03:00 +0200", "28 03:30 +0200",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("0 7 * * mon-fri", "at 07:00 on Monday through Friday (Europe/Berlin)"),
        ("@daily", "at 00:00 every day (Europe/Berlin)"),
        ("* * * * *", "every minute (Europe/Berlin)"),
        ("every minute", "every minute"),
        ("every 90 minutes", "every 90 minutes"),
        ("Every 6h", "every 6 hours"),
        ("every 14 days", "every 2 weeks"),
        ("2026-12-24 18:00", "once, on Thu 24 Dec 2026, 18:00 (Europe/Berlin)"),
        ("2026-12-24T17:00Z", "once, on Thu 24 Dec 2026, 18:00 (Europe/Berlin)"),
    ],
)
def test_times_are_said_in_words(when: str, words: str) -> None:
    assert plan(when, BERLIN, 0).words() == words


def test_a_distance_counts_from_when_it_was_made_by_real_time() -> None:
    since = at("2026-10-24 12:00")
    found = ahead(plan("every 24 hours", BERLIN, since), since, 2)
    assert [one - since for one in found] == [86_400_000, 2 * 86_400_000]
    later = ahead(plan("every 24 hours", BERLIN, since), since + 5 * 86_400_000 + 7, 1)
    assert later == (since + 6 * 86_400_000,)
    # A clock that was put back has it wait for the first time.
    assert ahead(plan("every 24 hours", BERLIN, since), 0, 1) == (since + 86_400_000,)


def test_one_time_is_due_once() -> None:
    found, moment = plan("2026-12-24 18:00", BERLIN, 0), at("2026-12-24 18:00")
    assert ahead(found, moment - 1, 5) == (moment,)
    assert ahead(found, moment, 5) == ()


def test_of_a_time_that_comes_twice_the_first_counts() -> None:
    assert ahead(plan("2026-10-25 02:30", BERLIN, 0), 0, 1) == (at("2026-10-25T02:30+02:00"),)


@pytest.mark.parametrize(
    ("when", "says"),
    [
        ("* * * * * *", "six fields: nothing runs by seconds"),
        ("7 o'clock", "2 fields, and cron has five"),
        ("61 * * * *", "is no cron expression: Bad minute"),
        ("0 0 30 2 *", "is no cron expression: Bad day-of-month"),
        ("every 0 minutes", "from a minute to a year"),
        ("every 59 s", "is no distance"),
        ("every 54 w", "from a minute to a year"),
        ("every -5 m", "is no distance"),
        ("2027-02-30 10:00", "is no date and time"),
        ("2027-03-28 02:30", "the clocks skip"),
    ],
)
def test_what_is_no_time_is_refused_and_says_why(when: str, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        plan(when, BERLIN, 0)


@pytest.mark.parametrize("zone", ["Mars/Base", "../../etc/passwd", "", "Europe/Berlin\x00"])
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(NotFound, match="time zone"):
        plan("@daily", zone, 0)


def test_a_zone_is_named_or_this_machine_s() -> None:
    assert zone_of("berlin") == BERLIN
    assert ZoneInfo(zone_of("")).key == zone_of("")


def test_a_moment_that_no_clock_shows_is_said_so() -> None:
    assert shown(at("2026-12-07 07:00"), BERLIN) == "Mon 7 Dec 2026, 07:00 (Europe/Berlin)"
    assert "cannot tell" in shown(1 << 60, BERLIN)


@given(st.text(alphabet="0123456789*/,-#LW MONSUJAFEB²٣", max_size=40))
def test_whatever_is_said_is_a_plan_or_refused(when: str) -> None:
    try:
        found = plan(when, "UTC", 0)
    except Refused:
        return
    moment = int(datetime(2026, 11, 30, tzinfo=UTC).timestamp()) * 1000
    coming = ahead(found, moment, 3)
    assert list(coming) == sorted(set(coming))
    assert all(one > moment for one in coming)


@given(st.integers(min_value=0, max_value=4_000_000_000), st.sampled_from([
    "30 2 * * *", "0 * * * *", "*/20 2 * * *", "0,30 1-3 * * *", "15 3 25 10 *",
]))  # fmt: skip
def test_time_goes_on_whenever_one_asks(second: int, when: str) -> None:
    for zone in (BERLIN, "Australia/Lord_Howe", "America/St_Johns"):
        (first, second_) = ahead(Cron(when, ZoneInfo(zone)), second * 1000, 2)
        assert second * 1000 < first < second_
