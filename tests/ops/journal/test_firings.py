"""What a rule did is found again, by the name that event and rule give it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ops.journal.pages import Pages
from ops.keyring import gateway
from ops.settings import Settings
from processors.events.react import named
from processors.events.rules import Rule
from schemas.desk import Happened
from streams import keys
from streams.entry import told_by_producer
from tests.ops.journal.scene import Scene

ASK = Rule(name="look", on="alert.*", do="ask agent", says="Why?")
TELL = Rule(name="tell", on="disk.full", do="notify", says="Full")
SEND = Rule(name="send", on="door.*", do="forward", to="http://127.0.0.1:9/x")
RULES = (ASK, TELL, SEND)


def happened(name: str, kind: str) -> Happened:
    """An event."""
    return Happened(
        id=name, trace=name, session=f"events-{name}", person="ada", channel="api", type=kind
    )


async def signed(scene: Scene, topic: str, **fields: Any) -> None:
    """Put what the rules say on a topic."""
    data = json.dumps(fields)
    own = gateway(Settings(root=scene.root), "rules")
    await scene.core.xadd(keys.topic(topic), {"data": data, "sig": own.sign(data.encode())})


@pytest.fixture
async def pages(scene: Scene) -> AsyncIterator[Pages]:
    """A journal in which each rule fired, one of them twice."""
    told, bare = happened("e1", "alert.cpu"), told_by_producer("0-0", "mine")
    await scene.add("events", **told.model_dump(mode="json"))
    await scene.add("events", type="alert.disk", id="mine")
    for number, name in enumerate(("e1", bare)):
        session = f"rule-{named(ASK, happened(name, 'alert.x'))}"
        await signed(scene, "inbox", id=f"turn-{number}", session=session, text="Why?")
    data = {"rule": "tell", "event": "e2", "level": "info", "on": "disk.full", "says": "Full"}
    await signed(scene, "events", type="notice", channel="rules", session="rule-x", data=data)
    # What others say of themselves is no firing; neither is what fits no rule.
    await scene.add("events", type="notice", channel="rules", session="rule-x", data=data)
    session = f"rule-{named(ASK, happened('nothing', 'alert.cpu'))}"
    await scene.add("inbox", id="forged", session=session, text="Why?")
    await scene.add("events", type="alert.cpu", id="nothing")
    await signed(scene, "events", type="notice", channel="rules", session="rule-x", data=[])
    await scene.add("events", type="alert.cpu", id="nothing-came-of-it")
    order = {"id": "f", "trace": "f", "session": "s", "person": "ada", "channel": "api"}
    order |= {"rule": "send", "to": SEND.to or "", "event": "e3", "type": "door.opened"}
    await scene.add("forward", **order, data={}, happened_at=1)
    async with scene.writing():
        await scene.written(11)
    found = Pages(Settings(root=scene.root))
    yield found
    await found.close()


async def test_all_that_was_done_is_found(pages: Pages) -> None:
    found = await pages.fired(RULES)
    bare = told_by_producer("0-0", "mine")
    assert sorted((one.rule, one.on, one.turn, one.event) for one in found) == [
        ("look", "alert.cpu", "turn-0", "e1"),
        ("look", "alert.disk", "turn-1", bare),
        ("send", "door.opened", "", "e3"),
        ("tell", "disk.full", "", "e2"),
    ]
    assert [bool(one.order) for one in found] == [one.rule == "send" for one in found]
    assert [one.at for one in found] == sorted((one.at for one in found), reverse=True)


async def test_a_rule_of_another_name_did_nothing(pages: Pages) -> None:
    other = ASK.model_copy(update={"name": "another"})
    assert {one.rule for one in await pages.fired((other,))} == {"tell", "send"}


async def test_what_is_long_is_not_all_kept_in_memory(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = await pages.fired(RULES)
    monkeypatch.setattr("ops.journal.firings.MOST", 700)
    found = await pages.fired(RULES)
    assert 0 < len(found) < len(whole)
    assert found == whole[: len(found)], "the newest are looked at first"
