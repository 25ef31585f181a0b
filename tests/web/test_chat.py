"""Say something, watch what becomes of it, come back, stop it."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest

from schemas.base import new_id
from schemas.record import Entry, Routed
from streams import keys
from streams.conversation import Conversations
from tests.stand import soon
from tests.web.house import BOB, OWNER, POOR, TALKS, Eyes, House
from tests.web.plays import counted


async def test_a_question_is_accepted_and_its_answer_seen_while_it_is_written(home: House) -> None:
    first = await home.say("hello there")
    assert first["fresh"]
    assert first["turn"] == first["id"]
    async with home.watch(first["session"]) as eyes:
        assert eyes.headers["content-type"].startswith("text/event-stream")
        assert eyes.headers["x-accel-buffering"] == "no"
        assert (await eyes.next()).name == "snapshot"
        said = await home.say("count 10 0.01", first["session"])
        turn = await eyes.done(said["turn"])
    names = [event.name for event in eyes.events if event.data.get("turn") == said["turn"]]
    assert names[0] == "asked"
    assert names[1:3] == ["step", "token"]
    assert names[-1] == "answer"
    assert names.count("token") > 2
    assert turn.question == "count 10 0.01"
    assert turn.answer is not None
    assert (turn.answer.text, turn.answer.outcome) == (counted(10), "answered")
    assert (turn.steps[0].text, turn.steps[0].thinking) == (counted(10), "Numbers.")
    assert (turn.usage.input, turn.usage.output) == (7, 3)


async def test_a_tool_is_seen_at_work(home: House) -> None:
    said = await home.say("look")
    async with home.watch(said["session"]) as eyes:
        turn = await over(eyes, said["turn"])
    (call,) = turn.steps[0].calls
    assert (call.tool, call.tier, call.state) == ("time_now", "GREEN", "done")
    assert [step.text for step in turn.steps] == ["Let me look.", "It is noon."]


async def over(eyes: Eyes, turn: str) -> Any:
    """Read until a turn is over, by whichever event."""
    while True:
        await eyes.next()
        found = eyes.board.get(turn)
        if found is not None and found.state == "done" and eyes.events[-1].name != "answer":
            return found


async def answered(home: House, text: str, session: str | None = None, key: str = OWNER) -> Any:
    """Say something and wait until it is answered; return the receipt."""
    said = await home.say(text, session, key)
    await told(home, said["turn"])
    return said


async def told(home: House, turn: str) -> tuple[Entry, ...]:
    """Wait until a turn is over, and return its record."""
    conversations = Conversations(home.stand.redis)

    async def over() -> tuple[Entry, ...]:
        found = await conversations.turn(turn)
        return found.record if found is not None and found.state == "over" else ()

    record: tuple[Entry, ...] = await soon(over)
    return record


# Accepted once ---------------------------------------------------------------------------------


async def test_a_key_that_only_talks_sees_no_conversation_that_it_did_not_begin(
    home: House,
) -> None:
    """Nor may it speak in one: the model would tell what was said there."""
    other = await answered(home, "my secret is tulip")
    mine = await answered(home, "my word is tulip", key=TALKS)
    client, session = home.client(TALKS), other["session"]
    for method, path in (
        ("GET", f"/api/chat/{session}/stream"),
        ("POST", f"/api/chat/{session}/stop"),
        ("GET", f"/api/sessions/{session}/turns"),
        ("GET", f"/api/sessions/{session}/turns/{other['turn']}"),
        ("PATCH", f"/api/sessions/{session}"),
        ("DELETE", f"/api/sessions/{session}"),
        ("GET", f"/api/agent/stream/{other['turn']}"),
    ):
        said = await client.request(method, path, json={"title": "x"})
        assert (said.status_code, said.json()["code"]) == (404, "not_found"), path
    said = await client.post("/api/chat", json={"text": "and?", "session": session})
    assert said.status_code == 404
    listed = (await client.get("/api/sessions")).json()["sessions"]
    assert [one["id"] for one in listed] == [mine["session"]]
    assert (await home.say("again", mine["session"], TALKS))["session"] == mine["session"]
    # Whose key it is sees both.
    seen = (await home.client().get("/api/sessions")).json()["sessions"]
    assert {one["id"] for one in seen} == {mine["session"], session}
    for key, found in ((TALKS, {mine["session"]}), (OWNER, {mine["session"], session})):
        hits: set[str] = set()

        async def written(key: str = key, hits: set[str] = hits, found: set[str] = found) -> bool:
            said = await home.client(key).get("/api/search", params={"q": "tulip"})
            hits |= {one["session"] for one in said.json().get("hits", ())}
            return hits >= found

        await soon(written)
        assert hits == found


@pytest.mark.parametrize("path", ["/api/chat", "/api/agent/stream"])
async def test_a_tier_that_there_is_not_is_refused_with_those_there_are(
    home: House, path: str
) -> None:
    said = await home.client().post(path, json={"text": "hello", "tier": "gpt-9"})
    assert (said.status_code, said.json()["code"]) == (400, "no_tier")
    assert said.json()["detail"] == "There is no tier gpt-9; choose one of flash, opus."
    assert said.headers["content-type"] == "application/problem+json"


async def test_no_tier_at_all_leads_back_to_the_servers_own_choice(home: House) -> None:
    asked = {"text": "hello", "session": (await answered(home, "/model opus"))["session"]}
    tiers: list[str] = []
    for more in ({}, {"tier": None}, {}):
        said = (await home.client().post("/api/chat", json={**asked, **more})).json()
        record = await told(home, said["turn"])
        tiers += [one.tier for one in record if isinstance(one, Routed)]
    assert tiers == ["opus", "flash", "opus"]


async def test_the_same_key_is_the_same_message_a_hundred_times(home: House) -> None:
    client, key = home.client(), new_id()

    async def send(text: str = "hello") -> Any:
        return await client.post("/api/chat", json={"text": text}, headers={"Idempotency-Key": key})

    answers = await asyncio.gather(*(send() for _ in range(100)))
    refused = {one.text for one in answers if one.status_code != 202}
    assert not refused
    assert len({(one.json()["id"], one.json()["session"]) for one in answers}) == 1
    assert sum(one.json()["fresh"] for one in answers) == 1
    other = await send("something else")
    assert (other.status_code, other.json()["code"]) == (409, "conflict")


async def test_a_key_is_its_persons_own(home: House) -> None:
    headers = {"Idempotency-Key": "same"}
    mine = await home.client(OWNER).post("/api/chat", json={"text": "mine"}, headers=headers)
    his = await home.client(BOB).post("/api/chat", json={"text": "his"}, headers=headers)
    assert (mine.status_code, his.status_code) == (202, 202)
    assert mine.json()["session"] != his.json()["session"]


async def test_what_is_accepted_says_who_said_it_and_where(home: House) -> None:
    said = await home.say("hello", key=BOB)
    await soon(lambda: home.stand.redis.exists(keys.turn(said["turn"])))
    row = await home.stand.redis.lindex(keys.turn(said["turn"]), 0)
    assert isinstance(row, bytes)
    assert b'"person":"bob","channel":"talk"' in row
    assert b'"profile":"messaging"' in row


async def test_a_key_that_may_only_talk_speaks_on_a_channel_of_its_own(home: House) -> None:
    for key, channel in ((OWNER, "api"), (BOB, "talk")):
        turn = keys.turn((await home.say("!files_read path=notes.txt", key=key))["turn"])
        await soon(partial(home.stand.redis.exists, turn))
        row = await home.stand.redis.lindex(turn, 0)
        assert isinstance(row, bytes)
        assert f'"channel":"{channel}"'.encode() in row


# Refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 422, "invalid"),
        (b"[]", 422, "invalid"),
        (b'"text"', 422, "invalid"),
        (b'{"text": ""}', 422, "invalid"),
        (b'{"text": 1}', 422, "invalid"),
        (b'{"text": "a\\u0000b"}', 422, "invalid"),
        (b'{"text": "a", "person": "bob"}', 422, "invalid"),
        (b'{"text": "a", "session": "no such"}', 422, "invalid"),
        (b'{"text": "a", "session": "nosuch"}', 404, "not_found"),
        (b'{"text": "a", "attachments": ["nosuch"]}', 404, "not_found"),
        (b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 422, "invalid"),
        (b"\xff\xfe", 422, "invalid"),
    ],
)
async def test_what_does_not_fit_is_refused_in_one_sentence(
    home: House, body: bytes, status: int, code: str
) -> None:
    said = await home.client().post(
        "/api/chat", content=body, headers={"Content-Type": "application/json"}
    )
    assert (said.status_code, said.json()["code"]) == (status, code)
    assert said.headers["content-type"] == "application/problem+json"
    assert "Traceback" not in said.text


async def test_a_body_of_ten_megabytes_is_too_large(home: House) -> None:
    client = home.client()
    said = await client.post("/api/chat", json={"text": "x" * (10 << 20)})
    assert (said.status_code, said.json()["code"]) == (413, "too_large")
    said = await client.post("/api/chat", json={"text": "é" * 199_000})
    assert said.status_code == 422
    assert "bytes" in said.json()["detail"]


async def test_too_many_messages_are_refused_for_now(home: House) -> None:
    first = await home.say("count 3000 0.1")
    client = home.client()
    body = {"text": "hello", "session": first["session"]}
    answers = [await client.post("/api/chat", json=body) for _ in range(110)]
    (said, *_) = [one for one in answers if one.status_code != 202]
    assert (said.status_code, said.json()["code"]) == (429, "too_much")
    assert int(said.headers["retry-after"]) > 0
    await home.client().post(f"/api/chat/{first['session']}/stop")


@pytest.mark.parametrize("key", ["", "a b", "x" * 129, "é"])
async def test_a_key_that_is_none_is_refused(home: House, key: str) -> None:
    headers = {b"Idempotency-Key": key.encode()}
    said = await home.client().post("/api/chat", json={"text": "a"}, headers=headers)
    assert said.status_code == 422


async def test_another_persons_conversation_is_closed(home: House) -> None:
    mine = (await home.say("mine"))["session"]
    async with home.watch(mine, key=BOB) as eyes:
        assert eyes.response.status_code == 403
    other = home.client(BOB)
    assert (await other.post("/api/chat", json={"text": "a", "session": mine})).status_code == 403
    assert (await other.post(f"/api/chat/{mine}/stop")).status_code == 403
    async with home.watch(mine, key=POOR) as eyes:
        assert eyes.response.status_code == 403
    async with home.watch("nosuch") as eyes:
        assert eyes.response.status_code == 404


async def test_a_cursor_of_another_persons_feed_opens_nothing(home: House) -> None:
    mine, his = await home.say("mine"), await home.say("his", key=BOB)
    async with home.watch(mine["session"]) as eyes:
        await over(eyes, mine["turn"])
    async with home.watch(his["session"], eyes.cursor, key=BOB) as others:
        await others.next()
    assert others.events[0].name == "snapshot"
    assert [turn.question for turn in others.board.turns] == ["his"]
    async with home.watch(mine["session"], eyes.cursor, key=BOB) as others:
        assert others.response.status_code == 403


# Watching ---------------------------------------------------------------------------------------


async def test_a_second_tab_sees_the_question_and_the_rest_of_the_answer(home: House) -> None:
    said = await home.say("count 40 0.02")
    async with home.watch(said["session"]) as first:
        await first.until("token")
        async with home.watch(said["session"]) as second:
            await over(second, said["turn"])
        await over(first, said["turn"])
    one, other = first.board.get(said["turn"]), second.board.get(said["turn"])
    assert one == other
    assert second.events[0].name == "snapshot"
    (shown,) = second.events[0].data["turns"]
    assert shown["question"] == "count 40 0.02"
    assert shown["steps"][0]["text"] in counted(40)
    tokens = [e.data["text"] for e in second.events if e.name == "token" and not e.data["thinking"]]
    assert shown["steps"][0]["text"] + "".join(tokens) == counted(40)


async def test_who_leaves_and_comes_back_misses_nothing_and_sees_nothing_twice(
    home: House,
) -> None:
    said = await home.say("count 60 0.01")
    text, cursor, visits = "", "", 0
    while text != counted(60):
        async with home.watch(said["session"], cursor) as eyes:
            while len(eyes.events) < 7 and text != counted(60):
                event = await eyes.next()
                if event.name == "snapshot":
                    assert not visits
                    turns = eyes.board.turns
                    text = turns[0].steps[0].text if turns and turns[0].steps else ""
                if event.name == "token" and not event.data["thinking"]:
                    text += event.data["text"]
        cursor, visits = eyes.cursor or cursor, visits + 1
        assert counted(60).startswith(text)
    assert visits > 3


@pytest.mark.parametrize("cursor", ["01OLD.1-1", "{epoch}.1-1", "{epoch}.99999999999999-0", "x"])
async def test_a_cursor_that_leads_nowhere_gets_one_snapshot_and_then_the_feed(
    home: House, cursor: str
) -> None:
    said = await home.say("hello")
    async with home.watch(said["session"]) as eyes:
        await over(eyes, said["turn"])
    epoch = eyes.events[0].data["cursor"].partition(".")[0]
    async with home.watch(said["session"], cursor.format(epoch=epoch)) as again:
        assert (await again.next()).name == "snapshot"
        more = await home.say("more", said["session"])
        await over(again, more["turn"])
    assert [event.name for event in again.events].count("snapshot") == 1
    assert [turn.question for turn in again.board.turns] == ["hello", "more"]


async def test_the_cursor_may_stand_in_the_address(home: House) -> None:
    said = await home.say("hello")
    async with home.watch(said["session"]) as eyes:
        await over(eyes, said["turn"])
    path = f"/api/chat/{said['session']}/stream?cursor={eyes.cursor}"
    async with home.client().stream("GET", path) as response:
        again = Eyes(response)
        assert (await again.next()).name == "turn"  # what it ended with is told once more


async def test_what_waits_says_behind_how_many(home: House) -> None:
    first = await home.say("count 30 0.02")
    async with home.watch(first["session"]) as eyes:
        await eyes.until("token")
        second = await home.say("second", first["session"])
        queued = await eyes.until("queued")
        assert (queued.data["turn"], queued.data["behind"]) == (second["turn"], 1)
        async with home.watch(first["session"]) as other:
            await other.next()
        assert [(t.state, t.behind) for t in other.board.turns] == [
            ("working", None),
            ("queued", 1),
        ]
        turn = await over(eyes, second["turn"])
    assert turn.answer is not None
    assert turn.answer.text == "second"
    # How long was worked on it is told apart from how long it stood in the line.
    assert 0 < turn.waited_ms <= turn.answer.at - turn.at


async def test_a_stop_ends_what_runs(home: House) -> None:
    said = await home.say("count 1000 0.1")
    session = said["session"]
    async with home.watch(session) as eyes:
        await eyes.until("token")
        stopped = await home.client().post(f"/api/chat/{session}/stop")
        assert stopped.status_code == 202
        turn = await over(eyes, said["turn"])
    assert turn.answer is not None
    assert turn.answer.outcome == "stopped"
    # What was read until then stays, in the stream, in the conversation and in a new snapshot.
    (step,) = turn.steps
    assert step.text.startswith("0 ")
    assert turn.answer.text == f"{step.text}\n\nStopped."
    assert counted(1_000).startswith(step.text)
    page = (await home.client().get(f"/api/sessions/{session}/turns")).json()["turns"]
    assert [one["answer"]["text"] for one in page] == [turn.answer.text]
    async with home.watch(session) as other:
        await other.next()
    assert other.board.turns == (turn,)


async def test_a_turn_whose_events_are_lost_is_told_all_the_same(home: House) -> None:
    """A process that dies behind its commit takes the live copy of the answer with it."""
    said = await home.say("count 20 0.02")
    async with home.watch(said["session"]) as eyes:
        await eyes.until("token")
        send, home.runtime.feed.send = home.runtime.feed.send, lambda *_: None  # type: ignore[method-assign]
        turn = await eyes.done(said["turn"])
        home.runtime.feed.send = send  # type: ignore[method-assign]
    assert "answer" not in [event.name for event in eyes.events]
    assert turn.answer is not None
    assert turn.answer.text == counted(20)


async def test_a_live_redis_that_starts_anew_gives_a_snapshot_and_the_rest(home: House) -> None:
    live = home.stand.servers.live
    assert live is not None
    said = await home.say("count 60 0.05")
    async with home.watch(said["session"]) as eyes:
        while eyes.cursor == "" or len(eyes.events) < 15:
            await eyes.next()
        live.kill()
        live.start()
        await eyes.until("snapshot")
        text = ""
        while text != counted(60):
            event = await eyes.next()
            if event.name == "turn":
                break
            found = eyes.board.get(said["turn"])
            text = found.steps[0].text if found and found.steps else ""
            assert counted(60).startswith(text)
        turn = eyes.board.get(said["turn"])
    assert turn is not None
    assert turn.steps[0].text == counted(60)


async def test_an_ended_login_ends_the_stream(home: House) -> None:
    said = await home.say("hello")
    async with home.watch(said["session"]) as eyes:
        await eyes.next()
        home.known.ended[OWNER].set()
        with pytest.raises(StopAsyncIteration):
            await eyes.until("never", 5)
