"""The agent's stream: four kinds of event in their order, with ids, and an end."""

from __future__ import annotations

import pytest

from streams import keys
from tests.stand import soon
from tests.web.house import BOB, Event, House, watching


async def events(
    home: House, text: str = "", turn: str = "", cursor: str = "", most: int = 1_000
) -> list[Event]:
    """Ask, or go on, and read to the end or so many events."""
    client, headers = home.client(), {"Last-Event-ID": cursor} if cursor else {}
    path = "/api/agent/stream" + (f"/{turn}" if turn else "")
    more = {} if turn else {"method": "POST", "json": {"text": text}}
    found: list[Event] = []
    async with watching(client, path, headers, **more) as eyes:
        assert eyes.response.status_code == 200, eyes.response.text
        while len(found) < most:
            try:
                found.append(await eyes.next(show=False))
            except StopAsyncIteration:
                break
    return found


async def test_thinking_calls_observations_and_the_answer_come_in_order_with_ids(
    home: House,
) -> None:
    found = await events(home, "look")
    names = [event.name for event in found]
    assert [name for n, name in enumerate(names) if n == 0 or name != names[n - 1]] == [
        *("thinking", "tool_call", "observation", "thinking", "final_answer")
    ]
    assert len({event.id for event in found}) == len(found)
    assert found[-1].data["text"] == "It is noon."
    assert found[-1].data["usage"]["input"] == 14
    assert len({event.data["turn"] for event in found}) == 1


async def test_a_turn_that_fails_ends_with_an_error(home: House) -> None:
    found = await events(home, "fail")
    assert found[-1].name == "error"
    assert found[-1].data["outcome"] == "failed"
    assert found[-1].data["text"]


async def test_who_lost_the_line_goes_on_where_it_was(home: House) -> None:
    whole = await events(home, "count 20 0.02", most=8)
    turn = whole[0].data["turn"]
    rest = await events(home, turn=turn, cursor=whole[-1].id)
    texts = [e.data["text"] for e in (*whole, *rest) if e.name == "thinking"]
    assert "".join(texts) == "Numbers." + "".join(f"{n} " for n in range(20))
    assert (*whole, *rest)[-1].name == "final_answer"


@pytest.mark.parametrize("cursor", ["", "01OLD.1-1"])
async def test_a_turn_that_is_over_is_told_again(home: House, cursor: str) -> None:
    turn = (await events(home, "look"))[0].data["turn"]
    again = await events(home, turn=turn, cursor=cursor)
    assert [event.name for event in again][-1] == "final_answer"
    assert [event.name for event in again].count("tool_call") == 1
    for number, event in enumerate(again, 1):
        rest = await events(home, turn=turn, cursor=event.id)
        assert [_timeless(one) for one in rest] == [_timeless(one) for one in again[number:]]


def _timeless(event: Event) -> tuple[str, dict[str, object]]:
    return event.name, {name: said for name, said in event.data.items() if name != "at"}


async def test_what_waits_is_followed_by_a_process_that_did_not_take_it_in(home: House) -> None:
    """As after a restart, or at a second process with a web door."""
    client = home.client()
    session = (await client.post("/api/chat", json={"text": "count 2000 0.05"})).json()["session"]
    turn = await home.type("look", session)  # past this web door
    await soon(lambda: home.stand.tester.llen(keys.mailbox(session)))
    assert (await home.client(BOB).get(f"/api/agent/stream/{turn}")).status_code == 403
    async with watching(client, f"/api/agent/stream/{turn}", {}) as eyes:
        assert eyes.response.status_code == 200
        await client.post(f"/api/chat/{session}/stop")
        while (found := await eyes.next(show=False)).name != "final_answer":
            pass
    assert found.data["text"] == "It is noon."


async def test_another_persons_turn_is_closed(home: House) -> None:
    turn = (await events(home, "look"))[0].data["turn"]
    said = await home.client(BOB).get(f"/api/agent/stream/{turn}")
    assert said.status_code == 403
    said = await home.client().get("/api/agent/stream/nosuch")
    assert said.status_code == 404
