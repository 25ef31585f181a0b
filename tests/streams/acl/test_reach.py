"""What each role may reach: topics, functions, and nothing that nobody may."""

from __future__ import annotations

import pytest
from redis import Redis
from redis.exceptions import RedisError

from streams import acl, functions
from streams.allowances import FUNCTIONS, REDRIVEN, STREAMS, TOPICS
from streams.roles import DURABLE, LIVE, ROLES
from tests.redis_server import RedisPair, new_passwords
from tests.streams.acl.roles import client, refused, run

NOBODY_MAY = (
    "EVAL return(1) 0",
    "EVAL_RO return(1) 0",
    "FUNCTION FLUSH",
    "FUNCTION DELETE nexus",
    "FUNCTION RESTORE x",
    "FUNCTION DUMP",
    "CONFIG SET appendfsync no",
    "CONFIG REWRITE",
    "KEYS *",
    "MODULE LOAD /tmp/x.so",
    "DEBUG SLEEP 0",
    "REPLICAOF no one",
    "SLAVEOF no one",
    "FLUSHALL",
    "FLUSHDB",
    "SHUTDOWN NOSAVE",
    "SAVE",
    "BGREWRITEAOF",
    "ACL LIST",
    "ACL SETUSER default on nopass +@all",
    "ACL GETUSER core",
    "CLIENT LIST",
    "CLIENT KILL TYPE normal",
    "CLIENT PAUSE 10",
    "MONITOR",
    "SYNC",
    "RESTORE nexus:inbox 0 x",
    "MIGRATE h 1 k 0 1",
    "SWAPDB 0 0",
    "LATENCY RESET",
    "SLOWLOG GET",
    "XGROUP DESTROY nexus:route readers",
    "XGROUP SETID nexus:route readers 0",
    "SUBSCRIBE elsewhere",
    "PSUBSCRIBE *",
    "SET outside 1",
    "GET outside",
)


ONLY_BOOT = ("FUNCTION LOAD x", "FUNCTION LIST", "CONFIG GET appendfsync")


@pytest.mark.parametrize("role", DURABLE)
@pytest.mark.parametrize("server", ["durable", "live"])
def test_what_no_role_may(servers: RedisPair, server: str, role: str) -> None:
    if server == "live" and role not in LIVE:
        with pytest.raises(RedisError, match="invalid username-password"):
            client(servers, server, role).ping()
        return
    redis = client(servers, server, role)
    allowed = [line for line in NOBODY_MAY if not refused(redis, *line.split())]
    assert not allowed
    assert (role == "backup") is not refused(redis, "BGSAVE", "SCHEDULE")
    if role != "boot":
        assert not [line for line in ONLY_BOOT if not refused(redis, *line.split())]
        assert refused(redis, "SCRIPT", "LOAD", "return 1")


@pytest.mark.parametrize("role", LIVE)
def test_what_no_role_may_on_the_live_server(servers: RedisPair, role: str) -> None:
    redis = client(servers, "live", role)
    assert not [line for line in NOBODY_MAY if not refused(redis, *line.split())]


def test_the_default_user_is_nobody(servers: RedisPair) -> None:
    with pytest.raises(RedisError, match=r"HELLO must be called|Authentication required"):
        Redis(unix_socket_path=str(servers.pair.durable.socket)).ping()


MAY_ADD = {
    "boot": "",
    "supervisor": "events",
    "core": " ".join(TOPICS),
    "channels": "inbox control events",
    "stage-admit": "route outbox events",
    "stage-route": "think tool respond events",
    "stage-think": "tool respond events",
    "stage-tool": "route think respond cards events",
    "stage-respond": "outbox route tool cards events",
    "stage-deliver": "parcels events",
    "stage-show": "parcels events",
    "stage-steer": "outbox tool cards events",
    "stage-react": "inbox events forward",
    "stage-forward": "events",
    "producer": "inbox events",
    "terminal": "inbox control events",
    "desk": " ".join(REDRIVEN),
    "journal": "",
    "backup": "",
    "memory": "",
    "schedules": "",
}


@pytest.mark.parametrize("role", DURABLE)
def test_who_may_add_where(servers: RedisPair, role: str) -> None:
    redis = client(servers, "durable", role)
    # An id of 0-0 is refused after the access list said yes: nothing is written.
    add = [(topic, ("XADD", f"nexus:{topic}", "0-0", "d", "x")) for topic in TOPICS]
    open_to = [topic for topic, words in add if not refused(redis, *words)]
    assert open_to == [topic for topic in TOPICS if topic in MAY_ADD[role].split()]


READS = {
    "core": " ".join(TOPICS),
    "channels": "parcels",
    "stage-deliver": "outbox",
    "stage-show": "cards",
    "journal": " ".join(TOPICS),
    **{f"stage-{topic}": topic for topic in ("route", "think", "tool", "respond")},
    "stage-admit": "inbox",
    "stage-steer": "control",
    "stage-react": "events",
    "stage-forward": "forward",
}


