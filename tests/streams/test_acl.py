"""No role can do what it must not, on a real server with the real functions."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import NoPermissionError, RedisError, ResponseError

from schemas.desk import DeadLetter
from streams import acl, functions
from streams.clerk import Clerk
from streams.roles import DURABLE, FUNCTIONS, LIVE, REDRIVEN, ROLES, STREAMS, TOPICS
from streams.store import connect
from tests.redis_server import TESTER, RedisPair, new_passwords, private_redis

GROUPS = {
    "inbox": "admit", "route": "route", "think": "think", "tool": "tool",
    "respond": "respond", "outbox": "deliver", "cards": "show", "control": "steer",
    "parcels": "send",
}  # fmt: skip
"""Who reads each topic."""
READERS = [*(f"stage-{name}" for name in GROUPS.values() if name != "send"), "channels"]
"""Every role that reads one."""


@pytest.fixture(scope="module")
def servers() -> Iterator[RedisPair]:
    with private_redis() as pair:
        with Redis.from_url(pair.durable_url("boot")) as boot:
            boot.function_load(functions.source(), replace=True)
        with Redis.from_url(pair.durable_url("core")) as core:
            for topic in TOPICS:
                core.xgroup_create(
                    f"nexus:{topic}", GROUPS.get(topic, "desk"), id="0", mkstream=True
                )
            core.rpush("nexus:turn:t", "a secret")
        yield pair


def client(servers: RedisPair, server: str, role: str) -> Redis:
    url = servers.durable_url(role) if server == "durable" else servers.live_url(role)
    return Redis.from_url(url, decode_responses=True)


def run(redis: Any, *words: Any) -> Any:
    return redis.execute_command(*words)


def refused(redis: Redis, *words: Any) -> bool:
    """Whether the access list, and nothing else, says no."""
    try:
        run(redis, *words)
    except NoPermissionError:
        return True
    except ResponseError as error:
        # Inside a function the refusal comes wrapped in the script's error.
        words_of_refusal = ("can't access", "can't run", "command not allowed", "No permissions")
        return any(word in str(error) for word in words_of_refusal)
    return False


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


@pytest.mark.parametrize("role", READERS)
def test_a_stage_answers_for_its_own_group_only(servers: RedisPair, role: str) -> None:
    """Who could write another's token could make its commits seem done already."""
    redis = client(servers, "durable", role)
    mine = {"send"} if role == "channels" else {role.removeprefix("stage-")}
    for topic, group in GROUPS.items():
        keys = (f"nexus:token:{group}:a", f"nexus:trouble:{topic}:{group}")
        writes = (("SET", keys[0], "t\nOK 1"), ("DEL", keys[0]), ("HSET", keys[1], "1-1", "{}"))
        assert {refused(redis, *words) for words in writes} == {group not in mine}
        assert refused(redis, "HSET", f"nexus:trouble:{topic}", "1-1", "{}")


@pytest.mark.parametrize("role", ["supervisor", "desk", "terminal", "journal", "producer"])
def test_who_runs_no_stage_answers_for_none(servers: RedisPair, role: str) -> None:
    redis = client(servers, "durable", role)
    assert refused(redis, "SET", "nexus:token:tool:a", "t\nOK 1")
    for key in ("nexus:lease:journal", "nexus:lease:watch"):
        if role != "journal":
            assert refused(redis, "DEL", key)


FORGED = json.dumps(
    {
        "id": "forged",
        "at": 1,
        "code": "bug",
        "error": "Bug",
        "text": "I was under way.",
        "stage": "tool",
        "source": "tool",
        "entry": "1-1",
        "size": 2,
        "original": "e30=",
        "turn": "t9",
        "session": "s9",
        "signature": "terminal:00",
    }
)
"""A letter whose redrive would be a call that nobody made."""


