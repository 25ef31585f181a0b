"""The burst and the soak print what others rely on, and a small one of each goes well."""

from __future__ import annotations

import uvloop

from bench import burst, soak

BURST = {"accepted", "refused", "lost", "inversions", "p95_admit_ms"}
SOAK = {
    *("minutes", "rss_slope_mb_per_h", "longest_stream", "stuck"),
    *("messages", "kills", "p95_ms"),
}


def test_a_small_burst_is_answered_once_and_in_order() -> None:
    found = uvloop.run(burst.run(sessions=8, messages=5, seconds=0.5))
    assert set(found) >= BURST
    assert found["accepted"] == 40
    assert found["p95_admit_ms"] > 0
    wrong = ("refused", "lost", "duplicated", "inversions", "dead")
    assert not any(found[key] for key in wrong)


def test_a_hundred_sessions_with_twenty_messages_in_five_seconds() -> None:
    found = uvloop.run(burst.run(100, 20, 5.0))
    assert found["accepted"] + found["refused"] == 2_000
    assert not any(found[key] for key in ("lost", "duplicated", "inversions", "dead"))


def test_what_is_too_much_hears_when_to_come_back_and_nothing_accepted_is_lost() -> None:
    found = uvloop.run(burst.run(4, 10, 0.2, streams={"mailbox": 1}, delay=[0.1, 0.1]))
    assert found["refused"] > 0
    assert found["accepted"] + found["refused"] == 40
    assert not any(found[key] for key in ("lost", "duplicated", "inversions", "dead"))


def test_a_short_soak_says_what_grew() -> None:
    found = uvloop.run(soak.run(minutes=0.1, seed=1))
    assert set(found) >= SOAK
    assert found["messages"] == 60
    assert found["stuck"] == 0
    assert found["families"]["dedupe:*"]["keys"] == 60
    assert {"supervisor", "durable", "live", "core", "journal"} <= set(found["rss_slopes_mb_per_h"])


def test_a_slope_is_that_of_the_line() -> None:
    assert soak.slope([(x, 3 * x + 7) for x in range(10)]) == 3
    assert soak.slope([(1, 1)]) == soak.slope([(1, 1), (1, 5)]) == 0


def test_a_life_that_begins_lower_is_no_saving() -> None:
    lives = [[(float(x), 2.0 * x + base) for x in range(10)] for base in (50.0, 0.0, 90.0)]
    assert round(soak.slope_within(lives), 9) == 2


def test_keys_are_told_by_their_kind() -> None:
    kinds = {
        "nexus:inbox": "inbox",
        "nexus:turn:01": "turn:*",
        "nexus:turn:01 calls": "turn:* calls",
        "nexus:session:a:b mailbox": "session:* mailbox",
        "nexus:dedupe:x:y": "dedupe:*",
    }
    assert {key: soak.family(key) for key in kinds} == kinds
