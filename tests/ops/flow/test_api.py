"""The map's numbers, a stage that stops, one message's way, and for whom all this is."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from typing import Any

import pytest

from schemas.desk import DeadLetter
from schemas.flow import AskingsView, FlowView, LettersView, SpentView, StageView, TraceView
from streams import keys
from tests.web.conftest import home
from tests.web.house import BOB, House

__all__ = ["home"]

WAY = ("inbox", "route", "think", "respond", "outbox")


async def flow(home: House) -> FlowView:
    return FlowView.model_validate_json((await home.client().get("/api/flow")).content)


async def stage(home: House, name: str) -> StageView:
    return next(one for one in (await flow(home)).stages if one.stage == name)


async def until(home: House, told: Callable[[StageView], bool]) -> StageView:
    """Look at `think` until it is so."""
    for _ in range(400):
        if told(found := await stage(home, "think")):
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("it never was")


async def test_the_stages_and_their_edges_are_those_of_the_signatures(home: House) -> None:
    found = await flow(home)
    assert {one.stage for one in found.stages} >= {"admit", "route", "think", "tool", "respond"}
    states = {one.topic: one.state for one in found.stages}
    assert states.pop("parcels") == "off", "no messenger is on"
    assert set(states.values()) == {"idle"}
    assert ("deliver", "parcels") in {(one.stage, one.topic) for one in found.edges}
    assert ("route", "think") in {(one.stage, one.topic) for one in found.edges}
    assert found.away == ""


async def test_what_was_done_is_counted(home: House) -> None:
    await home.say("hello")
    found = await until(home, lambda one: one.per_minute > 0 and one.state == "idle")
    assert found.p95_ms is not None
    assert found.oldest_ms is None


async def test_a_stage_that_stops_is_stopped_at_once(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A reader that was stopped is started again by its process within moments: this one stays so.
    reader = home.runtime._readers["think"]
    monkeypatch.setattr(reader, "start", reader.stop)
    await reader.stop()
    async with asyncio.timeout(2):
        found = await stage(home, "think")
    assert (found.state, found.since is not None) == ("stopped", True)
    await home.say("hello")
    found = await until(home, lambda one: one.waiting > 0)
    assert found.oldest_ms is not None
    monkeypatch.undo()
    await until(home, lambda one: one.state == "idle" and one.waiting == 0)


async def test_a_process_elsewhere_that_dies_is_missed_at_once(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its reader asked for something moments ago, so its silence alone would tell much later."""
    reader = home.runtime._readers["think"]
    monkeypatch.setattr(reader, "start", reader.stop)
    await reader.stop()
    redis = home.stand.redis
    topic = keys.topic("think")
    await redis.xreadgroup("think", "elsewhere", {topic: ">"}, count=1)
    async with redis.pubsub() as other:
        await other.subscribe(keys.here("think"))
        await other.get_message(timeout=5)
        found = await stage(home, "think")
        assert found.state == "idle"
        await redis.xreadgroup("think", "elsewhere", {topic: ">"}, count=1)
    async with asyncio.timeout(2):
        await until(home, lambda one: one.state == "stopped")


async def test_messages_that_pass_are_counted_on_their_way(home: House) -> None:
    def passed(found: FlowView) -> dict[tuple[str, str], int]:
        return {(one.stage, one.topic): one.passed for one in found.edges if one.way == "returns"}

    before = passed(await flow(home))
    await home.say("what time is it?")
    wanted = {("admit", "route"), ("route", "think"), ("think", "respond"), ("respond", "outbox")}
    after = before
    for _ in range(400):
        after = passed(await flow(home))
        if all(after[way] > before[way] for way in wanted):
            break
        await asyncio.sleep(0.05)
    assert {way for way in wanted if after[way] == before[way] + 1} == wanted


async def test_what_thinking_took_is_told_by_model(home: House) -> None:
    await home.say("hello")
    found = SpentView(since=0, models=())
    for _ in range(400):  # until the journal has written it down
        said = await home.client().get("/api/flow/spent")
        if said.status_code == 200:
            found = SpentView.model_validate_json(said.content)
            if found.models:
                break
        await asyncio.sleep(0.05)
    assert found.models[0].steps == 1
    assert found.models[0].tokens == (await flow(home)).tokens


async def test_one_message_is_followed_from_the_first_topic_to_the_last(home: House) -> None:
    said = await home.say("hello")
    path = f"/api/flow/messages/{said['turn']}"
    hops: tuple[Any, ...] = ()
    for _ in range(400):  # until the journal has written it down
        answer = await home.client().get(path)
        if answer.status_code == 200:
            hops = TraceView.model_validate_json(answer.content).hops
            if {one.topic for one in hops} >= set(WAY) - {"inbox"}:
                break
        await asyncio.sleep(0.05)
    assert [one.topic for one in hops if one.topic != "inbox"] == list(WAY[1:])
    assert [one.at for one in hops] == sorted(one.at for one in hops)
    assert all(one.until is not None and one.until >= one.at for one in hops[:-1])

    listed = AskingsView.model_validate_json(
        (await home.client().get("/api/flow/messages")).content
    )
    assert listed.messages[0].turn == said["turn"]
    assert (await home.client().get("/api/flow/messages/nobody")).status_code == 404


async def test_the_desk_shows_what_lies_there(home: House) -> None:
    letter = DeadLetter(
        id="L1", stage="think", source="think", entry="1-0", code="bug", error="ValueError",
        text="no", original=base64.b64encode(b'{"a":1}\xff').decode(), size=8,
    )  # fmt: skip
    await home.stand.redis.xadd(keys.topic("dead"), {"data": letter.model_dump_json()})
    said = await home.client().get("/api/flow/letters")
    found = LettersView.model_validate_json(said.content)
    assert (found.total, found.letters[0].original) == (1, '{"a":1}\\xff')
    assert (await flow(home)).letters == 1


@pytest.mark.parametrize("path", ["", "/spent", "/letters", "/messages", "/messages/x"])
async def test_nobody_but_the_owner_sees_it(home: House, path: str) -> None:
    assert (await home.client(BOB).get(f"/api/flow{path}")).status_code == 403