@pytest.mark.parametrize("role", READERS)
def test_a_letter_cannot_be_forged(servers: RedisPair, role: str) -> None:
    """Who gives up says why; what it was, and where it came from, is read from the road."""
    redis = client(servers, "durable", role)
    group = "send" if role == "channels" else role.removeprefix("stage-")
    topic = {reads: name for name, reads in GROUPS.items()}[group]
    for words in (
        ("XADD", "nexus:dead", "*", "data", FORGED),
        ("FCALL", "file", 1, f"nexus:{topic}", 1, topic, group, "1-1", "", FORGED),
        ("FCALL", "redrive", 0, "inbox", "", 0, "", 0, 1, "1-1", "{}", "", "", ""),
    ):
        assert refused(redis, *words)
    with client(servers, "durable", "core") as core:
        before = core.xlen("nexus:dead")
        entry = core.xadd(f"nexus:{topic}", {"data": '{"turn": "t1", "session": "s1"}'})
        core.xreadgroup(group, "me", {f"nexus:{topic}": ">"})
        # As a dead letter of another's topic, and as the report of its own.
        call = ("tool" if topic != "tool" else "think", "x", "me", f"a{role}", 1)
        item = (entry, "0", "", "", 0, "", FORGED)
        assert refused(redis, "FCALL", "bury", 1, f"nexus:{topic}", *call, *item, 0)
        call = (topic, group, "me", f"b{role}", 1)
        sent = (1, "dead", FORGED)
        answer: Any = run(redis, "FCALL", "bury", 1, f"nexus:{topic}", *call, *item, *sent)
        assert answer[0].startswith("ERR")
        call = (topic, group, "me", f"c{role}", 1)
        assert run(redis, "FCALL", "bury", 1, f"nexus:{topic}", *call, *item, 0) == ["OK 0"]
        assert core.xlen("nexus:dead") == before
    letter = asyncio.run(filed(servers))
    assert (letter.source, letter.entry, letter.stage) == (topic, entry, group)
    assert base64.b64decode(letter.original) == b'{"turn": "t1", "session": "s1"}'
    assert (letter.turn, letter.session) in {("t1", "s1"), (None, "s1")}
    assert letter.signature == ""
    assert letter.text == "I was under way."


async def filed(servers: RedisPair) -> DeadLetter:
    """Let the clerk do its work; return the one letter it filed."""
    core = connect(servers.durable_url("core"))
    assert await Clerk(core).file() == 1
    rows: Any = await core.xrevrange("nexus:dead", count=1)
    await core.aclose()
    return DeadLetter.model_validate_json(rows[0][1][b"data"])


@pytest.fixture
def asked(servers: RedisPair) -> str:
    """A call that waits for a person, with the cards of three places; its approval's id."""
    with client(servers, "durable", "core") as core:
        core.zadd("nexus:turns", {"t7": 1})
        core.sadd("nexus:turn:t7 open", "c1")
        entry = core.xadd("nexus:tool", {"data": "{}"})
        core.xreadgroup("tool", "me", {"nexus:tool": ">"})
        places = [w for p in ("home:web", "home:terminal", "away:wire") for w in (p, f"t-{p}", p)]
        asking = f"a{entry}"
        item = (entry, "0", "t7", f"s{entry}", 0, 0, "c1", asking, 60_000, 5, 20, "ORANGE", "asked")
        words = (*item, '{"approval": 1}', '{"state": "pending"}', 1, "owner", 3, *places)
        redis = client(servers, "durable", "stage-tool")
        call = ("tool", "tool", "me", f"ask-{entry}", 1, *words)
        found: Any = run(redis, "FCALL", "ask", 1, "nexus:tool", *call)
        assert found[0].startswith("ASKED"), found
        core.delete("nexus:turn:t7 calls")
    return asking


