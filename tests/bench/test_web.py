"""The benchmarks of the web run and print what others rely on; no clock ever fails them."""

from __future__ import annotations

import uvloop

from bench import sse, turn, web

TURN = {"p50_ms", "p99_ms", "n", "floor_p50_ms"}
WEB = {"first_load_kb", "requests", "interactive_ms", "fps_streaming"}
FIRST_LOAD_KB, REQUESTS = 200, 20
"""Over the wire, until somebody who is logged in can ask."""
SSE = {"clients", "events_per_s", "p50_ms", "p99_ms", "floor_p50_ms"}


def test_a_turn_is_measured_beside_what_is_written_by_hand() -> None:
    found = uvloop.run(turn.run(5))
    assert set(found) >= TURN
    assert found["n"] == 5
    assert all(value > 0 for value in found.values())


def test_many_clients_are_measured_beside_what_is_written_by_hand() -> None:
    found = uvloop.run(sse.run(20, 20.0, 0.5))
    assert set(found) >= SSE
    assert all(value > 0 for value in found.values())


def test_the_page_is_measured_in_a_real_browser_beside_an_empty_one() -> None:
    found = uvloop.run(web.run(loads=1, turns=25, seconds=1.0))
    assert set(found) >= WEB
    assert all(value > 0 for value in found.values())
    assert found["messages"] == 50
    # What can wait is asked for when the page can be used, however slow the machine is.
    assert found["first_load_kb"] < FIRST_LOAD_KB
    assert found["requests"] < REQUESTS
