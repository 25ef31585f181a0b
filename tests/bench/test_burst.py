"""The burst prints what others rely on, and a small one goes well."""

from __future__ import annotations

import uvloop

from bench import burst

BURST = {"accepted", "refused", "lost", "inversions", "p95_admit_ms"}


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