@pytest.mark.parametrize(
    "role", ["terminal", "channels", "producer", "stage-deliver", "stage-show"]
)
def test_a_gateway_decides_nothing(servers: RedisPair, asked: str, role: str) -> None:
    """It can knock with what it signs, and touch neither a request nor anybody's card."""
    redis = client(servers, "durable", role)
    key = f"nexus:approval:{asked}"
    for words in (
        ("HSET", key, "state", "approved"),
        ("HSET", key, "people", "mallory"),
        ("DEL", key),
        ("ZADD", "nexus:approvals", "1", asked),
        ("ZREM", "nexus:approvals", asked),
        ("HSET", f"nexus:card:home:web:{asked}", "token", "mine"),
        ("HSET", "nexus:codes", "AAAA", asked),
        ("HGET", "nexus:codes", "AAAA"),
        ("HSET", "nexus:clock", "count", "1"),
        ("SADD", "nexus:session:s1 asks", asked),
        ("XADD", "nexus:tool", "*", "data", "{}"),
        ("XADD", "nexus:cards", "*", "data", "{}"),
        ("FCALL", "decide", 0, "control", "steer", "me", "1-1", 0, "d", asked, "approved"),
        ("FCALL", "ask", 0, "tool", "tool", "me", "x", 0),
        ("FCALL", "expire", 0, 1 << 40),
    ):
        assert refused(redis, *words), words
    with client(servers, "durable", "core") as core:
        assert core.hget(key, "state") == "pending"


def test_a_place_sees_its_own_cards_only(servers: RedisPair, asked: str) -> None:
    """Who sees another place's code could step up by himself."""
    for role in DURABLE:
        redis = client(servers, "durable", role)
        for place in ("home:web", "home:terminal", "away:wire"):
            own = (role, place) == ("terminal", "home:terminal")
            knows = role in {"core", "desk", "stage-tool", "stage-respond", "stage-steer"}
            sees = not refused(redis, "HGET", f"nexus:card:{place}:{asked}", "code")
            assert sees == (own or knows), (role, place)
    assert not refused(client(servers, "durable", "terminal"), "HGETALL", f"nexus:approval:{asked}")


def test_a_decision_is_made_by_the_control_stage(servers: RedisPair, asked: str) -> None:
    steer = client(servers, "durable", "stage-steer")
    with client(servers, "durable", "core") as core:
        entry = core.xadd("nexus:control", {"data": "{}"})
        core.xreadgroup("steer", "me", {"nexus:control": ">"})
        who = ("owner", "terminal", "s1", "home:terminal", 0, "t-home:terminal", "")
        place = ("control", "steer", "me", entry, 0)
        words = (*place, "d1", asked, "approved", *who)
        assert run(steer, "FCALL", "decide", 1, "nexus:control", *words)[0] == "DECIDED"
        assert core.hget(f"nexus:approval:{asked}", "state") == "approved"


def test_people_s_words_are_closed_to_those_who_need_none(servers: RedisPair) -> None:
    for role in ("boot", "supervisor", "producer", "channels", "backup", "memory"):
        redis = client(servers, "durable", role)
        assert refused(redis, "LRANGE", "nexus:turn:t", "0", "-1")
        assert refused(redis, "XRANGE", "nexus:inbox", "-", "+")
    for role in ("terminal", "journal", "stage-deliver"):
        redis = client(servers, "durable", role)
        assert redis.lrange("nexus:turn:t", 0, -1) == ["a secret"]
        assert refused(redis, "RPUSH", "nexus:turn:t", "a lie")


@pytest.mark.parametrize("role", ["terminal", "channels"])
def test_a_gateway_reads_nobody_s_messages(servers: RedisPair, role: str) -> None:
    redis = client(servers, "durable", role)
    for topic in ("inbox", "control"):
        for words in ("XRANGE KEY - +", "XREVRANGE KEY + -", "XINFO STREAM KEY FULL"):
            assert refused(redis, *words.replace("KEY", f"nexus:{topic}").split())


def test_the_seals_of_the_journal_only_grow(servers: RedisPair) -> None:
    """What the journal sealed nobody takes back: not it, and not the process that does the rest."""
    journal, desk = client(servers, "durable", "journal"), client(servers, "durable", "desk")
    assert run(journal, "XADD", "nexus:_audit", "7-0", "mac", "x") == "7-0"
    assert run(desk, "XINFO", "STREAM", "nexus:_audit")
    for role in DURABLE:
        redis = client(servers, "durable", role)
        for words in (
            "DEL KEY",
            "UNLINK KEY",
            "XDEL KEY 7-0",
            "XTRIM KEY MAXLEN 0",
            "EXPIRE KEY 1",
        ):
            assert refused(redis, *words.replace("KEY", "nexus:_audit").split())
        if role != "journal":
            assert refused(redis, "XADD", "nexus:_audit", "8-0", "mac", "x")


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


