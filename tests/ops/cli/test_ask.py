"""`nexus ask`: true answers, in every form somebody may want them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from ops import runstate
from streams import keys
from tests.ops.cli.conftest import LONG, SECONDS, Nexus, wait_for

DISK = "how much disk space is free?"


def test_the_disk_is_what_it_is(nexus: Nexus) -> None:
    found = nexus.json("ask", DISK)
    assert set(found) == {
        *("answer", "outcome", "turn", "session", "model", "tools", "elapsed_ms"),
    }
    assert found["outcome"] == "answered"
    assert found["tools"] == ["system_info"]
    assert found["model"] == "rules"
    free, unit = found["answer"].split()[:2]
    size = float(free) * {"GB": 1e9, "TB": 1e12}[unit]
    mount = next(w for w in found["answer"].split() if w.startswith("/"))
    assert size == pytest.approx(shutil.disk_usage(mount).free, rel=0.01)


@pytest.mark.parametrize(
    ("question", "tool"),
    [
        ("is my storage nearly exhausted?", "system_info"),
        ("which program hogs the processor right now?", "system_processes"),
        ("tell me today's date please", "time_now"),
        ("has any daemon crashed?", "services_status"),
        ("what containers have I got?", "docker_list"),
    ],
)
def test_other_words_find_their_tool(nexus: Nexus, question: str, tool: str) -> None:
    found = nexus.json("ask", question, "--session", tool)
    assert found["tools"] == [tool]
    assert found["answer"]


def test_what_no_tool_can_answer_is_not_guessed(nexus: Nexus) -> None:
    found = nexus.json("ask", "who won the chess olympiad in 1972?", "-s", "chess", status=1)
    assert found["outcome"] == "refused"
    assert found["tools"] == []
    assert "cannot" in found["answer"].lower()


def test_without_a_terminal_there_is_the_answer_alone(nexus: Nexus) -> None:
    ran = nexus("ask", "!time_now")
    assert ran.returncode == 0
    assert ran.stdout.startswith("It is ")
    assert "\x1b" not in ran.stdout
    assert ran.stderr == ""


def test_the_question_may_come_from_a_pipe(nexus: Nexus) -> None:
    ran = nexus("ask", "-", stdin="!time_now\n")
    assert ran.stdout.startswith("It is ")


@pytest.mark.parametrize("first", ["fix typo", "!time_now", "/new"])
def test_lines_from_a_pipe_are_no_questions(nexus: Nexus, first: str) -> None:
    ran = nexus("ask", "-", stdin=f"{first}\nread backup.key\n")
    assert ran.returncode == 2
    assert 'nexus ask "what does this change?" -' in ran.stderr
    assert ran.stdout == ""


def test_lines_from_a_pipe_may_stand_below_a_question(nexus: Nexus) -> None:
    ran = nexus("ask", "what time is it?", "-s", "below", "-", stdin="what containers run?\n")
    assert ran.stdout.startswith("It is ")
    assert "containers" not in ran.stdout
    assert "only the first line" in ran.stdout


def test_commands_and_the_status_past_the_line(nexus: Nexus) -> None:
    assert "/help" in nexus.json("ask", "/help")["answer"]
    found = nexus.json("ask", "/status")
    assert "Nothing of this conversation is running" in found["answer"]
    assert "Nothing of this conversation is running" in nexus.json("ask", "/stop")["answer"]


def test_a_conversation_goes_on_until_it_begins_anew(nexus: Nexus) -> None:
    assert nexus.json("ask", "/model haiku", "-s", "goes-on")["outcome"] == "answered"
    tiers = nexus.json("ask", "/model", "-s", "goes-on")["answer"]
    assert "→ haiku" in tiers
    assert "→ haiku" not in nexus.json("ask", "/model", "-s", "elsewhere")["answer"]


def test_many_parts_are_one_answer(nexus: Nexus) -> None:
    """An answer longer than a channel carries at once comes whole, and in its order."""
    nexus.json("ask", "/model sonnet", "-s", "long")
    found = nexus.json("ask", "tell me all", "-s", "long")
    rows = found["answer"].splitlines()
    assert rows[1:] == [f"line {number:04}" for number in range(LONG)]
    assert found["model"] == "scripted"


def test_no_text_of_a_model_moves_the_cursor(nexus: Nexus) -> None:
    nexus.json("ask", "/model sonnet", "-s", "hostile")
    words = ("ask", "tell me all", "-s", "hostile")
    ran = nexus(*words)
    assert ran.stdout.startswith(r"\x1b[2J\x9b1;1H\u202eevil")
    raw = nexus(*words, "--json").stdout
    assert not {"\x1b", "\x9b", "\u202e"} & set(raw)
    assert json.loads(raw)["answer"].startswith("\x1b[2J")


def test_no_answer_is_missed_when_the_live_redis_dies(nexus: Nexus) -> None:
    nexus.json("ask", "/model haiku", "-s", "unlucky")
    asked = subprocess.Popen(
        [*nexus.command, "ask", "count", "-s", "unlucky"],
        env=nexus.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        # Asked without a command: on a busy machine the turn would be over before it says so.
        with nexus.redis("desk") as redis:
            wait_for(lambda: redis.zcard(keys.TURNS))
        os.kill(runstate.read(nexus.root)["children"]["live"]["pid"], signal.SIGKILL)
        answer, _ = asked.communicate(timeout=SECONDS)
    finally:
        asked.kill()
    assert answer == "one two three\n"
    assert asked.returncode == 0
    nexus.until(lambda status: status["children"]["live"]["state"] == "ready")


def test_a_tool_that_says_no_is_an_answer_that_says_so(nexus: Nexus) -> None:
    ran = nexus("ask", "!no_such_tool", "--json")
    assert ran.returncode == 1
    found = json.loads(ran.stdout)
    assert found["outcome"] == "refused"
    assert "no_such_tool" in found["answer"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("",), "no question"),
        ((DISK, "--session", "two words"), "The session does not fit: it is made of letters"),
        ((DISK, "--session", ""), "The session does not fit: it is empty."),
        (("a\x1bb" + "x" * 200_000,), "The text does not fit: 200000 characters are the most."),
        (("a" * 1_000 + "\0",), "The text does not fit: text must not contain NUL."),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(
    nexus: Nexus, words: tuple[str, ...], says: str
) -> None:
    ran = nexus("ask", *words) if len(words[0]) < 1_000 else nexus("ask", "-", stdin=words[0])
    assert ran.returncode == 2
    assert says in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


def test_bytes_that_are_no_text_are_one_sentence(nexus: Nexus) -> None:
    ran = subprocess.run(
        [*nexus.command, "ask", b"\xff\xfe"],
        env=nexus.environment,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert ran.returncode == 2
    assert ran.stderr == b"The question is not UTF-8 text.\n"


def test_without_a_server_it_says_how_to_start_one(other: Nexus) -> None:
    ran = other("ask", DISK)
    assert ran.returncode == 3
    assert "`nexus up`" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


def test_it_answers_at_once(nexus: Nexus) -> None:
    """The machine may be busy: the best of three counts, and beside what a mere start takes."""

    def took(*words: str) -> float:
        began = time.monotonic()
        assert nexus(*words).returncode == 0
        return time.monotonic() - began

    start, answer = zip(
        *((took("version"), took("ask", "what time is it?")) for _ in range(3)), strict=True
    )
    assert min(answer) < 5 * min(start)


def test_no_client_library_is_loaded_for_it() -> None:
    """redis-py, FastStream and rich take longer to load than the answer takes."""
    code = "import sys, ops.cli, ops.cli.conversation; print(*sys.modules)"
    nexus = Nexus(Path("/nonexistent"))
    ran = subprocess.run(
        [nexus.command[0], "-c", code],
        env=nexus.environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    loaded = set(ran.stdout.split())
    assert not loaded & {"redis", "faststream", "rich.console", "structlog", "uvicorn"}


def test_ctrl_c_stops_what_runs(nexus: Nexus) -> None:
    nexus.json("ask", "/model opus", "-s", "slow")
    asked = subprocess.Popen(
        [*nexus.command, "ask", "begin", "-s", "slow", "--json"],
        env=nexus.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        nexus.until(lambda status: status["running_turns"] > 0)
        asked.send_signal(signal.SIGINT)
        answer, _ = asked.communicate(timeout=SECONDS)
    finally:
        asked.kill()
    assert asked.returncode == 130
    assert json.loads(answer)["outcome"] == "stopped"
    nexus.until(lambda status: status["running_turns"] == 0)


def test_time_that_is_over_is_said_and_the_turn_goes_on(nexus: Nexus) -> None:
    nexus.json("ask", "/model opus", "-s", "patient")
    ran = nexus("ask", "begin", "-s", "patient", "--timeout", "0.3")
    assert ran.returncode == 1
    assert "/stop" in ran.stderr
    assert "Working on" in nexus.json("ask", "/status", "-s", "patient")["answer"]
    ended = nexus("ask", "/stop", "-s", "patient")
    assert ended.stdout.endswith("Stopped.\n")