@pytest.mark.parametrize("role", DURABLE)
def test_who_may_read_and_acknowledge_where(servers: RedisPair, role: str) -> None:
    redis = client(servers, "durable", role)
    for words in (
        ("XREADGROUP", "GROUP", "readers", "me", "COUNT", "1", "STREAMS", "KEY", ">"),
        ("XACK", "KEY", "readers", "1-1"),
        ("XTRIM", "KEY", "MINID", "0"),
    ):
        open_to = [
            topic
            for topic, key in zip(TOPICS, STREAMS, strict=True)
            if not refused(redis, *(key if word == "KEY" else word for word in words))
        ]
        may = "" if (role, words[0]) == ("journal", "XTRIM") else READS.get(role, "")
        assert open_to == [topic for topic in TOPICS if topic in may.split()]


MAY_CALL = {
    "boot": {"version"},
    "supervisor": {"release", "version"},
    "core": set(FUNCTIONS) - {"redrive"},
    "producer": set(),
    "terminal": {"accept", "tell", "command", "version"},
    "desk": {"redrive", "version"},
    "journal": {"lead", "resign", "version"},
    "backup": set(),
    "memory": set(),
    "schedules": set(),
}


TENDING = {"beat", "reclaim", "release", "regroup", "trim", "retire", "bury", "fail", "version"}


COMMITS = {
    "channels": {"accept", "command", "hop"},
    "stage-admit": {"admit", "lead", "resign"},
    "stage-route": {"hop"},
    "stage-think": {"hop"},
    "stage-tool": {"settle", "ask", "spawn", "effect_start"},
    "stage-respond": {"finish"},
    "stage-deliver": {"hop"},
    "stage-show": {"hop"},
    "stage-steer": {"halt", "decide", "revoke"},
    "stage-react": {"accept", "tell", "fire", "hop"},
    "stage-forward": {"hop"},
}


def test_the_table_knows_every_function() -> None:
    assert set(FUNCTIONS) == {*functions.NAMES, "version"}


@pytest.mark.parametrize("role", DURABLE)
def test_who_may_call_what(servers: RedisPair, role: str) -> None:
    redis = client(servers, "durable", role)
    expected = MAY_CALL[role] if role in MAY_CALL else TENDING | COMMITS[role]
    found = {name for name in FUNCTIONS if not refused(redis, "FCALL", name, 0)}
    assert found == expected


def test_a_function_does_not_lend_its_rights(servers: RedisPair) -> None:
    """A hop called by the wrong stage fails inside, and nothing was written before."""
    redis = client(servers, "durable", "stage-think")
    with client(servers, "durable", "core") as core:
        entry = core.xadd("nexus:think", {"data": "{}"})
        core.xreadgroup("think", "me", {"nexus:think": ">"})
        before = core.xlen("nexus:outbox")
        item = (entry, "0", "", 0, 1, "outbox", "a forged reply", 0, 0)
        call = ("think", "think", "me", "token", 1, *item)
        answers = run(redis, "FCALL", "hop", 1, "nexus:think", *call)
        assert answers[0].startswith("ERR")
        assert "can't access" in answers[0] or "No permissions" in answers[0]
        assert core.xlen("nexus:outbox") == before
        assert core.xpending("nexus:think", "think")["pending"] == 1
        assert refused(redis, "FCALL", "hop", 1, "nexus:route", *call)


def test_the_live_roles(servers: RedisPair) -> None:
    live, reader = client(servers, "live", "live"), client(servers, "live", "terminal")
    limits = client(servers, "live", "web-limits")
    assert live.xadd("nexus:live:s", {"e": "x"}, maxlen=10)
    assert live.set("nexus:live-epoch", "1")
    assert len(reader.xrange("nexus:live:s")) == 1  # type: ignore[arg-type]
    assert refused(reader, "XADD", "nexus:live:s", "*", "e", "x")
    messengers = client(servers, "live", "channels")
    assert messengers.xlen("nexus:live:telegram-1") == 0
    for session in ("s", "web-1", "sessions-owner", "task-1"):
        for words in ("XRANGE KEY - +", "XREAD STREAMS KEY 0", "XLEN KEY"):
            assert refused(messengers, *words.replace("KEY", f"nexus:live:{session}").split())
    assert refused(limits, "GET", "nexus:live-epoch")
    digest = limits.script_load("return redis.call('INCR', KEYS[1])")
    assert limits.evalsha(str(digest), 1, "nexus:limits:a") == 1
    assert refused(limits, "EVALSHA", digest, 1, "nexus:live-epoch")


def test_an_aclfile_holds_no_password_and_refuses_short_ones() -> None:
    passwords = new_passwords()
    text = acl.render("durable", passwords)
    assert not any(password in text for password in passwords.values())
    assert text.count("\nuser ") == len(DURABLE)
    with pytest.raises(ValueError, match="core is shorter than 16"):
        acl.render("durable", {**passwords, "core": "short"})


def test_every_role_of_the_table_is_tested() -> None:
    assert set(ROLES) == {*MAY_ADD, *LIVE}
