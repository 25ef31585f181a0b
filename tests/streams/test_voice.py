"""The server's own word is signed; whoever else claims to be it is not believed."""

from __future__ import annotations

from typing import Any

import pytest
from redis.asyncio import Redis

from gateways.channels.board import Board
from processors.events.order import Order
from processors.events.react import react
from processors.events.rules import Rulebook, Rules
from processors.events.types import Types
from schemas.desk import Happened
from schemas.events import RESERVED, Told
from streams import keys
from streams.groups import Group
from streams.happenings import Happenings
from streams.sign import Gateway, Keyring
from streams.store import connect
from streams.voice import HOUSE, TELLERS, Voice, forged, provenance
from tests.stand import GATEWAY, Stand, soon

OWN = Gateway(HOUSE, b"h" * 32, frozenset({"system"}))
RULES = Gateway("rules", b"r" * 32, frozenset({"rules", "events"}))
GATEWAYS = (GATEWAY, OWN, RULES)
RING = Keyring({one.name: one for one in GATEWAYS})


def event(kind: str = "settings.changed", **fields: Any) -> Happened:
    known = {"id": "e", "trace": "e", "session": "s", "person": "owner", "channel": "web"}
    return Happened(**{**known, "type": kind, "data": {}, **fields})


def raw(kind: str, gateway: Gateway | None) -> dict[bytes, bytes]:
    data = event(kind).model_dump_json().encode()
    return {b"data": data, b"sig": gateway.sign(data).encode() if gateway else b""}


@pytest.mark.parametrize("kind", sorted(RESERVED))
@pytest.mark.parametrize("gateway", [None, *GATEWAYS])
def test_one_gateway_alone_is_believed(kind: str, gateway: Gateway | None) -> None:
    told_by, false = provenance(RING, raw(kind, gateway))
    assert told_by == (gateway.name if gateway else "")
    assert false == (told_by != TELLERS.get(kind, HOUSE))


def test_other_types_are_anybodys() -> None:
    assert not forged("disk.full", None)
    assert provenance(RING, {b"data": b"no JSON"}) == ("", False)
    assert provenance(RING, {b"data": b'["type"]'}) == ("", False)
    assert provenance(RING, {}) == ("", False)


def test_what_a_stage_can_read_is_read_here_too() -> None:
    """JSON has no such numbers, and the parser of the stages takes them."""
    data = b'{"type": "grant.made", "data": {"load": NaN, "most": Infinity}}'
    assert Told.model_validate_json(data).type == "grant.made"
    assert provenance(RING, {b"data": data}) == ("", True)


def test_a_signature_is_one_of_these_bytes() -> None:
    fields = raw("desk.drop", OWN)
    other = event("desk.drop", person="bob").model_dump_json().encode()
    assert provenance(RING, fields) == (HOUSE, False)
    assert provenance(RING, {**fields, b"data": other}) == ("", True)


async def as_producer(stand: Stand, *kinds: str) -> None:
    """Write as whoever has the password of the role `producer`."""
    producer: Redis = connect(stand.servers.durable_url("producer"))
    try:
        for kind in kinds:
            data = event(kind).model_dump_json()
            # The best they can do: another's signature, and every field that we know of.
            fields: Any = {"data": data, "sig": f"{HOUSE}:{'0' * 64}", "n": 0, "by": HOUSE}
            await producer.xadd(keys.topic("events"), fields)
    finally:
        await producer.aclose()


async def test_rules_do_nothing_on_what_is_forged(stand: Stand) -> None:
    tell = {"name": "tell", "on": "*", "do": "notify", "says": "{type}"}
    resources = {
        Rulebook: Rulebook(Rules.model_validate({"rules": [tell]})),
        Types: Types(),
        Board: Board_(),
        Order: Order(),
    }
    await stand.groups(react)
    await stand.redis.xgroup_create(keys.topic("inbox"), "admit", "0", mkstream=True)
    await as_producer(stand, "settings.changed", "desk.drop", "notice", "disk.full")
    await stand.redis.xadd(keys.topic("events"), Voice(OWN).fields(event("group.lost", id="true")))
    async with stand.running(react, resources=resources, gateways=GATEWAYS):
        await soon(lambda: _done(stand))
    letters = await stand.letters()
    assert [letter.code for letter in letters] == ["forbidden"] * 3
    assert all("did not sign" in letter.text for letter in letters)
    board = resources[Board]
    assert isinstance(board, Board_)
    assert len(board.told) == 2  # what anybody may tell, and what the server told


class Board_:  # noqa: N801 - the double of the stage's own word
    """A board that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    async def publish(self, notice: Any) -> str:
        self.told.append(notice.title)
        return notice.key or ""


async def _done(stand: Stand) -> bool:
    rows: Any = await stand.tester.xinfo_groups(keys.topic("events"))
    return all(row["lag"] == 0 and row["pending"] == 0 for row in rows)


async def test_whoever_follows_the_page_does_not_hear_what_is_forged(stand: Stand) -> None:
    heard: list[bytes] = []
    await stand.redis.xadd(keys.topic("events"), {"data": "{}"})
    with Happenings(stand.redis, RING).heard(lambda _, data: heard.append(data)):

        async def listening() -> bool:
            await stand.redis.xadd(keys.topic("events"), {"data": "{}"})
            return bool(heard)

        await soon(listening)
        await as_producer(stand, "settings.changed", "disk.full")
        await stand.redis.xadd(keys.topic("events"), Voice(OWN).fields(event("desk.edit")))
        await soon(lambda: any(b"desk.edit" in one for one in heard))
    assert any(b"disk.full" in one for one in heard)
    assert not any(b"settings.changed" in one for one in heard)


async def test_what_a_process_tells_of_a_lost_group_is_believed(stand: Stand) -> None:
    group = Group(stand.redis, "route", "route", "me", held=lambda: (), voice=Voice.of(RING))
    await group.ensure()
    group.last = "1-1"
    await stand.tester.xgroup_destroy(keys.topic("route"), "route")
    await group.ensure()
    rows: Any = await stand.tester.xrange(keys.topic("events"))
    ((_, fields),) = rows
    assert provenance(RING, fields) == (HOUSE, False)
