"""What the rules do on an event is done once, whatever dies and however often it is told."""

from __future__ import annotations

import json

import pytest

from gateways.channels.board import Board
from processors.events.order import Order
from processors.events.react import react
from processors.events.rules import Rulebook, Rules
from processors.events.types import Types
from schemas.chat import Received
from schemas.desk import Happened
from schemas.errors import Invalid, TooMuch, Unavailable
from schemas.events import EventType
from schemas.notices import Notice
from streams import keys
from streams.accept import Accepted, Doors
from streams.entry import PRODUCER, Provenance
from streams.sign import Gateway
from tests.processors.events.told import happened
from tests.stand import GATEWAY, Stand, soon

OWN = Gateway("rules", b"r" * 32, frozenset({"rules", "events"}))
BOOK = Rulebook(
    Rules.model_validate(
        {
            "rules": [
                {"name": "ask", "on": "disk.full", "do": "ask agent", "says": "What now?"},
                {"name": "run", "on": "disk.*", "do": "run tool", "tool": "disk_usage"},
                {
                    "name": "fill", "on": "disk.full", "when": "has(data.path)", "do": "run tool",
                    "tool": "files_list", "with": {"path": "{data.path}"},
                },
                {"name": "tell", "on": "disk.full", "do": "notify", "says": "{data.free} left"},
                {
                    "name": "hand-on", "on": "disk.full", "when": "data.free < 5", "do": "forward",
                    "to": "https://example.org/x",
                },
                {"name": "again", "on": "notice", "do": "notify", "says": "and again"},
            ]
        }
    )
)  # fmt: skip


class Kept:
    """A board; what is told again under the same key is counted."""

    def __init__(self) -> None:
        self.notices: dict[str, Notice] = {}

    async def publish(self, notice: Notice) -> str:
        self.notices[notice.key or ""] = notice
        return notice.key or ""


async def told(stand: Stand, *events: Happened) -> None:
    for event in events:
        data = event.model_dump_json().encode()
        await stand.redis.xadd("nexus:events", {"data": data, "sig": GATEWAY.sign(data)})


async def test_each_rule_does_its_own_once(stand: Stand) -> None:
    board = Kept()
    resources = {Rulebook: BOOK, Types: Types(), Board: board, Order: Order()}
    await stand.groups(react)
    await stand.redis.xgroup_create("nexus:inbox", "admit", "0", mkstream=True)
    event = happened(free=1, path="/srv").model_copy(update={"channel": "terminal"})
    await told(stand, event, event, event)
    async with stand.running(react, resources=resources, gateways=(GATEWAY, OWN)):
        await soon(lambda: _read(stand))
    said = [Received.model_validate_json(one) for one in await stand.data("inbox")]
    assert [one.text.partition("\n")[0] for one in said] == [
        "What now?", "!disk_usage {}", '!files_list {"path":"/srv"}',
    ]  # fmt: skip
    assert [one.channel for one in said] == ["events", "rules", "events"]
    assert {one.person for one in said} == {"rules"}
    assert len({one.session for one in said}) == 3
    assert [one.chat for one in said] == ["ask", "run", "fill"], "what fails is known by its rule"
    (notice,) = [json.loads(one) for one in await stand.data("events") if '"notice"' in one]
    assert notice["data"]["says"] == "1 left"
    assert [one.title for one in board.notices.values()] == ["1 left"]
    # What is forwarded is known to its receiver by its id.
    assert len({json.loads(one)["id"] for one in await stand.data("forward")}) == 1


async def test_what_nobody_signed_is_a_producers_and_must_fit(stand: Stand) -> None:
    form = EventType(type="disk.full", schema={"required": ["free"]})
    resources = {Rulebook: BOOK, Types: Types((form,)), Board: Kept(), Order: Order()}
    await stand.groups(react)
    await stand.redis.xgroup_create("nexus:inbox", "admit", "0", mkstream=True)
    for data in (
        '{"type": "disk.full", "data": {}}',
        '{"type": "disk.full", "data": {"free": 9}, "id": "a", "person": "owner"}',
        '{"type": "disk.full", "data": {"free": 9}, "id": "a"}',
        "no JSON",
    ):
        await stand.redis.xadd("nexus:events", {"data": data})
    async with stand.running(react, resources=resources, gateways=(GATEWAY, OWN)):
        await soon(lambda: _two(stand))
    asked = [Received.model_validate_json(one) for one in await stand.data("inbox")]
    assert len(asked) == 2
    assert f"({PRODUCER})" in asked[0].text
    assert [letter.code for letter in await stand.letters()] == ["invalid", "invalid"]