class Turn:
    """One message's way, each step in its own role."""

    def __init__(self, servers: RedisPair) -> None:
        self.servers = servers
        self.calls = 0

    def read(self, role: str, topic: str) -> str:
        redis = client(self.servers, "durable", role)
        found: Any = redis.xreadgroup(GROUPS[topic], "me", {f"nexus:{topic}": ">"}, count=1)
        return str(found[0][1][0][0])

    def commit(self, role: str, topic: str, function: str, *item: Any) -> str:
        self.calls += 1
        redis = client(self.servers, "durable", role)
        call = (topic, GROUPS[topic], "me", f"token-{self.calls}", 1, *item)
        answer: Any = run(redis, "FCALL", function, 1, f"nexus:{topic}", *call)
        return str(answer[0])


def test_a_turn_goes_its_whole_way_with_the_roles_of_the_stages() -> None:
    data = json.dumps({"text": "hello"})
    with private_redis() as servers:
        with client(servers, "durable", "boot") as boot:
            boot.function_load(functions.source())
            for topic in TOPICS:
                boot.xgroup_create(
                    f"nexus:{topic}", GROUPS.get(topic, "desk"), id="0", mkstream=True
                )
        turn = Turn(servers)
        terminal = client(servers, "durable", "terminal")
        accepted: Any = run(
            terminal,
            *("FCALL", "accept", 0, "terminal", "key", "digest", 60),
            *(data, "sig", "t1", "s1", 10, 10),
        )
        assert accepted == ["OK", "t1"]
        admit = client(servers, "durable", "stage-admit")
        assert run(admit, "FCALL", "lead", 0, "inbox", "admit", "me", 9000, 0) == "me"
        entry = turn.read("stage-admit", "inbox")
        spent = (4, "s1", "owner", "calls", 1)
        item: tuple[Any, ...] = (entry, "0", "", 60, "t1", "s1", 10, 1, "asked", 1, "route", data)
        assert turn.commit("stage-admit", "inbox", "admit", *item) == "OK 1"
        entry = turn.read("stage-route", "route")
        item = (entry, "0", "t1", 1, "routed", 1, "think", data, 0, 0)
        assert turn.commit("stage-route", "route", "hop", *item).startswith("OK")
        entry = turn.read("stage-think", "think")
        item = (entry, "0", "t1", 1, "thought", 1, "tool", data, 1, "c1", *spent)
        assert turn.commit("stage-think", "think", "hop", *item).startswith("OK")
        entry = turn.read("stage-tool", "tool")
        item = (entry, "0", "t1", 1, "observed", 1, "think", data, "c1", "", *spent)
        assert turn.commit("stage-tool", "tool", "settle", *item).startswith("OK")
        entry = turn.read("stage-think", "think")
        item = (entry, "0", "t1", 1, "thought", 1, "respond", data, 0, *spent)
        assert turn.commit("stage-think", "think", "hop", *item).startswith("OK")
        entry = turn.read("stage-respond", "respond")
        item = (entry, "0", "t1", "s1", 1, "said", 1, "outbox", data, "", "0")
        assert turn.commit("stage-respond", "respond", "finish", *item).startswith("OK")
        entry = turn.read("stage-deliver", "outbox")
        item = (entry, "0", "", 0, 1, "parcels", data, 0, 0)
        assert turn.commit("stage-deliver", "outbox", "hop", *item) == "OK 0"
        entry = turn.read("channels", "parcels")
        assert turn.commit("channels", "parcels", "hop", entry, "0", "", 0, 0, 0, 0) == "OK 0"
        assert terminal.lrange("nexus:turn:t1", 0, -1)[-1] == "said"
        with client(servers, "durable", "core") as core:
            assert core.hgetall("nexus:spent:session:s1") == {"calls": "3"}
        assert not terminal.hget("nexus:busy", "s1")
        for role, topic in (("stage-think", "think"), ("channels", "parcels")):
            tending = client(servers, "durable", role)
            assert run(tending, "FCALL", "trim", 0, topic) is not None
            assert run(tending, "FCALL", "retire", 0, 0, 1, topic, GROUPS[topic]) == 1
        supervisor = client(servers, "durable", "supervisor")
        pairs = [word for topic in ("inbox", "route", "tool") for word in (topic, GROUPS[topic])]
        freed: Any = run(supervisor, "FCALL", "release", 0, "me", 1, 3, *pairs, 0)
        assert freed == [0, 0]


