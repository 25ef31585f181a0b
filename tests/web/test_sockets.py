"""One socket, several topics: each client gets what it asked for, and nothing else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.web.house import BOB, OWNER, TALKS, House
from tests.web.plays import counted


@asynccontextmanager
async def socket(home: House, key: str = OWNER, **headers: str) -> AsyncIterator[ClientConnection]:
    given = {"X-API-Key": key, **headers}
    async with connect(f"ws://127.0.0.1:{home.port}/api/ws", additional_headers=given) as found:
        yield found


async def ask(line: ClientConnection, *topics: str, **cursors: str) -> None:
    await line.send(json.dumps({"subscribe": topics, "cursors": cursors}))


async def hear(line: ClientConnection, event: str, **fields: Any) -> dict[str, Any]:
    """Read up to an event with these fields."""
    async with asyncio.timeout(20):
        while True:
            found: dict[str, Any] = json.loads(await line.recv())
            if found["event"] == event and fields.items() <= found["data"].items():
                return found


async def test_the_same_events_with_the_same_ids_as_the_stream(home: House) -> None:
    said = await home.say("hello")
    topic = f"chat:{said['session']}"
    async with socket(home) as line, home.watch(said["session"]) as eyes:
        await ask(line, topic)
        snapshot = await hear(line, "snapshot")
        assert snapshot["topic"] == topic
        more = await home.say("count 10 0.01", said["session"])
        heard: list[tuple[str, str | None, Any]] = []
        while not heard or heard[-1][0] != "turn" or heard[-1][2]["id"] != more["turn"]:
            one = json.loads(await line.recv())
            heard.append((one["event"], one["id"], one["data"]))
        await eyes.until("turn", id=more["turn"])
    seen = [(e.name, e.id or None, e.data) for e in eyes.events]
    mine = [one for one in heard if one[2].get("turn") == more["turn"]]
    assert mine == [one for one in seen if one[2].get("turn") == more["turn"]]
    text = "".join(one[2]["text"] for one in mine if one[0] == "token" and not one[2]["thinking"])
    assert text == counted(10)


async def test_who_comes_back_goes_on_behind_its_cursor(home: House) -> None:
    said = await home.say("count 40 0.02")
    topic = f"chat:{said['session']}"
    async with socket(home) as line:
        await ask(line, topic)
        await hear(line, "token")
        last = await hear(line, "token")
    async with socket(home) as line:
        await line.send(json.dumps({"subscribe": [topic], "cursors": {topic: last["id"]}}))
        first = json.loads(await line.recv())
    assert first["event"] == "token"
    assert first["id"] > last["id"]


async def test_a_list_learns_what_happens_in_all_ones_conversations_and_no_others(
    home: House,
) -> None:
    async with socket(home) as mine, socket(home, BOB) as his:
        await ask(mine, "sessions")
        await ask(his, "sessions")
        await asyncio.sleep(0)
        said = await said_until_heard(home, mine)
        await hear(mine, "session", session=said["session"], state="idle")
        other = await home.say("his", key=BOB)
        found = await hear(his, "session", state="working")
        assert found["data"]["session"] == other["session"]
        assert found["topic"] == "sessions"


async def said_until_heard(home: House, line: ClientConnection) -> dict[str, Any]:
    """Say something until the list hears it: nobody says when a socket has begun to listen."""
    while True:
        said = await home.say("hello")
        try:
            async with asyncio.timeout(2):
                await hear(line, "session", session=said["session"], state="working")
        except TimeoutError:
            continue
        return said


async def test_events_carry_no_word_of_a_chat(home: House) -> None:
    async with socket(home) as line:
        await ask(line, "events", "system")
        system = await hear(line, "system")
        assert system["data"]["ready"] in {True, False}
        said = await home.say("a private word")
        async with home.watch(said["session"]) as eyes:
            await eyes.next()
        published = await home.client().post("/api/events/disk.full", json={"free": 1})
        assert published.status_code == 202
        heard: list[dict[str, Any]] = []
        while not heard or heard[-1]["event"] != "events":
            heard.append(json.loads(await line.recv()))
    assert heard[-1]["data"]["type"] == "disk.full"
    assert (heard[-1]["data"]["data"], heard[-1]["data"]["person"]) == ({"free": 1}, "owner")
    assert "private" not in json.dumps(heard)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (OWNER, "{"),
        (OWNER, "{}"),
        (OWNER, '{"subscribe": []}'),
        (OWNER, '{"subscribe": ["nonsense"]}'),
        (OWNER, '{"subscribe": ["chat:nosuch"]}'),
        (OWNER, '{"subscribe": ["events:all"]}'),
        (OWNER, '{"subscribe": ["sessions"], "more": 1}'),
        (OWNER, b"\x00\x01"),
        (OWNER, '{"subscribe": ["' + "x" * 20_000 + '"]}'),
        (BOB, '{"subscribe": ["events"]}'),
        (BOB, '{"subscribe": ["system"]}'),
        (TALKS, '{"subscribe": ["sessions"]}'),
    ],
)
async def test_what_is_not_for_this_client_closes_the_socket_with_a_reason(
    home: House, key: str, message: str | bytes
) -> None:
    async with socket(home, key) as line:
        await line.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            await line.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008
    assert closed.value.rcvd.reason


async def test_another_persons_conversation_is_closed(home: House) -> None:
    said = await home.say("mine")
    async with socket(home, BOB) as line:
        await ask(line, f"chat:{said['session']}")
        with pytest.raises(ConnectionClosed) as closed:
            await line.recv()
    assert closed.value.rcvd is not None
    assert "another person" in closed.value.rcvd.reason


async def flood(line: ClientConnection) -> None:
    for _ in range(100_000):
        await line.send('{"subscribe": ["system"]}')
        await asyncio.sleep(0)


async def test_a_flood_of_messages_closes_the_socket_and_harms_nobody(home: House) -> None:
    async with socket(home) as line:
        with pytest.raises(ConnectionClosed):
            await flood(line)
    said = await home.say("hello")
    async with home.watch(said["session"]) as eyes:
        assert (await eyes.next()).name == "snapshot"


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Host": "evil.example"}])
async def test_other_sites_are_not_let_in(home: House, headers: dict[str, str]) -> None:
    with pytest.raises((InvalidStatus, ConnectionClosed)):
        async with socket(home, **headers) as line:
            await line.recv()


async def test_nobody_is_let_in_without_a_key(home: House) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with socket(home, "wrong"):
            pass
    assert refused.value.response.status_code in {401, 403}
