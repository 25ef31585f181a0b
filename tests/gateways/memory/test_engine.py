"""Facts in a real Redis with its query engine: found by their words, and by nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis import Redis

from gateways.memory.base import MemoryOff, mark
from gateways.memory.engine import NAME, Engine
from processors.memory.memories import name_of
from schemas.base import now_ms
from schemas.memory import Fact
from streams import keys
from streams.line import Away
from tests.redis_server import TESTER, RedisPair, private_redis
from tests.stand import Stand, soon


def fact(text: str, person: str = "owner", **more: object) -> Fact:
    return Fact.model_validate(
        {"id": name_of(person, text), "person": person, "text": text, **more}
    )


async def test_a_fact_is_found_by_words_in_another_form(facts: Engine) -> None:
    router, window = fact("The router stands in the cellar."), fact("The windows are old.")
    for one in (router, window):
        await facts.put(one)
    assert [one.fact for one in await facts.search("owner", "where is my router?", 5)] == [router]
    assert [one.fact for one in await facts.search("owner", "which window?", 5)] == [window]
    assert await facts.search("owner", "what is it?", 5) == []
    assert await facts.get("owner", router.id) == router
    assert await facts.count("owner") == 2
    assert await facts.people() == {mark("owner")}


@pytest.mark.parametrize("other", ["Owner", "owner,grace", "owner|grace", "*", "owner}@who:{*"])
async def test_of_others_nothing_is_told(facts: Engine, other: str) -> None:
    mine = fact("The router stands in the cellar.")
    await facts.put(mine)
    for colour in ("red", "blue", "green"):
        await facts.put(fact(f"Router, {colour}.", other))
    # Nor do theirs take the room of mine.
    assert [one.fact for one in await facts.search("owner", "router", 1)] == [mine]
    assert await facts.newest("owner", 1) == [mine]
    assert await facts.count("owner") == 1
    assert await facts.get(other, mine.id) is None
    theirs = await facts.search(other, "router cellar", 5)
    assert [one.fact.person for one in theirs] == [other] * 3


@pytest.mark.parametrize(
    "words", ["@who:{*}", "*", "router) | (@terms:*", "-router", '"', "=>[KNN"]
)
async def test_words_are_no_query(facts: Engine, words: str) -> None:
    await facts.put(fact("Grace likes tea.", "grace"))
    assert await facts.search("owner", words, 5) == []


async def test_what_is_over_or_gone_is_not_told(facts: Engine, searching: RedisPair) -> None:
    now = now_ms()
    over = fact("The router is new.", keep="working", until=now + 60_000)
    gone = fact("The router is red.", gone=True)
    await facts.put(over)
    await facts.put(gone)
    assert [one.fact for one in await facts.search("owner", "router", 5)] == [over]
    with Redis.from_url(searching.durable_url(TESTER)) as tester:
        key = keys.fact(mark("owner"), over.id)
        assert 0 < tester.pttl(key) <= 60_000
        assert tester.pttl(keys.fact(mark("owner"), gone.id)) == -1
        # As if Redis had not come to it yet.
        tester.hset(key, mapping={"until": now - 1})
    assert await facts.search("owner", "router", 5) == []
    assert await facts.newest("owner", 5) == []
    await facts.drop("owner", over.id)
    assert await facts.people() == frozenset()


async def test_the_newest_are_leafed_through(facts: Engine) -> None:
    for at in range(1, 6):
        await facts.put(fact(f"fact {at}", at=at, keep="long" if at % 2 else "permanent"))
    assert [one.at for one in await facts.newest("owner", 2)] == [5, 4]
    assert [one.at for one in await facts.newest("owner", 9, before=4)] == [3, 2, 1]
    assert [one.at for one in await facts.newest("owner", 9, keep="permanent")] == [4, 2]


async def test_an_index_that_went_is_made_again(facts: Engine, searching: RedisPair) -> None:
    one = fact("The router stands in the cellar.")
    await facts.put(one)
    with Redis.from_url(searching.durable_url(TESTER)) as tester:
        tester.execute_command("FT.DROPINDEX", NAME)
    await facts.count("owner")
    await facts.put(one)
    assert [found.fact for found in await facts.search("owner", "router", 5)] == [one]


async def test_what_is_remembered_outlives_a_redis_that_is_killed(
    searching: RedisPair, tmp_path: Path
) -> None:
    one = fact("The router stands in the cellar.")
    assert searching.engine.can_search
    with private_redis(tmp_path, live=False, search=True) as servers:
        for killed in (False, True):
            engine = Engine(lambda: servers.durable_url("memory"))
            if killed:
                servers.durable.kill()
                servers.durable.start()
            else:
                await engine.put(one)

            async def found(engine: Engine = engine) -> bool:
                return [each.fact for each in await engine.search("owner", "router", 5)] == [one]

            await soon(found)
            await engine.close()


async def test_what_nobody_can_read_is_left_out(facts: Engine, searching: RedisPair) -> None:
    broken, whole = fact("The router is red."), fact("The router is new.")
    for one in (broken, whole):
        await facts.put(one)
    with Redis.from_url(searching.durable_url(TESTER)) as tester:
        tester.hset(keys.fact(mark("owner"), broken.id), "body", "{}")
    assert [one.fact for one in await facts.search("owner", "router", 5)] == [whole]
    assert await facts.newest("owner", 5) == [whole]
    assert await facts.get("owner", broken.id) is None


async def test_without_the_engine_it_says_so(stand: Stand) -> None:
    engine = Engine(lambda: stand.servers.durable_url("memory"))
    try:
        assert await engine.people() == frozenset()
        for asking in (engine.put(fact("a b")), engine.search("owner", "router", 5)):
            with pytest.raises(MemoryOff, match="has no query engine"):
                await asking
    finally:
        await engine.close()


async def test_without_a_redis_it_says_so(tmp_path: Path) -> None:
    engine = Engine(lambda: f"unix://{tmp_path}/nobody.sock")
    try:
        for asking in (engine.people(), engine.newest("owner", 5)):
            with pytest.raises(Away):
                await asking
    finally:
        await engine.close()