@pytest.mark.parametrize("role", READERS)
def test_a_stage_makes_its_group_again(servers: RedisPair, role: str) -> None:
    """It may look at all that says what is finished: what is, is not pending again."""
    group = "send" if role == "channels" else role.removeprefix("stage-")
    topic = {reads: name for name, reads in GROUPS.items()}[group]
    over = {"data": '{"turn": "over", "session": "s", "id": "c"}', "n": 1, "sig": "x"}
    with private_redis(live=False, tester=True) as own, client(own, "durable", TESTER) as tester:
        tester.function_load(functions.source())
        for fields in (over, {**over, "data": '{"turn": "t", "session": "s", "id": "c"}'}):
            entry = tester.xadd(f"nexus:{topic}", fields)
        tester.zadd("nexus:turns", {"t": 1})
        tester.rpush("nexus:turn:t", "asked")
        tester.sadd("nexus:turn:t open", "c")
        tester.zadd("nexus:waiting:inbox:s", {str(entry): 1})
        tester.hset(f"nexus:trouble:{topic}:{group}", str(entry), '{"g":1,"c":0}')
        redis = client(own, "durable", role)
        words = ("FCALL", "regroup", 1, f"nexus:{topic}", topic, group, "me", str(entry), 0)
        unknown = 0 if topic in {"inbox", "route", "think", "tool", "respond"} else 1
        assert run(redis, *words) == [1, unknown]
        assert run(redis, *words) == []
        (row,) = tester.xpending_range(f"nexus:{topic}", group, "-", "+", 9)
        assert (row["message_id"], row["consumer"]) == (entry, "released")


def test_a_stop_is_published_by_the_control_stage(servers: RedisPair) -> None:
    with client(servers, "durable", "core") as core:
        core.zadd("nexus:turns", {"t9": 1})
        entry = core.xadd("nexus:control", {"data": "{}"})
        core.xreadgroup("steer", "me", {"nexus:control": ">"})
        hints = core.pubsub(ignore_subscribe_messages=True)
        hints.subscribe("nexus:hints")
        item = (entry, "0", "t9", 0, 1, "respond", "{}", 0)
        answer = run(
            client(servers, "durable", "stage-steer"),
            *("FCALL", "halt", 1, "nexus:control", "control", "steer", "me", "x", 1, *item),
        )
        assert answer == ["OK 0"]
        heard = [message for _ in range(20) if (message := hints.get_message(timeout=0.1))]
        assert heard[0]["data"] == "stop t9"


def test_a_dead_letter_goes_back_with_the_role_of_the_desk(servers: RedisPair) -> None:
    desk = client(servers, "durable", "desk")
    with client(servers, "durable", "core") as core:
        entry = core.xadd("nexus:dead", {"data": "{}"})
        core.rpush("nexus:turn:t1", "asked")
    letter = (entry, "{}", "", "", "c1")
    call = ("FCALL", "redrive", 0, "tool", "t1", 1, "", 1, "sent on", 1, *letter)
    assert run(desk, *call) == "OK"
    assert run(desk, *call) == "GONE"


def test_an_aclfile_holds_no_password_and_refuses_short_ones() -> None:
    passwords = new_passwords()
    text = acl.render("durable", passwords)
    assert not any(password in text for password in passwords.values())
    assert text.count("\nuser ") == len(DURABLE)
    with pytest.raises(ValueError, match="core is shorter than 16"):
        acl.render("durable", {**passwords, "core": "short"})


def test_every_role_of_the_table_is_tested() -> None:
    assert set(ROLES) == {*MAY_ADD, *LIVE}
