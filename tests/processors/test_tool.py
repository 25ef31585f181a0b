"""Tool: run one call; whatever comes of it is an observation."""

from __future__ import annotations

from typing import Any

import pytest
from redis.asyncio import Redis

from processors.agent.turns import Limits, calls_of, find_call
from processors.tool import LARGEST, tool
from processors.tools import declare as tools
from processors.tools.registry import Registry
from schemas.chat import Profile, Think
from schemas.errors import NotFound
from schemas.feed import Called, ObservedLive
from schemas.record import Observed, Thought
from schemas.tools import Tier, ToolResult
from streams.effects import Effects
from streams.entry import Held
from tests.processors.asked import Heard, call, record, registry


async def observed(
    name: str,
    arguments: dict[str, Any],
    profile: Profile = "full",
    house: Registry | None = None,
) -> tuple[Observed, Think, Heard]:
    calls = calls_of("t", 0, [(name, arguments)])
    turn = record("q", Thought(step=0, model="m", calls=calls), profile=profile)
    feed = Heard()
    nobody = Effects(Redis(), ("tool", "tool", "test"), Held("1-1", {}))
    found = await tool(call(calls[0]), turn, house or registry(), nobody, feed, Limits())
    assert isinstance(found, Think)
    (entry,) = turn.added
    assert isinstance(entry, Observed)
    assert (entry.call_id, entry.step, entry.index) == (calls[0].call_id, 0, 0)
    return entry, found, feed


async def test_a_result_is_observed_and_the_turn_thinks_on() -> None:
    entry, found, feed = await observed("echo_text", {"text": "hi", "times": 2})
    assert (entry.ok, entry.content, entry.data) == (True, "hihi", {"times": 2})
    assert (found.id, found.step, found.tier) == ("t:think:1", 1, "flash")
    assert [type(event) for event in feed.events] == [Called, ObservedLive]


@pytest.mark.parametrize(
    ("name", "arguments", "profile", "says"),
    [
        ("fail_always", {}, "full", "failed inside (ValueError)"),
        ("echo_text", {"colour": "red"}, "full", "colour"),
        ("echo_text", {"times": "many"}, "full", "times"),
        ("no_such_tool", {}, "full", "There is no tool named"),
        ("host_reboot", {}, "readonly", "RED calls of it are not within this person's rights"),
    ],
)
async def test_a_failure_is_an_observation_too(
    name: str, arguments: dict[str, Any], profile: Profile, says: str
) -> None:
    entry, found, _ = await observed(name, arguments, profile)
    assert not entry.ok
    assert says in entry.content
    assert "a secret path" not in entry.content
    assert found.step == 1


@tools.tool(
    tier=Tier.YELLOW,
    timeout=5,
    effect="plain",
    weigh=lambda what: tools.Weight(targets=(f"container:{what}",)),
)
async def box_shut(what: str) -> ToolResult:
    """Shut a box."""
    raise AssertionError("nobody may get here")


async def test_a_call_is_weighed_with_its_arguments() -> None:
    calls = calls_of("t", 0, [("box_shut", {"what": "nexus-core"})])
    turn = record("q", Thought(step=0, model="m", calls=calls))
    nobody = Effects(Redis(), ("tool", "tool", "test"), Held("1-1", {}))
    await tool(call(calls[0]), turn, Registry((box_shut,)), nobody, Heard(), Limits())
    (entry,) = turn.added
    assert isinstance(entry, Observed)
    assert "did not run, because container:nexus-core is protected" in entry.content


async def test_what_is_too_large_is_kept_as_text_alone() -> None:
    entry, _, _ = await observed("echo_text", {"text": "x" * 70_000})
    assert len(entry.model_dump_json()) <= LARGEST


@tools.tool(tier=Tier.GREEN, timeout=5)
async def foreign_names() -> ToolResult:
    """Give as much as may be given, in letters of three bytes."""
    return ToolResult(text="語" * 20_000, data=["語" * 16_800, "x" * 158_000])


async def test_what_a_record_takes_is_counted_in_bytes() -> None:
    """An entry that the record refuses would bury the call after its effect."""
    (wish,) = calls_of("t", 0, [("foreign_names", {})])
    turn = record("q", Thought(step=0, model="m", calls=(wish,)))
    nobody = Effects(Redis(), ("tool", "tool", "test"), Held("1-1", {}))
    await tool(call(wish), turn, Registry((foreign_names,)), nobody, Heard(), Limits())
    assert len(turn.added[0].model_dump_json().encode()) <= 262_144


async def test_a_call_that_the_record_does_not_know_is_refused() -> None:
    (wish,) = calls_of("t", 0, [("echo_text", {})])
    nobody = Effects(Redis(), ("tool", "tool", "test"), Held("1-1", {}))
    with pytest.raises(NotFound, match="has no call"):
        await tool(call(wish), record(), registry(), nobody, Heard(), Limits())


def test_a_call_is_named_by_its_place() -> None:
    wishes: list[tuple[str, dict[str, Any]]] = [("a", {}), ("a", {})]
    first, second = calls_of("t", 0, wishes)
    assert first.call_id != second.call_id
    assert calls_of("t", 0, wishes)[1].call_id == second.call_id
    assert calls_of("t", 1, wishes)[0].call_id != first.call_id
    assert (
        find_call(record("q", Thought(step=0, model="m", calls=(second,))), first.call_id) is None
    )


@tools.tool(tier=Tier.GREEN, timeout=5)
async def who_asks(asker: tools.Asker) -> ToolResult:
    """Say in whose name it is called."""
    return ToolResult(text=str(asker))


async def test_a_tool_hears_who_asks_from_the_message_alone() -> None:
    entry, _, _ = await observed("who_asks", {}, house=Registry([who_asks]))
    assert entry.content == "owner"
