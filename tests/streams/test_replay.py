"""What a function wrote comes back when the server reads its log: after a kill, after a stop."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, BusyLoadingError, RedisError

from streams import functions
from tests.redis_server import RedisPair, private_redis


def accept(redis: Redis, number: int) -> None:
    redis.fcall(
        "accept", 0, "terminal", f"key-{number}", "digest", 3600, "{}", "sig",
        f"id-{number}", "session", 1000, 100,
    )  # fmt: skip


def wait_until_loaded(redis: Redis) -> None:
    until = time.monotonic() + 10
    while True:
        try:
            redis.ping()
        except BusyLoadingError:
            assert time.monotonic() < until
            time.sleep(0.01)
        else:
            return


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_nothing_that_a_function_wrote_is_lost(end: str) -> None:
    with private_redis(live=False) as pair:
        with Redis.from_url(pair.durable_url("boot")) as boot:
            boot.function_load(functions.source(), replace=True)
            boot.xgroup_create("nexus:inbox", "admit", id="0", mkstream=True)
        with Redis.from_url(pair.durable_url("terminal")) as terminal:
            for number in range(20):
                accept(terminal, number)
        getattr(pair.durable, end)()
        pair.durable.start()
        with Redis.from_url(pair.durable_url("core")) as core:
            wait_until_loaded(core)
            assert core.xlen("nexus:inbox") == 20
            assert core.get("nexus:dedupe:terminal:key-7") == b"id-7 digest"
        assert "AOF-loading-client" not in pair.durable.log.read_text()


def test_nobody_can_be_the_user_that_reads_the_log(servers: RedisPair) -> None:
    """It has every right, so it must have no door: no password, none empty, no silence."""
    where = str(servers.pair.durable.socket)
    for user, password in (("default", ""), ("default", "x"), (None, None), ("default", "nopass")):
        with (
            Redis(unix_socket_path=where, username=user, password=password) as redis,
            pytest.raises((AuthenticationError, RedisError), match=r"(?i)auth|password|HELLO"),
        ):
            redis.ping()
    with Redis.from_url(servers.durable_url("producer"), single_connection_client=True) as producer:
        with suppress(RedisError):
            producer.execute_command("RESET")
        with pytest.raises(RedisError):
            producer.xlen("nexus:inbox")
