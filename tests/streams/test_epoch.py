"""A new epoch: what was under way lies at the desk, in the form in which it can go on."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from processors.agent.turns import calls_of
from processors.pipeline import STAGES
from schemas.base import now_ms
from schemas.chat import Call
from schemas.record import Asked, Decided, Observed, Routed, Thought
from streams import epoch, keys
from streams.store import fcall
from tests.processors.clock.stand import HOUR, scene_of
from tests.stand import Stand

FIRST = calls_of("t", 0, [("time_now", {})])
SECOND = calls_of("t", 1, [("notes_append", {"text": "x"}), ("notes_read", {}), ("app_stop", {})])


def observed(step: int, index: int, call_id: str) -> Observed:
    return Observed(step=step, index=index, call_id=call_id, tool="x", ok=True, content="x")


async def waiting(stand: Stand, *open_calls: str) -> None:
    """A turn in its second step, of which nothing is on any topic."""
    record = [
        Asked(
            text="do it", person="owner", channel="terminal", chat="c", profile="full", session="s"
        ),
        Routed(way="think", tier="opus"),
        Thought(step=0, model="m", calls=FIRST),
        observed(0, 0, FIRST[0].call_id),
        Thought(step=1, model="m", calls=SECOND),
        observed(1, 1, SECOND[1].call_id),
    ]
    rows = [one.model_dump_json() for one in record]
    await stand.tester.rpush(keys.turn("t"), *rows)
    await stand.tester.zadd(keys.TURNS, {"t": 1})
    await stand.tester.hset(keys.BUSY, "s", "t")
    if open_calls:
        await stand.tester.sadd(keys.turn_open("t"), *open_calls)


async def laid_down(stand: Stand) -> list[tuple[str, dict[str, Any]]]:
    """Begin a new epoch; return where each letter came from, and its message."""
    await epoch.begin(stand.tester, STAGES, 0)
    return [
        (letter.source, json.loads(base64.b64decode(letter.original)))
        for letter in await stand.letters()
    ]


async def test_a_turn_that_waits_goes_on_with_the_calls_that_wait(stand: Stand) -> None:
    """Asked once more, its model would name other calls as those are named that it has made."""
    await waiting(stand, SECOND[0].call_id, SECOND[2].call_id)
    found = await laid_down(stand)
    assert [source for source, _ in found] == ["tool", "tool"]
    calls = [Call.model_validate(data) for _, data in found]
    about = [(call.id, call.tool, call.step, call.index) for call in calls]
    assert about == [
        (SECOND[0].call_id, "notes_append", 1, 0),
        (SECOND[2].call_id, "app_stop", 1, 2),
    ]
    assert {(call.turn, call.session, call.tier) for call in calls} == {("t", "s", "opus")}
    assert {call.approval for call in calls} == {None}, "whoever was asked is asked anew"


async def test_who_was_sent_on_and_runs_beside_another_is_not_forgotten(stand: Stand) -> None:
    await waiting(stand, SECOND[0].call_id)
    await stand.tester.hset(keys.BUSY, "s", "another")
    found = await laid_down(stand)
    assert [(source, data["session"]) for source, data in found] == [("tool", "s")]


async def test_what_is_known_of_a_turn_lives_as_long_as_its_letters(stand: Stand) -> None:
    await waiting(stand, SECOND[0].call_id)
    known = (keys.turn("t"), keys.ledger("t"))
    await stand.tester.hset(keys.ledger("t"), SECOND[0].call_id, '{"n": 1, "s": "started"}')
    await laid_down(stand)
    assert [await stand.tester.ttl(key) for key in known] == [-1, -1]
    await stand.tester.xtrim(keys.topic("dead"), maxlen=0)
    assert await fcall(stand.redis, "outlive", 0, 100) == 0
    assert all([await stand.tester.ttl(key) > 0 for key in known])


async def test_what_was_asked_is_on_record_as_void(stand: Stand) -> None:
    """Else the turn would seem to wait for a person for ever, and its time would never run."""
    await waiting(stand, SECOND[0].call_id)
    known = '{"n": 0, "s": "awaiting", "a": "q"}'
    await stand.tester.hset(keys.ledger("t"), SECOND[0].call_id, known)
    await laid_down(stand)
    last: Any = await stand.tester.lindex(keys.turn("t"), -1)
    decided = Decided.model_validate_json(last)
    about = (decided.approval, decided.call_id, decided.state, decided.by)
    assert about == ("q", SECOND[0].call_id, "void", None)


@pytest.mark.parametrize("unreadable", [None, 0, -1])
async def test_what_waits_for_nothing_that_is_known_begins_anew(
    stand: Stand, unreadable: int | None
) -> None:
    await waiting(stand, *([] if unreadable is None else [SECOND[0].call_id]))
    if unreadable is not None:
        await stand.tester.lset(keys.turn("t"), unreadable, "{")
    found = await laid_down(stand)
    assert [(source, data["id"]) for source, data in found] == [("route", "t:turn")]


async def test_what_came_due_since_the_backup_waits_for_a_word(stand: Stand) -> None:
    """It may have run after the backup was made; what is due later runs as ever."""
    scene, now = await scene_of(stand), now_ms()
    scene.time.set(now - 5 * HOUR)
    await scene.add(name="old")
    scene.time.set(now)
    await scene.add(name="new")
    await epoch.begin(stand.tester, STAGES, 0)
    scene.time.set(now_ms())
    assert await scene.clock().round()
    assert await scene.said() == []
    assert [(one.name, one.state) for one in await scene.book.all()] == [
        ("new", "waiting"), ("old", "asks"),
    ]  # fmt: skip
    assert all(due > now for due in (await scene.schedules.planned()).values())
    assert len(await scene.schedules.planned()) == 2
    await scene.book.run("old")
    assert await scene.clock().round()
    assert [one.chat for one in await scene.said()] == ["old"]
