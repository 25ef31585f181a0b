"""Producers, and what happens to messages that nobody can handle."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import NoPermissionError

from schemas.chat import Call
from schemas.desk import Report
from schemas.record import Asked, Routed, ToolCall
from streams.dead import Origin, letter
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


def record(nexus: Nexus, turn: str) -> list[Any]:
    nexus.until(lambda status: status["running_turns"] == 0)
    with nexus.redis("terminal") as reader:
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
    with nexus.redis("producer") as producer:
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
    rows = nexus("dead", "list").stdout.splitlines()
    (row,) = [row for row in rows if broken["id"] in row]
    assert broken["text"] in row, "a program sees all of it"
    assert "Invalid: Invalid" not in row, "and once"
    assert row == row.rstrip()

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


def lay(nexus: Nexus, *texts: str) -> list[dict[str, Any]]:
    """Have messages given up, and return their letters, oldest first."""
    before = {one["id"] for one in nexus.json("dead", "list")}
    for text in texts:
        pasted(nexus, text)
    nexus.until(lambda status: status["dead_letters"] == len(before) + len(texts))
    return [one for one in nexus.json("dead", "list") if one["id"] not in before][::-1]


def test_letters_are_told_apart(nexus: Nexus) -> None:
    one, _ = lay(nexus, "[1]", '{"v": 1}')
    found = nexus.json("dead", "list", "--stage", "admit", "--code", "invalid")
    assert [row["at"] for row in found] == sorted((row["at"] for row in found), reverse=True)
    assert len(found) == 2
    assert nexus.json("dead", "list", "--code", "bug") == []
    assert "No such letter" in nexus("dead", "list", "--session", "nobody").stdout

    asked = nexus("dead", "drop", "--like", one["id"])
    assert asked.returncode == 2
    assert "This means 2 letters of admit (invalid, Invalid); say --yes" in asked.stderr
    assert nexus("dead", "drop").returncode == 2
    assert nexus("dead", "drop", one["id"], "--like", one["id"]).returncode == 2
    assert nexus("dead", "drop", "--like", one["id"], "--yes").stdout == "Dropped 2 letters.\n"
    assert nexus.json("dead", "list") == []


def test_all_like_one_are_sent_again(nexus: Nexus) -> None:
    old = lay(nexus, "[1]", "[2]")
    ran = nexus("dead", "redrive", "--like", old[0]["id"], "--yes")
    assert ran.stdout == "Sent 2 letters to inbox again.\n"

    def back(_: Any) -> bool:
        new = {one["id"] for one in nexus.json("dead", "list")}
        return len(new) == 2 and not new & {one["id"] for one in old}

    nexus.until(back)
    (again, *_) = nexus.json("dead", "list")
    assert nexus("dead", "drop", "--like", again["id"], "-y").returncode == 0


def test_a_corrected_message_goes_on_and_what_it_was_is_kept(nexus: Nexus) -> None:
    (letter,) = lay(nexus, '{"txt": "how much memory is used?", "id": "mine"}')
    edit = ("dead", "edit", letter["id"])
    for wrong, why in (
        ('{"txt": "how much memory is used?", "id": "mine"}', "Nothing was changed"),
        ('{"text": "", "id": "mine"}', "It does not fit the topic inbox: text"),
        ('{"text": "x", "id": "other"}', "`id` must stay 'mine'"),
    ):
        ran = nexus(*edit, "--data", wrong)
        assert ran.returncode == 1
        assert why in ran.stderr
    # It fits, and is refused all the same: it comes back, and remembers.
    fits = '{"text": "how much memory is used?", "id": "mine", "v": 9}'
    assert nexus(*edit, "--data", fits).returncode == 0

    def returned(_: Any) -> bool:
        found = nexus.json("dead", "list")
        return len(found) == 1 and found[0]["id"] != letter["id"]

    nexus.until(returned)
    (again,) = nexus.json("dead", "list")
    assert again["corrected"] == 1
    (former,) = nexus.json("dead", "show", again["id"])["history"]
    assert former["letter"] == letter["id"]
    assert '{"txt": "how much' in nexus("dead", "show", again["id"]).stdout

    right = '{"text": "how much memory is used?", "id": "mine", "v": 1}'
    editor = f"printf %s {shlex.quote(right)} >"
    script = nexus.root / "editor"
    script.write_text(f'#!/bin/sh\n{editor} "$1"\n')
    script.chmod(0o700)
    ran = nexus("dead", "edit", again["id"], EDITOR=str(script), VISUAL=str(script))
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == f"Sent {again['id']} to inbox, corrected.\n"
    nexus.until(lambda status: status["dead_letters"] == 0)


def test_calls_of_one_step_are_sent_together(nexus: Nexus) -> None:
    """One of them alone would let the turn go on without the other; the desk says so."""
    who: dict[str, Any] = {
        "person": "owner",
        "channel": "terminal",
        "session": "desk",
        "trace": "both",
    }
    wishes = [ToolCall(call_id=f"both-{n}", tool="time_now", arguments={}) for n in range(2)]
    asked = Asked(text="!", person="owner", channel="terminal", chat="c", profile="full")
    routed = Routed(way="direct", tier="flash", calls=tuple(wishes))
    letters = []
    with nexus.redis("core") as core:
        for entry in (asked, routed):
            core.rpush("nexus:turn:both", entry.model_dump_json())
        for n, wish in enumerate(wishes):
            call = Call(
                id=wish.call_id,
                turn="both",
                step=0,
                index=n,
                tool=wish.tool,
                **who,
                tier="flash",
            )
            data = call.model_dump_json().encode()
            report = Report(code="bug", error="Bug", text="It broke.")
            written = letter(Origin("tool", "tool", "1-1", data, len(data)), report)
            letters.append(written.id)
            core.xadd("nexus:dead", {"data": written.model_dump_json()})
    alone = nexus("dead", "redrive", letters[0])
    assert alone.returncode == 1
    assert f"there lie here too: {letters[1]}" in alone.stderr
    assert "--step" in alone.stderr
    ran = nexus("dead", "redrive", letters[0], "--step")
    assert ran.stdout == "Sent 2 letters to tool again.\n"
    *_, said = record(nexus, "both")
    assert (said["kind"], said["outcome"]) == ("said", "answered")
    results = [one for one in record(nexus, "both") if one["kind"] == "observed"]
    assert sorted(one["call_id"] for one in results) == ["both-0", "both-1"]
    assert nexus.json("dead", "list") == []


def test_letters_are_written_to_a_file(nexus: Nexus, tmp_path: Path) -> None:
    first, second = lay(nexus, "[1]", "[2]")
    file = tmp_path / "letters.jsonl"
    assert nexus("dead", "export", str(file)).stdout.startswith("Wrote 2 letters to ")
    assert file.stat().st_mode & 0o777 == 0o600
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["id"] for line in lines] == [first["id"], second["id"]]
    assert nexus("dead", "export", str(file)).returncode == 1
    older = tmp_path / "older.jsonl"
    assert nexus("dead", "export", str(older), "--older-than", "30d").returncode == 0
    assert older.read_text() == ""
    assert nexus("dead", "export", str(older), "--older-than", "soon").returncode == 2
    assert nexus("dead", "drop", "--like", first["id"], "--yes").returncode == 0


def test_an_empty_desk_says_so(other: Nexus) -> None:
    ran = other("dead", "list")
    assert ran.returncode == 3
    assert "nexus up" in ran.stderr
