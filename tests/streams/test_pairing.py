"""Strangers who ask to be known, in the roles that do it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from redis.exceptions import NoPermissionError

from schemas.errors import NotFound, TooMuch
from streams import keys
from streams.pairing import MOST_AN_HOUR, TRIES, Pairing
from streams.sent import Sent
from streams.store import connect
from tests.stand import Stand


async def test_a_stranger_has_one_code_until_it_is_used(stand: Stand) -> None:
    messengers = connect(stand.servers.durable_url("channels"))
    desk = connect(stand.servers.durable_url("desk"))
    offers, owner = Pairing(messengers.execute_command), Pairing(desk.execute_command)
    offered = await offers.offer("telegram", "17", "Ada")
    assert offered is not None
    code, fresh = offered
    assert fresh
    assert await offers.offer("telegram", "17", "Ada") == (code, False)
    stranger = await owner.look(f"{code[:4]}-{code[4:]}".lower())
    assert (stranger.channel, stranger.who, stranger.name) == ("telegram", "17", "Ada")
    await owner.used(code, stranger)
    with pytest.raises(NotFound):
        await owner.look(code)
    await messengers.aclose()
    await desk.aclose()


async def test_who_waits_is_listed_until_somebody_decides(stand: Stand) -> None:
    messengers = connect(stand.servers.durable_url("channels"))
    offers, owner = Pairing(messengers.execute_command), Pairing(stand.redis.execute_command)
    assert await owner.waiting() == []
    ada, eve, bob = [await offers.offer("telegram", who, f"N{who}") for who in ("17", "18", "19")]
    assert ada is not None
    assert eve is not None
    assert bob is not None
    assert {code for code, _ in await owner.waiting()} == {ada[0], eve[0], bob[0]}
    await owner.used(ada[0], await owner.look(ada[0]))
    refused = await owner.refuse(eve[0])
    assert (refused.who, refused.name) == ("18", "N18")
    assert [(code, one.who) for code, one in await owner.waiting()] == [(bob[0], "19")]
    # Who was refused hears nothing, and their code opens nothing.
    assert await offers.offer("telegram", "18", "N18") is None
    for code in (eve[0], "nonsense", "BBBB-BBBB"):
        with pytest.raises(NotFound):
            await owner.refuse(code)
    await messengers.aclose()


@pytest.mark.parametrize(
    "kept",
    [
        "no json",
        "[]",
        "[" * 5_000,
        "{}",
        '{"channel": "telegram", "who": "1 2", "name": "x", "at": 1}',
        '{"channel": "telegram", "who": 17, "name": "x", "at": 1}',
        '{"channel": "", "who": "17", "name": "x", "at": 1}',
        '{"channel": "telegram", "who": "17", "name": null, "at": 1}',
        '{"channel": "telegram", "who": "17", "name": "x", "at": -1}',
        '{"channel": "telegram", "who": "17", "name": "x", "at": true}',
        '{"channel": "telegram", "who": "17", "at": 1, "name": "' + "x" * 5_000 + '"}',
    ],
)
async def test_what_is_no_stranger_is_nobody(stand: Stand, kept: str) -> None:
    """The messengers' process may write there what it likes."""
    messengers: Any = connect(stand.servers.durable_url("channels"))
    await messengers.execute_command("SET", "nexus:pairing:code:BCDF2345", kept)
    await messengers.execute_command("ZADD", "nexus:pairing:waiting", 1, "BCDF2345")
    await messengers.execute_command("ZADD", "nexus:pairing:waiting", 1, "../tries")
    owner = Pairing(stand.redis.execute_command)
    assert await owner.waiting() == []
    with pytest.raises(NotFound):
        await owner.look("BCDF-2345")
    await messengers.aclose()


async def test_only_so_many_ask_in_an_hour(stand: Stand) -> None:
    pairing = Pairing(stand.redis.execute_command)
    offers = [await pairing.offer("telegram", str(who), "x") for who in range(MOST_AN_HOUR + 2)]
    assert all(offers[:MOST_AN_HOUR])
    assert offers[MOST_AN_HOUR:] == [None, None]


async def test_a_count_has_an_end_though_somebody_died_over_it(stand: Stand) -> None:
    redis: Any = stand.redis

    async def dying(*words: Any) -> Any:
        if words[0] == "EXPIRE":
            raise ConnectionResetError("killed")
        return await redis.execute_command(*words)

    for how in (dying, redis.execute_command):
        with suppress(ConnectionResetError):
            await Pairing(how).offer("telegram", "17", "x")
        with suppress(ConnectionResetError, NotFound):
            await Pairing(how).guess("BBBB-BBBB")
    for count in ("count:telegram", "tries"):
        assert await stand.tester.ttl(f"{keys.PAIRING}{count}") > 0, count


async def test_codes_are_not_guessed(stand: Stand) -> None:
    pairing = Pairing(stand.redis.execute_command)
    offered = await pairing.offer("telegram", "17", "Ada")
    assert offered is not None
    for _ in range(TRIES):
        with pytest.raises(NotFound):
            await pairing.guess("BBBB-BBBB")
    with pytest.raises(TooMuch):
        await pairing.guess(offered[0])


async def test_a_messenger_reads_nobody_s_words(stand: Stand) -> None:
    """What it needs is in the parcels; it can neither read a turn nor make anybody known."""
    thief: Any = connect(stand.servers.durable_url("channels"))
    for words in (
        ("LRANGE", "nexus:turn:t", "0", "-1"),
        ("HGETALL", "nexus:session:s"),
        ("XREADGROUP", "GROUP", "deliver", "me", "STREAMS", "nexus:outbox", ">"),
        ("XADD", "nexus:parcels", "*", "data", "{}"),
        ("HGETALL", "nexus:card:home:web:x"),
    ):
        with pytest.raises(NoPermissionError):
            await thief.execute_command(*words)
    sent = Sent(thief)
    assert await sent.sent("telegram", "d") is None
    await sent.note("telegram", "d", "5")
    assert await sent.sent("telegram", "d") == "5"
    await thief.aclose()
