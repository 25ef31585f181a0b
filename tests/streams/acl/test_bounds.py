"""A role answers for its own, forges no letter, decides nothing, reads nobody's words."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest

from schemas.desk import DeadLetter
from streams.clerk import Clerk
from streams.roles import DURABLE
from streams.store import connect
from tests.redis_server import RedisPair
from tests.streams.acl.roles import GROUPS, READERS, client, refused, run


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
