"""Producers, and what happens to messages that nobody can handle."""

from __future__ import annotations

import json
import shlex
import subprocess
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import NoPermissionError

from streams.embedded import socket_folder
from tests.ops.cli.conftest import Nexus


def line(nexus: Nexus) -> str:
    ran = nexus("events", "env")
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def pasted(nexus: Nexus, data: str) -> str:
    """Paste the printed line into a shell with another message in it; return the entry's id."""
    words = shlex.split(line(nexus))
    (example,) = [word for word in words if word.startswith("{")]
    command = line(nexus).replace(shlex.quote(example), shlex.quote(data))
    ran = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=20, check=True
    )
    assert ran.stderr == ""
    return ran.stdout.strip().strip('"')


def redis(nexus: Nexus, role: str) -> Redis:
    return Redis(
        unix_socket_path=str(socket_folder(nexus.root) / "durable.sock"),
        username=role,
        password=(nexus.root / f"secrets/redis/{role}").read_text().strip(),
        decode_responses=True,
    )


def record(nexus: Nexus, turn: str) -> list[Any]:
    nexus.until(lambda status: status["running_turns"] == 0)
    with redis(nexus, "terminal") as reader:
        rows: Any = reader.lrange(f"nexus:turn:{turn}", 0, -1)
    return [json.loads(row) for row in rows]


def test_a_producer_is_answered_and_can_claim_nothing(nexus: Nexus) -> None:
    claims = {"person": "owner", "channel": "terminal", "session": "terminal", "chat": "terminal"}
    entry = pasted(nexus, json.dumps({"text": "how much disk space is free?", **claims}))
    nexus.until(lambda status: record(nexus, f"producer-{entry}") != [])
    asked, *_, said = record(nexus, f"producer-{entry}")
    assert asked["person"] == asked["channel"] == "producer"
    assert asked["profile"] == "readonly"
    assert asked["chat"] == f"producer-{entry}"
    assert said["kind"] == "said"
    assert "free" in said["text"]


def test_no_password_is_among_the_arguments(nexus: Nexus) -> None:
    first, *rest = shlex.split(line(nexus))
    assert first.startswith("REDISCLI_AUTH=")
    assert first.partition("=")[2] not in rest


def test_a_producer_may_knock_and_nothing_else(nexus: Nexus) -> None:
    with redis(nexus, "producer") as producer:
        for words in ("XADD nexus:tool * data {}", "XRANGE nexus:inbox - +", "KEYS *", "INFO"):
            with pytest.raises(NoPermissionError):
                producer.execute_command(*words.split())


def test_what_cannot_be_read_lies_at_the_desk(nexus: Nexus) -> None:
    before = {one["id"] for one in nexus.json("dead", "list")}
    for data in ('{"text": ', '{"text": "\\u001b[2J", "v": 99}'):
        pasted(nexus, data)
    nexus.until(lambda status: status["dead_letters"] == len(before) + 2)
    newer, broken = [one for one in nexus.json("dead", "list") if one["id"] not in before]
    assert (broken["stage"], broken["source"], broken["code"]) == ("admit", "inbox", "invalid")
    assert broken["id"] in nexus("dead", "list").stdout

    found = nexus.json("dead", "show", broken["id"])
    assert found["decoded"] == '{"text": '
    assert found["attempts"] == []  # no second try makes it readable
    shown = nexus("dead", "show", newer["desk"]).stdout
    assert "\x1b" not in shown
    assert newer["id"] in shown
    assert nexus.json("dead", "show", newer["id"].lower())["id"] == newer["id"]

    many = nexus("dead", "show", broken["id"][:4])
    assert many.returncode == 1
    assert "use more of the id" in many.stderr
    assert nexus("dead", "show", "nothing").returncode == 1

    # Sent again it is still what it was: it comes back to the desk under a new id.
    assert nexus("dead", "redrive", broken["id"]).returncode == 0
    found = nexus.until(lambda status: status["dead_letters"] == len(before) + 2)
    for one in nexus.json("dead", "list"):
        if one["id"] not in before:
            assert nexus("dead", "drop", one["id"]).returncode == 0
    assert {one["id"] for one in nexus.json("dead", "list")} == before


def test_an_empty_desk_says_so(other: Nexus) -> None:
    ran = other("dead", "list")
    assert ran.returncode == 3
    assert "nexus up" in ran.stderr
