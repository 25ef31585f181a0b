"""What a Redis says of itself, and what is made of one that says little."""

from __future__ import annotations

import pytest

from streams.checkup import Checkup, read
from streams.line import Away
from streams.store import connect
from tests.stand import Stand


async def test_both_servers_are_asked_by_their_own_roles(stand: Stand) -> None:
    await stand.redis.set("nexus:busy-mark", "x")
    durable = Checkup(connect(stand.servers.durable_url("core")))
    live = Checkup(connect(stand.servers.live_url("live")))
    one, other = await durable.look(), await live.look()
    assert (one.aof, one.aof_ok, one.policy) == (True, True, "noeviction")
    assert other.aof is False
    assert one.used > 0
    assert one.keys > 0
    assert one.clients > 0
    assert (one.role, other.role) == ("master", "master")
    await durable.close()
    await live.close()


async def test_one_that_is_away_says_so() -> None:
    gone = Checkup(connect("unix:///nowhere/at/all.sock"))
    with pytest.raises(Away):
        await gone.look()
    await gone.close()


def test_a_server_that_says_little_is_read_all_the_same() -> None:
    found = read({"redis_version": "7.0.15", "db0": {"keys": 3}, "db1": {"keys": 4}})
    assert (found.version, found.keys, found.saved_at, found.aof) == ("7.0.15", 7, None, False)


def test_what_went_wrong_is_told() -> None:
    found = read(
        {"aof_enabled": 1, "aof_last_write_status": "err", "rdb_last_bgsave_status": "err"}
    )
    assert (found.aof_ok, found.save_ok) == (False, False)
    never = read({"rdb_last_save_time": 1_700_000_000, "rdb_saves": 0, "uptime_in_seconds": 5})
    assert never.saved_at is None
