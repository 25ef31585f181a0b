"""`nexus replay`: from Redis while the server runs, from the journal when nothing runs at all."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from tests.ops.cli.conftest import SECONDS, Nexus, free_port

CUT = """
import socket
def no(*_, **__):
    raise AssertionError("it reaches for the network")
for name in ("sendto", "bind", "listen"):
    setattr(socket.socket, name, no)
socket.getaddrinfo = no
connect = socket.socket.connect
def home(self, address):
    # Whether Redis runs may be asked, on its own socket: it does not.
    return connect(self, address) if self.family == socket.AF_UNIX else no()
socket.socket.connect = home
"""
CHANGED = """
from processors import think
say = think._say
think._say = lambda due, record, text, outcome: say(due, record, text + "!", outcome)
"""


def turn(nexus: Nexus, text: str, status: int = 0) -> str:
    return str(nexus.json("ask", text, status=status)["turn"])


def changed(nexus: Nexus, code: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of a program that was changed in one place."""
    start = f"{code}\nfrom ops.cli import app; app()"
    return subprocess.run(
        [sys.executable, "-P", "-c", start, *words],
        env=nexus.environment, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip


def test_a_turn_is_as_it_was_and_a_change_is_seen(nexus: Nexus) -> None:
    name = turn(nexus, "how much memory is used?")
    ran = nexus("replay", name)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    first, *_, last = ran.stdout.splitlines()
    assert first == "inbox → route → think → tool → think → respond → outbox"
    assert last == "All as it was."
    found: Any = nexus.json("replay", name)
    assert found["identical"]
    assert {one["stage"] for one in found["results"]} >= {"admit", "route", "think", "respond"}

    other = changed(nexus, CHANGED, "replay", name)
    assert other.returncode == 1, other.stdout + other.stderr
    assert "+++ now" in other.stdout
    assert "1 of 7 are NOT as they were." in other.stdout
    told = changed(nexus, CHANGED, "replay", name, "--json")
    assert told.returncode == 1
    assert not json.loads(told.stdout)["identical"]


def test_a_command_and_a_tool_named_directly_are_as_they_were(nexus: Nexus) -> None:
    asked = (("/help", 0), ("!time_now zone=Asia/Tokyo", 0), ("write me a poem", 1))
    for text, status in asked:
        ran = nexus("replay", turn(nexus, text, status))
        assert ran.returncode == 0, ran.stdout + ran.stderr


def test_an_unknown_turn_is_said_to_be_that(nexus: Nexus) -> None:
    ran = nexus("replay", "nothing")
    assert ran.returncode == 1
    assert "Nobody remembers a turn nothing" in ran.stderr


def test_the_journal_alone_is_enough_with_the_network_cut(other: Nexus) -> None:
    assert other("init", "--port", str(free_port())).returncode == 0
    assert other("up", "--detach").returncode == 0
    first = turn(other, "what time is it?")
    second = turn(other, "how busy is the CPU?")
    other.until(lambda _: other.json("history")["turns"][:1] != [])

    def written(_: Any) -> bool:
        return [t["answer"] is not None for t in other.json("history")["turns"]] == [True, True]

    other.until(written)
    assert other("down").returncode == 0
    for name in (first, second):
        ran = changed(other, CUT, "replay", name, "--json")
        assert ran.returncode == 0, ran.stdout + ran.stderr
        found = json.loads(ran.stdout)
        assert found["identical"]
        assert found["way"] == "inbox → route → think → tool → think → respond → outbox"
        assert found["results"][0]["stage"] == "admit"
