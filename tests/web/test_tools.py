"""Tools by name at the web door: the same pipeline, the same rules, and a row for each."""

from __future__ import annotations

from typing import Any

from schemas.record import Observed, entries
from streams import keys
from tests.stand import soon
from tests.web.house import BOB, House


async def execute(home: House, tool: str, status: int = 200, **more: Any) -> dict[str, Any]:
    said = await home.client().post("/api/tools/execute", json={"tool": tool, **more})
    assert said.status_code == status, said.text
    found: dict[str, Any] = said.json()
    return found


async def test_a_call_brings_back_what_the_tool_does(home: House) -> None:
    found = await execute(home, "time_now")
    assert (found["tool"], found["tier"], found["ok"], found["state"]) == (
        "time_now", "GREEN", True, "done",
    )  # fmt: skip
    assert found["content"]


async def test_it_goes_the_way_of_every_message(home: House) -> None:
    found = await execute(home, "files_write", arguments={"path": "a.md", "content": "x"})
    rows = await home.stand.redis.lrange(keys.turn(found["turn"]), 0, -1)
    kept = [entries.validate_json(row) for row in rows]
    assert [one.kind for one in kept] == ["asked", "routed", "observed", "said"]
    (observed,) = (one for one in kept if isinstance(one, Observed))
    # Who, what, how dangerous, with which arguments, and what came of it: one row says it all.
    assert (observed.person, observed.tool, observed.effect) == ("owner", "files_write", "done")
    assert observed.tier is not None
    assert observed.tier.name == "YELLOW"
    assert len(observed.digest or "") == 64


async def test_what_is_not_allowed_is_blocked_and_says_exactly_why(home: House) -> None:
    unknown = await execute(home, "no_such_tool")
    assert set(unknown) == {"blocked", "reason", "tier"}
    assert (unknown["blocked"], unknown["tier"]) == (True, "BLACK")
    assert "no_such_tool" in unknown["reason"]
    misused = await execute(home, "time_now", arguments={"nonsense": 1})
    assert set(misused) == {"blocked", "reason", "tier"}
    assert misused["tier"] == "BLACK"


async def test_the_same_request_again_is_the_same_call(home: House) -> None:
    client = home.client()
    client.headers["Idempotency-Key"] = "once"
    body = {"tool": "notes_append", "arguments": {"text": "only once"}}
    first, again = [(await client.post("/api/tools/execute", json=body)).json() for _ in range(2)]
    assert first == again
    notes = (home.settings.root / "workspace/notes.md").read_text()
    assert notes.count("only once") == 1


async def test_who_does_not_wait_asks_later(home: House) -> None:
    body = {"tool": "time_now", "wait": 0}
    said = await home.client().post("/api/tools/execute", json=body)
    assert said.status_code in {200, 202}
    turn = said.json()["turn"]
    client = home.client()

    async def told() -> bool:
        return (await client.get(f"/api/tools/execute/{turn}")).status_code == 200

    await soon(told)
    assert (await client.get(f"/api/tools/execute/{turn}")).json()["tool"] == "time_now"


async def test_it_needs_the_right_to_use_tools(home: House) -> None:
    for method, path in (("GET", "/api/tools"), ("POST", "/api/tools/execute")):
        said = await home.client(BOB).request(method, path, json={"tool": "time_now"})
        assert said.status_code == 403


async def test_the_list_says_what_each_takes(home: House) -> None:
    tools = (await home.client().get("/api/tools")).json()["tools"]
    known = {one["name"]: one for one in tools}
    assert known["time_now"]["tier"] == "GREEN"
    assert "path" in known["files_write"]["parameters"]["properties"]


async def test_another_persons_call_is_none_of_ones_business(home: House) -> None:
    found = await execute(home, "time_now")
    said = await home.client(BOB).get(f"/api/tools/execute/{found['turn']}")
    assert said.status_code == 403


async def test_arguments_that_cannot_be_said_are_refused(home: House) -> None:
    body = {"tool": "notes_append", "arguments": {"text": "x" * 190_001}}
    said = await home.client().post("/api/tools/execute", json=body)
    assert said.status_code == 422
    body = {"tool": "two words", "arguments": {}}
    said = await home.client().post("/api/tools/execute", json=body)
    assert said.status_code == 422
