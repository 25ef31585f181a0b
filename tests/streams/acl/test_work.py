"""With its own rights each role can do its work, from end to end."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streams import functions
from streams.allowances import TOPICS
from tests.redis_server import TESTER, RedisPair, private_redis
from tests.streams.acl.roles import GROUPS, READERS, client, run


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
        listener: Any = client(servers, "durable", "core")
        with listener.pubsub() as hints:
            hints.subscribe("nexus:hints")
            assert hints.get_message(timeout=5)["type"] == "subscribe"
            freed: Any = run(supervisor, "FCALL", "release", 0, "me", 1, 3, *pairs, 0)
            assert freed == [0, 0]
            assert hints.get_message(timeout=5)["data"] == "free"


@pytest.mark.parametrize("role", READERS)
def test_a_stage_makes_its_group_again(servers: RedisPair, role: str) -> None:
    """It may look at all that says what is finished: what is, is not pending again."""
    group = "send" if role == "channels" else role.removeprefix("stage-")
    topic = {reads: name for name, reads in GROUPS.items()}[group]
    data = '{"turn": "%s", "session": "s", "person": "p", "id": "c"}'
    over = {"data": data % "over", "n": 1, "sig": "x"}
    with private_redis(live=False, tester=True) as own, client(own, "durable", TESTER) as tester:
        tester.function_load(functions.source())
        for fields in (over, {**over, "data": data % "t"}):
            entry = tester.xadd(f"nexus:{topic}", fields)
        tester.zadd("nexus:turns", {"t": 1})
        tester.rpush("nexus:turn:t", "asked")
        tester.sadd("nexus:turn:t open", "c")
        tester.zadd("nexus:waiting:inbox:s", {str(entry): 1})
        tester.zadd("nexus:waiting:control:p", {str(entry): 1})
        tester.hset(f"nexus:trouble:{topic}:{group}", str(entry), '{"g":1,"c":0}')
        redis = client(own, "durable", role)
        words = ("FCALL", "regroup", 1, f"nexus:{topic}", topic, group, "me", str(entry), 0)
        unknown = 0 if topic in {*TOPICS[:5], "control"} else 1
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
    call = ("FCALL", "redrive", 0, "tool", "t1", "s1", 1, "", 1, "sent on", 1, *letter)
    assert run(desk, *call) == "OK"
    assert run(desk, *call) == "GONE"