async def _two(stand: Stand) -> bool:
    return len(await stand.letters()) == 2 and len(await stand.data("inbox")) == 2


class Full:
    """A door where there is no room."""

    async def accept(self, message: object, key: str, brake: object = None) -> Accepted:
        raise TooMuch("Full.", retry_after=3)


class Shut(Doors):
    """Doors that are all full."""

    def __init__(self) -> None:
        pass

    def of(self, name: str) -> Full:  # type: ignore[override]
        return Full()


STORM = Rulebook(
    Rules.model_validate(
        {
            "rules": [
                {
                    "name": "often", "on": "disk.*", "do": "run tool", "tool": "disk_usage",
                    "per_minute": 3,
                },
                {
                    "name": "hand-on", "on": "disk.*", "do": "forward", "per_minute": 2,
                    "to": "https://example.org/x",
                },
                {"name": "play", "on": "*", "when": "event.type == 'rule.braked'",
                 "do": "notify", "says": "ball"},
            ]
        }
    )
)  # fmt: skip


async def test_in_a_storm_a_rule_does_so_much_a_minute_and_says_once_that_it_does(
    stand: Stand,
) -> None:
    board = Kept()
    resources = {Rulebook: STORM, Types: Types(), Board: board, Order: Order()}
    await stand.groups(react)
    await stand.redis.xgroup_create("nexus:inbox", "admit", "0", mkstream=True)
    events = [
        happened(name=f"e{number}").model_copy(update={"channel": "terminal"})
        for number in range(40)
    ]
    # Two processes share a rule's minute, and what comes twice is counted once.
    await told(stand, *events, *events[:10])
    both = {"resources": resources, "gateways": (GATEWAY, OWN)}
    async with stand.running(react, **both), stand.running(react, **both):
        await soon(lambda: _read(stand))
    assert len(await stand.data("inbox")) == 3
    # A repeat of what was handed on has its name, by which its receiver knows it.
    assert len({json.loads(one)["id"] for one in await stand.data("forward")}) == 2
    said = [json.loads(one) for one in await stand.data("events")]
    braked = [one for one in said if one["type"] == "rule.braked"]
    assert sorted(one["data"]["rule"] for one in braked) == ["hand-on", "often"]
    assert sorted(one.title for one in board.notices.values()) == [
        "The rule hand-on fires too often", "The rule often fires too often",
    ]  # fmt: skip
    counts = {
        rule: await stand.tester.hgetall(keys.rule_counts(rule)) for rule in ("often", "hand-on")
    }
    assert [(int(one[b"fired"]), int(one[b"skipped"])) for one in counts.values()] == [
        (3, 37), (2, 38),
    ]  # fmt: skip


async def _read(stand: Stand) -> bool:
    rows = await stand.tester.xinfo_groups("nexus:events")
    return all(row["lag"] == 0 and row["pending"] == 0 for row in rows)


async def test_where_there_is_no_room_it_waits(stand: Stand) -> None:
    with pytest.raises(Unavailable):
        await react(happened(free=9), Provenance("web"), BOOK, Types(), Shut(), Kept(), Order())
    with pytest.raises(Invalid):
        await react(happened(), Provenance(None), BOOK, Types(strict=True), Shut(), Kept(), Order())
    # What a rule told is nobody's occasion.
    assert (
        await react(happened("notice"), Provenance("rules"), BOOK, Types(), Shut(), Kept(), Order())
        == []
    )


async def test_what_cannot_be_said_with_an_event_s_values_is_told() -> None:
    board, huge = Kept(), "x" * 190_000
    book = Rulebook(
        Rules.model_validate(
            {"rules": [{"name": "run", "on": "*", "do": "run tool", "tool": "t",
                        "with": {"a": "{data.a}", "b": "{data.a}"}}]}
        )
    )  # fmt: skip
    doors = Shut()
    assert (
        await react(happened(a=huge), Provenance("web"), book, Types(), doors, board, Order()) == []
    )
    (notice,) = board.notices.values()
    assert notice.title == "The rule run could not begin"
    assert "text: there may be at most" in notice.says or "text: it must have" in notice.says
    assert huge[:50] not in notice.says
